//! An upload that is given up unless it is completed.

use super::ObjectError;
use bytes::Bytes;
use object_store::MultipartUpload;

/// An upload in parts. Dropped before it is complete, by an error or because nobody waits any longer, it takes back the
/// parts that are there.
pub(super) struct Unfinished {
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Unfinished {
    pub(super) const fn new(upload: Box<dyn MultipartUpload>) -> Self {
        Self { upload: Some(upload) }
    }

    pub(super) async fn add(&mut self, part: Bytes) -> Result<(), ObjectError> {
        if let Some(upload) = &mut self.upload {
            upload.put_part(part.into()).await?;
        }
        Ok(())
    }

    pub(super) async fn complete(mut self) -> Result<(), ObjectError> {
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // If this fails as well, the bucket's rule for incomplete uploads removes the parts.
            runtime.spawn(async move { upload.abort().await });
        }
    }
}
