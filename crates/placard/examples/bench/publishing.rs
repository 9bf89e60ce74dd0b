//! How many calls one campaign costs.

use crate::{
    campaign::{self, ACCOUNT, PAGE},
    figure::{Bar, Figure},
};
use anyhow::{Context, Result, ensure};
use placard::{
    assets::Assets,
    publishing::{Applied, Policy, Publisher, Silent, Stop},
};
use placard_domain::{
    AdAccount, Currency, TenantId,
    marker::CampaignTag,
    plan::{Action, DriftPolicy, Plan},
};
use placard_platforms::{
    Access, AccountContext,
    meta::{Meta, MetaConfig},
};
use placard_sandbox::{RequestEntry, RunningSandbox, SandboxConfig};
use placard_store::{Db, ad_account, audit::Actor, tenant, testing::TestDatabase};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

const GROUPS: usize = 3;
const ADS: usize = 5;

/// Calls in one batch at most (Meta, `platforms/meta.md` §18).
const BATCH: usize = 50;

/// Publishes one campaign to the sandbox and counts in its log.
pub(crate) async fn measure() -> Result<Vec<Figure>> {
    let database = TestDatabase::create().await;
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let plan = publish(&database, &sandbox).await?;
    let log = sandbox.requests(0);
    sandbox.shutdown().await?;
    let (calls, fewest) = (Calls::of(&log), Calls::fewest(&plan));
    let pictures = GROUPS * ADS;
    Ok(vec![
        Figure::new(
            format!("calls to publish {GROUPS} ad groups × {ADS} ads, {pictures} pictures"),
            calls.show(),
            format!("fewest possible: {}", fewest.show()),
            fewest.total() as f64 / calls.total() as f64,
            Bar::Stated,
        )
        .note(format!(
            "{} requests travel in these calls: {} steps, and reads of every object before and after",
            requests(&log),
            plan.steps.len()
        ))
        .note(
            "fewest: one upload of all files, one batch of creates that refer to each other, one batch that \
             activates; before it a batch that looks for what is there, between them one that reads back, after \
             it one more",
        )
        .note(
            "ours: an intent holds the ids that a request refers to, so each stage waits for the ids of the one \
             before; 10 files an upload; health and a second look guard the moment between plan and apply",
        ),
    ])
}

async fn publish(database: &TestDatabase, sandbox: &RunningSandbox) -> Result<Plan> {
    let desk = Desk::open(database, sandbox, Duration::from_secs(300)).await?;
    let folder = tempfile::tempdir()?;
    let context = desk.context(sandbox, campaign::KEY);
    let campaign = campaign::write(folder.path(), (GROUPS, ADS), GROUPS * ADS, context.today)?;
    let assets = Assets::in_folder(folder.path().to_owned());
    let read = |path: &str| assets.read(path);
    let publisher = desk.publisher(&read);
    let planned = publisher.plan(&campaign, &context, DriftPolicy::Keep).await?;
    let applied = publisher.apply(&planned).await?;
    ensure!(matches!(applied, Applied::Done { .. }), "nothing was published");
    Ok(planned.plan)
}

/// A tenant with an account in the sandbox.
pub(crate) struct Desk {
    db: Db,
    pub(crate) tenant: TenantId,
    meta: Meta,
    access: Access,
    account: AdAccount,
}

impl Desk {
    /// Takes the limits of an account to decay within `decay`.
    pub(crate) async fn open(
        database: &TestDatabase,
        sandbox: &RunningSandbox,
        decay: Duration,
    ) -> Result<Self> {
        let name = "Bench";
        let tenant = tenant::create_with_admin(&database.db, name, "ada@example.com", "no password").await?;
        Self::of(&database.db, tenant.tenant, sandbox, decay).await
    }

    /// The same for a tenant that is there, as another process has it.
    pub(crate) async fn of(
        db: &Db,
        tenant: TenantId,
        sandbox: &RunningSandbox,
        decay: Duration,
    ) -> Result<Self> {
        let secret = SecretString::from(placard_sandbox::APP_SECRET);
        let config = MetaConfig::at(sandbox.base_url().parse()?, placard_sandbox::APP_ID, secret);
        let meta = Meta::new(MetaConfig { score_decay: decay, ..config }, Arc::new(|| 0.0))?;
        let access = Access {
            account: campaign::account(),
            token: sandbox.user_token().into(),
            page_token: Some(sandbox.page_token(PAGE).into()),
            manager: None,
            urgency: placard_platforms::Urgency::Publishing,
        };
        let accounts = meta.accounts(&access.token).await?;
        let account =
            accounts.into_iter().find(|one| one.account.id == ACCOUNT).context("no such account")?;
        let mut tx = db.tenant(tenant).await?;
        ad_account::upsert(&mut tx, &account, sandbox.now()).await?;
        tx.commit().await?;
        Ok(Self { db: db.clone(), tenant, meta, access, account })
    }

    /// Publishes with the files that `read_file` gives.
    pub(crate) fn publisher<'a>(
        &'a self,
        read_file: &'a (dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync),
    ) -> Publisher<'a> {
        Publisher {
            db: &self.db,
            tenant: self.tenant,
            actor: Actor::System("bench".to_owned()),
            platform: &self.meta,
            access: self.access.clone(),
            policy: Policy::brisk(),
            progress: &Silent,
            stop: Stop::default(),
            now: chrono::Utc::now,
            read_file,
            library: None,
            rescue: None,
        }
    }

    pub(crate) fn context(&self, sandbox: &RunningSandbox, key: &str) -> AccountContext {
        let account = &self.account;
        AccountContext {
            account: account.account.clone(),
            currency: account.currency,
            zone: account.zone,
            today: sandbox.now().with_timezone(&account.zone).date_naive(),
            tag: CampaignTag::derive(self.tenant, &account.account, key),
        }
    }

    pub(crate) const fn currency(&self) -> Currency {
        self.account.currency
    }
}

/// HTTP calls by what they do.
struct Calls {
    writes: usize,
    reads: usize,
}

impl Calls {
    /// A batch is one call, and a write if anything in it is. The list of accounts is read to set up, not to publish.
    fn of(log: &[RequestEntry]) -> Self {
        let writes = |call: &RequestEntry| {
            let mut items = log.iter().filter(|item| item.batch == Some(call.seq)).peekable();
            if items.peek().is_none() { call.method != "GET" } else { items.any(|item| item.method != "GET") }
        };
        let calls = log.iter().filter(|call| call.batch.is_none() && !call.path.ends_with("me/adaccounts"));
        let (writing, reading): (Vec<_>, Vec<_>) = calls.partition(|call| writes(call));
        Self { writes: writing.len(), reads: reading.len() }
    }

    fn fewest(plan: &Plan) -> Self {
        let count =
            |wanted: &dyn Fn(&&placard_domain::plan::Step) -> bool| plan.steps.iter().filter(wanted).count();
        let uploads = count(&|step| step.upload.is_some());
        let creates = count(&|step| step.action == Action::Create && step.upload.is_none());
        let switches = count(&|step| step.action == Action::Activate);
        let writes = uploads.min(1) + creates.div_ceil(BATCH) + switches.div_ceil(BATCH);
        Self { writes, reads: 1 + creates.div_ceil(BATCH) + switches.div_ceil(BATCH) }
    }

    const fn total(&self) -> usize {
        self.writes + self.reads
    }

    fn show(&self) -> String {
        format!("{} ({} writes, {} reads)", self.total(), self.writes, self.reads)
    }
}

/// Requests without the batches around them.
fn requests(log: &[RequestEntry]) -> usize {
    let batches: std::collections::BTreeSet<u64> = log.iter().filter_map(|entry| entry.batch).collect();
    log.iter().filter(|entry| !batches.contains(&entry.seq)).count()
}
