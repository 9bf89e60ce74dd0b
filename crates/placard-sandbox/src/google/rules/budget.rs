//! Campaign budgets (Google, `platforms/google.md` §4).

use serde_json::{Value, json};

use super::money::{self, MOST};
use super::{Errors, Fields, missing, string, text};
use crate::google::desk::Desk;
use crate::google::error::AdsError;
use crate::google::kind::Kind;
use crate::google::store::{Learning, LearningCause, Resource, int_at};

fn error(code: &'static str, message: &str) -> AdsError {
    AdsError::new("campaignBudgetError", code, message)
}

/// Campaigns that spend a budget.
pub(super) fn uses(desk: &Desk<'_>, budget: &str) -> usize {
    desk.world.google.below(budget, Kind::Campaign).filter(|campaign| !campaign.is_removed()).count()
}

pub(super) fn check(desk: &Desk<'_>, old: Option<&Resource>, fields: &mut Fields, errors: &mut Errors) {
    fields.entry("deliveryMethod").or_insert(json!("STANDARD"));
    fields.entry("explicitlyShared").or_insert(json!(true));
    fields.entry("period").or_insert(json!("DAILY"));
    fields.entry("type").or_insert(json!("STANDARD"));
    if string(fields, "deliveryMethod") == "ACCELERATED" {
        let text = "Accelerated delivery is not available.";
        errors.push(error("CANNOT_USE_ACCELERATED_DELIVERY_MODE", text).at("delivery_method"));
    }
    if string(fields, "type") != "STANDARD" {
        errors.push(error("INVALID_PERIOD", "Only standard budgets are served.").at("type"));
    }
    let shared = fields["explicitlyShared"] == json!(true);
    if !shared && old.is_some_and(|old| old.flag("explicitlyShared")) {
        let code = "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_IMPLICITLY_SHARED";
        errors.push(error(code, "A shared budget stays shared.").at("explicitly_shared"));
    }
    if shared || fields.contains_key("name") {
        let named = text::name(old, fields, text::NAME, errors);
        if named && shared {
            unique_name(desk, old, string(fields, "name"), errors);
        }
    }
    amounts(desk, old, fields, errors);
}

fn unique_name(desk: &Desk<'_>, old: Option<&Resource>, name: &str, errors: &mut Errors) {
    let taken = desk.world.google.owned(&desk.customer.id, Kind::CampaignBudget).any(|other| {
        !other.is_removed()
            && other.flag("explicitlyShared")
            && other.text("name") == name
            && old.is_none_or(|old| old.name != other.name)
    });
    if taken {
        let text = "A budget with this name already exists.";
        errors.push(error("DUPLICATE_NAME", text).at("name").trigger(json!(name)));
    }
}

fn amounts(desk: &Desk<'_>, old: Option<&Resource>, fields: &Fields, errors: &mut Errors) {
    let custom = string(fields, "period") == "CUSTOM_PERIOD";
    let (wanted, other) =
        if custom { ("totalAmountMicros", "amountMicros") } else { ("amountMicros", "totalAmountMicros") };
    let place = crate::google::schema::snake(wanted);
    if fields.contains_key(other) {
        let text = "A budget has a daily amount, or a total amount with a custom period.";
        errors.push(error("INVALID_PERIOD", text).at(&crate::google::schema::snake(other)));
    }
    let Some(micros) = int_at(fields, &[wanted]) else {
        errors.push(missing(old, &place));
        return;
    };
    let unit = desk.customer.unit();
    let least = money::least_budget(&desk.customer);
    let found = match micros {
        _ if micros < 0 => error("NEGATIVE_MONEY_AMOUNT", "The amount is negative."),
        _ if micros > MOST => error("MONEY_AMOUNT_TOO_LARGE", "The amount is too large."),
        _ if micros % unit != 0 => error(
            "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT",
            "The amount is not a multiple of the smallest unit.",
        ),
        _ if micros < unit => {
            let text = "The amount is below the smallest bid.";
            error("MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC", text)
        }
        _ if micros < least => {
            let text = "The amount is below the minimum of a day.";
            error("BUDGET_BELOW_PER_DAY_MINIMUM", text).details(json!({ "budgetPerDayMinimumErrorDetails": {
                "currencyCode": desk.customer.currency, "budgetPerDayMinimumMicros": least.to_string(),
                "minimumBudgetAmountMicros": least.to_string(), "failedBudgetAmountMicros": micros.to_string(),
            } }))
        }
        _ => return,
    };
    errors.push(found.at(&place).trigger(json!(micros)));
}

/// A changed amount lets smart bidding learn again.
pub(super) fn after(desk: &mut Desk<'_>, budget: &Resource, old: Option<&Resource>) {
    let amount = |budget: &Resource| budget.fields.get("amountMicros").cloned().unwrap_or(Value::Null);
    if old.is_none_or(|old| amount(old) == amount(budget)) {
        return;
    }
    let campaigns: Vec<Resource> = desk.world.google.below(&budget.name, Kind::Campaign).cloned().collect();
    for mut campaign in campaigns {
        if campaign.learning.is_some() && !campaign.is_removed() {
            campaign.learning = Some(Learning { since: desk.world.now(), cause: LearningCause::Budget });
            desk.put(campaign);
        }
    }
}
