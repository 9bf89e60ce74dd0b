//! What others change on the platform: said, kept, adopted or set back; never overwritten silently.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::{
    Platform,
    plan::{Action, Conflict, ObjectKind as Kind},
};
use placard_sandbox::NodeId;
use serde_json::{Map, Value, json};
use std::path::Path;

const WRONG_INPUT: i32 = 2;
const UNDECIDED: i32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_refused_when_the_platform_was_edited_after_it() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    installation.publish(&spec).await?;
    let file = Spec { headline: "Ride on", ..spec }.write(installation.folder(), "spec")?;
    let planned: Value = serde_json::from_str(&installation.must(&["plan", "--json", "-f", &file]).await?)?;
    let plan = planned["plan_id"].as_str().context("a plan has an id")?.to_owned();

    let world = installation.world()?;
    installation.edit(world.only(Kind::Campaign, "Spring sale")?, "daily_budget", "7700")?;
    let before = installation.seq();
    let said = installation.refuses(&["apply", "--yes", "-f", &file, "--plan", &plan], UNDECIDED).await?;
    ensure!(said.contains("stale"), "it does not say why: {said}");
    ensure!(installation.writes_since(before) == 0, "a stale plan wrote something");

    // A new plan sees the edit, leaves it alone and goes on with the rest.
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let world = installation.world()?;
    ensure!(
        world.only(Kind::Campaign, "Spring sale")?.fields["daily_budget"] == "7700",
        "it was overwritten"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_edit_is_listed_with_field_old_and_new_value_and_survives_an_apply() -> Result<()> {
    let (installation, spec, file) = edited().await?;
    let drift = drift(&installation, &spec).await?;
    let expected = json!([{
        "object": "campaign:spring-sale",
        "name": "Spring sale",
        "change": {"field": "daily_budget", "before": "12000", "after": "7700"},
    }]);
    ensure!(drift == expected, "{drift:#}");
    let plan = installation.plan(&file).await?;
    ensure!(plan.steps.is_empty() && plan.drift.len() == 1, "{plan:#?}");

    let before = installation.seq();
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(installation.writes_since(before) == 0, "the edit was overwritten");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adopted_edit_is_quiet_until_the_spec_changes_that_field() -> Result<()> {
    let (installation, spec, file) = edited().await?;
    installation.must(&["drift", "--adopt", &spec.key]).await?;
    ensure!(drift(&installation, &spec).await? == json!([]), "it is still listed");
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");

    // Another field of the spec changes: the adopted value stands.
    let other = Spec { headline: "Ride on", ..spec.clone() }.write(installation.folder(), "other")?;
    installation.must(&["apply", "--yes", "-f", &other]).await?;
    ensure!(budget(&installation)? == "7700", "an adopted value was overwritten");

    let same_field = Spec { headline: "Ride on", daily: "90.00", ..spec };
    let file = same_field.write(installation.folder(), "same")?;
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(budget(&installation)? == "9000", "the spec changed the field and was not obeyed");
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pushed_edit_is_set_back() -> Result<()> {
    let (installation, spec, file) = edited().await?;
    installation.must(&["drift", "--push", &spec.key]).await?;
    ensure!(budget(&installation)? == "12000", "it was not set back");
    let plan = installation.plan(&file).await?;
    ensure!(plan.is_empty() && plan.drift.is_empty(), "{plan:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_the_field_that_the_spec_changes_too_is_a_conflict_until_someone_decides() -> Result<()> {
    let (installation, spec, _) = edited().await?;
    let file = Spec { daily: "90.00", ..spec }.write(installation.folder(), "spec")?;
    let plan = installation.plan(&file).await?;
    ensure!(matches!(plan.conflicts[..], [Conflict::BothChanged { .. }]), "{plan:#?}");
    let before = installation.seq();
    installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(installation.writes_since(before) == 0, "a conflict wrote something");

    installation.must(&["apply", "--yes", "--push", "-f", &file]).await?;
    ensure!(budget(&installation)? == "9000", "the decision was not carried out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_that_someone_paused_stays_paused_and_is_listed() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    installation.edit(installation.world()?.only(Kind::Campaign, "Spring sale")?, "status", "PAUSED")?;
    let drift = drift(&installation, &spec).await?;
    ensure!(drift[0]["change"]["field"] == "status", "{drift:#}");
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let paused = installation.world()?.only(Kind::Campaign, "Spring sale")?.status;
    ensure!(paused == placard_sandbox::Status::Paused, "somebody's pause was lifted");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_by_hand_is_a_conflict_and_made_again_when_pushed() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec { groups: 2, ..Spec::default() };
    let file = installation.publish(&spec).await?;
    let world = installation.world()?;
    let ads: Vec<_> = world.living().filter(|object| object.kind == Kind::Ad).collect();
    let (_, record) = installation.on_record(&spec.key).await?;
    let first = record.iter().find(|object| object.key.to_string() == "ad:group-0/ad-0");
    let first = first.context("the first ad is on record")?;
    let gone = ads.iter().find(|ad| ad.id == first.remote_id.0).context("the first ad is there")?;
    installation.edit(gone, "status", "DELETED")?;

    let plan = installation.plan(&file).await?;
    ensure!(matches!(plan.conflicts[..], [Conflict::Deleted { .. }]), "{plan:#?}");
    let before = installation.seq();
    installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(installation.writes_since(before) == 0, "a conflict wrote something");

    installation.must(&["apply", "--yes", "--push", "-f", &file]).await?;
    let wanted = record.into_iter().map(|object| object.key).collect();
    let faults = installation.faults(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_campaign_deleted_by_hand_is_made_again_when_pushed() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    let (_, record) = installation.on_record(&spec.key).await?;
    let world = installation.world()?;
    for object in world
        .living()
        .filter(|object| matches!(object.kind, Kind::Campaign | Kind::AdGroup | Kind::Ad | Kind::Creative))
    {
        installation.edit(object, "status", "DELETED")?;
    }
    installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    installation.must(&["apply", "--yes", "--push", "-f", &file]).await?;
    let wanted = record.into_iter().map(|object| object.key).collect();
    let faults = installation.faults(&spec.key, &file, &wanted).await?;
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_fixed_at_creation_is_a_conflict_and_not_sent() -> Result<()> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    installation.publish(&spec).await?;
    let text = spec.text().replace("goal: leads", "goal: awareness").replace("sign_up", "learn_more");
    let website = "destination:\n  website: {url: \"https://outdoor.example.com\"}\ncopy:";
    let form = text.find("destination:").zip(text.find("copy:")).context("the spec has both")?;
    let text = format!("{}{website}{}", &text[..form.0], &text[form.1 + "copy:".len()..]);
    std::fs::write(installation.folder().join("other.yaml"), text)?;
    let plan = installation.plan("other.yaml").await?;
    let fixed = plan.conflicts.iter().any(|conflict| matches!(conflict, Conflict::Immutable { .. }));
    ensure!(fixed, "{plan:#?}");
    ensure!(
        plan.steps.iter().all(|step| step.action != Action::Update || !step.fields.contains_key("objective"))
    );
    let before = installation.seq();
    installation.refuses(&["apply", "--yes", "-f", "other.yaml"], UNDECIDED).await?;
    ensure!(installation.writes_since(before) == 0, "a conflict wrote something");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_edits_only_those_in_the_fields_named_are_set_back() -> Result<()> {
    let (installation, spec, file) = edited().await?;
    let world = installation.world()?;
    let group = world.living().find(|object| object.kind == Kind::AdGroup);
    let group = group.context("there is an ad group")?;
    installation.edit(group, "name", format!("Hers {}", text(&group.fields["name"])?))?;

    let before = installation.seq();
    let slip = ["apply", "--yes", "-f", &file, "--force-fields", "daily_budgt"];
    let said = installation.refuses(&slip, WRONG_INPUT).await?;
    ensure!(said.contains("did you mean `daily_budget`?"), "{said}");
    let said =
        installation.refuses(&["plan", "-f", &file, "--force-fields", "bid_amount"], WRONG_INPUT).await?;
    ensure!(said.contains("changed: daily_budget, name"), "{said}");
    ensure!(installation.writes_since(before) == 0, "a slip wrote something");

    let shown = installation.must(&["plan", "-f", &file, "--force-fields", "daily_budget"]).await?;
    ensure!(shown.contains("1 to change") && shown.contains("Hers"), "{shown}");
    installation.must(&["apply", "--yes", "-f", &file, "--force-fields", "daily_budget"]).await?;
    ensure!(budget(&installation)? == "12000", "it was not set back");
    let drift = drift(&installation, &spec).await?;
    ensure!(drift.as_array().is_some_and(|all| all.len() == 1), "{drift:#}");
    ensure!(drift[0]["change"]["field"] == "name", "what was not named was overwritten: {drift:#}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn naming_a_field_decides_its_conflict_and_no_other() -> Result<()> {
    let (installation, spec, _) = edited().await?;
    let file = Spec { daily: "90.00", ..spec }.write(installation.folder(), "spec")?;
    let said = installation.refuses(&["apply", "--yes", "-f", &file], UNDECIDED).await?;
    ensure!(said.contains("--force-fields"), "{said}");
    installation.must(&["apply", "--yes", "--force-fields", "daily_budget", "-f", &file]).await?;
    ensure!(budget(&installation)? == "9000", "the decision was not carried out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_one_platform_has_is_set_back_there_and_nowhere_else() -> Result<()> {
    let installation = Installation::open_on(Platform::Google).await?;
    installation.must(&["connect", "meta", "--sandbox", "--yes", "--account", "act_1001"]).await?;
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let file = examples.join("spring-rides.yaml").display().to_string();
    installation.must(&["apply", "--yes", "-f", &file]).await?;
    let campaign = |at_meta: bool| {
        let world = installation.world()?;
        let mut campaigns = world.living().filter(|object| object.kind == Kind::Campaign);
        let found = campaigns.find(|object| object.id.parse::<u64>().is_ok() == at_meta);
        let found = found.context("a campaign on each platform")?;
        anyhow::Ok((found.id.clone(), found.fields.clone()))
    };
    let ((meta, _), (google, fields)) = (campaign(true)?, campaign(false)?);
    let edit = |field: &str, value: &str| Map::from_iter([(field.to_owned(), json!(value))]);
    installation.sandbox.edit(NodeId(meta.parse()?), edit("daily_budget", "7700"))?;
    installation.sandbox.edit_google(&google, edit("name", "Hers"))?;

    let apply = ["apply", "--yes", "-f", &file, "--force-fields"];
    let said = installation.refuses(&[&apply[..], &["daily_budgt"]].concat(), WRONG_INPUT).await?;
    ensure!(said.contains("did you mean `daily_budget`?"), "{said}");
    ensure!(campaign(true)?.1["daily_budget"] == "7700", "a slip wrote something");

    installation.must(&[&apply[..], &["daily_budget"]].concat()).await?;
    ensure!(campaign(true)?.1["daily_budget"] == "4000", "it was not set back");
    ensure!(campaign(false)?.1["name"] == "Hers", "what was not named was overwritten");
    installation.must(&[&apply[..], &["name"]].concat()).await?;
    ensure!(campaign(false)?.1["name"] == fields["name"], "it was not set back");
    Ok(())
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("a name is text")
}

/// A published campaign whose budget someone set to 77.00.
async fn edited() -> Result<(Installation, Spec, String)> {
    let installation = Installation::open().await?;
    let spec = Spec::default();
    let file = installation.publish(&spec).await?;
    installation.edit(installation.world()?.only(Kind::Campaign, "Spring sale")?, "daily_budget", "7700")?;
    Ok((installation, spec, file))
}

async fn drift(installation: &Installation, spec: &Spec) -> Result<Value> {
    let run = installation.run(&["drift", "--json", &spec.key]).await?;
    let mut document: Value =
        serde_json::from_str(&run.stdout).with_context(|| format!("no drift: {run}"))?;
    let drift = document["drift"].take();
    let expected = if drift == json!([]) { 0 } else { UNDECIDED };
    ensure!(run.code() == Some(expected), "{run}");
    Ok(drift)
}

fn budget(installation: &Installation) -> Result<String> {
    let world = installation.world()?;
    let budget = world.only(Kind::Campaign, "Spring sale")?.fields["daily_budget"].as_str();
    Ok(budget.context("a campaign has a budget")?.to_owned())
}
