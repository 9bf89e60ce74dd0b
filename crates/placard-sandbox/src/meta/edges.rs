//! Edges: listing, paging, hiding of archived and deleted objects (Meta, `platforms/meta.md` §15, §17).

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::call::{Call, VERSION};
use super::envelope::{MetaError, MetaResult};
use super::filter::Filter;
use super::node;
use super::params::{Params, parse_enum};
pub(crate) use super::shape::{Shape, Want};
use super::status::{self, Effective};
use crate::object::{Kind, NodeId, Object};
use crate::world::World;

/// Rows of a page when the caller does not say.
const DEFAULT_LIMIT: usize = 25;
/// More rows than this are never sent at once.
const MOST: usize = 500;
/// Asking for more than this is "too much data".
const TOO_MUCH: usize = 5000;

/// Parameters of every listing edge.
pub(crate) const LIST_PARAMS: &[&str] = &[
    "limit",
    "after",
    "before",
    "summary",
    "filtering",
    "effective_status",
    "updated_since",
    "date_preset",
    "time_range",
    "is_completed",
];

/// What a listing asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) limit: usize,
    after: Option<String>,
    before: Option<String>,
    filters: Vec<Filter>,
    statuses: Option<Vec<String>>,
    updated_since: Option<i64>,
    summary: bool,
}

/// The object kind behind an account's edge.
pub(crate) fn account_edge(name: &str) -> Option<Kind> {
    Some(match name {
        "campaigns" => Kind::Campaign,
        "adsets" => Kind::AdSet,
        "ads" => Kind::Ad,
        "adcreatives" => Kind::Creative,
        "adimages" => Kind::Image,
        "advideos" => Kind::Video,
        "adlabels" => Kind::Label,
        _ => return None,
    })
}

/// The object kind behind an edge of a campaign, ad set, ad or creative.
pub(crate) fn object_edge(kind: Kind, name: &str) -> Option<Kind> {
    match (kind, name) {
        (Kind::Campaign, "adsets") => Some(Kind::AdSet),
        (Kind::Campaign | Kind::AdSet | Kind::Creative, "ads") => Some(Kind::Ad),
        (Kind::AdSet | Kind::Ad, "adcreatives") => Some(Kind::Creative),
        _ => None,
    }
}

/// The ids behind an object's edge, oldest first.
pub(crate) fn below(world: &World, object: &Object, kind: Kind) -> Vec<NodeId> {
    match (object.kind, kind) {
        (Kind::Campaign, Kind::AdSet) | (Kind::AdSet, Kind::Ad) => world.children(object.id),
        (Kind::Campaign, Kind::Ad) => {
            let mut ads: Vec<_> =
                world.children(object.id).into_iter().flat_map(|ad_set| world.children(ad_set)).collect();
            ads.sort_unstable();
            ads
        }
        (Kind::Creative, Kind::Ad) => {
            let uses = |id: &NodeId| world.object(*id).is_some_and(|ad| ad.creative == Some(object.id));
            world.owned(&object.owner, Kind::Ad).into_iter().filter(uses).collect()
        }
        (Kind::Ad, Kind::Creative) => object.creative.into_iter().collect(),
        (Kind::AdSet, Kind::Creative) => {
            let ads = world.children(object.id);
            let mut creatives: Vec<_> = ads.into_iter().filter_map(|ad| world.object(ad)?.creative).collect();
            creatives.sort_unstable();
            creatives.dedup();
            creatives
        }
        _ => Vec::new(),
    }
}

impl Listing {
    /// Reads the listing parameters of a call.
    pub(crate) fn from_params(params: &Params) -> MetaResult<Self> {
        let filters = Filter::parse_all(&params.list("filtering")?.unwrap_or_default())?;
        let summary = match params.text("summary") {
            Ok(text) => matches!(text, Some("true" | "1" | "total_count") | Some("[\"total_count\"]")),
            Err(_) => params.has("summary"),
        };
        Ok(Self {
            limit: limit(params.uint("limit")?)?,
            after: params.text("after")?.filter(|text| !text.is_empty()).map(str::to_owned),
            before: params.text("before")?.filter(|text| !text.is_empty()).map(str::to_owned),
            filters,
            statuses: params.words("effective_status")?,
            updated_since: params.int("updated_since")?,
            summary,
        })
    }

    /// Reads the modifiers of a nested edge, e.g. `adsets.limit(50){…}`.
    fn from_want(want: &Want) -> MetaResult<Self> {
        let mut params = Params::default();
        for (name, value) in &want.modifiers {
            if !["limit", "effective_status", "filtering", "summary"].contains(&name.as_str()) {
                return Err(MetaError::new(2500, format!("Unknown modifier {name} on {}", want.name)));
            }
            params.insert(name.clone(), Value::String(value.clone()));
        }
        Self::from_params(&params)
    }

    /// The objects of `ids` that the listing shows, newest first.
    pub(crate) fn select(&self, world: &World, ids: &[NodeId], kind: Kind) -> MetaResult<Vec<NodeId>> {
        let asked = self.asked_statuses(kind)?;
        let now = std::time::Instant::now();
        let mut shown = Vec::new();
        for object in ids.iter().rev().filter_map(|id| world.object(*id)) {
            let visible = match &asked {
                Some(asked) => asked.contains(&status::effective(world, object, world.now())),
                None => object.is_current(),
            };
            let listed = object.listed_from.is_none_or(|from| from <= now);
            let recent = self.updated_since.is_none_or(|since| object.updated.timestamp() >= since);
            if visible && listed && recent && self.all_hold(world, object)? {
                shown.push(object.id);
            }
        }
        Ok(shown)
    }

    fn all_hold(&self, world: &World, object: &Object) -> MetaResult<bool> {
        for filter in &self.filters {
            if !filter.matches(world, object)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Statuses named in the parameter or in a filter; naming DELETED is an error (§15).
    fn asked_statuses(&self, kind: Kind) -> MetaResult<Option<Vec<Effective>>> {
        let named = self.statuses.clone().or_else(|| self.filters.iter().find_map(Filter::statuses));
        let Some(named) = named else { return Ok(None) };
        let mut asked = Vec::new();
        for word in named {
            let effective: Effective = parse_enum("effective_status", &word)?;
            if !status::askable(kind, effective) {
                return Err(MetaError::field(
                    "effective_status",
                    format!("Objects with status {effective} cannot be listed on this edge"),
                ));
            }
            asked.push(effective);
        }
        Ok(Some(asked))
    }
}

/// Checks a `limit` (§17).
pub(crate) fn limit(asked: Option<i64>) -> MetaResult<usize> {
    match asked.map(usize::try_from) {
        None => Ok(DEFAULT_LIMIT),
        Some(Ok(limit)) if limit > TOO_MUCH => Err(MetaError::new(
            1,
            "Please reduce the amount of data you're asking for, then retry your request",
        )
        .status(StatusCode::INTERNAL_SERVER_ERROR)),
        Some(Ok(0)) | Some(Err(_)) => Err(MetaError::field("limit", "Param limit must be greater than 0")),
        Some(Ok(limit)) => Ok(limit.min(MOST)),
    }
}

/// A top-level listing with paging links.
pub(crate) fn list(world: &World, call: &Call, ids: &[NodeId], kind: Kind) -> MetaResult<Value> {
    let listing = Listing::from_params(&call.params)?;
    let shape = Shape::from_params(&call.params)?;
    let shown = listing.select(world, ids, kind)?;
    let window = window(&shown, &listing)?;
    let mut rows = Vec::with_capacity(window.ids.len());
    for object in window.ids.iter().filter_map(|id| world.object(*id)) {
        rows.push(Value::Object(node::render(world, object, &shape)?));
    }
    let mut out = Map::new();
    out.insert("data".into(), Value::Array(rows));
    if let (Some(first), Some(last)) = (window.ids.first(), window.ids.last()) {
        let (before, after) = (cursor(&first.to_string()), cursor(&last.to_string()));
        let paging = paging(call, &before, &after, window.has_previous, window.has_next);
        out.insert("paging".into(), paging);
    }
    if listing.summary {
        out.insert("summary".into(), json!({ "total_count": shown.len() }));
    }
    Ok(Value::Object(out))
}

/// A listing inside another answer.
pub(crate) fn nested(world: &World, owner: &str, kind: Kind, want: &Want) -> MetaResult<Value> {
    nested_ids(world, &world.owned(owner, kind), kind, want)
}

/// A nested listing of given objects.
pub(crate) fn nested_ids(world: &World, ids: &[NodeId], kind: Kind, want: &Want) -> MetaResult<Value> {
    let listing = Listing::from_want(want)?;
    let shown = listing.select(world, ids, kind)?;
    let window = window(&shown, &listing)?;
    let mut rows = Vec::new();
    for object in window.ids.iter().filter_map(|id| world.object(*id)) {
        rows.push(Value::Object(node::render(world, object, &want.below)?));
    }
    let mut out = json!({ "data": rows });
    if let (Some(first), Some(last)) = (window.ids.first(), window.ids.last()) {
        let (before, after) = (cursor(&first.to_string()), cursor(&last.to_string()));
        out["paging"] = json!({ "cursors": { "before": before, "after": after } });
    }
    if listing.summary {
        out["summary"] = json!({ "total_count": shown.len() });
    }
    Ok(out)
}

struct Window<'l> {
    ids: &'l [NodeId],
    has_previous: bool,
    has_next: bool,
}

/// The page of `shown` (newest first) that the cursors point at. A cursor names the object beside it, so
/// objects made or removed while somebody pages neither repeat nor hide the others.
fn window<'l>(shown: &'l [NodeId], listing: &Listing) -> MetaResult<Window<'l>> {
    let (start, end) = match (&listing.after, &listing.before) {
        (Some(after), _) => {
            let after = node_cursor(after)?;
            let start = shown.partition_point(|id| *id >= after);
            (start, shown.len().min(start + listing.limit))
        }
        (None, Some(before)) => {
            let before = node_cursor(before)?;
            let end = shown.partition_point(|id| *id > before);
            (end.saturating_sub(listing.limit), end)
        }
        (None, None) => (0, shown.len().min(listing.limit)),
    };
    Ok(Window { ids: &shown[start..end], has_previous: start > 0, has_next: end < shown.len() })
}

/// An opaque cursor.
pub(crate) fn cursor(inner: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("sandbox:{inner}"))
}

/// What is inside a cursor; one we did not make is refused with 2642.
pub(crate) fn open_cursor(text: &str) -> MetaResult<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let inner = bytes.as_deref().and_then(|inner| inner.strip_prefix("sandbox:")).map(str::to_owned);
    inner.ok_or_else(|| MetaError::new(2642, "(#2642) Invalid cursors values"))
}

fn node_cursor(text: &str) -> MetaResult<NodeId> {
    NodeId::parse(&open_cursor(text)?).ok_or_else(|| MetaError::new(2642, "(#2642) Invalid cursors values"))
}

/// The paging member with links that repeat the call.
pub(crate) fn paging(call: &Call, before: &str, after: &str, has_previous: bool, has_next: bool) -> Value {
    let mut paging = json!({ "cursors": { "before": before, "after": after } });
    if has_next {
        paging["next"] = json!(link(call, "after", after));
    }
    if has_previous {
        paging["previous"] = json!(link(call, "before", before));
    }
    paging
}

fn link(call: &Call, name: &str, cursor: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in call.params.iter().filter(|(key, _)| !["after", "before"].contains(&key.as_str())) {
        match value {
            Value::String(text) => query.append_pair(key, text),
            other => query.append_pair(key, &other.to_string()),
        };
    }
    query.append_pair(name, cursor);
    let version = call.version.as_deref().unwrap_or(VERSION);
    format!("{}/{version}{}?{}", call.base_url, call.path_text(), query.finish())
}

/// Pages rows that are already rendered; cursors are positions.
pub(crate) fn page_fixed(call: &Call, rows: Vec<Value>) -> MetaResult<Value> {
    call.params.only(&[LIST_PARAMS])?;
    page_rows(call, rows)
}

/// As [`page_fixed`], for edges that check their parameters themselves.
pub(crate) fn page_rows(call: &Call, rows: Vec<Value>) -> MetaResult<Value> {
    let limit = limit(call.params.uint("limit")?)?;
    let start = match call.params.text("after")?.filter(|after| !after.is_empty()) {
        Some(after) => open_cursor(after)?
            .parse::<usize>()
            .map_err(|_| MetaError::new(2642, "(#2642) Invalid cursors values"))?,
        None => 0,
    };
    let total = rows.len();
    let page: Vec<Value> = rows.into_iter().skip(start).take(limit).collect();
    let end = start + page.len();
    let mut out = json!({ "data": page });
    if end > start {
        let paging = paging(call, &cursor(&start.to_string()), &cursor(&end.to_string()), false, end < total);
        out["paging"] = paging;
    }
    Ok(out)
}

/// Refuses a field that the node does not have.
pub(crate) fn check_field(name: &str, known: &[&str], node: &str) -> MetaResult<()> {
    if known.contains(&name) {
        return Ok(());
    }
    Err(MetaError::new(
        100,
        format!("(#100) Tried accessing nonexistent field ({name}) on node type ({node})"),
    ))
}

/// A time as answers spell it: `2026-11-20T19:28:45+0000`.
pub(crate) fn wire_time(time: DateTime<Utc>, zone: Tz) -> String {
    zone.from_utc_datetime(&time.naive_utc()).format("%Y-%m-%dT%H:%M:%S%z").to_string()
}
