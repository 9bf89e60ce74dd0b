//! Ad groups (Google, `platforms/google.md` §4).

use serde_json::{Value, json};

use super::bidding::{Strategy, strategy};
use super::campaign::Channel;
use super::{Errors, Fields, missing, money, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::Kind;
use crate::google::schema::snake;
use crate::google::store::Resource;
use crate::wire::WireEnum;

fn error(code: &'static str, message: &str) -> AdsError {
    AdsError::new("adGroupError", code, message)
}

pub(super) fn check(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    let named = text::name(old, fields, text::NAME, errors);
    if !fields.contains_key("campaign") {
        errors.push(missing(old, "campaign"));
        return;
    }
    let campaign = match desk.refer(Kind::Campaign, string(fields, "campaign"), "campaign") {
        Ok(campaign) => campaign,
        Err(error) => return errors.push(error),
    };
    if named {
        let name = string(fields, "name");
        let taken = desk.world.google.below(&campaign.name, Kind::AdGroup).any(|other| {
            !other.is_removed() && other.text("name") == name && old.is_none_or(|old| old.name != other.name)
        });
        if taken {
            let message = "AdGroup with the same name already exists for the campaign.";
            errors.push(error("DUPLICATE_ADGROUP_NAME", message).at("name").trigger(json!(name)));
        }
    }
    let channel = Channel::parse(campaign.text("advertisingChannelType"));
    let wanted = match channel {
        Some(Channel::Display) => "DISPLAY_STANDARD",
        Some(Channel::Search) | None => "SEARCH_STANDARD",
    };
    let kind = fields.entry("type").or_insert(json!(wanted));
    if kind.as_str() != Some(wanted) {
        let code = "AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE";
        errors.push(error(code, "The type does not go with the campaign's channel.").at("type"));
    }
    bids(desk, old, strategy(&campaign.fields), fields, errors);
    text::parameters(fields, "", errors);
}

/// Bids that do not go with the campaign's strategy are refused.
fn bids(
    desk: &Desk<'_>,
    old: Option<&Resource>,
    strategy: Option<Strategy>,
    fields: &mut Fields,
    errors: &mut Errors,
) {
    let fitting = match strategy {
        Some(Strategy::ManualCpc) => Some("cpcBidMicros"),
        Some(Strategy::ManualCpm) => Some("cpmBidMicros"),
        Some(Strategy::MaximizeConversions | Strategy::TargetCpa) => Some("targetCpaMicros"),
        Some(Strategy::MaximizeConversionValue | Strategy::TargetRoas) => Some("targetRoas"),
        Some(Strategy::TargetSpend | Strategy::TargetImpressionShare) | None => None,
    };
    for member in ["cpcBidMicros", "cpmBidMicros", "targetCpaMicros", "targetRoas"] {
        // A bid from before the campaign changed its strategy stays and does nothing.
        let kept = old.is_some_and(|old| old.fields.get(member) == fields.get(member));
        if kept {
            continue;
        }
        if fields.contains_key(member) && fitting != Some(member) {
            let code = "BID_TYPE_AND_BIDDING_STRATEGY_MISMATCH";
            let message = "The bid does not go with the campaign's bidding strategy.";
            errors.push(error(code, message).at(&snake(member)));
        } else if member != "targetRoas" {
            money::bid(&desk.customer, fields, &[member], errors);
        }
    }
    let roas = fields.get("targetRoas").and_then(Value::as_f64);
    if let Some(roas) = roas.filter(|roas| !(0.01..=1000.0).contains(roas)) {
        let code = if roas < 0.01 { "TOO_LOW" } else { "TOO_HIGH" };
        let message = "The target is outside 0.01 to 1000.";
        errors.push(AdsError::new("rangeError", code, message).at("target_roas").trigger(json!(roas)));
    }
    if let Some(member @ ("cpcBidMicros" | "cpmBidMicros")) = fitting
        && !fields.contains_key(member)
    {
        fields.insert(member.into(), json!(desk.customer.unit().to_string()));
    }
}
