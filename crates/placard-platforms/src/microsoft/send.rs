//! Sends prepared requests, each exactly once, in as few calls as Microsoft permits (Microsoft,
//! `platforms/microsoft.md` §3, §4, replies and partial errors).

use super::{
    Microsoft,
    api::Call,
    errors::{about, ours, partial},
    gather::{Batch, gather},
    negative,
    requests::creates,
    wire::{below, id_at, plain, text_at, with_own_ids},
    words::collection,
};
use crate::{
    Access, ErrorKind, Outcome, PlatformError, Request, Success,
    together::{Sent, together},
};
use placard_domain::{RemoteId, plan::ObjectKind};
use reqwest::Method;
use serde_json::{Value, json};

impl Microsoft {
    /// One outcome for each of `requests`, in order.
    pub(super) async fn send(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        let batches = gather(requests);
        let calls: Vec<_> = batches.iter().map(|batch| self.send_batch(access, requests, batch)).collect();
        together(calls, self.api.http.at_once()).await
    }

    async fn send_batch(&self, access: &Access, requests: &[Request], batch: &Batch) -> Sent {
        let members: Vec<&Request> = batch.places.iter().map(|place| &requests[*place]).collect();
        let sent = match joined(&members, batch) {
            _ if batch.list == negative::LIST => self.send_negatives(access, &members).await,
            Ok(call) => match self.api.once(Some(access), &access.token, &call).await {
                Ok(answer) => self.outcomes(&members, &answer),
                Err(error) => members.iter().map(|member| Err(about(member, &error))).collect(),
            },
            Err(error) => members.iter().map(|_| Err(error.clone())).collect(),
        };
        batch.places.iter().copied().zip(sent).collect()
    }

    /// What an answer says about each of `members`. Refusals name them by their place (§4).
    fn outcomes(&self, members: &[&Request], answer: &Value) -> Vec<Outcome> {
        let operation = members.first().map_or("", |member| member.prepared.operation.as_str());
        let refusals = partial(operation, answer);
        let each = |(index, member): (usize, &&Request)| {
            let refusal = refusals.iter().find(|refusal| refusal.index == Some(index));
            // One that names nobody may be about anybody.
            let refusal = refusal.or_else(|| refusals.iter().find(|refusal| refusal.index.is_none()));
            match refusal {
                Some(refusal) => Err(about(member, &refusal.error)),
                None => outcome(member, answer, index),
            }
        };
        members.iter().enumerate().map(each).collect()
    }
}

/// The call of `members`, whose entries are joined in one list.
fn joined(members: &[&Request], batch: &Batch) -> Result<Call, PlatformError> {
    let Some(first) = members.first() else {
        return Err(ours("send nothing", ErrorKind::Refused, "there is nothing to send"));
    };
    let prepared = &first.prepared;
    let method = Method::from_bytes(prepared.method.as_bytes()).map_err(|_| {
        let message = format!("`{}` is no HTTP method", prepared.method);
        ours(&prepared.operation, ErrorKind::Refused, message)
    })?;
    let entries = members.iter().filter_map(|member| member.prepared.params.get(batch.list)?.as_array());
    let mut params = prepared.params.clone();
    params.insert(batch.list.to_owned(), entries.flatten().cloned().collect());
    let params = params.iter().map(|(name, value)| (name.clone(), with_own_ids(name, value))).collect();
    let operation = match members {
        [_] => prepared.operation.clone(),
        _ => format!("{}s", prepared.operation),
    };
    Ok(Call { operation, method, path: prepared.path.clone(), params })
}

/// What an answer without a refusal says about the request at `index`.
fn outcome(request: &Request, answer: &Value, index: usize) -> Outcome {
    let prepared = &request.prepared;
    if !creates(prepared) {
        return Ok(Success { remote_id: None, raw: json!({"PartialErrors": []}) });
    }
    let list = collection(prepared.object.kind).ids;
    match id_at(answer, list, index) {
        Some(id) => {
            let raw = json!({"Id": id});
            Ok(Success { remote_id: Some(RemoteId(known_as(request, id))), raw })
        }
        // Neither an id nor a reason: whether it was made is unknown.
        None => {
            let message = format!("the answer tells neither an id nor a reason in `{list}`");
            let error = ours(&prepared.operation, ErrorKind::LostAnswer, message);
            Err(PlatformError { field: Some(list.to_owned()), ..error })
        }
    }
}

/// The id by which we know what `request` made.
fn known_as(request: &Request, id: String) -> String {
    let (kind, params) = (request.prepared.object.kind, &request.prepared.params);
    let names = collection(kind);
    let parent = match kind {
        ObjectKind::Campaign => None,
        ObjectKind::Targeting => params.get(names.name).and_then(|list| text_at(list.get(0)?, names.parent)),
        _ => params.get(names.parent).map(plain),
    };
    parent.map_or_else(|| id.clone(), |parent| below(&parent, &id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prepared, microsoft::MicrosoftConfig};
    use placard_domain::plan::{ObjectKey, StepKey};
    use std::sync::Arc;

    fn request(kind: ObjectKind, method: &str, item: Value) -> Request {
        let prepared = Prepared {
            step: StepKey("s".to_owned()),
            object: ObjectKey::new(kind, "x"),
            operation: "create keyword".to_owned(),
            method: method.to_owned(),
            path: "CampaignManagement/v13/Keywords".to_owned(),
            params: serde_json::from_value(json!({"AdGroupId": "7", "Keywords": [item]})).unwrap(),
            file_name: None,
        };
        Request { prepared, attachment: None, provisional: None }
    }

    fn adapter() -> Microsoft {
        let base = "http://127.0.0.1:9".parse().unwrap();
        let config = MicrosoftConfig::at(base, "1", "s".to_owned().into(), "d".to_owned().into());
        Microsoft::new(config, Arc::new(|| 0.5)).unwrap()
    }

    fn created(answer: Value, count: usize) -> Vec<Outcome> {
        let requests: Vec<Request> =
            (0..count).map(|_| request(ObjectKind::Keyword, "POST", json!({}))).collect();
        adapter().outcomes(&requests.iter().collect::<Vec<_>>(), &answer)
    }

    fn refusal(index: usize, code: i64) -> Value {
        json!({"Type": "BatchError", "Index": index, "Code": code, "ErrorCode": "X", "Message": "m"})
    }

    #[test]
    fn items_are_joined_in_order() {
        let (one, two) = (
            request(ObjectKind::Keyword, "POST", json!({"Text": "one"})),
            request(ObjectKind::Keyword, "POST", json!({"Text": "two"})),
        );
        let batch = Batch { places: vec![0, 1], list: "Keywords" };
        let call = joined(&[&one, &two], &batch).unwrap();
        assert_eq!(call.params["Keywords"], json!([{"Text": "one"}, {"Text": "two"}]));
        assert_eq!((call.operation.as_str(), call.method), ("create keywords", Method::POST));
    }

    #[test]
    fn a_refusal_is_about_the_item_at_its_place() {
        let answer = json!({"KeywordIds": ["11", null, "13"], "PartialErrors": [refusal(1, 1538)]});
        let found = created(answer, 3);
        assert_eq!(found[0].as_ref().unwrap().remote_id.as_ref().unwrap().0, "7~11");
        assert_eq!(found[1].as_ref().unwrap_err().kind, ErrorKind::Refused);
        assert_eq!(found[2].as_ref().unwrap().remote_id.as_ref().unwrap().0, "7~13");
    }

    #[test]
    fn criterions_nest_their_refusals() {
        let answer = json!({"KeywordIds": [null], "NestedPartialErrors": [{"Type": "BatchErrorCollection",
            "Index": 0, "Code": 4_000, "ErrorCode": "Y", "Message": "n", "BatchErrors": [refusal(0, 4_000)]}]});
        assert_eq!(created(answer, 1)[0].as_ref().unwrap_err().number(), Some(4_000));
    }

    #[test]
    fn neither_id_nor_reason_leaves_an_item_to_be_looked_up() {
        for answer in
            [json!({"KeywordIds": ["11", null]}), json!({"KeywordIds": ["11"], "PartialErrors": null})]
        {
            let found = created(answer, 2);
            assert!(found[0].is_ok());
            assert_eq!(found[1].as_ref().unwrap_err().kind, ErrorKind::LostAnswer);
        }
    }

    #[test]
    fn what_is_taken_may_be_our_own() {
        for code in [1115, 1214, 1542, 1517, 1043] {
            let answer = json!({"KeywordIds": [null], "PartialErrors": [refusal(0, code)]});
            assert_eq!(created(answer, 1)[0].as_ref().unwrap_err().kind, ErrorKind::LostAnswer, "{code}");
        }
        let change = request(ObjectKind::Keyword, "PUT", json!({"Id": "1"}));
        let answer = json!({"PartialErrors": [refusal(0, 1214)]});
        let found = adapter().outcomes(&[&change], &answer);
        assert_eq!(found[0].as_ref().unwrap_err().kind, ErrorKind::Refused);
    }

    #[test]
    fn nothing_refused_is_done_whether_the_list_is_empty_or_missing() {
        let change = request(ObjectKind::Keyword, "PUT", json!({"Id": "1"}));
        for answer in [json!({"PartialErrors": []}), json!({"PartialErrors": null}), json!({})] {
            assert!(adapter().outcomes(&[&change], &answer)[0].is_ok());
        }
    }
}
