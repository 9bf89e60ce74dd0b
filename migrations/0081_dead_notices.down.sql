alter table lead_event drop column lead_id;

drop index webhook_notice_dead_idx;
drop index webhook_notice_waiting_idx;
create index webhook_notice_waiting_idx on webhook_notice (tenant_id, connection_id, received_at)
    where handled_at is null;
alter table webhook_notice drop column problem;
alter table webhook_notice drop column dead_at;
