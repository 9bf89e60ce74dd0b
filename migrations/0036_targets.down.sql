-- Nothing before this version can look after a target.
delete from platform_object where kind = 'targeting';

alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'keyword', 'ad')
);
