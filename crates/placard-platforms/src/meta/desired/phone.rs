//! Telephone numbers of call ads (Meta, `platforms/meta.md` §13).

use super::{Mapper, regulation::country_of};
use placard_domain::{phone::Country, spec::Diagnostic};

impl Mapper<'_> {
    /// Checks that `phone` belongs to a country where the ads of `group` are shown.
    pub(super) fn check_phone(&mut self, path: &str, phone: &str, group: usize) {
        let Some(locations) = self.campaign.ad_groups.get(group).map(|group| &group.locations.include) else {
            return;
        };
        let code = |country: &str| country.parse().ok().map(Country::calling_code);
        let codes = locations.iter().map(|location| code(country_of(location)?)).collect::<Option<Vec<_>>>();
        let Some(codes) = codes.filter(|codes| !codes.is_empty()) else { return };
        if !codes.iter().any(|code| phone.trim_start_matches('+').starts_with(code)) {
            let message = "the number belongs to none of the countries where the ads are shown";
            self.found(
                Diagnostic::warning(path, message).help("Meta wants a number of the targeted country."),
            );
        }
    }
}
