-- Nothing before this version can look after a video.
delete from platform_object where kind = 'video';

alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'targeting', 'keyword', 'ad')
);
