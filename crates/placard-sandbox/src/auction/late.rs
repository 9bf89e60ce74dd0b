//! Conversions that become known after the click.

use crate::draw;

/// Days until every conversion is known.
pub(crate) const SETTLED_AFTER: i64 = 28;
/// Part of a day's conversions that is known on the day itself, in thousandths.
const KNOWN_AT_ONCE: i64 = 600;

/// Thousandths of a day's conversions that are known `age` days later: six tenths on the day itself, most
/// of the rest within a week, all after 28 days.
pub(crate) fn known_after(age: i64) -> i64 {
    let age = age.clamp(0, SETTLED_AFTER);
    let left = SETTLED_AFTER - age;
    let square = SETTLED_AFTER * SETTLED_AFTER;
    1000 - ((1000 - KNOWN_AT_ONCE) * left * left + square - 1) / square
}

/// Of `total` conversions those that are known `age` days later; `key` decides how rounding falls, always
/// the same way, so that figures only grow.
pub(crate) fn known(total: i64, age: i64, key: u64) -> i64 {
    let round_up_above = i64::try_from(draw::join(key, 0x1a7e) % 1000).unwrap_or(0);
    ((total * known_after(age) + round_up_above) / 1000).min(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_grow_from_six_tenths_to_all_within_28_days() {
        assert_eq!(known_after(0), 600);
        assert_eq!(known_after(28), 1000);
        assert_eq!(known_after(400), 1000);
        assert!((0..28).all(|age| known_after(age) < known_after(age + 1)));
    }
}
