drop table call_log;
