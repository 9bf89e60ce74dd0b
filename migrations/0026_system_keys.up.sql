-- Secrets that are no tenant's (second factors, signing keys, messages) get a key of their own beside the tenants'.
-- Of each key it is known which master key wrapped it, so that the master key can be changed while everything runs.
create table system_key (
    id uuid not null,
    wrapped bytea not null,
    master_id bytea not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    constraint system_key_pkey primary key (id),
    constraint system_key_master_id_length check (length(master_id) = 8)
);

create unique index system_key_one_current on system_key ((true)) where retired_at is null;

comment on table system_key is 'Keys that seal secrets of no tenant, each sealed by the master key';
comment on column system_key.wrapped is 'XChaCha20-Poly1305: nonce of 24 bytes, then the sealed key';
comment on column system_key.master_id is 'The first 8 bytes of SHA-256 over placard/master/ and the master key that wrapped it';
comment on column system_key.retired_at is 'From then on it only opens what it sealed before';

alter table system_key enable row level security;
alter table system_key force row level security;
create policy all_keys on system_key to placard_system using (true) with check (true);
grant select, insert, update on system_key to placard_system;

alter table data_key add column master_id bytea;
alter table data_key add constraint data_key_master_id_length check (length(master_id) = 8);
comment on column data_key.master_id is 'Which master key wrapped it, as in system_key; null if that was before this was noted';

create table outbox_message (
    id uuid not null,
    tenant_id uuid,
    kind text not null,
    recipient text not null,
    subject text not null,
    sealed_body bytea not null,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    constraint outbox_message_pkey primary key (id),
    constraint outbox_message_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint outbox_message_kind_valid check (
        kind in ('verify_email', 'reset_password', 'invitation', 'security_notice')
    )
);

create index outbox_message_created_idx on outbox_message (created_at desc, id desc);
create index outbox_message_unsent_idx on outbox_message (created_at) where sent_at is null;

comment on table outbox_message is 'Messages to people, written in the transaction that gives rise to them';
comment on column outbox_message.tenant_id is 'On whose behalf; null if on nobody''s';
comment on column outbox_message.sealed_body is 'Sealed by a system key, because it may hold a token';

alter table outbox_message enable row level security;
alter table outbox_message force row level security;
create policy all_messages on outbox_message to placard_system using (true) with check (true);
grant select, insert, update, delete on outbox_message to placard_system;
