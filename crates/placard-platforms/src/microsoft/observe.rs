//! What Microsoft shows of an object, in the form in which it is compared (Microsoft, `platforms/microsoft.md` §4, §5).

use super::{
    canonical,
    sort::Sort,
    target,
    wire::{at, promised, text_at},
    words::{collection, run},
};
use crate::PlatformError;
use placard_domain::plan::{Fields, ObjectKind, Observation, Observed};
use serde_json::Value;

/// What Microsoft always shows of a kind; without it, an answer is not what its documents promise.
const fn always(sort: Sort) -> &'static [&'static str] {
    let kind = match sort {
        Sort::Negatives => return &["Id", "Text", "MatchType"],
        Sort::Of(_) | Sort::Targets(_) => sort.kind(),
    };
    match kind {
        ObjectKind::Campaign => &["Id", "Name", "Status", "CampaignType", "DailyBudget"],
        ObjectKind::AdGroup => &["Id", "Name", "Status"],
        ObjectKind::Keyword => &["Id", "Text", "MatchType", "Status"],
        ObjectKind::Ad => &["Id", "Type", "Status"],
        ObjectKind::Targeting => &["Id", "Type", "Criterion.Type"],
        ObjectKind::Image | ObjectKind::Video | ObjectKind::LeadForm | ObjectKind::Creative => &[],
    }
}

/// The observation of an object that Microsoft shows as `entry` and to which we sent `applied`. `parent` is what it was
/// asked for in: answers do not repeat that.
pub(super) fn observe(
    sort: Sort,
    entry: &Value,
    parent: &str,
    applied: &Fields,
) -> Result<Observation, PlatformError> {
    let kind = sort.kind();
    let operation = format!("read {}", kind.title());
    let status = text_at(entry, "Status");
    if status.as_deref() == Some("Deleted") {
        return Ok(Observation::Gone);
    }
    for name in always(sort) {
        promised(&operation, entry, name)?;
    }
    let field = |name: &str| match kind {
        _ if name == collection(kind).parent => Some(parent.into()),
        ObjectKind::Targeting => target::field(entry, name),
        _ => canonical::shown(entry, name),
    };
    let fields = applied.iter().filter_map(|(name, applied)| {
        let value = field(name).or_else(|| applied.is_null().then_some(Value::Null))?;
        Some((name.clone(), value))
    });
    Ok(Observation::Present(Observed {
        fields: fields.collect(),
        run: status.as_deref().filter(|_| kind.runs()).and_then(run),
        effective: effective(entry, status.as_deref()),
        issues: issues(entry),
    }))
}

/// What an object really does: what its review found, where that stands in the way (§5).
fn effective(entry: &Value, status: Option<&str>) -> Option<String> {
    let review = text_at(entry, "EditorialStatus").filter(|review| review != "Active");
    review.or_else(|| status.map(str::to_owned))
}

/// What Microsoft objects to, in its own words (§5, review). That a review is under way is no objection.
fn issues(entry: &Value) -> Vec<String> {
    let review = text_at(entry, "EditorialStatus")
        .filter(|review| review == "Disapproved" || review == "ActiveLimited");
    let lines = canonical::LINES.iter().filter_map(|name| at(entry, name)?.as_array()).flatten();
    let refused = lines.filter(|link| text_at(link, "EditorialStatus").as_deref() == Some("Disapproved"));
    let words = refused.filter_map(|link| text_at(link, "Asset.Text"));
    review.into_iter().chain(words.map(|text| format!("Disapproved: {text}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::spec::RunState;
    use serde_json::json;

    fn present(observation: Observation) -> Observed {
        match observation {
            Observation::Present(observed) => observed,
            Observation::Gone => panic!("the object is gone"),
        }
    }

    fn group() -> Value {
        json!({"Id": "7", "Name": "Women #abcdefghabcdefgh", "Status": "Active", "EndDate": null})
    }

    #[test]
    fn an_end_set_by_hand_is_seen_and_an_open_one_is_null() {
        let applied =
            Fields::from([("EndDate".to_owned(), Value::Null), ("CampaignId".to_owned(), json!("4"))]);
        let open = present(observe(Sort::Of(ObjectKind::AdGroup), &group(), "4", &applied).unwrap());
        assert_eq!((open.fields, open.run), (applied.clone(), Some(RunState::Active)));
        let mut set = group();
        set["EndDate"] = json!({"Day": 24, "Month": 12, "Year": 2026});
        let fields = present(observe(Sort::Of(ObjectKind::AdGroup), &set, "4", &applied).unwrap()).fields;
        assert_eq!(fields["EndDate"], json!("2026-12-24"));
    }

    #[test]
    fn a_review_is_told_in_microsofts_words() {
        let ad = |review: &str| {
            let link =
                json!({"Asset": {"Type": "TextAsset", "Text": "Miracle"}, "EditorialStatus": "Disapproved"});
            let entry = json!({"Id": "9", "Type": "ResponsiveSearch", "Status": "Active", "EditorialStatus": review,
                "Headlines": [link]});
            present(observe(Sort::Of(ObjectKind::Ad), &entry, "7", &Fields::new()).unwrap())
        };
        let refused = ad("Disapproved");
        assert_eq!(refused.effective.as_deref(), Some("Disapproved"));
        assert_eq!(refused.issues, ["Disapproved", "Disapproved: Miracle"]);
        assert_eq!(ad("Active").effective.as_deref(), Some("Active"));
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_deleted_is_gone() {
        let mut group = group();
        group["Name"] = Value::Null;
        let error = observe(Sort::Of(ObjectKind::AdGroup), &group, "4", &Fields::new()).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("Name"));
        group["Status"] = "Deleted".into();
        assert_eq!(
            observe(Sort::Of(ObjectKind::AdGroup), &group, "4", &Fields::new()).unwrap(),
            Observation::Gone
        );
    }
}
