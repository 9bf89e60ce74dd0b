-- Documents that nothing happened to for long leave the database for files in the object store. A row says which file is
-- true; a file without one is none.
create table document_archive (
    tenant_id uuid not null,
    id uuid not null,
    collection text not null,
    hash text not null,
    documents integer not null,
    bytes bigint not null,
    first_id uuid not null,
    last_id uuid not null,
    key_id uuid not null,
    written_at timestamptz not null default now(),
    settled_at timestamptz,
    constraint document_archive_pkey primary key (tenant_id, id),
    constraint document_archive_hash_unique unique (tenant_id, hash),
    constraint document_archive_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_archive_hash_format check (hash ~ '^[0-9a-f]{64}$'),
    constraint document_archive_documents_positive check (documents > 0),
    constraint document_archive_bytes_positive check (bytes > 0),
    constraint document_archive_span_ordered check (first_id <= last_id)
);

comment on table document_archive is 'Files of documents that left the database';
comment on column document_archive.hash is 'The SHA-256 of the file, which is its name in the object store';
comment on column document_archive.first_id is 'The smallest id in the file; together with the largest one it says where to look for a document';
comment on column document_archive.key_id is 'The data key that sealed the documents in it';
comment on column document_archive.settled_at is 'When the last of its documents was gone from the database; null until then';

select guard_tenant_table('document_archive');

-- Whom outreach has spoken to lately stays in the database.
create index enrolment_profile_idx on enrolment (tenant_id, profile_id) where profile_id is not null;
