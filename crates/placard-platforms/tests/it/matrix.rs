//! Everything that the adapter lets through is accepted, and stays as it was sent.

use crate::{
    desk::{campaign, tag},
    meta_desk::Desk,
    specs::{CALL, FORM, Spec, WEBSITE},
};
use placard_domain::{
    objective::{Objective, OptimizationGoal},
    spec::Severity,
};

#[tokio::test]
async fn every_goal_that_passes_the_checks_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let mut published = 0;
    for goal in Objective::ALL {
        for destination in [WEBSITE, FORM, CALL] {
            for optimize in OptimizationGoal::ALL {
                let event = if *goal == Objective::Leads { "lead" } else { "purchase" };
                let spec = Spec {
                    goal: goal.as_str(),
                    top: format!("budget: {{daily: 50.00}}\nconversion: {{event: {event}}}").leak(),
                    destination,
                    groups: format!(
                        "\n  - name: Group\n    optimize_for: {optimize}\n    ads: [{{name: Tent, image: tent.png}}]"
                    )
                    .leak(),
                    ..Spec::default()
                };
                // What no platform takes does not come as far as the adapter.
                let Ok(campaign) = campaign(&spec.text()) else { continue };
                if desk.findings(&campaign).iter().any(|finding| finding.severity == Severity::Error) {
                    continue;
                }
                desk.context.tag = tag(&desk.context.account, &format!("campaign-{published}"));
                let sent = desk.publish(&campaign).await;
                let sent = sent.map_err(|error| error.context(format!("{goal} {optimize} {destination}")))?;
                desk.assert_no_drift(&sent).await?;
                published += 1;
            }
        }
    }
    assert_eq!(published, 31, "as many as the goal table has rows");
    Ok(())
}

#[tokio::test]
async fn languages_are_accepted() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let audience = "{languages: [de, en, es, fr, it, ja, ko, nl, pt, sv]}";
    let published = desk.publish(&Spec { audience, ..Spec::default() }.campaign()?).await?;
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn special_categories_are_accepted_with_their_countries() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for (category, audience) in [
        ("housing", "{}"),
        ("employment", "{}"),
        ("financial_products", "{}"),
        ("politics", "{}"),
        ("gambling", "{}"),
    ] {
        let meta =
            format!("{{page: \"2001\", beneficiary: B, payor: P, special_ad_categories: [{category}]}}")
                .leak();
        let spec = Spec { meta, audience, ..Spec::default() };
        let published = desk.publish(&spec.campaign()?).await;
        let published = published.map_err(|error| error.context(category))?;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_publisher_is_accepted() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for publishers in
        ["facebook", "instagram", "facebook, audience_network", "instagram, threads", "facebook, messenger"]
    {
        let meta = format!("{{page: \"2001\", beneficiary: B, payor: P, publishers: [{publishers}]}}").leak();
        let published = desk.publish(&Spec { meta, ..Spec::default() }.campaign()?).await;
        let published = published.map_err(|error| error.context(publishers))?;
        desk.assert_no_drift(&published).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_bid_strategy_is_accepted_on_both_levels() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let bids = [
        "{strategy: lowest_cost}",
        "{strategy: cost_cap, amount: 7.50}",
        "{strategy: bid_cap, amount: 7.50}",
        "{strategy: min_roas, roas: 1.75}",
    ];
    for bid in bids {
        for (campaign_budget, group_budget) in
            [("budget: {daily: 60.00}", ""), ("", "budget: {daily: 60.00}")]
        {
            let goal = if bid.contains("roas") { "value" } else { "conversions" };
            let spec = Spec {
                goal: "sales",
                top: format!("{campaign_budget}\nbid: {bid}\nconversion: {{event: purchase}}").leak(),
                groups: format!(
                    "\n  - name: Group\n    optimize_for: {goal}\n    {group_budget}\n    ads: [{{name: Tent, image: tent.png}}]"
                )
                .leak(),
                ..Spec::default()
            };
            let published = desk.publish(&spec.campaign()?).await;
            let published = published.map_err(|error| error.context(format!("{bid} {campaign_budget}")))?;
            desk.assert_no_drift(&published).await?;
        }
    }
    Ok(())
}
