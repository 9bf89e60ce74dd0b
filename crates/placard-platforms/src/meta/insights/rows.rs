//! Rows as Meta sends them, and as everyone else reads them (Meta, `platforms/meta.md` §19).

use super::{
    OPERATION, question,
    results::{self, Action},
};
use crate::{
    Access, ErrorKind, PlatformError,
    insights::{Grain, InsightsQuery, InsightsRow},
    meta::errors::ours,
};
use chrono::NaiveDate;
use placard_domain::metric::Level;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One row: every number is text, and numbers that are zero are often absent.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    date_start: NaiveDate,
    #[serde(default)]
    account_currency: Option<String>,
    #[serde(default)]
    objective: Option<String>,
    #[serde(default)]
    optimization_goal: Option<String>,
    #[serde(default)]
    actions: Vec<Action>,
    #[serde(default)]
    action_values: Vec<Action>,
    /// Ids, names, counts and segments.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Row {
    /// The row in the common form.
    pub(super) fn read(self, query: &InsightsQuery, access: &Access) -> Result<InsightsRow, PlatformError> {
        let counted =
            results::counted(self.objective.as_deref(), self.optimization_goal.as_deref(), &self.actions);
        let currency = self.account_currency.as_deref().and_then(|code| code.parse().ok());
        let (id, name, parent) = names(query.level);
        let entity_id = match query.level {
            Level::Account => Some(access.account.id.clone()),
            _ => self.text(id),
        };
        Ok(InsightsRow {
            level: query.level,
            entity_id: entity_id.ok_or_else(|| unreadable(id))?,
            entity_name: self.text(name),
            parent_id: parent.and_then(|parent| self.text(parent)),
            date: self.date_start,
            hour: (query.grain == Grain::Hourly).then(|| self.hour()).transpose()?,
            segment: self.segment(query),
            impressions: self.count("impressions")?,
            clicks: self.count("clicks")?,
            spend: self.number("spend")?,
            currency: currency.ok_or_else(|| unreadable("account_currency"))?,
            conversions: amount(&self.actions, counted)?,
            conversion_value: amount(&self.action_values, counted)?,
            extras: self.extras(counted),
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.rest.get(name).map(crate::meta::wire::plain)
    }

    fn number(&self, name: &str) -> Result<Decimal, PlatformError> {
        self.text(name).map_or(Ok(Decimal::ZERO), |text| text.parse().map_err(|_| unreadable(name)))
    }

    fn count(&self, name: &str) -> Result<i64, PlatformError> {
        self.text(name).map_or(Ok(0), |text| text.parse().map_err(|_| unreadable(name)))
    }

    /// The hour of `13:00:00 - 13:59:59`.
    fn hour(&self) -> Result<u8, PlatformError> {
        let text = self.text(question::HOUR);
        let hour = text.as_deref().and_then(|text| text.get(..2)?.parse().ok());
        hour.filter(|hour| *hour < 24).ok_or_else(|| unreadable(question::HOUR))
    }

    fn segment(&self, query: &InsightsQuery) -> Option<String> {
        let parts: Vec<String> = match query.grain {
            Grain::Hourly => Vec::new(),
            Grain::Daily => question::breakdowns(query).iter().filter_map(|name| self.text(name)).collect(),
        };
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    fn extras(&self, counted: Option<&str>) -> Value {
        let mut extras = Map::new();
        for name in ["reach", "frequency", "inline_link_clicks"] {
            extras.extend(self.rest.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        let words = [("objective", &self.objective), ("optimization_goal", &self.optimization_goal)];
        for (name, word) in words {
            extras.extend(word.as_ref().map(|word| (name.to_owned(), Value::from(word.clone()))));
        }
        for (name, actions) in [("actions", &self.actions), ("action_values", &self.action_values)] {
            if !actions.is_empty() {
                extras.insert(name.to_owned(), json!(actions));
            }
        }
        extras.extend(counted.map(|counted| ("counted_action".to_owned(), counted.into())));
        Value::Object(extras)
    }
}

/// Id, name and parent's id of a level's entity.
const fn names(level: Level) -> (&'static str, &'static str, Option<&'static str>) {
    match level {
        Level::Account => ("account_id", "account_name", None),
        Level::Campaign => ("campaign_id", "campaign_name", None),
        Level::AdGroup => ("adset_id", "adset_name", Some("campaign_id")),
        Level::Ad => ("ad_id", "ad_name", Some("adset_id")),
    }
}

fn amount(actions: &[Action], counted: Option<&str>) -> Result<Decimal, PlatformError> {
    let action = actions.iter().find(|action| Some(action.action_type.as_str()) == counted);
    action
        .map_or(Ok(Decimal::ZERO), |action| action.value.parse().map_err(|_| unreadable(&action.action_type)))
}

fn unreadable(name: &str) -> PlatformError {
    ours(OPERATION, ErrorKind::Malformed, format!("`{name}` of a row is missing or cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::Breakdown;
    use placard_domain::{AccountRef, Platform};

    fn read(query: &InsightsQuery, row: Value) -> InsightsRow {
        let account = AccountRef { platform: Platform::Meta, id: "act_1001".to_owned() };
        let access = Access {
            account,
            token: "t".to_owned().into(),
            page_token: None,
            manager: None,
            urgency: crate::Urgency::Reporting,
        };
        serde_json::from_value::<Row>(row).unwrap().read(query, &access).unwrap()
    }

    fn query(level: Level, grain: Grain, breakdown: Option<Breakdown>) -> InsightsQuery {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        InsightsQuery { level, since: day, until: day, grain, breakdown }
    }

    #[test]
    fn a_row_of_an_ad_set_is_read_exactly() {
        let row = read(
            &query(Level::AdGroup, Grain::Daily, None),
            json!({
                "adset_id": "23850000000000001", "adset_name": "Women", "campaign_id": "23850000000000000",
                "objective": "OUTCOME_SALES", "optimization_goal": "OFFSITE_CONVERSIONS", "account_currency": "EUR",
                "impressions": "1204", "clicks": "41", "spend": "35.42", "reach": "1100", "frequency": "1.094545",
                "actions": [{"action_type": "link_click", "value": "37"}, {"action_type": "purchase", "value": "3"},
                    {"action_type": "omni_purchase", "value": "3"}],
                "action_values": [{"action_type": "omni_purchase", "value": "119.7"}],
                "date_start": "2026-11-01", "date_stop": "2026-11-01"
            }),
        );
        assert_eq!((row.impressions, row.clicks), (1204, 41));
        assert_eq!(
            (row.spend, row.conversions, row.conversion_value),
            ("35.42".parse().unwrap(), 3.into(), "119.7".parse().unwrap())
        );
        assert_eq!(row.parent_id.as_deref(), Some("23850000000000000"));
        assert_eq!(row.extras["reach"], json!("1100"));
        assert_eq!(row.extras["counted_action"], json!("omni_purchase"));
    }

    #[test]
    fn absent_numbers_are_zero_and_segments_are_joined() {
        let row = read(
            &query(Level::Account, Grain::Daily, Some(Breakdown::AgeGender)),
            json!({
                "account_id": "1001", "account_currency": "EUR", "age": "25-34", "gender": "female",
                "date_start": "2026-11-01", "date_stop": "2026-11-01"
            }),
        );
        assert_eq!(row.entity_id, "act_1001");
        assert_eq!(row.segment.as_deref(), Some("25-34/female"));
        assert_eq!((row.impressions, row.spend, row.conversions), (0, Decimal::ZERO, Decimal::ZERO));
    }

    #[test]
    fn an_hour_is_read_from_its_range() {
        let row = read(
            &query(Level::Ad, Grain::Hourly, None),
            json!({
                "ad_id": "9", "account_currency": "EUR", "impressions": "5", "date_start": "2026-11-01",
                "hourly_stats_aggregated_by_advertiser_time_zone": "13:00:00 - 13:59:59"
            }),
        );
        assert_eq!((row.hour, row.segment), (Some(13), None));
    }
}
