//! What tests share: a tenant, a campaign, a plan.

use chrono::{NaiveDate, Utc};
use placard_domain::{
    AccountRef, AdAccount, CampaignId, DeploymentId, Money, PlanId, Platform, RemoteId, TenantId, UserId,
    marker::{CampaignTag, Marker, Naming},
    plan::{self, DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind, Plan, Step},
    spec::{self, Campaign, ImageFacts, ImageFormat, Images, RunState},
    status::DeploymentKind,
};
use placard_store::{
    AccountLease, Fence, TenantTx, TokenHash,
    audit::Actor,
    campaign, deployment, plan as plans,
    platform_object::{Applied, Change},
    tenant,
    testing::TestDatabase,
};
use serde_json::json;

/// A database with one tenant in it.
pub(crate) struct Office {
    pub(crate) database: TestDatabase,
    pub(crate) tenant: TenantId,
    /// Ann, its admin.
    pub(crate) admin: UserId,
}

impl Office {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        let founded = tenant::create_with_admin(&database.db, "Acme", "ann@example.com", "hash").await?;
        Ok(Self { database, tenant: founded.tenant, admin: founded.admin })
    }

    pub(crate) async fn tx(&self) -> anyhow::Result<TenantTx> {
        Ok(self.database.db.tenant(self.tenant).await?)
    }

    /// Another tenant in the same database.
    pub(crate) async fn stranger(&self) -> anyhow::Result<TenantId> {
        let founded =
            tenant::create_with_admin(&self.database.db, "Rival", "rob@example.com", "hash").await?;
        Ok(founded.tenant)
    }

    pub(crate) async fn save(&self, campaign: &Campaign) -> anyhow::Result<campaign::Saved> {
        let mut tx = self.tx().await?;
        let saved = campaign::upsert(&mut tx, &actor(), campaign).await?;
        tx.commit().await?;
        Ok(saved)
    }

    pub(crate) async fn lease(&self) -> anyhow::Result<AccountLease> {
        Ok(AccountLease::acquire(&self.database.db, self.tenant, &account(), "the test").await?)
    }

    /// A running deployment of [`steps`].
    pub(crate) async fn deploy(&self, fence: &Fence) -> anyhow::Result<(CampaignId, DeploymentId)> {
        let saved = self.save(&spring_sale("")).await?;
        let mut tx = self.tx().await?;
        let plan_id = store_plan(&mut tx, saved.id).await?;
        let steps = steps();
        let marked: Vec<_> = steps.iter().map(|step| (step, marker(&step.object))).collect();
        let new = deployment::NewDeployment {
            campaign: saved.id,
            plan: plan_id,
            account: &account(),
            kind: DeploymentKind::Create,
            steps: &marked,
        };
        let id = deployment::create(&mut tx, fence, &actor(), &new).await?;
        deployment::begin(&mut tx, fence, id).await?;
        tx.commit().await?;
        Ok((saved.id, id))
    }
}

pub(crate) async fn store_plan(tx: &mut TenantTx, campaign: CampaignId) -> anyhow::Result<PlanId> {
    let plan = example_plan();
    let new = plans::NewPlan {
        campaign,
        spec_revision: 1,
        plan: &plan,
        prepared: &json!([{"path": "/act_1001/campaigns"}]),
        preparer_version: "1",
    };
    Ok(plans::insert(tx, &actor(), &new).await?)
}

/// Makes a campaign, then an ad.
pub(crate) fn example_plan() -> Plan {
    let desired: Vec<_> = [(campaign_key(), json!("none")), (ad_key(), plan::reference(&campaign_key()))]
        .into_iter()
        .map(|(key, parent)| DesiredObject {
            name: key.to_string(),
            key,
            fields: Fields::from([("name".into(), json!("Spring sale")), ("campaign_id".into(), parent)]),
            run: None,
            rules: FieldRules::default(),
            upload: None,
            daily_cost: None,
        })
        .collect();
    let input = plan::Input {
        account: account(),
        campaign: "spring-sale",
        currency: "EUR".parse().expect("the euro exists"),
        desired: &desired,
        bound: &[],
        policy: plan::DriftPolicy::Keep,
        warnings: Vec::new(),
    };
    plan::make(input).expect("there is one currency")
}

pub(crate) fn steps() -> Vec<Step> {
    example_plan().steps
}

pub(crate) fn actor() -> Actor {
    Actor::System("test".into())
}

pub(crate) fn account() -> AccountRef {
    AccountRef { platform: Platform::Meta, id: "act_1001".into() }
}

pub(crate) fn account_description() -> AdAccount {
    AdAccount {
        account: account(),
        name: "Acme Europe".into(),
        currency: "EUR".parse().expect("the euro exists"),
        zone: chrono_tz::Europe::Berlin,
        status: "1".into(),
        active: true,
        payment_connected: true,
        business_id: Some("77".into()),
        spend_cap_minor: Some(1_000_000),
    }
}

pub(crate) fn campaign_key() -> ObjectKey {
    ObjectKey::new(ObjectKind::Campaign, "")
}

pub(crate) fn ad_key() -> ObjectKey {
    ObjectKey::new(ObjectKind::Ad, "everyone/first")
}

pub(crate) fn marker(key: &ObjectKey) -> Marker {
    let tag = CampaignTag::derive(TenantId(uuid::Uuid::nil()), &account(), "spring-sale");
    Marker::derive(&tag, key)
}

pub(crate) fn applied() -> Applied {
    Applied {
        fields: Fields::from([("name".into(), json!("Spring sale")), ("empty".into(), json!(null))]),
        run: Some(RunState::Paused),
        accepted: Fields::new(),
        rules: FieldRules::default(),
        daily_cost: Some(Money::new(4_000, "EUR".parse().expect("the euro exists"))),
    }
}

pub(crate) fn bound(key: ObjectKey, remote_id: &str) -> Change {
    Change::Bound {
        name: key.to_string(),
        naming: Naming::Marked(marker(&key)),
        key,
        remote_id: RemoteId(remote_id.into()),
        applied: applied(),
        adopted: false,
    }
}

/// A checked campaign with two ad groups; `extra` is more YAML at the top level.
pub(crate) fn spring_sale(extra: &str) -> Campaign {
    check(&SPEC.replace("# extra", extra))
}

pub(crate) fn check(text: &str) -> Campaign {
    let document = spec::read(text).expect("the spec is YAML");
    let facts =
        ImageFacts { sha256: "ab".repeat(32), width: 1080, height: 1080, bytes: 9, format: ImageFormat::Png };
    let images = Images::from([("image.png".to_owned(), Ok(facts))]);
    let today = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a date");
    spec::check(&document, &images.into(), today).expect("the spec is right").0
}

pub(crate) const SPEC: &str = r#"
version: 1
name: Spring sale
goal: traffic
currency: EUR
# extra
schedule: {start: 2026-12-01, end: 2026-12-31}
locations: {include: [{country: DE}]}
destination: {website: {url: "https://example.com/"}}
copy: {primary_text: Half price, headline: Spring sale}
platforms: {meta: {page: "2001", beneficiary: Acme, payor: Acme}}
ad_groups:
  - name: Everyone
    budget: {daily: 40.00}
    ads:
      - {name: First, image: image.png}
      - {name: Second, image: image.png}
  - name: Women
    budget: {lifetime: 600.00}
    audience: {genders: [female]}
    ads:
      - {name: First, image: image.png}
"#;

/// The hash of a token that is spelled like this.
pub(crate) fn token(spelling: &str) -> TokenHash {
    TokenHash::of(&spelling.into())
}

/// A moment that is the same after a round trip through the database.
pub(crate) fn now() -> chrono::DateTime<Utc> {
    use chrono::SubsecRound;
    Utc::now().trunc_subsecs(6)
}
