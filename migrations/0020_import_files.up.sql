create table import_file (
    tenant_id uuid not null,
    id uuid not null,
    platform text not null,
    account text not null,
    sha256 text not null,
    name text not null,
    rows bigint not null,
    imported_at timestamptz not null default now(),
    actor text not null,
    constraint import_file_pkey primary key (tenant_id, id),
    constraint import_file_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint import_file_content_unique unique (tenant_id, platform, account, sha256),
    constraint import_file_platform_valid check (platform in ('meta', 'google', 'microsoft', 'tiktok'))
);

comment on table import_file is 'Files of numbers that were imported; the same content is not counted twice';

select guard_tenant_table('import_file', 'select, insert');
