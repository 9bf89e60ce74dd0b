//! The campaign with its budget, scheme and languages (Microsoft, `platforms/microsoft.md` §4, campaign).

use super::{Mapper, canonical_fields, names};
use crate::microsoft::{canonical, geo, money, zones};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind},
    spec::{Budget, Diagnostic},
};
use serde_json::{Value, json};

/// Characters of a campaign's name: the documents say 128 in one place and 400 in another.
const LONGEST_NAME: usize = 128;

impl Mapper<'_> {
    /// Adds the campaign and gives its key.
    pub(super) fn campaign_object(&mut self) -> ObjectKey {
        let campaign = self.campaign;
        self.name("name", &campaign.name, LONGEST_NAME);
        let key = ObjectKey::new(ObjectKind::Campaign, campaign.key.clone());
        let mut fields = vec![
            ("Name", Value::from(campaign.name.clone())),
            ("CampaignType", "Search".into()),
            ("BudgetType", "DailyBudgetStandard".into()),
            ("Languages", self.languages()),
            (canonical::STRICT, self.strict_groups()),
        ];
        fields.extend(self.time_zone().map(|zone| ("TimeZone", zone.into())));
        fields.extend(self.daily_budget().map(|amount| ("DailyBudget", amount.into())));
        fields.extend(self.bidding().map(|scheme| (canonical::BIDDING, scheme)));
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

    /// A campaign's days are the account's (§11).
    fn time_zone(&mut self) -> Option<&'static str> {
        let name = zones::name(self.context.zone);
        if name.is_none() {
            let message =
                format!("Placard does not know what Microsoft calls the time zone {}", self.context.zone);
            self.error("platforms.microsoft.account", message);
        }
        name
    }

    /// The budget, which a search campaign holds, for a day (§4).
    fn daily_budget(&mut self) -> Option<String> {
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.budget.is_some() && self.campaign.budget.is_none() {
                let finding =
                    Diagnostic::error(self.paths.budget(index), "Microsoft holds the budget at the campaign");
                self.found(
                    finding.help("Give the campaign one `budget`, or each ad group a campaign of its own."),
                );
            }
        }
        match self.campaign.budget? {
            Budget::Daily(amount) => {
                let least = money::least_budget(amount.currency());
                if let Some(least) = least.filter(|least| amount.to_major() < *least) {
                    let currency = amount.currency();
                    self.error("budget.daily", format!("Microsoft takes {least} {currency} a day or more"));
                }
                self.amount("budget.daily", amount)
            }
            Budget::Lifetime(_) => {
                let finding = Diagnostic::error(
                    "budget.lifetime",
                    "Microsoft's search campaigns have a budget for a day only",
                );
                self.found(finding.help("Write `budget: {daily: …}`."));
                None
            }
        }
    }

    /// The languages of the campaign; none is all of them.
    fn languages(&mut self) -> Value {
        let wanted = self.campaign.ad_groups.first().map(|group| &group.audience.languages);
        let path = self.paths.audience(0);
        let mut languages = Vec::new();
        for (index, code) in wanted.into_iter().flatten().enumerate() {
            match geo::of_language(code) {
                Some(name) => languages.push(name),
                None => self.found(
                    Diagnostic::error(
                        format!("{path}.languages[{index}]"),
                        format!("Microsoft shows no ads in the language `{code}`"),
                    )
                    .help(format!("Known are: {}.", geo::languages().join(", "))),
                ),
            }
        }
        if languages.is_empty() { json!(["All"]) } else { languages.into() }
    }
}

/// The kind is fixed, and so is the zone once there are ad groups (§4).
fn rules() -> FieldRules {
    FieldRules { create_only: names(&["CampaignType", "BudgetType", "TimeZone"]), ..FieldRules::default() }
}
