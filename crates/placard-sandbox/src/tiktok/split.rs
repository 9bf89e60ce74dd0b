//! An hour's figures by age, gender, country, placement and system (TikTok, `platforms/tiktok.md` §18).
//!
//! Draws depend on the ad and the hour only, so that every cut adds up to the same sums.

use chrono::NaiveDate;

use super::market;
use super::store::Object;
use crate::auction::divide::divide;
use crate::auction::facts::Counts;
use crate::draw;
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// A dimension of people or places.
    pub(super) enum Side {
        Age = "age",
        Gender = "gender",
        Country = "country_code",
        Placement = "placement",
        Platform = "platform",
    }
}

/// A part of an hour's audience: what it is on each side that was asked for.
pub(super) type Cell = Vec<(Side, &'static str)>;

const PLACEMENTS: &[(&str, f64)] =
    &[("PLACEMENT_TIKTOK", 0.82), ("PLACEMENT_PANGLE", 0.12), ("PLACEMENT_GLOBAL_APP_BUNDLE", 0.06)];
const PLATFORMS: &[(&str, f64)] = &[("ANDROID", 0.56), ("IPHONE", 0.44)];

/// The values of a side with their weights among the people that an ad group meets.
fn weights(group: &Object, side: Side) -> Vec<(&'static str, f64)> {
    let among = |all: &[(&'static str, f64)], wanted: Vec<&str>, names: fn(&str) -> &str| {
        let lets_in = |word: &str| wanted.is_empty() || wanted.contains(&names(word));
        all.iter().map(|(word, share)| (*word, if lets_in(word) { *share } else { 0.0 })).collect()
    };
    match side {
        Side::Age => market::age_weights(group),
        Side::Gender => market::gender_weights(group),
        Side::Country => market::countries(group),
        Side::Placement => match group.text("placement_type") {
            "PLACEMENT_TYPE_NORMAL" => among(PLACEMENTS, group.texts("placements"), |word| word),
            _ => PLACEMENTS.to_vec(),
        },
        Side::Platform => among(PLATFORMS, group.texts("operating_systems"), |word| match word {
            "IPHONE" => "IOS",
            word => word,
        }),
    }
}

/// An hour of an ad, divided by all sides at once; parts that met nobody are left out.
pub(super) fn cells(
    world: &World,
    ad: &Object,
    (date, hour): (NaiveDate, u8),
    counts: Counts,
    sides: &[Side],
) -> Vec<(Cell, Counts)> {
    let group = ad.ad_group.as_deref().and_then(|id| world.tiktok.get(id));
    let Some(group) = group.filter(|_| !sides.is_empty()) else { return vec![(Cell::new(), counts)] };
    let mut parts: Vec<(Cell, f64)> = vec![(Cell::new(), 1.0)];
    for side in sides {
        let values = weights(group, *side);
        let with = |(cell, weight): &(Cell, f64)| {
            let more = |(value, share): &(&'static str, f64)| {
                let mut cell = cell.clone();
                cell.push((*side, *value));
                (cell, weight * share)
            };
            values.iter().map(more).collect::<Vec<_>>()
        };
        parts = parts.iter().flat_map(with).collect();
    }
    // One division whatever the order in which the sides were named.
    parts.iter_mut().for_each(|(cell, _)| cell.sort_unstable());
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    let mut names: Vec<String> = sides.iter().map(Side::to_string).collect();
    names.sort_unstable();
    let date = date.to_string();
    let key = draw::key(world.head.seed, &["split", &names.join(","), &ad.id, &date]);
    let weights: Vec<f64> = parts.iter().map(|(_, weight)| *weight).collect();
    let unit = world.tiktok.advertisers.get(&ad.advertiser).map_or(1, |advertiser| advertiser.unit());
    // Money is divided in whole units of the currency, as it is told.
    let scaled =
        Counts { cost_micros: counts.cost_micros / unit, value_micros: counts.value_micros / unit, ..counts };
    let divided = divide(scaled, &weights, draw::join(key, u64::from(hour)));
    let whole = |part: Counts| Counts {
        cost_micros: part.cost_micros * unit,
        value_micros: part.value_micros * unit,
        ..part
    };
    parts
        .into_iter()
        .zip(divided)
        .map(|((cell, _), part)| (cell, whole(part)))
        .filter(|(_, part)| *part != Counts::default())
        .collect()
}
