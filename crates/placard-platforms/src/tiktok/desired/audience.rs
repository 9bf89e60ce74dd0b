//! Who should see the ads (TikTok, `platforms/tiktok.md` §8).

use super::{Group, Mapper};
use crate::tiktok::{geo, words};
use placard_domain::spec::{Audience, Diagnostic};
use serde_json::Value;

/// Ages when a spec says nothing: everybody from 18 on.
const YOUNGEST: u32 = 18;
const OLDEST: u32 = 65;

impl Mapper<'_> {
    /// The fields of an ad group that say where and who people are.
    pub(super) fn targeting(&mut self, group: Group<'_>) -> Vec<(&'static str, Value)> {
        let audience = &group.group.audience;
        let path = self.paths.audience(group.index);
        let interests = self.interests(&path, audience);
        vec![
            ("location_ids", self.places(group.index, &group.group.locations)),
            ("age_groups", self.ages(&path, group)),
            ("gender", words::gender(&audience.genders).into()),
            ("languages", audience.languages.clone().into()),
            ("interest_category_ids", interests.into()),
            ("audience_ids", audience.custom_audiences.clone().into()),
            ("excluded_audience_ids", audience.excluded_custom_audiences.clone().into()),
            // Said, so that TikTok's own expansion is not switched on without a word.
            ("smart_audience_enabled", audience.expansion.into()),
            ("smart_interest_behavior_enabled", audience.expansion.into()),
        ]
    }

    /// The bands of age that hold what the spec asks for. What lies around it within a band is reached as well.
    fn ages(&mut self, path: &str, group: Group<'_>) -> Value {
        let audience = &group.group.audience;
        let (least, most) = (audience.age_min.unwrap_or(YOUNGEST), audience.age_max.unwrap_or(OLDEST));
        let bands: Vec<_> =
            words::AGES.iter().filter(|(_, first, last)| *last >= least && *first <= most).collect();
        if let (Some((_, first, _)), Some((_, _, last))) = (bands.first(), bands.last()) {
            if *first != least {
                let message = format!("TikTok knows ages by bands; the ads are shown from {first} on");
                self.found(Diagnostic::warning(format!("{path}.age_min"), message));
            }
            if *last != most {
                let until =
                    if *last == OLDEST { "to the oldest".to_owned() } else { format!("up to {last}") };
                let message = format!("TikTok knows ages by bands; the ads are shown {until}");
                self.found(Diagnostic::warning(format!("{path}.age_max"), message));
            }
        }
        if least < YOUNGEST {
            self.check_minors(path, group);
        }
        bands.into_iter().map(|(word, _, _)| *word).collect()
    }

    fn check_minors(&mut self, path: &str, group: Group<'_>) {
        let places = group.group.locations.include.iter().filter_map(|place| place.country.as_deref());
        let shielded: Vec<&str> = places.filter(|country| geo::shields_minors(country)).collect();
        if !shielded.is_empty() {
            let message =
                format!("TikTok mostly refuses to aim at people from 13 to 17 in {}", shielded.join(", "));
            let finding = Diagnostic::warning(format!("{path}.age_min"), message);
            self.found(finding.help("Set `age_min: 18`."));
        }
    }

    fn interests(&mut self, path: &str, audience: &Audience) -> Vec<String> {
        let mut ids = Vec::new();
        for (index, interest) in audience.interests.iter().enumerate() {
            match interest.keys.get("tiktok") {
                Some(key) => ids.push(key.clone()),
                None => {
                    let path = format!("{path}.interests[{index}].keys.tiktok");
                    let message = format!("TikTok's key of the interest `{}` is missing", interest.name);
                    let finding = Diagnostic::error(path, message);
                    self.found(
                        finding.help("TikTok knows interests by ids, such as `keys: {tiktok: \"24\"}`."),
                    );
                }
            }
        }
        ids
    }
}
