create table lead_key (
    tenant_id uuid not null,
    sealed bytea not null,
    created_at timestamptz not null default now(),
    constraint lead_key_pkey primary key (tenant_id),
    constraint lead_key_tenant_fkey foreign key (tenant_id) references tenant on delete cascade
);

comment on table lead_key is 'With what addresses and numbers are hashed; it stays the same for the life of a tenant';
comment on column lead_key.sealed is 'A random key of 32 bytes, sealed by the vault';

select guard_tenant_table('lead_key', 'select, insert, update');

create table lead (
    tenant_id uuid not null,
    id uuid not null,
    status text not null default 'new',
    source text not null,
    platform text,
    account text,
    remote_campaign_id text,
    remote_ad_group_id text,
    remote_ad_id text,
    form_id text,
    campaign_id uuid,
    utm jsonb not null default '{}',
    consent_state text,
    consent_basis text,
    consent_at timestamptz,
    sealed bytea,
    first_at timestamptz not null,
    last_at timestamptz not null,
    merged_into uuid,
    erased_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint lead_pkey primary key (tenant_id, id),
    constraint lead_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint lead_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete set null (campaign_id),
    constraint lead_merged_into_fkey foreign key (tenant_id, merged_into) references lead (tenant_id, id),
    constraint lead_status_valid check (
        status in ('disqualified', 'lost', 'new', 'contacted', 'qualified', 'won')
    ),
    constraint lead_source_valid check (source in ('form', 'csv', 'api', 'person')),
    constraint lead_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint lead_consent_state_valid check (consent_state in ('withdrawn', 'given')),
    constraint lead_consent_basis_valid check (consent_basis in ('consent', 'contract', 'legitimate_interest')),
    constraint lead_consent_whole check (
        (consent_state is null) = (consent_basis is null) and (consent_state is null) = (consent_at is null)
    ),
    constraint lead_sealed_until_erased check ((sealed is null) = (erased_at is not null)),
    constraint lead_not_into_itself check (merged_into <> id)
);

create index lead_status_idx on lead (tenant_id, status, id desc) where merged_into is null;
create index lead_campaign_idx on lead (tenant_id, campaign_id) where campaign_id is not null;
create index lead_ad_idx on lead (tenant_id, platform, remote_ad_id) where remote_ad_id is not null;
create index lead_merged_into_idx on lead (tenant_id, merged_into) where merged_into is not null;

comment on table lead is 'A person who left their details, as all touches together make it';
comment on column lead.source is 'How it came in first';
comment on column lead.account is 'The platform''s id of the ad account';
comment on column lead.campaign_id is 'Our campaign, where what it came from is bound to one';
comment on column lead.sealed is 'What is known of the person, sealed by the vault; null once erased';
comment on column lead.merged_into is 'The lead that turned out to be the same person';
comment on column lead.version is 'Counts changes; whoever changes a lead says which version was seen';

select guard_tenant_table('lead');

create table lead_touch (
    tenant_id uuid not null,
    id uuid not null,
    lead_id uuid not null,
    source text not null,
    fingerprint bytea not null,
    sealed bytea not null,
    at timestamptz not null,
    created_at timestamptz not null default now(),
    constraint lead_touch_pkey primary key (tenant_id, id),
    constraint lead_touch_lead_fkey foreign key (tenant_id, lead_id) references lead (tenant_id, id) on delete cascade,
    constraint lead_touch_fingerprint_unique unique (tenant_id, fingerprint),
    constraint lead_touch_source_valid check (source in ('form', 'csv', 'api', 'person'))
);

create index lead_touch_lead_idx on lead_touch (tenant_id, lead_id);

comment on table lead_touch is 'Each occasion on which something became known of a person; never changed';
comment on column lead_touch.fingerprint is 'Keyed hash of the content, so that the same comes in only once';
comment on column lead_touch.sealed is 'The content, sealed by the vault';
comment on column lead_touch.at is 'When it happened, or came in if nobody said';

select guard_tenant_table('lead_touch');

create table lead_identity (
    tenant_id uuid not null,
    id uuid not null,
    lead_id uuid not null,
    kind text not null,
    hash bytea not null,
    created_at timestamptz not null default now(),
    constraint lead_identity_pkey primary key (tenant_id, id),
    constraint lead_identity_lead_fkey foreign key (tenant_id, lead_id)
        references lead (tenant_id, id) on delete cascade,
    constraint lead_identity_hash_unique unique (tenant_id, hash),
    constraint lead_identity_kind_valid check (kind in ('email', 'phone'))
);

create index lead_identity_lead_idx on lead_identity (tenant_id, lead_id);

comment on table lead_identity is 'By what a person is found again';
comment on column lead_identity.hash is 'HMAC-SHA-256 of the normalised address or number under the tenant''s lead_key';

select guard_tenant_table('lead_identity');
