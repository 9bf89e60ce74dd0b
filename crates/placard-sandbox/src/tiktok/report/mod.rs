//! Reports (TikTok, `platforms/tiktok.md` §18).

mod metrics;
mod query;
mod rows;
pub(crate) mod task;

use serde_json::{Map, Value, json};

use self::query::Query;
use self::rows::Row;
use super::auth::Scope;
use super::error::{Refusal, TikTokResult};
use super::read::{self, Page};
use super::request::Request;
use crate::world::World;

/// Objects that one report may be about.
const MOST_OBJECTS: usize = 20_000;

/// `GET /report/integrated/get/`.
pub(crate) fn integrated(world: &World, request: &Request) -> TikTokResult<Value> {
    let query = asked(world, request, false)?;
    let page = Page::of(&request.params, 1000)?;
    let rows = found(world, &query)?;
    let list: Vec<Value> = rows.iter().map(|row| told(&query, row)).collect();
    let mut data = page.data("list", &list);
    if query.totals {
        let mut sum = rows::Figures::default();
        rows.iter().for_each(|row| sum.add(&row.figures));
        data["total_metrics"] = Value::Object(metrics::sums(&query, &sum));
    }
    Ok(data)
}

/// Reads a query and who may make it.
fn asked(world: &World, request: &Request, deleted_too: bool) -> TikTokResult<Query> {
    let token = world.tiktok_caller(request, Scope::Report)?;
    let params = &request.params;
    let many = read::texts(params, "advertiser_ids")?;
    let ids = match &many {
        Some(ids) => ids.clone(),
        None => vec![read::need(params, "advertiser_id")?],
    };
    read::at_most("advertiser_ids", ids.len(), 5)?;
    let advertisers = ids.iter().map(|id| world.tiktok_reach(token, id).cloned());
    Query::read(params, advertisers.collect::<TikTokResult<_>>()?, many.is_some(), deleted_too)
}

/// All rows in the order that was asked for.
fn found(world: &World, query: &Query) -> TikTokResult<Vec<Row>> {
    let mut rows = rows::all(world, query)?;
    if let Some((field, ascending)) = &query.order {
        let value = |row: &Row| {
            let text = row.dimensions.get(field).or_else(|| row.metrics.get(field));
            let text = text.and_then(Value::as_str).unwrap_or_default().to_owned();
            (text.parse::<rust_decimal::Decimal>().ok(), text)
        };
        rows.sort_by_cached_key(value);
        if !ascending {
            rows.reverse();
        }
    }
    Ok(rows)
}

fn told(query: &Query, row: &Row) -> Value {
    let mut metrics = row.metrics.clone();
    if query.many {
        metrics.insert("advertiser_id".into(), json!(row.advertiser.id));
        metrics.insert("currency".into(), json!(row.advertiser.currency));
        metrics.insert("timezone".into(), json!(row.advertiser.timezone));
    }
    json!({ "dimensions": row.dimensions, "metrics": metrics })
}

type Members = Map<String, Value>;

fn too_many(count: usize) -> TikTokResult<()> {
    match count > MOST_OBJECTS {
        true => Err(Refusal::field("filtering", format!("More than {MOST_OBJECTS} objects; name some."))),
        false => Ok(()),
    }
}
