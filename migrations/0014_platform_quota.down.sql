drop table platform_quota;
