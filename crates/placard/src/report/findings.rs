//! What stands out, in sentences that the numbers carry.

use super::{EntityRow, Head, Section, SegmentRow, format};
use placard_domain::metric::Level;
use rust_decimal::Decimal;

/// A price from fewer conversions says little about the next one.
const ENOUGH_CONVERSIONS: i64 = 30;

/// Less spend than this without a conversion is what one must expect.
const BARREN_PERCENT: i64 = 2;

/// The period in one sentence.
pub(crate) fn summary(section: &Section) -> String {
    let (totals, currency) = (&section.totals, section.currency);
    let spend = format::money(totals.spend, currency);
    let Some(cpa) = totals.named("cpa") else {
        let clicks = format::quantity(totals.clicks.into());
        return format!("{spend} {currency} brought {clicks} clicks and no conversion yet.");
    };
    let price = format::unit_price(cpa, currency);
    let conversions = format::quantity(totals.conversions);
    let value = totals.named("roas").filter(|roas| !roas.is_zero()).map_or_else(String::new, |roas| {
        let value = format::money(totals.conversion_value, currency);
        format!(", worth {value}: {} for each {currency} spent", format::grouped(roas, 2))
    });
    format!("{spend} {currency} brought {conversions} conversions at {price} each{value}.")
}

/// What stands out: where the money went, who costs least, what came to nothing.
pub(crate) fn of(head: &Head, section: &Section) -> Vec<String> {
    let findings = [change(head, section), concentration(section), audience(section), barren(section)];
    findings.into_iter().flatten().collect()
}

/// Spend, conversions and their price against the previous period.
fn change(head: &Head, section: &Section) -> Option<String> {
    let (before, now) = (section.previous?, &section.totals);
    let change = |name| format::change(now.named(name)?, before.named(name)?);
    let price =
        change("cpa").map_or_else(String::new, |price| format!(", the price of a conversion {price}"));
    Some(format!(
        "Spend {}, conversions {}{price}, compared with {}.",
        change("spend")?,
        change("conversions")?,
        head.previous?
    ))
}

/// The campaign with most of the spend, against the cheapest of the others.
fn concentration(section: &Section) -> Option<String> {
    let table = section.entities.iter().find(|table| table.level == Level::Campaign)?;
    let (first, others) = table.rows.split_first()?;
    let share = first.sums.spend.checked_div(section.totals.spend)?;
    let price = first.sums.named("cpa")?;
    let cheapest = others.iter().filter(|row| is_enough(row.sums.conversions));
    let cheapest = cheapest.min_by_key(|row| row.sums.named("cpa"))?;
    let low = cheapest.sums.named("cpa").filter(|low| stands_out(*low, price))?;
    Some(format!(
        "Campaign {} took {} of the spend. A conversion cost {} there and {} in campaign {}.",
        first.label(),
        format::share(share),
        format::unit_price(price, section.currency),
        format::unit_price(low, section.currency),
        cheapest.label(),
    ))
}

/// The part of the audience whose conversions cost least, and the one whose cost most.
fn audience(section: &Section) -> Option<String> {
    let mut priced: Vec<(Decimal, &SegmentRow)> = section
        .segments
        .iter()
        .filter(|row| is_enough(row.sums.conversions))
        .filter_map(|row| Some((row.sums.named("cpa")?, row)))
        .collect();
    priced.sort_by_key(|(price, _)| *price);
    let ((low, cheapest), (high, dearest)) = (priced.first()?, priced.last()?);
    if !stands_out(*low, *high) {
        return None;
    }
    Some(format!(
        "Conversions were cheapest from {} at {} and dearest from {} at {}.",
        people(cheapest),
        format::unit_price(*low, section.currency),
        people(dearest),
        format::unit_price(*high, section.currency),
    ))
}

/// Spend of the lowest level that brought no conversion at all.
fn barren(section: &Section) -> Option<String> {
    let table = section.entities.last()?;
    let barren: Vec<&EntityRow> =
        table.rows.iter().filter(|row| row.sums.conversions.is_zero() && !row.sums.spend.is_zero()).collect();
    let spend = barren.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.sums.spend))?;
    let share = spend.checked_div(section.totals.spend)?;
    let noun = super::model::plural(table.level).to_lowercase();
    (share >= Decimal::new(BARREN_PERCENT, 2)).then(|| {
        let (count, all) = (format::quantity(barren.len().into()), format::quantity(table.rows.len().into()));
        format!(
            "{count} of {all} {noun} spent {} ({}) without a conversion.",
            format::money(spend, section.currency),
            format::share(share)
        )
    })
}

/// Whether the low price is at least a quarter under the high one.
fn stands_out(low: Decimal, high: Decimal) -> bool {
    high.checked_sub(low).is_some_and(|gap| gap * Decimal::from(4) >= high)
}

fn is_enough(conversions: Decimal) -> bool {
    conversions >= Decimal::from(ENOUGH_CONVERSIONS)
}

fn people(row: &SegmentRow) -> String {
    let who = match row.gender.as_deref() {
        Some("female") => "women",
        Some("male") => "men",
        Some(_) | None => "people",
    };
    row.age.as_ref().map_or_else(|| who.to_owned(), |age| format!("{who} {age}"))
}
