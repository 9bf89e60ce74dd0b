//! Ads with their images and videos (TikTok, `platforms/tiktok.md` §6, §12).

use super::{Group, Mapper, Place, canonical_fields, names};
use crate::tiktok::{canonical::TAGS, words};
use placard_domain::{
    Platform,
    phone::{Country, PhoneNumber},
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::{Ad, Call, Diagnostic, ImageFacts, LeadForm, Picture, Target, VideoFacts, Website},
};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Ads in an ad group (§12, limits).
const MOST_ADS: usize = 20;

/// What an ad keeps for good (§12). TikTok's own client knows no number in a change of an ad.
const FIXED: &[&str] =
    &["adgroup_id", "ad_format", "phone_region_code", "phone_region_calling_code", "phone_number"];

/// Bytes of a video that Placard sends, which goes as a whole; TikTok itself takes 500 MB (§6).
const LARGEST_VIDEO: u64 = 100 * 1024 * 1024;

/// Lengths of videos in seconds (§6).
const SECONDS: RangeInclusive<u64> = 5..=600;

/// Parameters behind an address (§12).
const MOST_TAGS: usize = 14;

impl Mapper<'_> {
    /// Adds the ads of `group` with what they need.
    pub(super) fn ads(&mut self, group: Group<'_>, group_key: &ObjectKey) {
        if !group.group.keywords.is_empty() {
            let path = format!("{}.keywords", self.paths.group(group.index));
            self.found(Diagnostic::warning(
                path,
                "Placard sends no keywords to TikTok; they count on other platforms only",
            ));
        }
        if group.group.ads.len() > MOST_ADS {
            let path = format!("{}.ads", self.paths.group(group.index));
            self.error(path, format!("TikTok takes at most {MOST_ADS} ads in an ad group"));
        }
        for (index, ad) in group.group.ads.iter().enumerate() {
            let place = Place { group: group.index, ad: index };
            self.name(&format!("{}.name", self.paths.ad(place.group, place.ad)), &ad.name);
            let Some(image) = self.picture(place, ad) else { continue };
            let video = self.video(place, ad);
            let path = format!("{}/{}", group.group.key, ad.key);
            self.ad(place, path, ad, group_key, (&image, video));
        }
    }

    fn ad(
        &mut self,
        place: Place,
        path: String,
        ad: &Ad,
        group_key: &ObjectKey,
        (image, video): (&Value, Option<Value>),
    ) {
        let creative = &ad.creative;
        let format = if video.is_some() { words::VIDEO_AD } else { words::IMAGE_AD };
        let mut fields = vec![
            ("adgroup_id", reference(group_key)),
            ("ad_name", ad.name.clone().into()),
            ("ad_format", format.into()),
            ("image_ids", json!([image])),
            ("ad_text", self.ad_text(place, creative).into()),
            ("identity_id", self.own.identity.clone().into()),
            ("identity_type", words::identity_type(self.own.identity_type).into()),
        ];
        fields.extend(video.map(|video| ("video_id", video)));
        let center = self.own.business_center.clone();
        fields.extend(center.map(|center| ("identity_authorized_bc_id", center.into())));
        fields.extend(self.button(place, creative).map(|word| ("call_to_action", word.into())));
        let path_there = self.paths.destination(place.group, place.ad);
        match &creative.target {
            Target::Website(website) => fields.extend(self.link(&path_there, website)),
            Target::Form(form) => fields.extend(self.form(&path_there, form)),
            Target::Call(call) => fields.extend(self.phone(&path_there, place.group, call)),
        }
        self.object(DesiredObject {
            key: ObjectKey::new(ObjectKind::Ad, path),
            name: ad.name.clone(),
            fields: canonical_fields(fields),
            run: Some(ad.run),
            rules: FieldRules { create_only: names(FIXED), ..FieldRules::default() },
            upload: None,
            daily_cost: None,
        });
    }

    fn link(&mut self, path: &str, website: &Website) -> [(&'static str, Value); 2] {
        if website.display_url.is_some() {
            let path = format!("{path}.website.display_url");
            self.found(Diagnostic::warning(path, "TikTok shows the name of who speaks instead"));
        }
        let tags = self.tags(&format!("{path}.website.url_tags"), website.url_tags.as_deref());
        [("landing_page_url", website.url.clone().into()), (TAGS, tags)]
    }

    /// `a=1&b=2` as the list that TikTok takes.
    fn tags(&mut self, path: &str, tags: Option<&str>) -> Value {
        let parts: Vec<&str> = tags.into_iter().flat_map(|tags| tags.split('&')).collect();
        if parts.len() > MOST_TAGS {
            self.error(path, format!("TikTok takes at most {MOST_TAGS} parameters behind an address"));
        }
        let mut found = Vec::new();
        for part in parts {
            match part.split_once('=') {
                Some((key, value)) if !key.is_empty() && !value.is_empty() => {
                    found.push(json!({"key": key, "value": value}));
                }
                _ => self.error(path, format!("TikTok takes `key=value`, and `{part}` is something else")),
            }
        }
        found.into()
    }

    /// A form that was made in TikTok Ads Manager: there is no call that makes one (§15).
    fn form(&mut self, path: &str, form: &LeadForm) -> Option<(&'static str, Value)> {
        let Some(page) = &self.own.form else {
            let message = "forms at TikTok are made in its Ads Manager, and the spec names none";
            let finding = Diagnostic::error("platforms.tiktok.form", message);
            self.found(finding.help("Make the form there, publish it, and name its page id."));
            return None;
        };
        let message =
            format!("TikTok shows the form {page}; what it asks is said there, not in `{}`", form.name);
        self.found(Diagnostic::warning(format!("{path}.form"), message));
        Some(("page_id", page.clone().into()))
    }

    /// The number that the button dials, in the parts that TikTok takes it in: `DE`, `+49`, `30123456`. That it is one
    /// was checked with the spec.
    fn phone(&mut self, path: &str, group: usize, call: &Call) -> Vec<(&'static str, Value)> {
        let path = format!("{path}.call.phone");
        let Ok(number) = PhoneNumber::parse(&call.phone, None) else { return Vec::new() };
        let (countries, national) = number.parts();
        let places = self.campaign.ad_groups.get(group).map(|group| group.locations.include.as_slice());
        let shown = |country: &&Country| {
            places.unwrap_or_default().iter().any(|place| place.country.as_deref() == Some(country.code()))
        };
        let country = match countries.as_slice() {
            [country] => Some(country),
            several => several.iter().find(shown),
        };
        let Some(country) = country else {
            let message = "several countries share the code of this number, and TikTok asks which it is";
            let finding = Diagnostic::error(path, message);
            self.found(finding.help("Show the ads of this ad group in the country of the number."));
            return Vec::new();
        };
        vec![
            ("phone_region_code", Value::from(country.code())),
            ("phone_region_calling_code", format!("+{}", country.calling_code()).into()),
            ("phone_number", national.into()),
        ]
    }

    /// The id of the ad's picture, which every ad that Placard makes at TikTok has. TikTok gives each upload one of its
    /// own.
    fn picture(&mut self, place: Place, ad: &Ad) -> Option<Value> {
        let path = format!("{}.image", self.paths.ad(place.group, place.ad));
        let Some(picture) = &ad.creative.picture else {
            let finding = Diagnostic::error(path, "ads at TikTok show a picture");
            self.found(finding.help("Add `image:` with a JPG or PNG file."));
            return None;
        };
        self.image_id(Platform::Tiktok, &path, picture)
    }

    /// The id of the ad's video. TikTok gives each upload one of its own.
    fn video(&mut self, place: Place, ad: &Ad) -> Option<Value> {
        let ad_path = self.paths.ad(place.group, place.ad);
        let (video, path) = (ad.creative.video.as_ref()?, format!("{ad_path}.video"));
        if let Some(facts) = video.facts() {
            self.check_video(&path, facts);
            let cover = ad.creative.picture.as_ref().and_then(Picture::facts);
            if let Some(cover) = cover.filter(|cover| !is_same_shape(cover, facts)) {
                let message = format!(
                    "the cover is {} × {} and the video {} × {}; TikTok wants them in one shape",
                    cover.width, cover.height, facts.width, facts.height
                );
                let finding = Diagnostic::error(format!("{ad_path}.image"), message);
                self.found(finding.help("Take a still of the video."));
            }
        }
        self.video_id(Platform::Tiktok, &path, video)
    }

    fn check_video(&mut self, path: &str, facts: &VideoFacts) {
        if facts.bytes > LARGEST_VIDEO {
            let message =
                format!("Placard sends videos of up to {} MB to TikTok", LARGEST_VIDEO / (1024 * 1024));
            let finding = Diagnostic::error(path, message);
            self.found(
                finding.help("Upload it in TikTok Ads Manager and name its id: `video: tiktok:<id>`."),
            );
        }
        if !(SECONDS.start() * 1000..=SECONDS.end() * 1000).contains(&facts.duration_ms) {
            let (least, most) = (SECONDS.start(), SECONDS.end());
            self.error(path, format!("TikTok shows videos of {least} to {most} seconds"));
        }
    }
}

/// Whether a cover has the video's ratio of width to height (§12, `image_ids`).
fn is_same_shape(cover: &ImageFacts, video: &VideoFacts) -> bool {
    u64::from(cover.width) * u64::from(video.height) == u64::from(cover.height) * u64::from(video.width)
}
