-- The bytes of an asset that was put aside go after a while; its record stays, so that lineage can still name it.
alter table asset
    add column purged_at timestamptz,
    add constraint asset_purged_is_aside check (purged_at is null or deleted_at is not null);

comment on column asset.deleted_at is 'When it was put aside; it can be restored until its bytes are purged';
comment on column asset.purged_at is
    'When its bytes were given up. Written before they go; from then on it can come back only with its content';

create index asset_aside_idx on asset (tenant_id, deleted_at) where deleted_at is not null and purged_at is null;

create table asset_arrival (
    tenant_id uuid not null,
    id uuid not null,
    content_hash text not null,
    began_at timestamptz not null,
    constraint asset_arrival_pkey primary key (tenant_id, id),
    constraint asset_arrival_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint asset_arrival_content_hash_valid check (content_hash ~ '^[0-9a-f]{64}$')
);

create index asset_arrival_content_idx on asset_arrival (tenant_id, content_hash);

comment on table asset_arrival is
    'Content that is being stored and has no record yet: written before the first byte, gone in the transaction that makes the record';
comment on column asset_arrival.began_at is 'One that is older than a day belongs to a process that died';

select guard_tenant_table('asset_arrival', 'select, insert, delete');
