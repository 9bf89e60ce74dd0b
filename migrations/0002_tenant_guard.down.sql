drop function guard_tenant_table(regclass, text);
