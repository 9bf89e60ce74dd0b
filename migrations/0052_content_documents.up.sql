-- Documents about what ads are made of and lead to. Columns that are read out of a document make what it is found by visible to
-- row-level security and to ordinary indexes.
create table document_content_assets (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    terms tsvector not null,
    project text collate "C" generated always as (body ->> 'project') stored,
    type text collate "C" generated always as (body ->> 'type') stored,
    url text collate "C" generated always as (body ->> 'url') stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    metadata_sha256 text collate "C" generated always as (body -> 'metadata' ->> 'sha256') stored,
    metadata_bytes bigint generated always as ((body -> 'metadata' ->> 'bytes')::bigint) stored,
    constraint document_content_assets_pkey primary key (tenant_id, id),
    constraint document_content_assets_natural_key unique (tenant_id, project, url),
    constraint document_content_assets_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_content_assets_version_positive check (version > 0)
);

create index document_content_assets_delta_idx on document_content_assets (tenant_id, updated_at, id);
create index document_content_assets_status_idx on document_content_assets (tenant_id, project nulls first, status nulls first, created_at desc nulls last, id desc);
create index document_content_assets_content_idx on document_content_assets (tenant_id, metadata_sha256 nulls first, id) where metadata_sha256 is not null;
create index document_content_assets_terms_idx on document_content_assets using gin (terms);

comment on table document_content_assets is 'Documents: content assets';
comment on column document_content_assets.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_content_assets.body is 'The document; the columns after it are read out of it';
comment on column document_content_assets.terms is 'The tenant, the words that are searched, and the members of lists as path=member';

select guard_document_table('document_content_assets');
select open_document_search('document_content_assets');

create table document_prompt_history (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    terms tsvector not null,
    request_id text collate "C" generated always as (body ->> 'request_id') stored,
    user_id text collate "C" generated always as (body ->> 'user_id') stored,
    tool text collate "C" generated always as (body ->> 'tool') stored,
    model text collate "C" generated always as (body ->> 'model') stored,
    outcome text collate "C" generated always as (body ->> 'outcome') stored,
    asked_at text collate "C" generated always as (body ->> 'asked_at') stored,
    constraint document_prompt_history_pkey primary key (tenant_id, id),
    constraint document_prompt_history_natural_key unique (tenant_id, request_id),
    constraint document_prompt_history_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_prompt_history_version_positive check (version > 0)
);

create index document_prompt_history_delta_idx on document_prompt_history (tenant_id, updated_at, id);
create index document_prompt_history_user_idx on document_prompt_history (tenant_id, user_id nulls first, asked_at desc nulls last, id desc);
create index document_prompt_history_model_idx on document_prompt_history (tenant_id, tool nulls first, model nulls first, asked_at desc nulls last, id desc);
create index document_prompt_history_terms_idx on document_prompt_history using gin (terms);

comment on table document_prompt_history is 'Documents: prompt history';
comment on column document_prompt_history.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_prompt_history.body is 'The document; the columns after it are read out of it';
comment on column document_prompt_history.terms is 'The tenant, the words that are searched, and the members of lists as path=member';

select guard_document_table('document_prompt_history');
select open_document_search('document_prompt_history');

create table document_generated_copy (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    terms tsvector not null,
    context text collate "C" generated always as (body ->> 'context') stored,
    sha256 text collate "C" generated always as (body ->> 'sha256') stored,
    request_id text collate "C" generated always as (body ->> 'request_id') stored,
    constraint document_generated_copy_pkey primary key (tenant_id, id),
    constraint document_generated_copy_natural_key unique (tenant_id, context, sha256),
    constraint document_generated_copy_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_generated_copy_version_positive check (version > 0)
);

create index document_generated_copy_delta_idx on document_generated_copy (tenant_id, updated_at, id);
create index document_generated_copy_context_idx on document_generated_copy (tenant_id, context nulls first, created_at desc nulls last, id desc);
create index document_generated_copy_terms_idx on document_generated_copy using gin (terms);

comment on table document_generated_copy is 'Documents: generated copy';
comment on column document_generated_copy.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_generated_copy.body is 'The document; the columns after it are read out of it';
comment on column document_generated_copy.terms is 'The tenant, the words that are searched, and the members of lists as path=member';

select guard_document_table('document_generated_copy');
select open_document_search('document_generated_copy');

create table document_boost_drafts (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    session_id text collate "C" generated always as (body ->> 'session_id') stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    expires_at text collate "C" generated always as (body ->> 'expires_at') stored,
    constraint document_boost_drafts_pkey primary key (tenant_id, id),
    constraint document_boost_drafts_natural_key unique (tenant_id, session_id),
    constraint document_boost_drafts_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_boost_drafts_version_positive check (version > 0)
);

create index document_boost_drafts_delta_idx on document_boost_drafts (tenant_id, updated_at, id);
create index document_boost_drafts_status_idx on document_boost_drafts (tenant_id, status nulls first, id);
create index document_boost_drafts_expiry_idx on document_boost_drafts (expires_at);

comment on table document_boost_drafts is 'Documents: boost drafts';
comment on column document_boost_drafts.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_boost_drafts.body is 'The document; the columns after it are read out of it';

select guard_document_table('document_boost_drafts');

create table document_website_audits (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    terms tsvector not null,
    url text collate "C" generated always as (body ->> 'url') stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    last_run_at text collate "C" generated always as (body ->> 'last_run_at') stored,
    constraint document_website_audits_pkey primary key (tenant_id, id),
    constraint document_website_audits_natural_key unique (tenant_id, url),
    constraint document_website_audits_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_website_audits_version_positive check (version > 0)
);

create index document_website_audits_delta_idx on document_website_audits (tenant_id, updated_at, id);
create index document_website_audits_status_idx on document_website_audits (tenant_id, status nulls first, id);
create index document_website_audits_last_run_idx on document_website_audits (tenant_id, last_run_at desc nulls last, id desc);
create index document_website_audits_terms_idx on document_website_audits using gin (terms);

comment on table document_website_audits is 'Documents: website audits';
comment on column document_website_audits.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_website_audits.body is 'The document; the columns after it are read out of it';
comment on column document_website_audits.terms is 'The tenant, the words that are searched, and the members of lists as path=member';

select guard_document_table('document_website_audits');
select open_document_search('document_website_audits');
