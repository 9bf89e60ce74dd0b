//! What goes wrong between Microsoft and the adapter, and what the caller is told.

use crate::{
    desk::{fault_at, of_kind},
    microsoft_desk::{Desk, Spec, adapter},
};
use placard_domain::plan::{Action, ObjectKind, RemoteIds, Step};
use placard_platforms::{AdPlatform, ErrorKind, Retry};
use placard_sandbox::{Action as Fault, Failure};
use std::time::Duration;

fn failure(status: u16, code: i64) -> Failure {
    Failure { status, code, subcode: None }
}

/// The steps that make the usual campaign.
fn creates(desk: &Desk) -> anyhow::Result<Vec<Step>> {
    desk.creates(&desk.campaign(&Spec::default())?)
}

const MADE: [(ObjectKind, &str); 5] = [
    (ObjectKind::Campaign, "/Campaigns"),
    (ObjectKind::AdGroup, "/AdGroups"),
    (ObjectKind::Targeting, "/CampaignCriterions"),
    (ObjectKind::Keyword, "/Keywords"),
    (ObjectKind::Ad, "/Ads"),
];

#[tokio::test]
async fn a_lost_answer_is_told_as_such_and_the_survey_finds_what_was_made() -> anyhow::Result<()> {
    for (kind, path) in MADE {
        for fault in [Fault::DropAfter, Fault::TruncatedBody] {
            let desk = Desk::open().await?;
            let steps = creates(&desk)?;
            let mut ids = desk.before(&steps, kind).await?;
            desk.sandbox.set_faults(fault_at(path, Some(1), fault));
            let steps = of_kind(&steps, kind);
            for outcome in desk.send(&steps, &mut ids).await? {
                assert_eq!(outcome.unwrap_err().kind, ErrorKind::LostAnswer, "{kind}");
            }
            desk.sandbox.clear_faults();
            let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;
            for step in &steps {
                let ours = |one: &&placard_platforms::Found| one.marker == desk.marker(&step.object);
                assert_eq!(found.iter().filter(ours).count(), 1, "{}", step.object);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn sending_again_what_has_a_name_asks_to_look_first() -> anyhow::Result<()> {
    for kind in [ObjectKind::Campaign, ObjectKind::Targeting, ObjectKind::Keyword] {
        let desk = Desk::open().await?;
        let steps = creates(&desk)?;
        let mut ids = desk.before(&steps, kind).await?;
        let steps = of_kind(&steps, kind);
        for outcome in desk.send(&steps, &mut ids).await? {
            outcome?;
        }
        for outcome in desk.send(&steps, &mut ids).await? {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind.retry_write(), Retry::ProbeFirst, "{kind}: {error}");
            assert!(error.user_message.is_some(), "{error:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_refused_item_does_not_take_others_along() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut steps = creates(&desk)?;
    let mut ids = desk.before(&steps, ObjectKind::Keyword).await?;
    let first = steps.iter_mut().find(|step| step.object.kind == ObjectKind::Keyword).unwrap();
    first.fields.insert("Text".to_owned(), "x".repeat(200).into());
    let outcomes = desk.send(&of_kind(&steps, ObjectKind::Keyword), &mut ids).await?;
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    assert!(error.number().is_some() && error.message.len() > 3, "{error:?}");
    assert!(outcomes[1].is_ok(), "{:?}", outcomes[1]);
    Ok(())
}

#[tokio::test]
async fn a_fault_of_microsofts_is_looked_up_before_it_is_sent_again() -> anyhow::Result<()> {
    for fault in [failure(500, 0), failure(503, 0)] {
        let desk = Desk::open().await?;
        let steps = creates(&desk)?;
        desk.sandbox.set_faults(fault_at("/Campaigns", None, Fault::ErrorBefore(fault)));
        let steps = of_kind(&steps, ObjectKind::Campaign);
        let error = desk.send(&steps, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
        assert_eq!(error.kind.retry_write(), Retry::ProbeFirst, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn deleting_twice_is_deleting() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let plan = desk.plan(&[], &desk.bound(&published).await?)?;
    let mut ids = published.ids.clone();
    desk.carry_out(&plan, &mut ids.clone()).await?;
    for step in plan.steps.iter().filter(|step| step.action == Action::Delete) {
        let outcome = desk.send(&[step], &mut ids).await?.remove(0);
        assert_eq!(outcome.unwrap_err().kind, ErrorKind::NotFound, "{}", step.object);
    }
    Ok(())
}

#[tokio::test]
async fn nobody_listening_is_nothing_sent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = creates(&desk)?;
    let microsoft = adapter(&desk.sandbox, Duration::from_secs(1))?;
    let request = desk.request(of_kind(&steps, ObjectKind::Campaign)[0], &RemoteIds::new())?;
    let Desk { sandbox, access, .. } = desk;
    sandbox.shutdown().await?;
    let outcome = microsoft.execute(&access, &[request]).await.remove(0);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Unreachable);
    Ok(())
}

#[tokio::test]
async fn a_throttled_write_closes_the_customer_for_a_minute() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = creates(&desk)?;
    let campaign = of_kind(&steps, ObjectKind::Campaign);
    let throttle = Fault::Throttle { code: None, retry_after_s: None };
    desk.sandbox.set_faults(fault_at("/Campaigns", Some(1), throttle));
    let error = desk.send(&campaign, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
    assert_eq!(error.number(), Some(117), "{error}");
    let before = desk.sandbox.requests(0).len();
    let error = desk.send(&campaign, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Throttled { retry_after: Some(_) }));
    assert_eq!(desk.sandbox.requests(0).len(), before, "nothing was asked while the customer is closed");
    Ok(())
}

#[tokio::test]
async fn a_read_that_fails_in_passing_is_repeated() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    for fault in [Fault::DropBefore, Fault::TruncatedBody, Fault::ErrorBefore(failure(500, 0))] {
        desk.sandbox.set_faults(fault_at("/QueryByIds", Some(1), fault));
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_dead_token_asks_for_a_new_connection_and_is_not_told() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.access.token = "nobody-knows-this".to_owned().into();
    let steps = creates(&desk)?;
    let campaign = of_kind(&steps, ObjectKind::Campaign);
    let error = desk.send(&campaign, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated, "{error}");
    assert!(!format!("{error:?}").contains("nobody-knows-this"));
    Ok(())
}
