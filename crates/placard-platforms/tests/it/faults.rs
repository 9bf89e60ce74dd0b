//! What breaks on the way, and what is known afterwards.

use crate::{
    meta_desk::{Desk, adapter},
    specs::Spec,
};
use placard_domain::plan::{Action as StepAction, ObjectKind, RemoteIds};
use placard_platforms::{AdPlatform, ErrorKind, Outcome, Request, Retry};
use placard_sandbox::{Action, Failure, FaultPlan, Match, RateConfig, Rule, SandboxConfig, Tier};
use std::time::Duration;

/// The campaign's create and nothing else.
fn campaign_request(desk: &Desk) -> anyhow::Result<Request> {
    Ok(requests(desk, &Spec::default(), ObjectKind::Campaign)?.remove(0))
}

fn requests(desk: &Desk, spec: &Spec, kind: ObjectKind) -> anyhow::Result<Vec<Request>> {
    let plan = desk.plan(&desk.desired(&spec.campaign()?)?, &[])?;
    let steps =
        plan.steps.iter().filter(|step| step.action == StepAction::Create && step.object.kind == kind);
    steps.map(|step| desk.request(step, &RemoteIds::new())).collect()
}

/// Instant forms, whose creates depend on nothing: one batch of five.
async fn five_forms(desk: &Desk) -> anyhow::Result<Vec<Outcome>> {
    let requests = five_form_requests(desk)?;
    Ok(desk.adapter.execute(&desk.access, &requests).await)
}

fn five_form_requests(desk: &Desk) -> anyhow::Result<Vec<Request>> {
    let form = |n: usize| {
        format!(
            "\n      - {{name: Ad {n}, image: tent.png, destination: {{form: {{name: Form {n}, questions: [{{ask: email}}], \
             privacy_policy_url: \"https://example.com/p\"}}}}}}"
        )
    };
    let ads: String = (0..5).map(form).collect();
    let groups = format!("\n  - name: Women\n    ads:{ads}").leak();
    requests(desk, &Spec { groups, ..crate::specs::leads() }, ObjectKind::LeadForm)
}

fn rule(path: &str, action: Action) -> FaultPlan {
    let when = Match { path_contains: Some(path.to_owned()), ..Match::default() };
    FaultPlan { rules: vec![Rule { when, action }], ..FaultPlan::default() }
}

async fn execute_one(desk: &Desk) -> anyhow::Result<Outcome> {
    Ok(desk.adapter.execute(&desk.access, &[campaign_request(desk)?]).await.remove(0))
}

#[tokio::test]
async fn a_lost_answer_is_an_unknown_outcome_and_the_object_is_found_by_its_marker() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.sandbox.set_faults(rule("/campaigns", Action::DropAfter));
    let error = execute_one(&desk).await?.unwrap_err();
    assert_eq!((error.kind, error.kind.retry_write()), (ErrorKind::LostAnswer, Retry::ProbeFirst));

    desk.sandbox.clear_faults();
    let found = desk.adapter.survey(&desk.access, &desk.context.tag).await?;
    assert_eq!(found.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_comes_back() -> anyhow::Result<()> {
    let actions = [
        Action::DropBefore,
        Action::DropAfter,
        Action::TruncatedBody,
        Action::ErrorAfter(Failure { status: 500, code: 2, subcode: None }),
        Action::ErrorBefore(Failure { status: 503, code: 0, subcode: None }),
        Action::Throttle { code: Some(17), retry_after_s: None },
    ];
    for action in actions {
        let desk = Desk::open().await?;
        desk.sandbox.set_faults(rule("/campaigns", action.clone()));
        let error = execute_one(&desk).await?.unwrap_err();
        let expected = match &action {
            Action::ErrorAfter(_) | Action::ErrorBefore(_) => ErrorKind::ServerFault,
            Action::Throttle { .. } => ErrorKind::Throttled { retry_after: None },
            _ => ErrorKind::LostAnswer,
        };
        let throttled =
            matches!((error.kind, expected), (ErrorKind::Throttled { .. }, ErrorKind::Throttled { .. }));
        assert!(error.kind == expected || throttled, "{action:?} gave {error:?}");
        let requests = desk.sandbox.requests(0);
        let sent = requests
            .iter()
            .filter(|entry| entry.path.ends_with("/campaigns") && entry.method == "POST")
            .count();
        assert_eq!(sent, 1, "{action:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_lost() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.adapter = adapter(&desk.sandbox, Duration::from_millis(300))?;
    desk.sandbox.set_faults(rule("/campaigns", Action::DelayMs(5_000)));
    assert_eq!(execute_one(&desk).await?.unwrap_err().kind, ErrorKind::LostAnswer);
    Ok(())
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let request = campaign_request(&desk)?;
    let Desk { sandbox, adapter, access, context: _ } = desk;
    sandbox.shutdown().await?;
    let error = adapter.execute(&access, &[request]).await.remove(0).unwrap_err();
    assert_eq!((error.kind, error.kind.retry_write()), (ErrorKind::Unreachable, Retry::Again(None)));
    Ok(())
}

#[tokio::test]
async fn an_item_that_a_batch_does_not_answer_is_unknown_and_the_others_count() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let when = Match { method: Some("POST".to_owned()), ..Match::default() };
    let rules = vec![Rule { when, action: Action::BatchItemNull(2) }];
    desk.sandbox.set_faults(FaultPlan { rules, ..FaultPlan::default() });
    let outcomes = five_forms(&desk).await?;

    let kinds: Vec<Option<ErrorKind>> =
        outcomes.iter().map(|outcome| outcome.as_ref().err().map(|error| error.kind)).collect();
    assert_eq!(kinds, [None, None, Some(ErrorKind::LostAnswer), None, None]);
    Ok(())
}

#[tokio::test]
async fn a_batch_that_breaks_off_leaves_every_item_unknown() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let when = Match { method: Some("POST".to_owned()), ..Match::default() };
    let rules = vec![Rule { when, action: Action::BatchPartialDrop(2) }];
    desk.sandbox.set_faults(FaultPlan { rules, ..FaultPlan::default() });
    let outcomes = five_forms(&desk).await?;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::LostAnswer))
    );

    desk.sandbox.clear_faults();
    assert_eq!(desk.living(), 2);
    assert_eq!(desk.adapter.survey(&desk.access, &desk.context.tag).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn one_refused_item_of_a_batch_does_not_touch_the_others() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut requests = five_form_requests(&desk)?;
    requests[3].prepared.params.insert("questions".to_owned(), "nonsense".into());
    let outcomes = desk.adapter.execute(&desk.access, &requests).await;

    let refused: Vec<bool> = outcomes.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, false, false, true, false]);
    assert_eq!(outcomes[3].as_ref().unwrap_err().kind, ErrorKind::Refused);
    Ok(())
}

#[tokio::test]
async fn an_announced_wait_is_kept_without_another_call() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let throttle = Action::Throttle { code: Some(613), retry_after_s: Some(600) };
    desk.sandbox.set_faults(rule("/campaigns", throttle));
    let first = execute_one(&desk).await?.unwrap_err();
    let ErrorKind::Throttled { retry_after: Some(wait) } = first.kind else { panic!("{first:?}") };
    assert!(wait >= Duration::from_secs(600));

    let calls = desk.sandbox.requests(0).len();
    let second = execute_one(&desk).await?.unwrap_err();
    assert!(matches!(second.kind, ErrorKind::Throttled { retry_after: Some(_) }));
    assert!(
        desk.adapter.survey(&desk.access, &desk.context.tag).await.is_err(),
        "the wait is longer than a read's patience"
    );
    let sent: Vec<_> = desk.sandbox.requests(0).into_iter().skip(calls).map(|entry| entry.path).collect();
    assert!(sent.iter().all(|path| !path.contains("act_")), "{sent:?}");
    assert!(desk.sandbox.violations().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_short_wait_of_a_read_is_waited_out() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let when = Match { method: Some("POST".to_owned()), nth: Some(1), ..Match::default() };
    let action = Action::Throttle { code: Some(80_004), retry_after_s: Some(1) };
    desk.sandbox.set_faults(FaultPlan { rules: vec![Rule { when, action }], ..FaultPlan::default() });

    desk.assert_no_drift(&published).await?;
    assert!(desk.sandbox.violations().is_empty());
    Ok(())
}

#[tokio::test]
async fn reads_are_repeated_until_they_arrive() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&Spec::default().campaign()?).await?;
    let strike = |nth, action| Rule { when: Match { nth: Some(nth), ..Match::default() }, action };
    let rules = vec![
        strike(1, Action::DropBefore),
        strike(1, Action::ErrorBefore(Failure { status: 500, code: 1, subcode: None })),
        strike(1, Action::TruncatedBody),
    ];
    desk.sandbox.set_faults(FaultPlan { rules, ..FaultPlan::default() });
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn the_limited_tier_throttles_and_the_headers_tell_how_full_it_is() -> anyhow::Result<()> {
    let rate = RateConfig { tier: Tier::Limited, time_scale: 1.0, write_burst: false };
    let desk = Desk::open_on("act_1001", SandboxConfig { rate, ..SandboxConfig::default() }).await?;
    let mut last = None;
    for _ in 0..30 {
        if let Err(error) = execute_one(&desk).await? {
            last = Some(error);
            break;
        }
    }
    let error = last.unwrap();
    assert!(matches!(error.kind, ErrorKind::Throttled { retry_after: Some(_) }), "{error:?}");
    let usage = desk.adapter.usage(&desk.context.account);
    assert!(usage.account_percent >= 100.0, "{usage:?}");
    assert_eq!(usage.tier.as_deref(), Some("development_access"));
    Ok(())
}

#[tokio::test]
async fn a_form_without_a_page_token_is_not_sent() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.access.page_token = None;
    let calls = desk.sandbox.requests(0).len();
    let outcomes = five_forms(&desk).await?;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::Forbidden))
    );
    assert_eq!(desk.sandbox.requests(0).len(), calls);
    Ok(())
}

#[tokio::test]
async fn a_foreign_account_is_refused_as_such() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    desk.context.account.id = "act_9001".to_owned();
    desk.access.account.id = "act_9001".to_owned();
    let error = execute_one(&desk).await?.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound), "{error:?}");
    Ok(())
}
