-- Documents about numbers by time. Columns that are read out of a document make what it is found by visible to
-- row-level security and to ordinary indexes.
create table document_analytics (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    key text collate "C" generated always as (body ->> 'key') stored,
    kind text collate "C" generated always as (body ->> 'kind') stored,
    name text collate "C" generated always as (body ->> 'name') stored,
    bucket text collate "C" generated always as (body ->> 'bucket') stored,
    time_bucket text collate "C" generated always as (body ->> 'time_bucket') stored,
    dimensions_campaign_id text collate "C" generated always as (body -> 'dimensions' ->> 'campaign_id') stored,
    dimensions_user_id text collate "C" generated always as (body -> 'dimensions' ->> 'user_id') stored,
    dimensions_platform text collate "C" generated always as (body -> 'dimensions' ->> 'platform') stored,
    constraint document_analytics_pkey primary key (tenant_id, id),
    constraint document_analytics_natural_key unique (tenant_id, key),
    constraint document_analytics_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_analytics_version_positive check (version > 0)
);

create index document_analytics_delta_idx on document_analytics (tenant_id, updated_at, id);
create index document_analytics_kind_idx on document_analytics (tenant_id, kind nulls first, time_bucket desc nulls last, id desc);
create index document_analytics_campaign_idx on document_analytics (tenant_id, dimensions_campaign_id nulls first, time_bucket desc nulls last, id desc) where dimensions_campaign_id is not null;
create index document_analytics_expiry_idx on document_analytics (time_bucket) where kind = 'event';

comment on table document_analytics is 'Documents: analytics';
comment on column document_analytics.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_analytics.body is 'The document; the columns after it are read out of it';

select guard_document_table('document_analytics');
