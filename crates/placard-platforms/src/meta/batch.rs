//! Several calls in one (Meta, `platforms/meta.md` §18).

use super::{
    VERSION, encode,
    errors::ours,
    graph::{Call, Graph, malformed},
    rates::Headers,
    wire::BatchReply,
};
use crate::{Access, ErrorKind, PlatformError};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// Most calls in one batch (§18).
pub(super) const MOST: usize = 50;

/// One call of a batch and the token that it uses.
pub(super) struct Item<'a> {
    pub(super) call: Call,
    pub(super) token: &'a SecretString,
}

type Answers = Vec<Result<Value, PlatformError>>;

impl Graph {
    /// Sends up to [`MOST`] calls at once, exactly once, and gives one answer for each. One call alone goes without a
    /// batch around it.
    pub(super) async fn batch_once(&self, access: &Access, items: &[Item<'_>]) -> Answers {
        if let [item] = items {
            return vec![self.once(access, item.token, &item.call).await];
        }
        match self.send_batch(access, items).await {
            Err(error) => items.iter().map(|item| Err(for_item(&error, &item.call))).collect(),
            Ok(answer) => self.split(access, items, answer),
        }
    }

    /// Sends reads in batches and sends those again that failed in passing. One answer for each call.
    pub(super) async fn batch_read(
        &self,
        access: &Access,
        calls: Vec<Item<'_>>,
    ) -> Result<Answers, PlatformError> {
        let mut answers: Vec<Option<Result<Value, PlatformError>>> = calls.iter().map(|_| None).collect();
        let mut patience = self.http.patience();
        let calls: Vec<(usize, Item<'_>)> = calls.into_iter().enumerate().collect();
        let mut open: Vec<&(usize, Item<'_>)> = calls.iter().collect();
        while !open.is_empty() {
            let mut again = Vec::new();
            let mut failure = None;
            for chunk in open.chunks(MOST) {
                let items: Vec<Item<'_>> = chunk
                    .iter()
                    .map(|(_, item)| Item { call: item.call.clone(), token: item.token })
                    .collect();
                for (entry, answer) in chunk.iter().zip(self.batch_once(access, &items).await) {
                    match answer {
                        Err(error) if matches!(error.kind.retry_read(), crate::Retry::Again(_)) => {
                            again.push(*entry);
                            failure = Some(error);
                        }
                        other => answers[entry.0] = Some(other),
                    }
                }
            }
            if let Some(error) = failure {
                patience.after(error).await?;
            }
            open = again;
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn send_batch(&self, access: &Access, items: &[Item<'_>]) -> Result<Value, PlatformError> {
        const OPERATION: &str = "send a batch";
        self.check_open(access, OPERATION)?;
        items.iter().for_each(|item| self.record(&item.call));
        let batch: Vec<Value> = items.iter().map(|item| self.item(access, item)).collect();
        let form =
            [("batch", Value::from(batch).to_string()), ("appsecret_proof", self.proof(&access.token))];
        let request = self.http.request(Method::POST, self.address(""));
        let request = request.bearer_auth(access.token.expose_secret()).form(&form);
        self.answer(OPERATION, request, &access.token, Some(access)).await
    }

    fn item(&self, access: &Access, item: &Item<'_>) -> Value {
        let mut params = item.call.params.clone();
        if item.token.expose_secret() != access.token.expose_secret() {
            params.insert("access_token".to_owned(), item.token.expose_secret().into());
            params.insert("appsecret_proof".to_owned(), self.proof(item.token).into());
        }
        let path = format!("{VERSION}/{}", item.call.path);
        let encoded = encode::url_encoded(&params);
        let mut entry = Map::new();
        entry.insert("method".to_owned(), item.call.method.as_str().into());
        if item.call.method == Method::POST {
            entry.insert("relative_url".to_owned(), path.into());
            entry.insert("body".to_owned(), encoded.into());
        } else {
            entry.insert("relative_url".to_owned(), json!(format!("{path}?{encoded}")));
        }
        Value::Object(entry)
    }

    fn split(&self, access: &Access, items: &[Item<'_>], answer: Value) -> Answers {
        // An answer that is no list says of no call what came of it.
        let mut replies = serde_json::from_value::<Vec<Value>>(answer).unwrap_or_default().into_iter();
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            let answer = self.judge_item(access, item, replies.next().unwrap_or(Value::Null));
            if let Err(error) = &answer {
                self.note_failure(access, error);
            }
            answers.push(answer);
        }
        answers
    }

    fn judge_item(&self, access: &Access, item: &Item<'_>, reply: Value) -> Result<Value, PlatformError> {
        let operation = &item.call.operation;
        if reply.is_null() {
            return Err(ours(operation, ErrorKind::LostAnswer, "the batch was answered without this call"));
        }
        let reply: BatchReply = serde_json::from_value(reply)
            .map_err(|cause| malformed(operation, "the batch answered this call in another shape", cause))?;
        let headers: Headers = reply
            .headers
            .into_iter()
            .map(|header| (header.name.to_ascii_lowercase(), header.value))
            .collect();
        self.board.note(&access.account.id, &headers);
        let body = reply.body.unwrap_or_default();
        self.judge(operation, reply.code, &headers, body.as_bytes(), item.token)
    }
}

/// The failure of a whole batch as the failure of one of its calls.
fn for_item(error: &PlatformError, call: &Call) -> PlatformError {
    PlatformError { operation: call.operation.clone(), ..error.clone() }
}
