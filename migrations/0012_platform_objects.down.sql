drop table platform_object;
