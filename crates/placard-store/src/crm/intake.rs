//! Taking leads in, from wherever they come.

use super::{
    key::LeadKey,
    lock, merge, place, resolve,
    sealed::{bytes, moment, touches_of},
};
use crate::{
    StoreError, TenantTx, Vault,
    audit::{self, Action, Actor, Entry},
    vault::Held,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    LeadId,
    crm::{Touch, merge::Known},
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What became of a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nobody was known by that address or number.
    Made(LeadId),
    /// It was added to a lead that was known.
    Added(LeadId),
    /// The very same had come in before; nothing changed.
    Known(LeadId),
}

impl Taken {
    /// Whose it is.
    pub const fn lead(self) -> LeadId {
        match self {
            Self::Made(lead) | Self::Added(lead) | Self::Known(lead) => lead,
        }
    }
}

/// Takes one lead in. See [`take_leads`].
pub async fn take_lead(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    touch: &Touch,
    now: DateTime<Utc>,
) -> Result<Taken, StoreError> {
    let taken = take_leads(tx, vault, actor, std::slice::from_ref(touch), now).await?;
    Ok(taken[0])
}

/// Takes leads in, in this order; a few hundred at a time are a good measure.
///
/// The same address or number is the same person. A touch that names one lead's address and another one's number makes
/// them one, which is recorded and can be undone; two that were parted by hand stay apart, and the address decides.
/// The touches are normalised ([`Touch::normalise`]).
pub async fn take_leads(
    tx: &mut TenantTx,
    vault: &Vault,
    actor: &Actor,
    touches: &[Touch],
    now: DateTime<Utc>,
) -> Result<Vec<Taken>, StoreError> {
    lock(tx).await?;
    let key = LeadKey::of(tx, vault).await?;
    let mut held = vault.hold(tx).await?;
    let mut pass = Pass::begin(tx, &key, touches, moment(now)).await?;
    let mut taken = Vec::with_capacity(touches.len());
    for (index, touch) in touches.iter().enumerate() {
        while let Some((winner, loser)) = pass.bridge(index) {
            pass.flush(tx, &mut held).await?;
            merge::join(tx, &mut held, actor, winner, loser).await?;
            pass.joined(winner, loser);
        }
        taken.push(pass.take(index, touch));
    }
    pass.flush(tx, &mut held).await?;
    note(tx, actor, &taken).await?;
    Ok(taken)
}

/// What kind of identity it is, and its hash.
type Hashed = (&'static str, Vec<u8>);

/// What is known while touches are taken in one after the other.
struct Pass {
    now: DateTime<Utc>,
    /// Of each touch its fingerprint and the hashes by which the person is found.
    hashes: Vec<(Vec<u8>, Vec<Hashed>)>,
    /// Whose touch each known fingerprint is.
    seen: HashMap<Vec<u8>, LeadId>,
    /// Whom each known hash leads to.
    whose: HashMap<Vec<u8>, LeadId>,
    /// Pairs that someone parted, the smaller id first.
    apart: HashSet<(LeadId, LeadId)>,
    /// New leads with what is known of them.
    made: BTreeMap<LeadId, Vec<Known>>,
    /// Leads that were stored before and got something new.
    grown: BTreeMap<LeadId, Vec<Known>>,
    fingerprints: HashMap<Uuid, Vec<u8>>,
    identities: Vec<(LeadId, &'static str, Vec<u8>)>,
}

impl Pass {
    async fn begin(
        tx: &mut TenantTx,
        key: &LeadKey,
        touches: &[Touch],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let hash = |touch: &Touch| {
            let identities = touch.identities();
            let identities = identities.iter().map(|one| (one.kind().as_str(), key.identity(one)));
            (key.content(&bytes(touch)), identities.collect::<Vec<_>>())
        };
        let hashes: Vec<_> = touches.iter().map(hash).collect();
        let seen = seen(tx, &hashes.iter().map(|(print, _)| print.clone()).collect::<Vec<_>>()).await?;
        let wanted: Vec<Vec<u8>> =
            hashes.iter().flat_map(|(_, ids)| ids.iter().map(|(_, hash)| hash.clone())).collect();
        let whose = whose(tx, &wanted).await?;
        let leads: Vec<Uuid> = whose.values().map(|lead| lead.0).collect();
        Ok(Self {
            now,
            hashes,
            seen,
            whose,
            apart: apart(tx, &leads).await?,
            made: BTreeMap::new(),
            grown: BTreeMap::new(),
            fingerprints: HashMap::new(),
            identities: Vec::new(),
        })
    }

    /// Two leads that this touch makes one: the one that was first, and the other.
    fn bridge(&self, index: usize) -> Option<(LeadId, LeadId)> {
        let (print, identities) = &self.hashes[index];
        if self.seen.contains_key(print) {
            return None;
        }
        let mut leads = identities.iter().filter_map(|(_, hash)| self.whose.get(hash).copied());
        let first = leads.next()?;
        let other = leads.find(|lead| *lead != first)?;
        let pair = ordered(first, other);
        (!self.apart.contains(&pair)).then_some(pair)
    }

    /// From now on the loser's addresses and numbers lead to the winner.
    fn joined(&mut self, winner: LeadId, loser: LeadId) {
        for lead in self.whose.values_mut().chain(self.seen.values_mut()).filter(|lead| **lead == loser) {
            *lead = winner;
        }
    }

    fn take(&mut self, index: usize, touch: &Touch) -> Taken {
        let (print, identities) = &self.hashes[index];
        if let Some(lead) = self.seen.get(print) {
            return Taken::Known(*lead);
        }
        // The address comes first, so it decides between two that are kept apart.
        let found = identities.iter().find_map(|(_, hash)| self.whose.get(hash).copied());
        let taken = found.map_or_else(|| Taken::Made(LeadId(Uuid::now_v7())), Taken::Added);
        let lead = taken.lead();
        for (kind, hash) in identities {
            if !self.whose.contains_key(hash) {
                self.whose.insert(hash.clone(), lead);
                self.identities.push((lead, kind, hash.clone()));
            }
        }
        let id = Uuid::now_v7();
        self.seen.insert(print.clone(), lead);
        self.fingerprints.insert(id, print.clone());
        let at = moment(touch.occurred_at.unwrap_or(self.now));
        let known = Known { id, at, touch: touch.clone() };
        let is_new = matches!(taken, Taken::Made(_)) || self.made.contains_key(&lead);
        let leads = if is_new { &mut self.made } else { &mut self.grown };
        leads.entry(lead).or_default().push(known);
        taken
    }

    /// Stores what was taken so far.
    async fn flush(&mut self, tx: &mut TenantTx, held: &mut Held<'_>) -> Result<(), StoreError> {
        let (made, grown) = (std::mem::take(&mut self.made), std::mem::take(&mut self.grown));
        resolve::store(tx, held, &made).await?;
        let fresh: Vec<(LeadId, &Known)> = made
            .iter()
            .chain(&grown)
            .flat_map(|(lead, known)| known.iter().map(|one| (*lead, one)))
            .collect();
        insert_touches(tx, held, &fresh, &self.fingerprints).await?;
        insert_identities(tx, &std::mem::take(&mut self.identities)).await?;
        let grown: Vec<LeadId> = grown.into_keys().collect();
        if !grown.is_empty() {
            let touches = touches_of(tx, held, &grown).await?;
            resolve::store(tx, held, &touches).await?;
        }
        self.fingerprints.clear();
        Ok(())
    }
}

fn ordered(one: LeadId, other: LeadId) -> (LeadId, LeadId) {
    (one.min(other), one.max(other))
}

async fn seen(tx: &mut TenantTx, prints: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, LeadId>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select fingerprint, lead_id
        from lead_touch
        where tenant_id = $1 and fingerprint = any($2)
        "#,
        tx.tenant().0,
        prints,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.fingerprint, LeadId(row.lead_id))).collect())
}

async fn whose(tx: &mut TenantTx, hashes: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, LeadId>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select hash, lead_id
        from lead_identity
        where tenant_id = $1 and hash = any($2)
        "#,
        tx.tenant().0,
        hashes,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.hash, LeadId(row.lead_id))).collect())
}

/// Pairs of which someone said that they are two people.
async fn apart(tx: &mut TenantTx, leads: &[Uuid]) -> Result<HashSet<(LeadId, LeadId)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select winner_id, loser_id
        from lead_merge
        where tenant_id = $1 and undone_at is not null and winner_id = any($2) and loser_id = any($2)
        "#,
        tx.tenant().0,
        leads,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| ordered(LeadId(row.winner_id), LeadId(row.loser_id))).collect())
}

/// Stores touches of leads that are stored.
pub(super) async fn insert_touches(
    tx: &mut TenantTx,
    held: &Held<'_>,
    touches: &[(LeadId, &Known)],
    fingerprints: &HashMap<Uuid, Vec<u8>>,
) -> Result<(), StoreError> {
    let sealed: Vec<Vec<u8>> =
        touches.iter().map(|(_, known)| held.seal(place::touch(known.id), &bytes(&known.touch))).collect();
    sqlx::query!(
        r#"
        insert into lead_touch (tenant_id, id, lead_id, source, fingerprint, sealed, at)
        select $1, t.id, t.lead_id, t.source, t.fingerprint, t.sealed, t.at
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[])
            as t (id, lead_id, source, fingerprint, sealed, at)
        "#,
        tx.tenant().0,
        &touches.iter().map(|(_, known)| known.id).collect::<Vec<_>>(),
        &touches.iter().map(|(lead, _)| lead.0).collect::<Vec<_>>(),
        &touches.iter().map(|(_, known)| known.touch.source.as_str()).collect::<Vec<_>>() as &[&str],
        &touches.iter().map(|(_, known)| fingerprints[&known.id].clone()).collect::<Vec<_>>(),
        &sealed,
        &touches.iter().map(|(_, known)| known.at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Stores by what leads are found.
pub(super) async fn insert_identities(
    tx: &mut TenantTx,
    identities: &[(LeadId, &'static str, Vec<u8>)],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into lead_identity (tenant_id, id, lead_id, kind, hash)
        select $1, i.id, i.lead_id, i.kind, i.hash
        from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[]) as i (id, lead_id, kind, hash)
        "#,
        tx.tenant().0,
        &identities.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &identities.iter().map(|(lead, ..)| lead.0).collect::<Vec<_>>(),
        &identities.iter().map(|(_, kind, _)| *kind).collect::<Vec<_>>() as &[&str],
        &identities.iter().map(|(.., hash)| hash.clone()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One line of the log for all of them, which names the leads and nothing of what is known of them.
async fn note(tx: &mut TenantTx, actor: &Actor, taken: &[Taken]) -> Result<(), StoreError> {
    let of = |wanted: fn(&Taken) -> bool| {
        taken.iter().filter(|one| wanted(one)).map(|one| one.lead()).collect::<Vec<_>>()
    };
    let (made, added) = (of(|one| matches!(one, Taken::Made(_))), of(|one| matches!(one, Taken::Added(_))));
    let (action, id) = match (made.as_slice(), added.as_slice()) {
        ([], []) => return Ok(()),
        ([only], []) => (Action::Create, only.to_string()),
        ([], [only]) => (Action::Update, only.to_string()),
        _ => (Action::Import, Uuid::now_v7().to_string()),
    };
    let new = Some(json!({"made": made, "added_to": added}));
    audit::append(tx, actor, &Entry { action, entity_type: "lead", entity_id: id, old: None, new }).await
}
