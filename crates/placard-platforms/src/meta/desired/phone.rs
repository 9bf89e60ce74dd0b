//! Telephone numbers of call ads (Meta, `platforms/meta.md` §13).

use super::{Mapper, regulation::country_of};
use placard_domain::spec::Diagnostic;

/// Country codes of telephone numbers (ITU-T E.164). Countries that are not listed are not checked.
#[rustfmt::skip]
const CALLING_CODES: &[(&str, &str)] = &[
    ("AE", "971"), ("AR", "54"), ("AT", "43"), ("AU", "61"), ("BE", "32"), ("BG", "359"), ("BR", "55"), ("CA", "1"),
    ("CH", "41"), ("CL", "56"), ("CN", "86"), ("CO", "57"), ("CY", "357"), ("CZ", "420"), ("DE", "49"), ("DK", "45"),
    ("EE", "372"), ("EG", "20"), ("ES", "34"), ("FI", "358"), ("FR", "33"), ("GB", "44"), ("GR", "30"), ("HK", "852"),
    ("HR", "385"), ("HU", "36"), ("ID", "62"), ("IE", "353"), ("IL", "972"), ("IN", "91"), ("IS", "354"), ("IT", "39"),
    ("JP", "81"), ("KE", "254"), ("KR", "82"), ("LT", "370"), ("LU", "352"), ("LV", "371"), ("MT", "356"), ("MX", "52"),
    ("MY", "60"), ("NG", "234"), ("NL", "31"), ("NO", "47"), ("NZ", "64"), ("PE", "51"), ("PH", "63"), ("PL", "48"),
    ("PT", "351"), ("RO", "40"), ("SA", "966"), ("SE", "46"), ("SG", "65"), ("SI", "386"), ("SK", "421"), ("TH", "66"),
    ("TR", "90"), ("TW", "886"), ("UA", "380"), ("US", "1"), ("VN", "84"), ("ZA", "27"),
];

impl Mapper<'_> {
    /// Checks the form of `phone` and that it belongs to a country where the ads of `group` are shown.
    pub(super) fn check_phone(&mut self, path: &str, phone: &str, group: usize) {
        if !is_international(phone) {
            self.found(
                Diagnostic::error(path, format!("`{phone}` is no telephone number in international form"))
                    .help("Write it as `+4930123456`: plus, country code, number, digits only."),
            );
            return;
        }
        let Some(locations) = self.campaign.ad_groups.get(group).map(|group| &group.locations.include) else {
            return;
        };
        let codes =
            locations.iter().map(|location| calling_code(country_of(location)?)).collect::<Option<Vec<_>>>();
        let Some(codes) = codes.filter(|codes| !codes.is_empty()) else { return };
        if !codes.iter().any(|code| phone[1..].starts_with(code)) {
            let message = "the number belongs to none of the countries where the ads are shown";
            self.found(
                Diagnostic::warning(path, message).help("Meta wants a number of the targeted country."),
            );
        }
    }
}

fn calling_code(country: &str) -> Option<&'static str> {
    CALLING_CODES.iter().find(|(code, _)| *code == country).map(|(_, calling)| *calling)
}

/// Plus, a digit that is not zero, and 7 to 15 digits in all (ITU-T E.164).
fn is_international(phone: &str) -> bool {
    let Some(digits) = phone.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_international_form_is_a_number() {
        assert!(is_international("+4930123456"));
        for wrong in ["030123456", "+49 30 123456", "+0301234567", "+49", "+1234567890123456"] {
            assert!(!is_international(wrong), "{wrong}");
        }
    }
}
