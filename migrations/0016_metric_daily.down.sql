drop function metric_daily_as_known(timestamptz);
drop table metric_history, metric_daily;
delete from partition_rule where table_name in ('metric_daily', 'metric_history');
