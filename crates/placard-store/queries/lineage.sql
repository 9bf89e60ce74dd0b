with line as (
    select *
    from (
        select
            concat_ws('/', c.key, g.key, ad.key, o.platform, o.account) collate "C" as position,
            c.key as campaign, g.key as ad_group, ad.key as ad, ad.id as ad_id, ad.name,
            ad.removed_at is not null as removed, ad.copy as words, ad.creative ->> 'image' as image,
            o.platform, o.account, o.remote_id, o.presence
        from ad
        join ad_group as g on g.tenant_id = ad.tenant_id and g.id = ad.ad_group_id
        join campaign as c on c.tenant_id = ad.tenant_id and c.id = ad.campaign_id
        left join platform_object as o
            on o.tenant_id = ad.tenant_id and o.campaign_id = ad.campaign_id and o.kind = 'ad'
                and o.object_key = 'ad:' || g.key || '/' || ad.key
        where ad.tenant_id = $1
            and (ad.removed_at is null or o.id is not null)
            and ($2::text is null or c.key = $2)
            and (
                $3::text[] is null or c.key = any($3) or concat_ws('/', c.key, g.key, ad.key) = any($3)
            )
            and (
                $4::uuid is null
                or exists (select from ad_asset as u where u.tenant_id = $1 and u.ad_id = ad.id and u.asset_id = $4)
            )
    ) as every
    where $5::text is null or every.position > $5
    order by every.position
    limit $6
)
select
    l.position as "position!", l.campaign as "campaign!", l.ad_group as "ad_group!", l.ad as "ad!",
    l.name as "name!", l.removed as "removed!", l.words as "words!: Json<AdWords>", l.image,
    coalesce(a.assets, '[]') as "assets!: Json<Vec<LinkedAsset>>",
    l.platform as "platform?", l.account as "account?", l.remote_id as "remote_id?", l.presence as "presence?",
    n.impressions as "impressions?", n.clicks as "clicks?",
    coalesce(n.spend, '[]') as "spend!: Json<Vec<Sum>>",
    p.leads as "leads!", coalesce(s.won, 0) as "won!",
    coalesce(s.revenue, '[]') as "revenue!: Json<Vec<Sum>>"
from line as l
cross join lateral (
    select
        jsonb_agg(
            jsonb_build_object('id', x.id, 'name', x.name, 'role', u.role, 'deleted', x.deleted_at is not null)
            order by u.role, u.position
        ) as assets
    from ad_asset as u
    join asset as x on x.tenant_id = $1 and x.id = u.asset_id
    where u.tenant_id = $1 and u.ad_id = l.ad_id
) as a
cross join lateral (
    select
        sum(m.impressions)::bigint as impressions, sum(m.clicks)::bigint as clicks,
        jsonb_agg(jsonb_build_object('currency', m.currency, 'value', m.spend::text) order by m.currency) as spend
    from (
        select
            d.currency, sum(d.impressions) as impressions, sum(d.clicks) as clicks, sum(d.spend) as spend
        from metric_entity as e
        join metric_daily as d on d.tenant_id = $1 and d.entity_id = e.id
        where e.tenant_id = $1 and e.platform = l.platform and e.account = l.account and e.level = 'ad'
            and e.remote_id = l.remote_id
        group by d.currency
    ) as m
) as n
cross join lateral (
    select count(*) as leads
    from lead as b
    where b.tenant_id = $1 and b.merged_into is null and b.platform = l.platform and b.account = l.account
        and b.remote_ad_id = l.remote_id
) as p
cross join lateral (
    select
        sum(w.won)::bigint as won,
        jsonb_agg(jsonb_build_object('currency', w.currency, 'value', w.minor::text) order by w.currency) as revenue
    from (
        select d.currency, count(*) as won, sum(d.amount_minor) as minor
        from lead as b
        join deal as d on d.tenant_id = $1 and d.lead_id = b.id
        join pipeline_stage as t on t.tenant_id = $1 and t.id = d.stage_id and t.kind = 'won'
        where b.tenant_id = $1 and b.merged_into is null and b.platform = l.platform and b.account = l.account
            and b.remote_ad_id = l.remote_id
        group by d.currency
    ) as w
) as s
order by l.position
