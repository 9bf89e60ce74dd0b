use super::*;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

fn today() -> NaiveDate {
    "2026-11-20".parse().unwrap()
}

fn rate(from: &str, to: &str, date: NaiveDate, rate: &str) -> ExchangeRate {
    ExchangeRate::new(from.parse().unwrap(), to.parse().unwrap(), date, rate.parse().unwrap()).unwrap()
}

fn rates(known: Vec<ExchangeRate>) -> Rates {
    Rates { known, today: today(), max_age_days: 7 }
}

fn ceiling(minor: i64, code: &str) -> Ceiling {
    Ceiling { scope: Scope::Tenant, daily: money(minor, code) }
}

#[test]
fn a_ceiling_admits_up_to_its_last_cent_and_no_further() {
    let (ceiling, none) = (ceiling(10_000, "EUR"), rates(Vec::new()));
    assert_eq!(ceiling.admit(&[money(4_000, "EUR")], money(6_000, "EUR"), &none), Ok(()));
    let refused = ceiling.admit(&[money(4_000, "EUR")], money(6_001, "EUR"), &none).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this would commit 100.01 EUR a day; the ceiling for everything is 100.00 EUR \
         (others have committed 40.00 EUR, and 60.01 EUR is wanted)"
    );
}

#[test]
fn another_currency_is_converted_up_and_the_rate_is_named() {
    let known = rates(vec![rate("EUR", "USD", today(), "1.08")]);
    // 108.01 USD are 100.0092… EUR, which is 100.01.
    assert_eq!(ceiling(10_001, "EUR").admit(&[], money(10_801, "USD"), &known), Ok(()));
    let refused = ceiling(10_000, "EUR").admit(&[], money(10_801, "USD"), &known).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this would commit 100.01 EUR a day; the ceiling for everything is 100.00 EUR \
         (108.01 USD is wanted); 1 EUR = 1.08 USD on 2026-11-20"
    );
}

#[test]
fn a_missing_or_old_rate_is_refused_with_its_pair_and_date() {
    let week = today() - Days::new(7);
    let young = rates(vec![rate("USD", "EUR", week, "0.9")]);
    assert_eq!(ceiling(10_000, "EUR").admit(&[], money(100, "USD"), &young), Ok(()));
    let old = rates(vec![rate("USD", "EUR", week - Days::new(1), "0.9")]);
    let refused = ceiling(10_000, "EUR").admit(&[], money(100, "USD"), &old).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the ceiling for everything is in EUR: there is no rate from USD to EUR for 2026-11-20; \
         the newest is of 2026-11-12 and may be 7 days old at most"
    );
    let refused = ceiling(10_000, "EUR").admit(&[], money(100, "USD"), &rates(Vec::new())).unwrap_err();
    assert!(refused.to_string().ends_with("there is no rate from USD to EUR for 2026-11-20"), "{refused}");
}

#[test]
fn the_newest_rate_counts_and_one_of_tomorrow_does_not() {
    let day = |back| today() - Days::new(back);
    let known = rates(vec![
        rate("USD", "EUR", day(3), "0.5"),
        rate("EUR", "USD", day(1), "4"),
        rate("USD", "EUR", today() + Days::new(1), "9"),
    ]);
    let converted = known.convert(money(400, "USD"), "EUR".parse().unwrap()).unwrap();
    assert_eq!(converted.amount, money(100, "EUR"));
}

#[test]
fn a_rate_is_positive_sensible_and_between_two_currencies() {
    let make = |to: &str, rate: &str| {
        ExchangeRate::new("EUR".parse().unwrap(), to.parse().unwrap(), today(), rate.parse().unwrap())
    };
    assert!(make("USD", "1.08").is_ok());
    for wrong in ["0", "-1", "1000001", "1.00000000001"] {
        assert!(make("USD", wrong).is_err(), "{wrong}");
    }
    assert!(make("EUR", "1").is_err());
}

#[test]
fn a_scope_covers_what_it_names() {
    let account = |id: &str| AccountRef { platform: crate::Platform::Meta, id: id.into() };
    let campaign = |id: u128| CampaignId(uuid::Uuid::from_u128(id));
    assert!(Scope::Tenant.covers(campaign(1), &account("a")));
    assert!(Scope::Account(account("a")).covers(campaign(1), &account("a")));
    assert!(!Scope::Account(account("a")).covers(campaign(1), &account("b")));
    assert!(Scope::Campaign(campaign(1)).covers(campaign(1), &account("b")));
    assert!(!Scope::Campaign(campaign(1)).covers(campaign(2), &account("b")));
}

proptest! {
    /// The converted amount is worth at least the original, and less than one minor unit more.
    #[test]
    fn converting_rounds_up_by_less_than_a_minor_unit(
        minor in 0_i64..10_000_000_000,
        mantissa in 1_i64..1_000_000,
        scale in 0_u32..=6,
        pair in prop::sample::select(vec![("EUR", "USD"), ("EUR", "JPY"), ("JPY", "KWD"), ("KWD", "EUR")]),
        backwards in any::<bool>(),
    ) {
        let value = Decimal::new(mantissa, scale);
        prop_assume!(ExchangeRate::new(pair.0.parse().unwrap(), pair.1.parse().unwrap(), today(), value).is_ok());
        let known = rates(vec![rate(pair.0, pair.1, today(), &value.to_string())]);
        let (from, to) = if backwards { (pair.1, pair.0) } else { pair };
        let amount = money(minor, from);
        let converted = known.convert(amount, to.parse().unwrap()).unwrap().amount;
        // Compared in the currency in which the rate multiplies, so that nothing here divides.
        let (cheap, dear) = if backwards { (converted, amount) } else { (amount, converted) };
        let worth = |money: Money| money.to_major() * value;
        if backwards {
            prop_assert!(worth(cheap) >= dear.to_major());
            let less = Money::new(cheap.minor() - 1, cheap.currency());
            prop_assert!(worth(less) < dear.to_major());
        } else {
            prop_assert!(dear.to_major() >= worth(cheap));
            let less = Money::new(dear.minor() - 1, dear.currency());
            prop_assert!(less.to_major() < worth(cheap));
        }
    }

    /// Whatever is admitted one after the other never stands above the ceiling.
    #[test]
    fn what_is_admitted_step_by_step_stays_under_the_ceiling(
        limit in 0_i64..100_000,
        wishes in prop::collection::vec((0_i64..50_000, 0_usize..5), 1..40),
    ) {
        let (ceiling, none) = (ceiling(limit, "EUR"), rates(Vec::new()));
        let mut committed = [0_i64; 5];
        for (wish, slot) in wishes {
            let others: i64 = committed.iter().sum::<i64>() - committed[slot];
            if ceiling.admit(&[money(others, "EUR")], money(wish, "EUR"), &none).is_ok() {
                committed[slot] = wish;
            }
            prop_assert!(committed.iter().sum::<i64>() <= limit);
        }
    }
}
