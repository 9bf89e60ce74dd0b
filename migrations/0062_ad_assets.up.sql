create table ad_asset (
    tenant_id uuid not null,
    ad_id uuid not null,
    role text not null,
    position smallint not null,
    asset_id uuid not null,
    constraint ad_asset_pkey primary key (tenant_id, ad_id, role, position),
    constraint ad_asset_ad_fkey foreign key (tenant_id, ad_id) references ad (tenant_id, id) on delete cascade,
    constraint ad_asset_asset_fkey foreign key (tenant_id, asset_id) references asset (tenant_id, id),
    constraint ad_asset_role_valid check (
        role in ('primary_image', 'secondary_image', 'logo', 'video', 'document')
    ),
    constraint ad_asset_position_valid check (position >= 0)
);

create index ad_asset_asset_idx on ad_asset (tenant_id, asset_id);

comment on table ad_asset is 'What an ad is made of. The spec''s pictures are found by their hash when it is saved or the asset comes';
comment on column ad_asset.position is 'The order within a role, from 0';

select guard_tenant_table('ad_asset');
