-- Nothing before this version can look after a keyword.
delete from platform_object where kind = 'keyword';

alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'ad')
);

alter table connection drop column refresh_token;
