-- A view and no table: what exists on a platform is in platform_object, and a second record of it could only disagree.
-- The key of a picture there begins with the first 16 digits of its file's hash.
create view asset_copy with (security_invoker = true) as
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
    and o.kind = 'image'
    and o.presence = 'present'
    and o.object_key in ('image:' || left(a.content_hash, 16), 'image:' || left(a.received_hash, 16))
order by a.tenant_id, a.id, o.platform, o.account, o.created_at, o.id;

comment on view asset_copy is 'An asset''s copy on a platform, one for each account: the oldest that is there';

grant select on asset_copy to placard_app;

create index platform_object_image_idx on platform_object (tenant_id, object_key)
    where kind = 'image' and presence = 'present';
