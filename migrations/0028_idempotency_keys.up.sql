create table idempotency_key (
    tenant_id uuid not null,
    caller text not null,
    key text not null,
    id uuid not null,
    request_hash bytea not null,
    state text not null,
    status smallint,
    content_type text,
    sealed_body bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    locked_until timestamptz,
    constraint idempotency_key_pkey primary key (tenant_id, caller, key),
    constraint idempotency_key_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint idempotency_key_state_valid check (state in ('running', 'done')),
    constraint idempotency_key_answer_whole check (
        (state = 'done') = (status is not null and sealed_body is not null) and (state = 'running') = (locked_until is not null)
    ),
    constraint idempotency_key_hash_length check (length(request_hash) = 32)
);

create index idempotency_key_expiry_idx on idempotency_key (expires_at);

comment on table idempotency_key is 'Requests that a caller may repeat without their effect being repeated, with their answers';
comment on column idempotency_key.caller is 'Who sent it; the same key of two callers is two keys';
comment on column idempotency_key.id is 'The run: another one if a dead one was taken over';
comment on column idempotency_key.request_hash is 'SHA-256 of the request: the same key with another request is a mistake';
comment on column idempotency_key.sealed_body is 'The answer, sealed by the tenant''s key';
comment on column idempotency_key.locked_until is 'From then on a run that did not end is taken to be dead';

select guard_tenant_table('idempotency_key');
create policy every_tenant on idempotency_key to placard_system using (true) with check (true);
grant select (expires_at), delete on idempotency_key to placard_system;
