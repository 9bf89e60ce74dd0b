create table data_key (
    tenant_id uuid not null,
    id uuid not null,
    wrapped bytea not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    constraint data_key_pkey primary key (tenant_id, id),
    constraint data_key_tenant_fkey foreign key (tenant_id) references tenant on delete cascade
);

create unique index data_key_one_current_per_tenant on data_key (tenant_id) where retired_at is null;

comment on table data_key is 'Keys that seal a tenant''s secrets, each sealed by the master key, which is not in the database';
comment on column data_key.wrapped is 'XChaCha20-Poly1305: nonce of 24 bytes, then the sealed key';
comment on column data_key.retired_at is 'From then on it only opens what it sealed before';

select guard_tenant_table('data_key', 'select, insert, update');
