create table lead_event (
    tenant_id uuid not null,
    id uuid not null,
    platform text not null,
    account text not null,
    remote_id text not null,
    form_id text,
    ad_id text,
    created_at timestamptz,
    received_at timestamptz not null,
    fields bytea,
    constraint lead_event_pkey primary key (tenant_id, id),
    constraint lead_event_remote_id_unique unique (tenant_id, platform, remote_id),
    constraint lead_event_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint lead_event_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

create index lead_event_received_idx on lead_event (tenant_id, received_at, id);

comment on table lead_event is 'People who filled in a form of an ad, each once; they outlive the connection that told of them';
comment on column lead_event.remote_id is 'The platform''s id of the lead';
comment on column lead_event.created_at is 'When the form was sent, if the platform said';
comment on column lead_event.fields is 'Sealed: what was filled in, as a JSON list of name and values; null until it was read';

select guard_tenant_table('lead_event');
