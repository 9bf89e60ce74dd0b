drop function drop_partitions(text, date);
drop function ensure_partitions(text, date, integer);
drop table partition_rule;
