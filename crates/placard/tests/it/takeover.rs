//! Taking over what lives in an ad account: afterwards nothing differs, and nothing was sent.

mod others;

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::{Platform, plan::ObjectKind as Kind};
use placard_store::platform_object;
use serde_json::{Value, json};
use std::time::Duration;

/// Imports everything, and gives what was said.
async fn import(installation: &Installation, more: &[&str]) -> Result<Value> {
    let platform = installation.account().platform;
    let mut arguments = vec!["import", "account", "--json", "--platform", platform.as_str()];
    arguments.extend(more);
    let objects = || installation.sandbox.world(None)["objects"].clone();
    let before = objects();
    let said = installation.must(&arguments).await?;
    ensure!(objects() == before, "an import changed something on the platform");
    serde_json::from_str(&said).with_context(|| format!("no JSON: {said}"))
}

/// A campaign that another tenant published is imported without a single adopted field.
async fn round_trip(platform: Platform) -> Result<()> {
    let mut installation = Installation::open_on(platform).await?;
    // A hundred ads.
    let (groups, ads) = match platform {
        Platform::Meta => (4, 25),
        Platform::Tiktok => (5, 20),
        Platform::Google | Platform::Microsoft => (34, 3),
    };
    let spec = Spec { platform, groups, ads, ..Spec::default() };
    installation.publish(&spec).await?;
    installation.forget().await?;

    let said = import(&installation, &["--out", "taken"]).await?;
    let [one] = said["imported"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        anyhow::bail!("{said:#}");
    };
    ensure!(one["adopted"] == json!([]), "{:#}", one["adopted"]);
    ensure!(one["left"] == json!([]), "{:#}", one["left"]);
    let file = one["file"].as_str().context("a file")?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty() && plan.warnings.is_empty(), "{plan:#?}");

    let again = import(&installation, &["--out", "taken"]).await?;
    ensure!(
        again["imported"] == json!([]) && again["known"].as_array().map(Vec::len) == Some(1),
        "{again:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_meta_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_google_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_microsoft_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_placard_published_to_tiktok_comes_back_as_it_was() -> Result<()> {
    round_trip(Platform::Tiktok).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ad_with_a_video_comes_back_from_meta_as_it_was() -> Result<()> {
    let mut installation = Installation::open().await?;
    std::fs::write(
        installation.folder().join("spec.yaml"),
        installation.with_a_video(Platform::Meta).await?,
    )?;
    installation.must(&["apply", "--yes", "-f", "spec.yaml"]).await?;
    installation.forget().await?;
    let said = import(&installation, &["--out", "taken"]).await?;
    let one = &said["imported"][0];
    ensure!(one["adopted"] == json!([]) && one["left"] == json!([]), "{one:#}");
    let file = one["file"].as_str().context("a file")?;
    let text = std::fs::read_to_string(installation.folder().join(file))?;
    let world = installation.world()?;
    let video = world.living().find(|one| one.kind == Kind::Video).context("a video")?;
    ensure!(text.contains(&format!("video: \"meta:{}\"", video.id)), "{text}");
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty() && plan.warnings.is_empty(), "{plan:#?}");
    Ok(())
}

/// After an import, a campaign is like any other: edits by hand show, changes of the spec are published, and it can be
/// deleted.
async fn lives_on(platform: Platform) -> Result<()> {
    let mut installation = Installation::open_on(platform).await?;
    let spec = Spec { platform, ..Spec::default() };
    installation.publish(&spec).await?;
    installation.forget().await?;
    let said = import(&installation, &[]).await?;
    let one = &said["imported"][0];
    let (key, file) = (one["campaign"].as_str().context("a key")?, one["file"].as_str().context("a file")?);
    let name = installation
        .world()?
        .living()
        .find(|object| object.kind == Kind::Campaign)
        .map(|one| one.name.clone());
    let name = name.context("a campaign")?;

    // Its budget is raised in the spec.
    let place = installation.folder().join(file);
    let text = std::fs::read_to_string(&place)?;
    let raised = text.replace("daily: 120.00", "daily: 130.00").replace("daily: 120\n", "daily: 130\n");
    ensure!(raised != text, "{text}");
    std::fs::write(&place, raised)?;
    let plan = installation.plan(file).await?;
    ensure!(plan.steps.len() == 1 && plan.conflicts.is_empty(), "{plan:#?}");
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let now = installation.world()?;
    let campaign = now.living().find(|object| object.kind == Kind::Campaign).context("it lives")?;
    ensure!(campaign.name == name, "it was renamed from {name} to {}", campaign.name);
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");

    installation.must(&["delete", "--yes", key]).await?;
    let left = installation.world()?;
    let left: Vec<_> = left
        .living()
        .filter(|object| matches!(object.kind, Kind::Campaign | Kind::AdGroup | Kind::Ad | Kind::Keyword))
        .collect();
    ensure!(left.is_empty(), "{left:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_meta_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Meta).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_google_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Google).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_microsoft_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Microsoft).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_campaign_at_tiktok_is_changed_and_deleted_like_any_other() -> Result<()> {
    lives_on(Platform::Tiktok).await
}

/// Ads Manager in the hands of somebody who has never heard of Placard.
struct Stranger<'a> {
    installation: &'a Installation,
    token: String,
}

impl Stranger<'_> {
    async fn post(&self, path: &str, body: Value) -> Result<String> {
        let base = self.installation.sandbox.base_url();
        let mut form: Vec<(String, String)> = body
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        form.push(("access_token".to_owned(), self.token.clone()));
        form.push((
            "appsecret_proof".to_owned(),
            placard_sandbox::RunningSandbox::appsecret_proof(&self.token),
        ));
        let client = reqwest::Client::builder().no_proxy().build()?;
        let sent = client.post(format!("{base}/v26.0/{path}")).form(&form).send().await?;
        let (status, text) = (sent.status(), sent.text().await?);
        ensure!(status.is_success(), "{path}: {text}");
        let answer: Value = serde_json::from_str(&text)?;
        Ok(answer["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn campaign(&self, name: &str) -> Result<String> {
        self.post(
            "act_1001/campaigns",
            json!({"name": name, "objective": "OUTCOME_TRAFFIC", "status": "ACTIVE", "special_ad_categories": [],
                "is_adset_budget_sharing_enabled": false}),
        )
        .await
    }

    async fn ad_set(&self, campaign: &str, name: &str, more: Value) -> Result<String> {
        let mut body = json!({"name": name, "campaign_id": campaign, "status": "ACTIVE", "daily_budget": "4000",
            "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS", "destination_type": "WEBSITE",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP", "dsa_beneficiary": "Shop", "dsa_payor": "Shop",
            "targeting": {"geo_locations": {"countries": ["DE"]}, "age_min": 21, "publisher_platforms": ["facebook"],
                "facebook_positions": ["feed"], "targeting_automation": {"advantage_audience": 0}}});
        for (field, value) in more.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        self.post("act_1001/adsets", body).await
    }

    async fn ad(&self, set: &str, name: &str, creative: &str) -> Result<String> {
        let creative = json!({"creative_id": creative});
        self.post(
            "act_1001/ads",
            json!({"name": name, "adset_id": set, "creative": creative, "status": "PAUSED"}),
        )
        .await
    }

    async fn creative(&self, story: Value) -> Result<String> {
        self.post("act_1001/adcreatives", json!({"name": "c", "object_story_spec": story})).await
    }
}

/// A campaign as others make it: no marker, odd names, two ads that share a creative, a carousel, things that no spec can
/// say.
async fn foreign(installation: &Installation) -> Result<()> {
    let image = image(installation).await?;
    let stranger = Stranger { installation, token: installation.sandbox.user_token() };
    let campaign = stranger.campaign("  Söømmer // SALE 50% — #2 ").await?;
    let set = stranger.ad_set(&campaign, "Group", json!({"frequency_control_specs": []})).await?;
    let link = json!({"link": "https://shop.example.com/a?b=c", "message": "Buy: \"now\"", "image_hash": image,
        "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://shop.example.com/a?b=c"}}});
    let creative = stranger.creative(json!({"page_id": "2001", "link_data": link})).await?;
    stranger.ad(&set, "Same name", &creative).await?;
    stranger.ad(&set, "Same name", &creative).await?;
    let child =
        |n: u32| json!({"link": format!("https://shop.example.com/{n}"), "image_hash": image, "name": "x"});
    let carousel = json!({"link": "https://shop.example.com/", "message": "Many", "child_attachments": [child(1), child(2)]});
    let carousel = stranger.creative(json!({"page_id": "2001", "link_data": carousel})).await?;
    stranger.ad(&set, "Carousel", &carousel).await?;
    let empty = stranger.campaign("Nothing in it").await?;
    ensure!(!empty.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_is_imported_with_what_differs_said_and_nothing_renamed() -> Result<()> {
    let installation = Installation::open().await?;
    foreign(&installation).await?;
    let said = import(&installation, &["--out", "taken"]).await?;
    ensure!(said["known"].as_array().map(Vec::len) == Some(1), "{said:#}");
    ensure!(said["unfit"][0]["name"] == "Nothing in it", "{said:#}");
    let one = &said["imported"][0];
    ensure!(
        one["name"] == "Söømmer // SALE 50% — #2" && one["ads"] == 2 && one["run"] == "active",
        "{one:#}"
    );
    let left = one["left"].to_string();
    ensure!(left.contains("it is a carousel"), "{left}");
    let adopted: Vec<String> = one["adopted"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            format!(
                "{} {}",
                one["object"].as_str().unwrap_or_default().split('@').next().unwrap_or_default(),
                one["field"]
            )
        })
        .collect();
    ensure!(adopted.iter().any(|one| one.contains("ad_group:group \"targeting\"")), "{adopted:?}");

    // A plan finds nothing to do and no drift, and does not touch names.
    let file = one["file"].as_str().context("a file")?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");

    // An edit by hand shows; nothing else does.
    let world = installation.world()?;
    let set =
        world.living().find(|one| one.kind == Kind::AdGroup && one.name == "Group").context("an ad set")?;
    installation.edit(set, "daily_budget", "4100")?;
    let plan = installation.plan(file).await?;
    ensure!(plan.steps.is_empty() && plan.drift.len() == 1, "{plan:#?}");
    installation.edit(set, "daily_budget", "4000")?;

    // One of two ads that share a creative gets other words: the shared creative stays, and so do the names.
    let place = installation.folder().join(file);
    let text = std::fs::read_to_string(&place)?;
    let other = text.replacen("headline: Same name", "headline: Another line", 1);
    let other = if other == text {
        text.replacen("copy:\n  primary_text", "copy:\n  description: Small print\n  primary_text", 1)
    } else {
        other
    };
    ensure!(other != text, "{text}");
    std::fs::write(&place, other)?;
    installation.must(&["apply", "--yes", "-f", file]).await?;
    let plan = installation.plan(file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    let world = installation.world()?;
    ensure!(
        world.living().filter(|one| one.kind == Kind::Ad && one.name == "Same name").count() == 2,
        "an ad was renamed"
    );
    let shared = world.living().filter(|one| one.kind == Kind::Creative && one.name == "c").count();
    ensure!(shared == 2, "a creative of others was deleted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spec_that_is_there_is_not_overwritten_without_force() -> Result<()> {
    let mut installation = Installation::open().await?;
    installation.publish(&Spec::default()).await?;
    installation.forget().await?;
    std::fs::write(installation.folder().join("spring-sale.yaml"), "mine")?;
    let said = import(&installation, &[]).await?;
    ensure!(said["imported"] == json!([]), "{said:#}");
    ensure!(said["unfit"][0]["reason"].as_str().is_some_and(|why| why.contains("--force")), "{said:#}");
    ensure!(std::fs::read_to_string(installation.folder().join("spring-sale.yaml"))? == "mine");
    let tried = import(&installation, &["--dry-run"]).await?;
    ensure!(tried["imported"].as_array().map(Vec::len) == Some(1), "{tried:#}");
    let said = import(&installation, &["--force"]).await?;
    ensure!(said["imported"].as_array().map(Vec::len) == Some(1), "{said:#}");
    installation.refuses(&["import", "account", "--platform", "meta", "--campaign", "12"], 2).await?;
    Ok(())
}

/// The campaigns that are on record in the account.
async fn on_record(installation: &Installation) -> Result<usize> {
    let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
    let there = platform_object::campaigns_in(&mut tx, &installation.account()).await?;
    tx.commit().await?;
    Ok(there.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_was_killed_leaves_whole_campaigns_and_is_finished_by_another() -> Result<()> {
    const CAMPAIGNS: usize = 12;
    let installation = Installation::open().await?;
    let image = image(&installation).await?;
    let stranger = Stranger { installation: &installation, token: installation.sandbox.user_token() };
    for n in 0..CAMPAIGNS {
        let campaign = stranger.campaign(&format!("Campaign {n}")).await?;
        let set = stranger.ad_set(&campaign, "Group", json!({})).await?;
        let link =
            json!({"link": "https://shop.example.com/", "message": format!("Text {n}"), "image_hash": image});
        let creative = stranger.creative(json!({"page_id": "2001", "link_data": link})).await?;
        stranger.ad(&set, "Ad", &creative).await?;
    }
    let arguments = ["import", "account", "--platform", "meta", "--out", "taken"];
    let mut child = installation.placard(&arguments).spawn()?;
    while on_record(&installation).await? < 2 && child.try_wait()?.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    child.kill().await?;
    let before = on_record(&installation).await?;
    let said = import(&installation, &["--out", "taken"]).await?;
    let known = said["known"].as_array().map_or(0, Vec::len);
    ensure!(known == before, "{before} were on record, and {known} known: {said:#}");
    ensure!(on_record(&installation).await? == CAMPAIGNS + 1, "{said:#}");
    for n in 0..CAMPAIGNS {
        let (_, objects) = installation.on_record(&format!("campaign-{n}")).await?;
        ensure!(objects.len() == 4, "campaign {n} has {} objects", objects.len());
        let plan = installation.plan(&format!("taken/campaign-{n}.yaml")).await?;
        ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    }
    Ok(())
}

/// Publishes a campaign of ours for the sake of its picture, which others may use as well.
async fn image(installation: &Installation) -> Result<String> {
    installation.publish(&Spec::default()).await?;
    let world = installation.world()?;
    let image = world.living().find(|one| one.kind == Kind::Image).map(|one| one.remote_id().to_owned());
    image.context("a picture")
}

/// How many calls and seconds an import of five thousand ads takes. Says so and compares nothing, because nothing is timed
/// in tests: `cargo nextest run --run-ignored only large_accounts --no-capture`. `PLACARD_TEST_PLATFORM` names one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and measures"]
async fn large_accounts_are_measured() -> Result<()> {
    let only = std::env::var("PLACARD_TEST_PLATFORM").ok();
    for (platform, campaigns, groups, ads) in [
        (Platform::Meta, 1, 100, 50),
        (Platform::Tiktok, 2, 125, 20),
        (Platform::Google, 9, 186, 3),
        (Platform::Microsoft, 9, 186, 3),
    ] {
        if only.as_deref().is_none_or(|only| only == platform.as_str()) {
            measure(platform, campaigns, (groups, ads)).await?;
        }
    }
    Ok(())
}

async fn measure(platform: Platform, campaigns: usize, (groups, ads): (usize, usize)) -> Result<()> {
    let mut installation = Installation::open_on(platform).await?;
    for number in 0..campaigns {
        let key = format!("spring-sale-{number}");
        installation
            .publish(&Spec { platform, key, groups, ads, daily: "9000.00", ..Spec::default() })
            .await?;
    }
    installation.forget().await?;
    let before = installation.seq();
    let begun = std::time::Instant::now();
    let said = import(&installation, &["--out", "taken"]).await?;
    let took = begun.elapsed();
    let entries = installation.sandbox.requests(before);
    let envelopes = entries.iter().filter(|entry| entry.path == "/").count();
    let imported = said["imported"].as_array().context("a list")?;
    let sum = |field: &str| imported.iter().filter_map(|one| one[field].as_u64()).sum::<u64>();
    let adopted: usize = imported.iter().filter_map(|one| one["adopted"].as_array()).map(Vec::len).sum();
    println!(
        "{platform}: {} campaigns, {} ads, {} objects, {} requests in {envelopes} batches, {:.1} s, {adopted} adopted",
        imported.len(),
        sum("ads"),
        sum("objects"),
        entries.len() - envelopes,
        took.as_secs_f32(),
    );
    for one in imported {
        let plan = installation.plan(one["file"].as_str().context("a file")?).await?;
        ensure!(plan.is_empty() && plan.drift.is_empty(), "{platform}: {} drifts", plan.drift.len());
    }
    Ok(())
}
