//! The hidden truth of the simulated market: what attention costs and how people answer.
//!
//! Rates depend on the seed, on what a creative says and on whom it meets, never on ids or on when a query
//! is made. Rates are floating point; they become whole impressions, clicks and minor units in one place
//! ([`super::delivery`]).

use serde_json::{Value, json};

use super::campaigns::Objective;
use super::matrix::Goal;
use super::money;
use super::targeting::texts;
use crate::auction::market as hidden;
use crate::auction::market::{CPM, CTR, CVR};
use crate::draw;
use crate::object::Object;
use crate::wire::WireEnum;
use crate::world::World;

/// What an ad set's people do at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResultKind {
    /// Nothing beyond clicks.
    Nothing,
    /// An event of the web pixel, e.g. `PURCHASE`.
    Pixel(String),
    InstantForm,
    Call,
    Conversation,
    AppInstall,
}

/// The average rates of an ad before hour, fatigue and learning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    /// Price of a thousand impressions in minor units of the account.
    pub(crate) cpm: f64,
    /// Link clicks per impression.
    pub(crate) ctr: f64,
    /// Results per link click.
    pub(crate) cvr: f64,
    /// Value of a result in minor units; zero when it has none.
    pub(crate) value: f64,
}

fn goal_rates(goal: Goal) -> (f64, f64, f64) {
    match goal {
        Goal::OffsiteConversions | Goal::Value => (8.2, 0.0115, 0.028),
        Goal::LeadGeneration | Goal::QualityLead => (7.8, 0.0105, 0.046),
        Goal::Conversations | Goal::MessagingPurchase => (6.8, 0.012, 0.04),
        Goal::QualityCall | Goal::MeaningfulCallAttempt => (7.4, 0.01, 0.035),
        Goal::AppInstalls | Goal::AppInstallsAndConversions => (6.6, 0.0125, 0.05),
        Goal::LandingPageViews => (6.4, 0.0125, 0.019),
        Goal::LinkClicks => (6.0, 0.0145, 0.016),
        Goal::Reach | Goal::Impressions | Goal::AdRecallLift => (4.8, 0.0075, 0.013),
        _ => (5.2, 0.009, 0.013),
    }
}

/// What people of an ad set do at the end, from its goal and what it promotes.
pub(crate) fn result_kind(objective: Option<Objective>, ad_set: &Object) -> ResultKind {
    let goal = ad_set.text("optimization_goal").and_then(Goal::parse);
    let promoted = ad_set.fields.get("promoted_object").cloned().unwrap_or_default();
    match goal {
        Some(Goal::LeadGeneration | Goal::QualityLead) => return ResultKind::InstantForm,
        Some(Goal::QualityCall | Goal::MeaningfulCallAttempt) => return ResultKind::Call,
        Some(Goal::Conversations | Goal::MessagingPurchase) => return ResultKind::Conversation,
        Some(Goal::AppInstalls | Goal::AppInstallsAndConversions) => return ResultKind::AppInstall,
        _ => {}
    }
    if promoted["pixel_id"].is_null() && promoted["custom_conversion_id"].is_null() {
        return ResultKind::Nothing;
    }
    match (promoted["custom_event_type"].as_str(), objective) {
        (Some(event), _) => ResultKind::Pixel(event.to_owned()),
        (None, Some(Objective::Sales)) => ResultKind::Pixel("PURCHASE".into()),
        (None, Some(Objective::Leads)) => ResultKind::Pixel("LEAD".into()),
        (None, _) => ResultKind::Pixel("OTHER".into()),
    }
}

/// What a creative says, which is all that its quality depends on.
fn content(creative: &Object) -> String {
    let story = &creative.fields.get("object_story_spec").cloned().unwrap_or_default();
    let feed = creative.fields.get("asset_feed_spec").cloned().unwrap_or_default();
    let data = &story["link_data"];
    json!([
        data["message"],
        data["name"],
        data["description"],
        data["image_hash"],
        data["child_attachments"],
        data["call_to_action"]["type"],
        story["photo_data"],
        feed["bodies"],
        feed["titles"],
        feed["images"],
    ])
    .to_string()
}

/// How good a creative is at an aspect (`ctr`, `cvr`).
pub(crate) fn quality(world: &World, creative: &Object, aspect: &str) -> f64 {
    hidden::quality(world.head.seed, &content(creative), aspect)
}

/// How well a segment answers a creative.
pub(crate) fn affinity(world: &World, creative: &Object, aspect: &str, segment: &str) -> f64 {
    hidden::affinity(world.head.seed, &content(creative), aspect, segment)
}

/// The rates of one ad.
pub(crate) fn rates(
    world: &World,
    account_currency: &str,
    objective: Option<Objective>,
    ad_set: &Object,
    creative: &Object,
) -> Rates {
    let goal = ad_set.text("optimization_goal").and_then(Goal::parse).unwrap_or(Goal::LinkClicks);
    let (cpm, ctr, cvr) = goal_rates(goal);
    let targeting = ad_set.fields.get("targeting").and_then(Value::as_object).cloned().unwrap_or_default();
    let countries = texts(targeting.get("geo_locations").and_then(|geo| geo.get("countries")));
    let price = match countries.len() {
        0 => 1.0,
        count => countries.iter().map(|country| hidden::country_price(country)).sum::<f64>() / count as f64,
    };
    let narrow = targeting.contains_key("flexible_spec") || targeting.contains_key("interests");
    let (fit_price, fit_click) = if narrow { (1.08, 1.14) } else { (1.0, 1.0) };
    let audience_key = draw::key(world.head.seed, &["audience fit", &json!(targeting).to_string()]);
    let fit = draw::between(audience_key, 0.85, 1.18);
    let dollars = (cpm * price * fit_price).clamp(CPM.0, CPM.1);
    let value = match result_kind(objective, ad_set) {
        ResultKind::Pixel(event) if event == "PURCHASE" => {
            let key = draw::key(world.head.seed, &["basket", &json!(countries).to_string()]);
            draw::between(key, 45.0, 95.0) * money::dollar(account_currency) as f64
        }
        _ => 0.0,
    };
    Rates {
        cpm: dollars * money::dollar(account_currency) as f64,
        ctr: (ctr * quality(world, creative, "ctr") * fit_click).clamp(CTR.0, CTR.1),
        cvr: (cvr * quality(world, creative, "cvr") * fit).clamp(CVR.0, CVR.1),
        value,
    }
}
