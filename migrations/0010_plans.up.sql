create table plan (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    platform text not null,
    account text not null,
    document jsonb not null,
    prepared jsonb not null,
    base_hash text not null,
    preparer_version text not null,
    spec_revision integer not null,
    author_id uuid,
    created_at timestamptz not null default now(),
    constraint plan_pkey primary key (tenant_id, id),
    constraint plan_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint plan_author_fkey foreign key (author_id) references users,
    constraint plan_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

create index plan_campaign_idx on plan (tenant_id, campaign_id, created_at desc);

comment on table plan is 'What would be done on a platform, shown before anything is sent; never changed';
comment on column plan.account is 'The platform''s id of the ad account';
comment on column plan.document is 'Steps, drift, conflicts, warnings, cost';
comment on column plan.prepared is 'The exact requests';
comment on column plan.base_hash is 'Fingerprint of the state that the plan saw; it is refused when that has changed';

select guard_tenant_table('plan', 'select, insert, delete');
