//! Where the bytes lie: a folder, or a bucket that speaks S3. One behaviour for both; a test holds them to it.

mod archive;
mod contents;
mod key;
mod local_url;
mod settings;
mod unfinished;

pub use archive::ArchiveKey;
pub use contents::Content;
pub(crate) use contents::clear;
pub use key::{ObjectKey, Part};
pub use local_url::{SignedPath, UrlSigner};
pub use settings::S3Settings;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMultipartOptions,
    PutOptions, aws::AmazonS3, local::LocalFileSystem, path::Path, signer::Signer,
};
use placard_domain::asset::MediaType;
use std::{io, ops::Range, path::PathBuf, pin::pin, time::Duration};
use unfinished::Unfinished;

/// Bytes of one part of an upload; S3 wants at least 5 MiB in all but the last.
const PART: usize = 8 * 1024 * 1024;

/// Why an object could not be stored or fetched.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// The object is larger than was allowed; nothing of it was kept.
    #[error("the object has more than {limit} bytes")]
    TooLarge {
        /// How many bytes were allowed.
        limit: u64,
    },
    /// The range asked for lies outside the object.
    #[error("the object has no such range")]
    NoSuchRange,
    /// Whoever sent the object stopped; nothing of it was kept.
    #[error("the object did not arrive whole")]
    Cut(#[source] io::Error),
    /// There is no room left; nothing of the object was kept.
    #[error("there is no room left where assets are kept")]
    Full(#[source] object_store::Error),
    /// The store failed.
    #[error("the place where assets are kept could not be used")]
    Store(#[source] object_store::Error),
    /// The settings name no usable place.
    #[error("assets cannot be kept there: {0}")]
    Settings(String),
}

impl From<object_store::Error> for ObjectError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::NotFound;
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(current) = cause {
            let kind = current.downcast_ref::<io::Error>().map(io::Error::kind);
            if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
                return Self::Full(error);
            }
            cause = current.source();
        }
        Self::Store(error)
    }
}

/// The place where objects lie.
#[derive(Debug)]
pub struct Objects {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Local { folder: LocalFileSystem, root: PathBuf, signer: UrlSigner },
    S3(Box<AmazonS3>),
}

/// An object being read.
pub struct Reading {
    /// The size of the whole object.
    pub size: u64,
    /// The bytes that are read.
    pub range: Range<u64>,
    /// Their content.
    pub content: BoxStream<'static, Result<Bytes, ObjectError>>,
}

/// An address under which anybody can fetch an object for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedUrl {
    /// An address at the store itself.
    Store(url::Url),
    /// A path at our API, which serves local objects.
    Api(SignedPath),
}

impl Objects {
    /// Objects in a folder, which is made if it is not there. Addresses are signed with `signer`.
    pub fn local(folder: &std::path::Path, signer: UrlSigner) -> Result<Self, ObjectError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| ObjectError::Settings(format!("{}: {error}", folder.display())))?;
        let root = folder.to_owned();
        let folder = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { place: Place::Local { folder, root, signer } })
    }

    /// Objects in a bucket.
    pub fn s3(settings: &S3Settings) -> Result<Self, ObjectError> {
        Ok(Self { place: Place::S3(Box::new(settings.connect()?)) })
    }

    fn store(&self) -> &dyn ObjectStore {
        match &self.place {
            Place::Local { folder, .. } => folder,
            Place::S3(bucket) => bucket.as_ref(),
        }
    }

    /// Stores an object, whole or not at all, and tells its size. What was there under the same key is replaced.
    pub async fn put<S>(
        &self,
        key: &ObjectKey,
        media: MediaType,
        content: S,
        limit: u64,
    ) -> Result<u64, ObjectError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let path = key.path();
        let attributes = self.attributes(media);
        let mut content = pin!(content);
        let (mut upload, mut buffer, mut total) = (None, BytesMut::new(), 0_u64);
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(ObjectError::Cut)?;
            total = total.saturating_add(piece.len() as u64);
            if total > limit {
                return Err(ObjectError::TooLarge { limit });
            }
            buffer.extend_from_slice(&piece);
            while buffer.len() >= PART {
                let part = buffer.split_to(PART).freeze();
                let upload = match &mut upload {
                    Some(upload) => upload,
                    none => none.insert(self.begin(&path, &attributes).await?),
                };
                upload.add(part).await?;
            }
        }
        match upload {
            Some(mut upload) => {
                if !buffer.is_empty() {
                    upload.add(buffer.freeze()).await?;
                }
                upload.complete().await?;
            }
            None => {
                let options = PutOptions { attributes, ..PutOptions::default() };
                self.store().put_opts(&path, buffer.freeze().into(), options).await?;
            }
        }
        Ok(total)
    }

    async fn begin(&self, path: &Path, attributes: &Attributes) -> Result<Unfinished, ObjectError> {
        let options =
            PutMultipartOptions { attributes: attributes.clone(), ..PutMultipartOptions::default() };
        Ok(Unfinished::new(self.store().put_multipart_opts(path, options).await?))
    }

    /// What a bucket says with an object to whoever fetches it by a signed address; a folder has no place for it.
    fn attributes(&self, media: MediaType) -> Attributes {
        match &self.place {
            Place::Local { .. } => Attributes::new(),
            Place::S3(_) => Attributes::from_iter([
                (Attribute::ContentType, media.as_str()),
                (Attribute::ContentDisposition, "attachment"),
            ]),
        }
    }

    /// Reads an object, or the bytes of it in `range`, which may reach beyond its end.
    pub async fn get(&self, key: &ObjectKey, range: Option<Range<u64>>) -> Result<Reading, ObjectError> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Err(ObjectError::NoSuchRange);
        }
        if let Some(range) = &range {
            let size = self.size(key).await?;
            if range.start >= size {
                return Err(ObjectError::NoSuchRange);
            }
        }
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store().get_opts(&key.path(), options).await?;
        let (size, range) = (found.meta.size, found.range.clone());
        Ok(Reading { size, range, content: found.into_stream().map_err(ObjectError::from).boxed() })
    }

    /// The size of an object.
    pub async fn size(&self, key: &ObjectKey) -> Result<u64, ObjectError> {
        Ok(self.store().head(&key.path()).await?.size)
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        match self.store().delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// An address under which anybody can fetch the object until `valid` after `now`.
    pub async fn signed_url(
        &self,
        key: &ObjectKey,
        now: DateTime<Utc>,
        valid: Duration,
    ) -> Result<SignedUrl, ObjectError> {
        match &self.place {
            Place::Local { signer, .. } => Ok(SignedUrl::Api(signer.sign(key, now, valid))),
            Place::S3(bucket) => {
                let method = reqwest::Method::GET;
                Ok(SignedUrl::Store(bucket.signed_url(method, &key.path(), valid).await?))
            }
        }
    }

    /// The object that a signed path at our API names, if the signature holds at `now`. Only a folder has such paths.
    pub fn open_signed(&self, path: &SignedPath, now: DateTime<Utc>) -> Option<ObjectKey> {
        match &self.place {
            Place::Local { signer, .. } => signer.open(path, now),
            Place::S3(_) => None,
        }
    }
}
