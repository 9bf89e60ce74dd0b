//! Campaigns, their revisions, ad groups and ads.

use crate::support::{Office, SPEC, actor, check, spring_sale};
use placard_domain::{
    objective::Objective,
    spec::{Budget, Picture, RunState},
    status::{CampaignEvent, CampaignStatus},
};
use placard_store::{
    StoreError, audit,
    campaign::{
        self,
        section::{self, Section},
    },
};
use serde_json::json;

async fn rows(office: &Office, sql: &'static str) -> anyhow::Result<Vec<String>> {
    let mut raw = office.database.superuser().await;
    Ok(sqlx::query_scalar(sql).fetch_all(&mut raw).await?)
}

const AD_GROUPS: &str = "select key || coalesce(' ' || budget_kind || ' ' || budget_minor, '')
    || case when removed_at is null then '' else ' removed' end from ad_group order by key";
const ADS: &str = "select g.key || '/' || a.key || case when a.removed_at is null then '' else ' removed' end
    from ad as a join ad_group as g on g.id = a.ad_group_id order by g.key, a.key";

#[tokio::test]
async fn saving_stores_the_campaign_with_its_ad_groups_and_ads() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let saved = office.save(&spring_sale("")).await?;
    assert_eq!((saved.revision, saved.changed), (1, true));
    let mut tx = office.tx().await?;
    let stored = campaign::find(&mut tx, "spring-sale").await?.expect("it was saved");
    assert_eq!(stored.id, saved.id);
    assert_eq!(stored.objective, Objective::Traffic);
    assert_eq!((stored.status, stored.run), (CampaignStatus::Ready, RunState::Active));
    assert_eq!(stored.budget, None);
    assert_eq!(campaign::spec(&mut tx, saved.id, None).await?, spring_sale("").spec);
    assert_eq!(rows(&office, AD_GROUPS).await?, ["everyone daily 4000", "women lifetime 60000"]);
    assert_eq!(rows(&office, ADS).await?, ["everyone/first", "everyone/second", "women/first"]);
    Ok(())
}

#[tokio::test]
async fn saving_the_same_again_writes_nothing() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let first = office.save(&spring_sale("")).await?;
    let again = office.save(&spring_sale("")).await?;
    assert_eq!((again.id, again.revision, again.changed), (first.id, 1, false));
    let versions = "select revision::text from spec_revision";
    assert_eq!(rows(&office, versions).await?, ["1"]);
    assert_eq!(
        rows(&office, "select action from audit_log where entity_type = 'campaign'").await?,
        ["create"]
    );
    Ok(())
}

#[tokio::test]
async fn what_the_spec_no_longer_names_is_marked_and_comes_back_as_the_same_row() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let first = office.save(&spring_sale("")).await?;
    let ids = rows(&office, "select id::text from ad_group order by key").await?;
    let (without_women, _) = SPEC.split_once("  - name: Women").expect("the spec has them");
    let smaller = without_women.replace("      - {name: Second, image: image.png}\n", "");
    let second = office.save(&check(&smaller)).await?;
    assert_eq!((second.id, second.revision), (first.id, 2));
    assert_eq!(rows(&office, AD_GROUPS).await?, ["everyone daily 4000", "women lifetime 60000 removed"]);
    assert_eq!(
        rows(&office, ADS).await?,
        ["everyone/first", "everyone/second removed", "women/first removed"]
    );

    office.save(&spring_sale("")).await?;
    assert_eq!(rows(&office, AD_GROUPS).await?, ["everyone daily 4000", "women lifetime 60000"]);
    assert_eq!(rows(&office, ADS).await?, ["everyone/first", "everyone/second", "women/first"]);
    assert_eq!(rows(&office, "select id::text from ad_group order by key").await?, ids);

    let mut tx = office.tx().await?;
    assert_eq!(campaign::spec(&mut tx, first.id, Some(2)).await?.ad_groups.len(), 1);
    assert_eq!(campaign::spec(&mut tx, first.id, None).await?.ad_groups.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_picture_that_changed_under_its_name_is_a_change() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut campaign = spring_sale("");
    office.save(&campaign).await?;
    let Some(Picture::File(picture)) = &mut campaign.ad_groups[0].ads[0].creative.picture else { panic!() };
    picture.facts.sha256 = "cd".repeat(32);
    assert_eq!(office.save(&campaign).await?.revision, 2);
    Ok(())
}

#[tokio::test]
async fn the_life_cycle_is_the_domains_and_every_step_is_in_the_log() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = office.save(&spring_sale("")).await?.id;
    let mut tx = office.tx().await?;
    let refused = campaign::on(&mut tx, &actor(), id, CampaignEvent::Activated, None).await;
    assert!(matches!(refused, Err(StoreError::IllegalTransition(_))));
    campaign::on(&mut tx, &actor(), id, CampaignEvent::Deploying, None).await?;
    let status = campaign::on(&mut tx, &actor(), id, CampaignEvent::Failed, Some("the page is gone")).await?;
    assert_eq!(status, CampaignStatus::Error);
    assert_eq!(campaign::get(&mut tx, id).await?.error.as_deref(), Some("the page is gone"));
    campaign::on(&mut tx, &actor(), id, CampaignEvent::Deploying, None).await?;
    assert_eq!(campaign::get(&mut tx, id).await?.error, None);
    let log = audit::list_for(&mut tx, "campaign", &id.to_string(), 10).await?;
    let entries: Vec<_> = log.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(entries, ["update", "update", "update", "create"]);
    Ok(())
}

#[tokio::test]
async fn an_archived_campaign_takes_no_other_spec() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let id = office.save(&spring_sale("")).await?.id;
    let mut tx = office.tx().await?;
    campaign::on(&mut tx, &actor(), id, CampaignEvent::PutAway, None).await?;
    assert!(!campaign::upsert(&mut tx, &actor(), &spring_sale("")).await?.changed);
    let refused = campaign::upsert(&mut tx, &actor(), &spring_sale("status: paused")).await;
    assert!(matches!(refused, Err(StoreError::IllegalTransition(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn campaigns_are_listed_by_key_page_by_page_and_filtered() -> anyhow::Result<()> {
    let office = Office::open().await?;
    for name in ["Alpha", "Beta", "Gamma"] {
        office.save(&check(&SPEC.replace("name: Spring sale\ng", &format!("name: {name}\ng")))).await?;
    }
    let mut tx = office.tx().await?;
    let keys =
        |page: Vec<campaign::Campaign>| page.into_iter().map(|campaign| campaign.key).collect::<Vec<_>>();
    let all = campaign::Filter::default();
    assert_eq!(keys(campaign::list(&mut tx, &all, 2).await?), ["alpha", "beta"]);
    let next = campaign::Filter { after: Some("beta".into()), ..all.clone() };
    assert_eq!(keys(campaign::list(&mut tx, &next, 2).await?), ["gamma"]);
    let beta = campaign::find(&mut tx, "beta").await?.expect("it is there").id;
    campaign::on(&mut tx, &actor(), beta, CampaignEvent::PutAway, None).await?;
    assert_eq!(keys(campaign::list(&mut tx, &all, 9).await?), ["alpha", "gamma"]);
    let archived = campaign::Filter { status: Some(CampaignStatus::Archived), ..all.clone() };
    assert_eq!(keys(campaign::list(&mut tx, &archived, 9).await?), ["beta"]);
    let sales = campaign::Filter { objective: Some(Objective::Sales), ..all.clone() };
    assert_eq!(keys(campaign::list(&mut tx, &sales, 9).await?), Vec::<String>::new());
    let account = campaign::Filter { account: Some("act_1001".into()), ..all };
    assert_eq!(keys(campaign::list(&mut tx, &account, 9).await?), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_campaigns_own_budget_is_kept_exactly() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let text = SPEC
        .replace("# extra", "budget: {lifetime: 1234.56}")
        .replace("    budget: {daily: 40.00}\n", "")
        .replace("    budget: {lifetime: 600.00}\n", "");
    let id = office.save(&check(&text)).await?.id;
    let mut tx = office.tx().await?;
    let Some(Budget::Lifetime(amount)) = campaign::get(&mut tx, id).await?.budget else {
        panic!("no budget")
    };
    assert_eq!(amount.to_string(), "1234.56 EUR");
    assert_eq!(rows(&office, AD_GROUPS).await?, ["everyone", "women"]);
    Ok(())
}

#[tokio::test]
async fn the_builder_keeps_every_section_with_its_revisions_and_ends_in_a_spec() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = section::draft(&mut tx, &actor(), "spring-sale", "Spring", Objective::Traffic, "EUR".parse()?)
        .await?;
    assert_eq!(campaign::get(&mut tx, id).await?.status, CampaignStatus::Draft);
    assert!(campaign::spec(&mut tx, id, None).await.is_err());

    let half = json!({"daily": null});
    let wrong = [json!({"path": "budget.daily", "message": "is missing"})];
    assert_eq!(section::save(&mut tx, &actor(), id, Section::Budget, &half, &wrong).await?, 1);
    assert_eq!(section::save(&mut tx, &actor(), id, Section::Budget, &half, &wrong).await?, 1);
    let whole = json!({"daily": "40.00"});
    assert_eq!(section::save(&mut tx, &actor(), id, Section::Budget, &whole, &[]).await?, 2);
    assert_eq!(section::save(&mut tx, &actor(), id, Section::Goal, &json!("traffic"), &[]).await?, 1);
    let saved = section::list(&mut tx, id).await?;
    let brief: Vec<_> = saved.iter().map(|saved| (saved.section, saved.revision, saved.valid)).collect();
    assert_eq!(brief, [(Section::Goal, 1, true), (Section::Budget, 2, true)]);
    assert_eq!(saved[1].document, whole);

    let published = campaign::upsert(&mut tx, &actor(), &spring_sale("")).await?;
    assert_eq!((published.id, published.revision), (id, 1));
    assert_eq!(campaign::get(&mut tx, id).await?.status, CampaignStatus::Ready);
    Ok(())
}
