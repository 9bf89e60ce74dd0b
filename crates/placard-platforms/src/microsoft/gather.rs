//! Which requests of a slice share a call (Microsoft, `platforms/microsoft.md` §3): those that differ in nothing but
//! their one item, as many as a call takes.

use super::{negative, words::collection};
use crate::Request;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most requests of a slice. A call takes fewer ads and more keywords (§3).
pub(super) const MOST: usize = 100;

/// Requests that go in one call, by their places in the slice.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) places: Vec<usize>,
    /// The list that holds one entry of each.
    pub(super) list: &'static str,
}

/// The calls that carry `requests`, in the order of the first request of each.
pub(super) fn gather(requests: &[Request]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (place, request) in requests.iter().enumerate() {
        let kind = collection(request.prepared.object.kind);
        let list = if negative::is_negative(&request.prepared.object) {
            negative::LIST
        } else if request.prepared.method == "DELETE" {
            kind.ids
        } else {
            kind.name
        };
        let likeness = likeness(request, list);
        let known = open.get(&likeness).and_then(|index| batches.get_mut(*index));
        match known.filter(|batch| batch.places.len() < kind.most) {
            Some(batch) => batch.places.push(place),
            None => {
                open.insert(likeness, batches.len());
                batches.push(Batch { places: vec![place], list });
            }
        }
    }
    batches
}

/// Everything of a request but its own entry in the list.
fn likeness(request: &Request, list: &str) -> String {
    let prepared = &request.prepared;
    if let Some(group) = negative::entity(&prepared.params) {
        return format!("{} {} {group}", prepared.method, prepared.path);
    }
    let shared: BTreeMap<&String, &Value> =
        prepared.params.iter().filter(|(name, _)| *name != list).collect();
    let shared: Vec<String> = shared.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} {}", prepared.method, prepared.path, shared.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prepared;
    use placard_domain::plan::{ObjectKey, ObjectKind, StepKey};
    use serde_json::json;

    fn request(kind: ObjectKind, method: &str, parent: &str) -> Request {
        let names = collection(kind);
        let list = if method == "DELETE" { names.ids } else { names.name };
        let prepared = Prepared {
            step: StepKey("s".to_owned()),
            object: ObjectKey::new(kind, "x"),
            operation: "o".to_owned(),
            method: method.to_owned(),
            path: format!("CampaignManagement/v13/{}", names.name),
            params: serde_json::from_value(json!({names.parent: parent, list: [{}]})).unwrap(),
            file_name: None,
        };
        Request { prepared, attachment: None, provisional: None }
    }

    fn places(requests: &[Request]) -> Vec<Vec<usize>> {
        gather(requests).into_iter().map(|batch| batch.places).collect()
    }

    #[test]
    fn items_of_one_parent_and_one_verb_share_a_call() {
        use ObjectKind::{Ad, Keyword};
        let requests = [
            request(Ad, "POST", "1"),
            request(Keyword, "POST", "1"),
            request(Ad, "POST", "2"),
            request(Ad, "POST", "1"),
            request(Ad, "PUT", "1"),
            request(Ad, "DELETE", "1"),
        ];
        assert_eq!(places(&requests), [vec![0, 3], vec![1], vec![2], vec![4], vec![5]]);
    }

    #[test]
    fn no_call_carries_more_than_microsoft_takes() {
        let ads: Vec<Request> = (0..120).map(|_| request(ObjectKind::Ad, "POST", "1")).collect();
        let sizes: Vec<usize> = gather(&ads).iter().map(|batch| batch.places.len()).collect();
        assert_eq!(sizes, [50, 50, 20]);
    }
}
