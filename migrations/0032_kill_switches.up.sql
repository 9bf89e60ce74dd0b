create table kill_switch (
    tenant_id uuid not null,
    id uuid not null,
    scope text not null,
    platform text,
    account text,
    campaign_id uuid,
    reason text,
    engaged_by text not null,
    engaged_at timestamptz not null default now(),
    constraint kill_switch_pkey primary key (tenant_id, id),
    constraint kill_switch_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint kill_switch_campaign_fkey foreign key (tenant_id, campaign_id)
        references campaign (tenant_id, id) on delete cascade,
    constraint kill_switch_scope_unique unique nulls not distinct (tenant_id, platform, account, campaign_id),
    constraint kill_switch_scope_valid check (scope in ('tenant', 'account', 'campaign')),
    constraint kill_switch_scope_whole check (
        (scope = 'account') = (platform is not null) and (platform is null) = (account is null)
        and (scope = 'campaign') = (campaign_id is not null)
    ),
    constraint kill_switch_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

comment on table kill_switch is 'Where nothing may be sent except what stops, lowers or deletes; a row is an engaged switch';
comment on column kill_switch.engaged_by is 'Who engaged it, for people';

select guard_tenant_table('kill_switch');
