-- Rows of numbers have no foreign key to metric_entity: checking it for each would cost more than storing them, and
-- the one statement that writes them takes their ids from there.
create table metric_daily (
    tenant_id uuid not null,
    entity_id bigint not null,
    date date not null,
    impressions bigint not null,
    clicks bigint not null,
    observed_at timestamptz not null,
    currency text not null,
    spend numeric not null,
    conversions numeric not null,
    conversion_value numeric not null,
    ctr numeric generated always as (round(clicks::numeric / nullif(impressions, 0), 6)) stored,
    cpc numeric generated always as (round(spend / nullif(clicks, 0), 6)) stored,
    cpm numeric generated always as (round(spend * 1000 / nullif(impressions, 0), 6)) stored,
    cvr numeric generated always as (round(conversions / nullif(clicks, 0), 6)) stored,
    cpa numeric generated always as (round(spend / nullif(conversions, 0), 6)) stored,
    roas numeric generated always as (round(conversion_value / nullif(spend, 0), 6)) stored,
    extras jsonb,
    constraint metric_daily_pkey primary key (tenant_id, entity_id, date)
) partition by range (date);

comment on table metric_daily is 'The numbers of each entity and day as they are known now';
comment on column metric_daily.date is 'A day of the ad account''s time zone';
comment on column metric_daily.observed_at is 'Since when these numbers are known';
comment on column metric_daily.spend is 'Major units of currency, as the platform reports it';
comment on column metric_daily.ctr is 'Of this row, to six decimals; a ratio over many rows comes from their sums';
comment on column metric_daily.extras is 'Everything else the platform said, in its own words';

select guard_tenant_table('metric_daily');

create table metric_history (
    tenant_id uuid not null,
    entity_id bigint not null,
    date date not null,
    observed_at timestamptz not null,
    superseded_at timestamptz not null,
    impressions bigint not null,
    clicks bigint not null,
    currency text not null,
    spend numeric not null,
    conversions numeric not null,
    conversion_value numeric not null,
    extras jsonb,
    constraint metric_history_pkey primary key (tenant_id, entity_id, date, observed_at),
    constraint metric_history_validity_ordered check (observed_at < superseded_at)
) partition by range (date);

comment on table metric_history is 'What metric_daily held before a platform restated it; appended only';
comment on column metric_history.superseded_at is 'From then on other numbers were known';

select guard_tenant_table('metric_history', 'select, insert');

insert into partition_rule (table_name, unit, ahead, keep)
values ('metric_daily', 'month', 24, null), ('metric_history', 'month', 24, null);

create function metric_daily_as_known(moment timestamptz)
returns table (
    tenant_id uuid,
    entity_id bigint,
    date date,
    observed_at timestamptz,
    impressions bigint,
    clicks bigint,
    currency text,
    spend numeric,
    conversions numeric,
    conversion_value numeric,
    extras jsonb
)
language sql
stable
begin atomic
    select
        m.tenant_id, m.entity_id, m.date, m.observed_at, m.impressions, m.clicks, m.currency, m.spend, m.conversions,
        m.conversion_value, m.extras
    from metric_daily as m
    where m.observed_at <= moment
    union all
    select
        h.tenant_id, h.entity_id, h.date, h.observed_at, h.impressions, h.clicks, h.currency, h.spend, h.conversions,
        h.conversion_value, h.extras
    from metric_history as h
    where h.observed_at <= moment and moment < h.superseded_at;
end;

comment on function metric_daily_as_known(timestamptz) is 'metric_daily as it stood at a moment; row-level security holds';

revoke all on function metric_daily_as_known(timestamptz) from public;
grant execute on function metric_daily_as_known(timestamptz) to placard_app;
