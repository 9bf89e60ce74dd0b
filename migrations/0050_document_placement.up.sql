-- Where a tenant's documents are, and what every table of documents has in common.
create table document_placement (
    tenant_id uuid not null,
    store text not null default 'postgres',
    horizon timestamptz not null default 'epoch',
    target text,
    phase text,
    progress jsonb not null default '{}',
    started_at timestamptz,
    changed_at timestamptz not null default now(),
    constraint document_placement_pkey primary key (tenant_id),
    constraint document_placement_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint document_placement_store_valid check (store in ('postgres', 'mongodb')),
    constraint document_placement_target_valid check (target in ('postgres', 'mongodb')),
    constraint document_placement_phase_valid check (phase in ('copying', 'purging')),
    constraint document_placement_move_whole check ((target is null) = (phase is null) and (target is null) = (started_at is null))
);

comment on table document_placement is 'Where a tenant''s documents are; without a row, in PostgreSQL';
comment on column document_placement.horizon is 'Every later change is dated from here on, whatever the clocks say';
comment on column document_placement.target is 'Where they are being moved to, or, while purging, where they were moved from';
comment on column document_placement.progress is 'For each collection how far the move has come';

select guard_tenant_table('document_placement');

-- Lets a writer in until its transaction ends, and says from when on its changes are dated. The lock is shared among
-- writers; who asks for it alone knows that every change before is visible.
create function document_pass(expected text)
returns timestamptz
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant uuid := nullif(current_setting('placard.tenant', true), '')::uuid;
    place public.document_placement;
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('placard.documents.' || tenant, 0));
    -- A statement of its own: it sees what was committed while we waited.
    select * into place from public.document_placement where tenant_id = tenant;
    if coalesce(place.store, 'postgres') <> expected then
        raise exception using errcode = 'PD001', message = 'the documents are in ' || place.store;
    end if;
    return coalesce(place.horizon, 'epoch');
end
$$;

comment on function document_pass(text) is
    'Lets a writer of documents in, unless they are elsewhere, and says from when on its changes are dated';

-- Makes a table of documents invisible outside its tenant, and lets upkeep find what has expired.
create function guard_document_table(target regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform public.guard_tenant_table(target);
    execute format('create policy every_tenant on %s to placard_system using (true) with check (true)', target);
    execute format('grant select, delete on %s to placard_system', target);
end
$$;

comment on function guard_document_table(regclass) is
    'Makes a table of documents invisible outside its tenant, and lets upkeep find what has expired';

-- What compares words is not known to keep secrets, so row-level security keeps it away from indexes: a search would
-- read all of a tenant. These functions name the tenant themselves, as the setting says it, and answer with ids alone.
create function open_document_search(target regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    scope constant text :=
        'tenant_id = (select nullif(current_setting(''placard.tenant'', true), '''')::uuid) and terms @@ wanted::tsquery';
begin
    execute format(
        'create function %1$s_having(wanted text) returns setof uuid
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as %2$L',
        target, format('select id from %s where %s', target, scope)
    );
    execute format(
        'create function %1$s_found(wanted text, words text, most bigint) returns setof uuid
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as %2$L',
        target,
        format(
            'select id from %s where %s order by ts_rank(terms, words::tsquery) desc, updated_at desc, id desc limit most',
            target, scope
        )
    );
    execute format('revoke all on function %s_having(text) from public', target);
    execute format('revoke all on function %s_found(text, text, bigint) from public', target);
    execute format('grant execute on function %s_having(text) to placard_app', target);
    execute format('grant execute on function %s_found(text, text, bigint) to placard_app', target);
    -- Under this role alone the policies show every tenant, so that the index is used. It may make nothing of its own.
    grant create on schema public to placard_system;
    execute format('alter function %s_having(text) owner to placard_system', target);
    execute format('alter function %s_found(text, text, bigint) owner to placard_system', target);
    revoke create on schema public from placard_system;
end
$$;

comment on function open_document_search(regclass) is
    'Makes the functions by which a tenant finds its documents of a table by their words and the members of lists';

revoke all on function document_pass(text) from public;
revoke all on function guard_document_table(regclass) from public;
revoke all on function open_document_search(regclass) from public;
grant execute on function document_pass(text) to placard_app;
