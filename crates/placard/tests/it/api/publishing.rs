//! From an empty tenant to a running campaign, by HTTP alone.

use super::served::Served;
use anyhow::{Context, Result, ensure};
use placard_store::tenant::Role;
use serde_json::{Value, json};
use std::{fs, path::Path};

const SPEC: &str = include_str!("../../../../../examples/spring-sale.yaml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spec_goes_live_and_is_paused_again_by_http() -> Result<()> {
    let served = Served::open().await?;
    let tenant = served.installation.tenant.id;
    let (_, token) = served.member(tenant, "olga@example.com", Role::Operator).await?;
    let at = served.address();
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/images");
    for image in fs::read_dir(images)? {
        let image = image?;
        let path =
            format!("/campaigns/spring-sale/files?path=images/{}", image.file_name().to_string_lossy());
        let kind = [("content-type", "application/octet-stream")];
        let put = served.send(at, "PUT", &path, Some(&token), &kind, Some(fs::read(image.path())?)).await?;
        ensure!(put.status == 204, "{put:?}");
    }
    let yaml = [("content-type", "application/yaml")];
    let put = || served.send(at, "PUT", "/campaigns/spring-sale", Some(&token), &yaml, Some(SPEC.into()));
    let stored = put().await?;
    ensure!(stored.status == 201, "{stored:?}");
    let tag = stored.headers["etag"].to_str()?.to_owned();
    ensure!(put().await?.status == 200);

    let ready = served.call("GET", "/campaigns/spring-sale/readiness", Some(&token), None).await?.good()?;
    ensure!(ready["ready"] == true, "{ready}");
    let plan = served.call("POST", "/campaigns/spring-sale/plans", Some(&token), Some(json!({}))).await?;
    let plan = plan.good()?;
    let apply = format!("/plans/{}/apply", plan["id"].as_str().context("no id")?);
    let applied = served.call("POST", &apply, Some(&token), None).await?.good()?;
    let id = applied["deployment_id"].as_str().context("nothing was deployed")?;

    let events = served.stream(&format!("/deployments/{id}/events"), &token).await?;
    let last: Value = serde_json::from_str(
        events.lines().filter_map(|line| line.strip_prefix("data:")).next_back().context("no event")?,
    )?;
    ensure!(last["status"] == "succeeded", "{last}");
    ensure!(last["done"].as_u64() == last["steps"].as_array().map(|steps| steps.len() as u64), "{last}");

    let campaign = served.call("GET", "/campaigns/spring-sale", Some(&token), None).await?.good()?;
    ensure!(campaign["status"] == "active" && campaign["spec"]["goal"] == "leads", "{campaign}");
    let drift = served.call("GET", "/campaigns/spring-sale/drift", Some(&token), None).await?.good()?;
    ensure!(drift["fields"] == 0, "{drift}");
    let again = served.call("POST", "/campaigns/spring-sale/plans", Some(&token), Some(json!({}))).await?;
    ensure!(again.good()?["plan"]["steps"] == json!([]), "a second plan has steps");

    served.call("POST", "/campaigns/spring-sale/pause", Some(&token), None).await?.good()?;
    let mut status = Value::Null;
    for _ in 0..100 {
        status =
            served.call("GET", "/campaigns/spring-sale", Some(&token), None).await?.good()?["status"].clone();
        if status == "paused" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    ensure!(status == "paused", "{status}");

    let stale = [("content-type", "application/yaml"), ("if-match", "\"0-nothing\"")];
    let stale =
        served.send(at, "PUT", "/campaigns/spring-sale", Some(&token), &stale, Some(SPEC.into())).await?;
    ensure!(stale.status == 412, "{stale:?}");
    let fits = [("content-type", "application/yaml"), ("if-match", tag.as_str())];
    let fits =
        served.send(at, "PUT", "/campaigns/spring-sale", Some(&token), &fits, Some(SPEC.into())).await?;
    ensure!(fits.status == 200, "{fits:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spec_cannot_name_files_outside_its_folder() -> Result<()> {
    let served = Served::open().await?;
    let tenant = served.installation.tenant.id;
    let (_, token) = served.member(tenant, "olga@example.com", Role::Operator).await?;
    let at = served.address();
    let secret = served.installation.folder().join("secret.png");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/images/city.png"), &secret)?;
    let yaml = [("content-type", "application/yaml")];
    let mut answers = Vec::new();
    for name in [secret.to_string_lossy().into_owned(), "../../../../secret.png".into(), "nothing.png".into()]
    {
        let spec = SPEC.replace("images/city.png", &name);
        let put =
            served.send(at, "PUT", "/campaigns/spring-sale", Some(&token), &yaml, Some(spec.into())).await?;
        ensure!(put.status == 422, "{put:?}");
        answers.push(put.text.replace(&name, "…"));
    }
    ensure!(answers[0] == answers[2] && answers[1] == answers[2], "it tells which files there are");
    for path in ["../x.png", "/etc/x.png", "a/../../x.png", ".x.png", "a//b.png", "x%00.png"] {
        let path = format!("/campaigns/spring-sale/files?path={path}");
        let image = Some(fs::read(&secret)?);
        let put = served.send(at, "PUT", &path, Some(&token), &[], image).await?;
        ensure!(put.status == 422, "{path}: {put:?}");
    }
    Ok(())
}
