//! Series of sums, for sparklines.

use placard_domain::metric::{Additivity, Metric, Sums};
use rust_decimal::Decimal;

/// `metric` over `days` in at most `points` stretches of equal length: of a ratio the ratio of each stretch's sums, of
/// a sum the mean day.
pub(crate) fn series(days: &[Sums], metric: &Metric, points: usize) -> Vec<Option<Decimal>> {
    let size = days.len().div_ceil(points.max(1)).max(1);
    let is_ratio = matches!(metric.additivity, Additivity::Ratio { .. });
    let value = |stretch: &[Sums]| {
        let mut sums = Sums::default();
        stretch.iter().try_for_each(|day| sums.add(day)).ok()?;
        let value = sums.value(metric)?;
        if is_ratio { Some(value) } else { value.checked_div(Decimal::from(stretch.len())) }
    };
    days.chunks(size).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::metric;

    #[test]
    fn a_stretch_of_days_has_the_ratio_of_its_sums() {
        let day = |spend, conversions| Sums { spend, conversions, ..Sums::default() };
        let days = [
            day(Decimal::TEN, Decimal::ONE),
            day(Decimal::TEN, Decimal::from(4)),
            day(Decimal::TEN, Decimal::ZERO),
        ];
        let of = |name| series(&days, metric::find(name).unwrap(), 2);
        assert_eq!(of("cpa"), [Some(Decimal::from(4)), None]);
        assert_eq!(of("conversions"), [Some(Decimal::new(25, 1)), Some(Decimal::ZERO)]);
    }
}
