//! From a file on disk to a checked campaign.

use super::failure::{self, WrongInput, WrongSpec, findings};
use super::paint::Paint;
use super::words::counted;
use crate::assets::Assets;
use crate::pictures::{self, Seen, Shelf};
use anyhow::Result;
use chrono::NaiveDate;
use placard_domain::spec::{self, Campaign, Diagnostics};
use std::path::Path;

/// A spec file that can be planned.
#[derive(Clone)]
pub(super) struct CampaignFile {
    pub(super) campaign: Campaign,
    pub(super) assets: Assets,
    pub(super) warnings: Diagnostics,
    document: spec::Document,
    text: String,
    name: String,
}

impl CampaignFile {
    /// Reads and checks `path`; `seen` is what was seen of the library's assets that it names. The error holds
    /// everything that is wrong.
    pub(super) fn load(path: &Path, today: NaiveDate, seen: &Seen) -> Result<Self> {
        let (name, text, document) = open(path)?;
        let wrong = |findings| WrongSpec { file: name.clone(), findings };
        let assets = Assets::beside(path);
        let mut media = seen.media.clone();
        media.images.extend(assets.look_at(&document));
        let (campaign, warnings) = spec::check(&document, &media, today).map_err(wrong)?;
        let file = Self { campaign, assets, warnings, document, text, name };
        Ok(file.with_warnings(seen.warnings.clone()))
    }

    /// The file as it stands.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The pictures that it names.
    pub(super) fn images(&self) -> Vec<String> {
        named(&self.document)
    }

    /// The pages that clicks lead to, with the path of each.
    pub(super) fn pages(&self) -> Vec<(String, &str)> {
        self.document.pages()
    }

    /// An error, with the places in this file if it is about its fields.
    pub(super) fn locate(&self, error: anyhow::Error) -> anyhow::Error {
        match failure::findings_of(&error) {
            Some(findings) => self.misfit(findings).into(),
            None => error,
        }
    }

    /// The same with the findings of another check in place of its own.
    pub(super) fn warned(mut self, findings: Diagnostics) -> Self {
        self.warnings = Diagnostics::default();
        self.with_warnings(findings)
    }

    /// Findings of a later check, with their places in this file.
    pub(super) fn misfit(&self, mut findings: Diagnostics) -> WrongSpec {
        self.document.locate(&mut findings);
        WrongSpec { file: self.name.clone(), findings }
    }

    /// The same with the warnings of a later check.
    pub(super) fn with_warnings(mut self, mut findings: Diagnostics) -> Self {
        self.document.locate(&mut findings);
        self.warnings.0.append(&mut findings.0);
        self
    }

    /// How much it holds: `2 ad groups, 1 ad`.
    pub(super) fn size(&self) -> String {
        let groups = &self.campaign.ad_groups;
        let ads: usize = groups.iter().map(|group| group.ads.len()).sum();
        format!("{}, {}", counted(groups.len(), "ad group"), counted(ads, "ad"))
    }

    /// Shows the warnings on standard error.
    pub(super) fn show_warnings(&self) {
        if !self.warnings.0.is_empty() {
            eprint!("{}", findings(&self.name, &self.warnings, Paint::for_stderr()));
        }
    }
}

/// The files of the spec at `path`, and the pictures that it names.
pub(super) fn images(path: &Path) -> Result<(Assets, Vec<String>)> {
    let (_, _, document) = open(path)?;
    Ok((Assets::beside(path), named(&document)))
}

/// Whether the spec at `path` names assets of the library.
pub(super) fn names_assets(path: &Path) -> Result<bool> {
    let (_, _, document) = open(path)?;
    Ok(document.asset_images().chain(document.asset_videos()).next().is_some())
}

/// What `shelf` has of the assets that the spec at `path` names. It is not asked if there are none.
pub(super) async fn seen(path: &Path, shelf: &dyn Shelf) -> Result<Seen> {
    let (_, _, document) = open(path)?;
    pictures::look_up(shelf, &document).await
}

/// A spec's name, text and content.
fn open(path: &Path) -> Result<(String, String, spec::Document)> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
    let document = spec::read(&text).map_err(|findings| WrongSpec { file: name.clone(), findings })?;
    Ok((name, text, document))
}

fn named(document: &spec::Document) -> Vec<String> {
    let mut names: Vec<String> = document.images().into_iter().map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}
