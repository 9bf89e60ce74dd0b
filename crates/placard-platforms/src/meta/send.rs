//! Sends prepared requests, each exactly once (Meta, `platforms/meta.md` §5, §6, §18).

use super::{
    Meta,
    batch::{self, Item},
    encode::Params,
    errors::ours,
    graph::{Call, File},
    requests::creates,
    wire::plain,
};
use crate::{Access, Attachment, ErrorKind, Outcome, PlatformError, Request, Success};
use placard_domain::{RemoteId, plan::ObjectKind};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

/// Most files in one call. Meta names no limit; this keeps a call within its time.
pub(super) const MOST_FILES: usize = 10;

/// A request with its number and its file.
type WithFile<'a> = (usize, &'a Request, &'a Attachment);

impl Meta {
    /// Images go in calls of several parts, videos one after the other, the rest in batches. One outcome for each request, in
    /// order.
    pub(super) async fn send(&self, access: &Access, requests: &[Request]) -> Vec<Outcome> {
        let mut outcomes: Vec<(usize, Outcome)> = Vec::with_capacity(requests.len());
        let numbered = || requests.iter().enumerate();
        let files =
            numbered().filter_map(|(index, request)| Some((index, request, request.attachment.as_ref()?)));
        let (videos, images): (Vec<WithFile<'_>>, Vec<WithFile<'_>>) =
            files.partition(|(_, request, _)| request.prepared.object.kind == ObjectKind::Video);
        for chunk in images.chunks(MOST_FILES) {
            let sent = self.send_images(access, chunk).await;
            outcomes.extend(chunk.iter().map(|(index, ..)| *index).zip(sent));
        }
        for (index, request, file) in videos {
            outcomes.push((index, self.send_video(access, request, file).await));
        }
        let bare: Vec<(usize, &Request)> =
            numbered().filter(|(_, request)| request.attachment.is_none()).collect();
        for chunk in bare.chunks(batch::MOST) {
            outcomes.extend(self.send_bare(access, chunk).await);
        }
        outcomes.sort_by_key(|(index, _)| *index);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    async fn send_images(&self, access: &Access, chunk: &[WithFile<'_>]) -> Vec<Outcome> {
        let Some((_, first, _)) = chunk.first() else { return Vec::new() };
        let operation = if chunk.len() == 1 { "upload an image" } else { "upload images" };
        let files: Vec<&Attachment> = chunk.iter().map(|(_, _, file)| *file).collect();
        let (path, params) = (first.prepared.path.clone(), Params::new());
        let call = Call { operation: operation.to_owned(), method: Method::POST, path, params };
        let parts = files.iter().map(|file| File {
            field: &file.file_name,
            name: &file.file_name,
            bytes: file.bytes.clone(),
        });
        let answer = self.graph.upload(access, &call, parts.collect()).await;
        let single = files.len() == 1;
        let outcome = |file: &Attachment| {
            let answer = answer.as_ref().map_err(Clone::clone)?;
            let image = uploaded(answer, &file.file_name, single).ok_or_else(|| {
                ours(
                    operation,
                    ErrorKind::LostAnswer,
                    format!("the answer does not tell of {}", file.file_name),
                )
            })?;
            let hash = image.get("hash").and_then(Value::as_str).map(|hash| RemoteId(hash.to_owned()));
            match hash {
                Some(hash) => Ok(Success { remote_id: Some(hash), raw: image.clone() }),
                None => Err(ours(operation, ErrorKind::Malformed, "the answer names no hash")),
            }
        };
        files.iter().map(|file| outcome(file)).collect()
    }

    async fn send_bare(&self, access: &Access, chunk: &[(usize, &Request)]) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::new();
        let mut items = Vec::new();
        let mut sent = Vec::new();
        let mut early = self.without_video(access, chunk).await;
        for (index, request) in chunk {
            let item = match early.remove(index) {
                Some(error) => Err(error),
                None => self.item(access, request),
            };
            match item {
                Ok(item) => {
                    items.push(item);
                    sent.push((*index, *request));
                }
                Err(error) => outcomes.push((*index, Err(error))),
            }
        }
        if !items.is_empty() {
            let answers = self.graph.batch_once(access, &items).await;
            let read = sent.into_iter().zip(answers);
            outcomes.extend(
                read.map(|((index, request), answer)| (index, answer.and_then(|raw| success(request, raw)))),
            );
        }
        outcomes
    }

    fn item<'a>(&self, access: &'a Access, request: &Request) -> Result<Item<'a>, PlatformError> {
        let prepared = &request.prepared;
        let method = match prepared.method.as_str() {
            "POST" => Method::POST,
            "DELETE" => Method::DELETE,
            other => {
                let message = format!("requests are POST or DELETE, not {other}");
                return Err(ours(&prepared.operation, ErrorKind::Refused, message));
            }
        };
        let call = Call {
            operation: prepared.operation.clone(),
            method,
            path: prepared.path.clone(),
            params: prepared.params.clone(),
        };
        Ok(Item { call, token: token_for(access, request)? })
    }
}

/// Instant forms belong to the page and want its token (§14).
fn token_for<'a>(access: &'a Access, request: &Request) -> Result<&'a SecretString, PlatformError> {
    if request.prepared.object.kind != ObjectKind::LeadForm {
        return Ok(&access.token);
    }
    access.page_token.as_ref().ok_or_else(|| {
        let message = "instant forms need the token of the page, and none is known";
        ours(&request.prepared.operation, ErrorKind::Forbidden, message)
    })
}

/// The image in an upload's answer: by its file name, or the only one there is (§6).
fn uploaded<'a>(answer: &'a Value, file_name: &str, single: bool) -> Option<&'a Value> {
    let images = answer.get("images")?.as_object()?;
    images.get(file_name).or_else(|| images.values().next().filter(|_| single))
}

fn success(request: &Request, raw: Value) -> Outcome {
    let prepared = &request.prepared;
    if !creates(prepared) {
        return Ok(Success { remote_id: None, raw });
    }
    match raw.get("id") {
        Some(id) => Ok(Success { remote_id: Some(RemoteId(plain(id))), raw }),
        None => Err(ours(&prepared.operation, ErrorKind::Malformed, "the answer names no id")),
    }
}
