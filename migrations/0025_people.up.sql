-- How people come in and prove who they are: invitations, tokens sent by mail, one-time passwords. And a tenant may
-- change how it is called.
create table invitation (
    tenant_id uuid not null,
    id uuid not null,
    email text not null,
    role text not null,
    token_hash bytea not null,
    invited_by uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    constraint invitation_pkey primary key (tenant_id, id),
    constraint invitation_token_unique unique (tenant_id, token_hash),
    constraint invitation_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint invitation_inviter_fkey foreign key (invited_by) references users,
    constraint invitation_role_valid check (role in ('admin', 'operator', 'viewer')),
    constraint invitation_token_length check (length(token_hash) = 32),
    constraint invitation_one_end check (accepted_at is null or revoked_at is null)
);

create unique index invitation_one_open_per_address on invitation (tenant_id, lower(email))
    where accepted_at is null and revoked_at is null;
-- Whoever presents a token has not said yet whose it is.
create index invitation_token_idx on invitation (token_hash);

comment on table invitation is 'People asked to join a tenant';
comment on column invitation.token_hash is 'SHA-256 of the token in the message, which holds 32 random bytes';

select guard_tenant_table('invitation', 'select, insert, update');
create policy sign_in on invitation to placard_system using (true) with check (true);
grant select, update (accepted_at) on invitation to placard_system;

create table user_token (
    hash bytea not null,
    purpose text not null,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint user_token_pkey primary key (hash),
    constraint user_token_user_fkey foreign key (user_id) references users on delete cascade,
    constraint user_token_purpose_valid check (purpose in ('verify_email', 'reset_password')),
    constraint user_token_hash_length check (length(hash) = 32)
);

create index user_token_user_idx on user_token (user_id, purpose);

comment on table user_token is 'Tokens that were sent to an address and prove, once, that their bearer reads it';

create table user_totp (
    user_id uuid not null,
    secret bytea not null,
    created_at timestamptz not null default now(),
    confirmed_at timestamptz,
    last_step bigint,
    constraint user_totp_pkey primary key (user_id),
    constraint user_totp_user_fkey foreign key (user_id) references users on delete cascade
);

comment on table user_totp is 'The secret that a person''s one-time passwords come from (RFC 6238)';
comment on column user_totp.secret is 'Sealed by a system key';
comment on column user_totp.confirmed_at is 'Since when signing in asks for it; null until a first password was right';
comment on column user_totp.last_step is 'Time step of the last password that was taken; an earlier or equal one is a replay';

create table totp_recovery (
    user_id uuid not null,
    hash bytea not null,
    used_at timestamptz,
    constraint totp_recovery_pkey primary key (user_id, hash),
    constraint totp_recovery_user_fkey foreign key (user_id) references users on delete cascade,
    constraint totp_recovery_hash_length check (length(hash) = 32)
);

comment on table totp_recovery is 'Codes that stand in for a one-time password, each good once';

alter table user_token enable row level security;
alter table user_token force row level security;
create policy all_people on user_token to placard_system using (true) with check (true);
grant select, insert, update, delete on user_token to placard_system;

alter table user_totp enable row level security;
alter table user_totp force row level security;
create policy all_people on user_totp to placard_system using (true) with check (true);
grant select, insert, update, delete on user_totp to placard_system;

alter table totp_recovery enable row level security;
alter table totp_recovery force row level security;
create policy all_people on totp_recovery to placard_system using (true) with check (true);
grant select, insert, update, delete on totp_recovery to placard_system;

-- What it may do besides reading is said by the grants.
drop policy tenant_isolation on tenant;
create policy tenant_isolation on tenant to placard_app
    using (id = (select nullif(current_setting('placard.tenant', true), '')::uuid))
    with check (id = (select nullif(current_setting('placard.tenant', true), '')::uuid));
grant update (name, primary_domain, settings, updated_at) on tenant to placard_app;
