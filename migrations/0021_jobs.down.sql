drop table job_history, job_waiting, job;
delete from partition_rule where table_name = 'job_history';
