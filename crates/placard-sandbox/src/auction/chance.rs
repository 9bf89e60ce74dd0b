//! Whole numbers from rates: draws and shares.

use crate::draw;

/// A Poisson draw; the normal approximation serves large means.
pub(crate) fn poisson(mean: f64, key: u64) -> i64 {
    if mean <= 0.0 {
        return 0;
    }
    if mean > 30.0 {
        let (u, v) = (draw::unit(draw::join(key, 1)).max(1e-12), draw::unit(draw::join(key, 2)));
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        return (mean + normal * mean.sqrt()).round().max(0.0) as i64;
    }
    let (mut left, mut chance, mut count) = (draw::unit(key), (-mean).exp(), 0_i64);
    while left > chance && count < 200 {
        left -= chance;
        count += 1;
        chance *= mean / count as f64;
    }
    count
}

/// Divides `total` by `weights` so that the parts are whole and add up: each gets its floor, the largest
/// remainders get the rest, ties going to the first.
pub(crate) fn apportion(total: i64, weights: &[f64]) -> Vec<i64> {
    let sum: f64 = weights.iter().sum();
    let mut parts = vec![0_i64; weights.len()];
    if total == 0 || weights.is_empty() {
        return parts;
    }
    let exact = |weight: f64| if sum > 0.0 { total as f64 * weight / sum } else { 0.0 };
    let mut order: Vec<(usize, f64)> = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        parts[index] = exact(*weight).floor() as i64;
        order.push((index, exact(*weight).fract()));
    }
    order.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let mut left = total - parts.iter().sum::<i64>();
    let eligible: Vec<usize> =
        order.iter().map(|(index, _)| *index).filter(|index| sum <= 0.0 || weights[*index] > 0.0).collect();
    for index in eligible.iter().cycle() {
        if left == 0 {
            break;
        }
        parts[*index] += left.signum();
        left -= left.signum();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn poisson_draws_have_the_mean_asked_for() {
        for mean in [0.3, 4.0, 60.0] {
            let sum: i64 = (0..4000).map(|n| poisson(mean, draw::join(9, n))).sum();
            let seen = sum as f64 / 4000.0;
            assert!((seen - mean).abs() < mean.sqrt() * 0.08, "{mean} {seen}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_whole_and_add_up(total in 0_i64..100_000, weights in prop::collection::vec(0.0_f64..10.0, 1..20)) {
            let parts = apportion(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            prop_assert!(parts.iter().all(|part| *part >= 0));
        }

        #[test]
        fn a_part_without_weight_gets_nothing(total in 1_i64..1000, weight in 0.1_f64..5.0) {
            prop_assert_eq!(apportion(total, &[0.0, weight, 0.0]), vec![0, total, 0]);
        }
    }
}
