//! A video for tests.

use super::{Installation, Spec};
use anyhow::Result;
use placard_domain::Platform;
use std::fs;

impl Installation {
    /// Puts a video into the library and gives a spec for `platform` that shows it, with its cover beside the spec.
    pub(crate) async fn with_a_video(&self, platform: Platform) -> Result<String> {
        fs::write(self.folder().join("clip.mp4"), include_bytes!("../clip.mp4"))?;
        fs::write(self.folder().join("cover.png"), include_bytes!("../cover.png"))?;
        self.must(&["assets", "add", "clip.mp4"]).await?;
        fs::remove_file(self.folder().join("clip.mp4"))?;
        let text = Spec { platform, ads: 1, ..Spec::default() }.text();
        Ok(text.replace("image: 0-0.png", "image: cover.png, video: \"asset:clip.mp4\""))
    }
}
