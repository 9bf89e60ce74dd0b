create table platform_object (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    platform text not null,
    account text not null,
    object_key text not null,
    kind text not null,
    name text not null,
    remote_id text not null,
    marker text not null,
    presence text not null default 'present',
    applied jsonb not null,
    applied_run text,
    accepted jsonb not null default '{}',
    rules jsonb not null,
    daily_cost_minor bigint,
    daily_cost_currency text,
    observation jsonb,
    observed_at timestamptz,
    deployment_id uuid,
    adopted boolean not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint platform_object_pkey primary key (tenant_id, id),
    constraint platform_object_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id),
    constraint platform_object_key_unique unique (tenant_id, campaign_id, platform, account, object_key),
    constraint platform_object_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint platform_object_kind_valid check (
        kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'ad')
    ),
    constraint platform_object_presence_valid check (presence in ('present', 'deleted', 'gone')),
    constraint platform_object_applied_run_valid check (applied_run in ('active', 'paused')),
    constraint platform_object_daily_cost_whole check ((daily_cost_minor is null) = (daily_cost_currency is null))
);

create index platform_object_remote_id_idx on platform_object (tenant_id, platform, account, remote_id);

comment on table platform_object is 'Binds what a campaign wants to what exists on a platform; outlives the object itself';
comment on column platform_object.object_key is 'kind:path, the object''s name within the campaign';
comment on column platform_object.presence is 'present: there. deleted: by us. gone: by someone else';
comment on column platform_object.applied is 'The fields sent last, references to other objects unresolved';
comment on column platform_object.accepted is 'Values set on the platform and adopted; they stand until the spec changes the field';
comment on column platform_object.rules is 'What may be done to its fields, as known when it was applied';
comment on column platform_object.daily_cost_minor is 'What it can spend in a day on average, where it holds a budget';
comment on column platform_object.observation is 'What reading it back gave last';
comment on column platform_object.deployment_id is 'The deployment that made or adopted it';
comment on column platform_object.adopted is 'Whether it was found by its marker rather than made by an answered request';

select guard_tenant_table('platform_object');
