-- Videos are files that ads show, as images are.
alter table platform_object drop constraint platform_object_kind_valid;

alter table platform_object add constraint platform_object_kind_valid check (
    kind in ('image', 'video', 'lead_form', 'creative', 'campaign', 'ad_group', 'targeting', 'keyword', 'ad')
);

create or replace view asset_copy with (security_invoker = true) as
select distinct on (a.tenant_id, a.id, o.platform, o.account)
    a.tenant_id,
    a.id as asset_id,
    o.platform,
    o.account,
    o.remote_id,
    a.original_url,
    o.created_at
from asset as a
join platform_object as o
    on o.tenant_id = a.tenant_id
    and o.kind in ('image', 'video')
    and o.presence = 'present'
    and o.object_key in (
        'image:' || left(a.content_hash, 16),
        'image:' || left(a.received_hash, 16),
        'video:' || left(a.content_hash, 16),
        'video:' || left(a.received_hash, 16)
    )
order by a.tenant_id, a.id, o.platform, o.account, o.created_at, o.id;

drop index platform_object_image_idx;

create index platform_object_file_idx on platform_object (tenant_id, object_key)
    where kind in ('image', 'video') and presence = 'present';
