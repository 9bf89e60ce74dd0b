-- Videos are files that ads show, as images are.
alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'video', 'lead_form', 'creative', 'campaign', 'ad_group', 'targeting', 'keyword', 'ad')
);
