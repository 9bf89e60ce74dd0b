//! Bids and attribution of ad sets (Meta, `platforms/meta.md` §9).

use serde_json::{Map, Value, json};

use super::campaigns::BidStrategy;
use super::envelope::{MetaError, MetaResult};
use super::matrix::{BillingEvent, Goal};
use super::params::Params;
use crate::object::Object;
use crate::wire::{WireEnum, wire_enum};

/// Checks strategy, amount and constraints, and writes them.
pub(crate) fn check(
    campaign: &Object,
    params: &Params,
    fields: &mut Map<String, Value>,
    billing: BillingEvent,
) -> MetaResult<()> {
    let own = params.one_of::<BidStrategy>("bid_strategy")?;
    let stored = fields.get("bid_strategy").and_then(Value::as_str).and_then(BidStrategy::parse);
    let strategy = match (campaign.has_budget(), own) {
        (true, Some(_)) => {
            return Err(MetaError::field(
                "bid_strategy",
                "The campaign has the budget, so it has the bid strategy too",
            ));
        }
        (true, None) => campaign.text("bid_strategy").and_then(BidStrategy::parse),
        (false, own) => own.or(stored),
    };
    let strategy = strategy.unwrap_or(BidStrategy::LowestCost);
    let amount = match params.uint("bid_amount")? {
        Some(amount) => Some(amount),
        None => fields.get("bid_amount").and_then(Value::as_i64),
    };
    let needs_amount = matches!(strategy, BidStrategy::BidCap | BidStrategy::CostCap);
    match amount {
        None | Some(0) if needs_amount => {
            return Err(MetaError::rule(
                1815857,
                "bid_amount",
                "Bid amount required",
                format!(
                    "You must provide a bid cap or target cost in bid_amount for the bid strategy {strategy}."
                ),
            ));
        }
        Some(_) if !needs_amount && params.has("bid_amount") => {
            return Err(MetaError::rule(
                2490487,
                "bid_amount",
                "Bid strategy and amount disagree",
                format!("The bid strategy {strategy} takes no bid_amount."),
            ));
        }
        Some(amount) if needs_amount => {
            let least = if billing == BillingEvent::Impressions { 2 } else { 1 };
            if amount < least {
                return Err(MetaError::field("bid_amount", format!("bid_amount must be at least {least}")));
            }
            fields.insert("bid_amount".into(), json!(amount));
        }
        Some(_) | None => {
            fields.remove("bid_amount");
        }
    }
    constraints(strategy, params, fields)?;
    if !campaign.has_budget() {
        fields.insert("bid_strategy".into(), json!(strategy));
    }
    Ok(())
}

fn constraints(strategy: BidStrategy, params: &Params, fields: &mut Map<String, Value>) -> MetaResult<()> {
    let given = params.object("bid_constraints")?;
    if strategy != BidStrategy::MinRoas {
        fields.remove("bid_constraints");
        return match given {
            Some(_) => {
                Err(MetaError::field("bid_constraints", "bid_constraints go with LOWEST_COST_WITH_MIN_ROAS"))
            }
            None => Ok(()),
        };
    }
    match given {
        Some(given)
            if given.get("roas_average_floor").and_then(Value::as_i64).is_some_and(|floor| floor > 0) =>
        {
            fields.insert("bid_constraints".into(), json!(given));
            Ok(())
        }
        None if fields.contains_key("bid_constraints") => Ok(()),
        Some(_) | None => Err(MetaError::rule(
            1815857,
            "bid_constraints",
            "Minimum return required",
            "Provide roas_average_floor in bid_constraints for this bid strategy.",
        )),
    }
}

wire_enum! {
    /// What a conversion may be counted from.
    pub(crate) enum AttributionEvent {
        Click = "CLICK_THROUGH",
        View = "VIEW_THROUGH",
        EngagedView = "ENGAGED_VIDEO_VIEW",
    }
}

/// Which windows a goal allows.
fn windows_fit(goal: Goal, is_app: bool, windows: &[(AttributionEvent, i64)]) -> bool {
    use AttributionEvent as E;
    let clicks: Vec<i64> =
        windows.iter().filter(|(event, _)| *event == E::Click).map(|(_, days)| *days).collect();
    let others: Vec<&(AttributionEvent, i64)> =
        windows.iter().filter(|(event, _)| *event != E::Click).collect();
    let one_click = |days: &[i64]| clicks.len() == 1 && days.contains(&clicks[0]);
    let brief_views = others.iter().all(|(_, days)| *days == 1);
    match (goal, is_app) {
        (Goal::AppInstalls, _) => one_click(&[1]) && brief_views,
        (Goal::OffsiteConversions | Goal::Value | Goal::AppInstallsAndConversions, true) => {
            one_click(&[1, 7]) && others.is_empty()
        }
        (Goal::OffsiteConversions | Goal::Value, false) => one_click(&[1, 7]) && brief_views,
        _ => one_click(&[1]) && others.is_empty(),
    }
}

/// Reads `attribution_spec`; without one the goal's own default is stored.
pub(crate) fn attribution(params: &Params, goal: Goal, is_app: bool) -> MetaResult<Option<Value>> {
    let Some(list) = params.list("attribution_spec")? else { return Ok(Some(default(goal, is_app))) };
    let refused = || {
        MetaError::rule(
            1885501,
            "attribution_spec",
            "Attribution window not allowed",
            format!("This attribution_spec is not allowed for the goal {goal}."),
        )
    };
    let mut windows = Vec::new();
    for entry in &list {
        let event = entry["event_type"].as_str().and_then(AttributionEvent::parse);
        windows.push((event.ok_or_else(refused)?, entry["window_days"].as_i64().ok_or_else(refused)?));
    }
    if !windows_fit(goal, is_app, &windows) {
        return Err(refused());
    }
    Ok(Some(json!(list)))
}

fn default(goal: Goal, is_app: bool) -> Value {
    let click = |days: i64| json!({ "event_type": "CLICK_THROUGH", "window_days": days });
    match (goal, is_app) {
        (Goal::OffsiteConversions | Goal::Value, false) => {
            json!([click(7), { "event_type": "VIEW_THROUGH", "window_days": 1 }])
        }
        (Goal::OffsiteConversions | Goal::Value | Goal::AppInstallsAndConversions, true) => json!([click(7)]),
        _ => json!([click(1)]),
    }
}
