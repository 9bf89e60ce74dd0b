//! What an ad group's impressions cost and bring: searches come from keywords, answers from what ads say.

use serde_json::{Value, json};

use super::ad;
use super::criterion::{is_negative, type_of};
use super::fixtures::counts_purchases;
use super::geo;
use super::money;
use super::negative::keeps_away;
use super::store::{Account, Kind, Object};
use crate::auction::market;
use crate::auction::people::people;
use crate::draw;
use crate::world::World;

/// The average rates of an ad group before hour and weekday. It is paid for by the click.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Impressions that its bids win in a whole day.
    pub(super) volume: f64,
    pub(super) ctr: f64,
    /// Conversions per click.
    pub(super) cvr: f64,
    /// Micros of a click.
    pub(super) price: f64,
    /// Micros that a conversion brings; `None` where nothing is counted.
    pub(super) basket: Option<f64>,
}

impl Rates {
    /// Micros that the average impression costs.
    pub(super) fn cost_of_impression(&self) -> f64 {
        self.ctr * self.price
    }
}

/// Part of a country's searches that are made here.
const SHARE: f64 = 0.25;

/// Microsoft's age groups, as reports and criterions name them, with their share of the people.
const AGES: &[(&str, &[&str], f64)] = &[
    ("13-17", &[], 0.04),
    ("18-24", &["EighteenToTwentyFour"], 0.17),
    ("25-34", &["TwentyFiveToThirtyFour"], 0.25),
    ("35-49", &["ThirtyFiveToFourtyNine", "ThirtyFiveToFiftyFour"], 0.26),
    ("50-64", &["FiftyToSixtyFour", "FiftyFiveAndAbove"], 0.14),
    ("65+", &["SixtyFiveAndAbove", "FiftyFiveAndAbove"], 0.06),
    ("Unknown", &["Unknown"], 0.08),
];
const GENDERS: &[(&str, &[&str], f64)] =
    &[("Male", &["Male"], 0.47), ("Female", &["Female"], 0.43), ("Unknown", &["Unknown"], 0.1)];

/// One US dollar in micros of the account's currency.
fn dollar(account: &Account) -> f64 {
    market::known_dollar(&account.currency).unwrap_or(100) as f64 * money::unit(&account.currency) as f64
}

/// What an ad says, which is all that its quality depends on.
pub(super) fn content(ad: &Object) -> String {
    json!(ad::texts(&ad.fields)).to_string()
}

/// An ad group's own criterions of a kind, or else its campaign's.
fn criterions<'w>(world: &'w World, group: &Object, kind: &str) -> Vec<&'w Object> {
    let own = world.microsoft.living(group.id, Kind::AdGroupCriterion);
    let own: Vec<&Object> = own.filter(|it| type_of(it) == kind).collect();
    if !own.is_empty() {
        return own;
    }
    let campaign = group.campaign.unwrap_or_default();
    let above = world.microsoft.living(campaign, Kind::CampaignCriterion);
    above.filter(|it| type_of(it) == kind).collect()
}

/// Countries of an ad group's places with how many people they hold.
pub(super) fn countries(world: &World, group: &Object) -> Vec<(&'static str, f64)> {
    let places = criterions(world, group, "LocationCriterion");
    let place = |criterion: &Object| {
        let id = criterion.inner("Criterion", "LocationId").as_str()?.parse().ok()?;
        geo::place(id)
    };
    let mut out: Vec<(&'static str, f64)> = Vec::new();
    for place in places.iter().filter(|it| !is_negative(it)).filter_map(|it| place(it)) {
        let reach = people(place.country) as f64 * place.share;
        match out.iter_mut().find(|(known, _)| *known == place.country) {
            Some((_, sum)) => *sum += reach,
            None => out.push((place.country, reach)),
        }
    }
    if out.is_empty() {
        // Without places, people of all countries are reached; some large ones stand for them.
        out = ["DE", "FR", "GB", "US"].iter().map(|code| (*code, people(code) as f64)).collect();
    }
    for place in places.iter().filter(|it| is_negative(it)).filter_map(|it| place(it)) {
        let lost = people(place.country) as f64 * place.share;
        for (_, reach) in out.iter_mut().filter(|(code, _)| *code == place.country) {
            *reach = (*reach - lost).max(0.0);
        }
    }
    out
}

/// Whether criterions of a group, `Age` or `Gender`, restrict who is reached.
fn restricts(world: &World, group: &Object, word: &str) -> bool {
    let campaign = group.campaign.and_then(|id| world.microsoft.get(id));
    [Some(group), campaign].into_iter().flatten().any(|object| {
        let settings = object.fields.get("Settings").and_then(Value::as_array);
        let details = settings.into_iter().flatten().filter_map(|it| it["Details"].as_array());
        details.flatten().any(|it| it["CriterionTypeGroup"] == word && it["TargetAndBid"] == true)
    })
}

fn weights(
    world: &World,
    group: &Object,
    (word, member): (&str, &str),
    table: &'static [(&'static str, &'static [&'static str], f64)],
) -> Vec<(&'static str, f64)> {
    let named = criterions(world, group, &format!("{word}Criterion"));
    let multiplier = |words: &[&str]| {
        let own = named
            .iter()
            .find(|it| it.inner("Criterion", member).as_str().is_some_and(|value| words.contains(&value)));
        own.map(|it| 1.0 + it.inner("CriterionBid", "Multiplier").as_f64().unwrap_or(0.0) / 100.0)
    };
    let strict = restricts(world, group, word) && !named.is_empty();
    let weight = |words: &[&str], share: f64| match (multiplier(words), strict) {
        (Some(bid), _) => share * bid.clamp(0.1, 2.0),
        (None, true) => 0.0,
        (None, false) => share,
    };
    table.iter().map(|(label, words, share)| (*label, weight(words, *share))).collect()
}

/// Age groups with their weights among the people that an ad group meets.
pub(super) fn ages(world: &World, group: &Object) -> Vec<(&'static str, f64)> {
    weights(world, group, ("Age", "AgeRange"), AGES)
}

pub(super) fn genders(world: &World, group: &Object) -> Vec<(&'static str, f64)> {
    weights(world, group, ("Gender", "GenderType"), GENDERS)
}

/// Devices with their weights: a bid of -100 switches one off.
pub(super) fn devices(world: &World, group: &Object) -> Vec<(&'static str, f64)> {
    const DEVICES: &[(&str, &str, f64)] =
        &[("Computer", "Computers", 0.62), ("Smartphone", "Smartphones", 0.34), ("Tablet", "Tablets", 0.04)];
    let named = criterions(world, group, "DeviceCriterion");
    let bid = |word: &str| {
        let own = named.iter().find(|it| it.inner("Criterion", "DeviceName") == word);
        own.map_or(1.0, |it| 1.0 + it.inner("CriterionBid", "Multiplier").as_f64().unwrap_or(0.0) / 100.0)
    };
    DEVICES.iter().map(|(label, word, share)| (*label, share * bid(word).clamp(0.0, 2.0))).collect()
}

/// Where searches are made, with their weights. The fact sheet names the column and not what stands in it.
pub(super) const NETWORKS: &[(&str, f64)] =
    &[("Microsoft sites and select traffic", 0.86), ("Syndicated search partners", 0.14)];

/// Active keywords of an ad group that passed their review and are not kept away.
fn keywords<'w>(world: &'w World, group: &'w Object) -> impl Iterator<Item = &'w Object> {
    let now = world.now();
    let all = world.microsoft.living(group.id, Kind::Keyword).filter(|keyword| keyword.is_active());
    all.filter(move |keyword| super::editorial::status(keyword, now) == "Active")
        .filter(move |keyword| !keeps_away(world, group, keyword.text("Text")))
}

/// Searches for a keyword: how many a day, what a click costs, how much is meant by it.
fn search(world: &World, account: &Account, keyword: &Object, reach: f64) -> (f64, f64, f64) {
    let (volume, intent) = match keyword.text("MatchType") {
        "Exact" => (1.0, 1.15),
        "Phrase" => (2.2, 1.0),
        _ => (4.0, 0.75),
    };
    // The same words are searched for everywhere.
    let key = draw::key(world.head.seed, &["search", &keyword.text("Text").to_lowercase()]);
    let searches = draw::between(key, 6.0, 8.7).exp() * SHARE;
    let price = draw::between(draw::join(key, 1), 0.3, 1.8) * dollar(account);
    let intent = intent * draw::between(draw::join(key, 2), 0.75, 1.35);
    (searches * volume * reach, price, intent)
}

fn bid(object: &Object, member: &str) -> Option<f64> {
    money::micros(object.inner(member, "Amount")).map(|bid| bid as f64)
}

/// The rates of an ad group; `None` when nobody would see it.
pub(super) fn rates(world: &World, account: &Account, campaign: &Object, group: &Object) -> Option<Rates> {
    let reach: f64 = countries(world, group).iter().map(|(_, people)| people).sum::<f64>() / 46e6;
    let sum = |weights: Vec<(&str, f64)>| weights.iter().map(|(_, weight)| weight).sum::<f64>().min(1.0);
    let met = sum(ages(world, group)) * sum(genders(world, group)) * sum(devices(world, group));
    let scheme = campaign.inner("BiddingScheme", "Type").as_str().unwrap_or_default();
    let manual = scheme == "EnhancedCpc";
    let ceiling = campaign.fields.get("BiddingScheme").and_then(|it| money::micros(&it["MaxCpc"]["Amount"]));
    let (mut volume, mut price, mut ctr, mut cvr) = (0.0, 0.0, 0.0, 0.0);
    for keyword in keywords(world, group) {
        let (searches, market_price, intent) = search(world, account, keyword, reach);
        let bid = match manual {
            true => bid(keyword, "Bid").or_else(|| bid(group, "CpcBid")),
            false => ceiling.map(|bid| bid as f64),
        };
        let (won, click) = match bid {
            Some(bid) => ((bid / market_price).powf(1.5).min(0.9), bid.min(market_price * 0.95)),
            None => (0.7, market_price),
        };
        let shown = searches * won * met;
        volume += shown;
        price += shown * click;
        ctr += shown * 0.055 * intent.sqrt();
        cvr += shown * 0.035 * intent;
    }
    let basket = draw::between(draw::key(7, &["basket", &account.currency]), 45.0, 95.0) * dollar(account);
    // What costs more than its target wins little.
    let target = campaign.fields.get("BiddingScheme").and_then(|it| money::micros(&it["TargetCpa"]));
    let cost = price / cvr.max(1e-9);
    let fill = target.map_or(1.0, |target| (target as f64 / cost).powi(2).min(1.0));
    (volume > 0.0).then(|| Rates {
        volume: volume * fill,
        ctr: ctr / volume,
        cvr: cvr / volume,
        price: price / volume,
        basket: counts_purchases(&account.id).then_some(basket),
    })
}
