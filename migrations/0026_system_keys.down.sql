drop table outbox_message;
alter table data_key drop column master_id;
drop table system_key;
