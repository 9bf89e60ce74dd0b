drop table metric_segment_history, metric_segment_daily;
delete from partition_rule where table_name in ('metric_segment_daily', 'metric_segment_history');
