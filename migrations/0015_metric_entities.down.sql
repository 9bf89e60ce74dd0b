drop table metric_entity;
