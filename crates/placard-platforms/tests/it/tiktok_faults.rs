//! What goes wrong between TikTok and the adapter, and what the caller is told.

use crate::{
    desk::{fault_at, of_kind},
    tiktok_desk::{Desk, Spec, adapter},
};
use chrono::TimeDelta;
use placard_domain::plan::{ObjectKind, RemoteIds, Step};
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

const MADE: [ObjectKind; 3] = [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad];

#[tokio::test]
async fn a_lost_answer_is_told_as_such_and_the_survey_finds_what_was_made() -> anyhow::Result<()> {
    for kind in MADE {
        let desk = Desk::open().await?;
        let steps = creates(&desk)?;
        let mut ids = desk.before(&steps, kind).await?;
        for fault in [Fault::DropAfter, Fault::TruncatedBody] {
            desk.sandbox.set_faults(fault_at("/create/", Some(1), fault));
            let steps = of_kind(&steps, kind);
            let outcomes = desk.send(&steps, &mut ids).await?;
            for outcome in &outcomes {
                assert_eq!(outcome.as_ref().unwrap_err().kind, ErrorKind::LostAnswer, "{kind}");
            }
            desk.sandbox.clear_faults();
            let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;
            for step in &steps {
                assert!(found.iter().any(|one| one.marker == desk.marker(&step.object)), "{}", step.object);
            }
            if kind == ObjectKind::Ad {
                break;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn sending_again_what_was_made_asks_to_look_first_however_late() -> anyhow::Result<()> {
    for kind in [ObjectKind::Campaign, ObjectKind::AdGroup] {
        let desk = Desk::open().await?;
        let steps = creates(&desk)?;
        let mut ids = desk.before(&steps, kind).await?;
        let steps = of_kind(&steps, kind);
        desk.send(&steps, &mut ids).await?.remove(0)?;
        for later in [TimeDelta::zero(), TimeDelta::days(2)] {
            desk.sandbox.advance(later)?;
            let error = desk.send(&steps, &mut ids).await?.remove(0).unwrap_err();
            assert_eq!(error.kind.retry_write(), Retry::ProbeFirst, "{kind}: {error}");
            assert_eq!(error.number(), Some(40_002));
            assert!(error.user_message.is_some() && error.trace_id.is_some());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_fault_of_tiktoks_is_looked_up_before_it_is_sent_again() -> anyhow::Result<()> {
    for fault in [failure(500, 50_000), failure(200, 51_010), failure(200, 50_002), failure(503, 50_000)] {
        let desk = Desk::open().await?;
        let steps = creates(&desk)?;
        desk.sandbox.set_faults(fault_at("/campaign/create/", None, Fault::ErrorBefore(fault)));
        let steps = of_kind(&steps, ObjectKind::Campaign);
        let error = desk.send(&steps, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
        assert_eq!(error.kind, ErrorKind::LostAnswer, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_picture_can_simply_be_sent_again() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = creates(&desk)?;
    let image = of_kind(&steps, ObjectKind::Image)[0];
    desk.sandbox.set_faults(fault_at("/file/image/ad/upload/", Some(1), Fault::DropAfter));
    let mut ids = RemoteIds::new();
    let lost = desk.send(&[image], &mut ids).await?.remove(0).unwrap_err();
    assert_eq!(lost.kind, ErrorKind::LostAnswer);
    for _ in 0..3 {
        desk.send(&[image], &mut ids).await?.remove(0)?;
    }
    assert!(ids.contains_key(&image.object));
    Ok(())
}

#[tokio::test]
async fn a_refusal_keeps_tiktoks_words_and_names_the_field() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut steps = creates(&desk)?;
    let group = steps.iter_mut().find(|step| step.object.kind == ObjectKind::AdGroup).unwrap();
    group.fields.insert("billing_event".to_owned(), "OCPM".into());
    let mut ids = desk.before(&steps, ObjectKind::AdGroup).await?;
    let error = desk.send(&of_kind(&steps, ObjectKind::AdGroup), &mut ids).await?.remove(0).unwrap_err();
    assert_eq!((error.kind, error.number()), (ErrorKind::Refused, Some(40_002)), "{error}");
    assert_eq!(error.field.as_deref(), Some("billing_event"), "{error}");
    assert!(error.user_message.is_some() && error.trace_id.is_some());
    Ok(())
}

#[tokio::test]
async fn one_that_cannot_be_switched_does_not_take_others_along() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    let bound = desk.bound(&published).await?;
    let paused = Spec {
        groups: "
  - name: Women
    ads:
      - {name: Tent, image: tent.png, status: paused}
      - {name: Stove, image: stove.png, status: paused}",
        ..Spec::default()
    };
    let plan = desk.plan(&desk.desired(&desk.campaign(&paused)?)?, &bound)?;
    let steps: Vec<&Step> = plan.steps.iter().collect();
    assert_eq!(steps.len(), 2, "{steps:#?}");
    let mut ids = published.ids.clone();
    ids.insert(steps[0].object.clone(), placard_domain::RemoteId("1".to_owned()));
    let outcomes = desk.send(&steps, &mut ids).await?;
    let error = outcomes[0].as_ref().unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Refused | ErrorKind::NotFound), "{error}");
    assert!(outcomes[1].is_ok(), "{:?}", outcomes[1]);
    Ok(())
}

#[tokio::test]
async fn nobody_listening_is_nothing_sent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = creates(&desk)?;
    let tiktok = adapter(&desk.sandbox, Duration::from_secs(1))?;
    let request = desk.request(of_kind(&steps, ObjectKind::Campaign)[0], &RemoteIds::new())?;
    let Desk { sandbox, access, .. } = desk;
    sandbox.shutdown().await?;
    let outcome = tiktok.execute(&access, &[request]).await.remove(0);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Unreachable);
    Ok(())
}

#[tokio::test]
async fn a_throttled_write_closes_the_account_for_as_long_as_tiktok_says() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = creates(&desk)?;
    let campaign = of_kind(&steps, ObjectKind::Campaign);
    let throttle = Fault::Throttle { code: None, retry_after_s: None };
    desk.sandbox.set_faults(fault_at("/campaign/create/", Some(1), throttle));
    let error = desk.send(&campaign, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
    assert_eq!(error.number(), Some(40_100), "{error}");
    assert!(matches!(error.kind, ErrorKind::Throttled { retry_after: Some(_) }), "{:?}", error.kind);

    let before = desk.sandbox.requests(0).len();
    let error = desk.send(&campaign, &mut RemoteIds::new()).await?.remove(0).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Throttled { retry_after: Some(_) }));
    assert_eq!(desk.sandbox.requests(0).len(), before, "nothing was asked while the account is closed");
    Ok(())
}

#[tokio::test]
async fn a_read_that_fails_in_passing_is_repeated() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    for fault in [
        Fault::DropBefore,
        Fault::TruncatedBody,
        Fault::ErrorBefore(failure(500, 50_000)),
        Fault::ErrorBefore(failure(200, 51_010)),
    ] {
        desk.sandbox.set_faults(fault_at("/get/", Some(1), fault));
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
    assert_eq!((error.kind, error.number()), (ErrorKind::Unauthenticated, Some(40_105)));
    assert!(!format!("{error:?}").contains("nobody-knows-this"));
    Ok(())
}
