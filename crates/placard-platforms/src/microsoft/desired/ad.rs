//! Ads beside search results (Microsoft, `platforms/microsoft.md` §4, responsive search ads).

use super::{Mapper, Place, canonical_fields, names, texts::Lines};
use crate::microsoft::canonical;
use placard_domain::{
    Platform,
    copy::limits,
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::{Ad, AdGroup, Diagnostic, RunState, Website},
};
use serde_json::{Value, json};

/// Responsive search ads that can be switched on in one ad group.
const MOST_RUNNING: usize = 3;

/// Characters of an address.
const LONGEST_URL: usize = 2_048;

/// Characters of a word behind the shown address, and of the domain together with both.
const LONGEST_PATH: usize = 15;
const LONGEST_ADDRESS: usize = 67;

const HEADLINES: Lines = Lines {
    first: "headline",
    more: "more_headlines",
    title: "headlines",
    limit: limits::MICROSOFT_HEADLINE,
};

const DESCRIPTIONS: Lines = Lines {
    first: "description",
    more: "more_descriptions",
    title: "descriptions",
    limit: limits::MICROSOFT_DESCRIPTION,
};

impl Mapper<'_> {
    /// Adds the ads of `group`.
    pub(super) fn ads(&mut self, index: usize, group: &AdGroup, group_key: &ObjectKey) {
        let running = group.ads.iter().filter(|ad| ad.run == RunState::Active).count();
        if running > MOST_RUNNING {
            let path = format!("{}.ads", self.paths.group(index));
            let message =
                format!("Microsoft lets {MOST_RUNNING} ads of an ad group run, and {running} should");
            self.found(
                Diagnostic::error(path, message)
                    .help("Set `status: paused` on some, or use another ad group."),
            );
        }
        for (position, ad) in group.ads.iter().enumerate() {
            let place = Place { group: index, ad: position };
            let path = self.paths.destination(index, position);
            let Some(website) = self.website(&path, &ad.creative.target) else { continue };
            let mut fields = vec![("AdGroupId", reference(group_key))];
            fields.extend(self.link_fields(&path, &website));
            fields.extend(self.text_fields(place, ad, &website));
            self.object(DesiredObject {
                key: ObjectKey::new(ObjectKind::Ad, format!("{}/{}", group.key, ad.key)),
                name: ad.name.clone(),
                fields: canonical_fields(fields),
                run: Some(ad.run),
                rules: FieldRules { create_only: names(&["AdGroupId"]), ..FieldRules::default() },
                upload: None,
                daily_cost: None,
            });
        }
    }

    fn link_fields(&mut self, path: &str, website: &Website) -> Vec<(&'static str, Value)> {
        if website.url.chars().count() > LONGEST_URL {
            self.error(
                format!("{path}.website.url"),
                format!("Microsoft takes addresses of up to {LONGEST_URL} characters"),
            );
        }
        if website.display_url.is_some() {
            let finding = Diagnostic::warning(
                format!("{path}.website.display_url"),
                "Microsoft shows the domain of the real address",
            );
            self.found(finding.help("Words behind it are given by `platforms.microsoft.paths`."));
        }
        let suffix = website.url_tags.clone().unwrap_or_default();
        vec![("FinalUrls", json!([website.url])), (canonical::SUFFIX, suffix.into())]
    }

    fn text_fields(&mut self, place: Place, ad: &Ad, website: &Website) -> Vec<(&'static str, Value)> {
        let creative = &ad.creative;
        if creative.picture.is_some() {
            let path = format!("{}.image", self.paths.ad(place.group, place.ad));
            self.found(Diagnostic::warning(path, "Microsoft's search ads show no picture"));
        }
        self.no_video(Platform::Microsoft, &self.paths.ad(place.group, place.ad), ad);
        let headlines = self.lines(place, HEADLINES, Some(&creative.headline), &creative.more_headlines);
        let descriptions =
            self.lines(place, DESCRIPTIONS, creative.description.as_ref(), &creative.more_descriptions);
        let [first, second] = canonical::LINES;
        let mut fields = vec![(first, headlines), (second, descriptions)];
        let microsoft = self.own;
        for (index, (path, name)) in microsoft.paths.iter().zip(["Path1", "Path2"]).enumerate() {
            let place = format!("platforms.microsoft.paths[{index}]");
            self.check_width(&place, path, LONGEST_PATH);
            if path.contains('/') {
                self.error(
                    place,
                    "Microsoft takes no slash here; a second word goes into an entry of its own",
                );
            }
            fields.push((name, path.clone().into()));
        }
        self.check_address(website);
        fields
    }

    /// Domain and words together have to fit.
    fn check_address(&mut self, website: &Website) {
        let domain = website.url.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
        let words: usize = self.own.paths.iter().map(|path| path.chars().count()).sum();
        let width = domain.map_or(0, |domain| domain.chars().count()) + words;
        if !self.own.paths.is_empty() && width > LONGEST_ADDRESS {
            let message = format!(
                "Microsoft shows {LONGEST_ADDRESS} characters of domain and paths, these have {width}"
            );
            self.error("platforms.microsoft.paths", message);
        }
    }
}
