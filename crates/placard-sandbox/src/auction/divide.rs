//! Divides an hour's figures among those who were shown an ad, so that all cuts add up to the same sums.

use super::chance::apportion;
use super::facts::Counts;
use crate::draw;

/// Whole parts of `total` by weight; units are drawn one by one, so that small totals favour nobody.
fn parts(total: i64, weights: &[f64], key: u64) -> Vec<i64> {
    /// Above this many, the bulk is divided and only the rest is drawn.
    const DRAWN: i64 = 60;
    let sum: f64 = weights.iter().sum();
    let mut out = vec![0_i64; weights.len()];
    if sum <= 0.0 || total <= 0 {
        return out;
    }
    let mut left = total;
    if total > DRAWN {
        for (part, weight) in out.iter_mut().zip(weights) {
            *part = (total as f64 * weight / sum).floor() as i64;
        }
        left -= out.iter().sum::<i64>();
    }
    for unit in 0..left {
        let mut at = draw::unit(draw::join(key, unit.unsigned_abs())) * sum;
        let index = weights.iter().position(|weight| {
            at -= weight;
            at < 0.0
        });
        let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        out[index.unwrap_or(last)] += 1;
    }
    out
}

/// Divides an hour's counts by weight: nobody clicks who saw nothing, and money goes where clicks are.
pub(crate) fn divide(counts: Counts, weights: &[f64], key: u64) -> Vec<Counts> {
    let float = |parts: &[i64]| parts.iter().map(|part| *part as f64).collect::<Vec<f64>>();
    let impressions = parts(counts.impressions, weights, draw::join(key, 1));
    let mut clicks = parts(counts.clicks, &float(&impressions), draw::join(key, 2));
    let mut over = 0;
    for (clicks, seen) in clicks.iter_mut().zip(&impressions) {
        over += (*clicks - seen).max(0);
        *clicks = (*clicks).min(*seen);
    }
    for (clicks, seen) in clicks.iter_mut().zip(&impressions) {
        let room = (seen - *clicks).min(over);
        *clicks += room;
        over -= room;
    }
    let paid = if counts.clicks > 0 { float(&clicks) } else { float(&impressions) };
    let cost = apportion(counts.cost_micros, &paid);
    let conversions = parts(counts.conversions, &paid, draw::join(key, 3));
    let value = apportion(counts.value_micros, &float(&conversions));
    (0..weights.len())
        .map(|index| Counts {
            impressions: impressions[index],
            clicks: clicks[index],
            cost_micros: cost[index],
            conversions: conversions[index],
            value_micros: value[index],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_add_up_and_nobody_clicks_who_saw_nothing(
            impressions in 0_i64..5000, clicks in 0_i64..300, key in 0_u64..1000,
            weights in prop::collection::vec(0.0_f64..5.0, 1..12),
        ) {
            let whole = Counts {
                impressions, clicks: clicks.min(impressions), cost_micros: clicks * 410_000, conversions: clicks / 9,
                value_micros: clicks / 9 * 7_000_000,
            };
            prop_assume!(weights.iter().sum::<f64>() > 0.0);
            let parts = divide(whole, &weights, key);
            let mut sum = Counts::default();
            for part in &parts {
                sum += *part;
                prop_assert!(part.clicks <= part.impressions);
            }
            if impressions > 0 {
                prop_assert_eq!(sum, whole);
            }
        }
    }
}
