create table metric_segment_daily (
    tenant_id uuid not null,
    entity_id bigint not null,
    date date not null,
    impressions bigint not null,
    clicks bigint not null,
    observed_at timestamptz not null,
    dimension text not null,
    segment text not null,
    currency text not null,
    spend numeric not null,
    conversions numeric not null,
    conversion_value numeric not null,
    extras jsonb,
    constraint metric_segment_daily_pkey primary key (tenant_id, entity_id, date, dimension, segment)
) partition by range (date);

comment on table metric_segment_daily is 'The numbers of each part of an audience as they are known now';
comment on column metric_segment_daily.dimension is 'By what the audience is split: age, gender, age_gender, country';
comment on column metric_segment_daily.segment is 'Which part: 25-34, or 25-34/female for age_gender';

select guard_tenant_table('metric_segment_daily');

create table metric_segment_history (
    tenant_id uuid not null,
    entity_id bigint not null,
    date date not null,
    dimension text not null,
    segment text not null,
    observed_at timestamptz not null,
    superseded_at timestamptz not null,
    impressions bigint not null,
    clicks bigint not null,
    currency text not null,
    spend numeric not null,
    conversions numeric not null,
    conversion_value numeric not null,
    extras jsonb,
    constraint metric_segment_history_pkey primary key (tenant_id, entity_id, date, dimension, segment, observed_at),
    constraint metric_segment_history_validity_ordered check (observed_at < superseded_at)
) partition by range (date);

comment on table metric_segment_history is 'What metric_segment_daily held before a platform restated it; appended only';

select guard_tenant_table('metric_segment_history', 'select, insert');

insert into partition_rule (table_name, unit, ahead, keep)
values ('metric_segment_daily', 'month', 24, null), ('metric_segment_history', 'month', 24, null);
