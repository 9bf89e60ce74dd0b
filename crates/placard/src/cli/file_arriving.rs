//! Files on their way in, with a bar that follows them.

use super::{failure::WrongInput, progress_bar::bar_with};
use crate::library::Arrival;
use anyhow::Result;
use axum::body::Bytes;
use futures::{Stream, StreamExt, stream, stream::BoxStream};
use indicatif::ProgressBar;
use std::{io, path::Path};
use tokio::{fs::File, io::AsyncReadExt};

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;

/// Whether this is an address and no file.
pub(super) fn is_address(from: &str) -> bool {
    let begins =
        |scheme: &str| from.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}

/// Makes sure that this is a file that can be read, and gives it with its size.
pub(super) async fn look(from: &str) -> Result<(File, u64)> {
    let wrong = |error: io::Error| WrongInput(format!("{from} cannot be read: {error}"));
    let file = File::open(from).await.map_err(wrong)?;
    let facts = file.metadata().await.map_err(wrong)?;
    if !facts.is_file() {
        return Err(WrongInput(format!("{from} is no file")).into());
    }
    Ok((file, facts.len()))
}

/// What is known of a file before its content, and the content with a bar that follows it.
pub(super) async fn open(from: &str) -> Result<(Arrival, BoxStream<'static, io::Result<Bytes>>)> {
    let (file, length) = look(from).await?;
    let name = Path::new(from).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(piece), file)))
    });
    let content = followed(content, &name, Some(length));
    Ok((Arrival { name, declared: None, source: None }, content))
}

/// `content` with a bar on a terminal that shows how much of it has come.
pub(super) fn followed(
    content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    name: &str,
    size: Option<u64>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let (bar, _) = bar_with(size, "{binary_bytes}/{binary_total_bytes}  {msg}");
    let bar = Following(bar.with_message(name.to_owned()));
    content
        .inspect(move |piece| {
            if let Ok(piece) = piece {
                bar.0.inc(piece.len() as u64);
            }
        })
        .boxed()
}

/// A bar that is gone when nothing follows it any longer.
struct Following(ProgressBar);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
