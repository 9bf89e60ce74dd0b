//! From numbers to places on a chart. Floats appear only here, as pixels.

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// An axis from zero to a round number, in round steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    top: Decimal,
    step: Decimal,
}

/// Steps that people count in, times a power of ten.
const NICE: [(i64, u32); 7] = [(1, 0), (2, 0), (25, 1), (3, 0), (4, 0), (5, 0), (10, 0)];

impl Scale {
    /// An axis that reaches `max` with little to spare.
    pub(super) fn to(max: Decimal, is_whole: bool) -> Self {
        let scales = (3..=6).map(|intervals| Self::with(max, intervals, is_whole));
        scales.min_by_key(|scale| scale.top).unwrap_or(Self { top: Decimal::ONE, step: Decimal::ONE })
    }

    /// Two axes with equally many steps, so that they share their grid lines.
    pub(super) fn pair(left: (Decimal, bool), right: (Decimal, bool)) -> (Self, Self) {
        let pairs = (3..=6).map(|n| (Self::with(left.0, n, left.1), Self::with(right.0, n, right.1)));
        let spare = |scale: &Self, max: Decimal| scale.top.checked_div(max).unwrap_or(Decimal::ONE);
        let best = pairs.min_by_key(|(l, r)| spare(l, left.0) + spare(r, right.0));
        best.unwrap_or((Self::to(left.0, left.1), Self::to(right.0, right.1)))
    }

    fn with(max: Decimal, intervals: u32, is_whole: bool) -> Self {
        let intervals = Decimal::from(intervals);
        let step = nice_above(max / intervals, is_whole);
        Self { top: step * intervals, step }
    }

    /// The marks from zero to the top.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Decimal> {
        let (top, step) = (self.top, self.step);
        std::iter::successors(Some(Decimal::ZERO), move |tick| Some(*tick + step))
            .take_while(move |tick| *tick <= top)
    }

    /// Where `value` is between the bottom (0) and the top (1).
    pub(super) fn place(&self, value: Decimal) -> f64 {
        fraction(value, self.top)
    }
}

/// `part` of `whole`, between 0 and 1.
pub(super) fn fraction(part: Decimal, whole: Decimal) -> f64 {
    let share = part.checked_div(whole).and_then(|share| share.to_f64()).unwrap_or(0.0);
    share.clamp(0.0, 1.0)
}

/// The smallest round number that is at least `raw`.
fn nice_above(raw: Decimal, is_whole: bool) -> Decimal {
    let smallest = if is_whole { Decimal::ONE } else { Decimal::new(1, 4) };
    let mut power = smallest;
    while power * Decimal::TEN < raw {
        power *= Decimal::TEN;
    }
    let nice = NICE.into_iter().map(|(digits, scale)| Decimal::new(digits, scale) * power);
    let mut fitting = nice.filter(|step| *step >= raw && (!is_whole || step.fract().is_zero()));
    fitting.next().unwrap_or(power * Decimal::TEN)
}

/// A coordinate as SVG wants it.
pub(super) fn px(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn axes_end_on_round_numbers() {
        let top = |max: i64| Scale::to(Decimal::from(max), true).top;
        assert_eq!((top(2796), top(157), top(3), top(0)), (3000.into(), 160.into(), 3.into(), 3.into()));
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_numbers_and_wastes_less_than_half(minor in 1_i64..1_000_000_000_000) {
            let max = Decimal::new(minor, 2);
            let scale = Scale::to(max, false);
            prop_assert!(scale.top >= max && scale.top <= max * Decimal::TWO);
            prop_assert!((4..=7).contains(&scale.ticks().count()));
        }

        #[test]
        fn two_axes_share_their_grid(left in 1_i64..1_000_000_000, right in 1_i64..100_000) {
            let (left, right) = Scale::pair((Decimal::new(left, 2), false), (right.into(), true));
            prop_assert_eq!(left.ticks().count(), right.ticks().count());
        }
    }
}
