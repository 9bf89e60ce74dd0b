//! The campaign itself (TikTok, `platforms/tiktok.md` §7, §11).

use super::{Mapper, canonical_fields, names};
use crate::tiktok::goals::{self, TargetKind};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind},
    spec::{AdGroup, Budget, Diagnostic},
};
use serde_json::Value;

/// Least budget of a campaign for a day in US dollars (§11).
const LEAST_A_DAY: i64 = 50;

impl Mapper<'_> {
    /// Adds the campaign and gives its key.
    pub(super) fn campaign_object(&mut self) -> ObjectKey {
        let campaign = self.campaign;
        let key = ObjectKey::new(ObjectKind::Campaign, campaign.key.clone());
        let mut fields = vec![("campaign_name", Value::from(campaign.name.clone()))];
        fields.extend(self.objective().map(|word| ("objective_type", word.into())));
        match campaign.budget {
            Some(budget) => {
                self.check_one_strategy();
                self.check_budget("budget", budget, &campaign.flight(), LEAST_A_DAY);
                fields.push(("budget_mode", mode(budget).into()));
                fields.push(("budget_optimize_on", true.into()));
                fields.extend(self.budget_amount("budget", budget));
            }
            None => {
                fields.push(("budget_mode", "BUDGET_MODE_INFINITE".into()));
                fields.push(("budget_optimize_on", false.into()));
            }
        }
        self.object(DesiredObject {
            name: campaign.name.clone(),
            fields: canonical_fields(fields),
            run: Some(campaign.run),
            rules: rules(),
            upload: None,
            daily_cost: campaign.budget.map(|budget| budget.per_day(&campaign.flight(), self.context.today)),
            key: key.clone(),
        });
        key
    }

    fn objective(&mut self) -> Option<&'static str> {
        let objective = self.campaign.objective;
        let word = goals::objective_type(objective);
        if word.is_none() {
            let message = format!("Placard cannot publish the goal `{objective}` to TikTok");
            self.found(
                Diagnostic::error("goal", message).help("Use awareness, traffic, leads, calls or sales."),
            );
        }
        word
    }

    /// Where the campaign holds the budget, all its ad groups bid in the same way for the same goal (§8, `bid_type`).
    fn check_one_strategy(&mut self) {
        let strategy = self.campaign.bid.strategy();
        let goal = |group: &AdGroup| {
            let target = TargetKind::of(&group.ads.first()?.creative.target);
            goals::find(self.campaign.objective, target, group.optimize_for).map(|row| row.optimization_goal)
        };
        let first = self.campaign.ad_groups.first().and_then(goal);
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.bid.strategy() != strategy {
                let message = format!(
                    "the campaign holds the budget, so every ad group bids by its strategy `{strategy}`; this one says \
                     `{}`",
                    group.bid.strategy()
                );
                let finding = Diagnostic::error(format!("{}.strategy", self.paths.bid(index)), message);
                self.found(finding.help("Give each ad group its own budget, or change only the amount."));
            }
            if goal(group) != first {
                let path = format!("{}.optimize_for", self.paths.group(index));
                let finding = Diagnostic::error(
                    path,
                    "the campaign holds the budget, so every ad group is optimised for the same",
                );
                self.found(finding.help("Give each ad group its own budget, or one goal to all."));
            }
        }
    }
}

/// Which of TikTok's budgets `budget` is. A daily one is an average: a day may cost a quarter more, a week no more than
/// seven of them (§11).
pub(super) const fn mode(budget: Budget) -> &'static str {
    match budget {
        Budget::Daily(_) => "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        Budget::Lifetime(_) => "BUDGET_MODE_TOTAL",
    }
}

/// The objective and the kind of budget are fixed (§5, §11), and with them who holds the budget.
fn rules() -> FieldRules {
    let create_only = names(&["objective_type", "budget_mode", "budget_optimize_on"]);
    FieldRules { create_only, ..FieldRules::default() }
}
