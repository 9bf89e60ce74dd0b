create table publish_lease (
    tenant_id uuid not null,
    platform text not null,
    account text not null,
    token bigint not null,
    holder text not null,
    since timestamptz not null,
    constraint publish_lease_pkey primary key (tenant_id, platform, account),
    constraint publish_lease_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint publish_lease_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

comment on table publish_lease is
    'Who publishes to an account, or did last. Whether the lease is held is known by an advisory lock, which dies with its connection';
comment on column publish_lease.token is
    'Grows by one with every holder; what is recorded under an older token is refused';

select guard_tenant_table('publish_lease', 'select, insert, update');
