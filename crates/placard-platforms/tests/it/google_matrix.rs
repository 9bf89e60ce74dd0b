//! Everything that the adapter lets through is accepted by Google, and stays as it was sent.

use crate::{
    desk::{campaign, tag},
    google_desk::{Desk, Spec, display},
};
use placard_domain::{
    objective::{Objective, OptimizationGoal},
    spec::Severity,
};

#[tokio::test]
async fn every_goal_of_search_is_accepted() -> anyhow::Result<()> {
    every_goal(Spec::default()).await
}

#[tokio::test]
async fn every_goal_of_display_is_accepted() -> anyhow::Result<()> {
    every_goal(display()).await
}

/// Publishes `channel` with every goal that passes the checks.
async fn every_goal(channel: Spec) -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let mut published = 0;
    for goal in Objective::ALL {
        for optimize in OptimizationGoal::ALL {
            let groups = channel
                .groups
                .replace("name: Women\n", &format!("name: Women\n    optimize_for: {optimize}\n"));
            let spec = Spec { goal: goal.as_str(), groups: groups.leak(), ..channel };
            let Ok(campaign) = campaign(&spec.text()) else { continue };
            if desk.findings(&campaign).iter().any(|finding| finding.severity == Severity::Error) {
                continue;
            }
            desk.context.tag = tag(&desk.context.account, &format!("campaign-{published}"));
            let sent = desk.publish(&campaign).await;
            let sent = sent.map_err(|error| error.context(format!("{goal} {optimize}")))?;
            desk.assert_no_drift(&sent).await?;
            published += 1;
        }
    }
    assert_eq!(published, 7, "as many as the goal table has rows of a channel");
    Ok(())
}

#[tokio::test]
async fn every_bid_that_passes_the_checks_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let bids = ["lowest_cost", "cost_cap, amount: 7.50", "bid_cap, amount: 7.50", "min_roas, roas: 1.75"];
    let mut published = 0;
    for goal in ["awareness", "traffic", "leads", "sales"] {
        for bid in bids {
            let top = format!("budget: {{daily: 60.00}}\nbid: {{strategy: {bid}}}");
            let spec = Spec { goal, top: top.leak(), ..Spec::default() };
            let campaign = spec.campaign()?;
            if desk.findings(&campaign).iter().any(|finding| finding.severity == Severity::Error) {
                continue;
            }
            desk.context.tag = tag(&desk.context.account, &format!("campaign-{published}"));
            let sent =
                desk.publish(&campaign).await.map_err(|error| error.context(format!("{goal} {bid}")))?;
            desk.assert_no_drift(&sent).await?;
            published += 1;
        }
    }
    assert_eq!(published, 4 + 2 + 2 + 1, "lowest cost, caps of bids, caps of costs, floors of returns");
    Ok(())
}

#[tokio::test]
async fn every_language_is_accepted() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let spec = Spec {
        locations: "include: [{country: DE}, {country: GB}, {country: US}, {country: FR}, {country: ES}]",
        audience: "{languages: [de, en, es, fr]}",
        ..Spec::default()
    };
    let published = desk.publish(&spec.campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn every_span_of_ages_and_every_gender_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let spans = [
        "age_min: 18",
        "age_min: 30, age_max: 50",
        "age_max: 24",
        "age_min: 65",
        "genders: [male, female]",
        "genders: [male]",
    ];
    for (index, span) in spans.iter().enumerate() {
        let spec = Spec { audience: format!("{{{span}}}").leak(), ..Spec::default() };
        desk.context.tag = tag(&desk.context.account, &format!("campaign-{index}"));
        let published = desk.publish(&spec.campaign()?).await.map_err(|error| error.context(*span))?;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}
