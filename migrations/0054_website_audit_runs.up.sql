-- What audits of websites came to, one by one. The document about an address holds the last one alone.
create table document_website_audit_runs (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    run_id text collate "C" generated always as (body ->> 'run_id') stored,
    url text collate "C" generated always as (body ->> 'url') stored,
    started_at text collate "C" generated always as (body ->> 'started_at') stored,
    score bigint generated always as ((body ->> 'score')::bigint) stored,
    constraint document_website_audit_runs_pkey primary key (tenant_id, id),
    constraint document_website_audit_runs_natural_key unique (tenant_id, run_id),
    constraint document_website_audit_runs_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_website_audit_runs_version_positive check (version > 0)
);

create index document_website_audit_runs_delta_idx on document_website_audit_runs (tenant_id, updated_at, id);
create index document_website_audit_runs_url_idx on document_website_audit_runs (tenant_id, url nulls first, started_at desc nulls last, id desc);
create index document_website_audit_runs_expiry_idx on document_website_audit_runs (started_at);

comment on table document_website_audit_runs is 'Documents: runs of website audits';
comment on column document_website_audit_runs.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_website_audit_runs.body is 'The document; the columns after it are read out of it';

select guard_document_table('document_website_audit_runs');
