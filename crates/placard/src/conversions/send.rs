//! One account: which deals it is told of, and telling it.

use super::{Untellable, takes};
use crate::{
    checking,
    publishing::{TellingMoment, telling},
    session::{Reach, Session},
};
use chrono::{DateTime, Utc};
use placard_domain::{
    ConversionId, DealId, Money, TenantId,
    crm::conversion::{Conversion, Terms, Untold, click_before, second},
};
use placard_platforms::{Conversions, ErrorKind, PlatformError, Retry, Verdict};
use placard_store::{
    StoreError,
    audit::Actor,
    crm::conversion::{self, Candidate, Fresh, Goal, Intended, Outcome, Turn, Wanted},
    tenant::Tenant,
};
use std::time::Duration;
use uuid::Uuid;

/// The longest wait for another process that tells the same account.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which deals are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// Won at or after this moment; those that the goal was chosen for if `None`.
    pub since: Option<DateTime<Utc>>,
    /// Also those that the platform refused.
    pub refused: bool,
}

/// A deal that would be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The deal.
    pub deal: DealId,
    /// The click that brought it.
    pub click: String,
    /// When it was won.
    pub at: DateTime<Utc>,
    /// What it is worth.
    pub value: Money,
}

/// A won deal that is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The deal.
    pub deal: DealId,
    /// Why not, one clause.
    pub reason: String,
}

/// What would be told.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Deals that would be told.
    pub planned: Vec<Planned>,
    /// Deals that came by a click and are not told.
    pub left_out: Vec<LeftOut>,
    /// How many won deals came by no click of the platform.
    pub without_click: usize,
    /// How many were sent before, or were about to be, and are not settled.
    pub unsettled: usize,
}

/// What was told.
#[derive(Debug, Default)]
pub struct Sent {
    /// What became of each.
    pub told: Vec<(Planned, Outcome)>,
    /// Deals that came by a click and were not told.
    pub left_out: Vec<LeftOut>,
    /// How many won deals came by no click of the platform.
    pub without_click: usize,
    /// Why it ended early.
    pub setback: Option<PlatformError>,
}

/// Tells one account of deals.
pub struct Teller<'a> {
    session: &'a Session,
    tenant: TenantId,
    actor: &'a Actor,
    reach: &'a Reach,
    takes: &'a dyn Conversions,
    goal: Goal,
    alone: bool,
}

impl<'a> Teller<'a> {
    /// For the account behind `reach`.
    ///
    /// # Errors
    /// [`Untellable::NotTaken`], [`Untellable::NoGoal`].
    pub async fn open(
        session: &'a Session,
        tenant: &Tenant,
        actor: &'a Actor,
        reach: &'a Reach,
    ) -> Result<Self, Untellable> {
        let takes = takes(reach)?;
        let mut tx = session.db().tenant(tenant.id).await?;
        let mut goals = conversion::goals(&mut tx).await?;
        tx.commit().await?;
        goals.retain(|goal| goal.account.platform == reach.account().platform);
        let alone = goals.len() < 2;
        let goal = goals.into_iter().find(|goal| goal.account == *reach.account());
        let goal = goal.ok_or_else(|| Untellable::NoGoal(reach.account().clone()))?;
        Ok(Self { session, tenant: tenant.id, actor, reach, takes, goal, alone })
    }

    /// The goal that counts.
    pub const fn goal(&self) -> &Goal {
        &self.goal
    }

    /// What would be told, without telling it.
    pub async fn look(&self, ask: &Ask) -> Result<Sight, Untellable> {
        let wanted = self.wanted(ask, Utc::now());
        let mut tx = self.session.db().tenant(self.tenant).await?;
        let unsettled = conversion::unsettled(&mut tx, &self.goal.account).await?;
        let mut sight =
            Sight { unsettled: usize::try_from(unsettled).unwrap_or(usize::MAX), ..Sight::default() };
        let mut after = None;
        loop {
            let page = self.page(&mut tx, &wanted, after).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.won_at, last.deal));
            let sorted = self.sort(page);
            sight.planned.extend(sorted.fresh.iter().map(planned));
            sight.left_out.extend(sorted.left_out);
            sight.without_click += sorted.without_click;
        }
        tx.commit().await?;
        Ok(sight)
    }

    /// Tells the platform of everything that is due. A failure of a whole call ends it early.
    ///
    /// # Errors
    /// [`Untellable::Busy`] if another process tells the account for long.
    pub async fn send(&self, ask: &Ask) -> Result<Sent, Untellable> {
        let turn = Turn::wait_for(self.session.db(), self.tenant, &self.goal.account, PATIENCE).await;
        let turn = turn.map_err(|error| match error {
            StoreError::Contention(_) => Untellable::Busy(self.goal.account.clone()),
            other => other.into(),
        })?;
        let sent = self.send_in_turn(&self.wanted(ask, Utc::now())).await;
        turn.end().await?;
        sent
    }

    async fn send_in_turn(&self, wanted: &Wanted<'_>) -> Result<Sent, Untellable> {
        let (mut sent, rules) = (Sent::default(), self.takes.rules());
        let vault = self.session.vault();
        loop {
            let mut tx = self.session.db().tenant(self.tenant).await?;
            let oldest = self.reach.now - rules.oldest;
            let batch = conversion::intend_again(&mut tx, vault, wanted, oldest, limit(rules.most)).await?;
            tx.commit().await?;
            if batch.is_empty() {
                break;
            }
            self.tell(&batch, &mut sent).await?;
            if sent.setback.is_some() {
                return Ok(sent);
            }
        }
        let mut after = None;
        loop {
            let mut tx = self.session.db().tenant(self.tenant).await?;
            let page = self.page(&mut tx, wanted, after).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.won_at, last.deal));
            let sorted = self.sort(page);
            let batch = conversion::intend(&mut tx, vault, self.actor, wanted, &sorted.fresh).await?;
            tx.commit().await?;
            sent.left_out.extend(sorted.left_out);
            sent.without_click += sorted.without_click;
            if !batch.is_empty() {
                self.tell(&batch, &mut sent).await?;
            }
            if sent.setback.is_some() {
                break;
            }
        }
        Ok(sent)
    }

    /// One call, and what the platform said to it.
    async fn tell(&self, batch: &[Intended], sent: &mut Sent) -> Result<(), Untellable> {
        telling(TellingMoment::Intended);
        let conversions: Vec<&Conversion> = batch.iter().map(|one| &one.conversion).collect();
        let answer = self.takes.apply(&self.reach.access, &conversions).await;
        telling(TellingMoment::Answered);
        let outcomes: Vec<(&Intended, Outcome)> = match &answer {
            Ok(verdicts) => {
                batch.iter().zip(verdicts).map(|(one, verdict)| (one, self.outcome(one, verdict))).collect()
            }
            Err(error) => batch.iter().map(|one| (one, of_call(one, error))).collect(),
        };
        let mut tx = self.session.db().tenant(self.tenant).await?;
        conversion::record(&mut tx, &outcomes, Utc::now()).await?;
        tx.commit().await?;
        telling(TellingMoment::Recorded);
        sent.told.extend(outcomes.into_iter().map(|(one, outcome)| (as_planned(one), outcome)));
        if let Err(error) = answer {
            let (db, account) = (self.session.db(), self.reach.account());
            checking::note_death(db, self.tenant, account, &error, self.reach.now).await?;
            sent.setback = Some(error);
        }
        Ok(())
    }

    fn outcome(&self, one: &Intended, verdict: &Verdict) -> Outcome {
        match verdict {
            Verdict::Accepted => Outcome::Accepted,
            Verdict::Refused(error) => Outcome::Refused(words(one, error)),
            Verdict::Unknown(error) => Outcome::Unknown(words(one, error)),
            Verdict::Later { error, wait } => {
                let until = wait.and_then(|wait| Some(Utc::now() + chrono::TimeDelta::from_std(wait).ok()?));
                Outcome::Waiting { answer: words(one, error), until }
            }
        }
    }

    fn wanted(&self, ask: &Ask, began: DateTime<Utc>) -> Wanted<'_> {
        // What is older than the platform takes is worth a word only to whoever asks for it.
        let since =
            ask.since.unwrap_or_else(|| self.goal.since.max(self.reach.now - self.takes.rules().oldest));
        Wanted { account: &self.goal.account, goal: &self.goal.name, since, refused: ask.refused, began }
    }

    async fn page(
        &self,
        tx: &mut placard_store::TenantTx,
        wanted: &Wanted<'_>,
        after: Option<(DateTime<Utc>, DealId)>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let most = limit(self.takes.rules().most);
        conversion::candidates(tx, self.session.vault(), wanted, after, most).await
    }

    /// Tells deals that can be told from those that cannot.
    fn sort(&self, page: Vec<Candidate>) -> Sorted {
        let mut sorted = Sorted::default();
        for candidate in page {
            let deal = candidate.deal;
            match self.fresh(candidate) {
                Ok(fresh) => sorted.fresh.push(fresh),
                Err(Reason::Untold(Untold::NoClick)) => sorted.without_click += 1,
                Err(Reason::Untold(untold)) => {
                    sorted.left_out.push(LeftOut { deal, reason: untold.to_string() });
                }
                Err(Reason::Unfit(reason)) => sorted.left_out.push(LeftOut { deal, reason }),
            }
        }
        sorted
    }

    fn fresh(&self, candidate: Candidate) -> Result<Fresh, Reason> {
        let Candidate { deal, amount, won_at, touches, before, .. } = candidate;
        let account = self.reach.account();
        let click = click_before(&touches, account.platform, won_at).map_err(Reason::Untold)?;
        let terms = Terms {
            account,
            alone: self.alone,
            window: self.goal.window,
            oldest: self.takes.rules().oldest,
            now: self.reach.now,
        };
        terms.check(&click, won_at).map_err(Reason::Untold)?;
        let said = Conversion {
            id: ConversionId(Uuid::nil()),
            click: click.mark,
            goal: self.goal.name.clone(),
            at: second(won_at),
            value: amount,
        };
        match self.takes.unfit(&said) {
            Some(reason) => Err(Reason::Unfit(reason)),
            None => Ok(Fresh { deal, before, click: said.click, won_at, value: amount }),
        }
    }
}

/// A page of won deals.
#[derive(Default)]
struct Sorted {
    fresh: Vec<Fresh>,
    left_out: Vec<LeftOut>,
    without_click: usize,
}

enum Reason {
    Untold(Untold),
    Unfit(String),
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn planned(fresh: &Fresh) -> Planned {
    Planned { deal: fresh.deal, click: fresh.click.clone(), at: second(fresh.won_at), value: fresh.value }
}

fn as_planned(one: &Intended) -> Planned {
    let Conversion { click, at, value, .. } = &one.conversion;
    Planned { deal: one.deal, click: click.clone(), at: *at, value: *value }
}

/// What the failure of a whole call means for one that was in it: a call that is refused has done nothing.
fn of_call(one: &Intended, error: &PlatformError) -> Outcome {
    match error.kind.retry_write() {
        Retry::ProbeFirst => Outcome::Unknown(words(one, error)),
        Retry::Again(_) | Retry::AfterHumanFix(_) | Retry::Never => {
            Outcome::Waiting { answer: words(one, error), until: None }
        }
    }
}

/// What the platform said of one and what helps. A click that it repeats points at a person and is not kept in words.
fn words(one: &Intended, error: &PlatformError) -> String {
    with_advice(error).replace(&one.conversion.click, "…")
}

/// What the platform said and what helps.
pub fn with_advice(error: &PlatformError) -> String {
    let advice = match error.kind {
        // Its own words are about publishing.
        ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Malformed => {
            Some("it is said again; the same counts once")
        }
        ErrorKind::Throttled { .. } | ErrorKind::Unreachable | ErrorKind::Withheld => {
            Some("it is told later")
        }
        _ => error.user_message.as_deref(),
    };
    advice.map_or_else(|| error.to_string(), |advice| format!("{error} → {advice}"))
}
