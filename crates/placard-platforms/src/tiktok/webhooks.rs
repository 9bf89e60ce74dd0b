//! What TikTok tells by itself (TikTok, `platforms/tiktok.md` §16).

use super::{
    Tiktok,
    api::Call,
    encode::params,
    requests::ACCOUNT,
    wire::{at, plain, promised, text_at},
};
use crate::{
    Access, Answer, Callback, ErrorKind, Lead, News, NoNotice, Notice, Origin, PlatformError, Push,
    Signature, Subscription,
    push::{digest, is_signed, is_within, moment},
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use placard_domain::{RemoteId, notice::Topic};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// The header with TikTok's signature.
pub const SIGNATURE: &str = "tiktok-signature";

/// How long TikTok tries to deliver a notice, which is documented for account events and assumed for the others.
pub const TRIES_FOR: TimeDelta = TimeDelta::hours(72);

/// How old a signature may be. The facts give no window; this is what signatures with a time are commonly given.
pub const FRESH: TimeDelta = TimeDelta::minutes(5);

/// How one of `secrets` signed `body`, whose bytes must be those that came.
pub fn signature(
    secrets: &[SecretString],
    header: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Signature {
    let Some(header) = header else { return Signature::Absent };
    let part = |name: &str| {
        header.split(',').filter_map(|part| part.trim().split_once('=')).find(|(known, _)| *known == name)
    };
    let (Some((_, time)), Some((_, told))) = (part("t"), part("s")) else { return Signature::Wrong };
    if !is_signed(secrets, told, &[time.as_bytes(), b".", body]) {
        return Signature::Wrong;
    }
    let signed_at = time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if signed_at.is_some_and(|at| is_within(at, now, FRESH, FRESH)) {
        Signature::Good
    } else {
        Signature::Old
    }
}

/// Objects of the envelope.
const LEAD: i64 = 1;
const AD_GROUP: i64 = 2;
const AD: i64 = 3;

/// Everything that a body tells.
pub fn notices(body: &[u8]) -> Result<Vec<Notice>, NoNotice> {
    let told: Value = serde_json::from_slice(body).map_err(|_| NoNotice)?;
    if told.get("entry").is_none() {
        return standing(&told).map(|notice| vec![notice]);
    }
    let object = told.get("object").and_then(Value::as_i64).ok_or(NoNotice)?;
    let at = moment(told.get("time")).ok_or(NoNotice)?;
    let entries = told["entry"].as_array().ok_or(NoNotice)?;
    entries.iter().map(|entry| notice(object, at, entry)).collect()
}

fn notice(object: i64, at: DateTime<Utc>, entry: &Value) -> Result<Notice, NoNotice> {
    let text = |name: &str| text_at(entry, name);
    let account = text("adv_id").or_else(|| text(ACCOUNT)).ok_or(NoNotice)?;
    let news = match object {
        LEAD => News::Lead(lead(entry)?),
        AD_GROUP => News::Object(RemoteId(text("adgroup_id").ok_or(NoNotice)?)),
        AD => News::Object(RemoteId(text("ad_id").ok_or(NoNotice)?)),
        _ => News::Other,
    };
    // A lead comes once, however often TikTok tells of it.
    let digest = match &news {
        News::Lead(lead) => digest(&[&LEAD.into(), &lead.id.as_str().into()]),
        _ => digest(&[&object.into(), entry]),
    };
    Ok(Notice { digest, at: Some(at), origin: Origin::Account(account), news })
}

/// A suspension, which comes without an envelope.
fn standing(told: &Value) -> Result<Notice, NoNotice> {
    let account = text_at(told, ACCOUNT).ok_or(NoNotice)?;
    let (status, changed) = (told.get("status"), told.get("status_change_time"));
    let (Some(status), Some(changed)) = (status, changed) else { return Err(NoNotice) };
    let digest = digest(&[&"standing".into(), &account.as_str().into(), status, changed]);
    Ok(Notice { digest, at: time(changed), origin: Origin::Account(account), news: News::Standing })
}

fn lead(entry: &Value) -> Result<Lead, NoNotice> {
    let changes = entry.get("changes").and_then(Value::as_array).ok_or(NoNotice)?;
    let answer = |change: &Value| {
        let value = change.get("value").unwrap_or(&Value::Null);
        let values = match value {
            Value::Array(values) => values.iter().map(plain).collect(),
            Value::Null => Vec::new(),
            one => vec![plain(one)],
        };
        Some(Answer { name: text_at(change, "field")?, values })
    };
    Ok(Lead {
        id: text_at(entry, "id").ok_or(NoNotice)?,
        form: text_at(entry, "page_id"),
        ad: text_at(entry, "ad_id").map(RemoteId),
        created_at: at(entry, "create_time").and_then(time),
        answers: Some(changes.iter().map(answer).collect::<Option<_>>().ok_or(NoNotice)?),
    })
}

/// Unix seconds, or text in UTC (§2).
fn time(value: &Value) -> Option<DateTime<Utc>> {
    let written = || NaiveDateTime::parse_from_str(value.as_str()?, "%Y-%m-%d %H:%M:%S").ok();
    moment(Some(value)).or_else(|| written().map(|time| time.and_utc()))
}

const ENTITIES: [(&str, Topic); 4] = [
    ("AD", Topic::Reviews),
    ("AD_GROUP", Topic::Reviews),
    ("LEAD", Topic::Leads),
    ("AD_ACCOUNT_SUSPENSION", Topic::Standing),
];

#[async_trait]
impl Push for Tiktok {
    async fn subscribe(
        &self,
        access: &Access,
        _: Option<&str>,
        callback: &Callback,
    ) -> Result<Vec<Subscription>, PlatformError> {
        let operation = "subscribe";
        let mut made = Vec::new();
        for (entity, topic) in ENTITIES {
            let asked = params([
                ("app_id", self.api.app_id.clone().into()),
                ("secret", self.api.secret.expose_secret().into()),
                ("subscribe_entity", entity.into()),
                ("callback_url", callback.url.as_str().into()),
                (
                    "subscription_detail",
                    json!({
                        "access_token": access.token.expose_secret(), ACCOUNT: access.account.id,
                    }),
                ),
            ]);
            let answer = self.api.ask(None, &Call::post(operation, "subscription/subscribe/", asked)).await?;
            let remote_id = promised(operation, &answer.data, "subscription_id")?;
            made.push(Subscription { topic, remote_id: Some(remote_id) });
        }
        Ok(made)
    }

    async fn unsubscribe(&self, _: &Access, remote_id: &str) -> Result<(), PlatformError> {
        let asked = params([
            ("app_id", self.api.app_id.clone().into()),
            ("secret", self.api.secret.expose_secret().into()),
            ("subscription_id", remote_id.into()),
        ]);
        let call = Call::post("end a subscription", "subscription/unsubscribe/", asked);
        match self.api.ask(None, &call).await {
            Err(error) if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused) => Err(error),
            // A revoked token ends its subscriptions without a word, so one may be gone.
            _ => Ok(()),
        }
    }

    async fn lead(&self, _: &Access, _: &str) -> Result<Lead, PlatformError> {
        let message = "TikTok's notice holds what was filled in; there is nothing to read after it";
        Err(super::errors::ours("read a lead", ErrorKind::Refused, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_five_minutes_and_for_the_bytes_that_came() {
        use hmac::{KeyInit, Mac};
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let secrets = [SecretString::from("new"), SecretString::from("old")];
        let sign = |body: &[u8]| {
            let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"old").unwrap();
            mac.update(b"1700000000.");
            mac.update(body);
            format!("t=1700000000,s={}", hex::encode(mac.finalize().into_bytes()))
        };
        let header = sign(b"{}");
        let found = |seconds| signature(&secrets, Some(&header), b"{}", now + TimeDelta::seconds(seconds));
        assert_eq!([-300, 0, 300].map(found), [Signature::Good; 3]);
        assert_eq!([-301, 301, 90_000].map(found), [Signature::Old; 3]);
        assert_eq!(signature(&secrets, Some(&header), b"{ }", now), Signature::Wrong);
        assert_eq!(signature(&secrets[..1], Some(&header), b"{}", now), Signature::Wrong);
        let moved = header.replace("t=1700000000", "t=1700000001");
        assert_eq!(signature(&secrets, Some(&moved), b"{}", now), Signature::Wrong);
        assert_eq!(signature(&secrets, Some("t=1700000000"), b"{}", now), Signature::Wrong);
    }

    #[test]
    fn reviews_leads_and_suspensions_are_told_apart() {
        let review = br#"{"request_id":"r","object":3,"time":1700000000,"entry":[
            {"log_id":"l","adv_id":7001001,"campaign_id":"1","adgroup_id":"2","ad_id":18000000000000001}]}"#;
        let found = &notices(review).unwrap()[0];
        assert_eq!(found.news, News::Object(RemoteId("18000000000000001".into())));
        assert_eq!(found.origin, Origin::Account("7001001".into()));

        let lead = r#"{"object":1,"time":1700000000,"entry":[{"id":"75","page_id":"9","advertiser_id":"7001001",
            "ad_id":"3","create_time":"2026-01-02 03:04:05","changes":[{"field":"Name","value":"Zoë"}]}]}"#;
        let News::Lead(lead) = notices(lead.as_bytes()).unwrap().remove(0).news else { panic!("no lead") };
        let answer = Answer { name: "Name".into(), values: vec!["Zoë".into()] };
        assert_eq!(lead.answers, Some(vec![answer]));
        assert_eq!(lead.created_at.unwrap().to_rfc3339(), "2026-01-02T03:04:05+00:00");

        let limit =
            br#"{"advertiser_id":"7001001","status":"STATUS_LIMIT","status_change_time":"1700000000"}"#;
        assert_eq!(notices(limit).unwrap()[0].news, News::Standing);
        assert_eq!(notices(b"{}"), Err(NoNotice));
        assert_eq!(notices(br#"{"entry":[],"time":1}"#), Err(NoNotice));
    }
}
