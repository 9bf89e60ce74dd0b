//! What the Microsoft side holds from the start: the people and money of the other platforms.

use std::collections::BTreeMap;

use super::store::{Account, LifeCycle};
use crate::fixtures::{STRANGER, USER};

/// The registered application that callers are.
pub const MICROSOFT_CLIENT_ID: &str = "5a5d0000-0000-4000-8000-000000000005";
/// Its secret, which is public because everything here is pretended.
pub const MICROSOFT_CLIENT_SECRET: &str = "sandbox-microsoft-client-secret";
/// The developer token that every call needs.
pub const MICROSOFT_DEVELOPER_TOKEN: &str = "SANDBOXMSDEVTOKEN5";
/// The customer (manager account) that Ada acts from.
pub const MICROSOFT_CUSTOMER: &str = "5006001";
/// Words that the quick editorial check refuses at once; `DISAPPROVED_PHRASE` is found by the review.
pub const MICROSOFT_BANNED_WORDS: &str = "free miracle";

/// A stranger's customer.
const ELSEWHERE: &str = "5006999";

struct Row(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    LifeCycle,
    (&'static str, &'static str),
);

const ADA: (&str, &str) = (USER, MICROSOFT_CUSTOMER);
const BERLIN: &str = "AmsterdamBerlinBernRomeStockholmVienna";

const ACCOUNTS: &[Row] = &[
    Row("5001001", "Placard Outdoor EU", "X5001001", "EUR", BERLIN, LifeCycle::Active, ADA),
    Row("5001002", "Placard Outdoor US", "X5001002", "USD", "EasternTimeUSCanada", LifeCycle::Active, ADA),
    Row("5001003", "Placard Outdoor Japan", "X5001003", "JPY", "OsakaSapporoTokyo", LifeCycle::Active, ADA),
    Row("5001004", "Placard Outdoor Archive", "X5001004", "EUR", BERLIN, LifeCycle::Suspended, ADA),
    Row(
        "5009001",
        "Elsewhere Apparel",
        "X5009001",
        "EUR",
        "BrusselsCopenhagenMadridParis",
        LifeCycle::Active,
        (STRANGER, ELSEWHERE),
    ),
];

/// Ad accounts by id.
pub(crate) fn accounts() -> BTreeMap<String, Account> {
    let account = |row: &Row| Account {
        id: row.0.into(),
        name: row.1.into(),
        number: row.2.into(),
        currency: row.3.into(),
        time_zone: row.4.into(),
        life_cycle: row.5,
        user: row.6.0.into(),
        customer: row.6.1.into(),
        read_only: false,
    };
    ACCOUNTS.iter().map(|row| (row.0.to_owned(), account(row))).collect()
}

/// Conversion goals: id, account, name, kind, window in minutes and status.
pub(crate) const GOALS: &[(u64, &str, &str, &str, i64, &str)] = &[
    (5_701_001, "5001001", "Won deal", "OfflineConversion", 43_200, "Active"),
    (5_701_002, "5001001", "Former deals", "OfflineConversion", 43_200, "Paused"),
    (5_701_003, "5001001", "Shop purchase", "Url", 43_200, "Active"),
    (5_701_004, "5001002", "Won deal US", "OfflineConversion", 129_600, "Active"),
    (5_701_005, "5009001", "Elsewhere deal", "OfflineConversion", 43_200, "Active"),
];

/// The goal of an account's web shop, whose purchases are counted.
pub(crate) fn counts_purchases(account: &str) -> bool {
    matches!(account, "5001001" | "5001002")
}

/// Microsoft's names of time zones that the sandbox knows (§11), with IANA's.
pub(crate) const ZONES: &[(&str, chrono_tz::Tz)] = &[
    (BERLIN, chrono_tz::Tz::Europe__Berlin),
    ("BrusselsCopenhagenMadridParis", chrono_tz::Tz::Europe__Paris),
    ("BelgradeBratislavaBudapestLjubljanaPrague", chrono_tz::Tz::Europe__Prague),
    ("SarajevoSkopjeWarsawZagreb", chrono_tz::Tz::Europe__Warsaw),
    ("GreenwichMeanTimeDublinEdinburghLisbonLondon", chrono_tz::Tz::Europe__London),
    ("AthensBuckarestIstanbul", chrono_tz::Tz::Europe__Athens),
    ("HelsinkiKyivRigaSofiaTallinnVilnius", chrono_tz::Tz::Europe__Helsinki),
    ("PacificTimeUSCanadaTijuana", chrono_tz::Tz::America__Los_Angeles),
    ("MountainTimeUSCanada", chrono_tz::Tz::America__Denver),
    ("CentralTimeUSCanada", chrono_tz::Tz::America__Chicago),
    ("EasternTimeUSCanada", chrono_tz::Tz::America__New_York),
    ("AtlanticTimeCanada", chrono_tz::Tz::America__Halifax),
    ("Brasilia", chrono_tz::Tz::America__Sao_Paulo),
    ("GuadalajaraMexicoCityMonterrey", chrono_tz::Tz::America__Mexico_City),
    ("ChennaiKolkataMumbaiNewDelhi", chrono_tz::Tz::Asia__Kolkata),
    ("KualaLumpurSingapore", chrono_tz::Tz::Asia__Singapore),
    ("OsakaSapporoTokyo", chrono_tz::Tz::Asia__Tokyo),
    ("Seoul", chrono_tz::Tz::Asia__Seoul),
    ("CanberraMelbourneSydney", chrono_tz::Tz::Australia__Sydney),
    ("AucklandWellington", chrono_tz::Tz::Pacific__Auckland),
];
