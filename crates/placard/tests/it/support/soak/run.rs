//! Publishing through seeded faults, in this process: the same seed brings the same faults.

use super::{Spec, World};
use anyhow::{Context, Result};
use placard::{
    assets::Assets,
    publishing::{Policy, PublishError, Publisher, Silent, Stop, Turn},
};
use placard_domain::{
    AccountRef, CampaignId, Money, Platform, TenantId,
    marker::{CampaignTag, Marker, Naming},
    plan::{DriftPolicy, ObjectKind},
    spec::{self, Budget, Campaign},
};
use placard_platforms::{
    Access, AccountContext, AdPlatform, Urgency,
    google::{Google, GoogleConfig},
    http::{Backoff, HttpConfig},
    meta::{Meta, MetaConfig},
    microsoft::{Microsoft, MicrosoftConfig},
    tiktok::{Tiktok, TiktokConfig},
};
use placard_sandbox::{
    APP_ID, APP_SECRET, FaultPlan, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, MICROSOFT_CLIENT_ID,
    MICROSOFT_CLIENT_SECRET, MICROSOFT_CUSTOMER, MICROSOFT_DEVELOPER_TOKEN, Rates, RequestEntry,
    RunningSandbox, SandboxConfig, Seeded, TIKTOK_APP_ID, TIKTOK_APP_SECRET,
};
use placard_store::{Db, ad_account, audit::Actor, campaign, platform_object, tenant};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

/// Every fault that the sandbox knows, often. An answer is lost after the work was done in 30 of 100 calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// How long three calls in ten are delayed.
    pub(crate) delay: Duration,
    /// Whether calls follow each other, so that equal seeds meet equal faults in equal order.
    pub(crate) in_order: bool,
}

/// Runs after which new objects show late on lists; looking must wait for that.
const LATE: u64 = 4;
/// Runs that are taken back at their first failure instead of being finished.
const TAKEN_BACK: u64 = 5;
/// How often somebody tries before the weather must clear.
const TRIES: usize = 40;
const EDGE_LAG: Duration = Duration::from_millis(400);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything is there and runs.
    Published,
    /// What was made is gone again.
    TakenBack,
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    /// How often somebody had to try.
    pub(crate) tries: usize,
    /// How many faults struck.
    pub(crate) struck: usize,
    /// What is wrong; must be empty.
    pub(crate) wrong: Vec<String>,
    /// Every request with its answer's status, without what differs between tenants.
    pub(crate) log: Vec<String>,
}

/// A tenant that publishes one campaign after the other, each to a sandbox of its own.
pub(crate) struct Slot {
    db: Db,
    tenant: TenantId,
    platform: Platform,
}

impl Slot {
    /// The tenant number `number` in `db`, which publishes to `platform`.
    pub(crate) async fn open(db: &Db, platform: Platform, number: usize) -> Result<Self> {
        let (name, email) = (format!("Slot {number}"), format!("slot-{number}@example.com"));
        let founded = tenant::create_with_admin(db, &name, &email, "no password").await?;
        Ok(Self { db: db.clone(), tenant: founded.tenant, platform })
    }

    /// Publishes the campaign of `seed` through the faults of `seed`.
    pub(crate) async fn run(&self, folder: &Path, seed: u64, weather: Weather) -> Result<Outcome> {
        let scene = Scene::open(self, folder, seed, weather).await?;
        scene.sandbox.set_faults(faults(seed, weather));
        let begun = scene.sandbox.requests(0).last().map_or(0, |entry| entry.seq);
        let (end, tries) = scene.persist(seed).await?;
        let entries = scene.sandbox.requests(begun);
        let struck = entries.iter().filter(|entry| entry.fault.is_some()).count();
        let log = scene.told(&entries)?;
        scene.sandbox.clear_faults();
        let wrong = scene.wrong(end).await?;
        Ok(Outcome { end, tries, struck, wrong, log })
    }
}

/// Reads a file that a spec names.
type ReadFile = Box<dyn Fn(&str) -> std::io::Result<Vec<u8>> + Send + Sync>;

/// One run: a world, a campaign, and what reaches it.
struct Scene<'a> {
    slot: &'a Slot,
    sandbox: RunningSandbox,
    platform: Box<dyn AdPlatform>,
    access: Access,
    context: AccountContext,
    campaign: Campaign,
    policy: Policy,
    read_file: ReadFile,
}

impl<'a> Scene<'a> {
    async fn open(slot: &'a Slot, folder: &Path, seed: u64, weather: Weather) -> Result<Self> {
        let sandbox = placard_sandbox::start(SandboxConfig { seed, ..SandboxConfig::default() }).await?;
        let (adapter, access) = reach(&sandbox, slot.platform, weather)?;
        let account = access.account.clone();
        let described = adapter.health(&access).await?.account;
        let mut tx = slot.db.tenant(slot.tenant).await?;
        ad_account::upsert(&mut tx, &described, sandbox.now()).await?;
        tx.commit().await?;
        let key = format!("run-{seed}");
        let context = AccountContext {
            tag: CampaignTag::derive(slot.tenant, &account, &key),
            account,
            currency: described.currency,
            zone: described.zone,
            today: sandbox.now().with_timezone(&described.zone).date_naive(),
        };
        let (campaign, assets) =
            read(&Spec { platform: slot.platform, key, ..Spec::default() }, folder, &context)?;
        let read_file = Box::new(move |path: &str| assets.read(path));
        Ok(Self {
            slot,
            sandbox,
            platform: adapter,
            access,
            context,
            campaign,
            policy: policy(seed),
            read_file,
        })
    }

    fn publisher(&self) -> Publisher<'_> {
        Publisher {
            db: &self.slot.db,
            tenant: self.slot.tenant,
            actor: Actor::System("the weather".to_owned()),
            platform: &*self.platform,
            access: self.access.clone(),
            policy: self.policy.clone(),
            progress: &Silent,
            stop: Stop::default(),
            now: chrono::Utc::now,
            read_file: &*self.read_file,
            library: None,
            rescue: None,
        }
    }

    /// Tries until it is done, as a patient person would; at last in fair weather.
    async fn persist(&self, seed: u64) -> Result<(End, usize)> {
        let publisher = self.publisher();
        for tries in 1..=TRIES {
            if tries == TRIES {
                self.sandbox.clear_faults();
            }
            let unfinished = self.unfinished(&publisher).await?;
            let done = match unfinished {
                Some(id) if seed.is_multiple_of(TAKEN_BACK) => {
                    publisher.roll_back(id, &self.campaign.key).await.map(|_| End::TakenBack)
                }
                Some(id) if tries.is_multiple_of(2) => {
                    publisher.resume(id, &self.campaign.key).await.map(|_| End::Published)
                }
                _ => self.apply(&publisher).await.map(|()| End::Published),
            };
            match done {
                Ok(end) => return Ok((end, tries)),
                Err(error @ (PublishError::Store(_) | PublishError::Order(_) | PublishError::Money(_))) => {
                    return Err(error).with_context(|| format!("seed {seed}: no weather explains this"));
                }
                Err(_) if tries < TRIES => {}
                Err(error) => return Err(error).with_context(|| format!("seed {seed} is stuck")),
            }
        }
        anyhow::bail!("seed {seed} is stuck")
    }

    /// What `placard apply` does.
    async fn apply(&self, publisher: &Publisher<'_>) -> Result<(), PublishError> {
        if let Some(id) = self.stored().await? {
            publisher.set_down(id, &self.campaign.key, Turn::InOrder).await?;
        }
        publisher.health().await?;
        let planned = publisher.plan(&self.campaign, &self.context, DriftPolicy::Keep).await?;
        publisher.apply(&planned).await.map(drop)
    }

    async fn stored(&self) -> Result<Option<CampaignId>, PublishError> {
        let mut tx = self.slot.db.tenant(self.slot.tenant).await?;
        let found = campaign::find(&mut tx, &self.campaign.key).await?;
        tx.commit().await?;
        Ok(found.map(|campaign| campaign.id))
    }

    async fn unfinished(&self, publisher: &Publisher<'_>) -> Result<Option<CampaignId>> {
        let Some(id) = self.stored().await? else { return Ok(None) };
        let mut tx = self.slot.db.tenant(self.slot.tenant).await?;
        let unfinished =
            placard_store::deployment::unfinished(&mut tx, id, &publisher.access.account).await?;
        tx.commit().await?;
        Ok(unfinished.map(|_| id))
    }

    /// Requests and answers, with markers as what they mark: those differ between tenants.
    fn told(&self, entries: &[RequestEntry]) -> Result<Vec<String>> {
        let wanted = self.publisher().desired(&self.campaign, &self.context)?;
        let marks: Vec<(String, String)> = wanted
            .iter()
            .map(|object| {
                (Marker::derive(&self.context.tag, &object.key).to_string(), object.key.to_string())
            })
            .collect();
        // Google's ads and keywords carry theirs without the sign.
        let bare = |text: &str| text.trim_start_matches('#').to_owned();
        let tag = self.context.tag.search_text();
        let tell = |entry: &RequestEntry| {
            let line = serde_json::to_string(entry)?;
            let line = marks
                .iter()
                .fold(line, |line, (marker, key)| line.replace(marker, key).replace(&bare(marker), key));
            Ok(line.replace(&tag, "#").replace(&bare(&tag), ""))
        };
        entries.iter().map(tell).collect()
    }

    /// What is wrong now that the weather is fair.
    async fn wrong(&self, end: End) -> Result<Vec<String>> {
        let world = World::of(self.sandbox.world(None))?;
        let mut wrong = world.duplicates();
        wrong.extend(world.stray_parts());
        let violations = self.sandbox.violations();
        wrong.extend(violations.iter().map(|one| format!("came too early: {one:?}")));
        match end {
            End::Published => wrong.extend(self.wrong_where_published(&world).await?),
            End::TakenBack => {
                let left = world.living().filter(|object| object.kind != ObjectKind::Image);
                wrong.extend(left.map(|object| format!("orphan: {} {}", object.kind, object.name)));
            }
        }
        Ok(wrong)
    }

    async fn wrong_where_published(&self, world: &World) -> Result<Vec<String>> {
        let id = self.stored().await?.context("it was published")?;
        let mut tx = self.slot.db.tenant(self.slot.tenant).await?;
        let record = platform_object::list(&mut tx, id, &self.context.account).await?;
        tx.commit().await?;
        let ours: BTreeSet<&str> = record.iter().map(|object| object.remote_id.0.as_str()).collect();
        let theirs: BTreeSet<&str> = world.living().map(super::Object::remote_id).collect();
        let mut wrong = world.orphans(&ours);
        wrong.extend(ours.difference(&theirs).map(|id| format!("on record, not on the platform: {id}")));
        let wanted = self.publisher().desired(&self.campaign, &self.context)?;
        if wanted.len() != record.len() {
            wrong.push(format!("{} objects are wanted, {} are on record", wanted.len(), record.len()));
        }
        wrong.extend(world.hasty());
        let (live, wanted) = (world.live_budget()?, self.campaign.budget);
        if wanted != Some(Budget::Daily(Money::new(live, self.campaign.currency))) {
            wrong.push(format!("{live} is live, and the spec says {wanted:?}"));
        }
        let plan = self.publisher().plan(&self.campaign, &self.context, DriftPolicy::Keep).await?.plan;
        if !plan.is_empty() || !plan.drift.is_empty() || !plan.warnings.is_empty() {
            wrong.push(format!("a new plan has something to do: {plan:#?}"));
        }
        let unmarked = record
            .iter()
            .filter(|object| object.naming != Naming::Marked(Marker::derive(&self.context.tag, &object.key)));
        wrong.extend(unmarked.map(|object| format!("bound under another marker: {}", object.key)));
        Ok(wrong)
    }
}

fn faults(seed: u64, weather: Weather) -> FaultPlan {
    let edge_lag_ms = if seed.is_multiple_of(LATE) { millis(EDGE_LAG) } else { 0 };
    let rates = Rates {
        drop_before: 0.03,
        drop_after: 0.30,
        http_429_with_reset: 0.01,
        http_429_without_reset: 0.03,
        error_5xx_before: 0.03,
        error_5xx_after: 0.03,
        truncated_body: 0.04,
        slow_body: 0.0,
        batch_item_null: 0.04,
        batch_partial_drop: 0.04,
        delay: 0.30,
        delay_ms: millis(weather.delay),
        edge_lag_ms,
        retry_after_s: 1,
    };
    FaultPlan { seeded: Some(Seeded { seed, rates }), ..FaultPlan::default() }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// As patient as it must be: longer than objects show late, where they do.
fn policy(seed: u64) -> Policy {
    let look = if seed.is_multiple_of(LATE) { EDGE_LAG * 3 / 2 } else { Duration::from_millis(2) };
    Policy {
        looks: vec![Duration::ZERO, look, look],
        attempts: 2,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(8),
        longest_rest: Duration::from_secs(600),
        their_request: Duration::from_secs(5),
        batch: None,
    }
}

/// The adapter of `platform` at the sandbox, and access to an account there.
fn reach(
    sandbox: &RunningSandbox,
    platform: Platform,
    weather: Weather,
) -> Result<(Box<dyn AdPlatform>, Access)> {
    let base = sandbox.base_url().parse()?;
    let account = |id: &str| AccountRef { platform, id: id.to_owned() };
    let urgency = Urgency::Publishing;
    match platform {
        Platform::Google => {
            let (token, _) = sandbox.google_tokens();
            let mut config = GoogleConfig::at(base, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET.to_owned().into());
            brisk(&mut config.http, "PLACARD_GOOGLE_REQUEST_LOG", weather);
            let account = account("1001001001");
            // Ada reaches this account through her manager account only.
            let manager = Some("1000000000".to_owned());
            let access = Access { account, token: token.into(), page_token: None, manager, urgency };
            Ok((Box::new(Google::new(config, Arc::new(|| 0.5))?), access))
        }
        Platform::Tiktok => {
            let mut config = TiktokConfig::at(base, TIKTOK_APP_ID, TIKTOK_APP_SECRET.to_owned().into());
            brisk(&mut config.http, "PLACARD_TIKTOK_REQUEST_LOG", weather);
            let token = sandbox.tiktok_token().into();
            let access =
                Access { account: account("7001001"), token, page_token: None, manager: None, urgency };
            Ok((Box::new(Tiktok::new(config, Arc::new(|| 0.5))?), access))
        }
        Platform::Microsoft => {
            let (secret, developer_token) =
                (MICROSOFT_CLIENT_SECRET.to_owned(), MICROSOFT_DEVELOPER_TOKEN.to_owned());
            let mut config =
                MicrosoftConfig::at(base, MICROSOFT_CLIENT_ID, secret.into(), developer_token.into());
            config.longest_rest = Duration::from_millis(8);
            brisk(&mut config.http, "PLACARD_MICROSOFT_REQUEST_LOG", weather);
            let (token, manager) = (sandbox.microsoft_token().into(), Some(MICROSOFT_CUSTOMER.to_owned()));
            let access = Access { account: account("5001001"), token, page_token: None, manager, urgency };
            Ok((Box::new(Microsoft::new(config, Arc::new(|| 0.5))?), access))
        }
        Platform::Meta => {
            let mut config = MetaConfig::at(base, APP_ID, APP_SECRET.to_owned().into());
            brisk(&mut config.http, "PLACARD_REQUEST_LOG", weather);
            let (token, page_token) = (sandbox.user_token().into(), Some(sandbox.page_token("2001").into()));
            let access = Access { account: account("act_1001"), token, page_token, manager: None, urgency };
            Ok((Box::new(Meta::new(config, Arc::new(|| 0.5))?), access))
        }
    }
}

fn brisk(http: &mut HttpConfig, journal: &str, weather: Weather) {
    if weather.in_order {
        http.at_once = 1;
    }
    let (first, longest) = (Duration::from_millis(1), Duration::from_millis(8));
    http.backoff = Backoff { attempts: 3, first, longest, ..Backoff::default() };
    http.journal = std::env::var_os(journal).map(Into::into);
}

fn read(spec: &Spec, folder: &Path, context: &AccountContext) -> Result<(Campaign, Assets)> {
    let path = folder.join(spec.write(folder, &spec.key)?);
    let document = spec::read(&spec.text()).map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    let assets = Assets::beside(&path);
    let checked = spec::check(&document, &assets.look_at(&document).into(), context.today);
    let (campaign, _) = checked.map_err(|found| anyhow::anyhow!("{found:#?}"))?;
    Ok((campaign, assets))
}
