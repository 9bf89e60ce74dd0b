drop table audit_log;
delete from partition_rule where table_name = 'audit_log';
