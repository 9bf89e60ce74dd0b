//! Addresses that lead inside, written in every way there is, asked for and redirected to.

use crate::support::{Answer, Names, Server, short};
use futures::{StreamExt, stream};
use placard_website::fetch::{Ask, FetchConfig, FetchError, Fetcher, Refusal};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};
use url::Url;

/// Addresses that are not public, of every kind.
const INSIDE: [[u8; 4]; 24] = [
    [127, 0, 0, 1],
    [127, 0, 0, 2],
    [127, 1, 2, 3],
    [127, 255, 255, 254],
    [0, 0, 0, 0],
    [0, 1, 2, 3],
    [10, 0, 0, 1],
    [10, 255, 255, 255],
    [172, 16, 0, 1],
    [172, 31, 255, 254],
    [192, 168, 0, 1],
    [192, 168, 255, 254],
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [192, 0, 0, 192],
    [168, 63, 129, 16],
    [198, 18, 0, 1],
    [192, 0, 2, 1],
    [203, 0, 113, 9],
    [224, 0, 0, 251],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
];

const INSIDE_V6: [&str; 18] = [
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "fe80::1",
    "febf::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
    "2001:10::1",
    "100::1",
    "5f00::1",
    "64:ff9b:1::a00:1",
    "4000::1",
];

/// An IPv4 address in every form in which a URL may have it.
fn forms(address: [u8; 4]) -> Vec<String> {
    let [a, b, c, d] = address;
    let number = u32::from_be_bytes(address);
    let (high, low) = (number >> 16, number & 0xffff);
    let wide = |text: String| -> String {
        text.chars()
            .map(|digit| digit.to_digit(10).map_or(digit, |n| char::from_u32(0xff10 + n).unwrap()))
            .collect()
    };
    let dotted = Ipv4Addr::from(address);
    vec![
        dotted.to_string(),
        format!("{dotted}."),
        number.to_string(),
        format!("{number:#x}"),
        format!("{number:#X}").replace("0X", "0X0"),
        format!("0{number:o}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("{a:#x}.0{b:o}.{c}.{d}"),
        format!("{a}.{b}.{}", number & 0xffff),
        format!("{a}.{}", number & 0x00ff_ffff),
        format!("0{a:o}.{:#x}", number & 0x00ff_ffff),
        wide(dotted.to_string()),
        dotted.to_string().replace('.', "\u{3002}"),
        dotted.to_string().replace('1', "%31"),
        format!("[::ffff:{dotted}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::ffff:0:{high:x}:{low:x}]"),
        format!("[::{high:x}:{low:x}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::1]"),
        format!("[2606:4700::5efe:{high:x}:{low:x}]"),
    ]
}

/// Every hostile address for `port`, with the names that some of them need.
fn hostile(port: u16) -> (Vec<String>, Names) {
    let mut urls = Vec::new();
    let mut names = Names::default();
    for form in INSIDE.into_iter().flat_map(forms) {
        urls.push(format!("http://{form}:{port}/"));
    }
    urls.extend(INSIDE_V6.map(|address| format!("http://[{address}]:{port}/")));
    let every = INSIDE.map(|address| Ipv4Addr::from(address).to_string()).into_iter();
    let every = every.chain(INSIDE_V6.iter().map(|text| text.parse::<Ipv6Addr>().unwrap().to_string()));
    for (n, address) in every.enumerate() {
        for (kind, answers) in [
            ("inside", [address.as_str()].as_slice()),
            // A public address first or last does not help.
            ("mixed", &["93.184.215.14", &address]),
            ("mixed-last", &[&address, "2606:2800:21f::1"]),
        ] {
            let name = format!("{kind}-{n}.example.com");
            names.set(&name, &[answers]);
            urls.push(format!("http://{name}:{port}/"));
        }
    }
    for name in [
        "localhost",
        "LocalHost",
        "localhost.",
        "a.localhost",
        "printer.local",
        "intranet",
        "x.internal",
        "v3.onion",
    ] {
        names.set(name.trim_end_matches('.'), &[&["127.0.0.1"]]);
        urls.push(format!("http://{name}:{port}/"));
    }
    for address in [
        "http://u@example.com/",
        "http://u:p@127.0.0.1/",
        "http://:p@example.com/",
        "https://example.com@127.0.0.1/",
    ] {
        urls.push(address.to_owned());
    }
    for odd in [21, 22, 25, 53, 2375, 3306, 5432, 6379, 8080, 9200, 11211, 27017] {
        urls.push(format!("http://example.com:{odd}/"));
    }
    for other in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:6379/_x",
        "data:text/html,x",
        "javascript:1",
        "ws://127.0.0.1/",
        "about:blank",
    ] {
        urls.push(other.to_owned());
    }
    (urls, names)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_inside_is_reached_whatever_it_is_called() {
    let inner = Server::start(|_| Answer::html("secret")).await;
    let (urls, names) = hostile(inner.port);
    // The redirect's target is the query, as it is, so that a server can say anything.
    let outer = {
        let urls = urls.clone();
        Server::start(move |request| {
            let (status, n) = request.target.trim_start_matches('/').split_once('-').unwrap();
            Answer::redirect(status.parse().unwrap(), &urls[n.parse::<usize>().unwrap()])
        })
        .await
    };
    let config = FetchConfig {
        limits: short(),
        ports: vec![80, 443, inner.port],
        vouched: vec![format!("127.0.0.1:{}", outer.port).parse().unwrap()],
        lookup: Arc::new(names),
        ..FetchConfig::new("Test")
    };
    let fetcher = Fetcher::new(config).unwrap();
    let fetcher = &fetcher;

    let asked = stream::iter(&urls).map(|text| async move {
        let url = Url::parse(text).unwrap();
        let ended = fetcher.fetch(&url, &Ask::get()).await.expect_err(text);
        assert!(matches!(ended.kind, FetchError::Refused(_)), "{text}: {ended}");
    });
    asked.buffer_unordered(16).collect::<Vec<()>>().await;

    let redirected = stream::iter(urls.iter().enumerate()).map(|(n, text)| {
        let status = [301, 302, 303, 307, 308][n % 5];
        let url = outer.url(&format!("/{status}-{n}"));
        async move {
            let ended = fetcher.fetch(&url, &Ask::get().even_downgraded()).await.expect_err(text);
            assert!(matches!(ended.kind, FetchError::Refused(_)), "redirect to {text}: {ended}");
            assert_eq!(ended.hops.len(), 1);
        }
    });
    redirected.buffer_unordered(16).collect::<Vec<()>>().await;

    assert_eq!((inner.hits(), outer.seen().len()), (0, urls.len()));
    println!("{} hostile addresses and as many redirects to them: none reached", urls.len());
    assert!(urls.len() >= 500);

    // The server was there all along.
    let vouched = vec![format!("127.0.0.1:{}", inner.port).parse().unwrap()];
    let open = Fetcher::new(FetchConfig { vouched, ..FetchConfig::new("Test") }).unwrap();
    assert_eq!(&open.fetch(&inner.url("/"), &Ask::get()).await.unwrap().body[..], b"secret");
    assert_eq!(inner.hits(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_at_when_it_is_connected_to() {
    let inner = Server::start(|_| Answer::html("secret")).await;
    let mut names = Names::default();
    // Public for whoever checks first, inside for whoever connects afterwards. Nobody has the public address.
    let flips: Vec<String> = (0..5).map(|n| format!("flip-{n}.example.com")).collect();
    for name in &flips {
        names.set(name, &[&["3ffe:ffff::1"], &["127.0.0.1"]]);
    }
    let names = Arc::new(names);
    let limits = short();
    let ports = vec![inner.port];
    let config = FetchConfig { limits, ports, lookup: names.clone(), ..FetchConfig::new("Test") };
    let fetcher = Fetcher::new(config).unwrap();
    for name in &flips {
        let url = Url::parse(&format!("http://{name}:{}/", inner.port)).unwrap();
        let first = fetcher.fetch(&url, &Ask::get()).await.unwrap_err();
        assert!(!matches!(first.kind, FetchError::Refused(_)), "{first}");
        assert_eq!(names.asked(name), 1, "asked once, and connected to what was answered");
        let second = fetcher.fetch(&url, &Ask::get()).await.unwrap_err();
        assert!(matches!(second.kind, FetchError::Refused(Refusal::Address { .. })), "{second}");
    }
    assert_eq!(inner.hits(), 0);
}

#[tokio::test]
async fn who_is_vouched_for_is_a_host_with_its_port() {
    let (meant, other) =
        (Server::start(|_| Answer::html("staging")).await, Server::start(|_| Answer::html("x")).await);
    let mut names = Names::default();
    names.set("staging.example.com", &[&["127.0.0.1"]]);
    let config = FetchConfig {
        ports: vec![meant.port, other.port],
        vouched: vec![format!("Staging.example.com.:{}", meant.port).parse().unwrap()],
        lookup: Arc::new(names),
        ..FetchConfig::new("Test")
    };
    let fetcher = Fetcher::new(config).unwrap();
    let at = |port| Url::parse(&format!("http://staging.example.com:{port}/")).unwrap();
    assert!(fetcher.fetch(&at(meant.port), &Ask::get()).await.is_ok());
    assert!(fetcher.fetch(&at(other.port), &Ask::get()).await.is_err());
    assert!(
        fetcher.fetch(&meant.url("/"), &Ask::get()).await.is_err(),
        "the name is vouched for, not its address"
    );
    assert_eq!((meant.hits(), other.hits()), (1, 0));
    for wrong in ["", "a", "a:b", "a:99999", "u@a:80", "a/b:80", "a:80/b", "[::1]"] {
        assert!(wrong.parse::<placard_website::fetch::Vouched>().is_err(), "{wrong}");
    }
}
