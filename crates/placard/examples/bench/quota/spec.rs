//! Campaigns for platforms whose limits count calls.

use crate::campaign::{OTHER_PICTURES, write_text};
use anyhow::Result;
use chrono::NaiveDate;
use placard_domain::{Platform, spec::Campaign};
use std::{fmt::Write, path::Path};

/// Ads of one group: of search ads three that run, which is the most, and two that do not; of others as many as go in
/// one call.
const fn ads_of_a_group(platform: Platform) -> usize {
    match platform {
        Platform::Google | Platform::Microsoft => 5,
        Platform::Meta | Platform::Tiktok => 20,
    }
}

/// Search ads that may run in one group.
const RUNNING: usize = 3;
/// Keywords of a group.
const KEYWORDS: usize = 6;

/// A campaign for visits with `ads` ads, as many in a group as go together.
pub(super) fn write(
    platform: Platform,
    key: &str,
    folder: &Path,
    ads: usize,
    today: NaiveDate,
) -> Result<Campaign> {
    write_text(folder, OTHER_PICTURES, &text(platform, key, ads), today)
}

fn text(platform: Platform, key: &str, ads: usize) -> String {
    let account = match platform {
        Platform::Google => r#"google: {account: "1001001001"}"#,
        Platform::Microsoft => r#"microsoft: {account: "5001001"}"#,
        Platform::Meta | Platform::Tiktok => {
            r#"tiktok: {account: "7001001", identity: "7300000000000011001"}"#
        }
    };
    let mut text = format!(
        "version: 1
name: Bench {key}
key: {key}
goal: traffic
status: active
currency: EUR
budget: {{daily: 1200.00}}
locations: {{include: [{{country: DE}}, {{country: FR}}]}}
destination: {{website: {{url: \"https://outdoor.example.com/bikes\"}}}}
copy:
  primary_text: Spring is when new paths open.
  headline: Ride into spring
  description: Book a free test ride today.
  more_headlines: [Trail bikes for spring, Free test rides]
platforms:
  {account}
ad_groups:
"
    );
    let searched = matches!(platform, Platform::Google | Platform::Microsoft);
    let most = ads_of_a_group(platform);
    for group in 0..ads.div_ceil(most) {
        let _ = writeln!(text, "  - name: Group {group}\n    key: group-{group}");
        if searched {
            let keywords: Vec<String> =
                (0..KEYWORDS).map(|one| format!("{{text: trail bike {group} {one}}}")).collect();
            let _ = writeln!(text, "    keywords: [{}]", keywords.join(", "));
        }
        let _ = writeln!(text, "    ads:");
        for ad in 0..most.min(ads - group * most) {
            let own = match searched {
                true if ad >= RUNNING => {
                    format!("status: paused, copy: {{more_descriptions: [\"Number {group}.{ad}\"]}}")
                }
                true => format!("copy: {{more_descriptions: [\"Number {group}.{ad}\"]}}"),
                false => format!("image: {}.png", ad % OTHER_PICTURES),
            };
            let _ = writeln!(text, "      - {{name: Ad {ad}, key: ad-{ad}, {own}}}");
        }
    }
    text
}
