//! An hour's figures by device, network, age, gender and country.
//!
//! Devices and networks come first and everything else inside them, so that every cut adds up to the same
//! sums. Draws depend on the ad and the hour only.

use chrono::NaiveDate;

use super::geo;
use super::kind::Kind;
use super::rules::{AGES, GENDERS};
use super::store::Resource;
use crate::auction::divide::divide;
use crate::auction::facts::Counts;
use crate::auction::people::{self, people};
use crate::draw;
use crate::world::World;

/// Where an ad was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) device: &'static str,
    pub(crate) network: &'static str,
}

/// One hour of one ad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hour<'a> {
    pub(crate) ad: &'a str,
    pub(crate) date: NaiveDate,
    pub(crate) hour: u8,
}

impl Hour<'_> {
    fn key(&self, world: &World, of: &str, cell: &Cell) -> u64 {
        let date = self.date.to_string();
        let key = draw::key(world.head.seed, &["split", of, self.ad, &date, cell.device, cell.network]);
        draw::join(key, u64::from(self.hour))
    }
}

const DEVICES: &[(&str, f64)] =
    &[("MOBILE", 0.66), ("DESKTOP", 0.27), ("TABLET", 0.05), ("CONNECTED_TV", 0.02)];

/// The campaign and ad group of an ad.
fn above<'w>(world: &'w World, ad: &str) -> Option<(&'w Resource, &'w Resource)> {
    let group = world.google.get(world.google.get(ad)?.text("adGroup"))?;
    Some((world.google.get(group.text("campaign"))?, group))
}

/// An hour by device and network.
pub(crate) fn by_device(world: &World, at: Hour<'_>, counts: Counts) -> Vec<(Cell, Counts)> {
    let campaign = above(world, at.ad).map(|(campaign, _)| campaign);
    let on = |member: &str| {
        campaign
            .and_then(|campaign| campaign.fields.get("networkSettings"))
            .is_some_and(|all| all[member] == true)
    };
    let networks: Vec<(&str, f64)> = [
        ("SEARCH", 0.86, on("targetGoogleSearch")),
        ("SEARCH_PARTNERS", 0.1, on("targetSearchNetwork")),
        ("CONTENT", if on("targetGoogleSearch") { 0.04 } else { 1.0 }, on("targetContentNetwork")),
    ]
    .into_iter()
    .filter(|(_, _, on)| *on)
    .map(|(word, share, _)| (word, share))
    .collect();
    let mut cells = Vec::new();
    let mut weights = Vec::new();
    for (device, share) in DEVICES {
        for (network, part) in &networks {
            cells.push(Cell { device, network });
            weights.push(share * part);
        }
    }
    let parts = divide(counts, &weights, at.key(world, "device", &Cell::default()));
    cells.into_iter().zip(parts).collect()
}

/// Whether an ad group's or campaign's criteria let a value of a demographic in.
fn lets_in(world: &World, ad: &str, id: u64, member: &str) -> bool {
    let Some((campaign, group)) = above(world, ad) else { return true };
    let criteria = world.google.below(&group.name, Kind::AdGroupCriterion);
    let excluded = world.google.below(&campaign.name, Kind::CampaignCriterion);
    let (mut named, mut listed) = (false, false);
    for criterion in criteria.chain(excluded) {
        if criterion.is_removed() || !criterion.fields.contains_key(member) {
            continue;
        }
        let same = criterion.own_id() == id.to_string();
        if criterion.flag("negative") {
            if same {
                return false;
            }
        } else if criterion.kind == Kind::AdGroupCriterion {
            listed |= criterion.is_enabled();
            named |= same && criterion.is_enabled();
        }
    }
    named || !listed
}

fn demographic(
    world: &World,
    at: Hour<'_>,
    cell: &Cell,
    counts: Counts,
    (member, table, shares): (&str, &[(&str, u64)], &[f64]),
    word: &str,
) -> Counts {
    let weights: Vec<f64> = table
        .iter()
        .zip(shares)
        .map(|((_, id), share)| if lets_in(world, at.ad, *id, member) { *share } else { 0.0 })
        .collect();
    let parts = divide(counts, &weights, at.key(world, member, cell));
    table.iter().position(|(known, _)| *known == word).map(|index| parts[index]).unwrap_or_default()
}

/// The part of a cell that one age has.
pub(crate) fn of_age(world: &World, at: Hour<'_>, cell: &Cell, counts: Counts, word: &str) -> Counts {
    // The groups without the youngest, and those whose age is not known.
    let mut shares: Vec<f64> = people::AGES.iter().skip(1).map(|(_, _, _, share, _)| *share).collect();
    shares.push(0.12);
    demographic(world, at, cell, counts, ("ageRange", AGES, &shares), word)
}

/// The part of a cell that one gender has.
pub(crate) fn of_gender(world: &World, at: Hour<'_>, cell: &Cell, counts: Counts, word: &str) -> Counts {
    demographic(world, at, cell, counts, ("gender", GENDERS, &[0.46, 0.44, 0.1]), word)
}

/// Codes of the countries that a campaign's locations lie in; without any, some large ones.
pub(crate) fn countries(world: &World, campaign: &Resource) -> Vec<&'static str> {
    let criteria = world.google.below(&campaign.name, Kind::CampaignCriterion);
    let named = criteria.filter(|criterion| !criterion.is_removed() && !criterion.flag("negative"));
    let mut codes: Vec<&str> = named
        .filter_map(|criterion| criterion.fields.get("location")?["geoTargetConstant"].as_str())
        .filter_map(|name| geo::by_name(name).map(|place| place.country))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { vec!["DE", "FR", "GB", "US"] } else { codes }
}

/// The part of a cell that one country has.
pub(crate) fn of_country(world: &World, at: Hour<'_>, cell: &Cell, counts: Counts, code: &str) -> Counts {
    let Some((campaign, _)) = above(world, at.ad) else { return Counts::default() };
    let codes = countries(world, campaign);
    let Some(index) = codes.iter().position(|known| *known == code) else { return Counts::default() };
    let weights: Vec<f64> = codes.iter().map(|code| people(code) as f64).collect();
    divide(counts, &weights, at.key(world, "country", cell))[index]
}
