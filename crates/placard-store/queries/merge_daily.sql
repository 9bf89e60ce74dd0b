-- Brings metric_daily to what metric_staging holds, reading before writing: a row that is the same already is
-- neither written nor locked. What it replaces goes to metric_history.
-- $1 tenant, $2 moment of observation, $3 first day, $4 last day.
with compared as materialized (
    select
        s.*,
        m.entity_id is not null as known,
        m.observed_at as old_observed_at,
        m.impressions as old_impressions,
        m.clicks as old_clicks,
        m.currency as old_currency,
        m.spend as old_spend,
        m.conversions as old_conversions,
        m.conversion_value as old_conversion_value,
        m.extras as old_extras
    from metric_staging as s
    left join metric_daily as m
        on m.tenant_id = $1 and m.entity_id = s.entity_id and m.date = s.date
            and m.date between $3 and $4
    where m.entity_id is null
        or (m.impressions, m.clicks, m.currency, m.spend, m.conversions, m.conversion_value, m.extras)
            is distinct from
            (s.impressions, s.clicks, s.currency, s.spend, s.conversions, s.conversion_value, s.extras)
),
inserted as (
    insert into metric_daily (
        tenant_id, entity_id, date, observed_at, impressions, clicks, currency, spend, conversions,
        conversion_value, extras
    )
    select
        $1, entity_id, date, $2, impressions, clicks, currency, spend, conversions, conversion_value, extras
    from compared
    where not known
    returning 1
),
kept as (
    insert into metric_history (
        tenant_id, entity_id, date, observed_at, superseded_at, impressions, clicks, currency,
        spend, conversions, conversion_value, extras
    )
    select
        $1, entity_id, date, old_observed_at, $2, old_impressions, old_clicks, old_currency,
        old_spend, old_conversions, old_conversion_value, old_extras
    from compared
    where known and old_observed_at < $2
),
updated as (
    update metric_daily as m
    set
        observed_at = $2,
        impressions = c.impressions,
        clicks = c.clicks,
        currency = c.currency,
        spend = c.spend,
        conversions = c.conversions,
        conversion_value = c.conversion_value,
        extras = c.extras
    from compared as c
    where c.known and c.old_observed_at <= $2
        and m.tenant_id = $1 and m.entity_id = c.entity_id and m.date = c.date
        and m.date between $3 and $4
    returning 1
)
select
    (select count(*) from inserted) as inserted,
    (select count(*) from updated) as changed,
    (select count(*) from compared where known and old_observed_at > $2) as stale
