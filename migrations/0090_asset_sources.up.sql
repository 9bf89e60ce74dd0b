-- Where an asset was fetched from. The same content may lie at several addresses, and an address may give other content later.
create table asset_source (
    tenant_id uuid not null,
    asset_id uuid not null,
    url text not null,
    fetched_at timestamptz not null,
    asked_at timestamptz not null,
    etag text,
    last_modified text,
    constraint asset_source_pkey primary key (tenant_id, asset_id, url),
    constraint asset_source_asset_fkey foreign key (tenant_id, asset_id) references asset (tenant_id, id) on delete cascade,
    constraint asset_source_url_length check (length(url) between 1 and 2000),
    constraint asset_source_etag_length check (length(etag) between 1 and 1000),
    constraint asset_source_last_modified_length check (length(last_modified) between 1 and 100),
    constraint asset_source_asked_after_fetched check (asked_at >= fetched_at)
);

create index asset_source_url_idx on asset_source (tenant_id, url, fetched_at desc);

comment on table asset_source is 'Addresses that assets were fetched from; of several assets of one address, the one fetched last is what it gives';
comment on column asset_source.fetched_at is 'When the address last gave these bytes';
comment on column asset_source.asked_at is 'When it was last asked whether it still gives them';
comment on column asset_source.etag is 'What the server called the content, as it wrote it';
comment on column asset_source.last_modified is 'Since when the server had the content, as it wrote it';

-- Row-level security is forced on the owner too: the tenants are asked for as the role that may see them, and their
-- assets are read one tenant after another.
do $$
declare
    tenants uuid[];
    whose uuid;
begin
    set local role placard_system;
    select array_agg(t.id) into tenants from tenant as t;
    reset role;
    foreach whose in array coalesce(tenants, '{}') loop
        perform set_config('placard.tenant', whose::text, true);
        insert into asset_source (tenant_id, asset_id, url, fetched_at, asked_at)
        select tenant_id, id, original_url, created_at, created_at
        from asset
        where tenant_id = whose and length(original_url) between 1 and 2000;
    end loop;
    perform set_config('placard.tenant', '', true);
end
$$;

select guard_tenant_table('asset_source', 'select, insert, update');
