create table asset (
    tenant_id uuid not null,
    id uuid not null,
    content_hash text not null,
    received_hash text not null,
    name text not null,
    media_type text not null,
    bytes bigint not null,
    width integer,
    height integer,
    alpha boolean,
    animated boolean,
    orientation smallint,
    looks bigint,
    duration_ms bigint,
    codec text,
    audio boolean,
    metadata jsonb not null default '{}',
    original_url text,
    added_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint asset_pkey primary key (tenant_id, id),
    constraint asset_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint asset_added_by_fkey foreign key (added_by) references users,
    constraint asset_content_unique unique (tenant_id, content_hash),
    constraint asset_content_hash_valid check (content_hash ~ '^[0-9a-f]{64}$'),
    constraint asset_received_hash_valid check (received_hash ~ '^[0-9a-f]{64}$'),
    constraint asset_name_length check (length(name) between 1 and 255),
    constraint asset_bytes_positive check (bytes > 0),
    constraint asset_details_whole check (
        case media_type
            when 'application/pdf' then num_nonnulls(width, height, alpha, animated, orientation, looks, duration_ms, codec, audio) = 0
            when 'video/mp4' then num_nulls(width, height, duration_ms, codec, audio) = 0
                and num_nonnulls(alpha, animated, orientation, looks) = 0
            when 'video/quicktime' then num_nulls(width, height, duration_ms, codec, audio) = 0
                and num_nonnulls(alpha, animated, orientation, looks) = 0
            else media_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp')
                and num_nulls(width, height, alpha, animated, orientation) = 0
                and num_nonnulls(duration_ms, codec, audio) = 0
        end
    ),
    constraint asset_metadata_object check (jsonb_typeof(metadata) = 'object')
);

create index asset_received_hash_idx on asset (tenant_id, received_hash);
create index asset_original_url_idx on asset (tenant_id, original_url) where original_url is not null;
create index asset_created_idx on asset (tenant_id, created_at desc, id desc);

comment on table asset is 'Pictures, videos and documents; their bytes lie in the object store under tenant and content_hash';
comment on column asset.content_hash is 'SHA-256 of what is kept, lower-case hex: the asset''s identity within its tenant';
comment on column asset.received_hash is 'SHA-256 of what arrived, before notes about people were taken out';
comment on column asset.width is 'Pixels across as it is seen; height likewise';
comment on column asset.alpha is 'Whether any of a picture is transparent';
comment on column asset.orientation is 'Which way up the file says that a picture is, 1 to 8 as in EXIF';
comment on column asset.looks is 'What a picture looks like, in 64 bits; null if it is all of one colour';
comment on column asset.codec is 'Four letters that name how a video is stored';
comment on column asset.metadata is 'What its owner wants to remember of it';
comment on column asset.original_url is 'Where it was fetched from';
comment on column asset.deleted_at is 'When it was put aside; its bytes stay and it can be restored';

select guard_tenant_table('asset', 'select, insert, update');
