drop table publish_lease;
