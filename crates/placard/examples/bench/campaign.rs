//! A campaign of any size, and pictures for it.

use anyhow::{Result, anyhow};
use chrono::NaiveDate;
use placard::assets::Assets;
use placard_domain::{
    AccountRef, Platform,
    spec::{self, Campaign},
};
use std::{fmt::Write, fs, path::Path};

/// The account in the sandbox that it is for.
pub(crate) const ACCOUNT: &str = "act_1001";
/// Its currency.
pub(crate) const CURRENCY: &str = "EUR";
/// The page that speaks.
pub(crate) const PAGE: &str = "2001";
/// What makes it the same campaign.
pub(crate) const KEY: &str = "bench";

/// Pictures that ads share where their number does not matter.
pub(crate) const OTHER_PICTURES: usize = 10;

const PICTURE: &[u8] = include_bytes!("../../../../examples/images/forest.png");

/// The account as every part of Placard names it.
pub(crate) fn account() -> AccountRef {
    AccountRef { platform: Platform::Meta, id: ACCOUNT.to_owned() }
}

/// A campaign for leads with `groups` ad groups of `ads` ads each, which share `pictures` pictures in `folder`.
pub(crate) fn write(
    folder: &Path,
    shape: (usize, usize),
    pictures: usize,
    today: NaiveDate,
) -> Result<Campaign> {
    write_as(KEY, folder, shape, pictures, today)
}

/// The same under another key.
pub(crate) fn write_as(
    key: &str,
    folder: &Path,
    (groups, ads): (usize, usize),
    pictures: usize,
    today: NaiveDate,
) -> Result<Campaign> {
    write_text(folder, pictures, &text(key, groups, ads, pictures), today)
}

/// The campaign that `text` describes, with `pictures` pictures beside it.
pub(crate) fn write_text(folder: &Path, pictures: usize, text: &str, today: NaiveDate) -> Result<Campaign> {
    for picture in 0..pictures {
        // What follows a picture's end makes it another file without making it another picture.
        fs::write(folder.join(file(picture)), [PICTURE, picture.to_string().as_bytes()].concat())?;
    }
    let document = spec::read(text).map_err(|wrong| anyhow!("{wrong:?}"))?;
    let images = Assets::in_folder(folder.to_owned()).look_at(&document);
    let (campaign, _) =
        spec::check(&document, &images.into(), today).map_err(|wrong| anyhow!("{wrong:?}"))?;
    Ok(campaign)
}

fn file(picture: usize) -> String {
    format!("{picture}.png")
}

fn text(key: &str, groups: usize, ads: usize, pictures: usize) -> String {
    let mut text = format!(
        "version: 1
name: Bench
key: {key}
goal: leads
status: active
currency: {CURRENCY}
budget: {{daily: 1200.00}}
locations: {{include: [{{country: DE}}, {{country: AT}}]}}
audience: {{age_min: 25, age_max: 55, languages: [de]}}
destination:
  form:
    name: Test ride
    questions: [{{ask: full_name}}, {{ask: email}}]
    privacy_policy_url: https://outdoor.example.com/privacy
    locale: de_DE
copy:
  primary_text: Spring is when new paths open.
  headline: Ride into spring
  call_to_action: sign_up
platforms:
  meta: {{account: {ACCOUNT}, page: \"{PAGE}\", beneficiary: Placard Outdoor, payor: Placard Outdoor}}
ad_groups:
"
    );
    for group in 0..groups {
        let _ = writeln!(text, "  - name: Group {group}\n    key: group-{group}\n    ads:");
        for ad in 0..ads {
            let picture = file((group * ads + ad) % pictures);
            let _ = writeln!(
                text,
                "      - {{name: Ad {ad}, key: ad-{ad}, image: {picture}, copy: {{description: \"Number {group}.{ad}\"}}}}"
            );
        }
    }
    text
}
