//! Tenants whose documents are in the database under test.

use placard_domain::{
    TenantId,
    document::{
        AnalyticsKind, AnalyticsRecord, AssetMetadata, AssetStatus, AssetType, AuditStatus,
        AutomationSession, AutomationStatus, BoostDraft, BoostStatus, Bucket, ContentAsset, Dimensions,
        Engagement, Found, GeneratedCopy, Message, MessageKind, MessageStatus, Moment, Post, Profile,
        ProfileMetadata, ProfileStatus, PromptOutcome, PromptRecord, WebsiteAudit, WebsiteAuditRun,
    },
};
use placard_store::{
    documents::{Documents, MongoDb, Store},
    tenant,
    testing::TestDatabase,
};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) struct Rooms {
    pub(super) database: TestDatabase,
    pub(super) documents: Documents,
    pub(super) store: Store,
    /// Dropped last: it takes the server's database with it.
    pub(super) mongodb: Option<MongoRoom>,
}

/// A database of its own on the MongoDB that `PLACARD_TEST_MONGODB_URL` names.
pub(super) struct MongoRoom {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) database: MongoDb,
}

impl MongoRoom {
    async fn open(db: &placard_store::Db) -> anyhow::Result<Self> {
        let server = std::env::var("PLACARD_TEST_MONGODB_URL").map_err(|_| {
            anyhow::anyhow!("PLACARD_TEST_MONGODB_URL is not set: run the tests under tools/with-mongodb")
        })?;
        let name = format!("placard_test_{}", Uuid::now_v7().simple());
        let mut address = url::Url::parse(&server)?;
        address.set_path(&name);
        let database = MongoDb::connect(db, &address.to_string().into()).await?;
        Ok(Self { address: address.to_string(), name, database })
    }

    /// The database itself, for looking behind the product's back.
    pub(super) async fn raw(&self) -> anyhow::Result<mongodb::Database> {
        Ok(mongodb::Client::with_uri_str(&self.address).await?.database(&self.name))
    }
}

impl Drop for MongoRoom {
    fn drop(&mut self) {
        let (address, name) = (self.address.clone(), self.name.clone());
        // A thread with a runtime of its own, because the test's may be ending.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(async {
                mongodb::Client::with_uri_str(&address).await?.database(&name).drop().await
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("the database {} stays behind", self.name);
        }
    }
}

impl Rooms {
    pub(super) async fn open(store: Store) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await;
        let mongodb = match store {
            Store::Postgres => None,
            Store::MongoDb => Some(MongoRoom::open(&database.db).await?),
        };
        let documents = documents(&database, mongodb.as_ref());
        Ok(Self { database, documents, store, mongodb })
    }

    /// What another process would see them through.
    pub(super) fn another_process(&self) -> Documents {
        documents(&self.database, self.mongodb.as_ref())
    }

    /// A new tenant, whose documents are in the database under test.
    pub(super) async fn tenant(&self) -> anyhow::Result<TenantId> {
        self.tenant_in(self.store).await
    }

    pub(super) async fn tenant_in(&self, store: Store) -> anyhow::Result<TenantId> {
        let name = format!("Acme {}", Uuid::now_v7());
        let address = format!("{}@example.com", Uuid::now_v7());
        let founded = tenant::create_with_admin(&self.database.db, &name, &address, "hash").await?;
        let mut raw = self.database.superuser().await;
        sqlx::query("insert into document_placement (tenant_id, store) values ($1, $2)")
            .bind(founded.tenant.0)
            .bind(store.as_str())
            .execute(&mut raw)
            .await?;
        Ok(founded.tenant)
    }
}

fn documents(database: &TestDatabase, mongodb: Option<&MongoRoom>) -> Documents {
    match mongodb {
        Some(room) => Documents::with_mongodb(&database.db, room.database.clone()),
        None => Documents::new(&database.db),
    }
}

pub(super) fn profile(username: &str) -> Profile {
    Profile {
        platform: "instagram".into(),
        platform_id: None,
        username: username.into(),
        display_name: None,
        profile_url: None,
        avatar_url: None,
        bio: None,
        metadata: ProfileMetadata::default(),
        posts: Vec::new(),
        interests: Vec::new(),
        sentiment: None,
        risk_score: None,
        status: ProfileStatus::Pending,
        campaigns: Vec::new(),
    }
}

pub(super) fn post(content: &str) -> Post {
    let engagement = Engagement { likes: 1, comments: 2, shares: 3 };
    Post { id: "1".into(), content: content.into(), posted_at: moment("2026-03-01T10:00:00Z"), engagement }
}

pub(super) fn message(step: u16) -> Message {
    Message {
        campaign_id: Uuid::from_u128(1),
        profile_id: Uuid::from_u128(2),
        kind: MessageKind::FollowUp,
        step,
        content: "Hello".into(),
        platform: "email".into(),
        status: MessageStatus::Scheduled,
        scheduled_for: None,
        sent_at: None,
        delivered_at: None,
        attempts: 0,
        failure: None,
        response: None,
        display_name: None,
        avatar_url: None,
        anonymised_at: None,
    }
}

pub(super) fn automation_session(id: &str, expires_at: Moment) -> AutomationSession {
    AutomationSession {
        session_id: id.into(),
        platform: "instagram".into(),
        account: "acme".into(),
        confirmed_at: moment("2026-03-01T10:00:00Z"),
        user_id: Some(Uuid::from_u128(7)),
        proxy: None,
        user_agent: None,
        sealed_cookies: "00ff".into(),
        status: AutomationStatus::Active,
        last_validated_at: None,
        last_used_at: None,
        rotated_at: None,
        expires_at,
    }
}

pub(super) fn record(key: &str, kind: AnalyticsKind, time_bucket: Moment) -> AnalyticsRecord {
    AnalyticsRecord {
        key: key.into(),
        kind,
        name: "clicks".into(),
        bucket: Bucket::Hour,
        time_bucket,
        dimensions: Dimensions { campaign_id: Some(Uuid::from_u128(3)), ..Dimensions::default() },
        metrics: BTreeMap::from([("spend".into(), "12.340".parse().expect("a number"))]),
    }
}

pub(super) fn asset(url: &str, tags: &[&str]) -> ContentAsset {
    ContentAsset {
        project: "spring".into(),
        kind: AssetType::Image,
        url: url.into(),
        metadata: AssetMetadata { width: Some(1080), bytes: Some(5_000_000_000), ..AssetMetadata::default() },
        text: None,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        generation: None,
        status: AssetStatus::Draft,
    }
}

pub(super) fn prompt(id: &str) -> PromptRecord {
    PromptRecord {
        request_id: id.into(),
        user_id: None,
        tool: "copy".into(),
        model: "template".into(),
        prompt_version: None,
        prompt: "Write a slogan".into(),
        response: Some("Sun and savings".into()),
        tokens_in: 3,
        tokens_out: 3,
        cost: None,
        problem: None,
        outcome: PromptOutcome::Answered,
        asked_at: moment("2026-03-01T10:00:00.123Z"),
    }
}

pub(super) fn copy(text: &str) -> GeneratedCopy {
    GeneratedCopy {
        context: "headline".into(),
        sha256: "ab".repeat(32),
        text: text.into(),
        parts: None,
        writer: None,
        platforms: Vec::new(),
        tags: Vec::new(),
        request_id: None,
        used_by: Vec::new(),
    }
}

pub(super) fn draft(session: &str, expires_at: Moment) -> BoostDraft {
    let targeting = serde_json::json!({"ages": [18, 24.5], "nested": {"a": null, "b": [true, "x"]}});
    BoostDraft {
        session_id: session.into(),
        name: None,
        goal: None,
        copy: None,
        asset_id: None,
        targeting: targeting.as_object().expect("it is one").clone(),
        budget: None,
        destination: serde_json::Map::new(),
        platforms: serde_json::Map::new(),
        status: BoostStatus::Draft,
        campaign_id: None,
        expires_at,
    }
}

pub(super) fn audit(url: &str) -> WebsiteAudit {
    WebsiteAudit {
        url: url.into(),
        status: AuditStatus::Queued,
        last_run_at: None,
        score: Some(88),
        issues: Vec::new(),
        metrics: BTreeMap::from([("bytes".into(), i64::MAX)]),
        failure: None,
    }
}

pub(super) fn audit_run(url: &str) -> WebsiteAuditRun {
    let report =
        serde_json::json!({"findings": [{"check": "bad_status", "at": null}], "metrics": {"bytes": 7}});
    WebsiteAuditRun {
        run_id: Uuid::from_u128(9),
        url: url.into(),
        started_at: moment("2126-01-01T00:00:00Z"),
        score: 88,
        found: Found { errors: 1, warnings: 0, notes: 2 },
        report: report.as_object().expect("it is one").clone(),
    }
}

pub(super) fn moment(text: &str) -> Moment {
    text.parse().expect("a moment")
}
