-- Two roles, both without login and without any table of their own. A connection takes one of them on with
-- `set local role` at the start of every transaction, so row-level security holds whoever logged in.
--
-- Roles belong to the whole cluster: another database may have made them before, or makes them at this moment.
do $$
declare
    role_name text;
    -- From version 16 on, the creator of a role is its member without the right to become it.
    wanted text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
begin
    foreach role_name in array array['placard_app', 'placard_system'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
                execute format('create role %I nologin', role_name);
                execute format(
                    'comment on role %I is %L',
                    role_name,
                    case role_name
                        when 'placard_app' then 'Placard: sees the rows of the one tenant named in placard.tenant'
                        else 'Placard: the few statements that cross tenants (sign-in, tenant list, job claims, upkeep)'
                    end
                );
            end if;
        exception
            when duplicate_object or unique_violation then
                null;
        end;
        if not pg_catalog.pg_has_role(current_user, role_name, wanted) then
            execute format('grant %I to %I', role_name, current_user);
        end if;
    end loop;
end
$$;

grant usage on schema public to placard_app, placard_system;
