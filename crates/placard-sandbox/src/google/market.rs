//! What an ad group's impressions cost and bring: searches come from keywords, answers from what ads say.

use serde_json::json;

use super::kind::Kind;
use super::rules::{self, Channel, Strategy};
use super::split;
use super::status::is_positive_keyword;
use super::store::{Customer, Resource, int_at};
use crate::auction::market;
use crate::auction::people::people;
use crate::draw;
use crate::wire::WireEnum;
use crate::world::World;

/// How an ad group is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pay {
    Click,
    Impression,
}

/// The average rates of an ad group before hour, weekday and learning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Impressions that its bids win in a whole day.
    pub(super) volume: f64,
    pub(super) ctr: f64,
    /// Conversions per click.
    pub(super) cvr: f64,
    pub(super) pay: Pay,
    /// Micros of a click, or of a thousand impressions.
    pub(super) price: f64,
}

/// What people who search for a keyword are like.
struct Search {
    volume: f64,
    price: f64,
    intent: f64,
}

/// One US dollar in micros of the account's currency.
pub(super) fn dollar(customer: &Customer) -> f64 {
    let minor = market::known_dollar(&customer.currency).unwrap_or(100);
    minor as f64 * customer.unit() as f64
}

/// What an ad says, which is all that its quality depends on.
pub(super) fn content(ad: &Resource) -> String {
    let ad = ad.fields.get("ad").cloned().unwrap_or_default();
    json!([ad["responsiveSearchAd"], ad["responsiveDisplayAd"]]).to_string()
}

fn search(world: &World, customer: &Customer, keyword: &Resource, reach: f64) -> Search {
    let part = |name: &str| {
        let text = keyword.fields.get("keyword").and_then(|keyword| keyword[name].as_str());
        text.unwrap_or_default().to_lowercase()
    };
    let (volume, intent) = match part("matchType").as_str() {
        "exact" => (1.0, 1.15),
        "phrase" => (2.2, 1.0),
        _ => (4.0, 0.75),
    };
    let key = draw::key(world.head.seed, &["search", &part("text")]);
    // From a few hundred to a few thousand searches a day in a country of average size.
    let searches = draw::between(key, 6.0, 8.7).exp();
    Search {
        volume: searches * volume * reach,
        price: draw::between(draw::join(key, 1), 0.35, 2.4) * dollar(customer),
        intent: intent * draw::between(draw::join(key, 2), 0.75, 1.35),
    }
}

/// The part of the auctions that a bid wins, and what a click then costs.
fn won(bid: Option<f64>, price: f64) -> (f64, f64) {
    match bid {
        Some(bid) => ((bid / price).powf(1.5).min(0.9), bid.min(price * 0.95)),
        None => (0.7, price),
    }
}

/// What the searches for an ad group's keywords come to.
fn search_rates(
    world: &World,
    customer: &Customer,
    group: &Resource,
    strategy: Strategy,
    (reach, ceiling): (f64, Option<f64>),
) -> Option<Rates> {
    let mut sum = Rates { volume: 0.0, ctr: 0.0, cvr: 0.0, pay: Pay::Click, price: 0.0 };
    let criteria = world.google.below(&group.name, Kind::AdGroupCriterion);
    for keyword in criteria.filter(|criterion| is_positive_keyword(criterion) && criterion.is_enabled()) {
        let search = search(world, customer, keyword, reach);
        let bid = match strategy {
            Strategy::ManualCpc => own(keyword, "cpcBidMicros").or_else(|| own(group, "cpcBidMicros")),
            _ => ceiling,
        };
        let (share, click) = won(bid, search.price);
        let shown = search.volume * share;
        sum.volume += shown;
        sum.price += shown * click;
        sum.ctr += shown * 0.06 * search.intent.sqrt();
        sum.cvr += shown * 0.035 * search.intent;
    }
    let volume = sum.volume;
    (volume > 0.0).then(|| Rates {
        price: sum.price / volume,
        ctr: sum.ctr / volume,
        cvr: sum.cvr / volume,
        ..sum
    })
}

fn own(resource: &Resource, member: &str) -> Option<f64> {
    int_at(&resource.fields, &[member]).map(|bid| bid as f64)
}

/// The rates of an ad group; `None` when nobody would see it.
pub(super) fn rates(
    world: &World,
    customer: &Customer,
    campaign: &Resource,
    group: &Resource,
) -> Option<Rates> {
    let strategy = rules::strategy(&campaign.fields)?;
    let channel = Channel::parse(campaign.text("advertisingChannelType"))?;
    let codes = split::countries(world, campaign);
    let adults: i64 = codes.iter().map(|code| people(code)).sum();
    let reach = adults as f64 / 46e6;
    let ceiling =
        int_at(&campaign.fields, &[&strategy.member(), "cpcBidCeilingMicros"]).map(|bid| bid as f64);
    let rates = match channel {
        Channel::Search => search_rates(world, customer, group, strategy, (reach, ceiling))?,
        Channel::Display => {
            let volume = adults as f64 * 0.004;
            let click = 0.45 * dollar(customer);
            let (share, pay, price) = match strategy {
                Strategy::ManualCpm => {
                    let (share, price) = won(own(group, "cpmBidMicros"), 2.2 * dollar(customer));
                    (share, Pay::Impression, price)
                }
                Strategy::ManualCpc => {
                    let (share, price) = won(own(group, "cpcBidMicros"), click);
                    (share, Pay::Click, price)
                }
                _ => {
                    let (share, price) = won(ceiling, click);
                    (share, Pay::Click, price)
                }
            };
            Rates { volume: volume * share, ctr: 0.005, cvr: 0.012, pay, price }
        }
    };
    Some(Rates { volume: rates.volume * fill(customer, campaign, group, strategy, rates), ..rates })
}

/// Part of its auctions that a target lets smart bidding take: what costs more than its target wins little.
fn fill(customer: &Customer, campaign: &Resource, group: &Resource, strategy: Strategy, rates: Rates) -> f64 {
    let member = strategy.member();
    let cost = rates.price / rates.cvr.max(1e-6);
    let cpa = int_at(&group.fields, &["targetCpaMicros"])
        .or_else(|| int_at(&campaign.fields, &[&member, "targetCpaMicros"]))
        .map(|target| target as f64 / cost);
    let roas = group.fields.get("targetRoas").or_else(|| campaign.fields.get(&member)?.get("targetRoas"));
    let roas = roas
        .and_then(serde_json::Value::as_f64)
        .filter(|target| *target > 0.0)
        .map(|target| basket(customer) / cost / target);
    let room = cpa.unwrap_or(1.0).min(roas.unwrap_or(1.0));
    room.powi(2).min(1.0)
}

/// Micros that a purchase brings on average.
pub(super) fn basket(customer: &Customer) -> f64 {
    let key = draw::key(7, &["basket", &customer.currency]);
    draw::between(key, 45.0, 95.0) * dollar(customer)
}
