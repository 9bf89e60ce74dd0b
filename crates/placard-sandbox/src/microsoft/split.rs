//! An hour's figures by age, gender, country, device and network (Microsoft, `platforms/microsoft.md` §6).
//!
//! Draws depend on the ad and the hour only, so that every cut adds up to the same sums.

use chrono::NaiveDate;

use super::market;
use super::money;
use super::store::Object;
use crate::auction::divide::divide;
use crate::auction::facts::Counts;
use crate::draw;
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// A dimension of people, devices or places of showing.
    pub(super) enum Side {
        Age = "age",
        Gender = "gender",
        Country = "country",
        Device = "device",
        Network = "network",
    }
}

/// A part of an hour's audience: what it is on each side that was asked for.
pub(super) type Cell = Vec<(Side, &'static str)>;

fn weights(world: &World, group: &Object, side: Side) -> Vec<(&'static str, f64)> {
    match side {
        Side::Age => market::ages(world, group),
        Side::Gender => market::genders(world, group),
        Side::Country => market::countries(world, group),
        Side::Device => market::devices(world, group),
        Side::Network => market::NETWORKS.to_vec(),
    }
}

/// An hour of an ad, divided by all sides at once (in the order of the enum); parts that met nobody are left out.
pub(super) fn cells(
    world: &World,
    ad: &Object,
    (date, hour): (NaiveDate, u8),
    counts: Counts,
    sides: &[Side],
) -> Vec<(Cell, Counts)> {
    let group = ad.ad_group.and_then(|id| world.microsoft.get(id));
    let Some(group) = group.filter(|_| !sides.is_empty()) else { return vec![(Cell::new(), counts)] };
    let mut parts: Vec<(Cell, f64)> = vec![(Cell::new(), 1.0)];
    for side in sides {
        let values = weights(world, group, *side);
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
    let names: Vec<String> = sides.iter().map(Side::to_string).collect();
    let (id, date) = (ad.id.to_string(), date.to_string());
    let key = draw::key(world.head.seed, &["split", &names.join(","), &id, &date]);
    let weights: Vec<f64> = parts.iter().map(|(_, weight)| *weight).collect();
    let unit = world.microsoft.accounts.get(&ad.account).map_or(1, |account| money::unit(&account.currency));
    // Money is divided in whole units of the currency, as it is told.
    let scale = |counts: Counts, by: fn(i64, i64) -> i64| Counts {
        cost_micros: by(counts.cost_micros, unit),
        value_micros: by(counts.value_micros, unit),
        ..counts
    };
    let scaled = scale(counts, |micros, unit| micros / unit);
    let divided = divide(scaled, &weights, draw::join(key, u64::from(hour)));
    parts
        .into_iter()
        .zip(divided)
        .map(|((cell, _), part)| (cell, scale(part, |units, unit| units * unit)))
        .filter(|(_, part)| *part != Counts::default())
        .collect()
}
