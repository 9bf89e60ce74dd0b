//! Sending what there is to tell, signed as the platforms sign, and all that can go wrong with it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Event, tiktok};
use crate::fixtures::APP_SECRET;
use crate::server::App;
use crate::tiktok::fixtures::TIKTOK_APP_SECRET;
use crate::world::{RecordKey, World};

/// Most changes in one delivery.
const BATCH: usize = 1000;
/// How long a callback may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What goes wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Each delivery comes twice.
    Duplicate,
    /// The last comes first.
    Reordered,
    /// Almost as late as the platform still tries.
    Late,
    /// Later than the platform tries; TikTok's signature is as old.
    Stale,
    /// Signed with another secret.
    Forged,
    /// Not signed.
    Unsigned,
    /// Cut off.
    Malformed,
}

/// How to send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sending {
    pub(crate) fault: Option<Fault>,
    /// Another secret than the sandbox's own.
    pub(crate) secret: Option<String>,
}

struct Post {
    url: String,
    header: &'static str,
    signature: Option<String>,
    body: String,
    events: Vec<Event>,
}

/// Tells everything that there is to tell. What is not taken remains to be told. Gives the answers' status, 0 for none.
pub(crate) async fn deliver(app: &App, sending: &Sending) -> anyhow::Result<Vec<Value>> {
    let posts = {
        let mut world = app.world();
        world.gather_events();
        let events = std::mem::take(&mut world.hooks.outbox);
        world.touch(RecordKey::Hooks);
        let posts = posts(&world, events, sending);
        world.commit()?;
        posts
    };
    let http = client()?;
    let (mut answers, mut left) = (Vec::new(), Vec::new());
    for post in posts {
        let mut request = http.post(&post.url).header("content-type", "application/json");
        if let Some(signature) = &post.signature {
            request = request.header(post.header, signature);
        }
        let answer = request.body(post.body).send().await;
        let status = answer.map_or(0, |answer| answer.status().as_u16());
        answers.push(json!({ "url": post.url, "status": status, "changes": post.events.len() }));
        if status != 200 {
            left.extend(post.events);
        }
    }
    if !left.is_empty() {
        let mut world = app.world();
        left.append(&mut world.hooks.outbox);
        world.hooks.outbox = left;
        world.touch(RecordKey::Hooks);
        world.commit()?;
    }
    Ok(answers)
}

fn client() -> anyhow::Result<Client> {
    // A provider that is installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder().no_proxy().timeout(PATIENCE).build()?)
}

/// Whether `callback` answers Meta's greeting with the challenge.
pub(crate) async fn shakes_hands(callback: &str, verify_token: &str) -> bool {
    let challenge: u64 = rand::rng().random_range(1_000_000..1_000_000_000);
    let challenge = challenge.to_string();
    let Ok(http) = client() else { return false };
    let query =
        [("hub.mode", "subscribe"), ("hub.challenge", &challenge), ("hub.verify_token", verify_token)];
    let Ok(answer) = http.get(callback).query(&query).send().await else { return false };
    answer.status().as_u16() == 200 && answer.text().await.is_ok_and(|text| text == challenge)
}

fn posts(world: &World, events: Vec<Event>, sending: &Sending) -> Vec<Post> {
    let mut meta: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    let mut posts = Vec::new();
    for event in events {
        match &event {
            Event::Meta { object, id, field, .. } => {
                let known = if object == "page" { &world.hooks.pages } else { &world.hooks.accounts };
                let asked = world.hooks.app.get(object).filter(|asked| asked.fields.contains(field));
                if asked.is_some() && known.contains(id) {
                    meta.entry(object.clone()).or_default().push(event);
                }
            }
            Event::Tiktok { entity, advertiser, entry } => {
                let fits = |one: &&tiktok::Subscription| {
                    one.entity == *entity && one.advertiser == *advertiser && one.lives(world)
                };
                let wants: Vec<_> = world.hooks.tiktok.values().filter(fits).collect();
                for one in wants {
                    posts.push(tiktok_post(&one.callback, entity, entry, &event, sending));
                }
            }
        }
    }
    for (object, events) in meta {
        let callback = &world.hooks.app[&object].callback;
        posts.extend(events.chunks(BATCH).map(|events| meta_post(callback, &object, events, sending)));
    }
    match sending.fault {
        Some(Fault::Reordered) => posts.reverse(),
        Some(Fault::Duplicate) => {
            let again = |post: &Post| Post {
                url: post.url.clone(),
                signature: post.signature.clone(),
                body: post.body.clone(),
                events: Vec::new(),
                ..*post
            };
            let twice: Vec<Post> = posts.iter().map(again).collect();
            posts.extend(twice);
        }
        _ => {}
    }
    posts
}

/// When the platform says that it happened: Meta tries for 36 hours, TikTok for 72.
fn told_at(fault: Option<Fault>, hours: i64) -> i64 {
    let ago = match fault {
        Some(Fault::Late) => TimeDelta::hours(hours - 1),
        Some(Fault::Stale) => TimeDelta::hours(hours + 4),
        _ => TimeDelta::zero(),
    };
    (Utc::now() - ago).timestamp()
}

fn meta_post(callback: &str, object: &str, events: &[Event], sending: &Sending) -> Post {
    let time = told_at(sending.fault, 36);
    let mut entries: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for event in events {
        if let Event::Meta { id, field, value, .. } = event {
            entries.entry(id).or_default().push(json!({ "field": field, "value": value }));
        }
    }
    if sending.fault == Some(Fault::Reordered) {
        entries.values_mut().for_each(|changes| changes.reverse());
    }
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|(id, changes)| json!({ "id": id, "time": time, "changes": changes }))
        .collect();
    let body = escaped(&json!({ "object": object, "entry": entries }).to_string());
    let body = if sending.fault == Some(Fault::Malformed) { body[..body.len() / 2].to_owned() } else { body };
    let signature = format!("sha256={}", sign(APP_SECRET, sending, &[body.as_bytes()]));
    let signature = (sending.fault != Some(Fault::Unsigned)).then_some(signature);
    Post { url: callback.to_owned(), header: "x-hub-signature-256", signature, body, events: events.to_vec() }
}

fn tiktok_post(callback: &str, entity: &str, entry: &Value, event: &Event, sending: &Sending) -> Post {
    let body = match tiktok::number(entity) {
        Some(object) => json!({
            "request_id": format!("{:016x}", rand::random::<u64>()), "object": object,
            "time": told_at(sending.fault, 72), "entry": [entry],
        }),
        None => entry.clone(),
    };
    let body = body.to_string();
    let body = match sending.fault {
        // The first half of some letter would be no text.
        Some(Fault::Malformed) => body.chars().take(20).collect(),
        _ => body,
    };
    let signed_at =
        if sending.fault == Some(Fault::Stale) { told_at(sending.fault, 72) } else { told_at(None, 0) };
    let time = signed_at.to_string();
    let made = sign(TIKTOK_APP_SECRET, sending, &[time.as_bytes(), b".", body.as_bytes()]);
    let signature = (sending.fault != Some(Fault::Unsigned)).then(|| format!("t={time},s={made}"));
    let (url, events) = (callback.to_owned(), vec![event.clone()]);
    Post { url, header: "tiktok-signature", signature, body, events }
}

fn sign(secret: &str, sending: &Sending, parts: &[&[u8]]) -> String {
    let secret = match sending.fault {
        Some(Fault::Forged) => "somebody else's secret",
        _ => sending.secret.as_deref().unwrap_or(secret),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    hex::encode(mac.finalize().into_bytes())
}

/// Everything beyond ASCII as `\uxxxx`, as Meta sends and signs it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_beyond_ascii_is_escaped_in_utf_16() {
        assert_eq!(super::escaped("\"Grüße 名 🎉\""), r#""Gr\u00fc\u00dfe \u540d \ud83c\udf89""#);
    }
}
