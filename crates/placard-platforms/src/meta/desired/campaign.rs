//! The campaign itself (Meta, `platforms/meta.md` §8).

use super::{Mapper, canonical_fields};
use crate::meta::{goals, words};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind},
    spec::{BidRule, Budget, Diagnostic},
};
use serde_json::{Value, json};

impl Mapper<'_> {
    /// Adds the campaign and gives its key.
    pub(super) fn campaign_object(&mut self) -> ObjectKey {
        let campaign = self.campaign;
        let key = ObjectKey::new(ObjectKind::Campaign, campaign.key.clone());
        let mut fields = vec![
            ("name", Value::from(campaign.name.clone())),
            ("buying_type", "AUCTION".into()),
            ("special_ad_categories", self.categories()),
        ];
        fields.extend(self.objective().map(|objective| ("objective", objective.into())));
        let countries = self.category_countries();
        if !countries.is_empty() {
            fields.push(("special_ad_category_country", countries.into()));
        }
        match campaign.budget {
            Some(budget) => {
                fields.extend(self.budget_field("budget", budget));
                fields.push(("bid_strategy", words::bid_strategy(campaign.bid.strategy()).into()));
                self.campaign_bid();
            }
            // Required since v24 when ad sets hold the budgets (§8); they do not share.
            None => fields.push(("is_adset_budget_sharing_enabled", false.into())),
        }
        self.object(DesiredObject {
            name: campaign.name.clone(),
            fields: canonical_fields(ObjectKind::Campaign, fields),
            run: Some(campaign.run),
            rules: rules(),
            upload: None,
            daily_cost: campaign.budget.map(|budget| budget.per_day(&campaign.flight(), self.context.today)),
            key: key.clone(),
        });
        key
    }

    /// Meta's objective, from the target of the first ad group. All ad groups must agree with it.
    fn objective(&mut self) -> Option<&'static str> {
        let objective = self.campaign.objective;
        let targets = goals::targets(objective);
        if targets.is_empty() {
            self.found(
                Diagnostic::error("goal", format!("Placard cannot publish the goal `{objective}` to Meta"))
                    .help("Meta needs an app for it, and a spec cannot name one yet. Use another goal."),
            );
            return None;
        }
        // One objective goes to one of Meta's whatever the target is.
        let rows = [goals::TargetKind::Website, goals::TargetKind::Form, goals::TargetKind::Call];
        rows.into_iter().find_map(|target| goals::find(objective, target, None)).map(|row| row.sent_objective)
    }

    fn categories(&self) -> Value {
        self.own
            .special_ad_categories
            .iter()
            .map(|category| Value::from(words::category(*category)))
            .collect()
    }

    /// Under a campaign budget all ad sets bid by the campaign's strategy (§8, §9).
    fn campaign_bid(&mut self) {
        let strategy = self.campaign.bid.strategy();
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.bid.strategy() != strategy {
                let message = format!(
                    "the campaign holds the budget, so every ad group bids by its strategy `{strategy}`; this one says \
                     `{}`",
                    group.bid.strategy()
                );
                self.found(
                    Diagnostic::error(format!("{}.strategy", self.paths.bid(index)), message)
                        .help("Give each ad group its own budget, or change only the amount."),
                );
            }
            if matches!(self.campaign.budget, Some(Budget::Lifetime(_))) && group.flight.end.is_none() {
                self.error(format!("{}.end", self.paths.schedule(index)), "a lifetime budget needs an end");
            }
        }
    }
}

/// The objective and what is decided with it are fixed (§8). So is who holds the budget: a campaign that moves it
/// between itself and its ad sets would need a change on all of them at once, and is refused by way of the flag that
/// only campaigns without a budget carry.
fn rules() -> FieldRules {
    let create_only = [
        "objective",
        "buying_type",
        "special_ad_categories",
        "special_ad_category_country",
        "is_adset_budget_sharing_enabled",
    ];
    FieldRules { create_only: create_only.map(str::to_owned).to_vec(), ..FieldRules::default() }
}

/// The bid fields of an ad set: what its strategy needs beside its name.
pub(super) fn bid_fields(
    mapper: &mut Mapper<'_>,
    path: &str,
    bid: BidRule,
    sent_goal: &str,
) -> Option<(&'static str, Value)> {
    match bid {
        BidRule::LowestCost => None,
        BidRule::CostCap(amount) | BidRule::BidCap(amount) => {
            let count = mapper.amount(&format!("{path}.amount"), amount)?;
            // At least 2 for each thousand impressions, 1 otherwise (§9).
            let least = if matches!(sent_goal, "IMPRESSIONS" | "REACH") { 2 } else { 1 };
            if count.parse::<i64>().is_ok_and(|count| count < least) {
                mapper.error(format!("{path}.amount"), "Meta takes no bid this low");
            }
            Some(("bid_amount", count.into()))
        }
        BidRule::MinRoas(ratio) => {
            if sent_goal != "VALUE" {
                mapper.found(
                    Diagnostic::error(
                        format!("{path}.strategy"),
                        "`min_roas` needs delivery optimised for value",
                    )
                    .help("Set `optimize_for: value` on the ad group, or bid by another strategy."),
                );
            }
            let scaled = (ratio * ROAS_SCALE).round();
            let Ok(floor) = i64::try_from(scaled) else {
                mapper.error(format!("{path}.roas"), "this return on ad spend is out of Meta's range");
                return None;
            };
            Some(("bid_constraints", json!({"roas_average_floor": floor})))
        }
    }
}

/// A return of 2.00 is 200 (Meta, `platforms/meta.md` §9).
const ROAS_SCALE: rust_decimal::Decimal = rust_decimal::Decimal::ONE_HUNDRED;
