create table partition_rule (
    table_name text not null,
    unit text not null,
    ahead integer not null,
    keep interval,
    constraint partition_rule_pkey primary key (table_name),
    constraint partition_rule_unit_valid check (unit in ('day', 'month')),
    constraint partition_rule_ahead_positive check (ahead > 0)
);

comment on table partition_rule is 'Tables cut into ranges of time, how far ahead and how long ranges are kept';
comment on column partition_rule.unit is 'Length of one partition';
comment on column partition_rule.ahead is 'How many partitions upkeep creates from today on';
comment on column partition_rule.keep is 'Upkeep drops a partition once it ended this long ago; null keeps all';

alter table partition_rule enable row level security;
alter table partition_rule force row level security;
-- Open to whoever has a privilege: the owner, whose migrations add rules, and placard_system, which only reads.
create policy upkeep on partition_rule using (true) with check (true);
grant select on partition_rule to placard_system;

-- `security definer`, because the application owns no table and still meets days for which no partition exists.
-- It is safe to let it ask: only tables named in partition_rule, only empty partitions, no names from outside.
create function ensure_partitions(target text, first_day date, units integer)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
    rule public.partition_rule;
    starts date;
    ends date;
    partition_name text;
    created integer := 0;
begin
    select * into rule from public.partition_rule where table_name = target;
    if not found then
        raise exception '% is not a partitioned table of Placard', target using errcode = 'undefined_table';
    end if;
    if units > 1000 or first_day < date '2000-01-01' or first_day > date '2200-01-01' then
        raise exception 'partitions of % from % for % are out of reason', target, first_day, units
            using errcode = 'invalid_parameter_value';
    end if;
    for step in 0..units - 1 loop
        starts := date_trunc(rule.unit, first_day)::date + (step || ' ' || rule.unit)::interval;
        ends := starts + ('1 ' || rule.unit)::interval;
        partition_name := target || to_char(starts, case rule.unit when 'day' then '_YYYYMMDD' else '_YYYYMM' end);
        continue when to_regclass('public.' || quote_ident(partition_name)) is not null;
        -- Two sessions may miss the same partition. The second waits here and then asks the catalogue itself, since
        -- to_regclass may still remember that there was none.
        perform pg_advisory_xact_lock(hashtextextended('placard.partition.' || target, 0));
        continue when exists (
            select from pg_class where relname = partition_name and relnamespace = 'public'::regnamespace
        );
        -- Made beside and attached, because `create table … partition of` would block readers of the parent.
        execute format(
            'create table public.%I (like public.%I including defaults including constraints including generated)',
            partition_name, target
        );
        execute format(
            'alter table public.%I attach partition public.%I for values from (%L) to (%L)',
            target, partition_name, starts, ends
        );
        created := created + 1;
    end loop;
    return created;
end
$$;

comment on function ensure_partitions(text, date, integer) is
    'Creates the missing partitions of a table from the one that holds first_day on; returns how many were made';

create function drop_partitions(target text, ended_before date)
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

comment on function drop_partitions(text, date) is
    'Drops the partitions of a table that ended on or before a day; returns how many';

revoke all on function ensure_partitions(text, date, integer) from public;
revoke all on function drop_partitions(text, date) from public;
grant execute on function ensure_partitions(text, date, integer) to placard_app, placard_system;
grant execute on function drop_partitions(text, date) to placard_system;
