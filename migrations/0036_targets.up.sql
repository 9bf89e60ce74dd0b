-- A target is one place, age or gender at which a campaign is aimed.
alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'targeting', 'keyword', 'ad')
);
