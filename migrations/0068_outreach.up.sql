-- Outreach: campaigns, those who are in them, and those who must not be written to. Addresses are sealed by the vault;
-- to find one, a keyed hash of it is kept, whose key is sealed as well.
create table outreach_setting (
    tenant_id uuid not null,
    address_key bytea not null,
    channels bytea,
    daily_cap integer not null default 1000,
    updated_at timestamptz not null default now(),
    constraint outreach_setting_pkey primary key (tenant_id),
    constraint outreach_setting_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint outreach_setting_cap_positive check (daily_cap > 0)
);

comment on table outreach_setting is 'How a tenant reaches people';
comment on column outreach_setting.address_key is 'The key of the hashes of addresses, sealed by the vault';
comment on column outreach_setting.channels is 'The channels with their secrets, a document sealed by the vault';
comment on column outreach_setting.daily_cap is 'Messages of all campaigns on a day in UTC';

select guard_tenant_table('outreach_setting');

create table outreach_campaign (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    status text not null default 'draft',
    criteria jsonb not null,
    settings jsonb not null,
    sequence jsonb not null,
    version bigint not null default 1,
    last_sent_at timestamptz,
    resumes_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint outreach_campaign_pkey primary key (tenant_id, id),
    constraint outreach_campaign_name_unique unique (tenant_id, name),
    constraint outreach_campaign_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint outreach_campaign_status_valid check (status in ('draft', 'active', 'paused', 'completed')),
    constraint outreach_campaign_version_positive check (version > 0)
);

comment on table outreach_campaign is 'What somebody is told, and when';
comment on column outreach_campaign.version is 'Counts the changes; who changes it names the one he saw';
comment on column outreach_campaign.last_sent_at is 'When its last message was intended; the gap to the next counts from here';
comment on column outreach_campaign.resumes_at is 'Until then a cap or the gap holds the whole campaign';

select guard_tenant_table('outreach_campaign');

create table enrolment (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    profile_id uuid,
    recipient bytea not null,
    address_hash bytea not null,
    zone text,
    status text not null default 'pending',
    stop_reason text,
    step smallint not null default 0,
    failures smallint not null default 0,
    due_at timestamptz not null,
    locked_by text,
    locked_until timestamptz,
    converted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint enrolment_pkey primary key (tenant_id, id),
    constraint enrolment_address_unique unique (tenant_id, campaign_id, address_hash),
    constraint enrolment_campaign_fkey foreign key (tenant_id, campaign_id)
        references outreach_campaign (tenant_id, id) on delete cascade,
    constraint enrolment_status_valid
        check (status in ('pending', 'approved', 'rejected', 'held', 'stopped', 'finished')),
    constraint enrolment_stop_reason_valid check (
        stop_reason in (
            'reply', 'bounce', 'unsubscribe', 'complaint', 'suppressed', 'consent_withdrawn', 'refused', 'gave_up',
            'manual'
        )
    ),
    constraint enrolment_stopped_for_a_reason check ((status = 'stopped') = (stop_reason is not null)),
    constraint enrolment_lock_whole check ((locked_by is null) = (locked_until is null))
);

create index enrolment_due_idx on enrolment (tenant_id, campaign_id, due_at, id) where status = 'approved';
create index enrolment_address_idx on enrolment (tenant_id, address_hash);

comment on table enrolment is 'Somebody in an outreach campaign';
comment on column enrolment.recipient is 'Address and what is known of the recipient, a document sealed by the vault';
comment on column enrolment.address_hash is 'HMAC-SHA256 of the address in lower case';
comment on column enrolment.step is 'The step to be sent next, from 0';
comment on column enrolment.failures is 'How often that step was refused for the time being';
comment on column enrolment.locked_until is 'Until then someone sends to them';

select guard_tenant_table('enrolment');

create table suppression (
    tenant_id uuid not null,
    address_hash bytea not null,
    reason text not null,
    at timestamptz not null,
    constraint suppression_pkey primary key (tenant_id, address_hash),
    constraint suppression_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint suppression_reason_valid check (reason in ('bounce', 'complaint', 'unsubscribe', 'manual'))
);

comment on table suppression is 'Addresses that must not be written to, by their hash';

select guard_tenant_table('suppression');

create table consent (
    tenant_id uuid not null,
    address_hash bytea not null,
    state text not null,
    source text not null,
    at timestamptz not null,
    constraint consent_pkey primary key (tenant_id, address_hash),
    constraint consent_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint consent_state_valid check (state in ('given', 'withdrawn'))
);

comment on table consent is 'What people said about being written to, by the hash of their address';
comment on column consent.source is 'Where they said it';

select guard_tenant_table('consent');
