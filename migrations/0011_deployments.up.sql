create table deployment (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    plan_id uuid not null,
    platform text not null,
    account text not null,
    kind text not null,
    status text not null default 'pending',
    error jsonb,
    retry_count integer not null default 0,
    actor text not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    constraint deployment_pkey primary key (tenant_id, id),
    constraint deployment_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint deployment_plan_fkey foreign key (tenant_id, plan_id) references plan (tenant_id, id),
    constraint deployment_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint deployment_kind_valid check (kind in ('create', 'update', 'pause', 'resume', 'delete')),
    constraint deployment_status_valid check (
        status in ('pending', 'running', 'succeeded', 'failed', 'interrupted', 'rolled_back')
    )
);

create index deployment_campaign_idx on deployment (tenant_id, campaign_id, created_at desc);

comment on table deployment is 'One attempt to bring a platform to a plan';
comment on column deployment.account is 'The platform''s id of the ad account';
comment on column deployment.retry_count is 'How often it was taken up again';
comment on column deployment.error is 'What stopped it: step, field path, the platform''s words';
comment on column deployment.actor is 'Who asked for it';

-- One at a time; after a crash the one that was running must be resumed or ended before the next begins.
create unique index deployment_one_running on deployment (tenant_id, campaign_id, platform, account)
    where status in ('pending', 'running');

select guard_tenant_table('deployment');

create table deployment_step (
    tenant_id uuid not null,
    deployment_id uuid not null,
    step_key text not null,
    seq integer not null,
    action text not null,
    object_key text not null,
    name text not null,
    marker text not null,
    status text not null default 'pending',
    attempt integer not null default 0,
    request jsonb,
    response jsonb,
    error jsonb,
    remote_id text,
    sent_at timestamptz,
    finished_at timestamptz,
    constraint deployment_step_pkey primary key (tenant_id, deployment_id, step_key),
    constraint deployment_step_deployment_fkey foreign key (tenant_id, deployment_id)
        references deployment (tenant_id, id) on delete cascade,
    constraint deployment_step_seq_unique unique (tenant_id, deployment_id, seq),
    constraint deployment_step_action_valid check (action in ('create', 'update', 'activate', 'pause', 'delete')),
    constraint deployment_step_status_valid check (status in ('pending', 'sent', 'done', 'failed', 'rolled_back')),
    constraint deployment_step_sent_once_attempted check ((attempt = 0) = (sent_at is null))
);

comment on table deployment_step is 'The intents: a step is sent only after its row says so';
comment on column deployment_step.status is
    'pending: not sent. sent: the request may have reached the platform, its outcome is unknown until it is recorded or probed. done, failed: as the platform said. rolled_back: taken back';
comment on column deployment_step.marker is 'The code in the object''s name by which a lost create is found again';
comment on column deployment_step.request is 'The request as sent, without tokens';
comment on column deployment_step.response is 'The platform''s answer, raw, without tokens';

select guard_tenant_table('deployment_step');
