//! What a report is asked for.

use chrono::NaiveDate;
use serde_json::Value;

use super::metrics;
use crate::tiktok::error::{Code, Refusal, TikTokResult};
use crate::tiktok::get;
use crate::tiktok::read::{self, Params};
use crate::tiktok::split::Side;
use crate::tiktok::store::{Advertiser, Level, Object};
use crate::wire::WireEnum;
use crate::world::World;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    /// The id of the level, by the name under which it was asked for.
    Id(&'static str),
    Day,
    Hour,
    Side(Side),
}

impl Dimension {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id(name) => name,
            Self::Day => "stat_time_day",
            Self::Hour => "stat_time_hour",
            Self::Side(side) => side.as_str(),
        }
    }
}

/// A condition on the objects of a report.
enum Check {
    Ids(Level, Vec<String>),
    Name(Level, String),
    Status(Level, Vec<String>),
    Objective(Vec<String>),
}

impl Check {
    fn level(&self) -> Level {
        match self {
            Self::Ids(level, _) | Self::Name(level, _) | Self::Status(level, _) => *level,
            Self::Objective(_) => Level::Campaign,
        }
    }
}

pub(super) struct Query {
    pub(super) advertisers: Vec<Advertiser>,
    /// Several could be named, which adds whose each row is.
    pub(super) many: bool,
    /// `None` for a whole advertiser.
    pub(super) level: Option<Level>,
    pub(super) audience: bool,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) metrics: Vec<String>,
    /// Days of the account, both included; `None` for its lifetime.
    pub(super) dates: Option<(NaiveDate, NaiveDate)>,
    pub(super) totals: bool,
    /// A member and whether small ones come first.
    pub(super) order: Option<(String, bool)>,
    deleted_too: bool,
    checks: Vec<Check>,
}

fn not_served(what: &str) -> Refusal {
    Refusal::new(Code::NotImplemented, format!("Not implemented in the sandbox: {what}"))
}

impl Query {
    pub(super) fn read(
        params: &Params,
        advertisers: Vec<Advertiser>,
        many: bool,
        deleted_too: bool,
    ) -> TikTokResult<Self> {
        let audience = audience(params)?;
        let level = level(&read::need(params, "data_level")?)?;
        let dimensions = dimensions(params, level, audience)?;
        let names =
            read::texts(params, "metrics")?.unwrap_or_else(|| vec!["spend".into(), "impressions".into()]);
        names.iter().try_for_each(|name| metrics::check(name, audience))?;
        let order = match read::text(params, "order_field")? {
            None => None,
            Some(field) => {
                let known = names.contains(&field) || dimensions.iter().any(|it| it.name() == field);
                if !known {
                    return Err(Refusal::field(
                        "order_field",
                        "Is neither a metric nor a dimension of the report.",
                    ));
                }
                let word = read::text(params, "order_type")?.unwrap_or_else(|| "DESC".to_owned());
                read::word("order_type", &word, &["ASC", "DESC"])?;
                Some((field, word == "ASC"))
            }
        };
        let totals = read::flag(params, "enable_total_metrics")?.unwrap_or(false);
        let plain = |it: &Dimension| matches!(it, Dimension::Id(_) | Dimension::Day);
        if totals && (audience || advertisers.len() > 1 || !dimensions.iter().all(plain)) {
            return Err(Refusal::field(
                "enable_total_metrics",
                "Only for an id and the day in BASIC reports of one account.",
            ));
        }
        if read::flag(params, "multi_adv_report_in_utc_time")?.unwrap_or(false) {
            return Err(not_served("multi_adv_report_in_utc_time"));
        }
        Ok(Self {
            dates: dates(params, &dimensions)?,
            checks: checks(params)?,
            advertisers,
            many,
            level,
            audience,
            dimensions,
            metrics: names,
            totals,
            order,
            deleted_too,
        })
    }

    pub(super) fn has(&self, dimension: Dimension) -> bool {
        self.dimensions.contains(&dimension)
    }

    /// Only an id: everything has a row, if one of zeros.
    pub(super) fn is_bare(&self) -> bool {
        self.dimensions.iter().all(|dimension| matches!(dimension, Dimension::Id(_)))
    }

    pub(super) fn sides(&self) -> Vec<Side> {
        let side = |dimension: &Dimension| match dimension {
            Dimension::Side(side) => Some(*side),
            _ => None,
        };
        self.dimensions.iter().filter_map(side).collect()
    }

    /// Whether the conditions leave an object of the report's level, which is not deleted unless somebody asks.
    pub(super) fn leaves(&self, world: &World, object: &Object) -> TikTokResult<bool> {
        let own = |check: &&Check| check.level() <= object.level;
        let asked =
            self.checks.iter().any(|it| matches!(it, Check::Status(level, _) if *level == object.level));
        let status = world.tiktok_status(object, world.now());
        if !asked && !self.deleted_too && !get::in_primary("STATUS_NOT_DELETE", &status, object)? {
            return Ok(false);
        }
        self.hold(world, object, self.checks.iter().filter(own))
    }

    /// Whether the conditions on what lies below the report's level leave an ad.
    pub(super) fn leaves_ad(&self, world: &World, ad: &Object) -> TikTokResult<bool> {
        let below = |check: &&Check| self.level.is_none_or(|level| check.level() > level);
        self.hold(world, ad, self.checks.iter().filter(below))
    }

    fn hold<'a>(
        &self,
        world: &World,
        object: &Object,
        mut checks: impl Iterator<Item = &'a Check>,
    ) -> TikTokResult<bool> {
        checks.try_fold(true, |so_far, check| {
            let at = match check.level() {
                level if level == object.level => Some(object),
                Level::Campaign => object.campaign.as_deref().and_then(|id| world.tiktok.get(id)),
                Level::AdGroup => object.ad_group.as_deref().and_then(|id| world.tiktok.get(id)),
                Level::Ad => None,
            };
            let Some(at) = at else { return Ok(false) };
            let holds = match check {
                Check::Ids(_, ids) => ids.contains(&at.id),
                Check::Name(_, part) => at.name().to_lowercase().contains(&part.to_lowercase()),
                Check::Objective(words) => words.iter().any(|word| word == at.text("objective_type")),
                Check::Status(_, words) => {
                    let status = world.tiktok_status(at, world.now());
                    let fits = words.iter().map(|word| get::in_primary(word, &status, at));
                    fits.collect::<TikTokResult<Vec<bool>>>()?.contains(&true)
                }
            };
            Ok(so_far && holds)
        })
    }
}

fn audience(params: &Params) -> TikTokResult<bool> {
    if let Some(service) = read::text(params, "service_type")? {
        read::word("service_type", &service, &["AUCTION"])?;
    }
    match read::need(params, "report_type")?.as_str() {
        "BASIC" => Ok(false),
        "AUDIENCE" => Ok(true),
        other @ ("PLAYABLE_MATERIAL" | "CATALOG" | "BC" | "TT_SHOP") => Err(not_served(other)),
        other => Err(Refusal::field("report_type", format!("Unknown value {other}."))),
    }
}

fn level(word: &str) -> TikTokResult<Option<Level>> {
    match word {
        "AUCTION_ADVERTISER" => Ok(None),
        "AUCTION_CAMPAIGN" => Ok(Some(Level::Campaign)),
        "AUCTION_ADGROUP" => Ok(Some(Level::AdGroup)),
        "AUCTION_AD" => Ok(Some(Level::Ad)),
        other if other.starts_with("RESERVATION_") => Err(not_served(other)),
        other => Err(Refusal::field("data_level", format!("Unknown value {other}."))),
    }
}

fn dimensions(params: &Params, level: Option<Level>, audience: bool) -> TikTokResult<Vec<Dimension>> {
    let refused = |text: &str| Refusal::field("dimensions", text);
    let ids: &[&'static str] = match level {
        None => &["advertiser_id"],
        Some(Level::Campaign) => &["campaign_id"],
        Some(Level::AdGroup) => &["adgroup_id"],
        Some(Level::Ad) => &["ad_id", "ad_id_v2"],
    };
    let mut out = Vec::new();
    for word in read::texts(params, "dimensions")?.ok_or_else(|| Refusal::missing("dimensions"))? {
        out.push(match (word.as_str(), Side::parse(&word)) {
            (_, Some(side)) => Dimension::Side(side),
            ("stat_time_day", _) => Dimension::Day,
            ("stat_time_hour", _) => Dimension::Hour,
            ("province_id" | "ac" | "language" | "interest_category", _) => return Err(not_served(&word)),
            (id, _) => match ids.iter().find(|known| **known == id) {
                Some(id) => Dimension::Id(id),
                None => return Err(refused(&format!("{id} does not go with the data_level."))),
            },
        });
    }
    let count = |fits: fn(&Dimension) -> bool| out.iter().filter(|it| fits(it)).count();
    if count(|it| matches!(it, Dimension::Id(_))) != 1 {
        return Err(refused("Exactly one id dimension is needed."));
    }
    if count(|it| matches!(it, Dimension::Day | Dimension::Hour)) > 1 {
        return Err(refused("At most one time dimension."));
    }
    let sides: Vec<Side> =
        out.iter().filter_map(|it| if let Dimension::Side(side) = it { Some(*side) } else { None }).collect();
    let fits = match (audience, sides.as_slice()) {
        (false, [] | [Side::Country])
        | (true, [_] | [Side::Age, Side::Gender] | [Side::Gender, Side::Age]) => true,
        (true, _) | (false, _) => false,
    };
    if !fits {
        return Err(refused("These dimensions do not go together in this report_type."));
    }
    if audience && out.contains(&Dimension::Hour) {
        return Err(refused("AUDIENCE reports have no hours."));
    }
    Ok(out)
}

/// The days, within the longest span that the dimensions allow.
fn dates(params: &Params, dimensions: &[Dimension]) -> TikTokResult<Option<(NaiveDate, NaiveDate)>> {
    let has = |dimension| dimensions.contains(&dimension);
    let (day, hour) = (has(Dimension::Day), has(Dimension::Hour));
    if read::flag(params, "query_lifetime")?.unwrap_or(false) {
        return match day || hour || has(Dimension::Side(Side::Country)) {
            true => Err(Refusal::field("query_lifetime", "Not with a time or country dimension.")),
            false => Ok(None),
        };
    }
    let date = |name: &str| {
        let text = read::need(params, name)?;
        text.parse::<NaiveDate>().map_err(|_| Refusal::field(name, "Not YYYY-MM-DD."))
    };
    let (start, end) = (date("start_date")?, date("end_date")?);
    let most = match (hour, day) {
        (true, _) => 1,
        (false, true) => 30,
        (false, false) => 365,
    };
    match (end - start).num_days() + 1 {
        days if days < 1 => Err(Refusal::field("end_date", "Is before start_date.")),
        days if days > most => {
            Err(Refusal::field("end_date", format!("At most {most} days with these dimensions.")))
        }
        _ => Ok(Some((start, end))),
    }
}

fn checks(params: &Params) -> TikTokResult<Vec<Check>> {
    let Some(items) = read::member(params, "filtering") else { return Ok(Vec::new()) };
    let items = items.as_array().ok_or_else(|| Refusal::field("filtering", "Not a valid list."))?;
    items.iter().map(check).collect()
}

fn check(item: &Value) -> TikTokResult<Check> {
    const TYPES: &[&str] =
        &["IN", "MATCH", "GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN", "BETWEEN", "RANGE"];
    let refused = |text: &str| Refusal::field("filtering", text);
    let item = item.as_object().ok_or_else(|| refused("Not a list of objects."))?;
    let (field, kind) = (read::need(item, "field_name")?, read::need(item, "filter_type")?);
    let text = item.get("filter_value").and_then(Value::as_str);
    let text = text.ok_or_else(|| refused("filter_value has to be JSON text."))?;
    let list = || -> TikTokResult<Vec<String>> {
        serde_json::from_str(text).map_err(|_| refused("filter_value is not a list of strings as JSON text."))
    };
    let levels = [("campaign", Level::Campaign), ("adgroup", Level::AdGroup), ("ad", Level::Ad)];
    let level =
        levels.iter().find_map(|(word, level)| Some((*level, field.strip_prefix(word)?.strip_prefix('_')?)));
    match (level, kind.as_str()) {
        (Some((level, "ids")), "IN") => {
            let ids = list()?;
            read::at_most(&field, ids.len(), 100)?;
            Ok(Check::Ids(level, ids))
        }
        (Some((level, "status")), "IN") => Ok(Check::Status(level, list()?)),
        (Some((level, "name")), "MATCH") => {
            Ok(Check::Name(level, serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())))
        }
        (None, "IN") if field == "objective_type" => Ok(Check::Objective(list()?)),
        (_, kind) if TYPES.contains(&kind) => Err(not_served(&format!("filtering {field} by {kind}"))),
        (_, kind) => Err(refused(&format!("Unknown filter_type {kind}."))),
    }
}
