//! Models behind a server that speaks as OpenAI's chat completions do (`POST /v1/chat/completions`; OpenAI API
//! reference, Chat).

use super::{CopyProvider, Cost, ProviderError, ProviderSettings, Reply};
use anyhow::{Context, Result};
use async_trait::async_trait;
use placard_domain::{
    copy::{Brief, Prompt},
    document::WriterKind,
};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Bytes of an answer; twenty variants take some ten thousand.
const LARGEST_ANSWER: usize = 1 << 20;
/// Characters of a server's complaint that are kept.
const LONGEST_COMPLAINT: usize = 300;

/// A model behind HTTP.
pub struct OpenAiCompatible {
    address: Url,
    settings: ProviderSettings,
    timeout: Duration,
    client: Client,
}

impl OpenAiCompatible {
    /// The model that `settings` name. Redirects are not followed: the key is meant for this server.
    ///
    /// # Errors
    /// If there is no HTTP client to be had, or the key is none that a header can hold.
    pub fn new(settings: ProviderSettings) -> Result<Self> {
        let timeout = Duration::from_secs(u64::from(settings.timeout_seconds));
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.key {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.0.expose_secret()))
                .ok()
                .context("the key holds characters that no key has")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client =
            Client::builder().timeout(timeout).redirect(Policy::none()).default_headers(headers).build();
        let mut address = settings.base_url.clone();
        let base = address.path().trim_end_matches('/').trim_end_matches("/v1").to_owned();
        address.set_path(&format!("{base}/v1/chat/completions"));
        let client = client.context("an HTTP client can be made")?;
        Ok(Self { address, settings, timeout, client })
    }

    fn failed(&self, error: reqwest::Error) -> ProviderError {
        if error.is_timeout() {
            return ProviderError::TimedOut(self.timeout);
        }
        let never_sent = error.is_connect();
        let words = error.without_url().to_string();
        if never_sent { ProviderError::Unavailable(words) } else { ProviderError::Lost(words) }
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, ProviderError> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + part.len() > LARGEST_ANSWER {
                let message = format!("it is longer than {} KB", LARGEST_ANSWER >> 10);
                return Err(ProviderError::Malformed(message));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}

#[async_trait]
impl CopyProvider for OpenAiCompatible {
    fn kind(&self) -> WriterKind {
        WriterKind::Model
    }

    fn model(&self) -> &str {
        &self.settings.model
    }

    fn cost(&self) -> Cost<'_> {
        self.settings.price.as_ref().map_or(Cost::Unknown, Cost::Known)
    }

    fn most_tokens_out(&self) -> u32 {
        self.settings.max_tokens
    }

    async fn ask(&self, _: &Brief, prompt: &Prompt) -> Result<Reply, ProviderError> {
        let question = json!({
            "model": self.settings.model,
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            "max_tokens": self.settings.max_tokens,
            "response_format": {"type": "json_object"},
        });
        let sent = self.client.post(self.address.clone()).json(&question).send().await;
        let response = sent.map_err(|error| self.failed(error))?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let body = self.read(response).await;
        if status.is_success() {
            return read_reply(&body?);
        }
        let complaint = complaint(status, &body.unwrap_or_default());
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => ProviderError::RateLimited { retry_after },
            status if status.is_server_error() => ProviderError::Unavailable(complaint),
            _ => ProviderError::Denied(complaint),
        })
    }
}

/// Seconds, as every such server gives them; a date is not worth a clock here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What the server says is wrong, short and without control characters.
fn complaint(status: StatusCode, body: &[u8]) -> String {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let told = told.as_ref().and_then(|told| told["error"]["message"].as_str()).unwrap_or_default();
    let told: String = told.chars().filter(|letter| !letter.is_control()).take(LONGEST_COMPLAINT).collect();
    if told.is_empty() { status.to_string() } else { format!("{status}: {told}") }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

fn read_reply(body: &[u8]) -> Result<Reply, ProviderError> {
    let completion: Completion =
        serde_json::from_slice(body).map_err(|error| ProviderError::Malformed(error.to_string()))?;
    let choice = completion.choices.into_iter().next();
    let choice = choice.ok_or_else(|| ProviderError::Malformed("it holds no choice".to_owned()))?;
    let usage = completion.usage;
    let usage = usage.ok_or_else(|| ProviderError::Malformed("it does not say what it used".to_owned()))?;
    let finish = choice.finish_reason.unwrap_or_default();
    let refusal = choice.message.refusal.filter(|text| !text.is_empty());
    Ok(Reply {
        refused: refusal.is_some() || finish == "content_filter",
        text: refusal.or(choice.message.content).unwrap_or_default(),
        tokens_in: usage.prompt_tokens,
        tokens_out: usage.completion_tokens,
        cut_off: finish == "length",
    })
}
