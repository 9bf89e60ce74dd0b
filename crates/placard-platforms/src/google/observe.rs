//! What Google shows of an object, in the form in which it is compared (Google, `platforms/google.md` §4, §5).

use super::{
    canonical::{self, is_criteria},
    wire::{PolicyTopic, at, text_at},
    words,
};
use placard_domain::plan::{Fields, ObjectKind, Observation, Observed};
use serde_json::Value;

/// A row about an object, and rows about criteria, some of which may be the object's.
pub(super) struct Seen<'a> {
    pub(super) row: &'a Value,
    pub(super) criteria: &'a [Value],
}

/// The observation of an object to which we sent `applied`. What is removed is gone, and so is what is in it: its own
/// status says nothing of that.
pub(super) fn observe(kind: ObjectKind, seen: &Seen<'_>, applied: &Fields) -> Observation {
    let parents: &[&str] = match kind {
        ObjectKind::Campaign => &["campaign.status"],
        ObjectKind::AdGroup => &["campaign.status", "adGroup.status"],
        ObjectKind::Keyword => &["campaign.status", "adGroup.status", "adGroupCriterion.status"],
        ObjectKind::Ad => &["campaign.status", "adGroup.status", "adGroupAd.status"],
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting => &[],
    };
    if parents.iter().any(|path| text_at(seen.row, path).as_deref() == Some("REMOVED")) {
        return Observation::Gone;
    }
    let resource = resource(kind, seen.row);
    let status = text_at(resource, "status");
    let fields = applied.iter().filter_map(|(name, applied)| {
        let value = field(kind, seen, name).or_else(|| applied.is_null().then_some(Value::Null))?;
        Some((name.clone(), value))
    });
    Observation::Present(Observed {
        fields: fields.collect(),
        run: status.as_deref().filter(|_| kind.runs()).and_then(words::run),
        effective: text_at(resource, "primaryStatus").or(status),
        issues: issues(resource),
    })
}

/// The part of a row that is about the object itself.
fn resource(kind: ObjectKind, row: &Value) -> &Value {
    let member = match kind {
        ObjectKind::Campaign => "campaign",
        ObjectKind::AdGroup => "adGroup",
        ObjectKind::Keyword => "adGroupCriterion",
        ObjectKind::Ad => "adGroupAd",
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting => "asset",
    };
    row.get(member).unwrap_or(&Value::Null)
}

fn field(kind: ObjectKind, seen: &Seen<'_>, name: &str) -> Option<Value> {
    let row = seen.row;
    let resource = resource(kind, row);
    match (kind, name) {
        (_, name) if is_criteria(name) => Some(criteria(kind, seen, name)),
        (ObjectKind::Campaign, canonical::BIDDING) => canonical::bidding_of(resource),
        (ObjectKind::Campaign, name) => match name.strip_prefix(canonical::BUDGET) {
            Some(name) => canonical::plain(row.get("campaignBudget")?, name),
            None => canonical::plain(resource, name),
        },
        (ObjectKind::AdGroup, "campaign") => text_at(row, "campaign.id").map(Value::from),
        (ObjectKind::Ad | ObjectKind::Keyword, "adGroup") => text_at(row, "adGroup.id").map(Value::from),
        (ObjectKind::Ad, name) => ad_field(resource.get("ad")?, name),
        (_, name) => canonical::plain(resource, name),
    }
}

fn ad_field(ad: &Value, name: &str) -> Option<Value> {
    match name.rsplit('.').next().unwrap_or(name) {
        "headlines" | "descriptions" => Some(canonical::texts(at(ad, name)?)),
        "longHeadline" => text_at(ad, &format!("{name}.text")).map(Value::from),
        "marketingImages" | "squareMarketingImages" => Some(canonical::images(at(ad, name)?)),
        _ => canonical::plain(ad, name),
    }
}

/// The object's criteria of one list.
fn criteria(kind: ObjectKind, seen: &Seen<'_>, wanted: &str) -> Value {
    let (id, member) = match kind {
        ObjectKind::Campaign => ("campaign.id", "campaignCriterion"),
        _ => ("adGroup.id", "adGroupCriterion"),
    };
    let own = text_at(seen.row, id);
    let own = seen.criteria.iter().filter(|row| text_at(row, id) == own);
    let read = own.filter_map(|row| canonical::criterion(row.get(member)?));
    canonical::sorted(read.filter(|(list, _)| *list == wanted).map(|(_, body)| body).collect())
}

/// Endings of reasons that only tell of switches, ends and waiting (§5).
const NO_PROBLEM: &[&str] = &["_PAUSED", "_REMOVED", "_ENDED", "_PENDING", "_UNDER_REVIEW", "_LEARNING"];

/// Everything that Google says is wrong with an object, in its own words (§5).
fn issues(resource: &Value) -> Vec<String> {
    let words = |path: &str| -> Vec<String> {
        let list = at(resource, path).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut found = words("primaryStatusReasons");
    found.retain(|reason| !NO_PROBLEM.iter().any(|ending| reason.ends_with(ending)));
    let topics = at(resource, "policySummary.policyTopicEntries").and_then(Value::as_array);
    let topics = topics.into_iter().flatten();
    for entry in topics.filter_map(|entry| serde_json::from_value::<PolicyTopic>(entry.clone()).ok()) {
        // What only describes an ad limits nothing.
        if entry.kind != "DESCRIPTIVE" && entry.kind != "BROADENING" {
            found.push(format!("{}: {}", entry.kind, entry.topic));
        }
    }
    if text_at(resource, "approvalStatus").as_deref() == Some("DISAPPROVED") {
        let reasons = words("disapprovalReasons");
        found.push(if reasons.is_empty() { "DISAPPROVED".to_owned() } else { reasons.join(", ") });
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::spec::RunState;
    use serde_json::json;

    fn seen(kind: ObjectKind, row: &Value, applied: &Fields) -> Observation {
        observe(kind, &Seen { row, criteria: &[] }, applied)
    }

    fn present(observation: Observation) -> Observed {
        match observation {
            Observation::Present(observed) => observed,
            Observation::Gone => panic!("the object is gone"),
        }
    }

    #[test]
    fn what_stands_in_something_removed_is_gone() {
        let row = json!({"campaign": {"status": "REMOVED"}, "adGroup": {"id": "1", "status": "ENABLED"},
            "adGroupAd": {"status": "ENABLED"}});
        assert_eq!(seen(ObjectKind::AdGroup, &row, &Fields::new()), Observation::Gone);
        assert_eq!(seen(ObjectKind::Ad, &row, &Fields::new()), Observation::Gone);
        let row = json!({"campaign": {"status": "PAUSED"}, "adGroup": {"id": "1", "status": "ENABLED"}});
        assert_eq!(present(seen(ObjectKind::AdGroup, &row, &Fields::new())).run, Some(RunState::Active));
    }

    #[test]
    fn an_end_set_by_hand_is_seen_and_an_open_one_is_null() {
        let applied = Fields::from([("endDateTime".to_owned(), Value::Null)]);
        let open = json!({"campaign": {"status": "PAUSED"}});
        assert_eq!(present(seen(ObjectKind::Campaign, &open, &applied)).fields, applied);
        let set = json!({"campaign": {"status": "PAUSED", "endDateTime": "2026-12-24 23:59:59"}});
        let fields = present(seen(ObjectKind::Campaign, &set, &applied)).fields;
        assert_eq!(fields["endDateTime"], json!("2026-12-24 23:59:59"));
    }

    #[test]
    fn criteria_of_others_are_not_counted() {
        let row = json!({"campaign": {"id": "1", "status": "PAUSED"}});
        let place = |campaign: &str, id: u32| {
            json!({"campaign": {"id": campaign},
                "campaignCriterion": {"location": {"geoTargetConstant": format!("geoTargetConstants/{id}")}}})
        };
        let criteria = [place("1", 2276), place("2", 2040)];
        let applied = Fields::from([(canonical::LOCATIONS.to_owned(), json!([]))]);
        let observed =
            present(observe(ObjectKind::Campaign, &Seen { row: &row, criteria: &criteria }, &applied));
        assert_eq!(
            observed.fields[canonical::LOCATIONS],
            json!([canonical::location("geoTargetConstants/2276", false)])
        );
    }

    #[test]
    fn policies_and_reasons_are_told_and_pauses_are_not() {
        let row = json!({"campaign": {"status": "PAUSED"}, "adGroup": {"id": "1", "status": "ENABLED"}, "adGroupAd": {
            "status": "ENABLED", "primaryStatus": "NOT_ELIGIBLE",
            "primaryStatusReasons": ["CAMPAIGN_PAUSED", "AD_GROUP_AD_DISAPPROVED"],
            "policySummary": {"policyTopicEntries": [{"topic": "MISLEADING_CLAIMS", "type": "PROHIBITED"},
                {"topic": "ALCOHOL", "type": "DESCRIPTIVE"}]}}});
        let observed = present(seen(ObjectKind::Ad, &row, &Fields::new()));
        assert_eq!(observed.effective.as_deref(), Some("NOT_ELIGIBLE"));
        assert_eq!(observed.issues, ["AD_GROUP_AD_DISAPPROVED", "PROHIBITED: MISLEADING_CLAIMS"]);
    }
}
