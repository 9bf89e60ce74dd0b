alter table connection add column refresh_token bytea;

comment on column connection.refresh_token is 'Sealed like token; null where tokens are renewed by themselves';

alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'lead_form', 'creative', 'campaign', 'ad_group', 'keyword', 'ad')
);
