//! Ad groups (TikTok, `platforms/tiktok.md` §8).

use super::{Group, Mapper, campaign::mode, canonical_fields, names};
use crate::tiktok::canonical::END;
use placard_domain::plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference};
use serde_json::Value;

/// Least budget of an ad group for a day in US dollars (§11).
const LEAST_A_DAY: i64 = 20;

impl Mapper<'_> {
    /// Adds the ad group and gives its key.
    pub(super) fn ad_group_object(&mut self, group: Group<'_>, campaign_key: &ObjectKey) -> ObjectKey {
        let key = ObjectKey::new(ObjectKind::AdGroup, group.group.key.clone());
        self.name(&format!("{}.name", self.paths.group(group.index)), &group.group.name);
        let mut fields = vec![
            ("adgroup_name", Value::from(group.group.name.clone())),
            ("campaign_id", reference(campaign_key)),
            ("placement_type", "PLACEMENT_TYPE_AUTOMATIC".into()),
            ("pacing", "PACING_MODE_SMOOTH".into()),
        ];
        fields.extend(self.targeting(group));
        if let Some(row) = group.row {
            fields.extend(self.goal_fields(row));
            fields.extend(self.bid_fields(group, row));
        }
        fields.extend(self.schedule_fields(group));
        let own_budget = group.group.budget.filter(|_| self.campaign.budget.is_none());
        if let Some(budget) = own_budget {
            let path = self.paths.budget(group.index);
            self.check_budget(&path, budget, &group.group.flight, LEAST_A_DAY);
            fields.push(("budget_mode", mode(budget).into()));
            fields.extend(self.budget_amount(&path, budget));
        }
        let mut fields = canonical_fields(fields);
        if group.group.flight.end.is_none() {
            // Said, so that an end set by hand is noticed.
            fields.insert(END.to_owned(), Value::Null);
        }
        self.object(DesiredObject {
            name: group.group.name.clone(),
            fields,
            run: Some(group.group.run),
            rules: rules(),
            upload: None,
            daily_cost: own_budget.map(|budget| budget.per_day(&group.group.flight, self.context.today)),
            key: key.clone(),
        });
        key
    }
}

/// An ad group stays in its campaign, and its kind of promotion, windows and budget are fixed; so is whether it bids,
/// because TikTok lets no bid be added later (§5, §8, §11). What it is optimised for is not among what TikTok lets
/// people change.
fn rules() -> FieldRules {
    let create_only = names(&[
        "campaign_id",
        "promotion_type",
        "promotion_target_type",
        "optimization_goal",
        "optimization_event",
        "billing_event",
        "pixel_id",
        "placement_type",
        "bid_type",
        "deep_bid_type",
        "budget_mode",
        "click_attribution_window",
        "view_attribution_window",
    ]);
    FieldRules { create_only, ..FieldRules::default() }
}
