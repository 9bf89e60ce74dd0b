create table spend_ceiling (
    tenant_id uuid not null,
    id uuid not null,
    scope text not null,
    platform text,
    account text,
    campaign_id uuid,
    daily_minor bigint not null,
    currency text not null,
    set_by text not null,
    set_at timestamptz not null default now(),
    constraint spend_ceiling_pkey primary key (tenant_id, id),
    constraint spend_ceiling_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint spend_ceiling_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint spend_ceiling_scope_unique unique nulls not distinct (tenant_id, platform, account, campaign_id),
    constraint spend_ceiling_scope_valid check (scope in ('tenant', 'account', 'campaign')),
    constraint spend_ceiling_scope_whole check (
        (scope = 'account') = (platform is not null) and (platform is null) = (account is null)
        and (scope = 'campaign') = (campaign_id is not null)
    ),
    constraint spend_ceiling_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint spend_ceiling_daily_whole check (daily_minor >= 0),
    constraint spend_ceiling_currency_valid check (currency ~ '^[A-Z]{3}$')
);

comment on table spend_ceiling is 'The most that may be committed for a day; nothing stands above it';
comment on column spend_ceiling.scope is 'tenant: everything. account: one ad account. campaign: one campaign in every account';
comment on column spend_ceiling.daily_minor is 'Minor units of currency; 0 lets nothing spend';
comment on column spend_ceiling.set_by is 'Who set it, for people';

select guard_tenant_table('spend_ceiling');

create table committed_budget (
    tenant_id uuid not null,
    campaign_id uuid not null,
    platform text not null,
    account text not null,
    currency text not null,
    daily_minor bigint not null,
    updated_at timestamptz not null default now(),
    constraint committed_budget_pkey primary key (tenant_id, campaign_id, platform, account),
    constraint committed_budget_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id),
    constraint committed_budget_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint committed_budget_currency_valid check (currency ~ '^[A-Z]{3}$'),
    constraint committed_budget_daily_positive check (daily_minor > 0)
);

comment on table committed_budget is 'What each campaign can spend in a day by what was sent or is about to be; raised before, lowered after';
comment on column committed_budget.daily_minor is 'Minor units of currency, which is the account''s';

select guard_tenant_table('committed_budget');
