create table metric_entity (
    tenant_id uuid not null,
    id bigint generated always as identity,
    platform text not null,
    account text not null,
    level text not null,
    remote_id text not null,
    parent_remote_id text,
    name text,
    created_at timestamptz not null default now(),
    constraint metric_entity_pkey primary key (tenant_id, id),
    constraint metric_entity_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint metric_entity_remote_id_unique unique (tenant_id, platform, account, level, remote_id),
    constraint metric_entity_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok')),
    constraint metric_entity_level_valid check (level in ('account', 'campaign', 'ad_group', 'ad'))
);

comment on table metric_entity is 'What numbers are about: an account, campaign, ad group or ad as its platform knows it';
comment on column metric_entity.id is 'Short, because every row of numbers carries it';
comment on column metric_entity.account is 'The platform''s id of the ad account';
comment on column metric_entity.parent_remote_id is 'The platform''s id of the entity one level up';

select guard_tenant_table('metric_entity');
