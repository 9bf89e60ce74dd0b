create function guard_tenant_table(target regclass, privileges text default 'select, insert, update, delete')
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    -- The sub-select is an init-plan: evaluated once a statement, not once a row. After a transaction the setting
    -- is an empty text rather than null, hence nullif.
    execute format(
        'create policy tenant_isolation on %s
            using (tenant_id = (select nullif(current_setting(''placard.tenant'', true), '''')::uuid))
            with check (tenant_id = (select nullif(current_setting(''placard.tenant'', true), '''')::uuid))',
        target
    );
    execute format('grant %s on %s to placard_app', privileges, target);
end
$$;

comment on function guard_tenant_table(regclass, text) is
    'Makes a table with tenant_id invisible outside its tenant and gives placard_app the privileges named';

revoke all on function guard_tenant_table(regclass, text) from public;
