//! Finding people to speak to among stored profiles.

use anyhow::Result;
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    document::{Profile, ProfileStatus},
    outreach::{Criterion, Fit, Placeholder, Values, score},
};
use placard_store::{
    Db, Vault,
    documents::{DocumentError, Documents, Query, Sort, Stored},
    outreach::{self, Campaign, Enrolled, Recipient},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of looking through profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Picked {
    /// Profiles that were looked at.
    pub read: u64,
    /// Those whose interests, sentiment or risk were other than what was kept.
    pub scored: u64,
    /// Those that fit and can be written to.
    pub fit: u64,
    /// Those of them that were not in the campaign.
    pub new: u64,
    /// Those that must not be spoken to.
    pub rejected: u64,
    /// Those that fit and name no address.
    pub no_address: u64,
    /// How often each criterion was not met.
    pub missed: BTreeMap<Criterion, u64>,
    /// How often a profile did not tell enough for a criterion, and missed none.
    pub untold: BTreeMap<Criterion, u64>,
}

/// Where people are picked from, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Picker<'a> {
    /// Where campaigns are.
    pub db: &'a Db,
    /// With what addresses are sealed.
    pub vault: &'a Vault,
    /// Where profiles are.
    pub documents: &'a Documents,
    /// Whose they are.
    pub tenant: TenantId,
    /// For which campaign.
    pub campaign: &'a Campaign,
}

impl Picker<'_> {
    /// Scores every profile at `now`, and puts those into the campaign that fit, to wait for approval. The same again
    /// changes nothing.
    ///
    /// # Errors
    /// If a database does not answer; what was done until then stays.
    pub async fn pick(&self, now: DateTime<Utc>) -> Result<Picked> {
        let mut picked = Picked::default();
        let mut query = Query { sort: Sort::OLDEST, limit: 200, ..Query::default() };
        loop {
            let page = self.documents.find::<Profile>(self.tenant, &query).await?;
            let mut fitting = Vec::new();
            for found in page.items {
                picked.read += 1;
                if let Some(found) = self.scored(found, now, &mut picked).await?
                    && let Some(person) = self.judge(&found, &mut picked)
                {
                    fitting.push(person);
                }
            }
            self.enrol(&fitting, now, &mut picked).await?;
            let Some(next) = page.next else { return Ok(picked) };
            query.cursor = Some(next);
        }
    }

    /// The profile with its scores, kept by compare-and-swap; `None` if it was taken out meanwhile.
    async fn scored(
        &self,
        found: Stored<Profile>,
        now: DateTime<Utc>,
        picked: &mut Picked,
    ) -> Result<Option<Stored<Profile>>> {
        let mut scored = found.document.clone();
        score_into(&mut scored, now);
        if scored == found.document {
            return Ok(Some(found));
        }
        picked.scored += 1;
        let change = |profile: &mut Profile| score_into(profile, now);
        match self.documents.update::<Profile>(self.tenant, found.id, change).await {
            Ok(stored) => Ok(Some(stored)),
            Err(DocumentError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn judge(&self, found: &Stored<Profile>, picked: &mut Picked) -> Option<Enrolled> {
        let profile = &found.document;
        if profile.status == ProfileStatus::Rejected {
            picked.rejected += 1;
            return None;
        }
        let (count, why) = match self.campaign.made_of.criteria.fit(profile, None) {
            Fit::Fits => (None, Vec::new()),
            Fit::Misses(why) => (Some(&mut picked.missed), why),
            Fit::Unknown(why) => (Some(&mut picked.untold), why),
        };
        if let Some(count) = count {
            why.into_iter().for_each(|criterion| *count.entry(criterion).or_default() += 1);
            return None;
        }
        let Some(address) = address(profile) else {
            picked.no_address += 1;
            return None;
        };
        picked.fit += 1;
        Some(Enrolled {
            recipient: Recipient { address, values: values(profile) },
            profile: Some(found.id),
            zone: None,
        })
    }

    async fn enrol(&self, fitting: &[Enrolled], now: DateTime<Utc>, picked: &mut Picked) -> Result<()> {
        if fitting.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.tenant(self.tenant).await?;
        picked.new += outreach::enrol(&mut tx, self.vault, self.campaign.id, fitting, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Puts what is computed of a profile into it. Interests that are there already stay.
fn score_into(profile: &mut Profile, now: DateTime<Utc>) {
    for interest in score::interests(profile) {
        if !profile.interests.iter().any(|known| known == interest.name) {
            profile.interests.push(interest.name.to_owned());
        }
    }
    profile.sentiment = Some(score::sentiment(profile).sentiment);
    profile.risk_score = Some(score::risk(profile, now).score);
}

/// The one address that a profile names in its bio; with two, nobody knows which is meant.
fn address(profile: &Profile) -> Option<String> {
    let bio = profile.bio.as_deref()?;
    let parts = bio.split(|letter: char| letter.is_whitespace() || "<>()[],;|".contains(letter));
    let plain = parts
        .map(|part| part.trim_start_matches("mailto:").trim_matches(|letter| ".:!?\"'".contains(letter)));
    let mut found = plain.filter(|part| super::is_address(part));
    let address = found.next()?;
    found.all(|other| other.eq_ignore_ascii_case(address)).then(|| address.to_owned())
}

fn values(profile: &Profile) -> Values {
    let mut values = Values::from([
        (Placeholder::Username, profile.username.clone()),
        (Placeholder::Platform, profile.platform.clone()),
    ]);
    values.extend(profile.display_name.clone().map(|name| (Placeholder::DisplayName, name)));
    values.extend(profile.metadata.location.clone().map(|place| (Placeholder::Location, place)));
    values
}
