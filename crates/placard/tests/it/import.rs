//! Importing real and broken exports.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

use placard::import::{
    CurrencySource, DateFormat, DateOrder, DecimalMark, Encoding, Field, Import, ImportError, Mapping,
    Options, Skipped, read, write_rejects,
};
use placard_domain::{Currency, metric::Level};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::fs::File;

const KAG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/kag_conversion_data.csv");

const ADS_MANAGER: &str = "\
Reporting starts,Reporting ends,Campaign name,Campaign ID,Ad set name,Ad set ID,Ad name,Ad ID,Day,Age,Gender,\
Ad delivery,Attribution setting,Results,Result indicator,Reach,Impressions,Frequency,Cost per results,\
Amount spent (EUR),Link clicks,Clicks (all),CTR (all),Purchases conversion value
2026-10-01,2026-10-02,,,,,,,,,,,,9,,1250,\"3,804\",3.04,,142.55,61,90,2.37,512.4
2026-10-01,2026-10-02,\"Autumn, shoes\",120210000000000001,Runners,120210000000000011,Clip A,120210000000000101,2026-10-01,25-34,female,active,7-day click,4,actions:purchase,400,\"1,204\",3.01,15.3,61.2,20,31,2.57,310
2026-10-01,2026-10-02,\"Autumn, shoes\",120210000000000001,Runners,120210000000000011,Clip A,120210000000000101,2026-10-02,25-34,female,active,7-day click,3,actions:purchase,420,\"1,300\",3.1,13.4,40.2,21,29,2.23,202.4
2026-10-01,2026-10-02,\"Autumn, shoes\",120210000000000001,Runners,120210000000000011,Clip B,120210000000000102,2026-10-02,25-34,Unknown,active,7-day click,,,430,\"1,300\",3.02,,41.15,20,30,2.31,
";

fn kag() -> Import {
    read(File::open(KAG).unwrap(), &usd()).unwrap()
}

fn usd() -> Options {
    Options { currency: Some(currency("USD")), ..Options::default() }
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn import(text: &str, options: &Options) -> Result<Import, ImportError> {
    read(text.as_bytes(), options)
}

fn with_map(map: &[&str]) -> Options {
    let map = map.iter().map(|mapping| mapping.parse::<Mapping>().unwrap()).collect();
    Options { map, ..usd() }
}

#[test]
fn the_real_export_is_read_to_the_last_digit() {
    let import = kag();
    let sums = import.totals.sums[&currency("USD")];
    assert_eq!((import.rows.len(), import.rejects.len()), (1143, 0));
    assert_eq!((sums.impressions, sums.clicks), (213_434_828, 38_165));
    assert_eq!(sums.spend, decimal("58705.229958205"));
    assert_eq!(sums.spend.round_dp(2), decimal("58705.23"));
    assert_eq!(sums.conversions, Decimal::from(3264));
    let approved = import.understood.extras().position(|header| header == "Approved_Conversion").unwrap();
    assert_eq!(import.totals.extras[approved], Some(Decimal::from(1079)));
    let first = &import.rows[0];
    assert_eq!((first.level, first.entity.as_ref().unwrap().id.as_ref()), (Level::Ad, "708746"));
    assert_eq!(first.parents.campaign.as_ref().unwrap().id.as_ref(), "916");
    assert_eq!(first.parents.ad_group.as_ref().unwrap().id.as_ref(), "103916");
    assert_eq!(first.date.to_string(), "2023-08-31");
    assert_eq!(first.segments.key().as_deref(), Some("30-34/male"));
    assert_eq!(first.spend.to_string(), "1.429999948");
}

#[test]
fn what_was_understood_of_the_real_export_can_be_read_by_a_person() {
    insta::assert_snapshot!(kag().to_string());
}

#[test]
fn five_broken_rows_are_named_by_line_and_the_others_are_read() {
    let text = std::fs::read_to_string(KAG).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let replace = |line: &mut String, place: usize, cell: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[place] = cell;
        *line = cells.join(",");
    };
    replace(&mut lines[6], 0, "31-02-2023");
    replace(&mut lines[99], 9, "-4.20");
    replace(&mut lines[499], 7, "many");
    lines[799] = "12-08-2023,1,2".to_owned();
    lines[1143] = lines[1142].clone();
    let import = import(&lines.join("\n"), &usd()).unwrap();

    let named: Vec<String> = import.rejects.iter().map(|r| format!("{}: {}", r.line, r.reason)).collect();
    insta::assert_snapshot!(named.join("\n"), @r"
    7: Date: `31-02-2023` is not a day of the calendar
    100: Spent: `-4.20` is negative
    500: Impressions: `many` is not a number
    800: has 3 cells where the header has 12
    1144: is the same ad, day and segment as line 1143
    ");
    assert_eq!((import.rows.len(), import.totals.rows), (1138, 1138));
}

#[test]
fn rejects_are_written_with_line_and_reason_and_can_be_imported_again_once_repaired() {
    let text = "Date,Campaign,Spend\n2026-10-01,A,oops\n2026-10-01,\"B, the second\",2.50\n2026-10-01,C,\n";
    let broken = import(text, &usd()).unwrap();
    let mut written = Vec::new();
    write_rejects(&mut written, &broken).unwrap();
    let written = String::from_utf8(written).unwrap();
    insta::assert_snapshot!(written, @r"
    rejected line,rejected because,Date,Campaign,Spend
    2,Spend: `oops` is not a number,2026-10-01,A,oops
    4,has no numbers,2026-10-01,C,
    ");
    let repaired = import(&written.replace("A,oops", "A,1.50").replace("C,", "C,0"), &usd()).unwrap();
    assert_eq!((repaired.rows.len(), repaired.rejects.len()), (2, 0));
    assert_eq!(repaired.understood.ignored().count(), 2);
}

#[test]
fn an_ads_manager_export_says_its_currency_and_its_totals_are_checked() {
    let import = import(ADS_MANAGER, &Options::default()).unwrap();
    assert_eq!(import.understood.currency, CurrencySource::Header(currency("EUR")));
    assert_eq!((import.rows.len(), import.rejects.len()), (3, 0));
    let first = &import.rows[0];
    assert_eq!(first.entity.as_ref().unwrap().id.as_ref(), "120210000000000101");
    assert_eq!(first.parents.campaign.as_ref().unwrap().name.as_deref(), Some("Autumn, shoes"));
    assert_eq!((first.impressions, first.clicks, first.conversion_value), (1204, 31, decimal("310")));
    assert_eq!(import.rows[2].segments.gender.as_deref(), Some("unknown"));
    let [totals] = import.understood.totals_rows.as_slice() else { panic!("one row of totals") };
    assert_eq!(totals.line, 2);
    assert_eq!(totals.differs, [(Field::Conversions, Decimal::from(9), Decimal::from(7))]);
    insta::assert_snapshot!(import.to_string());
}

#[test]
fn the_same_export_reads_the_same_in_every_encoding_and_delimiter() {
    let expected = import(ADS_MANAGER, &Options::default()).unwrap();
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: bool, text: &str| -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
    };
    let crlf = ADS_MANAGER.replace('\n', "\r\n");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(ADS_MANAGER.as_bytes());
    let mut tabs = csv::WriterBuilder::new().delimiter(b'\t').from_writer(Vec::new());
    for record in reader.records() {
        tabs.write_record(&record.unwrap()).unwrap();
    }
    let tabs = String::from_utf8(tabs.into_inner().unwrap()).unwrap();
    for (bytes, encoding) in [
        (utf16(u16::to_le_bytes, true, ADS_MANAGER), Encoding::Utf16),
        (utf16(u16::to_be_bytes, true, ADS_MANAGER), Encoding::Utf16),
        (utf16(u16::to_le_bytes, false, &tabs), Encoding::Utf16),
        (format!("\u{feff}{crlf}").into_bytes(), Encoding::Utf8),
    ] {
        let import = read(bytes.as_slice(), &Options::default()).unwrap();
        assert_eq!(import.understood.encoding, encoding);
        assert_eq!(import.rows, expected.rows);
    }
}

#[test]
fn a_spreadsheet_in_a_comma_country_is_understood() {
    let text = "Tag;Kampagne;Day;Campaign name;Impressions;Amount spent (EUR)\n\
                x;y;31.08.2026;Schuhe;1.204;1.061,20\nx;y;30.08.2026;Schuhe;900;40,5\n";
    let import = import(text, &Options::default()).unwrap();
    assert_eq!(import.understood.decimal, DecimalMark::Comma);
    assert_eq!(import.totals.sums[&currency("EUR")].spend, decimal("1101.70"));
    assert_eq!(import.totals.sums[&currency("EUR")].impressions, 2104);
    assert!(import.understood.by_name);
}

#[test]
fn titles_above_the_header_and_labelled_totals_are_passed_over() {
    let text = "Campaign report\n\"August 1, 2026 - August 2, 2026\"\n\nDay,Campaign,Currency code,Impr.,Clicks,Cost,Conv. value\n\
                2026-08-01,Brand,EUR,\"1,000\",10,12.50,--\n2026-08-02,Brand,EUR,900,9,10.00,5\n\
                Total: Campaigns, --,EUR,\"1,900\",19,22.50,5\n";
    let import = import(text, &Options::default()).unwrap();
    assert_eq!((import.understood.header_line, import.rows.len()), (4, 2));
    assert_eq!(import.rows[0].line, 5);
    assert_eq!(import.understood.totals_rows[0].line, 7);
    assert!(import.understood.totals_rows[0].differs.is_empty());
    assert_eq!(import.understood.blanks_as_zero, [(Field::ConversionValue, 1)]);
}

#[test]
fn subtotals_of_a_breakdown_are_not_counted_twice() {
    let text = "Day,Campaign ID,Age,Spend\n2026-08-01,1,All,3\n2026-08-01,1,18-24,1\n2026-08-01,1,25-34,2\n";
    let import = import(text, &usd()).unwrap();
    assert_eq!(import.totals.sums[&currency("USD")].spend, Decimal::from(3));
    assert_eq!(import.understood.skipped, [Skipped::Subtotal { line: 2 }]);
}

#[test]
fn currencies_of_different_rows_are_never_added() {
    let text =
        "Day,Campaign ID,Currency,Spend\n2026-08-01,1,EUR,3\n2026-08-01,2,JPY,400\n2026-08-01,3,XXX,1\n";
    let import = import(text, &Options::default()).unwrap();
    let sums: Vec<String> =
        import.totals.sums.iter().map(|(c, sums)| format!("{} {c}", sums.spend)).collect();
    assert_eq!(sums, ["3 EUR", "400 JPY"]);
    assert_eq!(import.rejects[0].line, 4);
}

#[test]
fn a_quote_that_is_never_closed_is_named_where_it_opens() {
    let text =
        "Day,Campaign ID,Ad name,Ad ID,Spend\n2026-08-01,1,a,1,3\n2026-08-01,1,\"b,2,4\n2026-08-01,1,c,3,5\n";
    let import = import(text, &usd()).unwrap();
    assert_eq!(import.rejects[0].line, 3);
    assert_eq!(
        import.rejects[0].reason,
        "has 3 cells where the header has 5; a quote in it may not be closed"
    );
}

#[test]
fn ids_shortened_by_a_spreadsheet_are_refused() {
    let import = import("Day,Ad ID,Spend\n2026-08-01,1.2021E+17,3\n", &usd()).unwrap();
    assert_eq!(
        import.rejects[0].reason,
        "Ad ID: `1.2021E+17` was shortened by a spreadsheet and has lost digits"
    );
}

#[test]
fn a_map_wins_over_recognition_and_the_other_column_is_kept() {
    let options = Options { map: with_map(&["conversions=Approved_Conversion"]).map, ..usd() };
    let import = read(File::open(KAG).unwrap(), &options).unwrap();
    assert_eq!(import.totals.sums[&currency("USD")].conversions, Decimal::from(1079));
    assert!(import.understood.extras().any(|header| header == "Total_Conversion"));
}

#[test]
fn a_day_first_column_is_decided_by_the_data_or_by_the_caller() {
    let text = "Date,Campaign ID,Spend\n01-08-2023,1,3\n02-08-2023,1,3\n";
    assert!(matches!(import(text, &usd()), Err(ImportError::AmbiguousDates { line: 2, .. })));
    let said = Options { dates: Some(DateOrder::MonthFirst), ..usd() };
    assert_eq!(import(text, &said).unwrap().rows[0].date.to_string(), "2023-01-08");
    let DateFormat::Ordered { order, proof } = kag().understood.dates else { panic!("an order") };
    assert_eq!((order, proof), (DateOrder::DayFirst, Some((2, "31-08-2023".to_owned()))));
}

#[test]
fn what_cannot_be_known_is_asked_and_the_answer_is_named() {
    let errors: Vec<String> = [
        ("Day,Campaign ID,Spend\n2026-08-01,1,3\n", Options::default()),
        ("Day,Campaign ID,Amount spent (EUR)\n2026-08-01,1,3\n", usd()),
        ("Day,Campaign ID,Spend\n2026-08-01,1,\"1,234\"\n", usd()),
        ("Day,Campaign ID,Spend,Results,Purchases\n2026-08-01,1,3,1,1\n", usd()),
        ("Campaign ID,Spend,When\n1,3,2026-08-01\n", usd()),
        ("Day,Campaign ID,When\n2026-08-01,1,3\n", usd()),
        ("Day,Campaign ID,Kosten\n2026-08-01,1,3\n", with_map(&["spend=Kostn"])),
        ("Day,Campaign ID,Spend\n2026-08-01,1,3\n", with_map(&["spend=Spend", "clicks=spend"])),
        ("Reporting starts,Reporting ends,Campaign ID,Spend\n2026-08-01,2026-08-31,1,3\n", usd()),
        ("Day,Campaign ID,Spend\n", usd()),
        ("\n\n", usd()),
    ]
    .iter()
    .map(|(text, options)| import(text, options).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_field_that_does_not_exist_is_answered_with_the_nearest() {
    let error = "spnd=Cost".parse::<Mapping>().unwrap_err().to_string();
    assert!(
        error.starts_with("there is no field `spnd` (did you mean `spend`?); the fields are date, "),
        "{error}"
    );
}

#[test]
fn text_that_is_not_text_is_refused_with_its_line() {
    let error = read(&b"Day,Spend\n2026-08-01,\xff3\n"[..], &usd()).unwrap_err();
    assert_eq!(error.to_string(), "line 2 is not valid UTF-8; save the file as UTF-8 and try again");
}

#[test]
fn two_ways_of_writing_dates_are_pointed_out() {
    let text = "Day,Campaign ID,Spend\n2026-08-01,1,3\n31-08-2026,1,3\n";
    let import = import(text, &usd()).unwrap();
    assert_eq!(import.rows.len(), 2);
    assert!(import.understood.warnings[0].contains("`2026-08-01` (line 2) and `31-08-2026` (line 3)"));
}

#[test]
fn a_row_for_a_week_among_rows_for_days_is_refused() {
    let text = "Reporting starts,Reporting ends,Campaign ID,Spend\n2026-08-01,2026-08-01,1,3\n2026-08-02,2026-08-08,1,9\n";
    let import = import(text, &usd()).unwrap();
    assert_eq!(import.rejects[0].reason, "covers 2026-08-02 to 2026-08-08, not one day");
}

#[test]
fn names_tell_entities_apart_by_their_whole_path() {
    let text =
        "Day,Account name,Campaign name,Ad name,Spend\n2026-08-01,Acme,A,Clip,3\n2026-08-01,Acme,B,Clip,4\n";
    let import = import(text, &usd()).unwrap();
    let ids: Vec<&str> = import.rows.iter().map(|row| row.entity.as_ref().unwrap().id.as_ref()).collect();
    assert_eq!(ids, ["A › Clip", "B › Clip"]);
    assert!(import.understood.by_name);
}

/// How an export of some country and tool is written.
#[derive(Clone, Copy, Debug)]
struct Notation {
    delimiter: u8,
    mark: char,
    thousands: &'static str,
    date: &'static str,
}

const NOTATIONS: [Notation; 5] = [
    Notation { delimiter: b',', mark: '.', thousands: "", date: "%Y-%m-%d" },
    Notation { delimiter: b',', mark: '.', thousands: ",", date: "%m/%d/%Y" },
    Notation { delimiter: b';', mark: ',', thousands: ".", date: "%d.%m.%Y" },
    Notation { delimiter: b'\t', mark: ',', thousands: "\u{202f}", date: "%d/%m/%Y" },
    Notation { delimiter: b'\t', mark: '.', thousands: "'", date: "%b %-d, %Y" },
];

impl Notation {
    fn number(&self, cents: i64) -> String {
        let whole = (cents / 100).to_string();
        let groups: Vec<&str> =
            whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        format!("{}{}{:02}", groups.join(self.thousands), self.mark, cents % 100)
    }

    fn file(&self, rows: &[(u8, String, i64)]) -> Vec<u8> {
        let mut csv = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new());
        csv.write_record(["Day", "Campaign ID", "Campaign name", "Amount spent (EUR)"]).unwrap();
        for (place, (day, name, cents)) in rows.iter().enumerate() {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 8, u32::from(*day)).unwrap();
            let date = date.format(self.date).to_string();
            csv.write_record([&date, &place.to_string(), name, &self.number(*cents)]).unwrap();
        }
        csv.into_inner().unwrap()
    }
}

proptest! {
    #[test]
    fn every_notation_is_told_from_the_file_alone(
        mut rows in proptest::collection::vec((1_u8..=31, "[A-Za-z ,;.\"|]{0,12}", 0_i64..10_000_000_000), 1..12),
        notation in proptest::sample::select(NOTATIONS.to_vec()),
    ) {
        // One day past the twelfth, as any month of an export has.
        rows.push((31, "Last".to_owned(), 1));
        let import = read(notation.file(&rows).as_slice(), &Options::default()).unwrap();
        prop_assert_eq!(import.rejects.len(), 0);
        prop_assert_eq!(import.rows.len(), rows.len());
        for (row, (day, _, cents)) in import.rows.iter().zip(&rows) {
            prop_assert_eq!(row.spend, Decimal::new(*cents, 2));
            prop_assert_eq!(chrono::Datelike::day(&row.date), u32::from(*day));
        }
    }

    #[test]
    fn no_file_makes_the_import_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "(Day|Spend|Ad ID|[,;\t\n\"0-9./-]){0,60}") {
        let _ = read(bytes.as_slice(), &usd());
        let _ = read(format!("Day,Ad ID,Spend\n{text}").as_bytes(), &usd());
    }
}
