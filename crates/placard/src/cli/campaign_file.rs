//! From a file on disk to a checked campaign.

use super::failure::{WrongInput, WrongSpec, findings};
use super::paint::Paint;
use crate::assets::Assets;
use anyhow::Result;
use chrono::NaiveDate;
use placard_domain::spec::{self, Campaign, Diagnostics};
use std::path::Path;

/// A spec file that can be planned.
pub(super) struct CampaignFile {
    pub(super) campaign: Campaign,
    pub(super) assets: Assets,
    pub(super) warnings: Diagnostics,
    document: spec::Document,
    name: String,
}

impl CampaignFile {
    /// Reads and checks `path`. The error holds everything that is wrong.
    pub(super) fn load(path: &Path, today: NaiveDate) -> Result<Self> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| WrongInput(format!("{name} cannot be read: {error}")))?;
        let wrong = |findings| WrongSpec { file: name.clone(), findings };
        let document = spec::read(&text).map_err(wrong)?;
        let assets = Assets::beside(path);
        let (campaign, warnings) =
            spec::check(&document, &assets.look_at(&document), today).map_err(wrong)?;
        Ok(Self { campaign, assets, warnings, document, name })
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

    /// Shows the warnings on standard error.
    pub(super) fn show_warnings(&self) {
        if !self.warnings.0.is_empty() {
            eprint!("{}", findings(&self.name, &self.warnings, Paint::for_stderr()));
        }
    }
}
