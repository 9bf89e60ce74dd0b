//! What goes wrong between Google and the adapter, and what the caller is told.

use crate::{
    desk::fault_at,
    google_desk::{Desk, Spec, adapter},
};
use placard_domain::plan::{Action, ObjectKind, RemoteIds, Step};
use placard_platforms::{AdPlatform, ErrorCode, ErrorKind, Outcome, PlatformError, Retry};
use placard_sandbox::{Action as Fault, Failure};
use std::time::Duration;

/// The outcomes of everything that `spec` makes, in one call.
async fn create(desk: &Desk, spec: Spec) -> anyhow::Result<(Vec<Step>, Vec<Outcome>)> {
    let desired = desk.desired(&spec.campaign()?)?;
    let plan = desk.plan(&desired, &[])?;
    let steps: Vec<Step> = plan.steps.into_iter().filter(|step| step.action == Action::Create).collect();
    let requests = desk.linked(&steps.iter().collect::<Vec<_>>(), &RemoteIds::new())?;
    let outcomes = desk.adapter.execute(&desk.access, &requests).await;
    Ok((steps, outcomes))
}

fn kinds(outcomes: &[Outcome]) -> Vec<ErrorKind> {
    outcomes.iter().map(|outcome| outcome.as_ref().unwrap_err().kind).collect()
}

fn code(error: &PlatformError) -> String {
    error.code.as_ref().map(ErrorCode::to_string).unwrap_or_default()
}

#[tokio::test]
async fn one_bad_request_is_blamed_and_nothing_of_the_others_is_made() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired = desk.desired(&Spec::default().campaign()?)?;
    let plan = desk.plan(&desired, &[])?;
    let mut steps: Vec<Step> = plan.steps.into_iter().filter(|step| step.action == Action::Create).collect();
    let bad = steps.iter().position(|step| step.object.kind == ObjectKind::Ad).unwrap();
    let headlines = serde_json::json!(["One", "Two", "A headline that is far longer than thirty letters"]);
    steps[bad].fields.insert("responsiveSearchAd.headlines".to_owned(), headlines);
    let requests = desk.linked(&steps.iter().collect::<Vec<_>>(), &RemoteIds::new())?;
    let outcomes = desk.adapter.execute(&desk.access, &requests).await;

    for (index, outcome) in outcomes.iter().enumerate() {
        let error = outcome.as_ref().unwrap_err();
        if index == bad {
            assert_eq!((error.kind, code(error).as_str()), (ErrorKind::Refused, "adError.LINE_TOO_WIDE"));
            assert!(
                error.field.as_ref().unwrap().starts_with("ad.responsive_search_ad.headlines"),
                "{:?}",
                error.field
            );
            assert_eq!(error.operation, "create ad");
            assert!(error.user_message.is_some() && error.trace_id.is_some());
        } else {
            assert_eq!(error.kind, ErrorKind::Withheld, "{}", steps[index].object);
        }
    }
    assert!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_told_as_such_and_the_survey_finds_what_was_made() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.sandbox.set_faults(fault_at("googleAds:mutate", None, Fault::DropAfter));
    let (steps, outcomes) = create(&desk, Spec::default()).await?;
    assert!(kinds(&outcomes).iter().all(|kind| *kind == ErrorKind::LostAnswer));

    desk.sandbox.clear_faults();
    let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;
    assert_eq!(found.len(), steps.len() - 1, "all but the negative keyword, which carries no marker");
    Ok(())
}

#[tokio::test]
async fn sending_again_what_was_made_already_asks_to_look_first() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let (_, first) = create(&desk, Spec::default()).await?;
    assert!(first.iter().all(Result::is_ok), "{first:#?}");

    let (steps, second) = create(&desk, Spec::default()).await?;
    for (step, outcome) in steps.iter().zip(&second) {
        let error = outcome.as_ref().unwrap_err();
        assert_eq!(error.kind.retry_write(), Retry::ProbeFirst, "{}: {error}", step.object);
    }
    Ok(())
}

#[tokio::test]
async fn a_truncated_answer_is_a_lost_one() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.sandbox.set_faults(fault_at("googleAds:mutate", None, Fault::TruncatedBody));
    let (_, outcomes) = create(&desk, Spec::default()).await?;
    assert!(kinds(&outcomes).iter().all(|kind| *kind == ErrorKind::LostAnswer));
    Ok(())
}

#[tokio::test]
async fn a_fault_of_googles_is_looked_up_before_it_is_sent_again() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for status in [500, 503] {
        desk.sandbox.set_faults(fault_at("googleAds:mutate", None, Fault::ErrorBefore(failure(status))));
        let (_, outcomes) = create(&desk, Spec::default()).await?;
        assert!(kinds(&outcomes).iter().all(|kind| kind.retry_write() == Retry::ProbeFirst), "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_listening_is_nothing_sent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let desired = desk.desired(&Spec::default().campaign()?)?;
    let plan = desk.plan(&desired, &[])?;
    let google = adapter(&desk.sandbox, Duration::from_secs(1))?;
    let request = desk.request(&plan.steps[0], &RemoteIds::new())?;
    let Desk { sandbox, access, .. } = desk;
    sandbox.shutdown().await?;
    let outcome = google.execute(&access, &[request]).await.remove(0);
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Unreachable);
    Ok(())
}

#[tokio::test]
async fn a_throttled_write_closes_the_account_for_as_long_as_google_says() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let throttle = Fault::Throttle { code: None, retry_after_s: Some(3600) };
    desk.sandbox.set_faults(fault_at("googleAds:mutate", Some(1), throttle));
    let (_, outcomes) = create(&desk, Spec::default()).await?;
    let wait = ErrorKind::Throttled { retry_after: Some(Duration::from_secs(3600)) };
    assert!(kinds(&outcomes).iter().all(|kind| *kind == wait), "{:?}", kinds(&outcomes));

    let before = desk.sandbox.requests(0).len();
    let (_, outcomes) = create(&desk, Spec::default()).await?;
    assert!(
        kinds(&outcomes).iter().all(|kind| matches!(kind, ErrorKind::Throttled { retry_after: Some(_) }))
    );
    assert_eq!(desk.sandbox.requests(0).len(), before, "nothing was asked while the account is closed");
    assert!(desk.sandbox.violations().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_read_that_fails_in_passing_is_repeated() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    for fault in [
        Fault::DropBefore,
        Fault::TruncatedBody,
        Fault::ErrorBefore(failure(500)),
        Fault::ErrorBefore(failure(503)),
    ] {
        desk.sandbox.set_faults(fault_at("googleAds:search", Some(1), fault));
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_dead_token_asks_for_a_new_connection_and_is_not_told() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.access.token = "ya29.nobody-knows-this".to_owned().into();
    let (_, outcomes) = create(&desk, Spec::default()).await?;
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
        assert!(!format!("{error:?}").contains("nobody-knows-this"));
    }
    Ok(())
}

fn failure(status: u16) -> Failure {
    Failure { status, code: 1, subcode: None }
}
