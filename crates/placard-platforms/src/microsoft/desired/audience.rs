//! Who should see the ads: ages and genders (Microsoft, `platforms/microsoft.md` §4, criterions). By themselves they
//! change bids; a setting of the campaign makes them the only ones reached.

use super::Mapper;
use crate::microsoft::{target, words};
use placard_domain::spec::{Audience, Diagnostic, Gender};
use serde_json::Value;

/// Ages when a spec says nothing: everybody from 18 on.
const YOUNGEST: u32 = 18;
const OLDEST: u32 = 65;

impl Mapper<'_> {
    /// The groups of targets to which the campaign is restricted.
    pub(super) fn strict_groups(&mut self) -> Value {
        let targets = self.audience_targets();
        let has = |kind: &str| targets.iter().any(|(criterion, _)| criterion[target::TYPE] == kind);
        let groups = [("AgeCriterion", "Age"), ("GenderCriterion", "Gender")];
        groups.iter().filter(|(kind, _)| has(kind)).map(|(_, group)| Value::from(*group)).collect()
    }

    /// The bands of age and the genders that the campaign reaches, with their words; none where it reaches all.
    pub(super) fn audience_targets(&mut self) -> Vec<(Value, String)> {
        let Some(first) = self.campaign.ad_groups.first() else { return Vec::new() };
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.audience != first.audience {
                let message = "at Microsoft, Placard shows all ad groups of a campaign to the same people";
                let finding = Diagnostic::error(self.paths.audience(index), message);
                self.found(finding.help("Give each audience a campaign of its own."));
            }
        }
        let path = self.paths.audience(0);
        self.check_lists(&path, &first.audience);
        let ages = self.ages(&path, &first.audience);
        let ages = ages.into_iter().map(|band| (target::age(band), band.to_owned()));
        let wanted = &first.audience.genders;
        let all = Gender::ALL.iter().all(|gender| wanted.is_empty() || wanted.contains(gender));
        let genders = wanted.iter().filter(|_| !all).map(|gender| words::gender(*gender));
        let genders = genders.map(|word| (target::gender(word), word.to_owned()));
        ages.chain(genders).collect()
    }

    /// The bands that are reached; none where all are.
    fn ages(&mut self, path: &str, audience: &Audience) -> Vec<&'static str> {
        let (least, most) = (audience.age_min.unwrap_or(YOUNGEST), audience.age_max.unwrap_or(OLDEST));
        if most < YOUNGEST {
            self.error(format!("{path}.age_max"), "Microsoft shows ads by age to people from 18 on");
        }
        if least < YOUNGEST {
            let message =
                "Microsoft knows no ages below 18; the ads are shown to everybody it has no age of as well";
            self.found(Diagnostic::warning(format!("{path}.age_min"), message));
        }
        let bands: Vec<_> =
            words::AGES.iter().filter(|(_, first, last)| *last >= least && *first <= most).collect();
        if let (Some((_, first, _)), Some((_, _, last))) = (bands.first(), bands.last()) {
            if *first < least {
                let message = format!("Microsoft knows ages by bands, and this one begins with {first}");
                self.found(Diagnostic::warning(format!("{path}.age_min"), message));
            }
            if *last > most {
                let message = format!("Microsoft knows ages by bands, and this one ends with {last}");
                self.found(Diagnostic::warning(format!("{path}.age_max"), message));
            }
        }
        if bands.len() == words::AGES.len() {
            return Vec::new();
        }
        bands.into_iter().map(|(band, _, _)| *band).collect()
    }

    fn check_lists(&mut self, path: &str, audience: &Audience) {
        let lists = [
            ("interests", !audience.interests.is_empty(), "interests"),
            ("custom_audiences", !audience.custom_audiences.is_empty(), "custom audiences"),
            ("excluded_custom_audiences", !audience.excluded_custom_audiences.is_empty(), "custom audiences"),
        ];
        for (field, given, what) in lists {
            if given {
                let finding = Diagnostic::error(
                    format!("{path}.{field}"),
                    format!("Placard cannot aim at {what} at Microsoft yet"),
                );
                self.found(finding.help("Remove them, or aim by keywords."));
            }
        }
        if audience.expansion {
            let message = "Microsoft's search campaigns go by keywords; there is nothing to expand";
            self.found(Diagnostic::warning(format!("{path}.expansion"), message));
        }
    }
}
