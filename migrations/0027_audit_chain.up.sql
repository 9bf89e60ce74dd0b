-- Each row of the audit log carries the hash of the one before it, so that whoever changes, removes, moves or slips in
-- a row later leaves a trace. The hash is made here and only here: appending and verifying use the same function.
create function audit_hash(
    tenant_id uuid,
    id uuid,
    at timestamptz,
    actor_kind text,
    actor_id uuid,
    actor_name text,
    action text,
    entity_type text,
    entity_id text,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    user_agent text,
    seq bigint,
    prev_hash bytea
)
returns bytea
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- Lengths before values, so that no two rows are written alike; a minus for null.
    select sha256(convert_to(
        string_agg(coalesce(octet_length(field)::text || ':' || field, '-'), ',' order by place),
        'UTF8'
    ))
    from unnest(array[
        'placard/audit/1',
        tenant_id::text,
        id::text,
        (extract(epoch from at) * 1000000)::bigint::text,
        actor_kind,
        actor_id::text,
        actor_name,
        action,
        entity_type,
        entity_id,
        old_values::text,
        new_values::text,
        ip_address::text,
        user_agent,
        seq::text,
        encode(prev_hash, 'hex')
    ]) with ordinality as f (field, place)
$$;

comment on function audit_hash(
    uuid, uuid, timestamptz, text, uuid, text, text, text, text, jsonb, jsonb, inet, text, bigint, bytea
) is 'SHA-256 over a row of audit_log, its position and the hash of the row before it';

revoke all on function audit_hash(
    uuid, uuid, timestamptz, text, uuid, text, text, text, text, jsonb, jsonb, inet, text, bigint, bytea
) from public;
grant execute on function audit_hash(
    uuid, uuid, timestamptz, text, uuid, text, text, text, text, jsonb, jsonb, inet, text, bigint, bytea
) to placard_app;

create table audit_chain (
    tenant_id uuid not null,
    seq bigint not null default 0,
    hash bytea not null default decode(repeat('00', 32), 'hex'),
    pruned_seq bigint not null default 0,
    pruned_hash bytea not null default decode(repeat('00', 32), 'hex'),
    constraint audit_chain_pkey primary key (tenant_id),
    constraint audit_chain_order check (pruned_seq between 0 and seq)
);

comment on table audit_chain is 'The end of each tenant''s chain of audit rows; written by chain_audit and note_pruned_audit alone';
comment on column audit_chain.seq is 'Position of the newest row';
comment on column audit_chain.hash is 'Hash of the newest row';
comment on column audit_chain.pruned_seq is 'Position of the last row that was dropped because of its age';
comment on column audit_chain.pruned_hash is 'That row''s hash, from which the first row that is left follows';

select guard_tenant_table('audit_chain', 'select');

-- What was logged before follows one another in the order of time.
do $$
declare
    tenants uuid[];
    whose uuid;
    line audit_log;
    last_seq bigint;
    last_hash bytea;
begin
    -- Row-level security is forced on the owner too: the tenants are asked for as the role that may see them, and
    -- their rows are changed one tenant after another.
    set local role placard_system;
    select array_agg(t.id) into tenants from tenant as t;
    reset role;
    foreach whose in array coalesce(tenants, '{}') loop
        perform set_config('placard.tenant', whose::text, true);
        last_seq := 0;
        last_hash := decode(repeat('00', 32), 'hex');
        for line in select * from audit_log where tenant_id = whose order by at, id loop
            last_seq := last_seq + 1;
            update audit_log
            set
                seq = last_seq,
                prev_hash = last_hash,
                hash = audit_hash(
                    line.tenant_id, line.id, line.at, line.actor_kind, line.actor_id, line.actor_name, line.action,
                    line.entity_type, line.entity_id, line.old_values, line.new_values, line.ip_address,
                    line.user_agent, last_seq, last_hash
                )
            where tenant_id = whose and at = line.at and id = line.id
            returning hash into last_hash;
        end loop;
        insert into audit_chain (tenant_id, seq, hash) values (whose, last_seq, last_hash);
    end loop;
    perform set_config('placard.tenant', '', true);
end
$$;

alter table audit_log
    alter column seq set not null,
    alter column prev_hash set not null,
    alter column hash set not null;

create index audit_log_chain_idx on audit_log (tenant_id, seq);

-- `security definer`, because the application may not write the chain. It is a trigger's function, so nobody calls it;
-- it appends to the chain of the transaction's own tenant and nothing else.
create function chain_audit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    head public.audit_chain;
begin
    -- The policy says so too, but it is asked only after this.
    if new.tenant_id is distinct from nullif(current_setting('placard.tenant', true), '')::uuid then
        raise exception 'new row violates row-level security: it is another tenant''s'
            using errcode = 'insufficient_privilege';
    end if;
    select * into head from public.audit_chain where tenant_id = new.tenant_id for update;
    if not found then
        insert into public.audit_chain (tenant_id) values (new.tenant_id) on conflict do nothing;
        select * into head from public.audit_chain where tenant_id = new.tenant_id for update;
    end if;
    new.seq := head.seq + 1;
    new.prev_hash := head.hash;
    new.hash := public.audit_hash(
        new.tenant_id, new.id, new.at, new.actor_kind, new.actor_id, new.actor_name, new.action, new.entity_type,
        new.entity_id, new.old_values, new.new_values, new.ip_address, new.user_agent, new.seq, new.prev_hash
    );
    update public.audit_chain set seq = new.seq, hash = new.hash where tenant_id = new.tenant_id;
    return new;
end
$$;

comment on function chain_audit() is 'Puts each new row of audit_log at the end of its tenant''s chain';

revoke all on function chain_audit() from public;

create trigger audit_log_chain before insert on audit_log for each row execute function chain_audit();

-- The time and the place in the chain are not the application's to choose.
revoke insert on audit_log from placard_app;
grant insert (
    tenant_id, id, actor_kind, actor_id, actor_name, action, entity_type, entity_id, old_values, new_values, ip_address,
    user_agent
) on audit_log to placard_app;

-- Called by drop_partitions, as its owner; row-level security holds there as well, so it goes from tenant to tenant.
create function note_pruned_audit(gone regclass)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    before text := coalesce(current_setting('placard.tenant', true), '');
    last record;
begin
    for last in execute format(
        'select distinct on (tenant_id) tenant_id, seq, hash from %s order by tenant_id, seq desc', gone
    ) loop
        perform set_config('placard.tenant', last.tenant_id::text, true);
        update public.audit_chain
        set pruned_seq = last.seq, pruned_hash = last.hash
        where tenant_id = last.tenant_id and pruned_seq < last.seq;
        -- A transaction that began just after the turn of the month may stand before one that began just before it.
        delete from public.audit_log where tenant_id = last.tenant_id and seq < last.seq;
    end loop;
    perform set_config('placard.tenant', before, true);
end
$$;

comment on function note_pruned_audit(regclass) is
    'Notes where each tenant''s chain goes on once this partition of audit_log is gone';

revoke all on function note_pruned_audit(regclass) from public;

create or replace function drop_partitions(target text, ended_before date)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
    partition record;
    dropped integer := 0;
begin
    if not exists (select from public.partition_rule where table_name = target) then
        raise exception '% is not a partitioned table of Placard', target using errcode = 'undefined_table';
    end if;
    for partition in
        select
            child.oid::regclass as name,
            substring(pg_get_expr(child.relpartbound, child.oid) from 'TO \(''([0-9-]{10})')::date as ends
        from pg_inherits
        join pg_class as child on child.oid = pg_inherits.inhrelid
        where pg_inherits.inhparent = ('public.' || quote_ident(target))::regclass
    loop
        if partition.ends <= ended_before then
            if target = 'audit_log' then
                perform public.note_pruned_audit(partition.name);
            end if;
            execute format('drop table %s', partition.name);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end
$$;
