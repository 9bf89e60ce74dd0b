-- What writes copy for a tenant, and what that may cost.
create table copy_setting (
    tenant_id uuid not null,
    provider bytea,
    monthly_budget numeric(20, 9),
    currency text,
    updated_at timestamptz not null default now(),
    constraint copy_setting_pkey primary key (tenant_id),
    constraint copy_setting_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint copy_setting_budget_positive check (monthly_budget >= 0),
    constraint copy_setting_budget_whole check ((monthly_budget is null) = (currency is null)),
    constraint copy_setting_currency_format check (currency ~ '^[A-Z]{3}$')
);

comment on table copy_setting is 'What writes copy for a tenant';
comment on column copy_setting.provider is 'The model''s address and key, a document sealed by the vault; null for templates';
comment on column copy_setting.monthly_budget is 'What models may cost in a month in UTC, in major units of its currency; null for no limit';

select guard_tenant_table('copy_setting');

create table model_call (
    tenant_id uuid not null,
    id uuid not null,
    month date not null,
    currency text not null,
    reserved numeric(20, 9) not null,
    cost numeric(20, 9),
    asked_at timestamptz not null,
    constraint model_call_pkey primary key (tenant_id, id),
    constraint model_call_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint model_call_reserved_positive check (reserved >= 0),
    constraint model_call_cost_positive check (cost >= 0),
    constraint model_call_month_begins check (extract(day from month) = 1),
    constraint model_call_currency_format check (currency ~ '^[A-Z]{3}$')
);

create index model_call_month_idx on model_call (tenant_id, month);

comment on table model_call is 'What calls of models cost, counted against the budget; what was asked is in the prompt history';
comment on column model_call.month is 'The first day of the month in UTC in which it counts';
comment on column model_call.reserved is 'The most that it can cost; taken before the call, and counted as long as the cost is not known';
comment on column model_call.cost is 'What it did cost';

select guard_tenant_table('model_call');
