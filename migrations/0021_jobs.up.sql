-- Jobs wait in one of two tables and leave both for good: job holds what is due, job_waiting what is not yet due.
-- They have no foreign key to tenant: checking it for each would lock the tenant's row under every enqueue, and
-- row-level security lets nobody write another tenant's id.
create table job (
    tenant_id uuid not null,
    id uuid not null,
    seq bigint generated always as identity,
    priority smallint not null,
    attempt smallint not null default 0,
    max_attempts smallint not null,
    kind text not null,
    payload jsonb not null,
    enqueued_at timestamptz not null default now(),
    locked_until timestamptz,
    locked_by text,
    last_error text,
    constraint job_pkey primary key (tenant_id, id),
    constraint job_priority_valid check (priority between 0 and 2),
    constraint job_max_attempts_positive check (max_attempts > 0),
    constraint job_lock_whole check ((locked_until is null) = (locked_by is null))
) with (
    -- A claim changes no indexed column, so with room for a second version on the page it touches no index.
    fillfactor = 45,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

create index job_claim_idx on job (priority, seq);

comment on table job is 'Jobs that are due or being worked on';
comment on column job.seq is 'Order of claims; a job that becomes due again gets a new one';
comment on column job.priority is '0 before 1 before 2';
comment on column job.attempt is 'How often it was begun';
comment on column job.locked_until is 'Until then the worker named in locked_by has it; later anybody may take it';

select guard_tenant_table('job');

create table job_waiting (
    tenant_id uuid not null,
    id uuid not null,
    due_at timestamptz not null,
    priority smallint not null,
    attempt smallint not null default 0,
    max_attempts smallint not null,
    kind text not null,
    payload jsonb not null,
    enqueued_at timestamptz not null default now(),
    last_error text,
    constraint job_waiting_pkey primary key (tenant_id, id),
    constraint job_waiting_priority_valid check (priority between 0 and 2),
    constraint job_waiting_max_attempts_positive check (max_attempts > 0)
) with (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

create index job_waiting_due_idx on job_waiting (due_at);

comment on table job_waiting is 'Jobs for later, and jobs that failed and are tried again later';

select guard_tenant_table('job_waiting');

create table job_history (
    tenant_id uuid not null,
    id uuid not null,
    finished_at timestamptz not null,
    status text not null,
    priority smallint not null,
    attempt smallint not null,
    max_attempts smallint not null,
    kind text not null,
    payload jsonb not null,
    enqueued_at timestamptz not null,
    error text,
    constraint job_history_pkey primary key (tenant_id, finished_at, id),
    constraint job_history_status_valid check (status in ('done', 'dead'))
) partition by range (finished_at);

create index job_history_dead_idx on job_history (tenant_id, finished_at) where status = 'dead';

comment on table job_history is 'Jobs that ended, in partitions of a month, kept for 30 days';
comment on column job_history.status is 'done: carried out. dead: given up after its last attempt, until someone revives it';

select guard_tenant_table('job_history');
insert into partition_rule (table_name, unit, ahead, keep) values ('job_history', 'month', 24, interval '30 days');
select ensure_partitions('job_history', current_date, 2);

-- Workers take jobs of every tenant, so these three tables are open to placard_system. That is safe because nothing
-- but the queue's own statements runs as that role, and each job is then carried out in a transaction of its tenant.
create policy every_tenant on job to placard_system using (true) with check (true);
create policy every_tenant on job_waiting to placard_system using (true) with check (true);
create policy every_tenant on job_history to placard_system using (true) with check (true);
grant select, insert, update, delete on job, job_waiting, job_history to placard_system;
grant select on sequence job_seq_seq to placard_system;
