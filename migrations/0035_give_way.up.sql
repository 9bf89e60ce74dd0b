alter table publish_lease add column wanted_by text;

comment on column publish_lease.wanted_by is
    'Who waits for the lease to stop something: the holder lets them go first. Null again once someone took it';
