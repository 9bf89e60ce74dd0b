-- Under which goal an ad account is told of won deals. Nothing is told without one.
create table conversion_goal (
    tenant_id uuid not null,
    id uuid not null,
    platform text not null,
    account text not null,
    name text not null,
    remote_id text not null,
    window_minutes integer not null,
    since timestamptz not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    constraint conversion_goal_pkey primary key (tenant_id, id),
    constraint conversion_goal_account_unique unique (tenant_id, platform, account),
    constraint conversion_goal_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint conversion_goal_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint conversion_goal_window_positive check (window_minutes > 0)
);

comment on table conversion_goal is 'Ad accounts that are told of won deals, each with the goal that counts them';
comment on column conversion_goal.account is 'The platform''s id of the ad account';
comment on column conversion_goal.name is 'The goal''s name, by which the platform knows it';
comment on column conversion_goal.window_minutes is 'How long after a click the goal counts what came of it';
comment on column conversion_goal.since is 'Deals that were won before are not told';
comment on column conversion_goal.created_by is 'Who chose it, for people';

select guard_tenant_table('conversion_goal');

-- One row for each deal, account and goal. It is committed before the platform is told, so that nothing is told twice.
create table conversion (
    tenant_id uuid not null,
    id uuid not null,
    deal_id uuid not null,
    platform text not null,
    account text not null,
    goal text not null,
    status text not null,
    attempts smallint not null default 1,
    click bytea,
    click_hash bytea,
    at timestamptz not null,
    amount_minor bigint not null,
    currency text not null,
    intended_at timestamptz not null,
    due_at timestamptz,
    answered_at timestamptz,
    answer text,
    constraint conversion_pkey primary key (tenant_id, id),
    constraint conversion_once unique (tenant_id, deal_id, platform, account, goal),
    constraint conversion_distinct unique (tenant_id, platform, account, goal, click_hash, at),
    constraint conversion_deal_fkey foreign key (tenant_id, deal_id) references deal (tenant_id, id) on delete cascade,
    constraint conversion_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint conversion_status_valid
        check (status in ('intended', 'accepted', 'refused', 'unknown', 'waiting')),
    constraint conversion_attempts_positive check (attempts > 0),
    constraint conversion_click_whole check ((click is null) = (click_hash is null)),
    constraint conversion_amount_sensible check (amount_minor >= 0),
    constraint conversion_currency_valid check (currency ~ '^[A-Z]{3}$')
);

create index conversion_unsettled_idx on conversion (tenant_id, platform, account, goal)
    where status in ('intended', 'unknown', 'waiting');

comment on table conversion is 'Won deals that platforms are told of, each an intent before it is anything else';
comment on column conversion.click is 'The platform''s mark of the click, sealed by the vault; null once the person was forgotten';
comment on column conversion.click_hash is 'Keyed hash of the mark: the platform takes two with equal click and second for one';
comment on column conversion.at is 'When the deal was won, in whole seconds; it stays the same however often it is sent';
comment on column conversion.amount_minor is 'What was told, in minor units of currency; the deal may have changed since';
comment on column conversion.due_at is 'Not before this moment, where the platform wants it later';
comment on column conversion.answer is 'What the platform said last';

select guard_tenant_table('conversion');
