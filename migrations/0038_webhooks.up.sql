create table webhook_subscription (
    tenant_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    topic text not null,
    remote_id text,
    callback text not null,
    token_hash bytea,
    created_at timestamptz not null default now(),
    constraint webhook_subscription_pkey primary key (tenant_id, id),
    constraint webhook_subscription_connection_fkey foreign key (tenant_id, connection_id)
        references connection (tenant_id, id) on delete cascade,
    constraint webhook_subscription_topic_valid check (topic in ('reviews', 'leads', 'standing')),
    constraint webhook_subscription_token_hash_length check (length(token_hash) = 32)
);

create index webhook_subscription_connection_idx on webhook_subscription (tenant_id, connection_id);
-- Whoever delivers to an address has not said yet whose it is.
create index webhook_subscription_token_idx on webhook_subscription (token_hash) where token_hash is not null;

comment on table webhook_subscription is 'What a platform was asked to tell of by itself';
comment on column webhook_subscription.remote_id is 'The platform''s id of it, where it has one';
comment on column webhook_subscription.callback is 'The address, without the token that may stand at its end';
comment on column webhook_subscription.token_hash is 'SHA-256 of the unguessable end of the address, where it has one';

select guard_tenant_table('webhook_subscription');
create policy delivery on webhook_subscription for select to placard_system using (true);
grant select (tenant_id, connection_id, token_hash) on webhook_subscription to placard_system;

-- A delivery names an account or a page, and never a tenant. Of connections no more than that is shown to whoever asks.
create policy delivery on connection for select to placard_system using (true);
grant select (tenant_id, id, ad_account_id, platform, endpoint, page_id) on connection to placard_system;
create index connection_page_idx on connection (platform, page_id) where page_id is not null;
create policy delivery on ad_account for select to placard_system using (true);
grant select (tenant_id, id, platform, remote_id) on ad_account to placard_system;
create index ad_account_remote_id_idx on ad_account (platform, remote_id);

create table webhook_notice (
    tenant_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    platform text not null,
    digest bytea not null,
    kind text not null,
    subject text,
    occurred_at timestamptz,
    received_at timestamptz not null,
    deliveries integer not null default 1,
    handled_at timestamptz,
    constraint webhook_notice_pkey primary key (tenant_id, id),
    constraint webhook_notice_digest_unique unique (tenant_id, platform, digest),
    constraint webhook_notice_connection_fkey foreign key (tenant_id, connection_id)
        references connection (tenant_id, id) on delete cascade,
    constraint webhook_notice_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint webhook_notice_kind_valid check (kind in ('object', 'standing', 'lead', 'other')),
    constraint webhook_notice_digest_length check (length(digest) = 32),
    constraint webhook_notice_deliveries_positive check (deliveries > 0)
);

create index webhook_notice_waiting_idx on webhook_notice (tenant_id, connection_id, received_at)
    where handled_at is null;
create index webhook_notice_received_idx on webhook_notice (tenant_id, received_at);

comment on table webhook_notice is 'What platforms told by themselves, each thing once; kept for 30 days';
comment on column webhook_notice.digest is 'SHA-256 of what was told, the same whenever it is told again';
comment on column webhook_notice.subject is 'The platform''s id of the object or lead that it is about';
comment on column webhook_notice.occurred_at is 'By the notice''s own word';
comment on column webhook_notice.deliveries is 'How often it came';
comment on column webhook_notice.handled_at is 'When what followed from it was done; null until then';

select guard_tenant_table('webhook_notice');

create table webhook_tally (
    day date not null,
    platform text not null,
    refusal text not null,
    count bigint not null,
    constraint webhook_tally_pkey primary key (day, platform, refusal),
    constraint webhook_tally_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint webhook_tally_refusal_valid check (refusal in ('unsigned', 'forged', 'stale', 'malformed', 'unknown'))
);

comment on table webhook_tally is 'How many notices were not taken, and why. Nothing of what they said is kept, and they are nobody''s';

alter table webhook_tally enable row level security;
alter table webhook_tally force row level security;
create policy everybodys on webhook_tally to placard_system using (true) with check (true);
grant select, insert, update, delete on webhook_tally to placard_system;
