//! Taking over what others made: campaigns that live in an ad account become specs, and their objects ours to look after.
//!
//! Nothing is sent. The adapter writes a campaign down as a spec; that spec is checked and mapped like any other, and
//! what it maps to is laid over what stands on the platform. Where the two differ, the platform's value is adopted as
//! if a person had set it, and said; so the next plan is empty because nothing differs, and not because anybody trusted
//! the reverse mapping.

mod pair;

pub use pair::Adopted;

use super::{PublishError, Publisher, Turn, guard::exposure};
use pair::{Paired, pair};
use placard_domain::{
    CampaignId, RemoteId,
    marker::Marker,
    plan::{ObjectKey, ObjectKind},
    spec::{self, Campaign, Diagnostics, Media, RunState, Severity},
    status::CampaignEvent,
};
use placard_platforms::{
    AccountContext, AccountView,
    import::{Holding, Left, Listed, Read},
};
use placard_store::{TenantTx, campaign, ceiling, platform_object};
use serde::{Deserialize, Serialize};

/// The campaigns of an account, by what becomes of them.
pub struct Strangers {
    /// What can be taken over.
    pub fresh: Vec<Listed>,
    /// What is on record already, with the key of each campaign here.
    pub known: Vec<(Listed, String)>,
    /// How many are archived or removed.
    pub ended: usize,
    /// Ids that were asked for and that the account does not have.
    pub missing: Vec<RemoteId>,
}

/// A campaign that can be taken over, with all that is to be recorded.
pub struct TakeOver {
    /// What is said of it.
    pub told: TakenOver,
    campaign: Campaign,
    paired: Paired,
}

/// A campaign that was taken over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakenOver {
    /// Its key here.
    pub campaign: String,
    /// Its name in the spec.
    pub name: String,
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Whether it runs.
    pub run: RunState,
    /// Whether it was made by us, for this very tenant and account, and is found again.
    pub ours: bool,
    /// How many ad groups the spec names.
    pub ad_groups: usize,
    /// How many ads.
    pub ads: usize,
    /// How many objects are on record now.
    pub objects: usize,
    /// Fields in which the platform differs from the spec, and stays as it is.
    pub adopted: Vec<Adopted>,
    /// What no spec can say; it stays as it is, and nobody looks after it.
    pub left: Vec<Left>,
    /// The spec, YAML.
    pub spec: String,
}

/// A campaign that cannot be taken over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unfit {
    /// The platform's id of it.
    pub remote_id: RemoteId,
    /// Its name as it stands.
    pub name: String,
    /// Why, one clause.
    pub reason: String,
}

impl Publisher<'_> {
    /// The campaigns of the account, or those of them that `only` names.
    pub async fn strangers(&self, only: &[RemoteId]) -> Result<Strangers, PublishError> {
        let listed = self.platform.campaigns(&self.access).await?;
        let mut tx = self.db.tenant(self.tenant).await?;
        let on_record = platform_object::campaigns_in(&mut tx, self.account()).await?;
        tx.commit().await?;
        let is_there = |id: &RemoteId| listed.iter().any(|one| one.remote_id == *id);
        let missing = only.iter().filter(|id| !is_there(id)).cloned().collect();
        let mut strangers = Strangers { fresh: Vec::new(), known: Vec::new(), ended: 0, missing };
        for one in listed.into_iter().filter(|one| only.is_empty() || only.contains(&one.remote_id)) {
            match on_record.get(&one.remote_id) {
                Some(key) => strangers.known.push((one, key.clone())),
                None if one.ended => strangers.ended += 1,
                None => strangers.fresh.push(one),
            }
        }
        Ok(strangers)
    }

    /// Reads `campaigns` with everything in them, and finds out what can be taken over.
    pub async fn read_strangers(
        &self,
        view: &AccountView,
        campaigns: &[Listed],
    ) -> Result<Vec<Read>, PublishError> {
        Ok(self.platform.take_in(&self.access, view, campaigns).await?)
    }

    /// What taking over a campaign that was read comes to. Nothing is recorded.
    pub async fn draw_up(
        &self,
        view: &AccountView,
        read: Read,
    ) -> Result<Result<Box<TakeOver>, Unfit>, PublishError> {
        let holding = match read {
            Read::Campaign(holding) => *holding,
            Read::Unfit { remote_id, name, reason } => return Ok(Err(Unfit { remote_id, name, reason })),
        };
        let mut tx = self.db.tenant(self.tenant).await?;
        let named = self.name(&mut tx, &holding).await?;
        tx.commit().await?;
        let (remote_id, name) = (holding.remote_id.clone(), holding.name.clone());
        let drawn = named.and_then(|named| self.compare(view, holding, named));
        Ok(drawn.map(Box::new).map_err(|reason| Unfit { remote_id, name, reason }))
    }

    /// The campaign's key here: the one that its marker was made with, or a free one made from its name.
    async fn name(
        &self,
        tx: &mut TenantTx,
        holding: &Holding,
    ) -> Result<Result<Named, String>, PublishError> {
        let usual = Some(spec::slug(&holding.spec.name)).filter(|slug| !slug.is_empty());
        let usual = usual.unwrap_or_else(|| "campaign".to_owned());
        let marker = holding.markers.get(&holding.remote_id);
        let is_ours = |key: &str| {
            let made = Marker::derive(&self.tag(key), &ObjectKey::new(ObjectKind::Campaign, key));
            marker == Some(&made)
        };
        if marker.is_some() {
            let all = campaign::keys(tx).await?;
            if let Some(key) = all.into_iter().find(|key| is_ours(key)) {
                return Ok(Err(format!("it is `{key}`, which is here; `placard plan` finds it again")));
            }
        }
        let mut key = usual.clone();
        let mut number = 1;
        while campaign::find(tx, &key).await?.is_some() {
            number += 1;
            let tail = format!("-{number}");
            let head: String = usual.chars().take(60 - tail.len()).collect();
            key = format!("{head}{tail}");
        }
        Ok(Ok(Named { ours: is_ours(&key), key }))
    }

    /// Maps the spec and lays it over what stands there.
    fn compare(&self, view: &AccountView, mut holding: Holding, named: Named) -> Result<TakeOver, String> {
        let Named { key, ours } = named;
        holding.spec.key = Some(key.clone()).filter(|key| *key != spec::slug(&holding.spec.name));
        let context = AccountContext {
            account: self.account().clone(),
            currency: view.currency,
            zone: view.zone,
            today: view.now.with_timezone(&view.zone).date_naive(),
            tag: self.tag(&key),
        };
        let text = spec::write(&holding.spec);
        let document = spec::read(&text).map_err(|found| reasons(&found))?;
        let (campaign, _) =
            spec::check(&document, &Media::default(), context.today).map_err(|found| reasons(&found))?;
        let desired =
            self.platform.desired(&campaign, &context).map_err(|found| reasons(&Diagnostics(found)))?;
        let paired = pair(self.platform, &holding, &context.tag, &key, &desired)?;
        let mut left = holding.left;
        left.extend(paired.beyond.iter().cloned());
        let told = TakenOver {
            campaign: key,
            name: campaign.name.clone(),
            remote_id: holding.remote_id,
            run: campaign.run,
            ours,
            ad_groups: campaign.ad_groups.len(),
            ads: campaign.ad_groups.iter().map(|group| group.ads.len()).sum(),
            objects: paired.bound.len(),
            adopted: paired.adopted.clone(),
            left,
            spec: text,
        };
        Ok(TakeOver { told, campaign, paired })
    }

    /// Records a campaign and all its objects, in one transaction. `false` if somebody else took it over meanwhile.
    pub async fn take_over(&self, one: &TakeOver) -> Result<bool, PublishError> {
        let lease = self.lease(Turn::InOrder).await?;
        let mut tx = self.db.tenant(self.tenant).await?;
        let on_record = platform_object::campaigns_in(&mut tx, self.account()).await?;
        let meanwhile = on_record.contains_key(&one.told.remote_id)
            || campaign::find(&mut tx, &one.campaign.key).await?.is_some();
        if !meanwhile {
            let saved = campaign::upsert(&mut tx, &self.actor, &one.campaign).await?;
            platform_object::record(&mut tx, lease.fence(), saved.id, None, &one.paired.bound).await?;
            self.note_state(&mut tx, saved.id, one).await?;
        }
        tx.commit().await?;
        lease.release().await?;
        Ok(!meanwhile)
    }

    async fn note_state(
        &self,
        tx: &mut TenantTx,
        id: CampaignId,
        one: &TakeOver,
    ) -> Result<(), PublishError> {
        let account = self.account();
        platform_object::observe(tx, id, account, &one.paired.seen, (self.now)()).await?;
        let objects = platform_object::list(tx, id, account).await?;
        let daily = exposure(&objects, one.campaign.currency).daily()?;
        ceiling::settle(tx, id, account, daily).await?;
        let event = match one.campaign.run {
            RunState::Active => CampaignEvent::FoundRunning,
            RunState::Paused => CampaignEvent::FoundStopped,
        };
        campaign::on(tx, &self.actor, id, event, None).await?;
        Ok(())
    }
}

/// A key for a campaign, and whether its marker was made with it.
struct Named {
    key: String,
    ours: bool,
}

/// What stands against a spec, in one line.
fn reasons(found: &Diagnostics) -> String {
    let errors = found.0.iter().filter(|finding| finding.severity == Severity::Error);
    let all: Vec<String> = errors.map(|finding| format!("`{}`: {}", finding.path, finding.message)).collect();
    match all.as_slice() {
        [] => "its spec cannot be read".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    }
}
