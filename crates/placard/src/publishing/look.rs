//! Looking at the platform: what we know to be there, and what we find by marker.

use super::{PublishError, Publisher, run::GLANCE};
use crate::checking;
use placard_domain::{
    CampaignId, RemoteId,
    marker::{Marker, Naming},
    plan::{Bound, DesiredObject, Fields, Observation, RemoteIds, Warning, resolve},
};
use placard_platforms::{Found, PlatformError, ReadBack, Urgency};
use placard_store::{
    AccountLease,
    platform_object::{self, Applied, Change, PlatformObject},
};
use std::collections::BTreeSet;

/// The platform as it was seen just now.
pub struct Sight {
    /// What is bound, each with what was observed.
    pub bound: Vec<Bound>,
    /// What was found by marker and is not on record yet.
    pub adopted: Vec<Change>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl Publisher<'_> {
    /// Reads back every object of the campaign, and adopts what carries its marker without being on record: objects
    /// made before a restore of the database, or by a request whose answer was never stored.
    pub async fn look(
        &self,
        campaign: Option<CampaignId>,
        key: &str,
        desired: &[DesiredObject],
    ) -> Result<Sight, PublishError> {
        let mut objects = self.on_record(campaign).await?;
        let known: BTreeSet<_> = objects.iter().map(|object| object.remote_id.clone()).collect();
        let found = self.noted(self.platform.survey(&self.access, &self.tag(key)).await).await?;
        let (strangers, mut warnings) =
            (found.into_iter().filter(|one| !known.contains(&one.remote_id)), Vec::new());
        let mut adopted = Vec::new();
        for stranger in strangers {
            match self.recognise(key, desired, &objects, &stranger) {
                Some(object) => {
                    adopted.push(binding(&object));
                    objects.push(object);
                }
                None => warnings.push(leftover(&stranger)),
            }
        }
        let ids = ids_of(&objects);
        let bound = self.read_back(objects, &ids).await?;
        if let Some(campaign) = campaign {
            self.note(campaign, &bound).await?;
        }
        Ok(Sight { bound, adopted, warnings })
    }

    /// The same under a lease, unless somebody who wants to stop something demands it meanwhile: they go first, and what
    /// was seen until then is worth nothing.
    pub(super) async fn look_unless_wanted(
        &self,
        lease: &AccountLease,
        campaign: CampaignId,
        key: &str,
        desired: &[DesiredObject],
    ) -> Result<Option<Sight>, PublishError> {
        if self.access.urgency == Urgency::Stopping {
            return self.look(Some(campaign), key, desired).await.map(Some);
        }
        tokio::select! {
            sight = self.look(Some(campaign), key, desired) => sight.map(Some),
            other = self.until_wanted(lease) => {
                self.progress.note(&format!("{} goes first", other?));
                Ok(None)
            }
        }
    }

    async fn until_wanted(&self, lease: &AccountLease) -> Result<String, PublishError> {
        loop {
            tokio::time::sleep(GLANCE).await;
            if let Some(other) = lease.is_wanted(self.db).await? {
                return Ok(other);
            }
        }
    }

    /// Reads the objects called `ids` back and notes what is seen of them; none of the campaign's may be among them.
    pub async fn look_again(
        &self,
        campaign: CampaignId,
        ids: &BTreeSet<RemoteId>,
    ) -> Result<(), PublishError> {
        let objects = self.on_record(Some(campaign)).await?;
        let known = ids_of(&objects);
        let named = objects.into_iter().filter(|object| ids.contains(&object.remote_id)).collect();
        let bound = self.read_back(named, &known).await?;
        self.note(campaign, &bound).await
    }

    async fn note(&self, campaign: CampaignId, bound: &[Bound]) -> Result<(), PublishError> {
        let seen: Vec<_> = bound.iter().map(|one| (one.key.clone(), one.observation.clone())).collect();
        let mut tx = self.db.tenant(self.tenant).await?;
        platform_object::observe(&mut tx, campaign, self.account(), &seen, (self.now)()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn on_record(
        &self,
        campaign: Option<CampaignId>,
    ) -> Result<Vec<PlatformObject>, PublishError> {
        let Some(campaign) = campaign else { return Ok(Vec::new()) };
        let mut tx = self.db.tenant(self.tenant).await?;
        let objects = platform_object::list(&mut tx, campaign, self.account()).await?;
        tx.commit().await?;
        Ok(objects)
    }

    /// The wanted object that carries the stranger's marker, unless it is bound already. We cannot know what was
    /// sent to it, so it is taken to be what the spec says: whatever differs is shown as drift and not overwritten.
    fn recognise(
        &self,
        key: &str,
        desired: &[DesiredObject],
        known: &[PlatformObject],
        stranger: &Found,
    ) -> Option<PlatformObject> {
        let tag = self.tag(key);
        let wanted = desired.iter().find(|object| {
            object.key.kind == stranger.kind && Marker::derive(&tag, &object.key) == stranger.marker
        })?;
        if known.iter().any(|object| object.key == wanted.key) {
            return None;
        }
        Some(PlatformObject {
            key: wanted.key.clone(),
            name: wanted.name.clone(),
            remote_id: stranger.remote_id.clone(),
            naming: Naming::Marked(stranger.marker.clone()),
            presence: placard_domain::status::PresenceStatus::Present,
            applied: Applied {
                fields: wanted.fields.clone(),
                // Creates are sent paused; if it runs by now, reading it back says so.
                run: wanted.run.map(|_| placard_domain::spec::RunState::Paused),
                accepted: Fields::new(),
                rules: wanted.rules.clone(),
                daily_cost: wanted.daily_cost,
            },
            observation: None,
            observed_at: None,
            deployment: None,
        })
    }

    /// What was never seen yet may be too fresh to be listed (Meta shows images by list only, `platforms/meta.md`
    /// §17), so it is gone only after it was missing at every look.
    async fn read_back(
        &self,
        objects: Vec<PlatformObject>,
        ids: &RemoteIds,
    ) -> Result<Vec<Bound>, PublishError> {
        let asked: Vec<ReadBack> = objects
            .iter()
            .map(|object| ReadBack {
                key: object.key.clone(),
                remote_id: object.remote_id.clone(),
                applied: resolved_where_possible(&object.applied.fields, ids),
            })
            .collect();
        let mut observations = self.read(&asked).await?;
        for wait in self.policy.looks.iter().filter(|wait| !wait.is_zero()) {
            let late: Vec<usize> = (0..objects.len())
                .filter(|&at| observations[at] == Observation::Gone && objects[at].observation.is_none())
                .collect();
            if late.is_empty() || !self.pause(*wait).await {
                break;
            }
            let again: Vec<ReadBack> = late.iter().map(|&at| asked[at].clone()).collect();
            for (at, seen) in late.into_iter().zip(self.read(&again).await?) {
                observations[at] = seen;
            }
        }
        Ok(objects.into_iter().zip(observations).map(|(object, seen)| object.bind(seen)).collect())
    }

    async fn read(&self, asked: &[ReadBack]) -> Result<Vec<Observation>, PublishError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        self.noted(self.platform.read(&self.access, asked).await).await
    }

    /// What the platform answered; that the token works no longer is noted.
    pub(super) async fn noted<T>(&self, answer: Result<T, PlatformError>) -> Result<T, PublishError> {
        if let Err(error) = &answer {
            checking::note_death(self.db, self.tenant, self.account(), error, (self.now)()).await?;
        }
        Ok(answer?)
    }
}

fn ids_of(objects: &[PlatformObject]) -> RemoteIds {
    objects.iter().map(|object| (object.key.clone(), object.remote_id.clone())).collect()
}

/// References to objects that are gone from our record stay as they are: they will differ from whatever is observed.
fn resolved_where_possible(fields: &Fields, ids: &RemoteIds) -> Fields {
    let each = fields.iter().map(|(name, value)| Fields::from([(name.clone(), value.clone())]));
    each.flat_map(|field| resolve(&field, ids).unwrap_or(field)).collect()
}

fn binding(object: &PlatformObject) -> Change {
    Change::Bound {
        key: object.key.clone(),
        name: object.name.clone(),
        remote_id: object.remote_id.clone(),
        naming: object.naming.clone(),
        applied: object.applied.clone(),
        adopted: true,
    }
}

fn leftover(stranger: &Found) -> Warning {
    Warning {
        subject: format!("{} {}", stranger.kind.title(), stranger.remote_id),
        message: "carries this campaign's marker on the platform, and nothing in the spec wants it".into(),
    }
}
