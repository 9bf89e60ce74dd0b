//! How a day's budget is spread over its hours.

use chrono::{DateTime, TimeDelta, Utc};

use super::market;
use crate::draw;

/// Time passes in quarters of an hour: platforms refresh their figures about this often.
pub(crate) const TICK: TimeDelta = TimeDelta::minutes(15);
const TICK_S: i64 = 15 * 60;

/// The first tick that is not before `time`.
pub(crate) fn next_tick(time: DateTime<Utc>) -> DateTime<Utc> {
    let past = time.timestamp().rem_euclid(TICK_S);
    if past == 0 { time } else { time + TimeDelta::seconds(TICK_S - past) }
}

/// What is left of the day's attention from `hour` on.
fn attention_left(hour: usize, quarter: usize) -> f64 {
    let rest: f64 = market::HOURS[hour + 1..].iter().sum();
    rest + market::HOURS[hour] * (4 - quarter) as f64 / 4.0
}

/// Part of what is left of a day's money that belongs to a quarter of an hour.
pub(crate) fn part(hour: usize, quarter: usize) -> f64 {
    (market::HOURS[hour] / 4.0 / attention_left(hour, quarter)).min(1.0)
}

/// How far a day strays from its budget: most stay near it; now and then one uses the flex that platforms
/// allow.
pub(crate) fn wobble(key: u64) -> f64 {
    if draw::unit(key) < 0.08 { draw::between(key ^ 1, 1.2, 1.7) } else { draw::between(key ^ 1, 0.9, 1.1) }
}
