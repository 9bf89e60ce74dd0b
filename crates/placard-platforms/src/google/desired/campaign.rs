//! The campaign with its budget, places and languages (Google, `platforms/google.md` §4).

use super::{Mapper, fields, names};
use crate::google::{canonical, words};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind},
    spec::{Budget, Diagnostic, GoogleChannel},
};
use serde_json::Value;

impl Mapper<'_> {
    /// Adds the campaign and gives its key.
    pub(super) fn campaign_object(&mut self) -> ObjectKey {
        let (campaign, google) = (self.campaign, self.own);
        let key = ObjectKey::new(ObjectKind::Campaign, campaign.key.clone());
        let searches = google.channel == GoogleChannel::Search;
        if google.search_partners && !searches {
            let finding = Diagnostic::error(
                "platforms.google.search_partners",
                "display campaigns do not appear beside search results",
            );
            self.found(finding.help("Remove it, or set `channel: search`."));
        }
        let mut fields = fields([
            ("name", campaign.name.clone().into()),
            ("advertisingChannelType", words::channel(google.channel).into()),
            ("containsEuPoliticalAdvertising", words::political(google.eu_political_advertising).into()),
            ("networkSettings.targetGoogleSearch", searches.into()),
            ("networkSettings.targetSearchNetwork", (searches && google.search_partners).into()),
            ("networkSettings.targetContentNetwork", (!searches).into()),
            // The usual choice would add people who only show interest in a place (§4).
            ("geoTargetTypeSetting.positiveGeoTargetType", "PRESENCE".into()),
            (canonical::LOCATIONS, self.locations()),
            (canonical::LANGUAGES, self.languages()),
        ]);
        fields.extend(self.bidding().map(|bidding| (canonical::BIDDING.to_owned(), bidding)));
        fields.extend(self.flight_fields().into_iter().map(|(name, value)| (name.to_owned(), value)));
        fields.extend(self.budget_fields().into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.object(DesiredObject {
            name: campaign.name.clone(),
            fields,
            run: Some(campaign.run),
            rules: rules(),
            upload: None,
            daily_cost: campaign.budget.map(|budget| budget.per_day(&campaign.flight(), self.context.today)),
            key: key.clone(),
        });
        key
    }

    /// The budget, which Google holds at the campaign. It is the campaign's own: left out, it would be one that others
    /// may share (§4, §12).
    fn budget_fields(&mut self) -> Vec<(&'static str, Value)> {
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.budget.is_some() && self.campaign.budget.is_none() {
                let finding =
                    Diagnostic::error(self.paths.budget(index), "Google holds the budget at the campaign");
                self.found(
                    finding.help("Give the campaign one `budget`, or each ad group a campaign of its own."),
                );
            }
        }
        let Some(budget) = self.campaign.budget else { return Vec::new() };
        let (amount, period) = match budget {
            Budget::Daily(amount) => {
                (self.micros("budget.daily", amount).map(|micros| ("budget.amountMicros", micros)), "DAILY")
            }
            Budget::Lifetime(amount) => {
                self.check_lifetime();
                let micros = self.micros("budget.lifetime", amount);
                (micros.map(|micros| ("budget.totalAmountMicros", micros)), "CUSTOM_PERIOD")
            }
        };
        let mut fields = vec![
            ("budget.period", Value::from(period)),
            ("budget.deliveryMethod", "STANDARD".into()),
            ("budget.explicitlyShared", false.into()),
        ];
        fields.extend(amount);
        fields
    }

    /// A total is spent by the campaign's end (§4).
    fn check_lifetime(&mut self) {
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.flight.end.is_none() {
                self.error(format!("{}.end", self.paths.schedule(index)), "a lifetime budget needs an end");
            }
        }
    }
}

/// The channel is fixed, and so are a budget's period and that nobody shares it (§4).
fn rules() -> FieldRules {
    let create_only = names(&["advertisingChannelType", "budget.period", "budget.explicitlyShared"]);
    FieldRules { create_only, ..FieldRules::default() }
}
