//! A file as Ads Manager exports it: one line for each ad and day.

use std::fmt::Write;

/// Days in the file; they touch four months.
pub(super) const DAYS: usize = 100;

const HEADER: &str = "Day,Campaign ID,Campaign name,Ad set ID,Ad set name,Ad ID,Ad name,Impressions,Clicks (all),\
                      Amount spent (EUR),Results,Conversion value\n";

/// In which order lines come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Day by day.
    ByDay,
    /// Ad by ad.
    ByAd,
}

/// A file of `rows` lines (a multiple of [`DAYS`]); the same numbers in either order.
pub(super) fn csv(rows: usize, order: Order) -> Vec<u8> {
    let ads = rows / DAYS;
    let mut text = String::with_capacity(rows * 160);
    text.push_str(HEADER);
    match order {
        Order::ByDay => (0..DAYS).for_each(|day| (0..ads).for_each(|ad| line(&mut text, ad, day))),
        Order::ByAd => (0..ads).for_each(|ad| (0..DAYS).for_each(|day| line(&mut text, ad, day))),
    }
    text.into_bytes()
}

fn line(text: &mut String, ad: usize, day: usize) {
    let (group, campaign) = (ad / 10, ad / 50);
    // Anything that looks like delivery: a few thousand impressions, a click in fifty, a result in thirty clicks.
    let draw = (ad as u64 * 1_000 + day as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let impressions = 500 + draw % 20_000;
    let clicks = impressions / 50 + draw % 7;
    let (cents, results) = (clicks * 37 + draw % 100, clicks / 30);
    let value = results * 4_999;
    let date = date(day);
    let _ = writeln!(
        text,
        "{date},{},Campaign {campaign},{},Ad set {group},{},Ad {ad},{impressions},{clicks},{}.{:02},{results},{}.{:02}",
        120_200_000_000_000_000 + campaign,
        120_300_000_000_000_000 + group,
        120_400_000_000_000_000 + ad,
        cents / 100,
        cents % 100,
        value / 100,
        value % 100,
    );
}

fn date(day: usize) -> chrono::NaiveDate {
    chrono::NaiveDate::default() + chrono::Days::new(20_665 + day as u64)
}
