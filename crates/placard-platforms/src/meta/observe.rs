//! What Meta shows of an object, in the form in which it is compared (Meta, `platforms/meta.md` §8–§15).

use super::{
    canonical,
    wire::{FailedCheck, Issue, VideoState, plain},
};
use placard_domain::{
    plan::{Fields, ObjectKind, Observation, Observed},
    spec::RunState,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// The fields to ask for by id.
pub(super) const fn fields(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Image => "hash,status",
        ObjectKind::LeadForm => "id,name,status",
        ObjectKind::Video => "id,status",
        // Nothing of ours is a keyword at Meta.
        ObjectKind::Keyword | ObjectKind::Targeting => "id",
        ObjectKind::Creative => "id,name,status,object_story_spec,degrees_of_freedom_spec,url_tags",
        ObjectKind::Campaign => {
            "id,name,objective,status,effective_status,buying_type,bid_strategy,daily_budget,lifetime_budget,\
             special_ad_categories,special_ad_category_country,is_adset_budget_sharing_enabled,issues_info"
        }
        ObjectKind::AdGroup => {
            "id,name,status,effective_status,campaign_id,targeting,optimization_goal,billing_event,daily_budget,\
             lifetime_budget,bid_strategy,bid_amount,bid_constraints,start_time,end_time,promoted_object,destination_type,\
             attribution_spec,dsa_beneficiary,dsa_payor,issues_info"
        }
        ObjectKind::Ad => {
            "id,name,status,effective_status,adset_id,creative{id},conversion_domain,issues_info,ad_review_feedback,\
             failed_delivery_checks"
        }
    }
}

/// The observation of an object that Meta shows as `wire` and to which we sent `applied`.
pub(super) fn observe(kind: ObjectKind, wire: &Value, applied: &Fields) -> Observation {
    // A video's status is an object, which tells how far Meta is with it (§7).
    let status = wire.get("status").map(|status| status.get("video_status").unwrap_or(status));
    let status = status.and_then(Value::as_str);
    if matches!(status, Some("ARCHIVED" | "DELETED")) {
        return Observation::Gone;
    }
    let fields =
        applied.iter().filter_map(|(name, applied)| Some((name.clone(), field(kind, name, wire, applied)?)));
    Observation::Present(Observed {
        fields: fields.collect(),
        run: status.filter(|_| kind.runs()).and_then(run),
        effective: wire.get("effective_status").and_then(Value::as_str).or(status).map(str::to_owned),
        issues: issues(wire),
    })
}

fn field(kind: ObjectKind, name: &str, wire: &Value, applied: &Value) -> Option<Value> {
    let seen = wire.get(name).and_then(|value| canonical::field(kind, name, value));
    match seen {
        // What a spec says by leaving out is compared as null.
        None if applied.is_null() => Some(Value::Null),
        Some(seen) if kind == ObjectKind::Creative => Some(canonical::project(&seen, applied)),
        seen => seen,
    }
}

fn run(status: &str) -> Option<RunState> {
    match status {
        "ACTIVE" => Some(RunState::Active),
        "PAUSED" => Some(RunState::Paused),
        _ => None,
    }
}

/// Everything that Meta says is wrong with an object, in its own words (§12, review artefacts).
fn issues(wire: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for issue in list::<Issue>(wire, "issues_info") {
        found.extend(sentence(issue.error_summary, issue.error_message));
    }
    for check in list::<FailedCheck>(wire, "failed_delivery_checks") {
        found.extend(sentence(check.summary, check.description));
    }
    let video: Option<VideoState> =
        wire.get("status").and_then(|status| VideoState::deserialize(status).ok());
    if video.is_some_and(|video| video.is_lost()) {
        found.push("Meta could not prepare the video; save it again, and name the new one".to_owned());
    }
    if let Some(feedback) = wire.get("ad_review_feedback") {
        policies(feedback, &mut found);
    }
    found.dedup();
    found
}

fn list<T: DeserializeOwned>(wire: &Value, name: &str) -> Vec<T> {
    let entries = wire.get(name).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| serde_json::from_value(entry.clone()).ok()).collect()
}

fn sentence(summary: Option<String>, message: Option<String>) -> Option<String> {
    match (summary, message) {
        (Some(summary), Some(message)) => Some(format!("{summary}: {message}")),
        (summary, message) => summary.or(message),
    }
}

/// Policies with their texts, which stand at different depths for all placements and for single ones.
fn policies(feedback: &Value, found: &mut Vec<String>) {
    for (name, inner) in feedback.as_object().into_iter().flatten() {
        match inner {
            Value::Object(_) => policies(inner, found),
            text => found.push(format!("{name}: {}", plain(text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn present(observation: Observation) -> Observed {
        match observation {
            Observation::Present(observed) => observed,
            Observation::Gone => panic!("the object is gone"),
        }
    }

    #[test]
    fn the_marker_is_no_part_of_the_name() {
        let applied = Fields::from([("name".to_owned(), json!("Spring"))]);
        let wire =
            json!({"name": "Spring #abcdefghjkmnpqrs", "status": "PAUSED", "effective_status": "PAUSED"});
        let observed = present(observe(ObjectKind::Campaign, &wire, &applied));
        assert_eq!(observed.fields, applied);
        assert_eq!(observed.run, Some(RunState::Paused));
    }

    #[test]
    fn what_is_archived_or_deleted_is_gone() {
        for status in ["ARCHIVED", "DELETED"] {
            assert_eq!(
                observe(ObjectKind::Ad, &json!({"status": status}), &Fields::new()),
                Observation::Gone
            );
        }
    }

    #[test]
    fn an_end_set_by_hand_is_seen_and_an_open_one_is_null() {
        let applied = Fields::from([("end_time".to_owned(), Value::Null)]);
        let open = present(observe(ObjectKind::AdGroup, &json!({"status": "ACTIVE"}), &applied));
        assert_eq!(open.fields, applied);
        let set = json!({"status": "ACTIVE", "end_time": "2026-12-24T18:00:00+0100"});
        let set = present(observe(ObjectKind::AdGroup, &set, &applied));
        assert_eq!(set.fields["end_time"], json!("2026-12-24T17:00:00+0000"));
    }

    #[test]
    fn review_issues_and_failed_checks_are_told_in_metas_words() {
        let wire = json!({
            "status": "ACTIVE", "effective_status": "DISAPPROVED",
            "issues_info": [{"level": "AD", "error_code": 1, "error_summary": "No delivery", "error_message": "Fix it."}],
            "failed_delivery_checks": [{"check_name": "x", "summary": "Low", "description": "Too low."}],
            "ad_review_feedback": {"global": {"Weapons": "Not allowed."}}
        });
        let observed = present(observe(ObjectKind::Ad, &wire, &Fields::new()));
        assert_eq!(observed.effective.as_deref(), Some("DISAPPROVED"));
        assert_eq!(observed.issues, ["No delivery: Fix it.", "Low: Too low.", "Weapons: Not allowed."]);
    }

    #[test]
    fn a_hand_edit_of_any_managed_field_of_an_ad_set_is_seen() {
        let applied = Fields::from([
            ("daily_budget".to_owned(), json!("2500")),
            ("optimization_goal".to_owned(), json!("LINK_CLICKS")),
            ("dsa_payor".to_owned(), json!("Placard")),
        ]);
        let wire = json!({"daily_budget": "2600", "optimization_goal": "REACH", "status": "ACTIVE"});
        let observed = present(observe(ObjectKind::AdGroup, &wire, &applied));
        assert_eq!(observed.fields["daily_budget"], json!("2600"));
        assert_eq!(observed.fields["optimization_goal"], json!("REACH"));
        assert!(!observed.fields.contains_key("dsa_payor"));
    }
}
