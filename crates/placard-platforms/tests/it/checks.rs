//! What the adapter finds in a spec before anything is sent.

use crate::{
    meta_desk::Desk,
    specs::{Spec, WEBSITE, calls, leads, sales},
};
use placard_domain::spec::Severity;
use placard_platforms::AdPlatform;
use placard_sandbox::SandboxConfig;

/// Severity and path of everything that is found in `spec`.
async fn found(spec: Spec) -> anyhow::Result<Vec<(Severity, String)>> {
    found_on("act_1001", spec).await
}

async fn found_on(account: &str, spec: Spec) -> anyhow::Result<Vec<(Severity, String)>> {
    let desk = Desk::open_on(account, SandboxConfig::default()).await?;
    let campaign = spec.campaign()?;
    let found = desk.findings(&campaign);
    let errors = found.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(desk.adapter.desired(&campaign, &desk.context).is_err(), errors);
    Ok(found.into_iter().map(|finding| (finding.severity, finding.path)).collect())
}

fn error(path: &str) -> (Severity, String) {
    (Severity::Error, path.to_owned())
}

fn warning(path: &str) -> (Severity, String) {
    (Severity::Warning, path.to_owned())
}

#[tokio::test]
async fn good_specs_of_every_goal_have_nothing_to_find() -> anyhow::Result<()> {
    for spec in [Spec::default(), sales(), leads(), calls()] {
        let goal = spec.goal;
        assert_eq!(found(spec).await?, [], "{goal}");
    }
    Ok(())
}

#[tokio::test]
async fn everything_wrong_is_found_at_once() -> anyhow::Result<()> {
    let spec = Spec {
        goal: "sales",
        top: "budget: {daily: 30.00}\nconversion: {event: purchase}",
        meta: "{page: \"2001\", publishers: [audience_network]}",
        audience: "{languages: [xx], interests: [{name: Hiking, keys: {google: \"1\"}}]}",
        ..Spec::default()
    };
    let found = found(spec).await?;
    for path in [
        "platforms.meta.beneficiary",
        "platforms.meta.payor",
        "platforms.meta.publishers",
        "platforms.meta.pixel",
        "audience.languages[0]",
        "audience.interests[0].keys.meta",
    ] {
        assert!(found.contains(&error(path)), "{path} is missing from {found:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_goal_that_meta_does_not_offer_is_named_at_the_ad_group() -> anyhow::Result<()> {
    let groups = "\n  - name: Women\n    optimize_for: calls\n    ads: [{name: Tent, image: tent.png}]";
    assert_eq!(found(Spec { groups, ..Spec::default() }).await?, [error("ad_groups[0].optimize_for")]);
    Ok(())
}

#[tokio::test]
async fn a_dollar_budget_below_the_doubled_minimum_is_an_error() -> anyhow::Result<()> {
    let spec = |daily: &'static str, country: &'static str| Spec {
        currency: "USD",
        top: daily,
        locations: country,
        ..Spec::default()
    };
    let low = "budget: {daily: 0.80}";
    let doubled = found_on("act_1002", spec(low, "include: [{country: US}]")).await?;
    assert_eq!(doubled, [error("budget.daily")]);
    assert_eq!(found_on("act_1002", spec(low, "include: [{country: PL}]")).await?, []);
    Ok(())
}

#[tokio::test]
async fn an_account_in_another_currency_is_an_error() -> anyhow::Result<()> {
    assert!(found_on("act_1002", Spec::default()).await?.contains(&error("currency")));
    Ok(())
}

#[tokio::test]
async fn a_daily_budget_needs_more_than_a_day() -> anyhow::Result<()> {
    let top = "budget: {daily: 30.00}\nschedule: {start: \"2026-11-10T08:00:00+01:00\", end: \"2026-11-10T20:00:00+01:00\"}";
    assert_eq!(found(Spec { top, ..Spec::default() }).await?, [error("schedule")]);
    Ok(())
}

#[tokio::test]
async fn long_texts_are_warned_about_where_they_stand() -> anyhow::Result<()> {
    let copy = format!("{{primary_text: \"{}\", headline: \"{}\"}}", "a".repeat(126), "b".repeat(41)).leak();
    assert_eq!(
        found(Spec { copy, ..Spec::default() }).await?,
        [warning("copy.primary_text"), warning("copy.headline")]
    );
    Ok(())
}

#[tokio::test]
async fn a_special_category_must_not_be_aimed_finely() -> anyhow::Result<()> {
    let spec = Spec {
        meta: "{page: \"2001\", beneficiary: B, payor: P, special_ad_categories: [housing]}",
        audience: "{age_min: 25, age_max: 55, genders: [female]}",
        locations: "include: [{country: FR}, {city: {name: Berlin, keys: {meta: \"1\"}, radius_km: 17}}]",
        ..Spec::default()
    };
    let found = found(spec).await?;
    for path in
        ["audience.age_min", "audience.age_max", "audience.genders", "locations.include[1].city.radius_km"]
    {
        assert!(found.contains(&error(path)), "{path} is missing from {found:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_city_takes_metas_radius_and_needs_metas_key() -> anyhow::Result<()> {
    let locations = "include: [{city: {name: Berlin, keys: {meta: \"1\"}, radius_km: 10}}, {city: {name: Bonn, keys: {}}}]";
    let found = found(Spec { locations, ..Spec::default() }).await?;
    assert!(found.contains(&error("locations.include[0].city.radius_km")), "{found:#?}");
    assert!(found.contains(&error("locations.include[1].city.keys.meta")), "{found:#?}");
    Ok(())
}

#[tokio::test]
async fn buttons_that_lead_nowhere_are_refused() -> anyhow::Result<()> {
    let copy = "{primary_text: T, headline: H, call_to_action: shop_now}";
    assert_eq!(found(Spec { copy, ..leads() }).await?, [error("copy.call_to_action")]);
    assert_eq!(found(Spec { copy, ..calls() }).await?, [error("copy.call_to_action")]);
    Ok(())
}

#[tokio::test]
async fn a_number_from_elsewhere_is_warned_about() -> anyhow::Result<()> {
    let destination = "call: {phone: \"+33140000000\"}";
    assert_eq!(found(Spec { destination, ..calls() }).await?, [warning("destination.call.phone")]);
    Ok(())
}

#[tokio::test]
async fn expansion_and_a_narrow_age_do_not_go_together() -> anyhow::Result<()> {
    let audience = "{age_min: 30, age_max: 50, expansion: true}";
    assert_eq!(
        found(Spec { audience, ..Spec::default() }).await?,
        [error("audience.age_min"), error("audience.age_max")]
    );
    Ok(())
}

#[tokio::test]
async fn ad_groups_bid_like_the_campaign_that_holds_the_budget() -> anyhow::Result<()> {
    let groups = "
  - name: Women
    bid: {strategy: cost_cap, amount: 5.00}
    ads: [{name: Tent, image: tent.png}]";
    assert_eq!(found(Spec { groups, ..Spec::default() }).await?, [error("ad_groups[0].bid.strategy")]);
    Ok(())
}

#[tokio::test]
async fn what_leads_may_count_is_narrower_than_what_sales_may() -> anyhow::Result<()> {
    let spec = Spec {
        goal: "leads",
        destination: WEBSITE,
        top: "budget: {daily: 30.00}\nconversion: {event: purchase}",
        ..Spec::default()
    };
    assert_eq!(found(spec).await?, [error("conversion.event")]);
    Ok(())
}

#[tokio::test]
async fn a_return_on_spend_needs_delivery_for_value() -> anyhow::Result<()> {
    let spec = |groups| Spec {
        goal: "sales",
        top: "budget: {daily: 90.00}\nbid: {strategy: min_roas, roas: 2.5}\nconversion: {event: purchase}",
        groups,
        ..Spec::default()
    };
    let plain = "\n  - name: Women\n    ads: [{name: Tent, image: tent.png}]";
    let value = "\n  - name: Women\n    optimize_for: value\n    ads: [{name: Tent, image: tent.png}]";
    assert_eq!(found(spec(plain)).await?, [error("bid.strategy")]);

    let desk = Desk::open().await?;
    let desired = desk.desired(&spec(value).campaign()?)?;
    let group = desired.iter().find(|object| object.key.to_string() == "ad_group:women").unwrap();
    assert_eq!(group.fields["bid_constraints"], serde_json::json!({"roas_average_floor": 250}));
    let published = desk.publish(&spec(value).campaign()?).await?;
    desk.assert_no_drift(&published).await
}
