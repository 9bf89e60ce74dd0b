drop trigger audit_log_chain on audit_log;
drop function chain_audit();

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
            execute format('drop table %s', partition.name);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end
$$;

drop function note_pruned_audit(regclass);
drop table audit_chain;
drop index audit_log_chain_idx;
-- Made anew rather than emptied row by row: they are the last ones.
alter table audit_log drop column seq, drop column prev_hash, drop column hash;
alter table audit_log add column seq bigint, add column prev_hash bytea, add column hash bytea;
comment on column audit_log.seq is 'Position in the tenant''s chain, given when the row is sealed';
comment on column audit_log.prev_hash is 'Hash of the row before it in the chain';
comment on column audit_log.hash is 'SHA-256 over this row and prev_hash';
drop function audit_hash(
    uuid, uuid, timestamptz, text, uuid, text, text, text, text, jsonb, jsonb, inet, text, bigint, bytea
);
revoke insert on audit_log from placard_app;
grant insert on audit_log to placard_app;
