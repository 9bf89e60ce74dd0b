//! What maps a checked campaign to a platform's objects: the same for every platform but for what each adds to it.

use crate::{AccountContext, spec_paths::Paths};
use placard_domain::{
    Platform,
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind, Upload, reference},
    spec::{Ad, Campaign, Diagnostic, HeldMedia, Picture, PictureFile, Severity, Video},
};
use serde_json::Value;
use std::collections::HashSet;

/// What a campaign comes to at a platform, and what stands against it.
#[derive(Debug)]
pub(crate) struct Mapped {
    /// The objects, complete only if no error is among the findings. They stand in the order in which platforms need
    /// them, and within a kind in the order of the spec.
    pub(crate) objects: Vec<DesiredObject>,
    /// What was found.
    pub(crate) findings: Vec<Diagnostic>,
}

impl Mapped {
    /// Nothing, for a campaign that `finding` says is not meant for the platform.
    pub(crate) fn unmeant(finding: Diagnostic) -> Self {
        Self { objects: Vec::new(), findings: vec![finding] }
    }

    /// Whether the findings make the campaign unusable.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The objects, or all that was found if an error is among it.
    pub(crate) fn into_objects(self) -> Result<Vec<DesiredObject>, Vec<Diagnostic>> {
        if self.has_errors() { Err(self.findings) } else { Ok(self.objects) }
    }
}

/// One pass that maps and checks; `S` is the spec's own part for the platform, whose module adds what it does with it.
pub(crate) struct Mapper<'a, S> {
    pub(crate) campaign: &'a Campaign,
    pub(crate) context: &'a AccountContext,
    pub(crate) own: &'a S,
    pub(crate) paths: Paths<'a>,
    mapped: Mapped,
    keys: HashSet<ObjectKey>,
    said: HashSet<(String, String)>,
}

impl<'a, S> Mapper<'a, S> {
    /// Nothing mapped yet.
    pub(crate) fn new(campaign: &'a Campaign, context: &'a AccountContext, own: &'a S) -> Self {
        let mapped = Mapped { objects: Vec::new(), findings: Vec::new() };
        let (paths, keys, said) = (Paths::new(&campaign.spec), HashSet::new(), HashSet::new());
        Self { campaign, context, own, paths, mapped, keys, said }
    }

    /// All that was mapped and found.
    pub(crate) fn finish(mut self) -> Mapped {
        self.mapped.objects.sort_by_key(|object| object.key.kind);
        self.mapped
    }

    /// Notes what makes the campaign unusable.
    pub(crate) fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.found(Diagnostic::error(path, message));
    }

    /// Notes something, once.
    pub(crate) fn found(&mut self, finding: Diagnostic) {
        if self.said.insert((finding.path.clone(), finding.message.clone())) {
            self.mapped.findings.push(finding);
        }
    }

    /// Adds an object unless one of its name is there already.
    pub(crate) fn object(&mut self, object: DesiredObject) {
        if self.keys.insert(object.key.clone()) {
            self.mapped.objects.push(object);
        }
    }

    /// The id of `picture` at `platform`: of what is uploaded for it, or of what the platform holds already.
    pub(crate) fn image_id(&mut self, platform: Platform, path: &str, picture: &Picture) -> Option<Value> {
        match picture {
            Picture::File(file) => Some(reference(&self.image(file))),
            Picture::Held(held) => self.held_at(platform, path, held).map(Value::from),
        }
    }

    /// The id of `video` at `platform`: of what is uploaded for it, or of what the platform holds already.
    pub(crate) fn video_id(&mut self, platform: Platform, path: &str, video: &Video) -> Option<Value> {
        match video {
            Video::File(file) => {
                Some(reference(&self.file(ObjectKind::Video, &file.source, &file.facts.sha256)))
            }
            Video::Held(held) => self.held_at(platform, path, held).map(Value::from),
        }
    }

    /// Says of an ad with a video that `platform` gets none from Placard.
    pub(crate) fn no_video(&mut self, platform: Platform, ad_path: &str, ad: &Ad) {
        if ad.creative.video.is_some() {
            let message =
                format!("Placard sends no videos to {}; the ad goes there without it", platform.title());
            self.found(Diagnostic::warning(format!("{ad_path}.video"), message));
        }
    }

    /// What `platform` calls `held`, which can be shown only where it is.
    pub(crate) fn held_at(&mut self, platform: Platform, path: &str, held: &HeldMedia) -> Option<String> {
        if held.platform == platform {
            return Some(held.id.clone());
        }
        let (here, there) = (platform.title(), held.platform.title());
        let finding = Diagnostic::error(path, format!("{here} does not have what {there} holds"));
        self.found(finding.help("Name a file or an asset instead."));
        None
    }

    /// Adds the image and gives its key; the same content is one image. Its id is the platform's own.
    pub(crate) fn image(&mut self, picture: &PictureFile) -> ObjectKey {
        self.file(ObjectKind::Image, &picture.source, &picture.facts.sha256)
    }

    fn file(&mut self, kind: ObjectKind, source: &str, sha256: &str) -> ObjectKey {
        let key = ObjectKey::new(kind, sha256.get(..16).unwrap_or(sha256));
        self.object(DesiredObject {
            key: key.clone(),
            name: source.to_owned(),
            fields: Fields::new(),
            run: None,
            rules: FieldRules { keep: true, ..FieldRules::default() },
            upload: Some(Upload { source: source.to_owned(), sha256: sha256.to_owned() }),
            daily_cost: None,
        });
        key
    }
}
