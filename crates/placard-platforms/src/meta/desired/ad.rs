//! Ads, their creatives, images and videos (Meta, `platforms/meta.md` §6, §7, §11, §12, §13).

use super::{Group, Mapper, canonical_fields, content_key};
use crate::meta::{
    goals::{self, TargetKind},
    story::Story,
    words,
};
use placard_domain::{
    Platform,
    copy::limits,
    objective::CallToAction,
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind, reference},
    spec::{Ad, Creative, Diagnostic, ImageFacts, SpecialAdCategory, Target, VideoFacts},
};
use serde_json::{Map, Value, json};

/// Ads in an ad set (§9, counts).
const MOST_ADS: usize = 50;

/// Bytes of an image (§6, limits).
const LARGEST_IMAGE: u64 = 30 * 1024 * 1024;

/// Bytes of a video that Placard sends. Whoever wants to stop something in the account waits for an upload under way, so
/// it must not take long.
const LARGEST_VIDEO: u64 = 100 * 1024 * 1024;

/// The placeholder to which an ad with a form links (§14).
const FORM_LINK: &str = "http://fb.me/";

/// Enhancements of Meta's that change a creative, each switched off by name because there is no switch for all (§11).
const ENHANCEMENTS: &[&str] = &[
    "image_brightness_and_contrast",
    "image_templates",
    "image_touchups",
    "inline_comment",
    "product_extensions",
    "text_optimizations",
];

/// Those that change a video.
const VIDEO_ENHANCEMENTS: &[&str] = &["video_auto_crop", "video_filtering", "video_uncrop"];

/// The pictures of an ad, by their ids at Meta.
struct Shown {
    image: Value,
    video: Option<Value>,
}

impl Shown {
    const fn story(&self) -> Story {
        if self.video.is_some() { Story::Video } else { Story::Link }
    }
}

/// An ad with its place in the spec.
#[derive(Clone, Copy)]
struct Place {
    group: usize,
    ad: usize,
}

impl Mapper<'_> {
    /// Adds the ads of `group` with what they need.
    pub(super) fn ads(&mut self, group: Group<'_>, group_key: &ObjectKey) {
        if !group.group.keywords.is_empty() {
            let path = format!("{}.keywords", self.paths.group(group.index));
            self.found(Diagnostic::warning(path, "Meta has no keywords; they count on other platforms only"));
        }
        if group.group.ads.len() > MOST_ADS {
            let path = format!("{}.ads", self.paths.group(group.index));
            self.error(path, format!("Meta takes at most {MOST_ADS} ads in an ad group"));
        }
        for (index, ad) in group.group.ads.iter().enumerate() {
            let place = Place { group: group.index, ad: index };
            self.name(&format!("{}.name", self.paths.ad(place.group, place.ad)), &ad.name);
            self.check_texts(place, &ad.creative);
            let video = self.video(place, ad);
            let Some(image) = self.picture(place, ad) else { continue };
            let path = format!("{}/{}", group.group.key, ad.key);
            let creative = self.creative(place, &path, ad, &Shown { image, video });
            self.ad(group, &path, ad, group_key, &creative);
        }
    }

    fn ad(&mut self, group: Group<'_>, path: &str, ad: &Ad, group_key: &ObjectKey, creative: &ObjectKey) {
        let mut fields = vec![
            ("name", Value::from(ad.name.clone())),
            ("adset_id", reference(group_key)),
            ("creative", json!({"creative_id": reference(creative)})),
        ];
        let goal = group
            .target
            .and_then(|target| goals::find(self.campaign.objective, target, group.group.optimize_for));
        if let (Some(row), Target::Website(website)) = (goal, &ad.creative.target)
            && row.converts_on_website()
        {
            fields
                .extend(registrable_domain(&website.url).map(|domain| ("conversion_domain", domain.into())));
        }
        let key = ObjectKey::new(ObjectKind::Ad, path);
        let rules = FieldRules { create_only: vec!["adset_id".to_owned()], ..FieldRules::default() };
        let fields = canonical_fields(ObjectKind::Ad, fields);
        let name = ad.name.clone();
        self.object(DesiredObject {
            key,
            name,
            fields,
            run: Some(ad.run),
            rules,
            upload: None,
            daily_cost: None,
        });
    }

    /// Adds a creative and gives its key. Its content cannot be changed, so other content is another creative (§11).
    fn creative(&mut self, place: Place, path: &str, ad: &Ad, shown: &Shown) -> ObjectKey {
        let mut story = Map::new();
        story.insert("page_id".to_owned(), self.own.page.clone().into());
        if let Some(instagram) = &self.own.instagram {
            story.insert("instagram_user_id".to_owned(), instagram.clone().into());
        }
        let form = shown.story();
        story.insert(form.member().to_owned(), self.story(place, &ad.creative, shown));
        let of_videos = VIDEO_ENHANCEMENTS.iter().filter(|_| form == Story::Video);
        let off: Map<String, Value> = ENHANCEMENTS
            .iter()
            .chain(of_videos)
            .map(|name| ((*name).to_owned(), json!({"enroll_status": "OPT_OUT"})))
            .collect();
        let mut fields = Fields::from([
            ("object_story_spec".to_owned(), Value::Object(story)),
            ("degrees_of_freedom_spec".to_owned(), json!({"creative_features_spec": off})),
            // Left out, Meta may show the ad among those of others (§11, §24).
            ("contextual_multi_ads".to_owned(), json!({"enroll_status": "OPT_OUT"})),
        ]);
        if let Target::Website(website) = &ad.creative.target
            && let Some(tags) = &website.url_tags
        {
            fields.insert("url_tags".to_owned(), tags.clone().into());
        }
        if self.own.special_ad_categories.contains(&SpecialAdCategory::Politics) {
            fields.insert("authorization_category".to_owned(), "POLITICAL".into());
        }
        let key = content_key(ObjectKind::Creative, path, &fields);
        let rules = FieldRules {
            create_only: fields.keys().cloned().collect(),
            write_only: ["contextual_multi_ads", "authorization_category"].map(str::to_owned).to_vec(),
            keep: false,
        };
        fields.insert("name".to_owned(), ad.name.clone().into());
        self.object(DesiredObject {
            key: key.clone(),
            name: ad.name.clone(),
            fields,
            run: None,
            rules,
            upload: None,
            daily_cost: None,
        });
        key
    }

    /// The post: words, pictures and where it leads. That of a video has no link but its button's (§11).
    fn story(&mut self, place: Place, creative: &Creative, shown: &Shown) -> Value {
        let story = shown.story();
        let button = self.button(place, creative);
        let (link, mut value) = match &creative.target {
            Target::Website(website) => (website.url.clone(), json!({"link": website.url})),
            Target::Form(form) => {
                let form =
                    self.form(&format!("{}.form", self.paths.destination(place.group, place.ad)), form);
                (FORM_LINK.to_owned(), json!({"lead_gen_form_id": reference(&form)}))
            }
            Target::Call(call) => {
                let path = format!("{}.call.phone", self.paths.destination(place.group, place.ad));
                self.check_phone(&path, &call.phone, place.group);
                let link = format!("tel:{}", call.phone);
                (link.clone(), json!({"link": link}))
            }
        };
        let mut data = Map::from_iter([
            ("message".to_owned(), Value::from(creative.primary_text.clone())),
            (story.headline().to_owned(), creative.headline.clone().into()),
            ("image_hash".to_owned(), shown.image.clone()),
        ]);
        if let Some(description) = &creative.description {
            data.insert(story.description().to_owned(), description.clone().into());
        }
        let display_url = match &creative.target {
            Target::Website(website) => website.display_url.clone(),
            Target::Form(_) | Target::Call(_) => None,
        };
        match &shown.video {
            None => {
                data.insert("link".to_owned(), link.into());
                data.extend(display_url.map(|shown| ("caption".to_owned(), shown.into())));
            }
            Some(video) => {
                data.insert("video_id".to_owned(), video.clone());
                if let Some(shown) = display_url {
                    value["link_caption"] = shown.into();
                }
            }
        }
        let button = json!({"type": words::call_to_action(button), "value": value});
        data.insert("call_to_action".to_owned(), button);
        Value::Object(data)
    }

    /// The button that the spec asks for, or the usual one of the target.
    fn button(&mut self, place: Place, creative: &Creative) -> CallToAction {
        let usual = TargetKind::of(&creative.target).usual_button(self.campaign.objective);
        let Some(button) = creative.call_to_action else { return usual };
        let path = self.paths.copy(place.group, place.ad, "call_to_action");
        match &creative.target {
            Target::Call(_) if button != CallToAction::CallNow => {
                self.error(path, format!("`{button}` does not dial; a call ad has the button `call_now`"));
            }
            Target::Form(_) if !words::FORM_BUTTONS.contains(&button) => {
                let names: Vec<&str> = words::FORM_BUTTONS.iter().map(|button| button.as_str()).collect();
                let finding =
                    Diagnostic::error(path, format!("Meta opens no form from the button `{button}`"));
                self.found(finding.help(format!("It does from: {}.", names.join(", "))));
            }
            Target::Website(_) if button == CallToAction::CallNow => {
                self.error(path, "`call_now` dials; an ad that leads to a website needs another button");
            }
            _ => {}
        }
        button
    }

    fn check_texts(&mut self, place: Place, creative: &Creative) {
        let texts = [Some(&creative.primary_text), Some(&creative.headline), creative.description.as_ref()];
        for (limit, text) in limits::META.iter().zip(texts) {
            let (length, shown) = (text.map_or(0, |text| text.chars().count()), limit.length);
            if length > shown {
                let path = self.paths.copy(place.group, place.ad, limit.part.as_str());
                let message = format!("Meta shows about {shown} characters here and this has {length}");
                self.found(Diagnostic::warning(path, message).help("Say the important part first."));
            }
        }
    }

    /// The hash of the ad's picture (§6), which every ad at Meta must have.
    fn picture(&mut self, place: Place, ad: &Ad) -> Option<Value> {
        let path = format!("{}.image", self.paths.ad(place.group, place.ad));
        let Some(picture) = &ad.creative.picture else {
            self.found(
                Diagnostic::error(path, "ads at Meta show a picture")
                    .help("Add `image:` with a JPG or PNG file."),
            );
            return None;
        };
        if let Some(facts) = picture.facts() {
            self.check_picture(&path, facts);
        }
        self.image_id(Platform::Meta, &path, picture)
    }

    /// The id of the ad's video.
    fn video(&mut self, place: Place, ad: &Ad) -> Option<Value> {
        let path = format!("{}.video", self.paths.ad(place.group, place.ad));
        let video = ad.creative.video.as_ref()?;
        if let Some(facts) = video.facts() {
            self.check_video(&path, facts);
        }
        self.video_id(Platform::Meta, &path, video)
    }

    fn check_video(&mut self, path: &str, facts: &VideoFacts) {
        if facts.bytes > LARGEST_VIDEO {
            let megabytes = LARGEST_VIDEO / (1024 * 1024);
            let finding =
                Diagnostic::error(path, format!("Placard sends videos of up to {megabytes} MB to Meta"));
            let help = "Upload it in Meta Ads Manager and name its id: `video: meta:<id>`.";
            self.found(finding.help(help));
        }
    }

    fn check_picture(&mut self, path: &str, facts: &ImageFacts) {
        if facts.bytes > LARGEST_IMAGE {
            self.error(path, "Meta takes images of up to 30 MB");
        }
        // From 9:16 to 1.91:1, the narrowest and widest of what placements show (§6).
        let (width, height) = (u64::from(facts.width), u64::from(facts.height));
        if width * 16 < height * 9 || width * 100 > height * 191 {
            let message =
                format!("Meta will crop {width} × {height}: it shows 9:16 (upright) to 1.91:1 (wide)");
            self.found(Diagnostic::warning(path, message));
        }
    }
}

/// The domain under which a conversion is reported: `example.co.uk` for `https://shop.example.co.uk/x` (§12).
fn registrable_domain(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    psl::domain_str(url.domain()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_domain_is_the_registrable_one() {
        assert_eq!(registrable_domain("https://shop.example.co.uk/a?b").as_deref(), Some("example.co.uk"));
        assert_eq!(registrable_domain("https://example.com/").as_deref(), Some("example.com"));
        assert_eq!(registrable_domain("https://192.0.2.1/"), None);
    }
}
