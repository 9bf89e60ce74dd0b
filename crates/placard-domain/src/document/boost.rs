//! Boosts that are being put together (requirement D7).

use super::{Collection, Document, Expiry, Field, Index, Key, Kind, Moment, field, schema_of};
use crate::{
    Currency, Money,
    objective::{CallToAction, Objective, words},
    spec::{Diagnostic, Diagnostics},
};
use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What someone has chosen so far, one for each session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoostDraft {
    /// The session.
    #[schemars(length(min = 1, max = 200))]
    pub session_id: String,
    /// What the campaign will be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// What it is for; what its destination is for if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Objective>,
    /// The chosen words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<BoostCopy>,
    /// The chosen asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub asset_id: Option<Uuid>,
    /// The chosen audience: `locations` and `audience`, as a spec says them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub targeting: Map<String, Value>,
    /// How much to spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BoostBudget>,
    /// Where a click leads, as a spec says it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub destination: Map<String, Value>,
    /// Where it is published, as a spec says it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub platforms: Map<String, Value>,
    /// Where it stands.
    pub status: BoostStatus,
    /// The campaign that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "field::uuid")]
    pub campaign_id: Option<Uuid>,
    /// When it goes away.
    pub expires_at: Moment,
}

/// How much a boost may spend in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoostBudget {
    /// In minor units.
    #[schemars(range(min = 1))]
    pub minor: i64,
    /// Of which currency.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// Over how many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 365))]
    pub days: Option<u32>,
}

/// The words of a boost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoostCopy {
    /// The text beside the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 5000))]
    pub primary_text: Option<String>,
    /// The line under the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub headline: Option<String>,
    /// The smaller line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub description: Option<String>,
    /// The button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_to_action: Option<CallToAction>,
}

words! {
    /// Where a boost stands.
    BoostStatus {
        /// Being put together.
        Draft = "draft",
        /// Complete.
        Ready = "ready",
        /// It became a campaign.
        Converted = "converted",
    }
}

impl BoostDraft {
    /// The spec of the campaign that it would become, under `key`, of one ad. Its budget is for the days from `today` on.
    ///
    /// # Errors
    /// Everything that was not chosen yet, each by its field.
    pub fn to_spec(&self, key: &str, today: NaiveDate) -> Result<Value, Diagnostics> {
        let mut lacks = Diagnostics::default();
        let copy = self.words(&mut lacks);
        if self.asset_id.is_none() {
            lacks.push(Diagnostic::error("asset_id", "no picture was chosen"));
        }
        for (path, part) in [("destination", &self.destination), ("platforms", &self.platforms)] {
            if part.is_empty() {
                lacks.push(Diagnostic::error(path, "nothing was chosen"));
            }
        }
        if !self.targeting.contains_key("locations") {
            lacks.push(Diagnostic::error("targeting.locations", "no place was chosen"));
        }
        let foreign = self.targeting.keys().filter(|name| !matches!(name.as_str(), "locations" | "audience"));
        for name in foreign {
            let finding = Diagnostic::error(format!("targeting.{name}"), "is not part of a targeting");
            lacks.push(finding.help("it holds `locations` and `audience`"));
        }
        let spending = self.spending(today, &mut lacks);
        let (Some((total, end)), false) = (spending, lacks.has_errors()) else { return Err(lacks) };
        let mut spec = json!({
            "version": 1,
            "name": self.name.as_deref().unwrap_or("Boost"),
            "key": key,
            "goal": self.goal.unwrap_or_else(|| self.usual_goal()),
            "currency": total.currency().code(),
            "budget": {"lifetime": total.to_major().to_string()},
            "schedule": {"end": end.to_string()},
            "locations": self.targeting["locations"],
            "destination": self.destination,
            "copy": copy,
            "platforms": self.platforms,
            "ad_groups": [{"name": "Boost", "ads": [{
                "name": "Boost",
                "image": self.asset_id.map(|id| format!("asset:{id}")),
            }]}],
        });
        if let Some(audience) = self.targeting.get("audience") {
            spec["audience"] = audience.clone();
        }
        Ok(spec)
    }

    /// The field here that a field of the spec comes from.
    pub fn field_of(spec_path: &str) -> String {
        const FROM: &[(&str, &str)] = &[
            ("locations", "targeting.locations"),
            ("audience", "targeting.audience"),
            ("budget", "budget"),
            ("schedule", "budget.days"),
            ("currency", "budget.currency"),
        ];
        if spec_path.starts_with("ad_groups") {
            let words = spec_path.split_once(".copy").map(|(_, rest)| format!("copy{rest}"));
            return words.unwrap_or_else(|| "asset_id".to_owned());
        }
        let first = spec_path.split(['.', '[']).next().unwrap_or_default();
        let Some((from, to)) = FROM.iter().find(|(from, _)| *from == first) else {
            return spec_path.to_owned();
        };
        match *to {
            "budget" | "budget.days" => (*to).to_owned(),
            to => format!("{to}{}", &spec_path[from.len()..]),
        }
    }

    fn words(&self, lacks: &mut Diagnostics) -> BoostCopy {
        let copy = self.copy.clone().unwrap_or_default();
        for (name, text) in [("primary_text", &copy.primary_text), ("headline", &copy.headline)] {
            if text.as_ref().is_none_or(|text| text.trim().is_empty()) {
                lacks.push(Diagnostic::error(format!("copy.{name}"), "was not written"));
            }
        }
        copy
    }

    fn spending(&self, today: NaiveDate, lacks: &mut Diagnostics) -> Option<(Money, NaiveDate)> {
        let Some(budget) = &self.budget else {
            lacks.push(Diagnostic::error("budget", "no budget was chosen"));
            return None;
        };
        let currency = budget.currency.parse::<Currency>();
        if let Err(error) = &currency {
            lacks.push(Diagnostic::error("budget.currency", error.to_string()));
        }
        let last = budget.days.map(|days| Days::new(u64::from(days).saturating_sub(1)));
        let end = last.and_then(|last| today.checked_add_days(last));
        if end.is_none() {
            lacks.push(Diagnostic::error("budget.days", "it was not chosen over how many days"));
        }
        Some((Money::new(budget.minor, currency.ok()?), end?))
    }

    /// What its destination is for.
    fn usual_goal(&self) -> Objective {
        if self.destination.contains_key("form") {
            Objective::Leads
        } else if self.destination.contains_key("call") {
            Objective::Calls
        } else {
            Objective::Traffic
        }
    }
}

impl Document for BoostDraft {
    const COLLECTION: &'static Collection = &Collection {
        name: "boost_drafts",
        one: "boost draft",
        schema: schema_of::<Self>,
        fields: &[
            Field { path: "session_id", kind: Kind::Text },
            Field { path: "status", kind: Kind::Text },
            Field { path: "expires_at", kind: Kind::Moment },
        ],
        natural_key: &["session_id"],
        indexes: &[Index { name: "status_idx", keys: &[Key::Up("status")], unique: false, only: None }],
        text: &[],
        expiry: Some(Expiry::At("expires_at")),
        anonymised_after_days: None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(json: Value) -> BoostDraft {
        let mut whole =
            json!({"session_id": "s", "status": "draft", "expires_at": "2126-01-01T00:00:00.000Z"});
        let more = json.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(more);
        serde_json::from_value(whole).unwrap()
    }

    fn today() -> NaiveDate {
        "2026-03-01".parse().unwrap()
    }

    #[test]
    fn everything_that_was_not_chosen_is_named_by_its_field() {
        let lacks =
            draft(json!({"copy": {"headline": " "}, "targeting": {"ages": [18]}})).to_spec("boost", today());
        let lacks = lacks.unwrap_err().0;
        let paths: Vec<&str> = lacks.iter().map(|lack| lack.path.as_str()).collect();
        let all = [
            "copy.primary_text",
            "copy.headline",
            "asset_id",
            "destination",
            "platforms",
            "targeting.locations",
            "targeting.ages",
            "budget",
        ];
        assert_eq!(paths, all);
        let lacks = draft(json!({"budget": {"minor": 1, "currency": "XXX"}}))
            .to_spec("boost", today())
            .unwrap_err()
            .0;
        assert!(lacks.iter().any(|lack| lack.path == "budget.days"), "{lacks:?}");
        assert!(lacks.iter().any(|lack| lack.path == "budget.currency"), "{lacks:?}");
    }

    #[test]
    fn a_whole_boost_is_a_spec_whose_days_begin_today() {
        let whole = draft(json!({
            "asset_id": "0190a0a0-0000-7000-8000-000000000000",
            "copy": {"primary_text": "Sleep dry.", "headline": "Tents", "call_to_action": "learn_more"},
            "targeting": {"locations": {"include": [{"country": "DE"}]}, "audience": {"age_min": 30}},
            "budget": {"minor": 12_550, "currency": "EUR", "days": 7},
            "destination": {"website": {"url": "https://example.com/tents"}},
            "platforms": {"meta": {"page": "2001"}},
        }));
        let spec = whole.to_spec("boost-1", today()).unwrap();
        assert_eq!(
            (&spec["budget"]["lifetime"], &spec["schedule"]["end"]),
            (&json!("125.50"), &json!("2026-03-07"))
        );
        let document = crate::spec::read(&spec.to_string()).unwrap();
        let image = "asset:0190a0a0-0000-7000-8000-000000000000";
        let facts = crate::spec::ImageFacts {
            sha256: "00".repeat(32),
            width: 1080,
            height: 1080,
            bytes: 1,
            format: crate::spec::ImageFormat::Png,
        };
        let images = crate::spec::Images::from([(image.to_owned(), Ok(facts))]);
        let (campaign, _) = crate::spec::check(&document, &images.into(), today()).unwrap();
        assert_eq!((campaign.key.as_str(), campaign.objective), ("boost-1", Objective::Traffic));
    }

    #[test]
    fn fields_of_the_spec_lead_back_to_what_was_chosen() {
        for (spec, field) in [
            ("ad_groups[0].ads[0].image", "asset_id"),
            ("ad_groups[0].ads[0].copy.headline", "copy.headline"),
            ("locations.include[0].country", "targeting.locations.include[0].country"),
            ("budget.lifetime", "budget"),
            ("schedule.end", "budget.days"),
            ("destination.website.url", "destination.website.url"),
        ] {
            assert_eq!(BoostDraft::field_of(spec), field);
        }
    }
}
