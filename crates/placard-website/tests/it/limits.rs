//! Answers that are too large, too slow, or not what they say.

use crate::support::{Answer, Names, Server, gzip, short, vouching};
use placard_website::fetch::{
    Ask, Failure, FetchError, Fetched,
    header::{self, HeaderValue},
};
use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// 64 MiB of nothing, as brotli.
const BROTLI_BOMB: &str = "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f0110870500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffcbffff3ffc1300715800a07bff07";

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

async fn fetch(answer: Answer, ask: &Ask) -> Result<Fetched, Failure> {
    let server = Server::start(move |_| answer.clone()).await;
    vouching(&[&server], Names::default()).fetch(&server.url("/"), ask).await
}

async fn kind(answer: Answer) -> FetchError {
    fetch(answer, &Ask::get()).await.unwrap_err().kind
}

fn coded(coding: &str, body: Vec<u8>) -> Answer {
    Answer::new(200, &[("content-encoding", coding)], body)
}

#[tokio::test]
async fn a_body_is_decompressed() {
    let text = "placard ".repeat(1000);
    let brotli = unhex("1b3f1ff88d54b5bf1e63839393612064f15b3840de0220e103");
    for (coding, body) in [
        ("gzip", gzip(text.as_bytes())),
        ("zstd", zstd(text.as_bytes())),
        ("br", brotli),
        ("identity", text.clone().into()),
    ] {
        let size = body.len();
        let fetched = fetch(coded(coding, body), &Ask::get()).await.unwrap();
        assert_eq!((&fetched.body[..], fetched.wire_bytes), (text.as_bytes(), size), "{coding}");
    }
}

#[tokio::test]
async fn a_small_body_does_not_become_a_large_one() {
    let zeros = vec![0; 16 * MIB];
    for (coding, bomb) in [("gzip", gzip(&zeros)), ("zstd", zstd(&zeros)), ("br", unhex(BROTLI_BOMB))] {
        assert!(bomb.len() < MIB / 8);
        let bombed = kind(coded(coding, bomb)).await;
        assert!(
            matches!(bombed, FetchError::Bomb { .. } | FetchError::TooLarge { .. }),
            "{coding}: {bombed}"
        );
    }
    let twice = kind(coded("gzip, gzip", gzip(&gzip(&zeros)))).await;
    assert_eq!(twice, FetchError::Coding("gzip, gzip".to_owned()));
    assert_eq!(kind(coded("compress", vec![1])).await, FetchError::Coding("compress".to_owned()));
    // A window of a gigabyte, which the format has room for.
    assert_eq!(
        kind(coded("zstd", vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0])).await,
        FetchError::Compressed
    );
}

#[tokio::test]
async fn a_damaged_body_is_none() {
    let mut cut = gzip(b"hello hello hello");
    cut.truncate(cut.len() - 10);
    for (coding, body) in
        [("gzip", cut), ("gzip", b"<html>".to_vec()), ("br", vec![0xff; 40]), ("zstd", vec![7; 40])]
    {
        assert_eq!(kind(coded(coding, body)).await, FetchError::Compressed, "{coding}");
    }
    let broken = kind(Answer::raw("HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nab")).await;
    assert!(matches!(broken, FetchError::Broken(_) | FetchError::TimedOut(_)), "{broken}");
    assert!(matches!(kind(Answer::raw("SSH-2.0-x\r\n\r\n")).await, FetchError::Broken(_)));
}

#[tokio::test]
async fn too_much_is_not_read() {
    let large = Answer::new(200, &[], vec![b'x'; 3 * MIB]);
    assert_eq!(kind(large).await, FetchError::TooLarge { limit: short().body_bytes });
    let mut endless = Answer::raw("HTTP/1.1 200 X\r\n\r\n");
    endless.pieces.push(vec![b'x'; 64 * 1024]);
    endless.endless = true;
    assert_eq!(kind(endless).await, FetchError::TooLarge { limit: short().body_bytes });
    let wide = format!("x-wide: {}\r\n", "x".repeat(70_000));
    let headers = kind(Answer::raw(format!("HTTP/1.1 200 X\r\ncontent-length: 0\r\n{wide}\r\n"))).await;
    assert!(matches!(headers, FetchError::Headers { .. }), "{headers}");
    let many = "x-a: 1\r\n".repeat(5_000);
    assert!(matches!(
        kind(Answer::raw(format!("HTTP/1.1 200 X\r\n{many}\r\n"))).await,
        FetchError::Broken(_)
    ));
    let mut always = Answer::raw("HTTP/1.1 200 X\r\n");
    always.pieces.push(format!("x-wide: {}\r\n", "x".repeat(60_000)).into());
    always.endless = true;
    assert!(matches!(kind(always).await, FetchError::Broken(_)));
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let drip = |first: &str, pause, endless| Answer {
        pieces: vec![first.into(), b"x".to_vec()],
        pause: Duration::from_millis(pause),
        endless,
    };
    let silent = drip("", 60_000, false);
    let head = drip("HTTP/1.1 200 X\r\nx-a: ", 50, true);
    let stalled = drip("HTTP/1.1 200 X\r\n\r\n", 60_000, false);
    // Never so slow that a pause is too long, and never at an end.
    let body = drip("HTTP/1.1 200 X\r\n\r\n", 50, true);
    for answer in [silent, head, stalled, body] {
        assert!(matches!(kind(answer).await, FetchError::TimedOut(_)));
    }
}

#[tokio::test]
async fn redirects_come_to_an_end() {
    let server = Server::start(|request| {
        let (kind, n) = request.target[1..].split_once('-').unwrap();
        let n: usize = n.parse().unwrap();
        match kind {
            "circle" => Answer::redirect(302, &format!("/circle-{}", (n + 1) % 3)),
            "far" if n == 0 => Answer::html("there"),
            "far" => Answer::redirect(302, &format!("/far-{}", n - 1)),
            "nowhere" => Answer::redirect(302, "http://["),
            _ => Answer::new(302, &[], "no location"),
        }
    })
    .await;
    let fetcher = vouching(&[&server], Names::default());
    let fetch = async |target: &str| fetcher.fetch(&server.url(target), &Ask::get()).await;
    assert_eq!(fetch("/circle-0").await.unwrap_err().kind, FetchError::Circle);
    assert_eq!(fetch("/far-10").await.unwrap().hops.len(), 10);
    let far = fetch("/far-11").await.unwrap_err();
    assert_eq!((far.kind, far.hops.len()), (FetchError::TooManyRedirects(10), 10));
    assert_eq!(fetch("/nowhere-0").await.unwrap_err().kind, FetchError::BadRedirect("http://[".to_owned()));
    assert_eq!(fetch("/still-0").await.unwrap().status, 302);

    let posted = Ask::post(HeaderValue::from_static("text/plain"), "x".into());
    assert_eq!(
        fetcher.fetch(&server.url("/far-3"), &posted).await.unwrap().status,
        302,
        "it is not brought elsewhere"
    );
}

#[tokio::test]
async fn headers_are_for_whom_they_were_meant() {
    let other = Server::start(|_| Answer::html("there")).await;
    let to = other.url("/").to_string();
    let first = Server::start(move |request| match request.target.as_str() {
        "/" => Answer::redirect(302, "/same"),
        _ => Answer::redirect(302, &to),
    })
    .await;
    let ask = Ask::get().header(header::AUTHORIZATION, HeaderValue::from_static("secret"));
    let fetched = vouching(&[&first, &other], Names::default()).fetch(&first.url("/"), &ask).await.unwrap();
    assert_eq!(fetched.hops.len(), 2);
    let told = |server: &Server| {
        let seen = server.seen();
        seen.iter().map(|request| request.headers.contains_key("authorization")).collect::<Vec<_>>()
    };
    assert_eq!((told(&first), told(&other)), (vec![true, true], vec![false]));
}

#[tokio::test]
async fn only_what_was_asked_for_is_read() {
    let film = Answer::new(200, &[("content-type", "video/mp4")], "x");
    let refused = fetch(film, &Ask::get().only(&["text/html"])).await.unwrap_err().kind;
    assert_eq!(refused, FetchError::ContentType("video/mp4".to_owned()));
    assert!(fetch(Answer::html("x"), &Ask::get().only(&["text/html"])).await.is_ok());
}
