-- Documents about people who are spoken to. Columns that are read out of a document make what it is found by visible to
-- row-level security and to ordinary indexes.
create table document_profiles (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    terms tsvector not null,
    platform text collate "C" generated always as (body ->> 'platform') stored,
    platform_id text collate "C" generated always as (body ->> 'platform_id') stored,
    username text collate "C" generated always as (body ->> 'username') stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    risk_score bigint generated always as ((body ->> 'risk_score')::bigint) stored,
    metadata_followers bigint generated always as ((body -> 'metadata' ->> 'followers')::bigint) stored,
    metadata_verified boolean generated always as ((body -> 'metadata' ->> 'verified')::boolean) stored,
    metadata_last_active_at text collate "C" generated always as (body -> 'metadata' ->> 'last_active_at') stored,
    constraint document_profiles_pkey primary key (tenant_id, id),
    constraint document_profiles_natural_key unique (tenant_id, platform, username),
    constraint document_profiles_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_profiles_version_positive check (version > 0)
);

create index document_profiles_delta_idx on document_profiles (tenant_id, updated_at, id);
create unique index document_profiles_platform_id_unique on document_profiles (tenant_id, platform, platform_id) where platform_id is not null;
create index document_profiles_status_idx on document_profiles (tenant_id, status nulls first, created_at desc nulls last, id desc);
create index document_profiles_approved_idx on document_profiles (tenant_id, metadata_followers desc nulls last, id desc) where status = 'approved';
create index document_profiles_terms_idx on document_profiles using gin (terms);

comment on table document_profiles is 'Documents: profiles';
comment on column document_profiles.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_profiles.body is 'The document; the columns after it are read out of it';
comment on column document_profiles.terms is 'The tenant, the words that are searched, and the members of lists as path=member';

select guard_document_table('document_profiles');
select open_document_search('document_profiles');

create table document_messages (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    campaign_id text collate "C" generated always as (body ->> 'campaign_id') stored,
    profile_id text collate "C" generated always as (body ->> 'profile_id') stored,
    kind text collate "C" generated always as (body ->> 'kind') stored,
    step bigint generated always as ((body ->> 'step')::bigint) stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    scheduled_for text collate "C" generated always as (body ->> 'scheduled_for') stored,
    sent_at text collate "C" generated always as (body ->> 'sent_at') stored,
    anonymised_at text collate "C" generated always as (body ->> 'anonymised_at') stored,
    constraint document_messages_pkey primary key (tenant_id, id),
    constraint document_messages_natural_key unique (tenant_id, campaign_id, profile_id, kind, step),
    constraint document_messages_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_messages_version_positive check (version > 0)
);

create index document_messages_delta_idx on document_messages (tenant_id, updated_at, id);
create index document_messages_due_idx on document_messages (tenant_id, status nulls first, scheduled_for nulls first, id);
create index document_messages_sent_idx on document_messages (tenant_id, sent_at desc nulls last, id desc);
create index document_messages_expiry_idx on document_messages (created_at);

comment on table document_messages is 'Documents: messages';
comment on column document_messages.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_messages.body is 'The document; the columns after it are read out of it';

select guard_document_table('document_messages');

create table document_automation_sessions (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    body jsonb not null,
    session_id text collate "C" generated always as (body ->> 'session_id') stored,
    platform text collate "C" generated always as (body ->> 'platform') stored,
    user_id text collate "C" generated always as (body ->> 'user_id') stored,
    status text collate "C" generated always as (body ->> 'status') stored,
    last_validated_at text collate "C" generated always as (body ->> 'last_validated_at') stored,
    expires_at text collate "C" generated always as (body ->> 'expires_at') stored,
    constraint document_automation_sessions_pkey primary key (tenant_id, id),
    constraint document_automation_sessions_natural_key unique (tenant_id, session_id),
    constraint document_automation_sessions_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_automation_sessions_version_positive check (version > 0)
);

create index document_automation_sessions_delta_idx on document_automation_sessions (tenant_id, updated_at, id);
create index document_automation_sessions_owner_idx on document_automation_sessions (tenant_id, platform nulls first, user_id nulls first, id);
create index document_automation_sessions_status_idx on document_automation_sessions (tenant_id, status nulls first, last_validated_at desc nulls last, id desc);
create index document_automation_sessions_expiry_idx on document_automation_sessions (expires_at);

comment on table document_automation_sessions is 'Documents: automation sessions';
comment on column document_automation_sessions.version is 'Counts the changes; who changes it names the one he saw';
comment on column document_automation_sessions.body is 'The document; the columns after it are read out of it';

select guard_document_table('document_automation_sessions');
