//! Sends prepared requests, each exactly once, in as few calls as TikTok permits (TikTok, `platforms/tiktok.md` §6–§8,
//! §12, §17).

use super::{
    Tiktok,
    api::{Answer, Call, File},
    encode::Params,
    errors::{is_nothing_to_do, is_taken_file_name, of_create, ours},
    gather::{Batch, gather},
    md5,
    requests::{creates, switches},
    wire::{at, list, missing, plain, promised},
    words::noun,
};
use crate::{
    Access, Attachment, ErrorKind, Outcome, PlatformError, Request, Success,
    together::{Sent, together},
};
use placard_domain::{RemoteId, plan::ObjectKind};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

impl Tiktok {
    /// One outcome for each of `requests`, in order.
    pub(super) async fn send(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        let batches = gather(requests);
        let calls: Vec<_> = batches.iter().map(|batch| self.send_batch(access, requests, batch)).collect();
        together(calls, self.api.http.at_once()).await
    }

    async fn send_batch(&self, access: &Access, requests: &[Request], batch: &Batch) -> Sent {
        let members: Vec<&Request> = batch.places.iter().map(|place| &requests[*place]).collect();
        let sent = self.send_together(access, &members, batch).await;
        batch.places.iter().copied().zip(sent).collect()
    }

    async fn send_together(&self, access: &Access, members: &[&Request], batch: &Batch) -> Vec<Outcome> {
        let Some(first) = members.first() else { return Vec::new() };
        if let Some(file) = &first.attachment {
            return vec![self.send_file(access, first, file).await];
        }
        if let Err(error) = self.videos_are_ready(access, members).await {
            return members.iter().map(|member| Err(blamed(member, &error))).collect();
        }
        let call = joined(members, batch.list.as_deref());
        match self.api.once(access, &call).await {
            Ok(answer) => outcomes(members, &answer),
            Err(error) if is_nothing_to_do(&error) && !creates(&first.prepared) => {
                let done =
                    |_: &&Request| Ok(Success { remote_id: None, raw: json!({"message": error.message}) });
                members.iter().map(done).collect()
            }
            // Whatever is not made anew is the same however often it is sent, so the guilty one is found by asking for
            // each alone (§17, status and update).
            Err(error) if members.len() > 1 && !creates(&first.prepared) && is_about_one(&error) => {
                self.send_one_by_one(access, members).await
            }
            Err(error) => members.iter().map(|member| Err(blamed(member, &error))).collect(),
        }
    }

    async fn send_one_by_one(&self, access: &Access, members: &[&Request]) -> Vec<Outcome> {
        let mut found = Vec::with_capacity(members.len());
        for member in members {
            let call = joined(std::slice::from_ref(member), None);
            let answer = self.api.once(access, &call).await;
            found.push(match answer {
                Ok(answer) => outcome(member, &answer),
                Err(error) if is_nothing_to_do(&error) => {
                    Ok(Success { remote_id: None, raw: json!({"message": error.message}) })
                }
                Err(error) => Err(blamed(member, &error)),
            });
        }
        found
    }

    /// Fails without a call that writes while TikTok prepares a video that one of `members` wants to show (§5, 2).
    async fn videos_are_ready(&self, access: &Access, members: &[&Request]) -> Result<(), PlatformError> {
        let Some(first) = members.first().map(|member| &member.prepared) else { return Ok(()) };
        let videos: BTreeSet<String> =
            members.iter().flat_map(|member| videos(&member.prepared.params)).collect();
        match self.unready_video(access, &videos).await {
            Ok(None) => Ok(()),
            Ok(Some(id)) => {
                let kind = ErrorKind::Throttled { retry_after: Some(PREPARING) };
                Err(ours(&first.operation, kind, format!("TikTok is still preparing the video {id}")))
            }
            // Only a question was lost: nothing was changed.
            Err(error) if matches!(error.kind, ErrorKind::LostAnswer | ErrorKind::ServerFault) => {
                Err(PlatformError { kind: ErrorKind::Throttled { retry_after: None }, ..error })
            }
            Err(error) => Err(error),
        }
    }

    /// Uploads a picture or video. TikTok takes a file's name once, and an earlier attempt whose answer was lost may have taken
    /// this one's: then nothing was stored, and the file goes under another name (§6).
    async fn send_file(&self, access: &Access, request: &Request, attachment: &Attachment) -> Outcome {
        let prepared = &request.prepared;
        let signature = md5::hex(&attachment.bytes);
        let noun = noun(prepared.object.kind);
        let field = format!("{noun}_file");
        let mut copy = 1;
        loop {
            let name = numbered(&attachment.file_name, copy);
            let mut params = prepared.params.clone();
            params.insert("file_name".to_owned(), name.clone().into());
            params.insert(format!("{noun}_signature"), signature.clone().into());
            let call = Call::post(&prepared.operation, &prepared.path, params);
            let file = File { field: &field, name, attachment };
            match self.api.upload(access, &call, file).await {
                Ok(answer) => return outcome(request, &answer),
                Err(error) if is_taken_file_name(&error) && copy < MOST_COPIES => copy += 1,
                Err(error) => return Err(blamed(request, &error)),
            }
        }
    }
}

/// How long a video is left alone before TikTok is asked again whether it is ready; some ten seconds are usual (§5, 2).
const PREPARING: Duration = Duration::from_secs(5);

/// How many names a file is tried under.
const MOST_COPIES: u32 = 10;

/// Whether one of several can be at fault, rather than the call as a whole.
const fn is_about_one(error: &PlatformError) -> bool {
    matches!(error.kind, ErrorKind::Refused | ErrorKind::NotFound)
}

/// The videos that a call wants ads to show.
fn videos(params: &Params) -> impl Iterator<Item = String> {
    let creatives = params.get(super::requests::CREATIVES).and_then(Value::as_array).into_iter().flatten();
    creatives.filter_map(|creative| creative.get("video_id").map(plain))
}

/// The call of `members`, whose entries are joined in `list`.
fn joined(members: &[&Request], list: Option<&str>) -> Call {
    let first = &members[0].prepared;
    let mut params: Params = first.params.clone();
    if let Some(list) = list {
        let entries = members.iter().filter_map(|member| member.prepared.params.get(list)?.as_array());
        params.insert(list.to_owned(), entries.flatten().cloned().collect());
    }
    let operation = match members {
        [_] => first.operation.clone(),
        _ => format!("{}s", first.operation),
    };
    Call::post(&operation, &first.path, params)
}

/// `error` as it concerns one request, with the field that its message names.
fn blamed(request: &Request, error: &PlatformError) -> PlatformError {
    let prepared = &request.prepared;
    let field = error.field.clone().or_else(|| named_field(&prepared.params, &error.message));
    let error = PlatformError { operation: prepared.operation.clone(), field, ..error.clone() };
    if creates(prepared) { of_create(error) } else { error }
}

/// The longest of the sent fields' names that stands in `message` (§20, 40002).
fn named_field(params: &Params, message: &str) -> Option<String> {
    let creatives = params.get(super::requests::CREATIVES).and_then(Value::as_array).into_iter().flatten();
    let inner = creatives.filter_map(Value::as_object).flat_map(|creative| creative.keys());
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words: Vec<&str> = message.split(|letter| !is_word(letter)).collect();
    let named = params.keys().chain(inner).filter(|name| words.contains(&name.as_str()));
    named.max_by_key(|name| name.len()).cloned()
}

/// The parts of an answer by request.
fn outcomes(members: &[&Request], answer: &Answer) -> Vec<Outcome> {
    let Some(first) = members.first() else { return Vec::new() };
    let prepared = &first.prepared;
    if creates(prepared) && prepared.object.kind == ObjectKind::Ad {
        return made_ads(members, answer);
    }
    if !answer.partial {
        return members.iter().map(|member| outcome(member, answer)).collect();
    }
    // Which were left out stands in a list of errors (§8, status).
    let errors = at(&answer.data, "error_list").and_then(Value::as_array);
    let Some(errors) = errors.filter(|_| switches(prepared)) else {
        let error = missing(&prepared.operation, "error_list");
        let unknown =
            |member: &&Request| Err(PlatformError { kind: ErrorKind::LostAnswer, ..blamed(member, &error) });
        return members.iter().map(unknown).collect();
    };
    let id = format!("{}_id", noun(prepared.object.kind));
    let refusal = |member: &Request| {
        let own = member.prepared.params.get(&format!("{id}s"))?.get(0).map(plain)?;
        let error = errors.iter().find(|error| error.get(&id).map(plain).as_ref() == Some(&own))?;
        Some(at(error, "error_message").map_or_else(|| "TikTok gave no reason".to_owned(), plain))
    };
    let each = |member: &&Request| match refusal(member) {
        None => outcome(member, answer),
        Some(message) => {
            let error = ours(&member.prepared.operation, ErrorKind::Refused, message);
            Err(PlatformError { trace_id: answer.request_id.clone(), ..error })
        }
    };
    members.iter().map(each).collect()
}

/// The ids of ads, which come in the order in which the ads were sent (§12).
fn made_ads(members: &[&Request], answer: &Answer) -> Vec<Outcome> {
    let operation = &members[0].prepared.operation;
    let ids = list(operation, &answer.data, "ad_ids").cloned();
    match ids {
        Ok(ids) if ids.len() == members.len() => {
            let success = |id: &Value| {
                Ok(Success { remote_id: Some(RemoteId(plain(id))), raw: json!({"ad_id": plain(id)}) })
            };
            ids.iter().map(success).collect()
        }
        other => {
            let message = "the answer does not tell of every ad";
            let error = other.err().unwrap_or_else(|| ours(operation, ErrorKind::LostAnswer, message));
            let unknown = |_: &&Request| {
                Err(PlatformError {
                    kind: ErrorKind::LostAnswer,
                    trace_id: answer.request_id.clone(),
                    ..error.clone()
                })
            };
            members.iter().map(unknown).collect()
        }
    }
}

/// What an answer says about the only request of its call.
fn outcome(request: &Request, answer: &Answer) -> Outcome {
    let prepared = &request.prepared;
    if !creates(prepared) {
        return Ok(Success { remote_id: None, raw: answer.data.clone() });
    }
    let kind = prepared.object.kind;
    if kind == ObjectKind::Ad {
        return made_ads(&[request], answer).remove(0);
    }
    // Of some uploads the answer is a list (§1); of this one it is not, and both can be read.
    let data = answer.data.get(0).unwrap_or(&answer.data);
    let id = promised(&prepared.operation, data, &format!("{}_id", noun(kind)))?;
    Ok(Success { remote_id: Some(RemoteId(id)), raw: data.clone() })
}

/// The name of a file's copy: `a.png`, `a-2.png`.
fn numbered(name: &str, copy: u32) -> String {
    match name.rsplit_once('.') {
        _ if copy == 1 => name.to_owned(),
        Some((stem, ending)) => format!("{stem}-{copy}.{ending}"),
        None => format!("{name}-{copy}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prepared;
    use placard_domain::plan::{ObjectKey, StepKey};

    fn request(kind: ObjectKind, path: &str, params: Value) -> Request {
        let prepared = Prepared {
            step: StepKey("s".to_owned()),
            object: ObjectKey::new(kind, "x"),
            operation: "create ad".to_owned(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            params: serde_json::from_value(params).unwrap(),
            file_name: None,
        };
        Request { prepared, attachment: None, provisional: None }
    }

    fn ad(name: &str) -> Request {
        request(ObjectKind::Ad, "ad/create/", json!({"adgroup_id": "2", "creatives": [{"ad_name": name}]}))
    }

    fn answer(data: Value, partial: bool) -> Answer {
        Answer { data, partial, request_id: Some("r1".to_owned()) }
    }

    #[test]
    fn ads_are_joined_in_order_and_their_ids_come_back_in_order() {
        let (one, two) = (ad("one"), ad("two"));
        let call = joined(&[&one, &two], Some("creatives"));
        assert_eq!(call.params["creatives"], json!([{"ad_name": "one"}, {"ad_name": "two"}]));
        assert_eq!(call.params["adgroup_id"], "2");
        let found = outcomes(&[&one, &two], &answer(json!({"ad_ids": ["11", 12]}), false));
        let ids: Vec<_> = found.into_iter().map(|one| one.unwrap().remote_id.unwrap().0).collect();
        assert_eq!(ids, ["11", "12"]);
    }

    #[test]
    fn ids_that_do_not_cover_every_ad_leave_all_of_them_to_be_looked_up() {
        let (one, two) = (ad("one"), ad("two"));
        for data in [json!({"ad_ids": ["11"]}), json!({}), json!({"ids": ["11", "12"]})] {
            let found = outcomes(&[&one, &two], &answer(data, true));
            assert!(found.iter().all(|one| one.as_ref().unwrap_err().kind == ErrorKind::LostAnswer));
        }
    }

    #[test]
    fn of_a_partial_switch_only_the_named_ones_failed() {
        let switch = |id: &str| {
            let params = json!({"adgroup_ids": [id], "operation_status": "ENABLE"});
            request(ObjectKind::AdGroup, "adgroup/status/update/", params)
        };
        let (one, two) = (switch("1"), switch("2"));
        let data =
            json!({"adgroup_ids": ["1"], "error_list": [{"adgroup_id": "2", "error_message": "No budget"}]});
        let found = outcomes(&[&one, &two], &answer(data, true));
        assert!(found[0].is_ok());
        let error = found[1].as_ref().unwrap_err();
        assert_eq!((error.message.as_str(), error.trace_id.as_deref()), ("No budget", Some("r1")));
        let silent = outcomes(&[&one, &two], &answer(json!({}), true));
        assert!(silent.iter().all(|one| one.as_ref().unwrap_err().kind == ErrorKind::LostAnswer));
    }

    #[test]
    fn an_answer_without_the_id_is_named_as_such() {
        let campaign = request(ObjectKind::Campaign, "campaign/create/", json!({}));
        let error = outcome(&campaign, &answer(json!({"id": "1"}), false)).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Malformed, Some("campaign_id")));
        let made = outcome(&campaign, &answer(json!({"campaign_id": 17}), false)).unwrap();
        assert_eq!(made.remote_id.unwrap().0, "17");
    }

    #[test]
    fn the_field_that_a_message_names_is_found_inside_ads_as_well() {
        let error = ours("x", ErrorKind::Refused, "ad_name: must not be empty");
        assert_eq!(blamed(&ad(""), &error).field.as_deref(), Some("ad_name"));
        let error = ours("x", ErrorKind::Refused, "something else");
        assert_eq!(blamed(&ad(""), &error).field, None);
    }

    #[test]
    fn a_copy_of_a_file_has_a_number_in_its_name() {
        assert_eq!(
            [numbered("a.png", 1), numbered("a.png", 2), numbered("a", 3)],
            ["a.png", "a-2.png", "a-3"]
        );
    }
}
