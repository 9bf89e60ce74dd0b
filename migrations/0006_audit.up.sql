create table audit_log (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null default now(),
    actor_kind text not null,
    actor_id uuid,
    actor_name text not null,
    action text not null,
    entity_type text not null,
    entity_id text not null,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    user_agent text,
    seq bigint,
    prev_hash bytea,
    hash bytea,
    constraint audit_log_pkey primary key (tenant_id, at, id),
    constraint audit_log_actor_kind_valid check (actor_kind in ('user', 'system', 'rule')),
    constraint audit_log_action_valid check (
        action in (
            'create', 'update', 'delete', 'login', 'logout', 'publish', 'pause', 'resume', 'adopt', 'roll_back', 'import'
        )
    )
) partition by range (at);

create index audit_log_entity_idx on audit_log (tenant_id, entity_type, entity_id, at desc);

comment on table audit_log is 'Who changed what; appended only, in partitions of a month, kept for two years';
comment on column audit_log.seq is 'Position in the tenant''s chain, given when the row is sealed';
comment on column audit_log.prev_hash is 'Hash of the row before it in the chain';
comment on column audit_log.hash is 'SHA-256 over this row and prev_hash';

select guard_tenant_table('audit_log', 'select, insert');
insert into partition_rule (table_name, unit, ahead, keep) values ('audit_log', 'month', 24, interval '2 years');
select ensure_partitions('audit_log', current_date, 2);
