//! What TikTok shows of an object, in the form in which it is compared (TikTok, `platforms/tiktok.md` §7, §8, §12–§14).

use super::{
    canonical::{self, END, START, absent},
    errors::ours,
    requests::SWITCH,
    wire::{promised, text_at},
};
use crate::{ErrorKind, PlatformError};
use chrono::TimeDelta;
use placard_domain::{
    plan::{Fields, ObjectKind, Observation, Observed},
    spec::RunState,
};
use serde_json::Value;

/// What TikTok always shows of a kind; without it, an answer is not what its documents promise.
const fn always(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Campaign => &["campaign_name", "objective_type", "budget_mode", "secondary_status"],
        ObjectKind::AdGroup => {
            &["adgroup_name", "campaign_id", "optimization_goal", "schedule_type", "secondary_status"]
        }
        ObjectKind::Ad => &["ad_name", "adgroup_id", "secondary_status"],
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting
        | ObjectKind::Keyword => &[],
    }
}

/// How long after a start in the past an ad group is made, at most, when the start was moved to "now" (§8).
const MAKING: TimeDelta = TimeDelta::minutes(10);

/// The observation of an object that TikTok shows as `entry` and to which we sent `applied`.
pub(super) fn observe(
    kind: ObjectKind,
    entry: &Value,
    applied: &Fields,
    issues: Vec<String>,
) -> Result<Observation, PlatformError> {
    let operation = format!("read {}", kind.title());
    let effective = text_at(entry, "secondary_status");
    if is_deleted(effective.as_deref(), entry) {
        return Ok(Observation::Gone);
    }
    for name in always(kind) {
        promised(&operation, entry, name)?;
    }
    let run = if kind.runs() { run(&operation, entry)? } else { None };
    let fields =
        applied.iter().filter_map(|(name, applied)| Some((name.clone(), field(name, entry, applied)?)));
    Ok(Observation::Present(Observed { fields: fields.collect(), run, effective, issues }))
}

/// Whether an object is deleted, by itself or with what holds it (§14).
pub(super) fn is_deleted(secondary_status: Option<&str>, entry: &Value) -> bool {
    secondary_status.is_some_and(|status| status.ends_with("_DELETE"))
        || entry.get(SWITCH).and_then(Value::as_str) == Some("DELETE")
}

fn run(operation: &str, entry: &Value) -> Result<Option<RunState>, PlatformError> {
    match promised(operation, entry, SWITCH)?.as_str() {
        "ENABLE" => Ok(Some(RunState::Active)),
        "DISABLE" => Ok(Some(RunState::Paused)),
        // Held by TikTok; neither of ours.
        "FROZEN" => Ok(None),
        other => {
            let error =
                ours(operation, ErrorKind::Malformed, format!("`{SWITCH}` says `{other}`, which is unknown"));
            Err(PlatformError { field: Some(SWITCH.to_owned()), ..error })
        }
    }
}

fn field(name: &str, entry: &Value, applied: &Value) -> Option<Value> {
    let shown = entry.get(name).or_else(|| entry.get(canonical::other_name(name)?));
    if name == END && text_at(entry, "schedule_type").as_deref() == Some("SCHEDULE_FROM_NOW") {
        // TikTok may show an end far away where there is none.
        return Some(Value::Null);
    }
    let seen = shown.and_then(|value| canonical::field(name, value)).or_else(|| absent(name))?;
    if name == START && is_moved_start(entry, &seen, applied) {
        return Some(applied.clone());
    }
    Some(seen)
}

/// Whether `seen` is what became of a start that had passed when the ad group was made: the moment of making (§8).
fn is_moved_start(entry: &Value, seen: &Value, applied: &Value) -> bool {
    let made = entry.get("create_time").and_then(canonical::moment);
    let (Some(made), Some(seen), Some(applied)) = (made, canonical::moment(seen), canonical::moment(applied))
    else {
        return false;
    };
    applied < made && applied <= seen && seen <= made + MAKING
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn present(kind: ObjectKind, entry: &Value, applied: &Fields) -> Observed {
        match observe(kind, entry, applied, Vec::new()).unwrap() {
            Observation::Present(observed) => observed,
            Observation::Gone => panic!("the object is gone"),
        }
    }

    fn ad_group(extra: Value) -> Value {
        let mut entry = json!({
            "adgroup_id": "2", "campaign_id": "1", "adgroup_name": "Women #abcdefghjkmnpqrs", "optimization_goal": "CLICK",
            "schedule_type": "SCHEDULE_FROM_NOW", "operation_status": "DISABLE",
            "secondary_status": "ADGROUP_STATUS_DISABLE", "create_time": "2026-11-02 08:00:00"
        });
        entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        entry
    }

    #[test]
    fn the_marker_is_no_part_of_the_name_and_the_switch_is_read() {
        let applied = Fields::from([("adgroup_name".to_owned(), json!("Women"))]);
        let observed = present(ObjectKind::AdGroup, &ad_group(json!({})), &applied);
        assert_eq!(observed.fields, applied);
        assert_eq!(observed.run, Some(RunState::Paused));
        assert_eq!(observed.effective.as_deref(), Some("ADGROUP_STATUS_DISABLE"));
    }

    #[test]
    fn what_is_deleted_by_itself_or_with_its_parents_is_gone() {
        for status in ["ADGROUP_STATUS_DELETE", "ADGROUP_STATUS_CAMPAIGN_DELETE"] {
            let entry = ad_group(json!({"secondary_status": status}));
            let observed = observe(ObjectKind::AdGroup, &entry, &Fields::new(), Vec::new()).unwrap();
            assert_eq!(observed, Observation::Gone);
        }
    }

    #[test]
    fn an_end_that_tiktok_shows_for_an_endless_group_is_none_and_one_set_by_hand_is_seen() {
        let applied = Fields::from([(END.to_owned(), Value::Null)]);
        let far = ad_group(json!({END: "2036-11-02 08:00:00"}));
        assert_eq!(present(ObjectKind::AdGroup, &far, &applied).fields, applied);
        let set = ad_group(json!({"schedule_type": "SCHEDULE_START_END", END: "2026-12-24 17:00:00"}));
        assert_eq!(present(ObjectKind::AdGroup, &set, &applied).fields[END], json!("2026-12-24 17:00:00"));
    }

    #[test]
    fn a_start_in_the_past_may_have_become_now_and_another_is_an_edit() {
        let applied = Fields::from([(START.to_owned(), json!("2026-11-01 23:00:00"))]);
        let seen = |start: &str| {
            present(ObjectKind::AdGroup, &ad_group(json!({START: start})), &applied).fields == applied
        };
        assert!(seen("2026-11-01 23:00:00") && seen("2026-11-02 08:00:01"));
        assert!(!seen("2026-11-03 08:00:00") && !seen("2026-11-01 22:00:00"));
    }

    #[test]
    fn a_member_that_is_missing_or_unknown_is_named() {
        let mut entry = ad_group(json!({}));
        entry.as_object_mut().unwrap().remove("optimization_goal");
        let error = observe(ObjectKind::AdGroup, &entry, &Fields::new(), Vec::new()).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Malformed, Some("optimization_goal")));
        let renamed = ad_group(json!({"operation_status": "ON"}));
        let error = observe(ObjectKind::AdGroup, &renamed, &Fields::new(), Vec::new()).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("operation_status"));
    }

    #[test]
    fn lists_that_are_left_out_are_empty_and_another_name_is_known() {
        let applied = Fields::from([
            ("languages".to_owned(), json!([])),
            ("excluded_audience_ids".to_owned(), json!(["9"])),
        ]);
        let entry = ad_group(json!({"exclude_audience_ids": [9], "languages": null}));
        assert_eq!(present(ObjectKind::AdGroup, &entry, &applied).fields, applied);
    }
}
