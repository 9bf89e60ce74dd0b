//! What an ad group's impressions cost and bring: its people come from its targeting, their answers from what its
//! ads say.

use serde_json::{Value, json};

use super::adgroup::DIALS;
use super::geo;
use super::money;
use super::store::{Advertiser, Object};
use crate::auction::market;
use crate::auction::people::{AGES, people};
use crate::draw;
use crate::world::World;

/// How an ad group is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pay {
    Click,
    Impression,
}

/// What an ad group's conversions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something is bought.
    Purchase,
    /// Another event of a pixel or an app.
    Event,
    /// A form inside TikTok is sent.
    Lead,
    /// Nothing is counted.
    None,
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
    /// Micros that a conversion brings.
    pub(super) basket: f64,
}

impl Rates {
    /// Micros that the average impression costs.
    pub(super) fn cost_of_impression(&self) -> f64 {
        match self.pay {
            Pay::Click => self.ctr * self.price,
            Pay::Impression => self.price / 1000.0,
        }
    }
}

/// TikTok's age groups with their share of the people.
pub(super) fn ages() -> [(&'static str, f64); 6] {
    let share = |index: usize| AGES[index].3;
    [
        ("AGE_13_17", share(0)),
        ("AGE_18_24", share(1) * 1.5),
        ("AGE_25_34", share(2) * 1.2),
        ("AGE_35_44", share(3)),
        ("AGE_45_54", share(4) * 0.8),
        ("AGE_55_100", (share(5) + share(6)) * 0.6),
    ]
}

/// Genders as reports name them, with the word that targets them and their share.
pub(super) const GENDERS: &[(&str, &str, f64)] =
    &[("FEMALE", "GENDER_FEMALE", 0.53), ("MALE", "GENDER_MALE", 0.45), ("NONE", "", 0.02)];

/// Share of each age group, nothing for those that an ad group does not want; minors have to be named.
pub(super) fn age_weights(group: &Object) -> Vec<(&'static str, f64)> {
    let wanted = group.texts("age_groups");
    let lets_in = |age: &str| wanted.contains(&age) || (wanted.is_empty() && age != "AGE_13_17");
    ages().into_iter().map(|(age, share)| (age, if lets_in(age) { share } else { 0.0 })).collect()
}

pub(super) fn gender_weights(group: &Object) -> Vec<(&'static str, f64)> {
    let wanted = group.text("gender");
    let any = !GENDERS.iter().any(|(_, word, _)| *word == wanted) || wanted.is_empty();
    let weight = |word: &str, share: f64| if any || word == wanted { share } else { 0.0 };
    GENDERS.iter().map(|(name, word, share)| (*name, weight(word, *share))).collect()
}

/// Countries of an ad group's places with how many people they hold.
pub(super) fn countries(group: &Object) -> Vec<(&'static str, f64)> {
    let mut out: Vec<(&'static str, f64)> = Vec::new();
    for id in group.texts("location_ids") {
        let Some(code) = geo::country_of(id) else { continue };
        let reach = people(code) as f64 * geo::share_of(id);
        match out.iter_mut().find(|(known, _)| *known == code) {
            Some((_, sum)) => *sum += reach,
            None => out.push((code, reach)),
        }
    }
    // Postal codes alone are a small part of the country that has them.
    if out.is_empty() { vec![("US", 200_000.0)] } else { out }
}

/// One US dollar in micros of the account's currency.
fn dollar(advertiser: &Advertiser) -> f64 {
    market::known_dollar(&advertiser.currency).unwrap_or(100) as f64 * advertiser.unit() as f64
}

pub(super) fn outcome(group: &Object) -> Outcome {
    let goal = group.text("optimization_goal");
    match (goal, group.text("optimization_event")) {
        // Whoever dials fills in no form.
        ("LEAD_GENERATION", _) if group.text("promotion_type") == DIALS => Outcome::Event,
        ("LEAD_GENERATION" | "PREFERRED_LEAD", _) => Outcome::Lead,
        (_, "SHOPPING" | "ON_WEB_ORDER" | "ACTIVE_PAY") => Outcome::Purchase,
        ("INSTALL" | "IN_APP_EVENT", _) => Outcome::Event,
        (_, "") if group.text("pixel_id").is_empty() => Outcome::None,
        (_, "") => Outcome::Purchase,
        _ => Outcome::Event,
    }
}

/// What an ad says, which is all that its quality depends on.
pub(super) fn content(world: &World, ad: &Object) -> String {
    let shown = ad.texts("image_ids").into_iter().chain([ad.text("video_id")]);
    let media: Vec<&str> =
        shown.filter_map(|id| world.tiktok.media.get(id)).map(|media| media.signature.as_str()).collect();
    json!([ad.text("ad_text"), ad.text("call_to_action"), ad.text("tiktok_item_id"), media]).to_string()
}

/// Clicks, conversions and prices of a goal beside the average, and how it is paid for.
fn of_goal(goal: &str) -> (f64, f64, f64, Pay) {
    match goal {
        "CLICK" | "PAGE_VISIT" => (1.35, 0.8, 1.1, Pay::Click),
        "REACH" | "SHOW" => (0.6, 0.6, 0.7, Pay::Impression),
        "ENGAGED_VIEW" | "ENGAGED_VIEW_FIFTEEN" => (0.7, 0.6, 0.8, Pay::Impression),
        "TRAFFIC_LANDING_PAGE_VIEW" => (1.2, 0.9, 1.15, Pay::Impression),
        _ => (1.0, 1.4, 1.35, Pay::Impression),
    }
}

/// The rates of an ad group.
pub(super) fn rates(world: &World, advertiser: &Advertiser, group: &Object) -> Rates {
    let goal = group.text("optimization_goal");
    let (clicks, conversions, dearer, pay) = of_goal(goal);
    let places = countries(group);
    let reach: f64 = places.iter().map(|(_, people)| people).sum();
    let country =
        places.iter().map(|(code, people)| market::country_price(code) * people).sum::<f64>() / reach;
    let sum = |weights: Vec<(&'static str, f64)>| weights.iter().map(|(_, share)| share).sum::<f64>();
    let (aged, gendered) = (sum(age_weights(group)), sum(gender_weights(group)));
    let narrow = [("interest_category_ids", 0.3), ("interest_keyword_ids", 0.3)];
    let narrow: f64 =
        narrow.iter().filter(|(name, _)| !group.texts(name).is_empty()).map(|(_, part)| part).product();
    let audience =
        json!([group.fields.get("location_ids"), group.fields.get("age_groups"), group.text("gender")]);
    let key = draw::key(world.head.seed, &["tiktok", &audience.to_string()]);
    let cpm = draw::between(draw::join(key, 1), 5.0, 8.5) * country * dearer;
    let cpm = market::plausible_cpm(cpm * dollar(advertiser), dollar(advertiser) as i64);
    let ctr = market::plausible_ctr(draw::between(draw::join(key, 2), 0.008, 0.018) * clicks);
    let cvr = draw::between(draw::join(key, 3), 0.015, 0.04) * conversions;
    let price = if pay == Pay::Click { cpm / 1000.0 / ctr } else { cpm };
    let amount = |name: &str| {
        let bid = money::micros(name, group.fields.get(name).unwrap_or(&Value::Null), &advertiser.currency);
        bid.ok().map(|bid| bid as f64)
    };
    let (won, price) = match (amount("bid_price"), amount("conversion_bid_price")) {
        (Some(bid), _) => ((bid / price).powf(1.5).min(0.9), bid.min(price * 0.95)),
        (None, Some(bid)) => ((bid / (cpm / 1000.0 / (ctr * cvr))).powi(2).min(1.0), price),
        (None, None) => (0.7, price),
    };
    let basket = match outcome(group) {
        Outcome::Purchase => {
            draw::between(draw::key(7, &["basket", &advertiser.currency]), 45.0, 95.0) * dollar(advertiser)
        }
        Outcome::Event | Outcome::Lead | Outcome::None => 0.0,
    };
    Rates { volume: reach * aged * gendered * narrow * won * 0.05, ctr, cvr, pay, price, basket }
}
