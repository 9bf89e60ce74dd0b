drop table metric_hourly;
delete from partition_rule where table_name = 'metric_hourly';
