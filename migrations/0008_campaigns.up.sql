create table campaign (
    tenant_id uuid not null,
    id uuid not null,
    key text not null,
    name text not null,
    objective text not null,
    status text not null default 'draft',
    run text not null,
    currency text not null,
    budget_kind text,
    budget_minor bigint,
    starts_on date,
    ends_on date,
    spec jsonb not null,
    spec_hash text not null,
    revision integer not null,
    error text,
    owner_id uuid,
    last_synced_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint campaign_pkey primary key (tenant_id, id),
    constraint campaign_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint campaign_owner_fkey foreign key (owner_id) references users,
    constraint campaign_key_unique unique (tenant_id, key),
    constraint campaign_objective_valid check (
        objective in ('awareness', 'traffic', 'engagement', 'leads', 'calls', 'app_promotion', 'sales')
    ),
    constraint campaign_status_valid check (
        status in ('draft', 'ready', 'publishing', 'active', 'paused', 'error', 'completed', 'archived')
    ),
    constraint campaign_run_valid check (run in ('active', 'paused')),
    constraint campaign_currency_valid check (currency ~ '^[A-Z]{3}$'),
    constraint campaign_budget_kind_valid check (budget_kind in ('daily', 'lifetime')),
    constraint campaign_budget_whole check ((budget_kind is null) = (budget_minor is null) and budget_minor > 0)
);

create index campaign_status_idx on campaign (tenant_id, status);
create index campaign_objective_idx on campaign (tenant_id, objective);

comment on table campaign is 'What is wanted, whatever the platform; what exists is in platform_object';
comment on column campaign.key is 'What makes it the same campaign when its name changes';
comment on column campaign.run is 'Whether the spec wants it to run';
comment on column campaign.budget_minor is 'Minor units of currency; null when each ad group has its own';
comment on column campaign.spec is 'The checked spec as it stands; earlier ones are in spec_revision';
comment on column campaign.revision is 'Which revision of the spec stands; 0 for a draft without one';
comment on column campaign.spec_hash is 'SHA-256 of the spec''s JSON and its images, lower-case hex';
comment on column campaign.error is 'Why the last deployment failed, for people';

select guard_tenant_table('campaign');

create table spec_revision (
    tenant_id uuid not null,
    campaign_id uuid not null,
    revision integer not null,
    spec jsonb not null,
    spec_hash text not null,
    author_id uuid,
    created_at timestamptz not null default now(),
    constraint spec_revision_pkey primary key (tenant_id, campaign_id, revision),
    constraint spec_revision_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint spec_revision_author_fkey foreign key (author_id) references users
);

comment on table spec_revision is 'Every spec that a campaign has had; appended only when something changed';

select guard_tenant_table('spec_revision', 'select, insert');

create table ad_group (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    key text not null,
    name text not null,
    run text not null,
    budget_kind text,
    budget_minor bigint,
    bid_strategy text not null,
    bid_minor bigint,
    min_roas numeric,
    optimization_goal text,
    targeting jsonb not null,
    starts_on date,
    ends_on date,
    learning_status text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    removed_at timestamptz,
    constraint ad_group_pkey primary key (tenant_id, id),
    constraint ad_group_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint ad_group_key_unique unique (tenant_id, campaign_id, key),
    constraint ad_group_run_valid check (run in ('active', 'paused')),
    constraint ad_group_budget_kind_valid check (budget_kind in ('daily', 'lifetime')),
    constraint ad_group_budget_whole check ((budget_kind is null) = (budget_minor is null) and budget_minor > 0),
    constraint ad_group_bid_strategy_valid check (
        bid_strategy in ('lowest_cost', 'cost_cap', 'bid_cap', 'min_roas')
    )
);

create index ad_group_learning_idx on ad_group (tenant_id, learning_status) where removed_at is null;

comment on table ad_group is 'Ads that share one audience, flight and bid';
comment on column ad_group.bid_minor is 'The cap in minor units of the campaign''s currency, for cost_cap and bid_cap';
comment on column ad_group.targeting is 'Locations and audience as the spec gives them';
comment on column ad_group.learning_status is 'The platform''s word for its learning phase';
comment on column ad_group.removed_at is 'When the spec stopped naming it';

select guard_tenant_table('ad_group');

create table ad (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    ad_group_id uuid not null,
    key text not null,
    name text not null,
    run text not null,
    creative jsonb not null,
    copy jsonb not null,
    destination_kind text not null,
    destination jsonb not null,
    content_ref text,
    review_status text,
    effective_status text,
    issues text[] not null default '{}',
    approved_at timestamptz,
    rejected_at timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    removed_at timestamptz,
    constraint ad_pkey primary key (tenant_id, id),
    constraint ad_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint ad_ad_group_fkey foreign key (tenant_id, ad_group_id)
        references ad_group (tenant_id, id) on delete cascade,
    constraint ad_key_unique unique (tenant_id, ad_group_id, key),
    constraint ad_run_valid check (run in ('active', 'paused')),
    constraint ad_destination_kind_valid check (destination_kind in ('website', 'form', 'call'))
);

create index ad_campaign_idx on ad (tenant_id, campaign_id, effective_status);

comment on table ad is 'A picture, words and a destination';
comment on column ad.creative is 'The image file and its SHA-256';
comment on column ad.content_ref is 'The content asset it was made from';
comment on column ad.review_status is 'The platform''s word for its review';
comment on column ad.effective_status is 'The platform''s word for what it really does';
comment on column ad.removed_at is 'When the spec stopped naming it';

select guard_tenant_table('ad');
