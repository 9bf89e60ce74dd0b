drop table metric_sync;
