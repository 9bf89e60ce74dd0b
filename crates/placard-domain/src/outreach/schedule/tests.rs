use super::*;
use crate::outreach::{Channel, Clock, QuietHours, Step, Template};
use chrono::NaiveDate;
use proptest::{collection::vec, prelude::*, sample::subsequence};
use std::collections::BTreeMap;

const ZONES: [Tz; 6] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
    Tz::Pacific__Apia,
];

fn sequence(delays: &[u32]) -> Sequence {
    let template = Template::parse("Hi", "{unsubscribe}").unwrap();
    let step =
        |delay: &u32| Step { delay_minutes: *delay, channel: Channel::Smtp, template: template.clone() };
    Sequence::new(delays.iter().map(step).collect()).unwrap()
}

fn fresh(now: DateTime<Utc>) -> State {
    State {
        campaign: OutreachStatus::Active,
        stopped: None,
        suppressed: false,
        consent: None,
        step: 0,
        due_at: now,
        failures: 0,
        zone: None,
    }
}

const NOTHING_YET: Traffic =
    Traffic { campaign_today: 0, tenant_today: 0, tenant_cap: 1_000, last_at: None, chance: 0 };

fn tuesday_noon() -> DateTime<Utc> {
    "2026-06-02T12:00:00Z".parse().unwrap()
}

fn decide(state: &State) -> Decision {
    next(state, &sequence(&[0]), &Settings::default(), &NOTHING_YET, tuesday_noon())
}

#[test]
fn whatever_stops_a_sequence_comes_before_its_next_message() {
    let state = fresh(tuesday_noon());
    assert_eq!(decide(&state), Decision::Send(0));
    for reason in StopReason::ALL {
        assert_eq!(decide(&State { stopped: Some(*reason), ..state }), Decision::Stop(*reason));
    }
    assert_eq!(decide(&State { suppressed: true, ..state }), Decision::Stop(StopReason::Suppressed));
    let withdrawn = State { consent: Some(ConsentState::Withdrawn), ..state };
    assert_eq!(decide(&withdrawn), Decision::Stop(StopReason::ConsentWithdrawn));
    assert_eq!(decide(&State { failures: 6, ..state }), Decision::Stop(StopReason::GaveUp));
    assert_eq!(decide(&State { campaign: OutreachStatus::Paused, ..state }), Decision::Rest);
}

#[test]
fn a_campaign_that_needs_consent_is_silent_without_it() {
    let settings = Settings { consent_required: true, ..Settings::default() };
    let now = tuesday_noon();
    let decide =
        |consent| next(&State { consent, ..fresh(now) }, &sequence(&[0]), &settings, &NOTHING_YET, now);
    assert_eq!(decide(None), Decision::Stop(StopReason::ConsentWithdrawn));
    assert_eq!(decide(Some(ConsentState::Given)), Decision::Send(0));
}

#[test]
fn retries_come_back_later_each_time_and_not_forever() {
    let minutes: Vec<i64> = (1..=8).map(|failures| backoff(failures).num_minutes()).collect();
    assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 240, 240]);
    assert_eq!(backoff(u8::MAX).num_minutes(), 240);
}

/// What happens to a message once it is sent.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Taken,
    Deferred,
    Reply,
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![6 => Just(Outcome::Taken), 2 => Just(Outcome::Deferred), 1 => Just(Outcome::Reply)]
}

prop_compose! {
    fn any_settings()(
        zone in proptest::sample::select(ZONES.to_vec()),
        quiet in proptest::option::of((0_u8..24, 0_u8..60, 0_u8..24, 0_u8..60)),
        days in subsequence(vec![1_u8, 2, 3, 4, 5, 6, 7], 1..=7),
        daily_cap in 1_u32..6,
        gap_seconds in 0_u32..7_200,
        jitter_seconds in 0_u32..600,
        retries in 0_u8..4,
    ) -> Settings {
        let hours = quiet.and_then(|(from, from_minute, until, until_minute)| {
            let quiet = QuietHours {
                from: Clock::new(from, from_minute)?,
                until: Clock::new(until, until_minute)?,
            };
            (quiet.from != quiet.until).then_some(quiet)
        });
        Settings {
            zone, quiet: hours, days, daily_cap, gap_seconds, jitter_seconds, retries, consent_required: false,
        }
    }
}

/// What a run of a campaign did.
#[derive(Default)]
struct Run {
    /// Recipient, step, moment, and whether it was taken.
    sent: Vec<(usize, u16, DateTime<Utc>, bool)>,
    ended: usize,
}

/// Runs a campaign on a clock of its own until nothing is left, or for a number of decisions that no run needs.
fn run(settings: &Settings, delays: &[u32], zones: &[Option<Tz>], fates: &[Outcome], tenant_cap: u32) -> Run {
    let start: DateTime<Utc> = "2026-03-27T10:17:00Z".parse().unwrap();
    let sequence = sequence(delays);
    let mut states: Vec<State> =
        zones.iter().map(|zone| State { zone: *zone, due_at: start, ..fresh(start) }).collect();
    let mut asked_at: Vec<Option<DateTime<Utc>>> = vec![Some(start); states.len()];
    let (mut run, mut by_day, mut by_tenant_day) = (Run::default(), BTreeMap::new(), BTreeMap::new());
    let mut last_at = None;
    let mut fates = fates.iter().cycle();
    for chance in 0..20_000 {
        let due = asked_at.iter().enumerate().filter_map(|(who, at)| at.map(|at| (at, who))).min();
        let Some((now, who)) = due else { return run };
        let state = &mut states[who];
        let traffic = Traffic {
            campaign_today: *by_day.entry(settings.day(now)).or_insert(0),
            tenant_today: *by_tenant_day.entry(now.date_naive()).or_insert(0),
            tenant_cap,
            last_at,
            chance,
        };
        match next(state, &sequence, settings, &traffic, now) {
            Decision::WaitUntil(at, _) => {
                assert!(at > now, "a wait goes forward");
                asked_at[who] = Some(at);
            }
            Decision::Send(step) => {
                *by_day.entry(settings.day(now)).or_default() += 1;
                *by_tenant_day.entry(now.date_naive()).or_default() += 1;
                last_at = Some(now);
                let fate = fates.next().copied().unwrap_or(Outcome::Taken);
                run.sent.push((who, step, now, !matches!(fate, Outcome::Deferred)));
                match fate {
                    Outcome::Deferred => {
                        state.failures += 1;
                        state.due_at = now + backoff(state.failures);
                    }
                    Outcome::Taken | Outcome::Reply => {
                        state.stopped = matches!(fate, Outcome::Reply).then_some(StopReason::Reply);
                        state.step += 1;
                        state.failures = 0;
                        state.due_at = now + sequence.step(state.step).map(Step::delay).unwrap_or_default();
                    }
                }
                asked_at[who] = Some(now);
            }
            Decision::Stop(_) | Decision::Finished => {
                run.ended += 1;
                asked_at[who] = None;
            }
            Decision::Rest => panic!("the campaign is active"),
        }
    }
    panic!("the campaign does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_campaign_keeps_its_hours_and_caps_says_nothing_twice_and_ends(
        settings in any_settings(),
        delays in vec(0_u32..5_000, 1..4),
        zones in vec(proptest::option::of(proptest::sample::select(ZONES.to_vec())), 1..8),
        fates in vec(outcomes(), 1..20),
        tenant_cap in 1_u32..8,
    ) {
        let run = run(&settings, &delays, &zones, &fates, tenant_cap);
        prop_assert_eq!(run.ended, zones.len());
        let (mut by_day, mut by_tenant_day) = (BTreeMap::<NaiveDate, u32>::new(), BTreeMap::<NaiveDate, u32>::new());
        let mut taken = std::collections::BTreeSet::new();
        for (who, step, at, arrived) in &run.sent {
            let zone = zones[*who].unwrap_or(settings.zone);
            prop_assert!(settings.is_open(zone, *at), "{} in {} is quiet", at, zone);
            *by_day.entry(settings.day(*at)).or_default() += 1;
            *by_tenant_day.entry(at.date_naive()).or_default() += 1;
            prop_assert!(!arrived || taken.insert((*who, *step)), "step {} to {} twice", step, who);
        }
        prop_assert!(by_day.values().all(|sent| *sent <= settings.daily_cap));
        prop_assert!(by_tenant_day.values().all(|sent| *sent <= tenant_cap));
        let gap = TimeDelta::seconds(settings.gap_seconds.into());
        prop_assert!(run.sent.windows(2).all(|two| two[1].2 - two[0].2 >= gap));
    }

    #[test]
    fn the_next_open_hour_is_open_and_none_before_it_is(
        settings in any_settings(),
        minutes in 0_i64..800_000,
        zone in proptest::sample::select(ZONES.to_vec()),
    ) {
        let at = tuesday_noon() + TimeDelta::minutes(minutes);
        let opens = settings.opens(zone, at);
        prop_assert!(opens >= at && settings.is_open(zone, opens));
        let mut before = at;
        while before < opens {
            prop_assert!(!settings.is_open(zone, before), "{} was open before {}", before, opens);
            before += TimeDelta::minutes(1);
        }
    }
}
