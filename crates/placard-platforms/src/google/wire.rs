//! Google's answers, as far as they are read (Google, `platforms/google.md` §1, §3, §6, §7).

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What every refusal is wrapped in (§7).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) message: String,
    pub(super) status: String,
    pub(super) details: Vec<Value>,
}

/// The errors of Google Ads inside a [`Status`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Failure {
    pub(super) errors: Vec<AdsError>,
    pub(super) request_id: Option<String>,
}

/// One error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AdsError {
    /// Exactly one family with one name.
    pub(super) error_code: BTreeMap<String, Value>,
    pub(super) message: String,
    pub(super) location: Location,
    pub(super) details: Details,
}

/// Where in the request the error lies.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location {
    pub(super) field_path_elements: Vec<PathElement>,
}

/// One step of a path, in snake case.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PathElement {
    pub(super) field_name: String,
    pub(super) index: Option<Value>,
}

/// What Google adds to some errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Details {
    pub(super) unpublished_error_code: Option<String>,
    pub(super) policy_violation_details: Option<PolicyViolation>,
    pub(super) policy_finding_details: Option<PolicyFinding>,
    pub(super) quota_error_details: Option<Quota>,
    pub(super) budget_per_day_minimum_error_details: Option<BudgetMinimum>,
}

/// A keyword's violation (§5).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PolicyViolation {
    pub(super) external_policy_name: Option<String>,
    pub(super) external_policy_description: Option<String>,
}

/// An ad's findings (§5).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PolicyFinding {
    pub(super) policy_topic_entries: Vec<PolicyTopic>,
}

/// A topic that an ad or keyword touches (§5).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PolicyTopic {
    pub(super) topic: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// Which limit was met, and for how long (§8).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Quota {
    pub(super) rate_scope: Option<String>,
    pub(super) retry_delay: Option<String>,
}

/// The least budget that Google takes (§4).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BudgetMinimum {
    pub(super) currency_code: Option<String>,
    pub(super) minimum_budget_amount_micros: Option<Value>,
    pub(super) budget_per_day_minimum_micros: Option<Value>,
}

/// A page of rows; no `results` when there are none (§6).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Rows {
    pub(super) results: Vec<Value>,
    pub(super) next_page_token: Option<String>,
}

/// The answer to several writes (§3).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Mutated {
    pub(super) mutate_operation_responses: Vec<Value>,
}

/// A name behind which accounts are reached (§2).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Customers {
    pub(super) resource_names: Vec<String>,
}

/// A whole number, which is text where it may have 64 bits (§1).
pub(super) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A number of any kind, exactly as it was written.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let text = text(value);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// A text, or a number as text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The id at the end of a resource name: `customers/1/campaigns/2` gives `2`.
pub(super) fn last_id(resource_name: &str) -> &str {
    resource_name.rsplit('/').next().unwrap_or(resource_name)
}

/// The member of `row` at a dotted path.
pub(super) fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, name| value.get(name))
}

/// The text at a dotted path.
pub(super) fn text_at(row: &Value, path: &str) -> Option<String> {
    at(row, path).filter(|value| !value.is_null()).map(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_numbers_are_read_as_text_and_fractions_exactly() {
        assert_eq!(integer(&json!("1500000")), Some(1_500_000));
        assert_eq!(integer(&json!(7)), Some(7));
        assert_eq!(decimal(&json!(2.5)), "2.5".parse().ok());
        assert_eq!(decimal(&json!("1e-7")), "0.0000001".parse().ok());
        assert_eq!(decimal(&json!(null)), None);
    }

    #[test]
    fn an_id_stands_at_the_end_of_a_resource_name() {
        assert_eq!(last_id("customers/1/adGroupCriteria/11~333"), "11~333");
        let row = json!({"adGroupAd": {"ad": {"id": "9"}}});
        assert_eq!(text_at(&row, "adGroupAd.ad.id").as_deref(), Some("9"));
        assert_eq!(text_at(&row, "adGroupAd.status"), None);
    }
}
