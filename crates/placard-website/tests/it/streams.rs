//! Bodies that are handed on piece by piece, under the rules that all fetches have.

use crate::support::{Answer, Names, Server, gzip, short, vouching};
use futures::{StreamExt, TryStreamExt};
use placard_website::fetch::{Ask, FetchConfig, FetchError, Fetcher, Limits, Refusal, header};
use std::{sync::Arc, time::Duration};
use url::Url;

const MIB: usize = 1024 * 1024;

/// What comes of an answer, and why it ended if it did before its end.
async fn open(answer: Answer) -> Result<Vec<u8>, FetchError> {
    let server = Server::start(move |_| answer.clone()).await;
    let fetcher = vouching(&[&server], Names::default());
    let opened = fetcher.open(&server.url("/"), &Ask::get()).await.map_err(|failure| failure.kind)?;
    let pieces: Vec<_> = opened.into_body().try_collect().await?;
    Ok(pieces.concat())
}

fn endless(pause: Duration) -> Answer {
    let mut endless = Answer::raw("HTTP/1.1 200 X\r\n\r\n");
    endless.pieces.push(vec![b'x'; 64 * 1024]);
    Answer { endless: true, pause, ..endless }
}

#[tokio::test]
async fn a_body_comes_as_it_is() {
    let body: Vec<u8> = (0..MIB).map(|at| (at % 251) as u8).collect();
    let sent = body.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/" => Answer::redirect(302, "/there"),
        _ => Answer::new(200, &[("etag", "\"1\"")], &sent),
    })
    .await;
    let fetcher = vouching(&[&server], Names::default());
    let opened = fetcher.open(&server.url("/"), &Ask::get()).await.unwrap();
    assert_eq!((opened.status, opened.hops.len(), opened.length()), (200, 1, Some(MIB as u64)));
    assert_eq!((opened.url.path(), opened.header(header::ETAG)), ("/there", Some("\"1\"")));
    let pieces: Vec<_> = opened.into_body().try_collect().await.unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == body);
    let asked: Vec<_> =
        server.seen().iter().map(|request| request.headers["accept-encoding"].clone()).collect();
    assert_eq!(asked, ["identity", "identity"]);
}

#[tokio::test]
async fn what_could_grow_is_not_taken() {
    let bomb = gzip(&vec![0; 16 * MIB]);
    for coding in ["gzip", "br", "zstd", "gzip, gzip"] {
        let refused = open(Answer::new(200, &[("content-encoding", coding)], &bomb)).await;
        assert_eq!(refused, Err(FetchError::Coding(coding.to_owned())));
    }
    assert!(open(Answer::new(200, &[("content-encoding", "identity")], "x")).await.is_ok());
}

#[tokio::test]
async fn too_much_ends_at_once_where_it_is_told_and_at_the_limit_where_it_is_not() {
    let limit = short().body_bytes;
    let told = Answer::raw(format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\nx", limit + 1));
    assert_eq!(open(told).await, Err(FetchError::TooLarge { limit }));
    assert_eq!(open(endless(Duration::ZERO)).await, Err(FetchError::TooLarge { limit }));
    let whole = open(Answer::new(200, &[], vec![7; limit])).await;
    assert_eq!(whole.map(|body| body.len()), Ok(limit));
}

#[tokio::test]
async fn a_body_is_not_waited_for_without_end() {
    let stalled = Answer {
        pieces: vec!["HTTP/1.1 200 X\r\n\r\n".into(), b"x".to_vec()],
        pause: Duration::from_secs(60),
        endless: false,
    };
    assert_eq!(open(stalled).await, Err(FetchError::TimedOut(short().pause)));
    // Never so slow that a pause is too long, and never at an end.
    let mut dripping = endless(Duration::from_millis(50));
    dripping.pieces[1] = b"x".to_vec();
    assert_eq!(open(dripping).await, Err(FetchError::TimedOut(short().total)));
    let cut = open(Answer::raw("HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nab")).await;
    assert!(matches!(cut, Err(FetchError::Broken(_) | FetchError::TimedOut(_))), "{cut:?}");
}

#[tokio::test]
async fn a_large_body_is_nowhere_whole() {
    // More than is ever held: what was read is dropped, and the server sends on only as it is read.
    let server = Server::start(|_| endless(Duration::ZERO)).await;
    let limits = Limits { body_bytes: 64 * MIB, total: Duration::from_secs(60), ..Limits::default() };
    let vouched = vec![format!("127.0.0.1:{}", server.port).parse().unwrap()];
    let fetcher = Fetcher::new(FetchConfig { limits, vouched, ..FetchConfig::new("Test") }).unwrap();
    let opened = fetcher.open(&server.url("/"), &Ask::get()).await.unwrap();
    let mut body = std::pin::pin!(opened.into_body());
    let (mut bytes, mut largest, mut ended) = (0, 0, None);
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => (bytes, largest) = (bytes + piece.len(), largest.max(piece.len())),
            Err(error) => ended = Some(error),
        }
    }
    assert_eq!(ended, Some(FetchError::TooLarge { limit: 64 * MIB }));
    assert!(bytes > 60 * MIB && largest < MIB, "{bytes} bytes, {largest} at a time");
}

#[tokio::test]
async fn a_stream_is_not_led_inside_either() {
    let inner = Server::start(|_| Answer::html("secret")).await;
    let to = format!("http://rebound.example.com:{}/", inner.port);
    let outer = Server::start(move |_| Answer::redirect(307, &to)).await;
    let mut names = Names::default();
    names.set("rebound.example.com", &[&["3ffe:ffff::1"], &["127.0.0.1"]]);
    let config = FetchConfig {
        limits: short(),
        ports: vec![80, 443, inner.port],
        vouched: vec![format!("127.0.0.1:{}", outer.port).parse().unwrap()],
        lookup: Arc::new(names),
        ..FetchConfig::new("Test")
    };
    let fetcher = Fetcher::new(config).unwrap();
    let first = fetcher.open(&outer.url("/"), &Ask::get()).await.unwrap_err();
    assert!(!matches!(first.kind, FetchError::Refused(_)), "it looked public: {first}");
    let second = fetcher.open(&outer.url("/"), &Ask::get()).await.unwrap_err();
    assert!(matches!(second.kind, FetchError::Refused(Refusal::Address { .. })), "{second}");
    for address in ["http://169.254.169.254/latest/", "http://[::1]/", "http://0x7f.1/", "http://localhost/"]
    {
        let refused = fetcher.open(&Url::parse(address).unwrap(), &Ask::get()).await.unwrap_err();
        assert!(matches!(refused.kind, FetchError::Refused(_)), "{address}: {refused}");
    }
    assert_eq!(inner.hits(), 0);
}
