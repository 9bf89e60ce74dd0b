create table subscription (
    tenant_id uuid not null,
    id uuid not null,
    plan text not null,
    status text not null,
    started_at timestamptz not null,
    ends_at timestamptz,
    constraint subscription_pkey primary key (tenant_id, id),
    constraint subscription_tenant_fkey foreign key (tenant_id) references tenant on delete cascade,
    constraint subscription_plan_valid check (plan in ('free', 'starter', 'professional', 'enterprise')),
    constraint subscription_status_valid check (status in ('active', 'cancelled'))
);

create unique index subscription_one_active_per_tenant on subscription (tenant_id) where status = 'active';

comment on table subscription is 'What tenants paid for, and when; tenant.plan says what holds now';
comment on column subscription.ends_at is 'When it ended or will end; null if that is open';

select guard_tenant_table('subscription', 'select');
create policy all_tenants on subscription to placard_system using (true) with check (true);
grant select, insert, update on subscription to placard_system;

-- Nothing was limited so far, and nothing is taken away from who is here already.
set local role placard_system;
insert into subscription (tenant_id, id, plan, status, started_at)
select id, gen_random_uuid(), 'enterprise', 'active', created_at
from tenant;
update tenant set plan = 'enterprise';
reset role;
