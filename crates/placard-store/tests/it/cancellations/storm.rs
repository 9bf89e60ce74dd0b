//! Requests of two tenants on few connections, many of them dropped at one of their await points.

use anyhow::{Result, ensure};
use chrono::Utc;
use placard_domain::{AccountRef, CampaignId, Platform, TenantId, objective::Objective};
use placard_store::{
    Db, PoolConfig,
    audit::Actor,
    campaign::{self, section},
    quota, tenant,
    testing::{TestDatabase, left_behind, tenant_setting},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;
use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

/// Fewer connections than callers, so that each is used by both tenants in turn.
const CONNECTIONS: u32 = 3;
const CALLERS: u64 = 16;
/// The campaign that each tenant has.
const KEY: &str = "one";
/// A request that nobody cancels is seldom pending more often: what the server has answered already is not waited for.
const AWAITS: u32 = 4;

/// What came of all requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) finished: u64,
    pub(crate) cancelled: u64,
    /// How often a connection was looked at between transactions.
    pub(crate) looks: u64,
    /// How many writes were acknowledged.
    pub(crate) kept: u64,
    /// What must not be.
    pub(crate) wrong: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { finished, cancelled, looks, kept, wrong } = self;
        let wrong = wrong.len();
        write!(
            f,
            "{} requests of two tenants on {CONNECTIONS} connections: {cancelled} cancelled; {kept} writes \
             acknowledged; connections looked at {looks} times; {wrong} wrong",
            finished + cancelled
        )
    }
}

/// Makes `requests` requests. `show` hears from time to time how it stands.
pub(crate) async fn run(
    database: &TestDatabase,
    tenants: [TenantId; 2],
    requests: u64,
    seed: u64,
    show: fn(&Tally),
) -> Result<Tally> {
    let config = PoolConfig { size: CONNECTIONS, ..PoolConfig::default() };
    let db = Db::connect(&database.url(), &config).await?;
    let mut campaigns = Vec::new();
    for tenant in tenants {
        campaigns.push((tenant, begin_campaign(&db, tenant).await?));
    }
    let storm = Arc::new(Storm { db, campaigns, kept: AtomicU64::new(0), tally: Mutex::default() });
    let callers = (0..CALLERS).map(|caller| {
        let storm = Arc::clone(&storm);
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(seed.wrapping_mul(CALLERS).wrapping_add(caller));
            for number in (caller..requests).step_by(CALLERS as usize) {
                storm.request(number, &mut random).await;
                if number % 10_000 == 0 {
                    show(&storm.standing());
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await?;
    }
    storm.look_at_all(database).await?;
    let tally = storm.standing();
    storm.db.close().await;
    Ok(tally)
}

struct Storm {
    db: Db,
    /// Each tenant with its campaign.
    campaigns: Vec<(TenantId, CampaignId)>,
    kept: AtomicU64,
    tally: Mutex<Tally>,
}

/// What a caller does.
#[derive(Clone, Copy)]
enum Deed {
    Read(End),
    ReadAlone,
    Write(End),
    Cross,
    Look,
}

/// How a transaction ends.
#[derive(Clone, Copy)]
enum End {
    Commit,
    RollBack,
    Drop,
}

impl Storm {
    async fn request(&self, number: u64, random: &mut StdRng) {
        let end =
            *[End::Commit, End::Commit, End::RollBack, End::Drop].choose(random).expect("there are four");
        let deed = match random.random_range(0..8) {
            0..2 => Deed::Read(end),
            2 => Deed::ReadAlone,
            3..6 => Deed::Write(end),
            6 => Deed::Cross,
            _ => Deed::Look,
        };
        let tenant = *self.campaigns.choose(random).expect("there are two");
        // Some are to go through to their end.
        let pending = if random.random_range(0..4) > 0 { random.random_range(1..=AWAITS) } else { u32::MAX };
        let work = self.carry_out(number, tenant, deed, random.random_range(0..=number));
        let outcome = Cut { work: Box::pin(work), pending }.await;
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            None => tally.cancelled += 1,
            Some(Ok(())) => {
                tally.finished += 1;
                tally.looks += u64::from(matches!(deed, Deed::Look));
            }
            Some(Err(error)) => tally.wrong.push(format!("request {number}: {error:#}")),
        }
    }

    async fn carry_out(
        &self,
        number: u64,
        (tenant, campaign): (TenantId, CampaignId),
        deed: Deed,
        earlier: u64,
    ) -> Result<()> {
        match deed {
            Deed::ReadAlone => {
                let seen = campaign::read(&self.db, tenant, KEY).await?;
                ensure!(seen.is_some_and(|seen| seen.campaign.id == campaign), "another campaign is seen");
                Ok(())
            }
            Deed::Read(end) => {
                let mut tx = self.db.tenant(tenant).await?;
                ensure!(tenant::get(&mut tx).await?.id == tenant, "another tenant is seen");
                let seen = quota::list(&mut tx, &account("kept", earlier)).await?;
                ensure!(
                    seen.iter().all(|one| one.bucket == tenant.to_string()),
                    "another tenant's row is seen"
                );
                finish(tx, end).await
            }
            Deed::Write(end) => {
                let mut tx = self.db.tenant(tenant).await?;
                let kept = matches!(end, End::Commit);
                let account = account(if kept { "kept" } else { "undone" }, number);
                quota::note(&mut tx, &account, &row(tenant)).await?;
                finish(tx, end).await?;
                self.kept.fetch_add(u64::from(kept), Relaxed);
                Ok(())
            }
            Deed::Cross => {
                let mut tx = self.db.system().await?;
                let setting = tenant_setting(&mut tx).await?;
                ensure!(setting.is_none(), "a transaction of the system begins in tenant {setting:?}");
                ensure!(tenant::list(&mut tx).await?.len() == 2, "not every tenant is seen");
                let mut tx = tx.into_tenant(tenant).await?;
                ensure!(tenant::get(&mut tx).await?.id == tenant, "another tenant is seen");
                finish(tx, End::Commit).await
            }
            Deed::Look => {
                let found = left_behind(&self.db, 1).await?;
                ensure!(found.is_empty(), "left on a connection: {found:?}");
                Ok(())
            }
        }
    }

    /// Looks at every connection, and for every row that was promised or taken back.
    async fn look_at_all(&self, database: &TestDatabase) -> Result<()> {
        let found = left_behind(&self.db, CONNECTIONS).await?;
        let mut superuser = database.superuser().await;
        let query = "select
                (select count(*) from platform_quota where account like 'kept%'),
                (select count(*) from platform_quota where account like 'undone%'),
                (select count(*) from pg_stat_activity
                    where datname = current_database() and state like 'idle in transaction%')";
        let (kept, undone, open): (i64, i64, i64) = sqlx::query_as(query).fetch_one(&mut superuser).await?;
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let promised = i64::try_from(self.kept.load(Relaxed))?;
        for (bad, what) in [
            (!found.is_empty(), format!("left on connections in the end: {found:?}")),
            (kept < promised, format!("{promised} writes were acknowledged, {kept} are there")),
            (undone > 0, format!("{undone} writes are there that were taken back")),
            (open > 0, format!("{open} connections are in a transaction that nobody has")),
        ] {
            if bad {
                tally.wrong.push(what);
            }
        }
        Ok(())
    }

    fn standing(&self) -> Tally {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tally.kept = self.kept.load(Relaxed);
        tally
    }
}

async fn begin_campaign(db: &Db, tenant: TenantId) -> Result<CampaignId> {
    let mut tx = db.tenant(tenant).await?;
    let actor = Actor::System("storm".into());
    let id = section::draft(&mut tx, &actor, KEY, KEY, Objective::Leads, "EUR".parse()?).await?;
    tx.commit().await?;
    Ok(id)
}

async fn finish(tx: placard_store::TenantTx, end: End) -> Result<()> {
    match end {
        End::Commit => tx.commit().await?,
        End::RollBack => tx.rollback().await?,
        End::Drop => drop(tx),
    }
    Ok(())
}

fn account(kind: &str, number: u64) -> AccountRef {
    AccountRef { platform: Platform::Meta, id: format!("{kind}-{number}") }
}

fn row(tenant: TenantId) -> quota::Quota {
    quota::Quota {
        bucket: tenant.to_string(),
        used_percent: Decimal::ONE,
        blocked_until: None,
        observed_at: Utc::now(),
    }
}

/// Work that is dropped when it has been pending so often.
struct Cut<F> {
    work: Pin<Box<F>>,
    pending: u32,
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => {
                self.pending -= 1;
                if self.pending == 0 { Poll::Ready(None) } else { Poll::Pending }
            }
        }
    }
}
