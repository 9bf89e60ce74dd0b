create table tenant (
    id uuid not null,
    slug text not null,
    name text not null,
    primary_domain text,
    plan text not null default 'free',
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenant_pkey primary key (id),
    constraint tenant_slug_unique unique (slug),
    constraint tenant_slug_valid check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60),
    constraint tenant_primary_domain_unique unique (primary_domain),
    constraint tenant_plan_valid check (plan in ('free', 'starter', 'professional', 'enterprise'))
);

comment on table tenant is 'An organisation; the unit of isolation';
comment on column tenant.slug is 'Its name in commands and addresses';

create table users (
    id uuid not null,
    email text not null,
    username text,
    first_name text,
    last_name text,
    avatar_url text,
    preferences jsonb not null default '{}',
    password_hash text not null,
    email_verified_at timestamptz,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint users_pkey primary key (id)
);

create unique index users_email_unique on users (lower(email)) where deleted_at is null;
create unique index users_username_unique on users (lower(username)) where deleted_at is null;

comment on table users is 'A person; belongs to tenants by membership';
comment on column users.password_hash is 'Argon2id in PHC form; only placard_system may read it';

create table membership (
    tenant_id uuid not null,
    user_id uuid not null,
    role text not null,
    permissions text[] not null default '{}',
    created_at timestamptz not null default now(),
    constraint membership_pkey primary key (tenant_id, user_id),
    constraint membership_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint membership_user_fkey foreign key (user_id) references users on delete cascade,
    constraint membership_role_valid check (role in ('admin', 'operator', 'viewer'))
);

create index membership_user_idx on membership (user_id);

comment on table membership is 'Who belongs to which tenant, and as what';
comment on column membership.permissions is 'What this person may do beyond the role';

select guard_tenant_table('membership');
create policy sign_in on membership to placard_system using (true) with check (true);
grant select, insert, update, delete on membership to placard_system;

-- A tenant sees itself, and of people those who belong to it; how they sign in is for placard_system alone.
alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_isolation on tenant for select to placard_app
    using (id = (select nullif(current_setting('placard.tenant', true), '')::uuid));
create policy all_tenants on tenant to placard_system using (true) with check (true);
grant select on tenant to placard_app;
grant select, insert, update on tenant to placard_system;

alter table users enable row level security;
alter table users force row level security;
create policy members_of_tenant on users for select to placard_app
    using (id in (select user_id from membership));
create policy all_people on users to placard_system using (true) with check (true);
grant select (id, email, username, first_name, last_name, avatar_url, preferences, email_verified_at, last_login_at,
    created_at, updated_at, deleted_at) on users to placard_app;
grant select, insert, update on users to placard_system;
