//! Which requests of a slice go together (TikTok, `platforms/tiktok.md` §7, §8, §12).
//!
//! TikTok has no batch, but one call makes or changes up to twenty ads of one ad group, and one call switches or deletes
//! up to twenty objects of one kind.

use super::requests::{ACCOUNT, CREATIVES, creates, switches};
use crate::Request;
use placard_domain::plan::ObjectKind;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most requests that one call carries.
pub(super) const MOST: usize = 20;

/// Requests that go in one call, by their places in the slice.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) places: Vec<usize>,
    /// The list that holds one entry of each: ads, or ids to switch.
    pub(super) list: Option<String>,
}

/// The calls that carry `requests`, in the order of the first request of each.
pub(super) fn gather(requests: &[Request]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (place, request) in requests.iter().enumerate() {
        let list = shared_list(request);
        let likeness = list.as_deref().map(|list| likeness(request, list));
        let known = likeness.as_ref().and_then(|likeness| open.get(likeness)).copied();
        match known.and_then(|index| batches.get_mut(index)).filter(|batch| batch.places.len() < MOST) {
            Some(batch) => batch.places.push(place),
            None => {
                open.extend(likeness.map(|likeness| (likeness, batches.len())));
                batches.push(Batch { places: vec![place], list });
            }
        }
    }
    batches
}

/// The list by which a request can share its call with others like it.
fn shared_list(request: &Request) -> Option<String> {
    let prepared = &request.prepared;
    if switches(prepared) {
        return prepared.params.keys().find(|name| name.ends_with("_ids")).cloned();
    }
    let is_ad = prepared.object.kind == ObjectKind::Ad && request.attachment.is_none();
    is_ad.then(|| CREATIVES.to_owned())
}

/// Everything of a request but its own entry in the shared list. Like requests go in one call.
fn likeness(request: &Request, list: &str) -> String {
    let prepared = &request.prepared;
    let shared: BTreeMap<&String, &Value> = prepared
        .params
        .iter()
        .filter(|(name, _)| name.as_str() != list && name.as_str() != ACCOUNT)
        .collect();
    let shared: Vec<String> = shared.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} {}", prepared.path, creates(prepared), shared.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prepared;
    use placard_domain::plan::{ObjectKey, StepKey};
    use serde_json::json;

    fn request(kind: ObjectKind, path: &str, params: Value) -> Request {
        let params = serde_json::from_value(params).unwrap();
        let prepared = Prepared {
            step: StepKey("s".to_owned()),
            object: ObjectKey::new(kind, "x"),
            operation: "o".to_owned(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            params,
            file_name: None,
        };
        Request { prepared, attachment: None, provisional: None }
    }

    fn ad(group: &str) -> Request {
        request(ObjectKind::Ad, "ad/create/", json!({"adgroup_id": group, "creatives": [{"ad_name": "n"}]}))
    }

    fn switch(kind: ObjectKind, noun: &str, word: &str) -> Request {
        let params = json!({format!("{noun}_ids"): ["1"], "operation_status": word});
        request(kind, &format!("{noun}/status/update/"), params)
    }

    fn places(requests: &[Request]) -> Vec<Vec<usize>> {
        gather(requests).into_iter().map(|batch| batch.places).collect()
    }

    #[test]
    fn ads_of_one_group_and_equal_switches_go_together_and_the_rest_alone() {
        let group = || request(ObjectKind::AdGroup, "adgroup/create/", json!({"campaign_id": "1"}));
        assert_eq!(places(&[group(), group()]), [[0], [1]]);
        assert_eq!(places(&[ad("1"), ad("2"), ad("1"), ad("2")]), [[0, 2], [1, 3]]);
        let (on, off) = ("ENABLE", "DISABLE");
        let switches = [
            switch(ObjectKind::Ad, "ad", on),
            switch(ObjectKind::AdGroup, "adgroup", on),
            switch(ObjectKind::Ad, "ad", off),
            switch(ObjectKind::Ad, "ad", on),
        ];
        assert_eq!(places(&switches), [vec![0, 3], vec![1], vec![2]]);
    }

    #[test]
    fn no_call_carries_more_than_tiktok_takes() {
        let ads: Vec<Request> = (0..45).map(|_| ad("1")).collect();
        let sizes: Vec<usize> = gather(&ads).iter().map(|batch| batch.places.len()).collect();
        assert_eq!(sizes, [20, 20, 5]);
    }

    #[test]
    fn making_and_changing_do_not_mix() {
        let change = request(
            ObjectKind::Ad,
            "ad/update/",
            json!({"adgroup_id": "1", "patch_update": true, "creatives": [{"ad_id": "3"}]}),
        );
        assert_eq!(places(&[ad("1"), change]), [[0], [1]]);
    }
}
