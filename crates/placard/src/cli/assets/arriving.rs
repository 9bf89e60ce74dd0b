//! Files that are added: from here, or fetched.

use crate::{
    cli::{failure::WrongInput, progress_bar::bar_with},
    library::Arrival,
};
use anyhow::{Context, Result};
use axum::body::Bytes;
use futures::{Stream, StreamExt, stream, stream::BoxStream};
use indicatif::ProgressBar;
use std::{io, path::Path, time::Duration};
use tokio::io::AsyncReadExt;
use url::Url;

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;

/// What is known of a file before its content, and the content with a bar that follows it.
pub(super) async fn open(from: &str) -> Result<(Arrival, BoxStream<'static, io::Result<Bytes>>)> {
    match Url::parse(from) {
        Ok(address) if matches!(address.scheme(), "http" | "https") => fetch(address).await,
        _ => read(from).await,
    }
}

async fn read(from: &str) -> Result<(Arrival, BoxStream<'static, io::Result<Bytes>>)> {
    let wrong = |error: io::Error| WrongInput(format!("{from} cannot be read: {error}"));
    let file = tokio::fs::File::open(from).await.map_err(wrong)?;
    let facts = file.metadata().await.map_err(wrong)?;
    if !facts.is_file() {
        return Err(WrongInput(format!("{from} is no file")).into());
    }
    let name = Path::new(from).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(piece), file)))
    });
    let content = followed(content, &name, Some(facts.len()));
    Ok((Arrival { name, declared: None, original_url: None }, content))
}

async fn fetch(address: Url) -> Result<(Arrival, BoxStream<'static, io::Result<Bytes>>)> {
    // Whoever comes second finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .user_agent(concat!("placard/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
        .build()?;
    let answer =
        client.get(address.clone()).send().await.with_context(|| format!("{address} cannot be fetched"))?;
    if !answer.status().is_success() {
        return Err(WrongInput(format!("{address} answers {}", answer.status())).into());
    }
    let last = address.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let name = if last.is_empty() { address.host_str().unwrap_or_default() } else { last }.to_owned();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    let declared = kind.and_then(|kind| kind.split(';').next()?.trim().parse().ok());
    let size = answer.content_length();
    let content = stream::try_unfold(answer, |mut answer| async move {
        let piece = answer.chunk().await.map_err(io::Error::other)?;
        Ok(piece.map(|piece| (piece, answer)))
    });
    let content = followed(content, &name, size);
    Ok((Arrival { name, declared, original_url: Some(address.to_string()) }, content))
}

/// `content` with a bar on a terminal that shows how much of it has come.
fn followed(
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
