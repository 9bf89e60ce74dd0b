//! Everything that the adapter lets through is accepted by TikTok, and stays as it was sent.

use crate::{
    desk::tag,
    tiktok_desk::{CALL, Desk, FORM, PIXEL_AND_FORM, Spec},
};
use placard_domain::{
    objective::{CallToAction, ConversionEvent, Objective, OptimizationGoal},
    spec::Severity,
};

/// Publishes `spec` under a tag of its own if it passes the checks. Says whether it did.
async fn publishes(desk: &mut Desk, number: usize, spec: &Spec) -> anyhow::Result<bool> {
    let Ok(campaign) = desk.campaign(spec) else { return Ok(false) };
    if desk.findings(&campaign).iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(false);
    }
    desk.context.tag = tag(&desk.context.account, &format!("campaign-{number}"));
    let sent = desk.publish(&campaign).await?;
    desk.assert_no_drift(&sent).await?;
    Ok(true)
}

#[tokio::test]
async fn every_goal_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let mut published = 0;
    for goal in Objective::ALL {
        for optimize in OptimizationGoal::ALL {
            for destination in [Spec::default().destination, FORM, CALL] {
                let groups = Spec::default()
                    .groups
                    .replace("name: Women\n", &format!("name: Women\n    optimize_for: {optimize}\n"));
                let spec = Spec {
                    goal: goal.as_str(),
                    groups: groups.leak(),
                    destination,
                    tiktok: PIXEL_AND_FORM,
                    top: "budget: {daily: 60.00}\nconversion: {event: purchase}",
                    ..Spec::default()
                };
                let done = publishes(&mut desk, published, &spec).await;
                published += usize::from(done.map_err(|error| error.context(format!("{goal} {optimize}")))?);
            }
        }
    }
    assert_eq!(published, 13, "as many as the goal table has rows");
    Ok(())
}

#[tokio::test]
async fn every_bid_that_passes_the_checks_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let bids = ["lowest_cost", "cost_cap, amount: 7.50", "bid_cap, amount: 7.50", "min_roas, roas: 1.75"];
    let mut published = 0;
    for (goal, optimize) in [
        ("awareness", "reach"),
        ("traffic", "link_clicks"),
        ("leads", "conversions"),
        ("sales", "conversions"),
        ("sales", "value"),
    ] {
        for bid in bids {
            let top = format!("bid: {{strategy: {bid}}}\nconversion: {{event: purchase}}");
            let groups = format!(
                "\n  - name: Women\n    optimize_for: {optimize}\n    budget: {{daily: 60.00}}\n    ads: [{{name: Tent, image: tent.png}}]"
            );
            let (top, groups) = (top.leak(), groups.leak());
            let spec = Spec { goal, top, groups, tiktok: PIXEL_AND_FORM, ..Spec::default() };
            let done = publishes(&mut desk, published, &spec).await;
            published += usize::from(done.map_err(|error| error.context(format!("{goal} {bid}")))?);
        }
    }
    assert_eq!(published, 5 + 2 + 2 + 1, "lowest cost, caps of costs, caps of bids, floors of returns");
    Ok(())
}

#[tokio::test]
async fn every_button_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let mut published = 0;
    for button in CallToAction::ALL {
        let copy = format!("{{primary_text: Sleep., headline: Tents, call_to_action: {button}}}");
        let spec = Spec { copy: copy.leak(), ..Spec::default() };
        let done = publishes(&mut desk, published, &spec).await;
        published += usize::from(done.map_err(|error| error.context(button.as_str()))?);
    }
    assert_eq!(published, CallToAction::ALL.len() - 3, "all but get_offer, no_button and call_now");
    Ok(())
}

#[tokio::test]
async fn every_event_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let mut published = 0;
    for event in ConversionEvent::ALL {
        let top = format!("budget: {{daily: 60.00}}\nconversion: {{event: {event}}}");
        let spec = Spec { goal: "sales", top: top.leak(), tiktok: PIXEL_AND_FORM, ..Spec::default() };
        let done = publishes(&mut desk, published, &spec).await;
        published += usize::from(done.map_err(|error| error.context(event.as_str()))?);
    }
    assert_eq!(published, ConversionEvent::ALL.len() - 4);
    Ok(())
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
        "languages: [de, en, es, fr]",
        "expansion: true",
    ];
    for (index, span) in spans.iter().enumerate() {
        let spec = Spec { audience: format!("{{{span}}}").leak(), ..Spec::default() };
        let done = publishes(&mut desk, index, &spec).await.map_err(|error| error.context(*span))?;
        assert!(done, "{span}");
    }
    Ok(())
}

#[tokio::test]
async fn the_smallest_budget_that_passes_is_accepted() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let group = |budget: &str| {
        format!("\n  - name: Women\n    budget: {budget}\n    ads: [{{name: Tent, image: tent.png}}]")
    };
    let end = "schedule: {start: \"2026-11-10\", end: \"2026-11-19\"}";
    let specs = [
        ("budget: {daily: 50.00}".to_owned(), Spec::default().groups.to_owned()),
        (format!("budget: {{lifetime: 500.00}}\n{end}"), Spec::default().groups.to_owned()),
        (String::new(), group("{daily: 20.00}")),
        (end.to_owned(), group("{lifetime: 200.00}")),
    ];
    for (index, (top, groups)) in specs.into_iter().enumerate() {
        let spec = Spec { top: top.leak(), groups: groups.leak(), ..Spec::default() };
        assert!(publishes(&mut desk, index, &spec).await?, "{index}");
    }
    Ok(())
}

#[tokio::test]
async fn countries_have_the_ids_that_tiktok_gives_them() -> anyhow::Result<()> {
    let mut desk = Desk::open().await?;
    let countries =
        ["AT", "AU", "BE", "BR", "CA", "CH", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "MX", "NL"];
    let places: Vec<String> = countries.iter().map(|code| format!("{{country: {code}}}")).collect();
    let locations = format!("include: [{}]", places.join(", "));
    let spec = Spec { locations: locations.leak(), ..Spec::default() };
    assert!(publishes(&mut desk, 0, &spec).await?);
    Ok(())
}
