create table ad_account (
    tenant_id uuid not null,
    id uuid not null,
    platform text not null,
    remote_id text not null,
    name text not null,
    currency text not null,
    time_zone text not null,
    status text not null,
    active boolean not null,
    payment_connected boolean not null,
    business_id text,
    spend_cap_minor bigint,
    observed_at timestamptz not null,
    last_synced_at timestamptz,
    created_at timestamptz not null default now(),
    constraint ad_account_pkey primary key (tenant_id, id),
    constraint ad_account_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint ad_account_remote_id_unique unique (tenant_id, platform, remote_id),
    constraint ad_account_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint ad_account_currency_valid check (currency ~ '^[A-Z]{3}$'),
    constraint ad_account_spend_cap_positive check (spend_cap_minor >= 0)
);

create index ad_account_business_idx on ad_account (tenant_id, business_id) where business_id is not null;

comment on table ad_account is 'An ad account as its platform describes it';
comment on column ad_account.remote_id is 'The platform''s id of it, in the form its API wants';
comment on column ad_account.time_zone is 'IANA name; the account''s days belong to it';
comment on column ad_account.status is 'The platform''s own word';
comment on column ad_account.active is 'Whether it can advertise, by that word';
comment on column ad_account.spend_cap_minor is 'The account''s own cap in minor units of its currency; null if it has none';
comment on column ad_account.last_synced_at is 'When its numbers were last read';

select guard_tenant_table('ad_account');

create table connection (
    tenant_id uuid not null,
    id uuid not null,
    ad_account_id uuid not null,
    platform text not null,
    endpoint text,
    status text not null,
    token bytea not null,
    page_token bytea,
    token_expires_at timestamptz,
    remote_user_id text,
    permissions text[] not null default '{}',
    page_id text,
    page_name text,
    instagram_id text,
    instagram_name text,
    business_id text,
    business_name text,
    admin_connected boolean not null default false,
    app_connected boolean not null default false,
    last_validated_at timestamptz,
    last_error text,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint connection_pkey primary key (tenant_id, id),
    constraint connection_account_unique unique (tenant_id, platform, ad_account_id),
    constraint connection_ad_account_fkey foreign key (tenant_id, ad_account_id)
        references ad_account (tenant_id, id) on delete cascade,
    constraint connection_creator_fkey foreign key (created_by) references users,
    constraint connection_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint connection_status_valid check (status in ('active', 'expired', 'revoked', 'error'))
);

create index connection_token_expiry_idx on connection (tenant_id, token_expires_at) where status = 'active';

comment on table connection is 'A granted access to one ad account';
comment on column connection.endpoint is 'Base address of the platform''s API where it is not the public one: the sandbox';
comment on column connection.token is 'Sealed: id of the data key (16 bytes), nonce (24 bytes), sealed text';
comment on column connection.page_token is 'Sealed like token';
comment on column connection.remote_user_id is 'The platform''s id of the person or system user who granted it';

select guard_tenant_table('connection');
