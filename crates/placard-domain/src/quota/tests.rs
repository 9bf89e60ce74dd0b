use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn claim(holder: u64, windows: &[(u32, Duration)], least: u32, wanted: u32) -> Claim {
    Claim {
        holder,
        windows: windows.iter().map(|(calls, length)| Window { calls: *calls, length: *length }).collect(),
        learning: None,
        kept: Kept::NONE,
        least,
        wanted,
        hold: SECOND,
        made: Vec::new(),
        under_way: 0,
        regardless: false,
    }
}

fn made(ago_ms: u64, calls: u32) -> Made {
    Made { ago: Duration::from_millis(ago_ms), calls }
}

#[test]
fn what_was_made_comes_back_a_window_later_and_what_was_not_at_once() {
    let mut log = CallLog::default();
    let limit = [(10, SECOND)];
    assert_eq!(log.exchange(&claim(1, &limit, 1, 20), 0), Grant::Calls(10));
    let used = Claim { made: vec![made(0, 4)], ..claim(1, &limit, 1, 20) };
    assert_eq!(log.exchange(&used, 100), Grant::Calls(6));
    let used = Claim { made: vec![made(50, 6)], ..claim(1, &limit, 1, 20) };
    assert_eq!(log.exchange(&used, 200), Grant::After(Duration::from_millis(900)));
    assert_eq!(log.exchange(&claim(1, &limit, 1, 20), 1100), Grant::Calls(4));
}

#[test]
fn what_a_dead_process_held_counts_until_it_could_not_have_been_made_within_the_window() {
    let mut log = CallLog::default();
    let limit = [(10, SECOND)];
    assert_eq!(log.exchange(&claim(1, &limit, 1, 10), 0), Grant::Calls(10));
    assert_eq!(log.exchange(&claim(2, &limit, 1, 10), 1500), Grant::After(Duration::from_millis(500)));
    assert_eq!(log.exchange(&claim(2, &limit, 1, 10), 2000), Grant::Calls(10));
}

#[test]
fn every_window_holds_and_the_longest_wait_counts() {
    let mut log = CallLog::default();
    let limits = [(10, SECOND), (15, MINUTE)];
    assert_eq!(log.exchange(&claim(1, &limits, 1, 99), 0), Grant::Calls(10));
    let used = Claim { made: vec![made(0, 10)], ..claim(1, &limits, 1, 99) };
    assert_eq!(log.exchange(&used, 1000), Grant::After(SECOND));
    assert_eq!(log.exchange(&claim(1, &limits, 1, 99), 2000), Grant::Calls(5));
    let used = Claim { made: vec![made(0, 5)], ..claim(1, &limits, 1, 99) };
    assert_eq!(log.exchange(&used, 4000), Grant::After(Duration::from_secs(57)));
}

#[test]
fn publishing_leaves_what_a_stop_finds() {
    let kept = Kept { percent: 5, least: 12, passing: Duration::from_secs(1) };
    let open = |calls, seconds| kept.open(Window { calls, length: Duration::from_secs(seconds) }).calls;
    assert_eq!([1000, 100, 8, 1].map(|calls| open(calls, 60)), [950, 88, 6, 1]);
    assert_eq!(open(10, 1), 10, "a window that is over soon is used whole");
    let mut log = CallLog::default();
    let limit = [(100, MINUTE)];
    assert_eq!(log.exchange(&Claim { kept, ..claim(1, &limit, 1, 500) }, 0), Grant::Calls(88));
    assert!(matches!(log.exchange(&Claim { kept, ..claim(2, &limit, 1, 500) }, 1), Grant::After(_)));
    assert_eq!(log.exchange(&claim(3, &limit, 4, 12), 1), Grant::Calls(12));
    let stop = Claim { regardless: true, ..claim(4, &limit, 3, 3) };
    assert_eq!(log.exchange(&stop, 2), Grant::Calls(3), "even a full limit lets a stop go out");
}

#[test]
fn a_wish_for_more_than_the_limit_waits_until_it_is_untouched() {
    let mut log = CallLog::default();
    let limit = [(10, MINUTE)];
    assert_eq!(log.exchange(&claim(1, &limit, 1, 1), 0), Grant::Calls(1));
    assert_eq!(log.exchange(&claim(2, &limit, 40, 40), 0), Grant::After(Duration::from_secs(61)));
    assert_eq!(log.exchange(&claim(2, &limit, 40, 40), 61_000), Grant::Calls(40));
}

#[test]
fn a_refusal_closes_for_everybody_and_teaches_a_limit_that_nobody_publishes() {
    let learning = Some(Learning { length: MINUTE, floor: 20 });
    let ask = |holder| Claim { learning, ..claim(holder, &[], 1, 500) };
    let mut log = CallLog::default();
    assert_eq!(log.exchange(&ask(1), 0), Grant::Calls(500));
    log.exchange(&Claim { made: vec![made(0, 200)], wanted: 1, ..ask(1) }, 1000);
    log.exchange(&ask(1), 1000);
    log.exchange(&Claim { wanted: 1, made: vec![made(0, 1)], ..ask(1) }, 1000);
    log.refused(MINUTE, learning, 2000);
    assert_eq!(log.exchange(&ask(2), 2000), Grant::Closed(MINUTE));
    assert_eq!(log.exchange(&ask(2), 62_000), Grant::Calls(191), "95 of 100 of the 202 that were too many");
}

#[test]
fn what_was_learnt_is_tried_again_in_time_and_at_last_forgotten() {
    let learning = Some(Learning { length: MINUTE, floor: 100 });
    let mut log = CallLog::default();
    log.refused(MINUTE, learning, 0);
    let ask = |holder| Claim { learning, ..claim(holder, &[], 1, 500) };
    let at = |minutes: i64| log.clone().exchange(&ask(1), minutes * 60_000);
    assert_eq!([at(1), at(60), at(120)], [Grant::Calls(100), Grant::Calls(110), Grant::Calls(120)]);
    assert_eq!(at(1440), Grant::Calls(500));
}

#[test]
fn a_day_of_calls_stays_small() {
    let mut log = CallLog::default();
    let limit = [(1_000_000, Duration::from_secs(86_400))];
    for call in 0..86_400_i64 {
        let used = Claim { made: vec![made(0, 5)], ..claim(1, &limit, 1, 1) };
        log.exchange(&used, call * 1000);
    }
    assert!(log.taken.len() < 1200, "{} entries", log.taken.len());
    assert!(log.within(Duration::from_secs(86_400), 86_399_000) >= 431_000, "and none is lost");
}

proptest! {
    /// Two processes that make what they were given, late, early or never, and tell of it late.
    #[test]
    fn no_window_ever_holds_more_calls_than_its_limit(
        acts in proptest::collection::vec((0..2_usize, 0..400_i64, 1..8_u32, 0..8_u32, any::<bool>()), 1..120),
        limit in 1..12_u32,
    ) {
        let limits = [(limit, SECOND), (limit * 5, Duration::from_secs(10))];
        let mut log = CallLog::default();
        let mut calls: Vec<i64> = Vec::new();
        let mut untold: [Vec<i64>; 2] = Default::default();
        let mut now = 0;
        for (who, later, wanted, used, tells) in acts {
            now += later;
            let ago = |at: &i64| made((now - at) as u64, 1);
            let told = untold[who].drain(..).map(|at| ago(&at)).collect();
            let ask = Claim { made: told, ..claim(who as u64, &limits, 1, wanted) };
            let Grant::Calls(given) = log.exchange(&ask, now) else { continue };
            for number in 0..given.min(used) {
                let at = now + i64::from(number) * 7;
                calls.push(at);
                untold[who].push(at);
            }
            // What was made in between is told of with the next claim, or the process is another one by then.
            now += i64::from(given.min(used)) * 7;
            if !tells {
                log.taken.iter_mut().filter(|taken| taken.by == Some(who as u64)).for_each(|taken| {
                    taken.by = Some(u64::MAX);
                });
                untold[who].clear();
            }
        }
        for (most, length) in limits {
            for from in &calls {
                let inside = calls.iter().filter(|at| **at >= *from && **at < from + millis(length)).count();
                prop_assert!(inside <= most as usize, "{inside} calls within {length:?}, of {most}");
            }
        }
    }
}
