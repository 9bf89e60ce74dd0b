//! The limits of Google, Microsoft and TikTok, of which we keep count.

use super::{SOON, spec};
use crate::{
    Size,
    figure::{Bar, Figure},
};
use anyhow::{Context, Result, ensure};
use placard::{
    assets::Assets,
    publishing::{Applied, Halted, Policy, Publisher, Silent, Stop},
    session::SharedLedger,
};
use placard_domain::{
    AccountRef, AdAccount, Platform, TenantId,
    marker::CampaignTag,
    plan::{DriftPolicy, ObjectKind},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Urgency,
    google::{AccessLevel, Google, GoogleConfig},
    http::Pace,
    microsoft::{Microsoft, MicrosoftConfig},
    tiktok::{AppLevel, Tiktok, TiktokConfig},
};
use placard_sandbox::{
    GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GoogleRate, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET,
    MICROSOFT_CUSTOMER, MICROSOFT_DEVELOPER_TOKEN, MicrosoftRate, RequestEntry, RunningSandbox,
    SandboxConfig, TIKTOK_APP_ID, TIKTOK_APP_SECRET, TikTokRate,
};
use placard_store::{
    Db, ad_account, audit::Actor, campaign as stored, platform_object, tenant, testing::TestDatabase,
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

const KEY: &str = "bench";
const OTHER: &str = "other";
/// Operations of a project at Google's smallest level (`platforms/google.md` §1).
const OPERATIONS: u32 = 2_880;
/// Microsoft publishes no number (`platforms/microsoft.md` §9); a small one.
const CALLS: u32 = 600;

/// How much faster than at `platform` its seconds pass.
const fn scale(platform: Platform) -> f64 {
    match platform {
        // A day in forty seconds. Twice as fast, the two seconds that the work itself takes would weigh like three hours.
        Platform::Google => 2_160.0,
        // A minute in six.
        Platform::Microsoft => 10.0,
        Platform::Meta | Platform::Tiktok => 1.0,
    }
}

/// Publishes a tenth of `size.ads` ads under the limits of `platform`, and pauses another campaign meanwhile.
pub(super) async fn measure(size: Size, platform: Platform) -> Result<Vec<Figure>> {
    let (database, ads) = (TestDatabase::create().await, size.ads / 10);
    let sandbox = placard_sandbox::start(SandboxConfig::default()).await?;
    let desk = Desk::open(&database.db, &sandbox, platform).await?;
    let folder = tempfile::tempdir()?;
    let assets = Assets::in_folder(folder.path().to_owned());
    let read = |path: &str| assets.read(path);
    let publisher = desk.publisher(&read);
    let plan = async |key: &str, ads| {
        let context = desk.context(&sandbox, key);
        let campaign = spec::write(platform, key, folder.path(), ads, context.today)?;
        anyhow::Ok(publisher.plan(&campaign, &context, DriftPolicy::Keep).await?)
    };
    publisher.apply(&plan(OTHER, 2).await?).await?;
    let large = plan(KEY, ads).await?;
    sandbox.set_limits(|config| limit(config, platform));
    let first = sandbox.requests(0).last().map_or(0, |entry| entry.seq);
    let begun = Instant::now();
    let pausing = pause_meanwhile(&database, &sandbox, &desk, ads / 3);
    let (applied, paused) = tokio::join!(publisher.apply(&large), pausing);
    let took = begun.elapsed();
    ensure!(matches!(applied?, Applied::Done { .. }), "nothing was published");
    let log = sandbox.requests(first);
    sandbox.shutdown().await?;
    figures(platform, ads, took, &log, paused?)
}

fn figures(
    platform: Platform,
    ads: usize,
    took: Duration,
    log: &[RequestEntry],
    paused: Duration,
) -> Result<Vec<Figure>> {
    let refused = log.iter().filter(|entry| is_refused(platform, entry)).count();
    let (calls, least) = shortest(platform, log);
    let (title, scale) = (platform.title(), scale(platform));
    Ok(vec![
        Figure::new(
            format!("{calls} calls or operations to publish {ads} ads under {title}'s smallest limits, {scale} times as fast"),
            format!("{:.1} s", took.as_secs_f64()),
            format!("the soonest that the limits let so many through: {:.1} s", least.as_secs_f64()),
            least.div_duration_f64(took),
            Bar::AtLeast(0.9),
        )
        .note(format!("{refused} calls were refused by the limits")),
        Figure::new(
            format!("a pause of another campaign of the account at {title} meanwhile, from the wish to what is read back"),
            format!("{:.2} s", paused.as_secs_f64()),
            format!("at most {} s", SOON.as_secs()),
            SOON.div_duration_f64(paused),
            Bar::AtLeast(1.0),
        ),
    ])
}

fn limit(config: &mut SandboxConfig, platform: Platform) {
    let time_scale = scale(platform);
    match platform {
        Platform::Google => {
            let operations_per_day = OPERATIONS as usize;
            config.google_rate = GoogleRate { operations_per_day, time_scale, ..GoogleRate::default() };
        }
        Platform::Microsoft => {
            let calls_per_minute = CALLS as usize;
            config.microsoft_rate =
                MicrosoftRate { calls_per_minute, time_scale, ..MicrosoftRate::default() };
        }
        Platform::Meta | Platform::Tiktok => {
            config.tiktok_rate = TikTokRate { time_scale, ..TikTokRate::BASIC };
        }
    }
}

fn is_refused(platform: Platform, entry: &RequestEntry) -> bool {
    entry.code
        == Some(match platform {
            Platform::Google => 429,
            Platform::Microsoft => 117,
            Platform::Meta | Platform::Tiktok => 40_100,
        })
}

/// How many calls or operations there were, and in what time the limits let so many through, were they all used to the
/// full. TikTok's endpoints follow each other in a publishing: what one needs must be there.
fn shortest(platform: Platform, log: &[RequestEntry]) -> (usize, Duration) {
    let time = |calls: usize, most: usize, seconds: f64| {
        let windows = calls.saturating_sub(1) / most;
        Duration::from_secs_f64(windows as f64 * seconds / scale(platform))
    };
    match platform {
        Platform::Google => {
            let operations = log.iter().map(operations).sum();
            (operations, time(operations, OPERATIONS as usize, 86_400.0))
        }
        Platform::Microsoft => (log.len(), time(log.len(), CALLS as usize, 60.0)),
        Platform::Meta | Platform::Tiktok => {
            let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in log {
                *calls.entry(&entry.path).or_default() += 1;
            }
            let limits = TikTokRate::BASIC;
            let least = calls.iter().map(|(path, calls)| {
                let quota = if path.contains("/ad/create/") { limits.ad_create } else { limits.each };
                time(*calls, quota.per_second, 1.0).max(time(*calls, quota.per_minute, 60.0))
            });
            (log.len(), least.sum())
        }
    }
}

fn operations(entry: &RequestEntry) -> usize {
    match entry.params.get("mutateOperations").and_then(|operations| operations.as_array()) {
        Some(operations) => operations.len(),
        None => usize::from(!entry.params.contains_key("pageToken")),
    }
}

/// Pauses the other campaign once `ads` ads are there, as another process does it.
async fn pause_meanwhile(
    database: &TestDatabase,
    sandbox: &RunningSandbox,
    first: &Desk,
    ads: usize,
) -> Result<Duration> {
    let desk = Desk::of(&database.db, first.tenant, sandbox, first.account.account.platform).await?;
    let find = async |key: &str| {
        let mut tx = database.db.tenant(desk.tenant).await?;
        let found = stored::find(&mut tx, key).await?.context("the campaign is stored")?;
        let objects = platform_object::list(&mut tx, found.id, &desk.account.account).await?;
        tx.commit().await?;
        anyhow::Ok((found, objects))
    };
    while find(KEY).await?.1.iter().filter(|one| one.key.kind == ObjectKind::Ad).count() < ads {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (other, _) = find(OTHER).await?;
    let read = |_: &str| Err(std::io::Error::other("no file is needed to pause"));
    let (publisher, wished) = (desk.publisher(&read), Instant::now());
    let halted = publisher.halt(&other, desk.account.currency).await?;
    ensure!(halted == Halted::Paused, "it did not run");
    Ok(wished.elapsed())
}

/// A tenant with an account in the sandbox, and an adapter that counts in the database.
struct Desk {
    db: Db,
    tenant: TenantId,
    platform: Box<dyn AdPlatform>,
    access: Access,
    account: AdAccount,
}

impl Desk {
    async fn open(db: &Db, sandbox: &RunningSandbox, platform: Platform) -> Result<Self> {
        let tenant = tenant::create_with_admin(db, "Bench", "ada@example.com", "no password").await?;
        Self::of(db, tenant.tenant, sandbox, platform).await
    }

    async fn of(db: &Db, tenant: TenantId, sandbox: &RunningSandbox, platform: Platform) -> Result<Self> {
        let (platform, access) = reach(db, sandbox, platform)?;
        let account = platform.health(&access).await?.account;
        let mut tx = db.tenant(tenant).await?;
        ad_account::upsert(&mut tx, &account, sandbox.now()).await?;
        tx.commit().await?;
        Ok(Self { db: db.clone(), tenant, platform, access, account })
    }

    fn publisher<'a>(
        &'a self,
        read_file: &'a (dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync),
    ) -> Publisher<'a> {
        Publisher {
            db: &self.db,
            tenant: self.tenant,
            actor: Actor::System("bench".to_owned()),
            platform: &*self.platform,
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

    fn context(&self, sandbox: &RunningSandbox, key: &str) -> AccountContext {
        AccountContext {
            account: self.account.account.clone(),
            currency: self.account.currency,
            zone: self.account.zone,
            today: sandbox.now().with_timezone(&self.account.zone).date_naive(),
            tag: CampaignTag::derive(self.tenant, &self.account.account, key),
        }
    }
}

fn reach(db: &Db, sandbox: &RunningSandbox, platform: Platform) -> Result<(Box<dyn AdPlatform>, Access)> {
    let base = sandbox.base_url().parse()?;
    let second = Duration::from_secs_f64(1.0 / scale(platform));
    let pace = Some(Pace { ledger: Arc::new(SharedLedger(db.clone())), second });
    let access = |id: &str, token: String, manager: Option<&str>| Access {
        account: AccountRef { platform, id: id.to_owned() },
        token: token.into(),
        page_token: None,
        manager: manager.map(str::to_owned),
        urgency: Urgency::Publishing,
    };
    Ok(match platform {
        Platform::Google => {
            let config = GoogleConfig::at(base, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET.to_owned().into());
            let config = GoogleConfig { pace, level: AccessLevel::Explorer, ..config };
            let access = access("1001001001", sandbox.google_tokens().0, Some("1000000000"));
            (Box::new(Google::new(config, Arc::new(|| 0.0))?), access)
        }
        Platform::Microsoft => {
            let (secret, token) = (MICROSOFT_CLIENT_SECRET.to_owned(), MICROSOFT_DEVELOPER_TOKEN.to_owned());
            let config = MicrosoftConfig::at(base, MICROSOFT_CLIENT_ID, secret.into(), token.into());
            let config = MicrosoftConfig { pace, calls_per_minute: Some(CALLS), ..config };
            let access = access("5001001", sandbox.microsoft_token(), Some(MICROSOFT_CUSTOMER));
            (Box::new(Microsoft::new(config, Arc::new(|| 0.0))?), access)
        }
        Platform::Meta | Platform::Tiktok => {
            let config = TiktokConfig::at(base, TIKTOK_APP_ID, TIKTOK_APP_SECRET.to_owned().into());
            let config = TiktokConfig { pace, level: AppLevel::Basic, ..config };
            (
                Box::new(Tiktok::new(config, Arc::new(|| 0.0))?),
                access("7001001", sandbox.tiktok_token(), None),
            )
        }
    })
}
