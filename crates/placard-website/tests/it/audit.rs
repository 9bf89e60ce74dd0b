//! A page without fault, the same page with one fault at a time, and sites that do not want to be looked at.

use crate::support::{Answer, Names, Request, Server, gzip, vouching};
use placard_website::{Audit, Check, Options, Severity, Tag, audit, compare};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

const GOOD: &str = r#"<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>Solar panels in a week</title>
<meta name="description" content="We put solar panels on your roof within a week.">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="canonical" href="/solar">
<meta property="og:title" content="Solar panels in a week">
<meta property="og:description" content="On your roof within a week.">
<meta property="og:image" content="ORIGIN/preview.png">
<link rel="stylesheet" href="/style.css">
<script src="/app.js" defer></script>
<script src="https://consent.cookiebot.com/uc.js"></script>
<script type="text/plain">fbq('init', '123456'); "https://connect.facebook.net/en_US/fbevents.js"</script>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Panels"}</script>
</head>
<body>
<h1>Solar panels in a week</h1>
<p>We come, measure, and put panels on your roof within a week, with everything that belongs to it, at a fixed price.</p>
<h2>Ask us</h2>
<img src="/roof.png" alt="A roof">
<form action="/sent" method="post">
<input type="hidden" name="utm_source">
<label>Your name <input name="name" autocomplete="name"></label>
<label for="mail">Your address</label><input id="mail" type="email" name="email" autocomplete="email">
<button>Ask</button>
</form>
<p>Or call <a href="tel:+442079460123">+44 20 7946 0123</a>.</p>
<a href="/privacy">Privacy</a> <a href="/terms">Terms</a> <a href="/about">About us</a> <a href="/more">More</a>
</body></html>"#;

/// The site around the page.
struct Site {
    page: String,
    gzip: bool,
    answers: BTreeMap<&'static str, Answer>,
}

impl Site {
    fn good() -> Self {
        let page = |title: &str| {
            Answer::html(&format!("<!doctype html><html lang=en><title>{title}</title><h1>x</h1>"))
        };
        let text = |kind: &str, body: &str| Answer::new(200, &[("content-type", kind)], body);
        let answers = BTreeMap::from([
            ("/robots.txt", text("text/plain", "user-agent: *\nallow: /\nsitemap: /sitemap.xml")),
            ("/sitemap.xml", text("application/xml", "<urlset/>")),
            ("/style.css", text("text/css", "p { color: red }")),
            ("/app.js", text("text/javascript", "let a = 1")),
            ("/roof.png", text("image/png", "png")),
            ("/preview.png", text("image/png", "png")),
            ("/privacy", page("Privacy")),
            ("/terms", page("Terms")),
            ("/about", page("About")),
            ("/more", page("More")),
        ]);
        Self { page: GOOD.to_owned(), gzip: false, answers }
    }

    fn replaced(mut self, old: &str, new: &str) -> Self {
        assert!(self.page.contains(old), "{old}");
        self.page = self.page.replace(old, new);
        self
    }

    fn with(mut self, path: &'static str, answer: Answer) -> Self {
        self.answers.insert(path, answer);
        self
    }

    fn compressed(self) -> Self {
        Self { gzip: true, ..self }
    }

    async fn serve(self) -> Server {
        Server::start(move |request: &Request| {
            let path = request.target.split('?').next().unwrap();
            let origin = format!("http://{}", request.headers["host"]);
            match self.answers.get(path) {
                Some(answer) => answer.clone(),
                None if path == "/solar" && self.gzip => {
                    let coded = [("content-type", "text/html"), ("content-encoding", "gzip")];
                    Answer::new(200, &coded, gzip(self.page.replace("ORIGIN", &origin).as_bytes()))
                }
                None if path == "/solar" => Answer::html(&self.page.replace("ORIGIN", &origin)),
                None => Answer::new(404, &[], "no"),
            }
        })
        .await
    }

    async fn audited(self, options: &Options) -> (Audit, Server) {
        let server = self.serve().await;
        let (fetcher, page) = (vouching(&[&server], Names::default()), server.url("/solar"));
        // As a task of its own, as a worker runs it.
        let options = options.clone();
        let found =
            tokio::spawn(async move { audit(&fetcher, &page, &options, &|_| {}).await }).await.unwrap();
        (found, server)
    }
}

fn checks(audit: &Audit) -> BTreeSet<Check> {
    audit.findings.iter().map(|finding| finding.check).collect()
}

/// What a page has that is served on this machine: it is in the clear, and the consent manager's script is elsewhere.
fn unavoidable() -> BTreeSet<Check> {
    BTreeSet::from([Check::NoHttps, Check::BrokenResource])
}

#[tokio::test]
async fn a_page_without_fault_has_none() {
    let (found, server) = Site::good().audited(&Options::default()).await;
    assert_eq!(checks(&found), unavoidable(), "{found:#?}");
    assert_eq!((found.score, found.metrics.pages, found.metrics.links_broken), (81, 4, 0));
    assert_eq!(found.metrics.consent.as_deref(), Some("Cookiebot"));
    assert_eq!(found.metrics.tags[&Tag::MetaPixel].ids, ["123456"]);
    let asked: Vec<String> = server.seen().iter().map(|request| request.target.clone()).collect();
    let once = asked.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(asked.len(), once, "nothing is asked for twice: {asked:?}");

    let written = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Audit>(&written).unwrap(), found);
    assert!(
        serde_json::to_value(schemars::schema_for!(Audit)).unwrap()["properties"]["findings"].is_object()
    );
}

/// What is written instead of what, and what is found for it.
const EDITS: &[(&str, &str, Check)] = &[
    ("<title>Solar panels in a week</title>", "", Check::TitleMissing),
    ("</title>", "</title><title>Other</title>", Check::TitlesMany),
    (
        r#"<meta name="description" content="We put solar panels on your roof within a week.">"#,
        "",
        Check::DescriptionMissing,
    ),
    (r#"<link rel="canonical""#, r#"<p></p><link rel="canonical""#, Check::StrayedHead),
    ("<h1>Solar panels in a week</h1>", "", Check::HeadingMissing),
    ("<h2>Ask us</h2>", "<h1>Ask us</h1>", Check::HeadingsMany),
    ("<h2>Ask us</h2>", "<h4>Ask us</h4>", Check::HeadingSkips),
    (r#"<meta name="viewport" content="width=device-width, initial-scale=1">"#, "", Check::ViewportMissing),
    (r#"initial-scale=1""#, r#"maximum-scale=1""#, Check::ViewportFixed),
    (r#" lang="en-GB""#, "", Check::LangMissing),
    ("en-GB", "English", Check::LangInvalid),
    ("<!doctype html>", "", Check::Quirks),
    (r#"<link rel="canonical" href="/solar">"#, "", Check::CanonicalMissing),
    (
        r#"<link rel="canonical""#,
        r#"<link rel=canonical href=/a><link rel="canonical""#,
        Check::CanonicalsMany,
    ),
    (r#"href="/solar""#, r#"href="https://example.com/""#, Check::CanonicalElsewhere),
    (
        r#"<link rel="canonical""#,
        r#"<meta name=robots content="noindex, follow"><link rel="canonical""#,
        Check::NoIndex,
    ),
    ("<head>", r#"<head><meta http-equiv=refresh content="3; URL=/other">"#, Check::ScriptedRedirect),
    (r#" alt="A roof""#, "", Check::AltMissing),
    (r#""name": "Panels"}"#, r#""name": }"#, Check::StructuredInvalid),
    (r#""@type": "Product","#, "", Check::StructuredUntyped),
    ("application/ld+json", "text/plain", Check::StructuredMissing),
    ("og:title", "og:titel", Check::PreviewMissing),
    ("ORIGIN/preview.png", "/preview.png", Check::PreviewRelative),
    (r#"<label for="mail">"#, "<label>", Check::FieldUnlabelled),
    (r#" autocomplete="email""#, "", Check::AutocompleteMissing),
    (r#" method="post""#, "", Check::PersonalDataInAddress),
    (r#"<a href="tel:+442079460123">+44 20 7946 0123</a>"#, "+44 20 7946 0123", Check::PhoneNotLinked),
    (r#"tel:+442079460123">+44 20 7946 0123<"#, r#"tel:us-now">us<"#, Check::PhoneInvalid),
    (r#"<script type="text/plain">"#, "<script>", Check::TagsBeforeConsent),
    ("'123456'", "id", Check::TagWithoutId),
    (r#"<input type="hidden" name="utm_source">"#, "", Check::ParametersNotCarried),
    (r#"<a href="/privacy">Privacy</a>"#, "", Check::PrivacyMissing),
    (r#"<a href="/terms">Terms</a>"#, "", Check::TermsMissing),
    (r#"<a href="/about">About us</a>"#, "", Check::ImprintMissing),
    ("<title>Solar panels in a week", "<title>More", Check::TitleRepeated),
];

/// Faults that take more than one small edit.
fn large_edits() -> Vec<(Site, Check)> {
    let edited = |old, new: &str| Site::good().replaced(old, new);
    let text = "x".repeat(400);
    let scripts: String = (0..7).map(|n| format!("<script src=/app.js?{n}></script>")).collect();
    let pictures: String = (0..160).map(|n| format!("<img alt='' src=?{n:x}>")).collect();
    let consent = r#"<script src="https://consent.cookiebot.com/uc.js"></script>"#;
    vec![
        (edited("<title>Solar", &format!("<title>{text}")), Check::TitleLong),
        (edited("content=\"We put", &format!("content=\"{text}")), Check::DescriptionLong),
        (edited("</body>", &format!("{}</body>", "<i>".repeat(700))), Check::PageCut),
        (
            edited("<link rel=\"stylesheet\"", &format!("{scripts}<link rel=\"stylesheet\"")),
            Check::RenderBlocking,
        ),
        (edited("<h2>", &format!("{pictures}<h2>")).compressed(), Check::ManyRequests),
        (edited(consent, "").replaced("<script type=\"text/plain\">", "<script>"), Check::ConsentMissing),
        (edited("fbq('init', '123456');", "").replaced("fbevents", "fb"), Check::TagsNone),
    ]
}

/// Faults of what lies around the page.
fn other_answers() -> Vec<(Site, Check)> {
    let answered = |path, answer| Site::good().with(path, answer);
    let status = |status| Answer::new(status, &[], "");
    let of = |kind, size| Answer::new(200, &[("content-type", kind)], "x".repeat(size));
    let robots = |rules: &str| answered("/robots.txt", Answer::new(200, &[], rules));
    vec![
        (answered("/solar", status(500)), Check::BadStatus),
        (answered("/solar", Answer::redirect(302, "/lost")), Check::BadStatus),
        (answered("/solar", Answer::raw("no http\r\n\r\n")), Check::Unreachable),
        (answered("/solar", of("application/pdf", 9)), Check::NotHtml),
        (answered("/robots.txt", status(500)), Check::RobotsUnreachable),
        (robots("user-agent: AdsBot-Google\ndisallow: /\nsitemap: /sitemap.xml"), Check::RobotsBlocksAds),
        (robots("user-agent: *\nallow: /").with("/sitemap.xml", status(404)), Check::SitemapMissing),
        (answered("/sitemap.xml", status(404)), Check::SitemapBroken),
        (answered("/preview.png", status(404)), Check::PreviewBroken),
        (answered("/preview.png", Answer::html("no")), Check::PreviewBroken),
        (answered("/more", status(404)), Check::BrokenLink),
        (answered("/app.js", of("text/javascript", 5_000)), Check::Uncompressed),
        (answered("/roof.png", of("image/png", 600_000)), Check::HeavyImage),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_found_and_nothing_else() {
    let (mut every, mut wrong) = (BTreeSet::new(), Vec::new());
    let edits = EDITS.iter().map(|(old, new, check)| (Site::good().replaced(old, new), *check));
    for (site, expected) in edits.chain(large_edits()).chain(other_answers()) {
        let (found, _server) = site.audited(&Options::default()).await;
        let found = checks(&found);
        every.extend(found.iter().copied());
        let beyond: Vec<Check> = found.difference(&unavoidable()).copied().collect();
        if beyond != [expected] {
            wrong.push(format!("{beyond:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let rest: Vec<&Check> = Check::ALL.iter().filter(|check| !every.contains(check)).collect();
    println!("{} of {} checks; elsewhere: {rest:?}", every.len(), Check::ALL.len());
}

#[tokio::test]
async fn parameters_of_ads_must_survive() {
    let answer = |behave: fn(&str) -> Answer| async move {
        let server = Server::start(move |request| behave(&request.target)).await;
        let found = audit(
            &vouching(&[&server], Names::default()),
            &server.url("/in?a=1"),
            &Options::default(),
            &|_| {},
        )
        .await;
        checks(&found)
    };
    let lost = answer(|target| match target {
        "/robots.txt" => Answer::new(404, &[], ""),
        target if target.starts_with("/in") => Answer::redirect(301, "/out"),
        _ => Answer::html("<p>Out"),
    });
    let lost = lost.await;
    assert!(lost.contains(&Check::ParametersLost) && !lost.contains(&Check::RedirectChain));
    let broken = answer(|target| match target {
        "/robots.txt" => Answer::new(404, &[], ""),
        target if target.contains("utm_") => Answer::new(404, &[], ""),
        _ => Answer::html("<p>In"),
    });
    assert!(broken.await.contains(&Check::ParametersBreak));
    let far = answer(|target| match target.split_once('?') {
        Some(("/in", query)) => Answer::redirect(301, &format!("/then?{query}")),
        Some(("/then", query)) => Answer::redirect(301, &format!("/out?{query}")),
        Some(_) => Answer::html("<script>1</script>"),
        None => Answer::new(404, &[], ""),
    });
    let far = far.await;
    assert!(far.contains(&Check::RedirectChain) && !far.contains(&Check::ParametersLost));
    assert!(far.contains(&Check::EmptyWithoutScripts) && far.contains(&Check::NoWayToAct));
}

#[tokio::test]
async fn tags_that_a_campaign_needs_are_missed() {
    let options =
        Options { expected: BTreeSet::from([Tag::MetaPixel, Tag::TiktokPixel]), ..Options::default() };
    let (found, _server) = Site::good().audited(&options).await;
    let missing = |found: &Audit| {
        let missing = found.findings.iter().filter(|finding| finding.check == Check::TagMissing);
        missing.map(|finding| (finding.severity, finding.at.clone().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(missing(&found), [(Severity::Error, "TikTok pixel".to_owned())]);
    let managed = "<script async src='https://www.googletagmanager.com/gtm.js?id=GTM-1'></script></head>";
    let (found, _server) = Site::good().replaced("</head>", managed).audited(&options).await;
    assert_eq!(missing(&found), [(Severity::Note, "TikTok pixel".to_owned())]);
}

#[tokio::test]
async fn who_is_kept_out_by_robots_txt_stays_out() {
    let kept = Answer::new(200, &[], "user-agent: PlacardAudit\ndisallow: /\n");
    let (found, server) = Site::good().with("/robots.txt", kept).audited(&Options::default()).await;
    assert_eq!(checks(&found), BTreeSet::from([Check::RobotsBlocksAudit]));
    assert_eq!(server.seen().len(), 1);

    let kept =
        Answer::new(200, &[], "user-agent: *\ndisallow: /roof\ndisallow: /more\nsitemap: /sitemap.xml");
    let (found, server) = Site::good().with("/robots.txt", kept).audited(&Options::default()).await;
    assert!(
        server.seen().iter().all(|request| !request.target.starts_with("/roof") && request.target != "/more")
    );
    assert_eq!(found.metrics.left_alone, 2);
}

#[tokio::test]
async fn a_host_that_has_had_enough_is_left_alone() {
    let tired = Site::good().with("/style.css", Answer::new(429, &[], ""));
    let options = Options { at_once: 1, per_host: 1, ..Options::default() };
    let (found, server) = tired.audited(&options).await;
    let after = server.seen().iter().rposition(|request| request.target == "/style.css").unwrap();
    assert_eq!(after + 1, server.seen().len(), "nothing comes after it");
    assert!(found.metrics.left_alone > 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_asked_at_once_than_allowed_and_no_longer() {
    let pictures: String = (0..40).map(|n| format!("<img alt='' src=/roof.png?{n}>")).collect();
    let mut slow = Answer::raw("HTTP/1.1 200 X\r\n");
    slow.pieces.push(b"content-length: 0\r\n\r\n".to_vec());
    slow.pause = Duration::from_millis(30);
    let site = Site::good().replaced("<h2>", &format!("{pictures}<h2>")).with("/roof.png", slow);
    let steps = Arc::new(Mutex::new(Vec::new()));
    let server = site.serve().await;
    let options = Options { per_host: 3, ..Options::default() };
    let hear = |step| steps.lock().unwrap().push(step);
    let found = audit(&vouching(&[&server], Names::default()), &server.url("/solar"), &options, &hear).await;
    assert_eq!(found.metrics.by_kind[&placard_website::Kind::Image].count, 41);
    assert_eq!(server.most_at_once(), 3);
    let steps = steps.lock().unwrap().clone();
    assert!(steps.windows(2).all(|pair| pair[0].done <= pair[1].done));
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.planned);

    let mut silent = Answer::raw("");
    silent.pieces.push(Vec::new());
    silent.pause = Duration::from_secs(60);
    let site = Site::good().replaced("<h2>", &format!("{pictures}<h2>")).with("/roof.png", silent);
    let options = Options { per_host: 1, within: Duration::from_millis(1_500), ..Options::default() };
    let (found, _server) = site.audited(&options).await;
    assert!(found.metrics.left_alone > 30, "{}", found.metrics.left_alone);
}

#[tokio::test]
async fn two_audits_are_compared_by_what_was_found_about_what() {
    let (before, _one) = Site::good()
        .replaced("lang=\"en-GB\"", "")
        .with("/more", Answer::new(404, &[], ""))
        .audited(&Options::default())
        .await;
    let (after, _two) =
        Site::good().replaced("<h1>Solar panels in a week</h1>", "").audited(&Options::default()).await;
    let compared = compare(&before, &after);
    let of = |findings: &[placard_website::Finding]| {
        findings.iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    assert_eq!(of(&compared.fixed), [Check::LangMissing, Check::BrokenLink]);
    assert_eq!(of(&compared.new), [Check::HeadingMissing]);
    assert_eq!(of(&compared.still), [Check::NoHttps, Check::BrokenResource]);
    assert_eq!((compared.score.before, compared.score.after), (75, 78));
    assert_eq!(compared.metrics["links_broken"].before, 1);
}

#[tokio::test]
async fn an_address_inside_is_a_finding_and_not_a_request() {
    let fetcher =
        placard_website::fetch::Fetcher::new(placard_website::fetch::FetchConfig::new("Test")).unwrap();
    for address in ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://localhost/"] {
        let found = audit(&fetcher, &address.parse().unwrap(), &Options::default(), &|_| {}).await;
        assert_eq!(found.worst(), Some(Severity::Error));
        assert_eq!(checks(&found), BTreeSet::from([Check::Unreachable]));
        assert_eq!(found.score, 0);
    }
}
