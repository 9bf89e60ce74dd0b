//! Rules of single criterions, and of those of one kind together.

use serde_json::{Map, Value, json};

use super::Of;
use super::bodies::{DAYS, MINUTES};
use crate::microsoft::error::{Code, Judged, Problem};
use crate::microsoft::geo;
use crate::microsoft::shape;
use crate::microsoft::store::Object;
use crate::microsoft::write;

/// Rules of a criterion by itself; ids become strings.
pub(super) fn check(criterion: &mut Value, kind: &str) -> Judged<()> {
    let at = |code: Code, text: &str| Err(Problem::at(code, "Criterion", text));
    let missing = |name: &str| criterion[name].is_null();
    let needed: &[&str] = match kind {
        "LocationCriterion" => &["LocationId"],
        "RadiusCriterion" => &["LatitudeDegrees", "LongitudeDegrees", "Radius", "RadiusUnit"],
        "AgeCriterion" => &["AgeRange"],
        "GenderCriterion" => &["GenderType"],
        "DayTimeCriterion" => &["Day", "FromHour", "FromMinute", "ToHour", "ToMinute"],
        "DeviceCriterion" => &["DeviceName"],
        _ => &["IntentOption"],
    };
    if let Some(name) = needed.iter().find(|name| missing(name)) {
        return Err(Problem::missing(name));
    }
    match kind {
        "LocationCriterion" => {
            let id = shape::id(&criterion["LocationId"]).filter(|id| geo::place(*id).is_some());
            let Some(id) = id else { return at(Code::NoEntity, "There is no location with this id.") };
            criterion["LocationId"] = json!(id.to_string());
        }
        "DayTimeCriterion" => {
            let (_, (from, to)) = span(criterion);
            if from >= to || from < 0 || to > 24 * 60 {
                return at(Code::InvalidInput, "The hours are not in order.");
            }
        }
        _ => {}
    }
    Ok(())
}

/// The weekday (Sunday is 0) and minutes of a schedule.
pub(in crate::microsoft) fn span(criterion: &Value) -> (usize, (i64, i64)) {
    let minute = |hour: &str, minute: &str| {
        let quarter = MINUTES.iter().position(|word| criterion[minute] == *word).unwrap_or(0);
        criterion[hour].as_i64().unwrap_or(0) * 60 + i64::try_from(quarter).unwrap_or(0) * 15
    };
    let day = DAYS.iter().position(|day| criterion["Day"] == *day).unwrap_or(0);
    (day, (minute("FromHour", "FromMinute"), minute("ToHour", "ToMinute")))
}

/// The bid: a whole percent, needed even when it is 0.
pub(super) fn check_bid(item: &Map<String, Value>, negative: bool, kind: &str) -> Judged<()> {
    let bid = item.get("CriterionBid").filter(|bid| !bid.is_null());
    match (negative, bid, kind) {
        (true, None, _) | (false, None, "LocationIntentCriterion") => return Ok(()),
        (true, Some(_), _) => {
            return Err(Problem::at(Code::InvalidInput, "CriterionBid", "An exclusion has no bid."));
        }
        (false, None, _) => return Err(Problem::missing("CriterionBid")),
        (false, Some(_), _) => {}
    }
    let least = if kind == "DeviceCriterion" { -100 } else { -90 };
    let percent = bid.and_then(|bid| write::decimal(&bid["Multiplier"]));
    let fits = percent.is_some_and(|it| it.is_integer() && it >= least.into() && it <= 900.into());
    match fits {
        true => Ok(()),
        false => {
            let text = format!("The multiplier is a whole percent between {least} and 900.");
            Err(Problem::at(Code::InvalidBid, "CriterionBid", text))
        }
    }
}

/// Counts and twins among the criterions of one kind.
pub(super) fn check_siblings(siblings: &[&Object], criterion: &Value, kind: &str) -> Judged<()> {
    let most = match kind {
        "LocationCriterion" => 10_000,
        "RadiusCriterion" => 2_000,
        "AgeCriterion" => 5,
        "DayTimeCriterion" => 49,
        _ => usize::MAX,
    };
    let same = |it: &&Object| it.inner("Criterion", "Type") == kind && it.fields["Criterion"] == *criterion;
    if siblings.iter().any(same) {
        return Err(Problem::at(Code::EntityExists, "Criterion", "The criterion exists."));
    }
    if siblings.len() >= most {
        return Err(Problem::at(Code::EntityLimit, "Criterion", format!("There are {most} already.")));
    }
    if kind == "DayTimeCriterion" {
        let (day, (from, to)) = span(criterion);
        let spans = siblings.iter().map(|it| span(&it.fields["Criterion"])).filter(|(on, _)| *on == day);
        let spans: Vec<(i64, i64)> = spans.map(|(_, span)| span).collect();
        if spans.len() >= 7 {
            return Err(Problem::at(Code::EntityLimit, "Criterion", "There are 7 on this day already."));
        }
        if spans.iter().any(|(start, end)| from < *end && *start < to) {
            return Err(Problem::at(Code::EntityExists, "Criterion", "The hours overlap with others."));
        }
    }
    Ok(())
}

/// Devices are named all three or not at all.
pub(super) fn all_devices(siblings: &[&Object], of: Of, parent: u64, all: &[Value]) -> Judged<()> {
    let asked = all.iter().filter(|item| {
        item["Criterion"]["Type"] == "DeviceCriterion" && shape::id(&item[of.parent_field()]) == Some(parent)
    });
    let mut devices: Vec<&str> = asked.filter_map(|item| item["Criterion"]["DeviceName"].as_str()).collect();
    devices.extend(siblings.iter().filter_map(|it| it.inner("Criterion", "DeviceName").as_str()));
    devices.sort_unstable();
    devices.dedup();
    match devices.len() {
        3 => Ok(()),
        _ => Err(Problem::at(Code::InvalidInput, "Criterion", "All three devices have to be named.")),
    }
}
