//! Campaigns to publish.

use anyhow::Result;
use placard_domain::Platform;
use std::{fmt::Write, fs, path::Path};

/// A campaign whose parts a test exchanges: at Meta one for leads with a form, at Google one for traffic by search, at
/// Microsoft the same, at TikTok one for traffic.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) platform: Platform,
    pub(crate) key: String,
    pub(crate) status: &'static str,
    pub(crate) daily: &'static str,
    pub(crate) headline: &'static str,
    pub(crate) groups: usize,
    /// Ads in each group, each with a picture of its own.
    pub(crate) ads: usize,
    /// Group and number of an ad that is not there.
    pub(crate) left_out: Option<(usize, usize)>,
}

/// 600 × 600 black pixels.
const PICTURE: &[u8] = include_bytes!("plain.png");

impl Default for Spec {
    fn default() -> Self {
        Self {
            platform: Platform::Meta,
            key: "spring-sale".to_owned(),
            status: "active",
            daily: "120.00",
            headline: "Ride into spring",
            groups: 1,
            ads: 2,
            left_out: None,
        }
    }
}

impl Spec {
    /// Writes the document as `NAME.yaml` with its pictures into `folder` and gives the file's name.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<String> {
        let pictured =
            self.ads().filter(|_| !matches!(self.platform, Platform::Google | Platform::Microsoft));
        for (group, ad) in pictured {
            // What follows a picture's end makes it another file without making it another picture.
            let picture = [PICTURE, format!("{group}/{ad}").as_bytes()].concat();
            fs::write(folder.join(format!("{group}-{ad}.png")), picture)?;
        }
        let file = format!("{name}.yaml");
        fs::write(folder.join(&file), self.text())?;
        Ok(file)
    }

    /// The document.
    pub(crate) fn text(&self) -> String {
        match self.platform {
            Platform::Meta => self.meta(),
            Platform::Google => self.search(r#"google: {account: "1001001001"}"#),
            Platform::Tiktok => self.tiktok(),
            Platform::Microsoft => self.search(r#"microsoft: {account: "5001001"}"#),
        }
    }

    /// A campaign of search ads.
    fn search(&self, platform: &str) -> String {
        let Self { key, status, daily, headline, .. } = self;
        let mut text = format!(
            r#"version: 1
name: Spring sale
key: {key}
goal: traffic
status: {status}
currency: EUR
budget: {{daily: {daily}}}
locations: {{include: [{{country: DE}}, {{country: FR}}]}}
audience: {{age_min: 25, age_max: 64, languages: [de]}}
destination: {{website: {{url: "https://outdoor.example.com/bikes"}}}}
copy:
  primary_text: Spring is when new paths open.
  headline: {headline}
  description: Book a free test ride today.
  more_headlines: [Trail bikes for spring, Free test rides]
platforms:
  {platform}
ad_groups:
"#
        );
        for group in 0..self.groups {
            let _ = writeln!(text, "  - name: Group {group}\n    key: group-{group}");
            let _ = writeln!(
                text,
                "    keywords: [{{text: trail bike {group}}}, {{text: city bike {group}, match: exact}}, \
                 {{text: used, match: phrase, negative: true}}]"
            );
            let _ = writeln!(text, "    ads:");
            for (_, ad) in self.ads().filter(|(one, _)| *one == group) {
                let _ = writeln!(
                    text,
                    "      - {{name: Ad {ad}, key: ad-{ad}, copy: {{more_descriptions: [\"Number {group}.{ad}\"]}}}}"
                );
            }
        }
        text
    }

    fn tiktok(&self) -> String {
        let Self { key, status, daily, headline, .. } = self;
        let mut text = format!(
            r#"version: 1
name: Spring sale
key: {key}
goal: traffic
status: {status}
currency: EUR
budget: {{daily: {daily}}}
locations: {{include: [{{country: DE}}, {{country: AT}}]}}
audience: {{age_min: 25, age_max: 54, languages: [de]}}
destination: {{website: {{url: "https://outdoor.example.com/bikes"}}}}
copy: {{primary_text: {headline}, headline: Trail bikes}}
platforms:
  tiktok: {{account: "7001001", identity: "7300000000000011001"}}
ad_groups:
"#
        );
        for group in 0..self.groups {
            let _ = writeln!(text, "  - name: Group {group}\n    key: group-{group}\n    ads:");
            for (_, ad) in self.ads().filter(|(one, _)| *one == group) {
                let _ = writeln!(text, "      - {{name: Ad {ad}, key: ad-{ad}, image: {group}-{ad}.png}}");
            }
        }
        text
    }

    fn meta(&self) -> String {
        let Self { key, status, daily, headline, .. } = self;
        let mut text = format!(
            r#"version: 1
name: Spring sale
key: {key}
goal: leads
status: {status}
currency: EUR
budget: {{daily: {daily}}}
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
  headline: {headline}
  call_to_action: sign_up
platforms:
  meta: {{account: act_1001, page: "2001", beneficiary: Placard Outdoor, payor: Placard Outdoor}}
ad_groups:
"#
        );
        for group in 0..self.groups {
            let _ = writeln!(text, "  - name: Group {group}\n    key: group-{group}\n    ads:");
            for (_, ad) in self.ads().filter(|(one, _)| *one == group) {
                let _ = writeln!(
                    text,
                    "      - {{name: Ad {ad}, key: ad-{ad}, image: {group}-{ad}.png, \
                     copy: {{description: \"Number {group}.{ad}\"}}}}"
                );
            }
        }
        text
    }

    fn ads(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = (0..self.groups).flat_map(|group| (0..self.ads).map(move |ad| (group, ad)));
        all.filter(|ad| self.left_out != Some(*ad))
    }
}
