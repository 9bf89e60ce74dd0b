create table deal (
    tenant_id uuid not null,
    id uuid not null,
    lead_id uuid not null,
    pipeline_id uuid not null,
    stage_id uuid not null,
    title bytea,
    amount_minor bigint not null,
    currency text not null,
    expected_close date,
    closed_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint deal_pkey primary key (tenant_id, id),
    constraint deal_lead_fkey foreign key (tenant_id, lead_id) references lead (tenant_id, id) on delete cascade,
    constraint deal_stage_fkey foreign key (tenant_id, pipeline_id, stage_id)
        references pipeline_stage (tenant_id, pipeline_id, id),
    constraint deal_amount_sensible check (amount_minor >= 0),
    constraint deal_currency_valid check (currency ~ '^[A-Z]{3}$')
);

create index deal_lead_idx on deal (tenant_id, lead_id);
create index deal_stage_idx on deal (tenant_id, pipeline_id, stage_id);
create index deal_closed_idx on deal (tenant_id, closed_at) where closed_at is not null;

comment on table deal is 'Something that is to be sold to a lead';
comment on column deal.title is 'What it is, sealed by the vault, because people write names into it; null once erased';
comment on column deal.amount_minor is 'Minor units of currency';
comment on column deal.closed_at is 'When it came to a stage at which deals end';

select guard_tenant_table('deal');

create table deal_stage_change (
    tenant_id uuid not null,
    id uuid not null,
    deal_id uuid not null,
    from_stage_id uuid,
    to_stage_id uuid not null,
    changed_by text not null,
    changed_at timestamptz not null,
    constraint deal_stage_change_pkey primary key (tenant_id, id),
    constraint deal_stage_change_deal_fkey foreign key (tenant_id, deal_id)
        references deal (tenant_id, id) on delete cascade,
    constraint deal_stage_change_from_fkey foreign key (tenant_id, from_stage_id)
        references pipeline_stage (tenant_id, id),
    constraint deal_stage_change_to_fkey foreign key (tenant_id, to_stage_id)
        references pipeline_stage (tenant_id, id)
);

create index deal_stage_change_deal_idx on deal_stage_change (tenant_id, deal_id, changed_at);

comment on table deal_stage_change is 'Where a deal stood when; appended only';
comment on column deal_stage_change.from_stage_id is 'Null for the first';
comment on column deal_stage_change.changed_by is 'Who moved it, for people';

select guard_tenant_table('deal_stage_change', 'select, insert');

create table activity (
    tenant_id uuid not null,
    id uuid not null,
    lead_id uuid not null,
    deal_id uuid,
    kind text not null,
    text bytea not null,
    due_at timestamptz,
    done_at timestamptz,
    created_by text not null,
    at timestamptz not null,
    constraint activity_pkey primary key (tenant_id, id),
    constraint activity_lead_fkey foreign key (tenant_id, lead_id) references lead (tenant_id, id) on delete cascade,
    constraint activity_deal_fkey foreign key (tenant_id, deal_id) references deal (tenant_id, id) on delete cascade,
    constraint activity_kind_valid check (kind in ('note', 'call', 'email', 'meeting', 'task')),
    constraint activity_only_tasks_are_due check (kind = 'task' or (due_at is null and done_at is null))
);

create index activity_lead_idx on activity (tenant_id, lead_id, id desc);
create index activity_due_idx on activity (tenant_id, due_at) where kind = 'task' and done_at is null;

comment on table activity is 'What was done about a lead, or is to be';
comment on column activity.text is 'What, sealed by the vault';
comment on column activity.created_by is 'Who wrote it, for people';

select guard_tenant_table('activity');
