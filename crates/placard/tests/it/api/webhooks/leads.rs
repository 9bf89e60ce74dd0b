//! Forms that platforms tell of become leads: each once, whatever dies, and a poison one holds up nobody.

use super::{Told, session_page};
use crate::support::{Installation, Run, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::{AccountRef, Platform, notice::NoticeKind, plan::ObjectKind as Kind};
use placard_store::{
    connection, lead_event,
    webhook::{self, NewNotice},
};
use reqwest::Method;
use serde_json::{Value, json};

/// Somebody sends the form of the published campaign. Gives Meta's address of what was sent.
async fn send_form(told: &Told) -> Result<String> {
    let installation = told.installation();
    let (_, objects) = installation.on_record("spring-sale").await?;
    let form = objects.iter().find(|object| object.key.kind == Kind::LeadForm).context("there is a form")?;
    let at = format!("{}/v26.0", installation.sandbox.base_url());
    let sent = call(installation, Method::POST, &format!("{at}/{}/test_leads", form.remote_id)).await?;
    told.deliver(json!({"fault": "duplicate"})).await?;
    Ok(format!("{at}/{}", sent["id"].as_str().context("it has an id")?))
}

/// Meta has one test lead of a form at a time.
async fn take_back(installation: &Installation, lead: &str) -> Result<()> {
    call(installation, Method::DELETE, lead).await.map(drop)
}

async fn call(installation: &Installation, method: Method, url: &str) -> Result<Value> {
    let token = installation.sandbox.page_token(&session_page(installation).await?);
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http.request(method, url).bearer_auth(token).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

/// The lines of a command that prints JSON.
async fn lines(installation: &Installation, arguments: &[&str]) -> Result<Vec<Value>> {
    let text = installation.must(&[arguments, &["--json"]].concat()).await?;
    text.lines().map(|line| serde_json::from_str(line).context(line.to_owned())).collect()
}

/// A form without an address or number, of which a notice came.
async fn poison(installation: &Installation) -> Result<()> {
    let session = installation.session().await?;
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let connection = connection::list(&mut tx).await?.into_iter().next().context("it is connected")?;
    let account = AccountRef { platform: Platform::Meta, id: connection.account.id.clone() };
    let fields = Some(r#"[{"name":"Budget","values":["secret-sum"]}]"#.into());
    let lead = lead_event::NewLead {
        account: &account,
        remote_id: "666",
        form: None,
        ad: None,
        created_at: None,
        fields,
    };
    let now = chrono::Utc::now();
    lead_event::note(&mut tx, session.vault(), &lead, now).await?;
    let notice = NewNotice {
        connection: connection.id,
        digest: [6; 32],
        kind: NoticeKind::Lead,
        subject: Some("666".to_owned()),
        occurred_at: None,
    };
    webhook::take(&mut tx, Platform::Meta, &[notice], now).await?;
    tx.commit().await?;
    session.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_becomes_one_lead_of_its_ad_though_the_worker_dies_before_it_takes_it() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let installation = told.installation();
    installation.publish(&Spec::default()).await?;
    let first = send_form(&told).await?;
    let mut killed = installation.placard(&["worker", "--once"]);
    killed.env("PLACARD_CRASH_AT", "lead_stored");
    ensure!(Run::of(&mut killed).await?.was_killed(), "the moment never came");
    ensure!(lines(installation, &["leads", "list"]).await?.is_empty(), "it was taken before the moment");

    // What the dead worker had claimed is free.
    let mut database = installation.database.superuser().await;
    sqlx::query("update job set locked_until = null, locked_by = null").execute(&mut database).await?;
    told.work().await?;
    let leads = lines(installation, &["leads", "list"]).await?;
    let [lead] = &leads[..] else { anyhow::bail!("{leads:?}") };
    ensure!(lead["source"] == "form" && lead["platform"] == "meta", "{lead}");
    ensure!(lead["remote_ad_id"].is_string() && lead["campaign_id"].is_string(), "{lead}");
    ensure!(told.counts().await?.2 == 0, "a notice still waits");

    // The same looked after once more, beside another, changes nothing.
    sqlx::query("update webhook_notice set handled_at = null where kind = 'lead'")
        .execute(&mut database)
        .await?;
    take_back(installation, &first).await?;
    send_form(&told).await?;
    told.work().await?;
    let all: i64 = sqlx::query_scalar("select count(*) from lead_event where lead_id is null")
        .fetch_one(&mut database)
        .await?;
    let touches: i64 = sqlx::query_scalar("select count(*) from lead_touch").fetch_one(&mut database).await?;
    let events: i64 = sqlx::query_scalar("select count(*) from lead_event").fetch_one(&mut database).await?;
    ensure!(all == 0 && touches == events && events == 2, "{touches} touches of {events} forms");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_form_is_put_aside_with_its_reason_and_holds_up_nobody() -> Result<()> {
    let told = Told::of(Platform::Meta).await?;
    let installation = told.installation();
    installation.publish(&Spec::default()).await?;
    poison(installation).await?;
    send_form(&told).await?;
    told.work().await?;
    ensure!(lines(installation, &["leads", "list"]).await?.len() == 1, "the good one was held up");
    let dead = lines(installation, &["webhooks", "dead"]).await?;
    let [one] = &dead[..] else { anyhow::bail!("{dead:?}") };
    ensure!(
        one["subject"] == "666" && one["problem"].as_str().is_some_and(|why| why.contains("neither")),
        "{one}"
    );
    ensure!(!one.to_string().contains("secret-sum"), "{one}");
    ensure!(installation.must(&["webhooks", "status"]).await?.contains("1 put aside"));

    let again = lines(installation, &["webhooks", "replay"]).await?;
    ensure!(again[0]["replayed"] == 1 && lines(installation, &["webhooks", "dead"]).await?.is_empty());
    told.work().await?;
    ensure!(lines(installation, &["webhooks", "dead"]).await?.len() == 1, "it is still poison");
    let none =
        installation.refuses(&["webhooks", "replay", "0190a0a0-0000-7000-8000-000000000000"], 2).await?;
    ensure!(none.contains("no notice"), "{none}");
    Ok(())
}
