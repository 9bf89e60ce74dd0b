revoke update (name, primary_domain, settings, updated_at) on tenant from placard_app;
drop policy tenant_isolation on tenant;
create policy tenant_isolation on tenant for select to placard_app
    using (id = (select nullif(current_setting('placard.tenant', true), '')::uuid));

drop table totp_recovery, user_totp, user_token, invitation;
