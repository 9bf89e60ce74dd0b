//! Sends and reads keywords that keep searches away (Microsoft, `platforms/microsoft.md` §3).

use super::{
    Microsoft,
    api::Call,
    encode::params,
    errors::{Refusal, about, ours, partial},
    negative::{ENTITY, Holder, KEYWORDS, LIST, entity, keyword, same},
    wire::{at, below, entries, id_at, own_id, parent_of, with_own_ids},
    words::SERVICE,
};
use crate::{Access, ErrorKind, Outcome, PlatformError, Prepared, Request, Success};
use placard_domain::RemoteId;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Microsoft {
    /// One outcome for each of `members`, which are of one ad group and one verb.
    pub(super) async fn send_negatives(&self, access: &Access, members: &[&Request]) -> Vec<Outcome> {
        let sent = match members.first().map(|first| first.prepared.method.as_str()) {
            Some("DELETE") => self.delete_negatives(access, members).await,
            _ => self.create_negatives(access, members).await,
        };
        sent.unwrap_or_else(|error| members.iter().map(|member| Err(about(member, &error))).collect())
    }

    async fn create_negatives(
        &self,
        access: &Access,
        members: &[&Request],
    ) -> Result<Vec<Outcome>, PlatformError> {
        let operation = "create negative keywords";
        let group = members.first().and_then(|first| entity(&first.prepared.params));
        let group = group.ok_or_else(|| ours(operation, ErrorKind::Refused, "no ad group is named"))?;
        let known = self.negatives(access, operation, Holder::AdGroup, &group).await?;
        let there = |member: &&Request| same(keyword(&member.prepared)?, &known);
        let ids: Vec<Option<String>> = members.iter().map(there).collect();
        let missing: Vec<&Request> =
            members.iter().zip(&ids).filter(|(_, id)| id.is_none()).map(|(member, _)| *member).collect();
        let mut made = if missing.is_empty() {
            Vec::new()
        } else {
            let answer =
                self.api.once(Some(access), &access.token, &joined(operation, &missing, &group)).await;
            created(&missing, &group, answer)
        }
        .into_iter();
        let outcome = |id: Option<String>| match id {
            Some(id) => Some(Ok(success(&group, &id))),
            None => made.next(),
        };
        Ok(ids.into_iter().filter_map(outcome).collect())
    }

    async fn delete_negatives(
        &self,
        access: &Access,
        members: &[&Request],
    ) -> Result<Vec<Outcome>, PlatformError> {
        let operation = "delete negative keywords";
        let group = members.first().and_then(|first| entity(&first.prepared.params)).unwrap_or_default();
        let call = joined(operation, members, &group);
        let answer = self.api.once(Some(access), &access.token, &call).await?;
        let refusals = refusals(operation, &answer);
        let outcome = |(index, member): (usize, &&Request)| match refusals
            .iter()
            .find(|refusal| refusal.index.is_none_or(|about| about == index))
        {
            Some(refusal) => Err(about(member, &refusal.error)),
            None => Ok(Success { remote_id: None, raw: json!({"PartialErrors": []}) }),
        };
        Ok(members.iter().enumerate().map(outcome).collect())
    }

    /// For each of `made`, the id of what is there and the same, if it is such a keyword.
    pub(super) async fn look_up_negatives(
        &self,
        access: &Access,
        made: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PlatformError> {
        let mut known: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut found = Vec::with_capacity(made.len());
        for prepared in made {
            let Some(group) = entity(&prepared.params) else {
                found.push(None);
                continue;
            };
            if !known.contains_key(&group) {
                let list =
                    self.negatives(access, "look for negative keywords", Holder::AdGroup, &group).await?;
                known.insert(group.clone(), list);
            }
            let same = keyword(prepared).and_then(|wanted| same(wanted, &known[&group]));
            found.push(same.map(|id| RemoteId(below(&group, &id))));
        }
        Ok(found)
    }

    /// Every such keyword of what we know by `id`. Of what is gone, none.
    pub(super) async fn negatives(
        &self,
        access: &Access,
        operation: &str,
        holder: Holder,
        id: &str,
    ) -> Result<Vec<Value>, PlatformError> {
        let mut ask = params([("EntityIds", json!([own_id(id)])), ("EntityType", holder.word().into())]);
        if let Some(campaign) = parent_of(id) {
            ask.insert("ParentEntityId".to_owned(), own_id(campaign).into());
        }
        let call = Call::query(operation, format!("{SERVICE}/{KEYWORDS}/QueryByEntityIds"), ask);
        match self.api.read(access, &call).await {
            Ok(answer) => {
                let holders = entries(operation, &answer, LIST)?;
                let lists = holders.filter_map(|entry| at(entry, KEYWORDS)?.as_array());
                Ok(lists.flatten().filter(|keyword| !keyword.is_null()).cloned().collect())
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// One call with the keywords of all `members`.
fn joined(operation: &str, members: &[&Request], group: &str) -> Call {
    let keywords: Vec<&Value> = members.iter().filter_map(|member| keyword(&member.prepared)).collect();
    let entry = json!({ENTITY: group, "EntityType": Holder::AdGroup.word(), KEYWORDS: keywords});
    let first = members.first().map(|first| &first.prepared);
    let method =
        if first.is_some_and(|first| first.method == "DELETE") { Method::DELETE } else { Method::POST };
    Call {
        operation: operation.to_owned(),
        method,
        path: format!("{SERVICE}/{LIST}"),
        params: params([(LIST, with_own_ids(LIST, &json!([entry])))]),
    }
}

/// What an answer says of each of `members`.
fn created(members: &[&Request], group: &str, answer: Result<Value, PlatformError>) -> Vec<Outcome> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return members.iter().map(|member| Err(about(member, &error))).collect(),
    };
    let ids = at(&answer, "NegativeKeywordIds").and_then(|lists| lists.get(0)).cloned().unwrap_or_default();
    let refusals = refusals("create negative keywords", &answer);
    let outcome = |(index, member): (usize, &&Request)| {
        let refusal = refusals.iter().find(|refusal| refusal.index.is_none_or(|about| about == index));
        match (refusal, id_at(&ids, "Ids", index)) {
            (Some(refusal), _) => Err(about(member, &refusal.error)),
            (None, Some(id)) => Ok(success(group, &id)),
            (None, None) => {
                let message = "the answer tells neither an id nor a reason in `NegativeKeywordIds`";
                let error = ours(&member.prepared.operation, ErrorKind::LostAnswer, message);
                Err(PlatformError { field: Some("NegativeKeywordIds".to_owned()), ..error })
            }
        }
    };
    members.iter().enumerate().map(outcome).collect()
}

/// The refusals of an answer about one ad group: the nested list is about it, and what is in that about its keywords.
fn refusals(operation: &str, answer: &Value) -> Vec<Refusal> {
    let collections = at(answer, "NestedPartialErrors").and_then(Value::as_array).into_iter().flatten();
    let told = collections.filter(|one| !one.is_null()).flat_map(|collection| {
        match at(collection, "BatchErrors").and_then(Value::as_array).filter(|errors| !errors.is_empty()) {
            Some(errors) => errors.clone(),
            // One that names no keyword is about all of them.
            None => {
                let mut all = collection.clone();
                all["Index"] = Value::Null;
                vec![all]
            }
        }
    });
    partial(
        operation,
        &json!({"PartialErrors": told.collect::<Vec<_>>(), "TrackingId": answer.get("TrackingId")}),
    )
}

fn success(group: &str, id: &str) -> Success {
    Success { remote_id: Some(RemoteId(below(group, id))), raw: json!({"Id": id}) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::negative::{calls, key};
    use placard_domain::{plan::StepKey, spec::MatchType};

    fn request(method: &str, text: &str) -> Request {
        let keyword = json!({"Text": text, "MatchType": "Phrase"});
        let entry = json!({ENTITY: "4~7", "EntityType": "AdGroup", KEYWORDS: [keyword]});
        let prepared = Prepared {
            step: StepKey("s".to_owned()),
            object: key("women", MatchType::Phrase, text),
            operation: "create negative keyword".to_owned(),
            method: method.to_owned(),
            path: format!("{SERVICE}/{LIST}"),
            params: params([(LIST, json!([entry]))]),
            file_name: None,
        };
        Request { prepared, attachment: None, provisional: None }
    }

    #[test]
    fn those_of_one_ad_group_go_together_under_its_own_id() {
        let (one, two) = (request("POST", "used"), request("POST", "free"));
        let call = joined("create negative keywords", &[&one, &two], "4~7");
        let entry = &call.params[LIST][0];
        assert_eq!((&entry[ENTITY], entry[KEYWORDS].as_array().map(Vec::len)), (&json!("7"), Some(2)));
        assert_eq!(call.method, Method::POST);
        assert_eq!((calls(&one.prepared), calls(&request("DELETE", "x").prepared)), (2, 1));
    }

    #[test]
    fn a_refusal_is_about_its_keyword_and_what_has_no_answer_is_unknown() {
        let members = [request("POST", "a"), request("POST", "b"), request("POST", "c")];
        let members: Vec<&Request> = members.iter().collect();
        let refusal =
            json!({"Type": "BatchError", "Index": 1, "Code": 1042, "ErrorCode": "E", "Message": "No."});
        let answer = json!({"NegativeKeywordIds": [{"Ids": ["11", null]}], "NestedPartialErrors": [{"Index": 0,
            "Type": "BatchErrorCollection", "Code": 1042, "BatchErrors": [refusal]}]});
        let found = created(&members, "4~7", Ok(answer));
        assert_eq!(found[0].as_ref().unwrap().remote_id.as_ref().unwrap().0, "4~7~11");
        assert_eq!(found[1].as_ref().unwrap_err().number(), Some(1042));
        assert_eq!(found[2].as_ref().unwrap_err().kind, ErrorKind::LostAnswer);
        let whole = json!({"NegativeKeywordIds": [null], "NestedPartialErrors": [{"Index": 0, "Code": 1044,
            "Type": "BatchErrorCollection", "Message": "Gone.", "BatchErrors": []}]});
        let found = created(&members, "4~7", Ok(whole));
        assert!(found.iter().all(|one| one.as_ref().is_err_and(|error| error.kind == ErrorKind::NotFound)));
    }
}
