-- Notices that cannot be looked after are put aside, and leads that they told of become leads of the customer's side.
alter table webhook_notice add column dead_at timestamptz;
alter table webhook_notice add column problem text;
alter table webhook_notice add constraint webhook_notice_dead_whole check ((dead_at is null) = (problem is null));

drop index webhook_notice_waiting_idx;
create index webhook_notice_waiting_idx on webhook_notice (tenant_id, connection_id, received_at)
    where handled_at is null and dead_at is null;
create index webhook_notice_dead_idx on webhook_notice (tenant_id, dead_at, id) where dead_at is not null;

comment on column webhook_notice.dead_at is 'When it was put aside, because trying again would change nothing; null otherwise';
comment on column webhook_notice.problem is 'Why it was put aside; nothing of what anybody filled in';

alter table lead_event add column lead_id uuid;
alter table lead_event add constraint lead_event_lead_fkey foreign key (tenant_id, lead_id) references lead (tenant_id, id);
create index lead_event_lead_idx on lead_event (tenant_id, lead_id) where lead_id is not null;

comment on column lead_event.lead_id is 'The lead that it became; null until then';
