//! Taking a file in: to a temporary place first, to be looked at, then to where objects lie.

use crate::{
    content::{self, Found, LARGEST_VIDEO, Refusal},
    objects::{ObjectError, ObjectKey, Objects, Part, clear},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, stream};
use placard_domain::{
    TenantId,
    asset::{AssetFacts, ContentHash, MediaType},
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    pin::pin,
    sync::Arc,
};
use tempfile::NamedTempFile;
use tokio::{io::AsyncWriteExt, sync::Semaphore};

/// Pictures that are unpacked at once; each may need half a gigabyte.
const AT_ONCE: usize = 2;

/// Bytes that are read from a file at a time.
const PIECE: usize = 256 * 1024;

/// Why a file was not taken in. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is not one of ours, or not what it is said to be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be stored.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// There is no room for it while it is looked at.
    #[error("there is no room left for files that arrive")]
    Full(#[source] io::Error),
    /// Something of ours failed.
    #[error("the file could not be taken in")]
    Io(#[source] io::Error),
}

impl From<io::Error> for IntakeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(error),
            _ => Self::Io(error),
        }
    }
}

/// Takes files in.
#[derive(Debug)]
pub struct Intake {
    objects: Arc<Objects>,
    arriving: PathBuf,
    unpacking: Semaphore,
}

/// A file that has arrived and was looked at, but is not stored yet; dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    /// What is known of it.
    pub facts: AssetFacts,
    /// The hash of the bytes as they arrived, before anything was taken out of them.
    pub received: ContentHash,
    /// What was found in it and taken out of it.
    pub found: Found,
    file: NamedTempFile,
}

impl Intake {
    /// Takes files in through the folder `arriving`, where each has a name only until it is stored.
    pub fn new(objects: Arc<Objects>, arriving: PathBuf) -> Result<Self, IntakeError> {
        std::fs::create_dir_all(&arriving)?;
        Ok(Self { objects, arriving, unpacking: Semaphore::new(AT_ONCE) })
    }

    /// Receives a file, up to the size of the largest asset, and looks at it.
    pub async fn receive<S>(&self, content: S, declared: Option<MediaType>) -> Result<Received, IntakeError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let file = NamedTempFile::new_in(&self.arriving)?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        let (mut content, mut bytes, mut digest) = (pin!(content), 0_u64, Sha256::new());
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(ObjectError::Cut)?;
            bytes = bytes.saturating_add(piece.len() as u64);
            if bytes > LARGEST_VIDEO {
                return Err(ObjectError::TooLarge { limit: LARGEST_VIDEO }.into());
            }
            digest.update(&piece);
            writer.write_all(&piece).await?;
        }
        let received = read_hash(digest)?;
        writer.flush().await?;
        drop(writer);
        // The semaphore is never closed.
        let _turn = self.unpacking.acquire().await;
        let looked = tokio::task::spawn_blocking(move || look(file, received, declared)).await;
        looked.map_err(|error| IntakeError::Io(io::Error::other(error)))?
    }

    /// Removes what was arriving before `before` and whose process died. Gives how many files it were.
    pub async fn clear(&self, before: DateTime<Utc>) -> Result<usize, IntakeError> {
        let folder = self.arriving.clone();
        let cleared = tokio::task::spawn_blocking(move || clear(folder, before.into(), |_| true)).await;
        Ok(cleared.map_err(io::Error::other).flatten()?)
    }

    /// Stores what was received, under its tenant. What is there already is not sent again; a thumbnail goes first, so
    /// that it is there with its original.
    pub async fn store(
        &self,
        tenant: TenantId,
        received: Received,
    ) -> Result<(AssetFacts, Found), IntakeError> {
        let Received { facts, found, file, .. } = received;
        let original = ObjectKey::new(tenant, facts.hash.clone(), Part::Original);
        match self.objects.size(&original).await {
            Ok(size) if size == facts.bytes => return Ok((facts, found)),
            Ok(_) | Err(ObjectError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(thumbnail) = &found.thumbnail {
            let key = ObjectKey::new(tenant, facts.hash.clone(), Part::Thumbnail);
            let content = Bytes::from(thumbnail.content.clone());
            let limit = content.len() as u64;
            self.objects.put(&key, thumbnail.media, stream::iter([Ok(content)]), limit).await?;
        }
        let content = pieces(file.reopen()?);
        self.objects.put(&original, facts.media, content, facts.bytes).await?;
        Ok((facts, found))
    }
}

fn look(
    mut file: NamedTempFile,
    received: ContentHash,
    declared: Option<MediaType>,
) -> Result<Received, IntakeError> {
    let found = content::inspect(file.as_file_mut(), declared).map_err(|refusal| match refusal {
        Refusal::Io(error) => error.into(),
        other => IntakeError::Refused(other),
    })?;
    let bytes = file.as_file().metadata()?.len();
    let hash = hash(file.as_file_mut())?;
    let facts = AssetFacts { hash, bytes, media: found.media, details: found.details.clone() };
    Ok(Received { facts, received, found, file })
}

fn hash(file: &mut File) -> io::Result<ContentHash> {
    file.seek(SeekFrom::Start(0))?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return read_hash(digest),
            length => digest.update(&piece[..length]),
        }
    }
}

fn read_hash(digest: Sha256) -> io::Result<ContentHash> {
    let digits = hex::encode(digest.finalize());
    ContentHash::parse(&digits).ok_or_else(|| io::Error::other("a hash has 64 digits"))
}

fn pieces(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let file = tokio::fs::File::from_std(file);
    stream::try_unfold(file, |mut file| async move {
        let mut piece = bytes::BytesMut::with_capacity(PIECE);
        let length = tokio::io::AsyncReadExt::read_buf(&mut file, &mut piece).await?;
        Ok((length > 0).then(|| (piece.freeze(), file)))
    })
}
