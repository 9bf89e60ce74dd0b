-- Takes due jobs, the most urgent and then the oldest first, looking only behind a number for each priority.
-- $1, $2, $3 the numbers; $4 how many; $5 the worker; $6 its lease.
with safety as (
    select ctid
    from job
    where priority = 0 and seq > $1 and (locked_until is null or locked_until < now())
    order by seq
    limit $4
    for update skip locked
),
normal as (
    select ctid
    from job
    where priority = 1 and seq > $2 and (locked_until is null or locked_until < now())
    order by seq
    limit greatest(0, $4 - (select count(*) from safety))
    for update skip locked
),
background as (
    select ctid
    from job
    where priority = 2 and seq > $3 and (locked_until is null or locked_until < now())
    order by seq
    limit greatest(0, $4 - (select count(*) from safety) - (select count(*) from normal))
    for update skip locked
),
taken as (
    update job
    set locked_until = now() + $6::interval, locked_by = $5::text, attempt = attempt + 1
    where ctid = any (array(
        select ctid from safety
        union all
        select ctid from normal
        union all
        select ctid from background
    ))
    returning tenant_id, id, seq, priority, attempt, max_attempts, kind, payload, enqueued_at
)
select tenant_id, id, seq, priority, attempt, max_attempts, kind, payload, enqueued_at
from taken
order by priority, seq
