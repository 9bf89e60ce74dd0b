//! Looking at the files that a spec names.

use placard_domain::spec::{Document, ImageFacts, ImageFormat, Images, MediaProblem};
use sha2::{Digest, Sha256};
use std::{
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

/// The files of one spec, seen from its folder.
#[derive(Clone, Debug)]
pub struct Assets {
    folder: PathBuf,
    /// Whether names may not lead out of the folder: the spec comes from someone who may not read our files.
    confined: bool,
}

impl Assets {
    /// Files beside the spec at `spec_path`.
    pub fn beside(spec_path: &Path) -> Self {
        let parent = spec_path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self { folder: parent.unwrap_or(Path::new(".")).to_owned(), confined: false }
    }

    /// Files in `folder`.
    pub const fn in_folder(folder: PathBuf) -> Self {
        Self { folder, confined: false }
    }

    /// Files in `folder` and nowhere else, whatever a spec names.
    pub const fn confined_to(folder: PathBuf) -> Self {
        Self { folder, confined: true }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is known of every image that `document` names.
    pub fn look_at(&self, document: &Document) -> Images {
        document.images().into_iter().map(|image| (image.to_owned(), self.facts(image))).collect()
    }

    /// The content of the image `name`.
    pub fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.place(name)?)
    }

    /// Puts a file there, whole or not at all.
    pub async fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let place = self.place(name)?;
        let folder = place.parent().unwrap_or(&self.folder);
        tokio::fs::create_dir_all(folder).await?;
        let draft = folder.join(format!(".{}", uuid::Uuid::now_v7()));
        let written = async {
            tokio::fs::write(&draft, content).await?;
            tokio::fs::rename(&draft, &place).await
        };
        let done = written.await;
        if done.is_err() {
            // The first error says more than that of tidying up.
            let _ = tokio::fs::remove_file(&draft).await;
        }
        done
    }

    /// Every file there with its size and the SHA-256 of its content, by name.
    pub fn list(&self) -> std::io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        collect(&self.folder, "", &mut found)?;
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    fn place(&self, name: &str) -> std::io::Result<PathBuf> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if self.confined && !inside {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(self.folder.join(name))
    }

    fn facts(&self, name: &str) -> Result<ImageFacts, MediaProblem> {
        let content = self.read(name).map_err(|error| match error.kind() {
            ErrorKind::NotFound => MediaProblem::Missing,
            _ => MediaProblem::Unreadable(error.to_string()),
        })?;
        let format = match imagesize::image_type(&content) {
            Ok(imagesize::ImageType::Jpeg) => ImageFormat::Jpeg,
            Ok(imagesize::ImageType::Png) => ImageFormat::Png,
            _ => return Err(MediaProblem::NotAnImage),
        };
        let size = imagesize::blob_size(&content).map_err(|_| MediaProblem::NotAnImage)?;
        Ok(ImageFacts {
            sha256: hash_of(&content),
            width: u32::try_from(size.width).unwrap_or(u32::MAX),
            height: u32::try_from(size.height).unwrap_or(u32::MAX),
            bytes: content.len() as u64,
            format,
        })
    }
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, as a spec would name it.
    pub path: String,
    /// The hash of its content, lower-case hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// The SHA-256 of `content`, lower-case hexadecimal.
pub fn hash_of(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn collect(folder: &Path, above: &str, found: &mut Vec<Listed>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        // What begins with a dot is half written.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let path = format!("{above}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else {
            let content = std::fs::read(entry.path())?;
            found.push(Listed { path, sha256: hash_of(&content), bytes: content.len() as u64 });
        }
    }
    Ok(())
}
