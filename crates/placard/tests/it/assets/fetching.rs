//! Assets that somebody else's server has.

use super::{
    PICTURE,
    purge::{files, kept},
};
use crate::support::{Installation, Run, Says, Stranger};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use futures::future::BoxFuture;
use placard::library::{Errand, FetchAssetError, address};
use placard_store::audit::Actor;
use placard_website::fetch::{FetchConfig, FetchError, Fetcher, Limits, Lookup};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Another picture.
const OTHER: &[u8] = include_bytes!("../../../../../examples/images/lake.png");

async fn run(placard: &Installation, vouched: &Stranger, arguments: &[&str]) -> Result<Run> {
    Run::of(placard.placard(arguments).env("PLACARD_WEBSITE_ALLOW", vouched.host())).await
}

/// Nothing that came was kept, and nothing is left of it.
async fn nothing_was_kept(placard: &Installation) -> Result<()> {
    assert_eq!(kept(placard), 0, "nothing is stored");
    assert_eq!(files(&placard.data_dir().join("assets/arriving")).len(), 0, "nothing arrives any more");
    assert_eq!(placard.must(&["--json", "assets", "list"]).await?, "");
    Ok(())
}

#[tokio::test]
async fn nothing_inside_is_reached_by_an_address_of_an_asset() -> Result<()> {
    let placard = Installation::open().await?;
    let inner = Stranger::start(|_| Says::new(200, &[], PICTURE)).await?;
    let (port, to) = (inner.port, inner.url("/secret.png"));
    let outer = Stranger::start(move |request| match request.starts_with("GET /metadata") {
        true => Says::new(302, &[("location", "http://169.254.169.254/latest/meta-data/")], b""),
        false => Says::new(307, &[("location", &to)], b""),
    })
    .await?;
    for (from, why) in [
        (inner.url("/hero.png"), "port"),
        (format!("http://localhost:{port}/hero.png"), "port"),
        ("http://127.0.0.1/hero.png".to_owned(), "this machine itself"),
        ("http://0x7f000001/hero.png".to_owned(), "this machine itself"),
        ("http://[::1]/hero.png".to_owned(), "this machine itself"),
        ("http://[::ffff:127.0.0.1]/hero.png".to_owned(), "IPv4 address inside"),
        ("http://localhost/hero.png".to_owned(), "private networks"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "metadata service"),
        ("http://10.0.0.1/hero.png".to_owned(), "private network"),
        ("https://user:word@example.com/hero.png".to_owned(), "password"),
        (outer.url("/hero.png"), "port"),
        (outer.url("/metadata"), "metadata service"),
    ] {
        let refused = run(&placard, &outer, &["assets", "add", &from]).await?;
        ensure!(refused.code() == Some(2) && refused.stderr.contains(why), "{from}: {refused}");
        ensure!(refused.stderr.contains("nothing of it was kept"), "{from}: {refused}");
    }
    assert_eq!((inner.connections(), outer.connections()), (0, 2));
    nothing_was_kept(&placard).await
}

/// Public for whoever asks first, and inside for whoever asks afterwards.
#[derive(Debug, Default)]
struct Rebinding(AtomicUsize);

impl Lookup for Rebinding {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr =
            if first { [0x3ffe, 0xffff, 0, 0, 0, 0, 0, 1].into() } else { [127, 0, 0, 1].into() };
        Box::pin(async move { Ok(vec![address]) })
    }
}

#[tokio::test]
async fn what_is_hostile_ends_soon_and_leaves_nothing() -> Result<()> {
    let placard = Installation::open().await?;
    let inner = Stranger::start(|_| Says::new(200, &[], PICTURE)).await?;
    let head = "HTTP/1.1 200 X\r\n";
    let says: BTreeMap<&str, Says> = BTreeMap::from([
        ("/silent", Says::Stalls(Vec::new())),
        ("/stalled", Says::Stalls([head.as_bytes(), b"\r\n", &PICTURE[..999]].concat())),
        ("/told", Says::Stalls(format!("{head}content-length: 3000000\r\n\r\n").into_bytes())),
        ("/endless", Says::Endless([head.as_bytes(), b"\r\n", PICTURE].concat())),
        (
            "/cut",
            Says::All([format!("{head}content-length: 999999\r\n\r\n").as_bytes(), &PICTURE[..999]].concat()),
        ),
        ("/bomb", Says::new(200, &[("content-encoding", "gzip")], b"\x1f\x8b")),
        ("/page", Says::new(200, &[("content-type", "image/png")], b"<html><script>")),
        ("/gone", Says::new(404, &[], b"")),
        ("/unasked", Says::new(304, &[], b"")),
        ("/part", Says::new(206, &[], PICTURE)),
        ("/nothing", Says::new(200, &[], b"")),
    ]);
    let outer = Stranger::start(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        says.get(path).cloned().unwrap_or_else(|| Says::new(500, &[], b""))
    })
    .await?;
    let limits = Limits {
        body_bytes: 2 * 1024 * 1024,
        answer: Duration::from_millis(500),
        pause: Duration::from_millis(500),
        total: Duration::from_secs(20),
        ..Limits::default()
    };
    let vouched = vec![outer.host().parse()?];
    let (lookup, ports) = (Arc::new(Rebinding::default()), vec![80, 443, inner.port]);
    let fetcher = Fetcher::new(FetchConfig { limits, vouched, lookup, ports, ..FetchConfig::new("Test") })?;
    let session = placard.session().await?;
    let actor = Actor::System("test".to_owned());
    let (db, tenant) = (session.db(), placard.tenant.id);
    let errand = Errand { db, tenant, actor: &actor, fetcher: &fetcher, now: Utc::now };
    let library = session.library().await?;
    let fetch = async |url: &str| match errand.begin(&address(url)?).await {
        Ok(coming) => library.take(&errand, coming).await,
        Err(error) => Err(error),
    };
    for (path, why) in [
        ("/silent", "no complete answer within 0.5 s"),
        ("/stalled", "no complete answer within 0.5 s"),
        ("/told", "larger than 2097152 bytes"),
        ("/endless", "larger than 2097152 bytes"),
        ("/cut", "broke off"),
        ("/bomb", "encoded as \"gzip\""),
        ("/page", "this is no JPEG, PNG, GIF, WebP, MP4, MOV or PDF file"),
        ("/gone", "answers 404"),
        ("/unasked", "answers 304"),
        ("/part", "answers 206"),
        ("/nothing", "this is no JPEG"),
    ] {
        let ended = fetch(&outer.url(path)).await.err().context(path)?.to_string();
        ensure!(ended.contains(why) && ended.contains(path), "{path}: {ended}");
    }
    let rebound = format!("http://rebound.example.com:{}/hero.png", inner.port);
    for refused in [false, true] {
        let ended = fetch(&rebound).await.err().context("it was fetched")?;
        let kind = matches!(ended, FetchAssetError::Fetch { kind: FetchError::Refused(_), .. });
        ensure!(kind == refused, "{ended}");
    }
    assert_eq!(inner.connections(), 0);
    nothing_was_kept(&placard).await?;
    // The server was there all along.
    outer.say(|_| Says::new(200, &[], PICTURE));
    assert_eq!(fetch(&outer.url("/hero.png")).await?.asset.name, "hero.png");
    session.close().await
}

#[tokio::test]
async fn what_is_fetched_is_judged_by_its_content_and_says_where_it_is_from() -> Result<()> {
    let placard = Installation::open().await?;
    let headers = [
        ("content-type", "text/html"),
        ("etag", "\"v1\""),
        ("last-modified", "Wed, 01 Apr 2026 10:00:00 GMT"),
    ];
    let server = Stranger::start(move |_| Says::new(200, &headers, PICTURE)).await?;
    let url = server.url("/a/hero%20one.jpg?size=2");
    let added = run(&placard, &server, &["--json", "assets", "add", &format!("{url}#top")]).await?;
    let added: Value = serde_json::from_str(&added.stdout).context(added.to_string())?;
    assert_eq!((&added["outcome"], &added["asset"]["name"]), (&"added".into(), &"hero one.png".into()));
    assert_eq!(added["asset"]["original_url"], url.as_str());
    let elsewhere = server.url("/b");
    let again = run(&placard, &server, &["assets", "add", &elsewhere]).await?;
    ensure!(again.stdout.contains("was there already"), "{again}");
    let shown: Value =
        serde_json::from_str(&placard.must(&["--json", "assets", "show", "hero one.png"]).await?)?;
    let sources = shown["sources"].as_array().context("no sources")?;
    ensure!(sources.len() == 2 && sources[0]["url"] == elsewhere.as_str(), "the last first: {shown}");
    assert_eq!(
        (&sources[1]["url"], &sources[1]["etag"], &sources[1]["last_modified"]),
        (&url.as_str().into(), &"\"v1\"".into(), &"Wed, 01 Apr 2026 10:00:00 GMT".into())
    );
    let text = placard.must(&["assets", "show", "hero one.png"]).await?;
    ensure!(text.contains(&format!("from {url}  fetched on 2")), "{text}");
    Ok(())
}

#[tokio::test]
async fn an_address_that_gives_something_else_gives_another_asset_the_name() -> Result<()> {
    let placard = Installation::open().await?;
    let versioned = |etag: &'static str, content: &'static [u8]| {
        move |request: &str| match request.contains(&format!("if-none-match: {etag}")) {
            true => Says::new(304, &[], b""),
            false => Says::new(200, &[("etag", etag)], content),
        }
    };
    let server = Stranger::start(versioned("\"1\"", PICTURE)).await?;
    let url = server.url("/hero.png");
    let refresh = async |more: &[&str]| {
        let arguments = [&["--json", "assets", "refresh"], more].concat();
        let run = run(&placard, &server, &arguments).await?;
        ensure!(run.code() == Some(0), "{run}");
        Ok(serde_json::from_str::<Value>(&run.stdout)?)
    };
    run(&placard, &server, &["assets", "add", &url]).await?;
    let same = refresh(&["hero.png"]).await?;
    ensure!(same["now"].is_null(), "{same}");
    let first = same["before"]["id"].clone();

    server.say(versioned("\"2\"", OTHER));
    let changed = refresh(&[]).await?;
    assert_eq!((&changed["before"]["id"], &changed["now"]["outcome"]), (&first, &"added".into()));
    assert_eq!(changed["now"]["asset"]["name"], "hero.png");
    let second = changed["now"]["asset"]["id"].clone();
    let listed = async |more: &[&str]| {
        let arguments = [&["--json", "assets", "list"], more].concat();
        let text = placard.must(&arguments).await?;
        text.lines().map(|line| Ok(serde_json::from_str::<Value>(line)?)).collect::<Result<Vec<_>>>()
    };
    let all = listed(&[]).await?;
    assert_eq!((all.len(), &all[0]["id"], &all[0]["name"]), (2, &second, &"hero.png".into()));
    let before = all[1]["name"].as_str().context("no name")?.to_owned();
    ensure!(before.starts_with("hero (until 20") && before.ends_with(").png"), "{before}");
    let fetched = listed(&["--fetched"]).await?;
    ensure!(fetched.len() == 1 && fetched[0]["id"] == second, "{fetched:?}");
    let refused = run(&placard, &server, &["assets", "refresh", &before]).await?;
    ensure!(
        refused.code() == Some(2) && refused.stderr.contains("not what its address gave last"),
        "{refused}"
    );
    ensure!(refresh(&["hero.png"]).await?["now"].is_null(), "the second has its own etag");

    // Back to the first: it has its name again.
    server.say(versioned("\"1\"", PICTURE));
    let back = refresh(&["hero.png"]).await?;
    assert_eq!((&back["now"]["outcome"], &back["now"]["asset"]["id"]), (&"there".into(), &first));
    assert_eq!(back["now"]["asset"]["name"], "hero.png");

    // What is known from somewhere else keeps its own name.
    std::fs::write(placard.folder().join("mine.png"), include_bytes!("../wide.png"))?;
    placard.must(&["assets", "add", "mine.png"]).await?;
    server.say(versioned("\"3\"", include_bytes!("../wide.png")));
    let known = refresh(&["hero.png"]).await?;
    assert_eq!(
        (&known["now"]["outcome"], &known["now"]["asset"]["name"]),
        (&"there".into(), &"mine.png".into())
    );

    // An address that is away keeps nobody waiting, and is told.
    server.say(|_| Says::new(503, &[], b""));
    let away = run(&placard, &server, &["assets", "refresh"]).await?;
    ensure!(away.code() == Some(1) && away.stderr.contains("answers 503"), "{away}");
    Ok(())
}
