//! Pictures and words.

use super::{Checker, Diagnostic};
use crate::spec::{
    campaign::{Creative, HeldMedia, Picture, PictureFile, Video, VideoFile},
    media::{ImageFacts, MediaProblem, asset_name},
    model::{AdSpec, CampaignSpec, Copy},
};

/// Narrower pictures are refused (Meta, `platforms/meta.md` §6).
const LEAST_WIDTH: u32 = 600;

impl Checker<'_> {
    pub(super) fn creative(&mut self, ad: &AdSpec, spec: &CampaignSpec, path: &str) -> Option<Creative> {
        let picture = ad.image.as_deref().map(|image| self.picture(image, &format!("{path}.image")));
        let video = ad.video.as_deref().map(|video| self.video(video, ad, path));
        let primary_text = self.words(ad, spec, path, "primary_text", |copy| copy.primary_text.as_ref());
        let headline = self.words(ad, spec, path, "headline", |copy| copy.headline.as_ref());
        let (destination, target_path) = match &ad.destination {
            Some(own) => (own, format!("{path}.destination")),
            None => (&spec.destination, "destination".to_owned()),
        };
        let target = self.once(&target_path, |checker| {
            let target = checker.target(destination, &target_path)?;
            checker.target_serves_goal(spec.goal, &target, &target_path);
            Some(target)
        });
        Some(Creative {
            picture: match picture {
                Some(looked_at) => Some(looked_at?),
                None => None,
            },
            video: match video {
                Some(looked_at) => Some(looked_at?),
                None => None,
            },
            primary_text: primary_text?,
            headline: headline?,
            description: part(ad, spec, |copy| copy.description.as_ref()).cloned(),
            more_headlines: lines(ad, spec, |copy| &copy.more_headlines),
            more_descriptions: lines(ad, spec, |copy| &copy.more_descriptions),
            call_to_action: part(ad, spec, |copy| copy.call_to_action.as_ref()).copied(),
            target: target?,
        })
    }

    /// Runs a check of something shared by many ads and drops findings that an earlier ad caused already.
    fn once<T>(&mut self, path: &str, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.findings.0.len();
        let result = check(self);
        let known: Vec<Diagnostic> = self.findings.0[..before].to_vec();
        let fresh = self.findings.0.split_off(before);
        self.findings.0.extend(
            fresh.into_iter().filter(|finding| !finding.path.starts_with(path) || !known.contains(finding)),
        );
        result
    }

    fn words(
        &mut self,
        ad: &AdSpec,
        spec: &CampaignSpec,
        path: &str,
        field: &str,
        get: impl Fn(&Copy) -> Option<&String>,
    ) -> Option<String> {
        let words = part(ad, spec, get);
        if words.is_none() {
            self.error(
                format!("{path}.copy.{field}"),
                format!("`{}` has no {}", ad.name, field.replace('_', " ")),
                "write it here, or under `copy` for every ad",
            );
        }
        words.cloned()
    }

    fn picture(&mut self, image: &str, path: &str) -> Option<Picture> {
        if let Some(held) = HeldMedia::parse(image) {
            if held.id.is_empty() {
                self.error(path, "the platform's id of the picture is missing", "write `meta:<hash>`");
                return None;
            }
            return Some(Picture::Held(held));
        }
        if asset_name(image).is_some_and(str::is_empty) {
            self.error(path, "the name of the asset is missing", "write `asset:hero.png`");
            return None;
        }
        match self.media.images.get(image) {
            Some(Ok(facts)) if facts.width < LEAST_WIDTH => {
                let message =
                    format!("the image is {} pixels wide, at least {LEAST_WIDTH} are needed", facts.width);
                self.error(path, message, "use a larger picture; 1080 × 1080 looks good everywhere");
                None
            }
            Some(Ok(facts)) => {
                Some(Picture::File(PictureFile { source: source(image, facts), facts: facts.clone() }))
            }
            Some(Err(problem)) => {
                self.cannot_be_shown(image, problem, path);
                None
            }
            None if asset_name(image).is_some() => {
                self.not_looked_at(image, path);
                None
            }
            None => {
                self.error(path, format!("`{image}` was not looked at"), "this is a fault of Placard");
                None
            }
        }
    }

    /// The video of the ad at `ad_path`.
    fn video(&mut self, video: &str, ad: &AdSpec, ad_path: &str) -> Option<Video> {
        let path = &format!("{ad_path}.video");
        if ad.image.is_none() {
            let help = "add `image:` with a picture of the video's shape";
            self.error(format!("{ad_path}.image"), "a video needs a cover", help);
        }
        if let Some(held) = HeldMedia::parse(video) {
            if held.id.is_empty() {
                let help = format!("write `{}:<id>`", held.platform);
                self.error(path, "the platform's id of the video is missing", &help);
                return None;
            }
            return Some(Video::Held(held));
        }
        match asset_name(video) {
            None => {
                let help = "`placard assets add clip.mp4` takes it in; then write `video: asset:clip.mp4`";
                self.error(path, "videos come from the library", help);
                return None;
            }
            Some("") => {
                self.error(path, "the name of the asset is missing", "write `asset:clip.mp4`");
                return None;
            }
            Some(_) => {}
        }
        match self.media.videos.get(video) {
            Some(Ok(facts)) => {
                Some(Video::File(VideoFile { source: video.to_owned(), facts: facts.clone() }))
            }
            Some(Err(problem)) => {
                self.cannot_be_shown(video, problem, path);
                None
            }
            None => {
                self.not_looked_at(video, path);
                None
            }
        }
    }

    fn cannot_be_shown(&mut self, named: &str, problem: &MediaProblem, path: &str) {
        let finding = Diagnostic::error(path, format!("`{named}`: {problem}"));
        self.findings.push(finding.help(problem.help()));
    }

    fn not_looked_at(&mut self, named: &str, path: &str) {
        let message = format!("`{named}` is of the library, which was not looked at");
        self.error(path, message, "check it where the library is, without --offline");
    }
}

/// What a picture is called from here on. Adapters tell its format by the ending, which an asset's name may not have.
fn source(image: &str, facts: &ImageFacts) -> String {
    let ending = facts.format.extension();
    let ends = |ending: &str| image.to_ascii_lowercase().ends_with(&format!(".{ending}"));
    match asset_name(image) {
        Some(name) if !ends(ending) => format!("asset:{name}.{ending}"),
        Some(name) => format!("asset:{name}"),
        None => image.to_owned(),
    }
}

fn part<'a, T>(
    ad: &'a AdSpec,
    spec: &'a CampaignSpec,
    get: impl Fn(&'a Copy) -> Option<&'a T>,
) -> Option<&'a T> {
    ad.copy.as_ref().and_then(&get).or_else(|| spec.copy.as_ref().and_then(&get))
}

/// The ad's own lines, or the campaign's if it has none.
fn lines(ad: &AdSpec, spec: &CampaignSpec, get: impl Fn(&Copy) -> &Vec<String>) -> Vec<String> {
    let own = ad.copy.as_ref().map(&get).filter(|lines| !lines.is_empty());
    own.or_else(|| spec.copy.as_ref().map(&get)).cloned().unwrap_or_default()
}
