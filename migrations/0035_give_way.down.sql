alter table publish_lease drop column wanted_by;
