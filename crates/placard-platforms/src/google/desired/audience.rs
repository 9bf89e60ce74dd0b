//! Who should see the ads: whom an ad group leaves out (Google, `platforms/google.md` §4, §6).

use super::Mapper;
use crate::google::{canonical, words};
use placard_domain::spec::{AdGroup, Audience, Diagnostic};
use serde_json::Value;

/// Ages when a spec says nothing: everybody from 18 on.
const YOUNGEST: u32 = 18;
const OLDEST: u32 = 65;

impl Mapper<'_> {
    /// The bands of age and the genders that `group` leaves out. People whose age or gender Google does not know are
    /// left out with them, because a spec that names some asks for only those.
    pub(super) fn exclusions(&mut self, index: usize, group: &AdGroup) -> [(&'static str, Value); 2] {
        let path = self.paths.audience(index);
        self.check_lists(&path, &group.audience);
        [
            (canonical::EXCLUDED_AGES, self.excluded_ages(&path, &group.audience)),
            (canonical::EXCLUDED_GENDERS, excluded_genders(&group.audience)),
        ]
    }

    fn excluded_ages(&mut self, path: &str, audience: &Audience) -> Value {
        let (least, most) = (audience.age_min.unwrap_or(YOUNGEST), audience.age_max.unwrap_or(OLDEST));
        if most < YOUNGEST {
            self.error(format!("{path}.age_max"), "Google shows ads by age to people from 18 on");
        }
        if least < YOUNGEST {
            let message = "Google knows no ages below 18; the ads are shown from 18 on";
            self.found(Diagnostic::warning(format!("{path}.age_min"), message));
        }
        let bands: Vec<_> =
            words::AGES.iter().filter(|(_, first, last)| *last >= least && *first <= most).collect();
        if let (Some((_, first, _)), Some((_, _, last))) = (bands.first(), bands.last()) {
            if *first < least {
                let message = format!("Google knows ages by bands, and this one begins with {first}");
                self.found(Diagnostic::warning(format!("{path}.age_min"), message));
            }
            if *last > most {
                let message = format!("Google knows ages by bands, and this one ends with {last}");
                self.found(Diagnostic::warning(format!("{path}.age_max"), message));
            }
        }
        if bands.len() == words::AGES.len() {
            return canonical::sorted(Vec::new());
        }
        let kept: Vec<&str> = bands.iter().map(|(band, _, _)| *band).collect();
        canonical::excluded_bands(&kept)
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
                    format!("Placard cannot aim at {what} on Google yet"),
                );
                self.found(
                    finding
                        .help("Leave them out of campaigns for Google; keywords choose the audience there."),
                );
            }
        }
        if audience.expansion {
            let message = "Google has no such switch for these campaigns; it stays with this audience";
            self.found(Diagnostic::warning(format!("{path}.expansion"), message));
        }
    }
}

/// Nobody, if the spec wants every gender.
fn excluded_genders(audience: &Audience) -> Value {
    use placard_domain::spec::Gender;
    let wanted = |gender: &Gender| audience.genders.is_empty() || audience.genders.contains(gender);
    let all_wanted = Gender::ALL.iter().all(wanted);
    let others = Gender::ALL.iter().filter(|gender| !wanted(gender)).map(|gender| words::gender(*gender));
    let unknown = (!all_wanted).then_some(words::UNKNOWN);
    canonical::sorted(others.chain(unknown).map(canonical::excluded_gender).collect())
}
