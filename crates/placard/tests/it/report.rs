//! Reports of fixed data, and of the real export.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

use chrono::{DateTime, NaiveDate, Utc};
use placard::{
    import::{self, Import},
    report::{Builder, EntityRef, Head, Period, ReportData, csv, html, json, terminal},
};
use placard_domain::{
    Currency, Platform,
    metric::{Level, Sums},
};
use rust_decimal::Decimal;
use std::fs::File;

const KAG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/kag_conversion_data.csv");

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn period(since: &str, until: &str) -> Period {
    Period { since: day(since), until: day(until) }
}

fn kag() -> Import {
    let options = import::Options { currency: Some(currency("USD")), ..import::Options::default() };
    import::read(File::open(KAG).unwrap(), &options).unwrap()
}

fn kag_report() -> ReportData {
    let mut head =
        Head::new("Sales conversion, August", period("2023-08-01", "2023-08-31"), at("2023-09-01T08:00:00Z"));
    head.account = Some("KAG".to_owned());
    let mut builder = Builder::new(head);
    builder.import(&kag()).unwrap();
    builder.build().unwrap()
}

fn sums(impressions: i64, clicks: i64, spend: &str, conversions: i64, value: &str) -> Sums {
    Sums {
        impressions,
        clicks,
        spend: spend.parse().unwrap(),
        conversions: conversions.into(),
        conversion_value: value.parse().unwrap(),
    }
}

/// Two currencies, four days, a previous period, a restatement and a provisional day.
fn small() -> ReportData {
    let mut head = Head::new("Autumn shoes", period("2026-10-01", "2026-10-04"), at("2026-10-05T06:00:00Z"));
    head.account = Some("Shoes DE".to_owned());
    head.zone = Some(chrono_tz::Europe::Berlin);
    head.previous = Some(period("2026-09-27", "2026-09-30"));
    head.settled_until = Some(day("2026-10-02"));
    let mut builder = Builder::new(head);
    let eur = currency("EUR");
    for (date, ad, name, age, gender, numbers) in [
        ("2026-10-01", "101", "Clip A", "18-24", "female", sums(12_000, 240, "61.20", 12, "480")),
        (
            "2026-10-01",
            "102",
            "Clip B with a rather long name",
            "25-34",
            "male",
            sums(9_000, 90, "40.155", 2, "96.5"),
        ),
        ("2026-10-02", "101", "Clip A", "18-24", "female", sums(14_500, 301, "75.00", 17, "702.25")),
        (
            "2026-10-04",
            "102",
            "Clip B with a rather long name",
            "25-34",
            "male",
            sums(4_000, 31, "20.10", 0, "0"),
        ),
        ("2026-10-04", "103", "東京 =clip", "25-34", "female", sums(800, 4, "1.5", 0, "0")),
    ] {
        let platform = Some(Platform::Meta);
        let ad = EntityRef { id: ad, name: Some(name), parent: Some("Runners"), platform };
        builder.day(eur, day(date), &numbers).unwrap();
        builder.entity(eur, Level::Ad, ad, day(date), &numbers).unwrap();
        builder.segment(eur, (Some(age), Some(gender)), day(date), &numbers).unwrap();
    }
    builder.day(eur, day("2026-09-28"), &sums(30_000, 500, "150", 20, "800")).unwrap();
    builder.day(eur, day("2026-08-01"), &sums(1, 1, "1", 1, "1")).unwrap();
    builder.earlier(eur, at("2026-10-04T06:00:00Z"), sums(40_300, 666, "197.955", 28, "1200"));
    for date in period("2026-10-01", "2026-10-04").days() {
        builder.day(currency("JPY"), date, &sums(1_000, 10, "1250", 1, "0")).unwrap();
    }
    builder.build().unwrap()
}

#[test]
fn a_terminal_shows_totals_days_entities_and_segments() {
    insta::assert_snapshot!(terminal::render(&small(), terminal::Options::default()));
}

#[test]
fn a_narrow_terminal_keeps_what_matters_and_no_line_is_too_long() {
    for width in [36, 48, 60, 80, 132] {
        let text =
            terminal::render(&kag_report(), terminal::Options { width, ..terminal::Options::default() });
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width, "{longest} > {width}");
        assert!(text.contains("Spend") && text.contains("Conversions"));
    }
    let narrow = terminal::Options { width: 48, rows: 3, colour: false };
    insta::assert_snapshot!(terminal::render(&kag_report(), narrow));
}

#[test]
fn colour_is_only_added_and_only_on_request() {
    let plain = terminal::render(&small(), terminal::Options::default());
    let colour =
        terminal::render(&small(), terminal::Options { colour: true, ..terminal::Options::default() });
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = String::new();
    for (place, part) in colour.split("\u{1b}[").enumerate() {
        stripped.push_str(if place == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain);
}

#[test]
fn programs_get_exact_numbers() {
    insta::assert_snapshot!(json::render(&small()).unwrap());
}

#[test]
fn spreadsheets_get_one_table_in_which_no_name_is_a_formula() {
    let mut report = small();
    report.sections[0].entities[0].rows[0].name = Some("=HYPERLINK(\"x\")".to_owned());
    let mut table = Vec::new();
    csv::write(&mut table, &report).unwrap();
    insta::assert_snapshot!(String::from_utf8(table).unwrap());
}

#[test]
fn currencies_have_sections_of_their_own_and_are_never_added() {
    let report = small();
    let spend: Vec<String> = report
        .sections
        .iter()
        .map(|section| format!("{} {}", section.totals.spend, section.currency))
        .collect();
    assert_eq!(spend, ["197.955 EUR", "5000 JPY"]);
}

#[test]
fn every_cut_of_the_real_export_adds_up_to_its_totals() {
    let report = kag_report();
    let [section] = report.sections.as_slice() else { panic!("one currency") };
    let expected = sums(213_434_828, 38_165, "58705.229958205", 3_264, "0");
    assert_eq!(section.totals, expected);
    let add = |cut: &mut dyn Iterator<Item = &Sums>| {
        cut.fold(Sums::default(), |mut total, sums| {
            total.add(sums).unwrap();
            total
        })
    };
    assert_eq!(add(&mut section.daily.iter().map(|day| &day.sums)), expected);
    assert_eq!(add(&mut section.segments.iter().map(|row| &row.sums)), expected);
    let counts: Vec<usize> = section.entities.iter().map(|table| table.rows.len()).collect();
    assert_eq!(counts, [3, 691, 1143]);
    for table in &section.entities {
        assert_eq!(add(&mut table.rows.iter().map(|row| &row.sums)), expected);
    }
    assert_eq!(section.totals.named("cpa").map(|cpa| cpa.round_dp(4)), Some(Decimal::new(179_857, 4)));
}

/// A page to look at: `target/report-preview.html` is the real export, `target/report-preview-small.html` has a
/// previous period, a restatement, provisional days and two currencies.
#[test]
fn a_page_needs_nothing_but_itself() {
    let target = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::fs::create_dir_all(&target).unwrap();
    for (name, report) in [("report-preview.html", kag_report()), ("report-preview-small.html", small())] {
        let page = html::render(&report);
        std::fs::write(target.join(name), &page).unwrap();
        for outside in ["http://", "https://", "src=", "<link", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}

#[test]
fn a_page_says_the_totals_and_shows_every_chart() {
    let page = html::render(&kag_report());
    for said in [
        "58,705.23 USD brought 3,264 conversions at 17.99 each.",
        "213.4M",
        "Spend and conversions by day",
        "CPA over time",
        "CPA by age and gender",
        "Conversions by age and gender",
        "Cheapest conversions",
        "1,131 others",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn a_name_cannot_break_out_of_the_page() {
    let mut report = small();
    let evil = "</style><script>alert(1)</script>\"'<img src=x>";
    report.head.title = evil.to_owned();
    report.head.account = Some(evil.to_owned());
    report.sections[0].entities[0].rows[0].name = Some(evil.to_owned());
    report.sections[0].segments[0].age = Some(evil.to_owned());
    report.warnings.push(evil.to_owned());
    let page = html::render(&report);
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(!page.contains("<img"));
}
