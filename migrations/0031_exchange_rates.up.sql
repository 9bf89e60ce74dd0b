create table exchange_rate (
    tenant_id uuid not null,
    base text not null,
    quote text not null,
    date date not null,
    rate numeric not null,
    set_by text not null,
    set_at timestamptz not null default now(),
    constraint exchange_rate_pkey primary key (tenant_id, base, quote, date),
    constraint exchange_rate_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint exchange_rate_base_valid check (base ~ '^[A-Z]{3}$'),
    constraint exchange_rate_quote_valid check (quote ~ '^[A-Z]{3}$' and quote <> base),
    constraint exchange_rate_rate_sensible check (rate between 0.000001 and 1000000 and scale(rate) <= 10)
);

comment on table exchange_rate is 'What currencies were worth on a day, as the tenant says';
comment on column exchange_rate.rate is 'Major units of quote for one of base';
comment on column exchange_rate.set_by is 'Who said so, for people';

select guard_tenant_table('exchange_rate');
