//! Tags of the ad networks, and consent managers, as far as the page itself shows them.
//!
//! Known by the snippets that the networks' own tools give out. No script is run: what a tag manager loads is not seen.

use super::Page;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// A script of a page.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) source: Option<Url>,
    pub(crate) text: String,
    /// Whether a browser runs it: consent managers keep others back by giving them another type.
    pub(crate) runs: bool,
}

/// A tag that ads are measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Meta's pixel.
    MetaPixel,
    /// Google's tag: Ads (`AW-`), Analytics (`G-`).
    GoogleTag,
    /// Google Tag Manager, which loads other tags.
    GoogleTagManager,
    /// Microsoft's Universal Event Tracking.
    MicrosoftUet,
    /// TikTok's pixel.
    TiktokPixel,
}

impl Tag {
    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MetaPixel => "Meta pixel",
            Self::GoogleTag => "Google tag",
            Self::GoogleTagManager => "Google Tag Manager",
            Self::MicrosoftUet => "Microsoft UET",
            Self::TiktokPixel => "TikTok pixel",
        }
    }
}

/// What of a tag was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// The ids that it is set up with.
    pub ids: Vec<String>,
    /// Whether at least one copy runs without waiting for consent, as far as the page itself shows.
    pub at_once: bool,
}

/// How a tag looks: its script's address, and what stands before an id.
struct Look {
    tag: Tag,
    sources: &'static [&'static str],
    /// What the inline snippet of it says.
    says: &'static [&'static str],
    /// What stands right before a quoted id, white space aside.
    before_id: &'static [&'static str],
    /// The parameter of its script's address that is an id.
    parameter: Option<&'static str>,
    valid: fn(&str) -> bool,
}

const LOOKS: [Look; 5] = [
    Look {
        tag: Tag::MetaPixel,
        sources: &["connect.facebook.net"],
        says: &["fbevents.js", "fbq("],
        before_id: &["fbq('init',", "fbq(\"init\","],
        parameter: None,
        valid: digits,
    },
    Look {
        tag: Tag::GoogleTag,
        sources: &["www.googletagmanager.com/gtag/"],
        says: &["gtag('config'", "gtag(\"config\"", "googletagmanager.com/gtag/js"],
        before_id: &["gtag('config',", "gtag(\"config\","],
        parameter: Some("id"),
        valid: google,
    },
    Look {
        tag: Tag::GoogleTagManager,
        sources: &["www.googletagmanager.com/gtm.js"],
        says: &["googletagmanager.com/gtm.js"],
        before_id: &["'dataLayer',", "\"dataLayer\","],
        parameter: Some("id"),
        valid: container,
    },
    Look {
        tag: Tag::MicrosoftUet,
        sources: &["bat.bing.com", "bat.bing.net"],
        says: &["bat.bing.com/bat.js", "bat.bing.net/bat.js"],
        before_id: &["ti:", "\"ti\":", "'ti':"],
        parameter: Some("ti"),
        valid: digits,
    },
    Look {
        tag: Tag::TiktokPixel,
        sources: &["analytics.tiktok.com"],
        says: &["analytics.tiktok.com/i18n/pixel", "ttq.load("],
        before_id: &["ttq.load("],
        parameter: Some("sdkid"),
        valid: letters,
    },
];

fn digits(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn letters(id: &str) -> bool {
    id.len() > 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn google(id: &str) -> bool {
    ["AW-", "G-", "GT-", "DC-", "UA-"].iter().any(|begin| id.starts_with(begin))
}

fn container(id: &str) -> bool {
    id.starts_with("GTM-")
}

/// The tags of `page`.
pub(crate) fn tags(page: &Page) -> BTreeMap<Tag, Seen> {
    let mut found: BTreeMap<Tag, Seen> = BTreeMap::new();
    for script in &page.scripts {
        let text: String = script.text.chars().filter(|letter| !letter.is_whitespace()).collect();
        for look in &LOOKS {
            let Some(ids) = look.find(script, &text) else { continue };
            let seen = found.entry(look.tag).or_default();
            seen.at_once |= script.runs;
            let fresh: Vec<String> = ids.into_iter().filter(|id| !seen.ids.contains(id)).collect();
            seen.ids.extend(fresh);
        }
    }
    found
}

impl Look {
    /// The ids in `script`, if the script is of this tag.
    fn find(&self, script: &Script, text: &str) -> Option<Vec<String>> {
        let mut ids: Vec<String> = Vec::new();
        let loads = script.source.as_ref().filter(|source| {
            let place = format!("{}{}", source.host_str().unwrap_or_default(), source.path());
            self.sources.iter().any(|known| place.starts_with(known))
        });
        if let Some(source) = loads {
            let named = source.query_pairs().filter(|(name, _)| Some(name.as_ref()) == self.parameter);
            ids.extend(named.map(|(_, id)| id.into_owned()));
        }
        let says = self.says.iter().any(|known| text.contains(known));
        if says {
            ids.extend(self.before_id.iter().flat_map(|before| quoted_after(text, before)));
        }
        let mut known: Vec<String> = Vec::new();
        for id in ids {
            if (self.valid)(&id) && !known.contains(&id) {
                known.push(id);
            }
        }
        (loads.is_some() || says).then_some(known)
    }
}

/// What stands in quotes (or, for numbers, without them) right after each `before`.
fn quoted_after(text: &str, before: &str) -> Vec<String> {
    text.match_indices(before)
        .map(|(at, _)| text[at + before.len()..].trim_start_matches(['\'', '"', '`']))
        .map(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

/// Consent managers: a name, and what their scripts' hosts or their elements' ids are called.
const MANAGERS: [(&str, &[&str], &[&str]); 14] = [
    ("OneTrust", &["cdn.cookielaw.org", "onetrust.com"], &["onetrust-consent-sdk", "onetrust-banner-sdk"]),
    ("Cookiebot", &["consent.cookiebot.com", "consent.cookiebot.eu"], &["cookiebot", "cybotcookiebotdialog"]),
    ("Usercentrics", &["usercentrics.eu", "usercentrics.com"], &["usercentrics-root", "usercentrics-cmp"]),
    ("Didomi", &["sdk.privacy-center.org", "didomi.io"], &["didomi-host"]),
    ("Sourcepoint", &["sourcepoint.mgr.consensu.org", "cdn.privacy-mgmt.com"], &[]),
    ("Quantcast Choice", &["cmp.quantcast.com", "cmp.inmobi.com"], &["qc-cmp2-container"]),
    ("TrustArc", &["consent.trustarc.com"], &["truste-consent-track"]),
    ("Iubenda", &["cdn.iubenda.com", "cs.iubenda.com"], &["iubenda-cs-banner"]),
    ("Osano", &["cmp.osano.com"], &["osano-cm-window"]),
    ("CookieYes", &["cdn-cookieyes.com"], &["cky-consent"]),
    ("Complianz", &[], &["cmplz-cookiebanner-container"]),
    ("Borlabs Cookie", &[], &["borlabscookiebox", "borlabs-cookie"]),
    ("Klaro", &[], &["klaro"]),
    ("Axeptio", &["static.axept.io"], &["axeptio_overlay"]),
];

/// The consent manager of `page`: a known one by its name, or a banner.
pub(crate) fn consent(page: &Page) -> Option<&'static str> {
    let hosts: Vec<&str> =
        page.scripts.iter().filter_map(|script| script.source.as_ref()?.host_str()).collect();
    let known = MANAGERS.iter().find(|(_, domains, marks)| {
        let ends = |host: &str, domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        domains.iter().any(|domain| hosts.iter().any(|host| ends(host, domain)))
            || page.marks.iter().any(|own| own.split_whitespace().any(|mark| marks.contains(&mark)))
    });
    if let Some((name, ..)) = known {
        return Some(name);
    }
    let is_banner = |mark: &str| {
        ["cookie", "consent", "gdpr"].iter().any(|about| mark.contains(about))
            && ["banner", "notice", "dialog", "modal", "popup", "bar"].iter().any(|form| mark.contains(form))
    };
    page.marks.iter().any(|mark| is_banner(mark)).then_some("a banner of its own")
}

/// Whether Google's consent mode denies something before the tags run.
pub(crate) fn consent_mode(page: &Page) -> bool {
    page.scripts.iter().any(|script| {
        let text: String = script.text.chars().filter(|letter| !letter.is_whitespace()).collect();
        text.contains("gtag('consent','default'") || text.contains("gtag(\"consent\",\"default\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_known_by_their_snippets_with_their_ids() {
        let html = r#"<script>!function(f,b){n.src='https://connect.facebook.net/en_US/fbevents.js'}();
            fbq( 'init', '1234567890'); fbq('track', 'PageView');</script>
            <script async src="https://www.googletagmanager.com/gtag/js?id=AW-111"></script>
            <script>gtag('js', new Date()); gtag('config', 'AW-111'); gtag('config','G-ABC1');</script>
            <script>(function(w,d,s,l,i){'https://www.googletagmanager.com/gtm.js?id='+i})(window,document,'script','dataLayer','GTM-K1');</script>
            <script>(function(w,d,t,r,u){var o={ti:"5711"};r='//bat.bing.com/bat.js'})</script>
            <script type="text/plain">ttq.load('C4AAAAAAAAAAAAAAAA'); "https://analytics.tiktok.com/i18n/pixel/events.js"</script>"#;
        let page = Page::read(&Url::parse("https://example.com").unwrap(), html);
        let found = tags(&page);
        let ids = |tag| found[&tag].ids.join(" ");
        assert_eq!(ids(Tag::MetaPixel), "1234567890");
        assert_eq!(ids(Tag::GoogleTag), "AW-111 G-ABC1");
        assert_eq!(ids(Tag::GoogleTagManager), "GTM-K1");
        assert_eq!(ids(Tag::MicrosoftUet), "5711");
        assert_eq!(ids(Tag::TiktokPixel), "C4AAAAAAAAAAAAAAAA");
        assert!(found[&Tag::MetaPixel].at_once && !found[&Tag::TiktokPixel].at_once);
    }

    #[test]
    fn a_page_that_speaks_of_tags_has_none() {
        let html = "<p>Paste fbq('init', '1') here. bat.bing.com/bat.js</p><script>var a = 'ti:1'</script>";
        assert!(tags(&Page::read(&Url::parse("https://example.com").unwrap(), html)).is_empty());
    }
}
