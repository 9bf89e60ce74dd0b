create table metric_hourly (
    tenant_id uuid not null,
    entity_id bigint not null,
    date date not null,
    impressions bigint not null,
    clicks bigint not null,
    observed_at timestamptz not null,
    hour smallint not null,
    currency text not null,
    spend numeric not null,
    conversions numeric not null,
    conversion_value numeric not null,
    extras jsonb,
    constraint metric_hourly_pkey primary key (tenant_id, entity_id, date, hour),
    constraint metric_hourly_hour_valid check (hour between 0 and 23)
) partition by range (date);

comment on table metric_hourly is 'The numbers of recent hours as they are known now; restatements are not kept';
comment on column metric_hourly.hour is 'Of that day, by the ad account''s clock';

select guard_tenant_table('metric_hourly');

insert into partition_rule (table_name, unit, ahead, keep) values ('metric_hourly', 'day', 7, interval '7 days');
