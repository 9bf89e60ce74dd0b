//! Outreach over HTTP: from a draft to somebody who wants to be left alone.

use super::served::{Answer, Served};
use anyhow::{Context, Result, ensure};
use placard::{
    outreach::{ChannelSettings, Sender, keep_channels, token},
    publishing::Stop,
    work::outreach::round,
};
use placard_domain::{DeliveryId, TenantId};
use placard_store::{audit::Actor, tenant::Role};
use serde_json::{Value, json};

pub(super) fn campaign(name: &str) -> Value {
    json!({
        "name": name,
        "settings": {"quiet": null, "days": [1, 2, 3, 4, 5, 6, 7], "gap_seconds": 0, "jitter_seconds": 0},
        "sequence": [
            {"channel": "sandbox", "template": {"subject": "Hi", "body": "{unsubscribe}"}},
            {"channel": "sandbox", "delay_minutes": 60, "template": {"subject": "Again", "body": "{unsubscribe}"}},
        ],
    })
}

/// Sets channels up, as whoever runs the server does.
async fn set_up(served: &Served, tenant: TenantId) -> Result<()> {
    let session = served.installation.session().await?;
    let sender = Sender {
        name: "Ann".to_owned(),
        address: "ann@acme.example".to_owned(),
        replies_to: "replies@acme.example".to_owned(),
        server: None,
    };
    let settings = ChannelSettings { sender, smtp: None, webhook: None };
    let mut tx = session.db().tenant(tenant).await?;
    keep_channels(&mut tx, session.vault(), &Actor::System("test".to_owned()), &settings).await?;
    tx.commit().await?;
    session.close().await
}

async fn send(served: &Served, path: &str, kind: &'static str, token: &str, body: &str) -> Result<Answer> {
    let url = format!("http://{}/api/v1{path}", served.address());
    let request = reqwest::Client::builder().no_proxy().build()?.post(url).header("content-type", kind);
    let answer = request.bearer_auth(token).body(body.to_owned()).send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok(Answer { status, headers, text: answer.text().await? })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_goes_from_a_draft_to_somebody_who_leaves_it_with_one_click() -> Result<()> {
    let served = Served::open().await?;
    let tenant = served.installation.tenant.id;
    let (_, admin) = served.member(tenant, "boss@example.com", Role::Admin).await?;
    let (_, viewer) = served.member(tenant, "viewer@example.com", Role::Viewer).await?;
    let post = async |path: &str, body: Value| served.call("POST", path, Some(&admin), Some(body)).await;
    let get = async |path: &str, who: &str| served.call("GET", path, Some(who), None).await;

    let mut wrong = campaign("spring");
    wrong["sequence"][0]["template"]["body"] = "no way out".into();
    let refused = post("/outreach/campaigns", wrong).await?;
    ensure!(refused.status == 422 && refused.text.contains("sequence[0].template"), "{refused:?}");
    let made = post("/outreach/campaigns", campaign("spring")).await?.good()?;
    ensure!(made["status"] == "draft" && made["settings"]["quiet"].is_null(), "{made}");
    let twice = post("/outreach/campaigns", campaign("spring")).await?;
    ensure!(twice.status == 409, "{twice:?}");
    let path = format!("/outreach/campaigns/{}", made["id"].as_str().context("no id")?);
    let changed = json!({"version": 1, "campaign": campaign("summer")});
    let changed = served.call("PUT", &path, Some(&admin), Some(changed)).await?.good()?;
    ensure!(changed["name"] == "summer" && changed["version"] == 2, "{changed}");

    let started = json!({"event": "started"});
    let silent = post(&format!("{path}/status"), started.clone()).await?;
    ensure!(silent.status == 422 && silent.text.contains("channel"), "{silent:?}");
    set_up(&served, tenant).await?;
    ensure!(post(&format!("{path}/status"), started).await?.good()?["status"] == "active");

    let import = format!("{path}/people/import");
    let table = "address,zone\nann@example.org,Mars\n";
    let refused = send(&served, &import, "text/csv", &admin, table).await?;
    ensure!(refused.status == 422 && refused.text.contains("line 2"), "{refused:?}");
    let table = "address,first_name\nann@example.org,Ann\n";
    ensure!(send(&served, &import, "text/csv", &admin, table).await?.good()?["new"] == 1);
    let bob = json!({"people": [{"address": "bob@example.org"}, {"address": "ANN@example.org"}]});
    let enrolled = post(&format!("{path}/people"), bob).await?.good()?;
    ensure!(enrolled["new"] == 1 && enrolled["read"] == 2, "{enrolled}");

    let seen = get(&format!("{path}/people"), &viewer).await?;
    ensure!(seen.status == 200 && !seen.text.contains("ann@example.org"), "{seen:?}");
    let approve = json!({"decision": "approve", "people": null});
    let by_viewer =
        served.call("POST", &format!("{path}/decisions"), Some(&viewer), Some(approve.clone())).await?;
    ensure!(by_viewer.status == 403, "{by_viewer:?}");
    ensure!(post(&format!("{path}/decisions"), approve).await?.good()?["decided"] == 2);

    post("/leads", json!({"contact": {"email": "ann@example.org"}})).await?.good()?;
    let session = served.installation.session().await?;
    let posts = round(&session, &Stop::default()).await?;
    session.close().await?;
    ensure!(posts.len() == 1 && posts[0].outcome.as_ref().is_ok_and(|pass| pass.sent == 2), "{posts:?}");
    let stats = get(&format!("{path}/stats"), &viewer).await?.good()?;
    ensure!(stats["sent"] == 2 && stats["found"] == 2, "{stats}");
    left_alone(&served, tenant, &admin, &path).await
}

/// The two who got a message leave: both, the second one with a click of a program that nobody asked twice.
async fn left_alone(served: &Served, tenant: TenantId, admin: &str, path: &str) -> Result<()> {
    let get = async |path: &str| served.call("GET", path, Some(admin), None).await?.good();
    let deliveries = get(&format!("{path}/deliveries")).await?;
    for delivery in deliveries["items"].as_array().context("no list")? {
        let id = DeliveryId(delivery["id"].as_str().context("no id")?.parse()?);
        let link = format!("/outreach/unsubscribe/{}", token(tenant, id));
        let asked = served.call("GET", &link, None, None).await?;
        ensure!(asked.status == 200 && asked.text.contains("method=\"post\""), "{asked:?}");
        ensure!(
            get(&format!("{path}/people?status=approved")).await?["items"] != json!([]),
            "a look changes nothing"
        );
        for _ in 0..2 {
            let form = "List-Unsubscribe=One-Click";
            let left = send(served, &link, "application/x-www-form-urlencoded", "", form).await?;
            ensure!(left.status == 200, "{left:?}");
        }
    }
    let nobody = format!("/outreach/unsubscribe/{}", token(tenant, DeliveryId(uuid::Uuid::now_v7())));
    for wrong in [nobody.as_str(), "/outreach/unsubscribe/guess"] {
        ensure!(served.call("POST", wrong, None, None).await?.status == 404);
    }
    let stopped = get(&format!("{path}/people?status=stopped")).await?;
    ensure!(stopped["items"].as_array().is_some_and(|all| all.len() == 2), "{stopped}");
    ensure!(get("/outreach/suppressions").await?["unsubscribe"] == 2);
    let lead = get("/leads").await?;
    ensure!(lead["items"][0]["consent"]["state"] == "withdrawn", "{lead}");
    Ok(())
}
