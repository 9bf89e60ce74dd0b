-- Keys are revoked and people invited, which the audit log has no words for yet.
alter table audit_log drop constraint audit_log_action_valid;
alter table audit_log add constraint audit_log_action_valid check (
    action in (
        'create', 'update', 'delete', 'login', 'logout', 'publish', 'pause', 'resume', 'adopt', 'roll_back', 'import',
        'refuse', 'revoke', 'rotate', 'invite', 'accept', 'kill'
    )
);

create table api_key (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    prefix text not null,
    hash bytea not null,
    scopes text[] not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    constraint api_key_pkey primary key (tenant_id, id),
    constraint api_key_hash_unique unique (tenant_id, hash),
    constraint api_key_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint api_key_creator_fkey foreign key (created_by) references users,
    constraint api_key_hash_length check (length(hash) = 32)
);

-- Whoever presents a key has not said yet whose it is.
create index api_key_hash_idx on api_key (hash);

comment on table api_key is 'Keys with which programs act for a tenant; what they may do is their scopes';
comment on column api_key.prefix is 'The first letters of the key, by which people recognise it';
comment on column api_key.hash is 'SHA-256 of the key, which holds 32 random bytes';
comment on column api_key.last_used_at is 'Written at most once a minute';

select guard_tenant_table('api_key', 'select, insert, update');
create policy sign_in on api_key to placard_system using (true) with check (true);
grant select, update (last_used_at, revoked_at) on api_key to placard_system;
