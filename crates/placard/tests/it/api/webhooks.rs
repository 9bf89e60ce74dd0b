//! What platforms tell by themselves, delivered over HTTP by the sandbox with all that goes wrong.

mod leads;

use super::served::Served;
use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind, plan::Observation};
use placard_store::{lead_event, webhook};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::Executor;
use std::collections::BTreeMap;

/// Refused for good, and told to.
const UNAUTHORISED: u64 = 401;

/// A server that a platform's sandbox tells of one connected account.
struct Told {
    served: Served,
}

impl Told {
    async fn of(platform: Platform) -> Result<Self> {
        let told = Self { served: Served::open_on(platform).await? };
        told.subscribe().await?;
        Ok(told)
    }

    fn installation(&self) -> &Installation {
        &self.served.installation
    }

    async fn subscribe(&self) -> Result<String> {
        let url = format!("http://{}", self.served.address());
        self.installation().must(&["webhooks", "subscribe", "--url", &url]).await
    }

    /// Lets the sandbox tell what there is to tell. Gives the answers' status and the changes in each delivery.
    async fn deliver(&self, how: Value) -> Result<Vec<(u64, u64)>> {
        let told = self.installation().control("webhooks/deliver", how).await?;
        let each = told["deliveries"].as_array().context("deliveries are a list")?;
        let number = |one: &Value, name: &str| one[name].as_u64().unwrap_or(u64::MAX);
        Ok(each.iter().map(|one| (number(one, "status"), number(one, "changes"))).collect())
    }

    /// Notes something to tell about the account.
    async fn changes(&self, ids: impl Iterator<Item = u64>) -> Result<()> {
        let change = |id: u64| {
            json!({"platform": "meta", "object": "ad_account", "id": "1001", "field": "in_process_ad_objects",
                "value": {"id": id, "level": "AD", "status_name": "Active – geprüft 🎉"}})
        };
        let all: Vec<Value> = ids.map(change).collect();
        self.installation().control("webhooks/events", json!(all)).await.map(drop)
    }

    async fn work(&self) -> Result<()> {
        let done = self.installation().must(&["worker", "--once"]).await?;
        ensure!(!done.contains('✗') && !done.contains("tried again"), "{done}");
        Ok(())
    }

    /// New notices, repeated ones, and those from which nothing has followed yet.
    async fn counts(&self) -> Result<(i64, i64, i64)> {
        let mut tx = self.installation().database.db.tenant(self.installation().tenant.id).await?;
        let counts = webhook::counts(&mut tx).await?;
        tx.commit().await?;
        let sum = |of: fn(&webhook::Count) -> i64| counts.iter().map(of).sum();
        Ok((sum(|one| one.taken), sum(|one| one.repeated), sum(|one| one.waiting)))
    }

    /// What was not taken, by reason.
    async fn refused(&self) -> Result<BTreeMap<String, i64>> {
        let text = self.installation().must(&["webhooks", "status", "--json"]).await?;
        let view: Value = serde_json::from_str(&text)?;
        let each = view["refused"].as_array().context("refusals are a list")?;
        let pair = |one: &Value| Some((one["reason"].as_str()?.to_owned(), one["count"].as_i64()?));
        Ok(each.iter().filter_map(pair).collect())
    }

    /// Every lead with what was filled in, once it is read.
    async fn leads(&self) -> Result<Vec<(lead_event::LeadEvent, Option<String>)>> {
        let installation = self.installation();
        let session = installation.session().await?;
        let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
        let mut leads = Vec::new();
        for lead in lead_event::list(&mut tx, None, 100).await? {
            let fields = lead_event::fields(&mut tx, session.vault(), lead.id).await?;
            leads.push((lead, fields.map(|fields| fields.expose_secret().to_owned())));
        }
        tx.commit().await?;
        session.close().await?;
        Ok(leads)
    }
}

/// What the platform last showed of the campaign's ads.
async fn effective(installation: &Installation, key: &str) -> Result<Vec<(Option<String>, Vec<String>)>> {
    let (_, objects) = installation.on_record(key).await?;
    let ads = objects.into_iter().filter(|object| object.key.kind == Kind::Ad);
    let seen = ads.map(|ad| match ad.observation {
        Some(Observation::Present(seen)) => (seen.effective, seen.issues),
        Some(Observation::Gone) | None => (None, Vec::new()),
    });
    Ok(seen.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_moves_on_without_anybody_reading_the_account() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let installation = told.installation();
    let spec = Spec { headline: placard_sandbox::DISAPPROVED_PHRASE, ..Spec::default() };
    installation.publish(&spec).await?;
    let before = effective(installation, &spec.key).await?;
    ensure!(before.iter().all(|(word, _)| word.as_deref() != Some("DISAPPROVED")), "{before:?}");
    told.deliver(json!({})).await?;
    told.work().await?;

    installation.sandbox.advance(chrono::TimeDelta::hours(1))?;
    let seq = installation.seq();
    let answers = told.deliver(json!({})).await?;
    ensure!(!answers.is_empty() && answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    ensure!(installation.seq() == seq, "the platform was asked before the delivery was answered");
    told.work().await?;
    let after = effective(installation, &spec.key).await?;
    ensure!(after.iter().all(|(word, _)| word.as_deref() == Some("DISAPPROVED")), "{after:?}");
    ensure!(after.iter().all(|(_, issues)| !issues.is_empty()), "{after:?}");
    ensure!(installation.must(&["status", &spec.key]).await?.contains("DISAPPROVED"));
    let (_, _, waiting) = told.counts().await?;
    ensure!(waiting == 0, "{waiting} are left");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_in_which_a_delivery_goes_wrong_has_its_answer_and_its_counter() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let faults = [
        (json!(null), vec![200], 1, 0),
        (json!("duplicate"), vec![200, 200], 1, 1),
        (json!("reordered"), vec![200], 1, 0),
        (json!("late"), vec![200], 1, 0),
        (json!("stale"), vec![200], 0, 0),
        (json!("forged"), vec![UNAUTHORISED], 0, 0),
        (json!("unsigned"), vec![UNAUTHORISED], 0, 0),
        (json!("malformed"), vec![422], 0, 0),
    ];
    for (id, (fault, statuses, new, repeated)) in (1_u64..).zip(faults) {
        let before = told.counts().await?;
        told.changes(std::iter::once(id)).await?;
        let answers: Vec<u64> =
            told.deliver(json!({"fault": fault})).await?.into_iter().map(|(status, _)| status).collect();
        ensure!(answers == statuses, "{fault}: {answers:?}");
        let after = told.counts().await?;
        ensure!((after.0 - before.0, after.1 - before.1) == (new, repeated), "{fault}: {before:?} {after:?}");
        // What was refused is told again until it is taken.
        if statuses[0] != 200 {
            ensure!(told.deliver(json!({})).await?.iter().all(|(status, _)| *status == 200));
        }
    }
    let refused = told.refused().await?;
    let expected = ["stale", "forged", "unsigned", "malformed"].map(|reason| (reason.to_owned(), 1));
    ensure!(refused == BTreeMap::from(expected), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_changes_come_at_once_and_none_is_lost_with_the_server_that_took_them() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    told.changes(1..=1_000).await?;
    let answers = told.deliver(json!({})).await?;
    ensure!(answers == [(200, 1_000)], "{answers:?}");
    ensure!(told.counts().await? == (1_000, 0, 1_000));
    // Nothing has followed yet, and the server goes away; what it answered for is in the database.
    let Told { served } = told;
    let told = Told { served: served.restarted().await? };
    told.work().await?;
    ensure!(told.counts().await? == (1_000, 0, 0));
    told.work().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_read_and_kept_once_and_rests_sealed() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let installation = told.installation();
    installation.publish(&Spec::default()).await?;
    told.deliver(json!({})).await?;
    let (_, objects) = installation.on_record("spring-sale").await?;
    let form = objects.iter().find(|object| object.key.kind == Kind::LeadForm).context("there is a form")?;
    let connection = session_page(installation).await?;
    let token = installation.sandbox.page_token(&connection);
    let url = format!("{}/v26.0/{}/test_leads", installation.sandbox.base_url(), form.remote_id);
    let http = reqwest::Client::builder().no_proxy().build()?;
    http.post(url).bearer_auth(token).send().await?.error_for_status()?;

    told.deliver(json!({"fault": "duplicate"})).await?;
    let unread = told.leads().await?;
    ensure!(unread.len() == 1 && unread[0].1.is_none(), "{unread:?}");
    told.work().await?;
    let leads = told.leads().await?;
    let [(lead, Some(fields))] = &leads[..] else { anyhow::bail!("{leads:?}") };
    ensure!(fields.contains("Zoë Grüßner 名前") && fields.contains("zoe@leads.invalid"), "{fields}");
    ensure!(lead.form.as_deref() == Some(form.remote_id.0.as_str()) && lead.ad.is_some(), "{lead:?}");
    let mut database = installation.database.superuser().await;
    let whole: String =
        sqlx::query_scalar("select lead_event::text from lead_event").fetch_one(&mut database).await?;
    ensure!(!whole.contains("Zo") && !whole.contains("leads.invalid"), "it rests in the open");
    let sealed = hex::encode("zoe@leads.invalid");
    ensure!(!whole.contains(&sealed), "it rests in the open");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_nobody_here_is_counted_and_what_concerns_others_reaches_them_alone() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let (stranger, _) = told.served.tenant("stranger").await?;
    let other = json!([{"platform": "meta", "object": "ad_account", "id": "1001", "field": "in_process_ad_objects",
        "value": {"id": 1, "level": "AD", "status_name": "Active"}}]);
    told.installation().control("webhooks/events", other).await?;
    told.deliver(json!({})).await?;
    let mut tx = told.installation().database.db.tenant(stranger).await?;
    ensure!(webhook::counts(&mut tx).await?.is_empty(), "a stranger was told");
    tx.commit().await?;
    ensure!(told.counts().await? == (1, 0, 1));

    // The account is disconnected, and the platform goes on telling.
    let mut database = told.installation().database.superuser().await;
    database.execute("delete from connection").await?;
    told.changes(std::iter::once(2)).await?;
    let answers = told.deliver(json!({})).await?;
    ensure!(answers == [(200, 1)], "{answers:?}");
    ensure!(told.refused().await? == BTreeMap::from([("unknown".to_owned(), 1)]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandboxs_secret_which_everybody_knows_reaches_no_real_connection() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let mut database = told.installation().database.superuser().await;
    database.execute("update connection set endpoint = null").await?;
    told.changes(std::iter::once(1)).await?;
    told.deliver(json!({})).await?;
    ensure!(told.counts().await? == (0, 0, 0), "anybody could have sent that");
    ensure!(told.refused().await? == BTreeMap::from([("unknown".to_owned(), 1)]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_ours_only_for_whoever_knows_the_token() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let greet =
        async |query: &str| told.served.call("GET", &format!("/webhooks/meta{query}"), None, None).await;
    let wrong = greet("?hub.mode=subscribe&hub.challenge=123&hub.verify_token=guessed").await?;
    ensure!(wrong.status == 403 && !wrong.text.contains("123"), "{wrong:?}");
    ensure!(greet("").await?.status == 422);
    let token = placard_platforms::verify_token(&placard_sandbox::APP_SECRET.into());
    let query = format!("?hub.mode=subscribe&hub.verify_token={}&hub.challenge=", token.expose_secret());
    let right = greet(&format!("{query}1158201444")).await?;
    ensure!((right.status, right.text.as_str()) == (200, "1158201444"), "{right:?}");
    ensure!(right.headers["content-type"].to_str()?.starts_with("text/plain"), "{right:?}");
    let odd = greet(&format!("{query}%3Cscript%3E")).await?;
    ensure!(odd.status == 422, "{odd:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiktok_tells_of_reviews_leads_and_suspensions_at_an_address_that_nobody_knows() -> Result<()> {
    let told = Told::of(Platform::Tiktok).await?;
    let installation = told.installation();
    let headline = placard_sandbox::DISAPPROVED_PHRASE;
    let spec = Spec { platform: Platform::Tiktok, headline, ..Spec::default() };
    installation.publish(&spec).await?;
    told.deliver(json!({})).await?;
    told.work().await?;
    installation.sandbox.advance(chrono::TimeDelta::hours(1))?;
    told.deliver(json!({})).await?;
    told.work().await?;
    let seen = effective(installation, &spec.key).await?;
    let denied = |word: &Option<String>| word.as_deref().is_some_and(|word| word.contains("AUDIT_DENY"));
    ensure!(!seen.is_empty() && seen.iter().all(|(word, _)| denied(word)), "{seen:?}");

    // Signatures of reviews and leads are not documented for sure, those of suspensions are.
    let suspend = json!({"status": "STATUS_LIMIT"});
    installation.control("accounts/7001001", suspend).await?;
    let answers = told.deliver(json!({"fault": "unsigned"})).await?;
    let refused = answers.iter().filter(|(status, _)| *status == UNAUTHORISED).count();
    ensure!(refused == 1, "{answers:?}");
    for fault in ["stale", "forged"] {
        let answers = told.deliver(json!({"fault": fault})).await?;
        ensure!(answers.iter().all(|(status, _)| *status == UNAUTHORISED), "{fault}: {answers:?}");
    }
    told.deliver(json!({})).await?;
    told.work().await?;
    let listed = installation.must(&["accounts"]).await?;
    ensure!(listed.contains("error") && listed.contains("TikTok says"), "{listed}");

    let nowhere = told.served.call("POST", "/webhooks/tiktok/guessed", None, Some(json!({}))).await?;
    ensure!(nowhere.status == 404, "{nowhere:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_of_tiktok_comes_whole_and_subscribing_again_ends_the_earlier_address() -> Result<()> {
    let told = Told::of(Platform::Tiktok).await?;
    let installation = told.installation();
    let page = read_page(installation).await?;
    mock_lead(installation, &page).await?;
    told.deliver(json!({"fault": "duplicate"})).await?;
    let leads = told.leads().await?;
    let [(lead, Some(fields))] = &leads[..] else { anyhow::bail!("{leads:?}") };
    ensure!(fields.contains("Zoë Grüßner 名前") && lead.form.as_deref() == Some(&page), "{lead:?} {fields}");

    let before = subscriptions(installation).await?;
    told.subscribe().await?;
    let after = subscriptions(installation).await?;
    ensure!(before.len() == 4 && after.len() == 4 && before.iter().all(|one| !after.contains(one)));
    Ok(())
}

async fn subscriptions(installation: &Installation) -> Result<Vec<String>> {
    let address = format!("{}/_sandbox/webhooks", installation.sandbox.base_url());
    let answer = reqwest::Client::builder().no_proxy().build()?.get(address).send().await?;
    let view: Value = answer.error_for_status()?.json().await?;
    let all = view["tiktok"].as_object().context("subscriptions are an object")?;
    Ok(all.keys().cloned().collect())
}

async fn read_page(installation: &Installation) -> Result<String> {
    let query = "advertiser_id=7001001&business_type=LEAD_GEN";
    let address = format!("{}/open_api/v1.3/page/get/?{query}", installation.sandbox.base_url());
    let request = reqwest::Client::builder().no_proxy().build()?.get(address);
    let answer = request.header("Access-Token", installation.sandbox.tiktok_token()).send().await?;
    let answer: Value = answer.json().await?;
    let page = answer["data"]["list"][0]["page_id"].as_str();
    Ok(page.with_context(|| format!("no page: {answer}"))?.to_owned())
}

async fn mock_lead(installation: &Installation, page: &str) -> Result<()> {
    let address = format!("{}/open_api/v1.3/page/lead/mock/create/", installation.sandbox.base_url());
    let body = json!({"advertiser_id": "7001001", "page_id": page});
    let request = reqwest::Client::builder().no_proxy().build()?.post(address).json(&body);
    let answer = request.header("Access-Token", installation.sandbox.tiktok_token()).send().await?;
    let answer: Value = answer.json().await?;
    ensure!(answer["code"] == 0, "{answer}");
    Ok(())
}

/// The page that the connection speaks as.
async fn session_page(installation: &Installation) -> Result<String> {
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let connections = placard_store::connection::list(&mut tx).await?;
    tx.commit().await?;
    let page = connections.into_iter().next().and_then(|one| one.profile.page);
    Ok(page.context("the connection speaks as a page")?.id)
}
