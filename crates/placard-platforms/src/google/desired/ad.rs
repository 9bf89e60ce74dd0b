//! Ads, and those that stand beside search results (Google, `platforms/google.md` §4).

use super::{Mapper, Place, fields, names, texts::Lines};
use placard_domain::{
    Platform,
    copy::limits,
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind, reference},
    spec::{Ad, AdGroup, Diagnostic, GoogleChannel, RunState, Website},
};
use serde_json::json;

/// Responsive search ads that can be switched on in one ad group (§4).
const MOST_RUNNING: usize = 3;

/// Bytes of an address (§4).
const LONGEST_URL: usize = 2_048;

/// Characters of a word behind the shown address (§4).
const LONGEST_PATH: usize = 15;

const HEADLINES: Lines = Lines {
    first: "headline",
    more: "more_headlines",
    title: "headlines",
    limit: limits::GOOGLE_SEARCH_HEADLINE,
};

const DESCRIPTIONS: Lines = Lines {
    first: "description",
    more: "more_descriptions",
    title: "descriptions",
    limit: limits::GOOGLE_SEARCH_DESCRIPTION,
};

impl Mapper<'_> {
    /// Adds the ads of `group` with what they need.
    pub(super) fn ads(&mut self, index: usize, group: &AdGroup, group_key: &ObjectKey) {
        let running = group.ads.iter().filter(|ad| ad.run == RunState::Active).count();
        if self.searches() && running > MOST_RUNNING {
            let path = format!("{}.ads", self.paths.group(index));
            let message =
                format!("Google lets {MOST_RUNNING} search ads of an ad group run, and {running} should");
            self.found(
                Diagnostic::error(path, message)
                    .help("Set `status: paused` on some, or use another ad group."),
            );
        }
        for (position, ad) in group.ads.iter().enumerate() {
            let place = Place { group: index, ad: position };
            self.no_video(Platform::Google, &self.paths.ad(index, position), ad);
            let path = self.paths.destination(index, position);
            let Some(website) = self.website(&path, &ad.creative.target) else { continue };
            let mut fields = self.link_fields(&path, &website, group_key);
            fields.extend(match self.own.channel {
                GoogleChannel::Search => self.search_fields(place, ad),
                GoogleChannel::Display => self.display_fields(place, group, ad),
            });
            self.object(DesiredObject {
                key: ObjectKey::new(ObjectKind::Ad, format!("{}/{}", group.key, ad.key)),
                name: ad.name.clone(),
                fields,
                run: Some(ad.run),
                rules: FieldRules { create_only: names(&["adGroup"]), ..FieldRules::default() },
                upload: None,
                daily_cost: None,
            });
        }
    }

    fn link_fields(&mut self, path: &str, website: &Website, group_key: &ObjectKey) -> Fields {
        if website.url.len() > LONGEST_URL {
            self.error(
                format!("{path}.website.url"),
                format!("Google takes addresses of up to {LONGEST_URL} bytes"),
            );
        }
        if website.display_url.is_some() {
            let finding = Diagnostic::warning(
                format!("{path}.website.display_url"),
                "Google shows the domain of the real address",
            );
            self.found(finding.help("Words behind it are given by `platforms.google.paths`."));
        }
        let mut fields = fields([("adGroup", reference(group_key)), ("finalUrls", json!([website.url]))]);
        if let Some(tags) = &website.url_tags {
            fields.insert("finalUrlSuffix".to_owned(), tags.clone().into());
        }
        fields
    }

    fn search_fields(&mut self, place: Place, ad: &Ad) -> Fields {
        let creative = &ad.creative;
        let headlines = self.lines(place, HEADLINES, Some(&creative.headline), &creative.more_headlines);
        let descriptions =
            self.lines(place, DESCRIPTIONS, creative.description.as_ref(), &creative.more_descriptions);
        let mut fields = fields([
            ("responsiveSearchAd.headlines", headlines),
            ("responsiveSearchAd.descriptions", descriptions),
        ]);
        let google = self.own;
        for (index, (path, name)) in
            google.paths.iter().zip(["responsiveSearchAd.path1", "responsiveSearchAd.path2"]).enumerate()
        {
            self.check_width(&format!("platforms.google.paths[{index}]"), path, LONGEST_PATH);
            fields.insert(name.to_owned(), path.clone().into());
        }
        fields
    }
}
