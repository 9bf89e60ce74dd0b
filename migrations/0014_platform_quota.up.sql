create table platform_quota (
    tenant_id uuid not null,
    platform text not null,
    account text not null,
    bucket text not null,
    used_percent numeric not null,
    blocked_until timestamptz,
    observed_at timestamptz not null,
    constraint platform_quota_pkey primary key (tenant_id, platform, account, bucket),
    constraint platform_quota_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint platform_quota_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

comment on table platform_quota is 'How much of a platform''s rate limit is used, by its own headers';
comment on column platform_quota.bucket is 'The platform''s name for the limit';
comment on column platform_quota.blocked_until is 'When the platform said that calls are taken again';

select guard_tenant_table('platform_quota');
