-- What stands around signing in: the keys that sign access tokens, and a memory of failed attempts. Neither belongs
-- to a tenant.
create table signing_key (
    id text not null,
    public bytea not null,
    sealed bytea not null,
    created_at timestamptz not null default now(),
    activates_at timestamptz not null,
    retires_at timestamptz,
    constraint signing_key_pkey primary key (id),
    constraint signing_key_order check (retires_at > activates_at)
);

comment on table signing_key is 'Keys that sign access tokens';
comment on column signing_key.id is 'The kid in a token''s header';
comment on column signing_key.public is 'The public half, as anyone may have it';
comment on column signing_key.sealed is 'The private half, sealed by a system key';
comment on column signing_key.activates_at is 'From then on it signs; it is published before, so that nobody meets it unprepared';
comment on column signing_key.retires_at is 'From then on tokens signed by it are refused; null if that is not decided yet';

create table login_failure (
    subject text not null,
    failures integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    blocked_until timestamptz,
    constraint login_failure_pkey primary key (subject),
    constraint login_failure_count_positive check (failures > 0)
);

create index login_failure_last_idx on login_failure (last_at);

comment on table login_failure is 'Failed attempts to sign in, since the last success or day without one';
comment on column login_failure.subject is 'user: and the SHA-256 of the address in lower case, or ip: and the network address';
comment on column login_failure.blocked_until is 'Until then every attempt is refused unread';

alter table signing_key enable row level security;
alter table signing_key force row level security;
create policy all_keys on signing_key to placard_system using (true) with check (true);
grant select, insert, update, delete on signing_key to placard_system;

alter table login_failure enable row level security;
alter table login_failure force row level security;
create policy all_attempts on login_failure to placard_system using (true) with check (true);
grant select, insert, update, delete on login_failure to placard_system;
