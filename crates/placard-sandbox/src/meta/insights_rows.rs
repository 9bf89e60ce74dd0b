//! Insights: collecting delivery into rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::breakdown::{self, Cut};
use super::envelope::MetaResult;
use super::facts::{Counts, Shown};
use super::filter::Operator;
use super::insights::{Level, Query};
use super::market::{self, ResultKind};
use super::metrics::{self, Actions, Basis};
use super::segments::{self, Segment, Split};
use crate::auction::chance::apportion;
use crate::object::{Kind, NodeId, Object, Status};
use crate::world::World;

/// What one row gathers.
#[derive(Default)]
struct Gathered {
    counts: Counts,
    actions: Actions,
    /// What its ad sets count as a result; with several kinds a row has no results.
    indicators: BTreeSet<&'static str>,
    /// Reachable people by ad set, already cut to the row's segment.
    pools: BTreeMap<NodeId, f64>,
}

/// Period, entity, labels: the order rows come in.
type RowKey = (usize, u64, Vec<String>);

/// One ad with all that splitting its days needs.
struct AdView {
    ad_set: NodeId,
    kind: ResultKind,
    pool: f64,
    weights: Vec<Weight>,
}

struct Weight {
    segment: Segment,
    click: f64,
    convert: f64,
}

/// The rows of a query, sorted.
pub(crate) fn rows(world: &World, query: &Query) -> MetaResult<Vec<Value>> {
    let cut = breakdown::cut(&query.breakdowns);
    let gathered = gather(world, query, &cut)?;
    let names = breakdown::label_names(&cut);
    let mut rows: Vec<(Map<String, Value>, Basis)> = Vec::new();
    for ((period, entity, labels), gathered) in gathered {
        let basis = basis(world, query, &cut, gathered);
        if basis.counts.impressions == 0 || !metrics_hold(query, &basis) {
            continue;
        }
        let mut row = identity(world, query, NodeId(entity));
        let (since, until) = query.periods[period];
        row.insert("date_start".into(), json!(since.to_string()));
        row.insert("date_stop".into(), json!(until.to_string()));
        for (name, label) in names.iter().zip(labels) {
            row.insert((*name).to_owned(), json!(label));
        }
        basis.write(&mut row, &query.fields);
        rows.push((row, basis));
    }
    for (field, descending) in query.sort.iter().rev() {
        rows.sort_by(|left, right| {
            let order = number(&left.1, field).total_cmp(&number(&right.1, field));
            if *descending { order.reverse() } else { order }
        });
    }
    Ok(rows.into_iter().map(|(row, _)| Value::Object(row)).collect())
}

/// Totals over everything a query covers.
pub(crate) fn summary(world: &World, query: &Query, fields: &[String]) -> MetaResult<Value> {
    let mut whole = Gathered::default();
    for gathered in gather(world, query, &Cut::Whole)?.into_values() {
        whole.counts += gathered.counts;
        for (kind, (count, value)) in gathered.actions {
            let entry = whole.actions.entry(kind).or_default();
            entry.0 += count;
            entry.1 += value;
        }
        whole.pools.extend(gathered.pools);
        whole.indicators.extend(gathered.indicators);
    }
    let mut row = Map::new();
    basis(world, query, &Cut::Whole, whole).write(&mut row, fields);
    let (since, until) = (query.periods.first().map(|p| p.0), query.periods.last().map(|p| p.1));
    row.insert("date_start".into(), json!(since.map(|day| day.to_string())));
    row.insert("date_stop".into(), json!(until.map(|day| day.to_string())));
    Ok(Value::Object(row))
}

fn number(basis: &Basis, field: &str) -> f64 {
    let value = basis.metric(field);
    value.as_ref().and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn metrics_hold(query: &Query, basis: &Basis) -> bool {
    query.metric_filters.iter().all(|filter| {
        let name = filter.field.rsplit('.').next().unwrap_or_default();
        let actual = number(basis, name);
        let wanted = match &filter.value {
            Value::String(text) => text.parse().unwrap_or(0.0),
            value => value.as_f64().unwrap_or(0.0),
        };
        match filter.operator {
            Operator::GreaterThan => actual > wanted,
            Operator::GreaterThanOrEqual => actual >= wanted,
            Operator::LessThan => actual < wanted,
            Operator::LessThanOrEqual => actual <= wanted,
            Operator::NotEqual => actual.total_cmp(&wanted).is_ne(),
            _ => actual.total_cmp(&wanted).is_eq(),
        }
    })
}

/// The ads a query is about.
fn ads<'w>(world: &'w World, query: &Query) -> MetaResult<Vec<&'w Object>> {
    let ids = match query.node.and_then(|id| world.object(id)) {
        Some(object) => world.ads_of(object),
        None => world.owned(&query.account, Kind::Ad),
    };
    let by_status = query.object_filters.iter().any(|filter| filter.statuses().is_some());
    let named = query.node.and_then(|id| world.object(id)).is_some_and(|object| object.kind == Kind::Ad);
    let mut out = Vec::new();
    for ad in ids.into_iter().filter_map(|id| world.object(id)) {
        // Deleted and archived ads are rows of their own only when asked for; parents keep their figures (§24).
        let gone = matches!(ad.status, Status::Deleted | Status::Archived);
        if gone && query.level == Level::Ad && !by_status && !named {
            continue;
        }
        let mut holds = true;
        for filter in &query.object_filters {
            holds &= filter.matches(world, ad)?;
        }
        if holds {
            out.push(ad);
        }
    }
    Ok(out)
}

fn view(world: &World, ad: &Object, shown: Shown, cut: &Cut) -> Option<AdView> {
    let ad_set = world.object(ad.ad_set?)?;
    let objective = ad.campaign.and_then(|id| world.object(id)).and_then(Object::objective);
    let targeting = ad_set.audience(shown.audience);
    let weights = match cut {
        Cut::Segments(split, _) => {
            weights(world, world.object(shown.creative), segments::segments(&targeting, *split), *split)
        }
        Cut::Whole | Cut::Hour | Cut::Nothing => Vec::new(),
    };
    Some(AdView {
        ad_set: ad_set.id,
        kind: market::result_kind(objective, ad_set),
        pool: (segments::audience(&targeting) as f64 / 200.0).max(2_000.0),
        weights,
    })
}

fn weights(world: &World, creative: Option<&Object>, segments: Vec<Segment>, split: Split) -> Vec<Weight> {
    let total: f64 = segments.iter().map(|segment| segment.share).sum();
    let affinity = |aspect: &str, segment: &Segment| {
        let name = format!("{split:?}/{}", segment.labels.join("/"));
        creative.map_or(1.0, |creative| market::affinity(world, creative, aspect, &name))
    };
    segments
        .into_iter()
        .map(|mut segment| {
            let (click, convert) = (affinity("ctr", &segment), affinity("cvr", &segment));
            // Delivery leans towards whom the creative speaks to.
            segment.share = segment.share / total.max(f64::MIN_POSITIVE) * click.sqrt();
            Weight { segment, click, convert }
        })
        .collect()
}

fn gather(world: &World, query: &Query, cut: &Cut) -> MetaResult<BTreeMap<RowKey, Gathered>> {
    let mut out: BTreeMap<RowKey, Gathered> = BTreeMap::new();
    if *cut == Cut::Nothing {
        return Ok(out);
    }
    let today = world.today(&query.account);
    let offsite = !breakdown::hides_offsite(cut);
    for ad in ads(world, query)? {
        let mut views: BTreeMap<Shown, Option<AdView>> = BTreeMap::new();
        let entity = match query.level {
            Level::Account => 0,
            Level::Campaign => ad.campaign.map_or(0, |id| id.0),
            Level::AdSet => ad.ad_set.map_or(0, |id| id.0),
            Level::Ad => ad.id.0,
        };
        for (index, (since, until)) in query.periods.iter().enumerate() {
            for (date, facts) in world.days_of(ad.id, *since, *until) {
                let Some(shown) = facts.shown else { continue };
                let view = views.entry(shown).or_insert_with(|| view(world, ad, shown, cut));
                let Some(view) = view else { continue };
                let hours = facts.reported(ad.id, date, today);
                for (labels, share, counts) in pieces(view, cut, &hours) {
                    let row = out.entry((index, entity, labels)).or_default();
                    row.counts += counts;
                    row.indicators.insert(metrics::result_indicator(&view.kind));
                    metrics::add_actions(&mut row.actions, &counts, &view.kind, offsite);
                    row.pools.insert(view.ad_set, view.pool * share);
                }
            }
        }
    }
    Ok(out)
}

type Piece = (Vec<String>, f64, Counts);

/// One ad's day, cut up.
fn pieces(view: &AdView, cut: &Cut, hours: &BTreeMap<u8, Counts>) -> Vec<Piece> {
    let total = || {
        hours.values().fold(Counts::default(), |mut sum, counts| {
            sum += *counts;
            sum
        })
    };
    match cut {
        Cut::Nothing => Vec::new(),
        Cut::Whole => vec![(Vec::new(), 1.0, total())],
        Cut::Hour => hours
            .iter()
            .map(|(hour, counts)| (vec![format!("{hour:02}:00:00 - {hour:02}:59:59")], 1.0, *counts))
            .collect(),
        Cut::Segments(_, shown) => {
            let parts = divide(&total(), &view.weights);
            view.weights
                .iter()
                .zip(parts)
                .filter(|(_, counts)| *counts != Counts::default())
                .map(|(weight, counts)| {
                    let labels = shown.iter().map(|at| weight.segment.labels[*at].clone()).collect();
                    (labels, weight.segment.share, counts)
                })
                .collect()
        }
    }
}

/// Divides a day's counts between segments so that every count adds up.
fn divide(total: &Counts, weights: &[Weight]) -> Vec<Counts> {
    let by = |count: i64, weight: &dyn Fn(usize, &Weight) -> f64| {
        let list: Vec<f64> = weights.iter().enumerate().map(|(at, item)| weight(at, item)).collect();
        apportion(count, &list)
    };
    let impressions = by(total.impressions, &|_, item| item.segment.share);
    let seen = |at: usize| impressions[at] as f64;
    let spend = by(total.spend, &|at, item| seen(at) * item.segment.price);
    let link_clicks = by(total.link_clicks, &|at, item| seen(at) * item.click);
    let other_clicks = by(total.clicks - total.link_clicks, &|at, item| seen(at) * item.click);
    let clicked = |at: usize| link_clicks[at] as f64;
    let landings = by(total.landings, &|at, _| clicked(at));
    let reactions = by(total.reactions, &|at, _| seen(at));
    let results = by(total.results, &|at, item| clicked(at) * item.convert);
    let value = by(total.value, &|at, _| results[at] as f64);
    (0..weights.len())
        .map(|at| Counts {
            impressions: impressions[at],
            spend: spend[at],
            clicks: link_clicks[at] + other_clicks[at],
            link_clicks: link_clicks[at],
            landings: landings[at],
            reactions: reactions[at],
            results: results[at],
            value: value[at],
        })
        .collect()
}

fn basis(world: &World, query: &Query, cut: &Cut, gathered: Gathered) -> Basis {
    let pool: f64 = gathered.pools.values().sum::<f64>().max(1.0);
    let shown = gathered.counts.impressions;
    let reach = (pool * (1.0 - (-(shown as f64) / pool).exp())).round() as i64;
    let currency =
        world.accounts.get(&query.account).map(|account| account.currency.clone()).unwrap_or_default();
    Basis {
        counts: gathered.counts,
        actions: gathered.actions,
        indicator: match gathered.indicators.len() {
            1 => gathered.indicators.first().copied(),
            _ => None,
        },
        reach: (*cut != Cut::Hour).then(|| reach.clamp(1.min(shown), shown)),
        currency,
        windows: query.windows.clone(),
        is_ad: query.level == Level::Ad,
    }
}

/// Ids, names and settings of a row's entity, as far as they were asked for.
fn identity(world: &World, query: &Query, entity: NodeId) -> Map<String, Value> {
    let mut row = Map::new();
    let object = world.object(entity);
    let ad = object.filter(|object| object.kind == Kind::Ad);
    let ad_set = match object.map(|object| object.kind) {
        Some(Kind::AdSet) => object,
        _ => ad.and_then(|ad| ad.ad_set).and_then(|id| world.object(id)),
    };
    let campaign = match object.map(|object| object.kind) {
        Some(Kind::Campaign) => object,
        _ => object.and_then(|object| object.campaign).and_then(|id| world.object(id)),
    };
    let account = world.accounts.get(&query.account);
    for field in &query.fields {
        let value = match field.as_str() {
            "account_id" => Some(json!(query.account)),
            "account_name" => account.map(|account| json!(account.name)),
            "account_currency" => account.map(|account| json!(account.currency)),
            "campaign_id" => campaign.map(|campaign| json!(campaign.id)),
            "campaign_name" => campaign.map(|campaign| json!(campaign.name())),
            "objective" => campaign.and_then(|campaign| campaign.fields.get("objective").cloned()),
            "buying_type" => campaign.and_then(|campaign| campaign.fields.get("buying_type").cloned()),
            "adset_id" => ad_set.map(|ad_set| json!(ad_set.id)),
            "adset_name" => ad_set.map(|ad_set| json!(ad_set.name())),
            "optimization_goal" => ad_set.and_then(|ad_set| ad_set.fields.get("optimization_goal").cloned()),
            "attribution_setting" => ad_set.map(|ad_set| json!(attribution(ad_set))),
            "ad_id" => ad.map(|ad| json!(ad.id)),
            "ad_name" => ad.map(|ad| json!(ad.name())),
            "created_time" => object.map(|object| json!(object.created.date_naive().to_string())),
            "updated_time" => object.map(|object| json!(object.updated.date_naive().to_string())),
            _ => None,
        };
        if let Some(value) = value {
            row.insert(field.clone(), value);
        }
    }
    row
}

/// `7d_click_1d_view` and the like.
fn attribution(ad_set: &Object) -> String {
    let list = ad_set
        .fields
        .get("attribution_spec")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let part = |entry: &Value| {
        let kind = match entry["event_type"].as_str() {
            Some("VIEW_THROUGH") => "view",
            Some("ENGAGED_VIDEO_VIEW") => "ev",
            _ => "click",
        };
        format!("{}d_{kind}", entry["window_days"])
    };
    list.iter().map(part).collect::<Vec<_>>().join("_")
}
