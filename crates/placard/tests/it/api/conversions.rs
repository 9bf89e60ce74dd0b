//! Won deals told to a platform, over HTTP and by a worker.

use super::served::Served;
use anyhow::{Context, Result, ensure};
use chrono::{TimeDelta, Utc};
use placard::work;
use placard_domain::Platform;
use placard_store::tenant::Role;
use serde_json::{Value, json};

const MARK: &str = "f894f652ea334e739002f7167ab8f8e3";

/// What the platform counts.
fn counted(served: &Served) -> Result<usize> {
    let world = served.installation.sandbox.world(Some("5001001"));
    let objects = world["objects"].as_array().context("no objects")?;
    Ok(objects.iter().filter(|it| it["kind"] == "microsoft_offline_conversion").count())
}

/// Does what a worker finds to do.
async fn work_off(served: &Served) -> Result<()> {
    let session = served.installation.session().await?;
    let mut worker = work::worker(&session);
    let mut all = Vec::new();
    loop {
        let done = work::do_due(&session, &mut worker).await?;
        if done.is_empty() {
            break;
        }
        all.extend(done);
    }
    let failed = all.iter().find(|one| one.problem.is_some());
    ensure!(failed.is_none() && all.iter().any(|one| one.kind == "tell_deals"), "{all:?}");
    session.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_tells_of_a_deal_that_is_won_and_nobody_tells_it_again() -> Result<()> {
    let served = Served::open_on(Platform::Microsoft).await?;
    let sandbox = &served.installation.sandbox;
    let ahead = Utc::now() + TimeDelta::hours(1) - sandbox.now();
    if ahead > TimeDelta::zero() {
        sandbox.advance(ahead)?;
    }
    let tenant = served.installation.tenant.id;
    let (_, admin) = served.member(tenant, "boss@example.com", Role::Admin).await?;
    let (_, viewer) = served.member(tenant, "viewer@example.com", Role::Viewer).await?;
    let call = async |method: &str, path: &str, body: Value| {
        served.call(method, path, Some(&admin), Some(body)).await
    };

    let early = call("POST", "/conversions/send", json!({})).await?;
    ensure!(early.status == 422 && early.text.contains("choose a goal"), "{early:?}");
    let wrong =
        call("PUT", "/conversion-goals", json!({"account": "5001001", "goal": "Shop purchase"})).await?;
    ensure!(wrong.status == 422 && wrong.text.contains("it has Won deal"), "{wrong:?}");
    let goal =
        call("PUT", "/conversion-goals", json!({"account": "5001001", "goal": "Won deal"})).await?.good()?;
    ensure!(goal["goal"] == "Won deal" && goal["window_days"] == 30, "{goal}");

    let new = json!({"contact": {"email": "ann@example.com"}, "clicks": {"msclkid": MARK}});
    let lead = call("POST", "/leads", new).await?.good()?;
    let deal = json!({"lead": lead["id"], "title": "Roof", "minor": 1_200_050, "currency": "EUR"});
    let deal = call("POST", "/deals", deal).await?.good()?;
    let id = deal["id"].as_str().context("no id")?.to_owned();
    ensure!(served.call("GET", "/conversions/due", Some(&viewer), None).await?.good()?["deals"] == json!([]));
    call("PATCH", &format!("/deals/{id}"), json!({"version": 1, "stage": "Won"})).await?.good()?;
    let due = served.call("GET", "/conversions/due", Some(&viewer), None).await?;
    ensure!(due.text.contains(&id) && !due.text.contains(MARK), "{due:?}");
    ensure!(counted(&served)? == 0, "looking tells nothing");

    work_off(&served).await?;
    ensure!(counted(&served)? == 1);
    let again = call("POST", "/conversions/send", json!({"again": true})).await?.good()?;
    ensure!(again["deals"] == json!([]) && counted(&served)? == 1, "{again}");
    let listed = served.call("GET", "/conversions?status=accepted", Some(&viewer), None).await?;
    ensure!(listed.json()["items"][0]["deal"] == id.as_str() && !listed.text.contains(MARK), "{listed:?}");
    ensure!(listed.json()["items"][0]["value"]["minor"] == 1_200_050, "{listed:?}");
    let denied = served.call("POST", "/conversions/send", Some(&viewer), Some(json!({}))).await?;
    ensure!(denied.status == 403, "{denied:?}");

    let worth = json!({"title": "Roof", "minor": 5, "currency": "EUR"});
    call("PATCH", &format!("/deals/{id}"), json!({"version": 2, "worth": worth})).await?.good()?;
    let changed = served.call("GET", &format!("/conversions?deal={id}"), Some(&admin), None).await?.good()?;
    let since = changed["items"][0]["since"].as_str().context("nothing is said")?;
    ensure!(since.contains("0.05 EUR now") && since.contains("12000.50 EUR"), "{since}");

    let path = format!("/conversion-goals/{}", goal["id"].as_str().context("no id")?);
    ensure!(served.call("DELETE", &path, Some(&admin), None).await?.status == 204);
    ensure!(served.call("DELETE", &path, Some(&admin), None).await?.status == 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_takes_no_deals_is_refused_by_name() -> Result<()> {
    let served = Served::open().await?;
    let tenant = served.installation.tenant.id;
    let (_, admin) = served.member(tenant, "boss@example.com", Role::Admin).await?;
    let choice = json!({"account": "act_1001", "goal": "Won deal"});
    let refused = served.call("PUT", "/conversion-goals", Some(&admin), Some(choice)).await?;
    ensure!(refused.status == 422 && refused.text.contains("Meta takes no won deals"), "{refused:?}");
    let (_, mallory) = served.tenant("mallory").await?;
    let theirs = json!({"account": "act_1001", "goal": "Won deal"});
    let stranger = served.call("PUT", "/conversion-goals", Some(&mallory), Some(theirs)).await?;
    ensure!(stranger.status == 422 && stranger.text.contains("no ad account of this tenant"), "{stranger:?}");
    Ok(())
}
