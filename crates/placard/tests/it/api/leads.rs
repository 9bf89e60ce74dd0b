//! Leads over HTTP: who sees people, and who sees only that there is someone.

use super::served::Served;
use anyhow::{Context, Result, ensure};
use placard_store::tenant::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_sees_leads_and_not_people() -> Result<()> {
    let served = Served::open().await?;
    let tenant = served.installation.tenant.id;
    let (_, admin) = served.member(tenant, "boss@example.com", Role::Admin).await?;
    let (_, viewer) = served.member(tenant, "viewer@example.com", Role::Viewer).await?;
    let new = json!({
        "contact": {"email": "Ann@Example.com", "last_name": "Needleworth"}, "answers": {"Budget": "5000"},
        "clicks": {"gclid": "click-1"}, "utm": {"utm_source": "letter"},
    });
    let made = served.call("POST", "/leads", Some(&admin), Some(new.clone())).await?.good()?;
    ensure!(made["contact"]["email"] == "ann@example.com" && made["masked"] == false, "{made}");
    let again = served.call("POST", "/leads", Some(&admin), Some(new)).await?.good()?;
    ensure!(again["id"] == made["id"] && again["version"] == made["version"], "{again}");

    let id = made["id"].as_str().context("no id")?;
    for path in ["/leads".to_owned(), format!("/leads/{id}")] {
        let answer = served.call("GET", &path, Some(&viewer), None).await?;
        ensure!(answer.status == 200 && answer.text.contains(id), "{answer:?}");
        for secret in ["ann@", "Needleworth", "5000", "click-1", "letter"] {
            ensure!(!answer.text.contains(secret), "{path} tells {secret}: {answer:?}");
        }
    }
    let who = json!({"identifier": "ann@example.com"});
    ensure!(served.call("POST", "/leads/find", Some(&viewer), Some(who.clone())).await?.status == 403);
    let found = served.call("POST", "/leads/find", Some(&admin), Some(who.clone())).await?.good()?;
    ensure!(found["items"][0]["id"] == id, "{found}");

    let seen = json!({"version": 1, "event": "qualified", "contact": {"city": "Bonn"}});
    let path = format!("/leads/{id}");
    let changed = served.call("PATCH", &path, Some(&admin), Some(seen.clone())).await?.good()?;
    ensure!(changed["status"] == "qualified" && changed["by_hand"] == json!(["city"]), "{changed}");
    ensure!(
        served.call("PATCH", &path, Some(&admin), Some(seen)).await?.status == 412,
        "it was changed since"
    );
    let erased = served.call("POST", "/leads/erase", Some(&admin), Some(who)).await?.good()?;
    ensure!(erased["leads"] == 1 && erased["left"] == 0, "{erased}");
    Ok(())
}
