-- How people stay signed in. Nothing here is a tenant's: a person signs in first and then works in one tenant or
-- another, so only placard_system comes here.
create table login_session (
    id uuid not null,
    user_id uuid not null,
    tenant_id uuid,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    ip_address inet,
    user_agent text,
    constraint login_session_pkey primary key (id),
    constraint login_session_user_fkey foreign key (user_id) references users on delete cascade,
    constraint login_session_tenant_fkey foreign key (tenant_id) references tenant on delete set null,
    constraint login_session_revoked_reason_valid check (
        revoked_reason in ('logout', 'revoked', 'reuse', 'password_changed', 'expired')
    ),
    constraint login_session_revoked_whole check ((revoked_at is null) = (revoked_reason is null))
);

create index login_session_user_idx on login_session (user_id);
create index login_session_expiry_idx on login_session (expires_at);

comment on table login_session is 'A login; its refresh tokens are a family that dies with it';
comment on column login_session.tenant_id is 'The tenant that the person works in';
comment on column login_session.expires_at is 'When the newest refresh token dies';
comment on column login_session.revoked_reason is 'reuse: a refresh token was presented twice, so one of two had stolen it';

create table refresh_token (
    hash bytea not null,
    session_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint refresh_token_pkey primary key (hash),
    constraint refresh_token_session_fkey foreign key (session_id) references login_session on delete cascade,
    constraint refresh_token_hash_length check (length(hash) = 32)
);

create index refresh_token_session_idx on refresh_token (session_id);
create index refresh_token_expiry_idx on refresh_token (expires_at);

comment on table refresh_token is 'Tokens that renew a login, each good once';
comment on column refresh_token.hash is 'SHA-256 of the token, which is 32 random bytes';
comment on column refresh_token.used_at is 'When it was exchanged for the next one';

alter table login_session enable row level security;
alter table login_session force row level security;
create policy all_logins on login_session to placard_system using (true) with check (true);
grant select, insert, update, delete on login_session to placard_system;

alter table refresh_token enable row level security;
alter table refresh_token force row level security;
create policy all_logins on refresh_token to placard_system using (true) with check (true);
grant select, insert, update, delete on refresh_token to placard_system;
