//! How long it takes to audit a page that loads much.

use crate::{
    figure::{Bar, Figure},
    timing::Samples,
};
use anyhow::{Result, ensure};
use axum::{Router, http::Uri, response::IntoResponse};
use futures::{StreamExt, stream};
use placard_website::{
    Kind, Options, audit,
    fetch::{FetchConfig, Fetcher},
};
use reqwest::Client;
use std::time::Instant;
use url::Url;

const RESOURCES: usize = 300;
/// Bytes of each.
const SIZE: usize = 20_000;

/// Audits a page with 300 resources, beside a bare loop that fetches the same addresses, as many at once.
pub(crate) async fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let served = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let page = Url::parse(&format!("http://{address}/"))?;
    let vouched = vec![address.to_string().parse()?];
    let fetcher = Fetcher::new(FetchConfig { vouched, ..FetchConfig::new("bench") })?;
    let options = Options::default();
    let client = Client::builder().no_proxy().build()?;

    let (mut ours, mut bare) = (Samples::default(), Samples::default());
    for _ in 0..rounds {
        let begun = Instant::now();
        let found = audit(&fetcher, &page, &options, &|_| {}).await;
        ours.push(begun.elapsed());
        let pictures = found.metrics.by_kind.get(&Kind::Image).map_or(0, |weight| weight.count);
        ensure!(pictures == RESOURCES as u64, "{pictures} pictures were looked at");
        let begun = Instant::now();
        let bytes = fetch(&client, &page, options.per_host).await?;
        bare.push(begun.elapsed());
        ensure!(bytes > RESOURCES * SIZE, "something is missing");
    }
    served.abort();
    let count = (RESOURCES, "resources");
    let measure = format!("audit a page with {RESOURCES} pictures");
    Ok(vec![Figure::speeds(measure, count, &ours, ("bare fetches", &bare), Bar::Stated).note(format!(
        "each of {SIZE} bytes, {} at a time; ours resolves, checks, reads the page and judges it",
        options.per_host
    ))])
}

async fn answer(uri: Uri) -> impl IntoResponse {
    match uri.path() {
        "/" => {
            let pictures: String = (0..RESOURCES).map(|n| format!("<img alt='' src=/{n}.png>")).collect();
            let html = format!("<!doctype html><html lang=en><title>Much</title><h1>Much</h1>{pictures}");
            ([("content-type", "text/html")], html.into_bytes())
        }
        "/robots.txt" => ([("content-type", "text/plain")], b"user-agent: *\nallow: /".to_vec()),
        _ => ([("content-type", "image/png")], vec![b'x'; SIZE]),
    }
}

/// What the audit asks for: the page twice, `robots.txt`, a sitemap, and every picture.
async fn fetch(client: &Client, page: &Url, at_once: usize) -> Result<usize> {
    let mut addresses = vec![
        page.clone(),
        page.join("/?utm_source=x")?,
        page.join("/robots.txt")?,
        page.join("/sitemap.xml")?,
    ];
    for n in 0..RESOURCES {
        addresses.push(page.join(&format!("/{n}.png"))?);
    }
    let fetched = stream::iter(addresses)
        .map(|url| async move { anyhow::Ok(client.get(url).send().await?.bytes().await?.len()) })
        .buffer_unordered(at_once);
    fetched.collect::<Vec<_>>().await.into_iter().sum()
}
