//! Intents, outcomes and objects.

use crate::support::{
    Office, account, actor, ad_key, applied, bound, campaign_key, example_plan, marker, now, steps,
    store_plan,
};
use placard_domain::{
    CampaignId, DeploymentId, RemoteId,
    plan::{Fields, Observation, Observed},
    spec::RunState,
    status::{DeploymentKind, DeploymentStatus, PresenceStatus, StepStatus},
};
use placard_store::{
    Constraint, Fence, StoreError,
    deployment::{self, Failure, Intent, NewDeployment, Outcome, StepResult},
    plan,
    platform_object::{self, Applied, Change},
};
use serde_json::json;

fn failure(message: &str) -> Failure {
    Failure {
        step: None,
        field: Some("name".into()),
        message: message.into(),
        platform: Some(json!({"code": 100})),
    }
}

async fn send(office: &Office, fence: &Fence, id: DeploymentId, step: usize) -> anyhow::Result<()> {
    let request = json!({"name": "Spring sale"});
    let mut tx = office.tx().await?;
    let intent = Intent { step: &steps()[step].key, request: &request };
    deployment::record_intents(&mut tx, fence, id, &[intent]).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    office: &Office,
    fence: &Fence,
    id: DeploymentId,
    step: usize,
    result: StepResult,
    changes: Vec<Change>,
) -> anyhow::Result<()> {
    let mut tx = office.tx().await?;
    let outcome = Outcome { step: steps()[step].key.clone(), result, changes };
    deployment::record_outcomes(&mut tx, fence, id, &[outcome]).await?;
    tx.commit().await?;
    Ok(())
}

fn done(remote_id: &str) -> StepResult {
    StepResult::Done { remote_id: Some(RemoteId(remote_id.into())), response: Some(json!({"id": remote_id})) }
}

async fn objects(
    office: &Office,
    campaign: CampaignId,
) -> anyhow::Result<Vec<platform_object::PlatformObject>> {
    Ok(platform_object::list(&mut office.tx().await?, campaign, &account()).await?)
}

#[tokio::test]
async fn a_plan_comes_back_as_it_was_stored() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let campaign = office.save(&crate::support::spring_sale("")).await?.id;
    let mut tx = office.tx().await?;
    let id = store_plan(&mut tx, campaign).await?;
    let stored = plan::get(&mut tx, id).await?;
    assert_eq!(stored.plan, example_plan());
    assert_eq!((stored.campaign, stored.spec_revision), (campaign, 1));
    assert_eq!(stored.prepared, json!([{"path": "/act_1001/campaigns"}]));
    Ok(())
}

#[tokio::test]
async fn an_outcome_and_what_it_made_are_recorded_together() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    send(&office, lease.fence(), id, 0).await?;
    let stored = deployment::get(&mut office.tx().await?, id).await?;
    let states: Vec<_> = stored.steps.iter().map(|step| (step.status, step.attempt)).collect();
    assert_eq!(states, [(StepStatus::Sent, 1), (StepStatus::Pending, 0)]);
    assert_eq!(stored.steps[0].request, Some(json!({"name": "Spring sale"})));
    assert_eq!(stored.steps[0].marker, marker(&campaign_key()));

    record(&office, lease.fence(), id, 0, done("238"), vec![bound(campaign_key(), "238")]).await?;
    let stored = deployment::get(&mut office.tx().await?, id).await?;
    assert_eq!(stored.steps[0].status, StepStatus::Done);
    assert_eq!(stored.steps[0].remote_id, Some(RemoteId("238".into())));
    assert_eq!(stored.steps[0].response, Some(json!({"id": "238"})));
    let objects = objects(&office, campaign).await?;
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].remote_id, RemoteId("238".into()));
    assert_eq!(objects[0].applied, applied());
    assert_eq!((objects[0].deployment, &objects[0].observation), (Some(id), &None));
    Ok(())
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_leaves_no_object_behind() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    let mut tx = office.tx().await?;
    let unsent = Outcome {
        step: steps()[0].key.clone(),
        result: StepResult::Unknown { error: failure("time-out") },
        changes: vec![bound(campaign_key(), "238")],
    };
    let refused = deployment::record_outcomes(&mut tx, lease.fence(), id, &[unsent]).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    drop(tx);
    assert!(objects(&office, campaign).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_unknown_outcome_stays_sent_until_someone_looked() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    send(&office, lease.fence(), id, 0).await?;
    record(&office, lease.fence(), id, 0, StepResult::Unknown { error: failure("time-out") }, vec![]).await?;
    let waiting = deployment::unfinished(&mut office.tx().await?, campaign, &account()).await?;
    let waiting = waiting.expect("it waits to be resumed");
    assert_eq!((waiting.id, waiting.steps[0].status), (id, StepStatus::Sent));
    assert_eq!(waiting.steps[0].error, Some(failure("time-out")));

    record(&office, lease.fence(), id, 0, StepResult::NotSent, vec![]).await?;
    send(&office, lease.fence(), id, 0).await?;
    record(&office, lease.fence(), id, 0, done("238"), vec![bound(campaign_key(), "238")]).await?;
    let stored = deployment::get(&mut office.tx().await?, id).await?;
    assert_eq!((stored.steps[0].status, stored.steps[0].attempt), (StepStatus::Done, 2));
    assert_eq!(stored.steps[0].error, None);
    Ok(())
}

#[tokio::test]
async fn a_step_that_is_done_is_never_sent_again() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (_, id) = office.deploy(lease.fence()).await?;
    send(&office, lease.fence(), id, 0).await?;
    record(&office, lease.fence(), id, 0, done("238"), vec![]).await?;
    let refused = send(&office, lease.fence(), id, 0).await.unwrap_err();
    assert!(refused.to_string().contains("fitting state"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_sent_for_a_deployment_that_does_not_run() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    send(&office, lease.fence(), id, 0).await?;
    let mut tx = office.tx().await?;
    let failed = DeploymentStatus::Failed;
    deployment::finish(&mut tx, lease.fence(), id, failed, Some(&failure("the page is gone"))).await?;
    tx.commit().await?;
    assert!(send(&office, lease.fence(), id, 1).await.is_err());

    let mut tx = office.tx().await?;
    let waiting = deployment::unfinished(&mut tx, campaign, &account()).await?.expect("it can be resumed");
    assert_eq!((waiting.status, waiting.error), (failed, Some(failure("the page is gone"))));
    deployment::begin(&mut tx, lease.fence(), id).await?;
    tx.commit().await?;
    send(&office, lease.fence(), id, 1).await?;
    let stored = deployment::get(&mut office.tx().await?, id).await?;
    assert_eq!((stored.retry_count, stored.error, stored.finished_at), (1, None, None));

    let mut tx = office.tx().await?;
    deployment::finish(&mut tx, lease.fence(), id, DeploymentStatus::Succeeded, None).await?;
    let again = deployment::begin(&mut tx, lease.fence(), id).await;
    assert!(matches!(again, Err(StoreError::NotFound { .. })));
    assert_eq!(deployment::unfinished(&mut tx, campaign, &account()).await?, None);
    assert_eq!(deployment::history(&mut tx, Some(campaign), 5).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_campaign_has_one_running_deployment_in_an_account() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, _) = office.deploy(lease.fence()).await?;
    let mut tx = office.tx().await?;
    let plan = store_plan(&mut tx, campaign).await?;
    let new = NewDeployment { campaign, plan, account: &account(), kind: DeploymentKind::Update, steps: &[] };
    let refused = deployment::create(&mut tx, lease.fence(), &actor(), &new).await;
    let Err(StoreError::Conflict { constraint, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, Constraint::RunningDeployment);
    Ok(())
}

#[tokio::test]
async fn a_changed_object_keeps_what_the_change_does_not_name() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    let fence = lease.fence();
    send(&office, fence, id, 0).await?;
    let both = vec![bound(campaign_key(), "238"), bound(ad_key(), "239")];
    record(&office, fence, id, 0, done("238"), both).await?;

    let mut tx = office.tx().await?;
    let renamed = Applied {
        fields: Fields::from([("name".into(), json!("Summer"))]),
        run: None,
        daily_cost: None,
        ..applied()
    };
    let changes = [
        Change::Run { key: campaign_key(), run: RunState::Active },
        Change::Applied { key: ad_key(), name: "Summer".into(), applied: renamed.clone() },
    ];
    platform_object::record(&mut tx, fence, campaign, Some(id), &changes).await?;
    let accepted = Fields::from([("name".into(), json!("By hand"))]);
    let adopt = [Change::Accepted { key: campaign_key(), accepted: accepted.clone() }];
    platform_object::record(&mut tx, fence, campaign, None, &adopt).await?;
    tx.commit().await?;

    let objects = objects(&office, campaign).await?;
    let [ad, whole] = objects.as_slice() else { panic!("{objects:?}") };
    assert_eq!((ad.name.as_str(), &ad.applied), ("Summer", &renamed));
    assert_eq!(whole.applied, Applied { run: Some(RunState::Active), accepted, ..applied() });
    assert_eq!(whole.deployment, Some(id));
    Ok(())
}

#[tokio::test]
async fn a_deleted_object_stays_as_a_row_and_is_bound_again_under_its_new_id() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    let fence = lease.fence();
    let mut tx = office.tx().await?;
    let both = [bound(campaign_key(), "238"), bound(ad_key(), "239")];
    platform_object::record(&mut tx, fence, campaign, Some(id), &both).await?;
    let gone = [Change::Deleted { key: campaign_key() }, Change::Gone { key: ad_key() }];
    platform_object::record(&mut tx, fence, campaign, Some(id), &gone).await?;
    assert!(platform_object::list(&mut tx, campaign, &account()).await?.is_empty());
    let all = platform_object::list_all(&mut tx, campaign, &account()).await?;
    let presence: Vec<_> = all.iter().map(|object| object.presence).collect();
    assert_eq!(presence, [PresenceStatus::Gone, PresenceStatus::Deleted]);

    platform_object::record(&mut tx, fence, campaign, Some(id), &[bound(ad_key(), "240")]).await?;
    let again = platform_object::list(&mut tx, campaign, &account()).await?;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].remote_id, RemoteId("240".into()));
    assert_eq!(platform_object::accounts_of(&mut tx, campaign).await?, [account()]);

    let unknown = [Change::Gone { key: marker_key() }];
    let refused = platform_object::record(&mut tx, fence, campaign, Some(id), &unknown).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    Ok(())
}

fn marker_key() -> placard_domain::plan::ObjectKey {
    "ad:nobody/made-this".parse().expect("it is a key")
}

#[tokio::test]
async fn a_newer_sight_of_an_object_wins_over_an_older_one() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let lease = office.lease().await?;
    let (campaign, id) = office.deploy(lease.fence()).await?;
    let mut tx = office.tx().await?;
    platform_object::record(&mut tx, lease.fence(), campaign, Some(id), &[bound(ad_key(), "239")]).await?;
    let seen = Observation::Present(Observed {
        fields: Fields::from([("name".into(), json!("By hand"))]),
        run: Some(RunState::Paused),
        effective: Some("PENDING_REVIEW".into()),
        issues: vec!["the text is too long".into()],
    });
    let later = now();
    let earlier = later - chrono::TimeDelta::minutes(1);
    platform_object::observe(&mut tx, campaign, &account(), &[(ad_key(), seen.clone())], later).await?;
    platform_object::observe(&mut tx, campaign, &account(), &[(ad_key(), Observation::Gone)], earlier)
        .await?;
    let object = platform_object::list(&mut tx, campaign, &account()).await?.remove(0);
    assert_eq!((object.observation.clone(), object.observed_at), (Some(seen.clone()), Some(later)));
    assert_eq!(object.bind(seen.clone()).observation, seen);
    Ok(())
}
