-- Becomes the application in a tenant, as every transaction does, and reads one campaign: in one round trip. It is for
-- statements that are a transaction of their own, at whose end role and tenant are gone again. Whoever calls it must be
-- allowed to take the role, and row-level security decides what it gives.
create function campaign_for(of_tenant uuid, wanted text)
returns setof campaign
language plpgsql
rows 1
as $$
begin
    perform set_config('role', 'placard_app', true), set_config('placard.tenant', of_tenant::text, true);
    return query select * from campaign where tenant_id = of_tenant and key = wanted;
end
$$;
