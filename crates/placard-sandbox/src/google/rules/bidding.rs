//! How a campaign bids (Google, `platforms/google.md` §4).

use serde_json::{Value, json};

use super::campaign::Channel;
use super::{Errors, Fields, missing, money};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::schema::{camel, snake};
use crate::google::store::Resource;
use crate::google::tables::{BIDDING, CAMPAIGN};
use crate::wire::{WireEnum, wire_enum};

wire_enum! {
    /// `bidding_strategy_type` of the strategies that are served.
    pub(crate) enum Strategy {
        ManualCpc = "MANUAL_CPC",
        ManualCpm = "MANUAL_CPM",
        MaximizeConversions = "MAXIMIZE_CONVERSIONS",
        MaximizeConversionValue = "MAXIMIZE_CONVERSION_VALUE",
        TargetCpa = "TARGET_CPA",
        TargetRoas = "TARGET_ROAS",
        TargetSpend = "TARGET_SPEND",
        TargetImpressionShare = "TARGET_IMPRESSION_SHARE",
    }
}

impl Strategy {
    /// The member that selects it.
    pub(crate) fn member(self) -> String {
        camel(&self.as_str().to_lowercase())
    }

    /// Whether it bids by itself and so has to learn.
    pub(crate) fn is_smart(self) -> bool {
        !matches!(self, Self::ManualCpc | Self::ManualCpm | Self::TargetSpend)
    }

    fn goes_with(self, channel: Channel) -> bool {
        match channel {
            Channel::Search => self != Self::ManualCpm,
            Channel::Display => self != Self::TargetImpressionShare,
        }
    }
}

/// The strategy that a campaign's fields select.
pub(crate) fn strategy(fields: &Fields) -> Option<Strategy> {
    Strategy::ALL.iter().copied().find(|strategy| fields.contains_key(&strategy.member()))
}

pub(super) fn check(
    desk: &Desk<'_>,
    old: Option<&Resource>,
    channel: Channel,
    fields: &Fields,
    errors: &mut Errors,
) {
    let chosen =
        CAMPAIGN.fields.iter().find(|field| field.oneof == Some(BIDDING) && fields.contains_key(field.name));
    let Some(chosen) = chosen else {
        errors.push(missing(old, BIDDING));
        return;
    };
    let code = match old {
        None => "CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY",
        Some(_) => "CANNOT_ATTACH_BIDDING_STRATEGY_TO_CAMPAIGN",
    };
    let Some(strategy) = strategy(fields).filter(|strategy| strategy.goes_with(channel)) else {
        let text = "The bidding strategy cannot be used with this campaign.";
        errors.push(AdsError::new("biddingError", code, text).at(&snake(chosen.name)));
        return;
    };
    settings(desk, strategy, fields, errors);
}

/// What a strategy says of its targets and limits.
fn settings(desk: &Desk<'_>, strategy: Strategy, fields: &Fields, errors: &mut Errors) {
    let member = strategy.member();
    for name in ["targetCpaMicros", "cpcBidCeilingMicros", "cpcBidFloorMicros"] {
        money::bid(&desk.customer, fields, &[&member, name], errors);
    }
    let part = |name: &str| fields.get(&member).and_then(|inner| inner.get(name));
    let at = |name: &str| format!("{}.{}", snake(&member), snake(name));
    match strategy {
        Strategy::TargetCpa if part("targetCpaMicros").is_none() => {
            errors.push(AdsError::required(&at("targetCpaMicros")));
        }
        Strategy::TargetRoas | Strategy::MaximizeConversionValue => {
            match part("targetRoas").and_then(Value::as_f64) {
                None if strategy == Strategy::TargetRoas => {
                    errors.push(AdsError::required(&at("targetRoas")))
                }
                None => {}
                Some(roas) if !(0.01..=1000.0).contains(&roas) => {
                    let code = if roas < 0.01 { "TOO_LOW" } else { "TOO_HIGH" };
                    let text = "The target is outside 0.01 to 1000.";
                    errors.push(
                        AdsError::new("rangeError", code, text).at(&at("targetRoas")).trigger(json!(roas)),
                    );
                }
                Some(_) => {}
            }
        }
        Strategy::TargetImpressionShare => {
            for name in ["location", "locationFractionMicros", "cpcBidCeilingMicros"] {
                if part(name).is_none() {
                    errors.push(AdsError::required(&at(name)));
                }
            }
            let fraction = crate::google::store::int_at(fields, &[&member, "locationFractionMicros"]);
            if let Some(micros) = fraction.filter(|micros| !(1..=1_000_000).contains(micros)) {
                let code = if micros < 1 { "TOO_LOW" } else { "TOO_HIGH" };
                let error = AdsError::new("rangeError", code, "The fraction is outside 1 to 1,000,000.");
                errors.push(error.at(&at("locationFractionMicros")).trigger(json!(micros)));
            }
        }
        _ => {}
    }
}
