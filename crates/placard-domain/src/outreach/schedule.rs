//! Whether a message may go out now, when it may, or why it never will.

use super::{ConsentState, OutreachStatus, Sequence, Settings, StopReason};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// Where one recipient's sequence stands.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Where the campaign stands.
    pub campaign: OutreachStatus,
    /// Why the sequence was stopped, if it was.
    pub stopped: Option<StopReason>,
    /// Whether the address is on the list of those who must not be written to.
    pub suppressed: bool,
    /// What they said about being written to, if anything.
    pub consent: Option<ConsentState>,
    /// The number of the step to be sent next, from 0.
    pub step: u16,
    /// When that step is due: the step before plus its delay, or the retry.
    pub due_at: DateTime<Utc>,
    /// How often that step was refused for the time being.
    pub failures: u8,
    /// The recipient's own zone, if it is known.
    pub zone: Option<Tz>,
}

/// What went out already.
#[derive(Clone, Copy, Debug)]
pub struct Traffic {
    /// Messages of the campaign on its day.
    pub campaign_today: u32,
    /// Messages of the tenant on the day in UTC.
    pub tenant_today: u32,
    /// The most messages of the tenant on a day in UTC.
    pub tenant_cap: u32,
    /// When the campaign's last message went out.
    pub last_at: Option<DateTime<Utc>>,
    /// A number drawn by chance, of which the jitter is made.
    pub chance: u32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send the step with this number now.
    Send(u16),
    /// Nothing before this moment; then ask again.
    WaitUntil(DateTime<Utc>, Wait),
    /// Nothing until somebody starts the campaign.
    Rest,
    /// Never.
    Stop(StopReason),
    /// Every step went out.
    Finished,
}

/// What is waited for. A cap and the gap hold the whole campaign, the others this recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The step's delay or the retry.
    Due,
    /// The recipient's day.
    Quiet,
    /// Another day, because the campaign has said enough.
    CampaignCap,
    /// Another day, because the tenant has said enough.
    TenantCap,
    /// The silence between two messages.
    Gap,
}

/// Decides about the next message to one recipient.
///
/// Whatever stops the sequence comes first. A cap of the campaign counts its own day; that of the tenant counts days in
/// UTC, because its campaigns may live in several zones.
pub fn next(
    state: &State,
    sequence: &Sequence,
    settings: &Settings,
    traffic: &Traffic,
    now: DateTime<Utc>,
) -> Decision {
    if let Some(reason) = stopped(state, settings) {
        return Decision::Stop(reason);
    }
    if sequence.step(state.step).is_none() {
        return Decision::Finished;
    }
    match state.campaign {
        OutreachStatus::Active => {}
        OutreachStatus::Draft | OutreachStatus::Paused => return Decision::Rest,
        OutreachStatus::Completed => return Decision::Stop(StopReason::Manual),
    }
    let zone = state.zone.unwrap_or(settings.zone);
    let wait = |at: DateTime<Utc>, why| Decision::WaitUntil(settings.opens(zone, at), why);
    if now < state.due_at {
        return wait(state.due_at, Wait::Due);
    }
    if !settings.is_open(zone, now) {
        return wait(now, Wait::Quiet);
    }
    if traffic.campaign_today >= settings.daily_cap {
        return Decision::WaitUntil(settings.next_day(now), Wait::CampaignCap);
    }
    if traffic.tenant_today >= traffic.tenant_cap {
        return Decision::WaitUntil(next_day_in_utc(now), Wait::TenantCap);
    }
    if let Some(free_at) = traffic.last_at.map(|last| last + gap(settings, traffic.chance))
        && now < free_at
    {
        return Decision::WaitUntil(free_at, Wait::Gap);
    }
    Decision::Send(state.step)
}

/// How long to wait before a message is tried again that was refused for the time being `failures` times: five minutes,
/// doubled each time, four hours at most. A greylisting server wants a few minutes, a full mailbox hours.
pub fn backoff(failures: u8) -> TimeDelta {
    let doublings = u32::from(failures.saturating_sub(1).min(6));
    TimeDelta::minutes((5 << doublings).min(240))
}

/// When the tenant's next day begins.
fn next_day_in_utc(now: DateTime<Utc>) -> DateTime<Utc> {
    const DAY: i64 = 86_400;
    now + TimeDelta::seconds(DAY - now.timestamp().rem_euclid(DAY))
}

fn stopped(state: &State, settings: &Settings) -> Option<StopReason> {
    let consented = state.consent == Some(ConsentState::Given);
    let withdrawn = state.consent == Some(ConsentState::Withdrawn);
    state.stopped.or(match () {
        () if state.suppressed => Some(StopReason::Suppressed),
        () if withdrawn || (settings.consent_required && !consented) => Some(StopReason::ConsentWithdrawn),
        () if state.failures > settings.retries => Some(StopReason::GaveUp),
        () => None,
    })
}

fn gap(settings: &Settings, chance: u32) -> TimeDelta {
    let jitter = u64::from(chance) % (u64::from(settings.jitter_seconds) + 1);
    TimeDelta::seconds(i64::from(settings.gap_seconds))
        + TimeDelta::seconds(i64::try_from(jitter).unwrap_or_default())
}

#[cfg(test)]
mod tests;
