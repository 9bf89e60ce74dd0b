drop table asset_arrival;
drop index asset_aside_idx;
alter table asset drop constraint asset_purged_is_aside, drop column purged_at;
comment on column asset.deleted_at is 'When it was put aside; its bytes stay and it can be restored';
