//! Won deals, told to Microsoft.

use crate::{desk::fault_at, microsoft_desk::Desk};
use chrono::{SubsecRound, TimeDelta};
use placard_domain::{ConversionId, Money, crm::conversion::Conversion};
use placard_platforms::{AdPlatform, Conversions, ErrorKind, Retry, Verdict};
use placard_sandbox::{Action as Fault, Failure};
use serde_json::json;

const GOAL: &str = "Won deal";

fn conversion(desk: &Desk, number: u128, minor: i64) -> Conversion {
    Conversion {
        id: format!("{number:032x}").parse::<ConversionId>().unwrap(),
        click: format!("{number:032x}"),
        goal: GOAL.to_owned(),
        at: (desk.sandbox.now() - TimeDelta::hours(1)).trunc_subsecs(0),
        value: Money::new(minor, "EUR".parse().unwrap()),
    }
}

fn microsoft(desk: &Desk) -> &dyn Conversions {
    desk.adapter.conversions().unwrap()
}

/// Click and value of each that counts.
fn counted(desk: &Desk) -> Vec<(String, String)> {
    let world = desk.sandbox.world(Some(&desk.access.account.id));
    let all = world["objects"].as_array().unwrap().iter();
    let ours = all.filter(|it| it["kind"] == "microsoft_offline_conversion").map(|it| &it["fields"]);
    ours.map(|it| (it["MicrosoftClickId"].as_str().unwrap().to_owned(), it["ConversionValue"].to_string()))
        .collect()
}

#[tokio::test]
async fn goals_that_take_deals_are_read_with_their_windows() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let goals = microsoft(&desk).goals(&desk.access).await?;
    let told: Vec<_> =
        goals.iter().map(|goal| (goal.name.as_str(), goal.active, goal.window.num_days())).collect();
    assert_eq!(told, [(GOAL, true, 30), ("Former deals", false, 30)]);
    Ok(())
}

#[tokio::test]
async fn a_thousand_go_out_in_one_call_and_each_refusal_finds_its_own() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut all: Vec<Conversion> = (0..1_000).map(|number| conversion(&desk, number, 1_999)).collect();
    all[3].click = "short".to_owned();
    all[7].goal = "Wonn deal".to_owned();
    all[9].value = Money::new(1_234_567_890_123, "EUR".parse()?);
    let verdicts = microsoft(&desk).apply(&desk.access, &all.iter().collect::<Vec<_>>()).await?;
    for (index, verdict) in verdicts.iter().enumerate() {
        match (index, verdict) {
            (3, Verdict::Refused(error)) => {
                assert_eq!((error.number(), error.field.as_deref()), (Some(5604), Some("MicrosoftClickId")));
                assert!(error.user_message.as_deref().is_some_and(|advice| advice.contains("msclkid")));
            }
            (7, Verdict::Refused(error)) => assert_eq!(error.number(), Some(5606)),
            (3 | 7, other) => panic!("{index}: {other:?}"),
            (_, Verdict::Accepted) => {}
            (_, other) => panic!("{index}: {other:?}"),
        }
    }
    assert_eq!(desk.writes(), ["POST Apply"]);
    let counted = counted(&desk);
    assert_eq!(counted.len(), 998);
    assert!(counted.contains(&(format!("{:032x}", 9), "12345678901.23".to_owned())), "every cent arrived");
    Ok(())
}

#[tokio::test]
async fn whatever_goes_wrong_the_very_same_again_counts_once() -> anyhow::Result<()> {
    let failure = |status, code| Failure { status, code, subcode: None };
    for (fault, kind, there) in [
        (Fault::DropBefore, ErrorKind::LostAnswer, 0),
        (Fault::DropAfter, ErrorKind::LostAnswer, 1),
        (Fault::TruncatedBody, ErrorKind::LostAnswer, 1),
        (Fault::ErrorAfter(failure(500, 0)), ErrorKind::ServerFault, 1),
        (Fault::ErrorBefore(failure(503, 0)), ErrorKind::ServerFault, 0),
    ] {
        let desk = Desk::open().await?;
        let one = conversion(&desk, 1, 100);
        desk.sandbox.set_faults(fault_at("/OfflineConversions", Some(1), fault.clone()));
        let error = microsoft(&desk).apply(&desk.access, &[&one]).await.unwrap_err();
        assert_eq!((error.kind, error.kind.retry_write()), (kind, Retry::ProbeFirst), "{fault:?}");
        assert_eq!(counted(&desk).len(), there, "{fault:?}");
        let verdicts = microsoft(&desk).apply(&desk.access, &[&one]).await?;
        assert!(matches!(verdicts[..], [Verdict::Accepted]), "{verdicts:?}");
        assert_eq!(counted(&desk).len(), 1, "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_goal_that_is_too_young_takes_deals_later() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let goal = json!({"ConversionGoals": [{"Type": "OfflineConversion", "Name": "Signed"}]});
    let url = format!("{}/CampaignManagement/v13/ConversionGoals", desk.sandbox.base_url());
    let made = http.post(url).bearer_auth(desk.sandbox.microsoft_token()).json(&goal);
    let made = made
        .header("DeveloperToken", placard_sandbox::MICROSOFT_DEVELOPER_TOKEN)
        .header("CustomerId", placard_sandbox::MICROSOFT_CUSTOMER)
        .header("CustomerAccountId", &desk.access.account.id);
    made.send().await?.error_for_status()?;
    let young = Conversion { goal: "Signed".to_owned(), ..conversion(&desk, 1, 100) };
    let verdicts = microsoft(&desk).apply(&desk.access, &[&young]).await?;
    assert!(
        matches!(&verdicts[..], [Verdict::Later { wait: Some(wait), .. }] if wait.as_secs() == 7_200),
        "{verdicts:?}"
    );
    Ok(())
}
