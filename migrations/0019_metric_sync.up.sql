create table metric_sync (
    tenant_id uuid not null,
    platform text not null,
    account text not null,
    level text not null,
    grain text not null,
    synced_through date not null,
    synced_at timestamptz not null,
    constraint metric_sync_pkey primary key (tenant_id, platform, account, level, grain),
    constraint metric_sync_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint metric_sync_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint metric_sync_level_valid check (level in ('account', 'campaign', 'ad_group', 'ad'))
);

comment on table metric_sync is 'How far the numbers of an account are read';
comment on column metric_sync.grain is 'daily, hourly, or daily/ and the dimension of a split';
comment on column metric_sync.synced_through is 'The last day read; later days are missing';

select guard_tenant_table('metric_sync');
