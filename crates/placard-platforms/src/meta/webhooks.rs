//! What Meta tells by itself (Meta, `platforms/meta.md` §22).

use super::{
    Meta,
    encode::{Params, params},
    graph::{Call, decode},
    wire::plain,
};
use crate::{
    Access, Answer, Callback, Lead, News, NoNotice, Notice, Origin, PlatformError, Push, Signature,
    Subscription,
    push::{digest, is_signed, moment},
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{RemoteId, notice::Topic};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

/// The header with Meta's signature.
pub const SIGNATURE: &str = "x-hub-signature-256";

/// How long Meta tries to deliver a notice.
pub const TRIES_FOR: TimeDelta = TimeDelta::hours(36);

/// Whether one of `secrets` signed `body`, whose bytes must be those that came.
pub fn signature(secrets: &[SecretString], header: Option<&str>, body: &[u8]) -> Signature {
    let Some(header) = header else { return Signature::Absent };
    let told = header.strip_prefix("sha256=");
    if told.is_some_and(|told| is_signed(secrets, told, &[body])) {
        Signature::Good
    } else {
        Signature::Wrong
    }
}

#[derive(Deserialize)]
struct Envelope {
    object: Object,
    entry: Vec<Entry>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Object {
    Page,
    AdAccount,
}

#[derive(Deserialize)]
struct Entry {
    id: Value,
    time: Value,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    field: String,
    #[serde(default)]
    value: Value,
}

/// Everything that a body tells.
pub fn notices(body: &[u8]) -> Result<Vec<Notice>, NoNotice> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| NoNotice)?;
    let mut notices = Vec::new();
    for entry in &envelope.entry {
        let id = plain(&entry.id);
        let origin = match envelope.object {
            Object::Page => Origin::Page(id),
            Object::AdAccount => Origin::Account(format!("act_{}", id.strip_prefix("act_").unwrap_or(&id))),
        };
        let at = moment(Some(&entry.time)).ok_or(NoNotice)?;
        for change in &entry.changes {
            let news = news(envelope.object, change)?;
            // A lead comes once, however often Meta tells of it and at whatever time.
            let digest = match &news {
                News::Lead(lead) => digest(&[&"leadgen".into(), &lead.id.as_str().into()]),
                _ => digest(&[&entry.id, &entry.time, &change.field.as_str().into(), &change.value]),
            };
            notices.push(Notice { digest, at: Some(at), origin: origin.clone(), news });
        }
    }
    Ok(notices)
}

fn news(object: Object, change: &Change) -> Result<News, NoNotice> {
    let value = &change.value;
    let text = |name: &str| value.get(name).filter(|value| !value.is_null()).map(plain);
    Ok(match (object, change.field.as_str()) {
        (Object::AdAccount, "in_process_ad_objects" | "with_issues_ad_objects") => {
            News::Object(RemoteId(text("id").ok_or(NoNotice)?))
        }
        (Object::Page, "leadgen") => News::Lead(Lead {
            id: text("leadgen_id").ok_or(NoNotice)?,
            form: text("form_id"),
            ad: text("ad_id").map(RemoteId),
            created_at: moment(value.get("created_time")),
            answers: None,
        }),
        _ => News::Other,
    })
}

#[derive(Deserialize)]
struct LeadRow {
    id: Value,
    created_time: Option<String>,
    ad_id: Option<Value>,
    form_id: Option<Value>,
    #[serde(default)]
    field_data: Vec<Answer>,
}

impl Meta {
    async fn post_as(
        &self,
        access: &Access,
        token: &SecretString,
        operation: &str,
        path: String,
        params: Params,
    ) -> Result<(), PlatformError> {
        let call = Call { operation: operation.to_owned(), method: Method::POST, path, params };
        self.graph.once(access, token, &call).await.map(drop)
    }

    /// Names the address for everything of one kind, which holds for the whole app.
    async fn tell_of(
        &self,
        access: &Access,
        callback: &Callback,
        object: &str,
        fields: &str,
    ) -> Result<(), PlatformError> {
        let token = format!("{}|{}", self.graph.app_id, self.graph.app_secret.expose_secret()).into();
        let asked = params([
            ("object", object.into()),
            ("callback_url", callback.url.as_str().into()),
            ("verify_token", callback.verify_token.expose_secret().into()),
            ("fields", fields.into()),
            ("include_values", true.into()),
        ]);
        let path = format!("{}/subscriptions", self.graph.app_id);
        self.post_as(access, &token, "subscribe the app", path, asked).await
    }
}

#[async_trait]
impl Push for Meta {
    async fn subscribe(
        &self,
        access: &Access,
        page: Option<&str>,
        callback: &Callback,
    ) -> Result<Vec<Subscription>, PlatformError> {
        let made = |topic| Subscription { topic, remote_id: None };
        self.tell_of(access, callback, "ad_account", "in_process_ad_objects,with_issues_ad_objects").await?;
        let asked = params([("app_id", self.graph.app_id.as_str().into())]);
        let path = format!("{}/subscribed_apps", access.account.id);
        self.post_as(access, &access.token, "subscribe to the ad account", path, asked).await?;
        let mut subscriptions = vec![made(Topic::Reviews)];
        if let (Some(page), Some(token)) = (page, &access.page_token) {
            self.tell_of(access, callback, "page", "leadgen").await?;
            let asked = params([("subscribed_fields", "leadgen".into())]);
            let path = format!("{page}/subscribed_apps");
            self.post_as(access, token, "subscribe to the page", path, asked).await?;
            subscriptions.push(made(Topic::Leads));
        }
        Ok(subscriptions)
    }

    async fn unsubscribe(&self, _: &Access, _: &str) -> Result<(), PlatformError> {
        // Meta's subscriptions have no ids: the next takes the place of the one before.
        Ok(())
    }

    async fn lead(&self, access: &Access, id: &str) -> Result<Lead, PlatformError> {
        let operation = "read a lead";
        let fields = "id,created_time,ad_id,form_id,field_data";
        let call = Call::get(operation, id, params([("fields", fields.into())]));
        let token = access.page_token.as_ref().unwrap_or(&access.token);
        let row: LeadRow = decode(operation, self.graph.once(access, token, &call).await?)?;
        let at = |text: String| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%z").ok();
        Ok(Lead {
            id: plain(&row.id),
            form: row.form_id.as_ref().map(plain),
            ad: row.ad_id.as_ref().map(plain).map(RemoteId),
            created_at: row.created_time.and_then(at).map(|at| at.with_timezone(&Utc)),
            answers: Some(row.field_data),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"entry":[],"object":"page","note":"Gr\u00fc\u00dfe"}"#;

    #[test]
    fn what_is_signed_are_the_bytes_that_came_and_not_what_they_mean() {
        let secrets = [SecretString::from("old"), SecretString::from("sandbox-app-secret")];
        let mut mac =
            <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(b"sandbox-app-secret").unwrap();
        hmac::Mac::update(&mut mac, BODY);
        let header = format!("sha256={}", hex::encode(hmac::Mac::finalize(mac).into_bytes()));
        assert_eq!(signature(&secrets, Some(&header), BODY), Signature::Good);
        let rewritten = serde_json::from_slice::<Value>(BODY).unwrap().to_string();
        assert_eq!(signature(&secrets, Some(&header), rewritten.as_bytes()), Signature::Wrong);
        assert_eq!(signature(&secrets[..1], Some(&header), BODY), Signature::Wrong);
        assert_eq!(signature(&secrets, Some(&header.replace("sha256=", "sha1=")), BODY), Signature::Wrong);
        assert_eq!(signature(&secrets, Some("sha256=zz"), BODY), Signature::Wrong);
        assert_eq!(signature(&secrets, None, BODY), Signature::Absent);
    }

    #[test]
    fn ids_beyond_what_a_double_holds_stay_what_they_are() {
        let body = br#"{"object":"ad_account","entry":[{"id":1001,"time":1700000000,"changes":[
            {"field":"in_process_ad_objects","value":{"id":120210000000000017,"level":"AD","status_name":"Active"}},
            {"field":"ad_recommendations","value":{}}]}]}"#;
        let found = notices(body).unwrap();
        assert_eq!(found[0].news, News::Object(RemoteId("120210000000000017".into())));
        assert_eq!(found[0].origin, Origin::Account("act_1001".into()));
        assert_eq!(found[1].news, News::Other);
        assert_ne!(found[0].digest, found[1].digest);
    }

    #[test]
    fn what_is_not_as_documented_is_no_notice() {
        for body in [
            &b"{}"[..],
            b"[]",
            br#"{"object":"user","entry":[]}"#,
            br#"{"object":"page","entry":[{"id":"1","time":"soon","changes":[]}]}"#,
            br#"{"object":"page","entry":[{"id":"1","time":1,"changes":[{"field":"leadgen","value":{}}]}]}"#,
        ] {
            assert_eq!(notices(body), Err(NoNotice), "{}", String::from_utf8_lossy(body));
        }
    }
}
