//! What a page says about itself, read once so that every check can look at it.

mod dom;
mod form;
mod load;
pub(crate) mod tags;

pub(crate) use form::{Field, Form};
pub use load::Kind;
pub(crate) use load::Load;

use dom::{Dom, Element};
use std::collections::BTreeMap;
use tags::Script;
use url::Url;

/// A link, `<a href>`.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// As it is written.
    pub(crate) written: String,
    /// Where it leads, if it is an address.
    pub(crate) to: Option<Url>,
    /// What people read.
    pub(crate) text: String,
}

/// One page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Where it was read.
    pub(crate) url: Url,
    pub(crate) lang: String,
    pub(crate) titles: Vec<String>,
    pub(crate) descriptions: Vec<String>,
    pub(crate) viewport: Option<String>,
    /// `robots` and its kin: whom it is for, and what it says.
    pub(crate) robots: Vec<(String, String)>,
    pub(crate) canonical: Vec<String>,
    /// What belongs into the head and is found below it, where search engines and platforms pass it over.
    pub(crate) strayed: Vec<String>,
    pub(crate) headings: Vec<(u8, String)>,
    pub(crate) structured: Vec<String>,
    pub(crate) social: BTreeMap<String, String>,
    pub(crate) links: Vec<Link>,
    pub(crate) forms: Vec<Form>,
    pub(crate) loads: Vec<Load>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) noscript: String,
    pub(crate) images: usize,
    pub(crate) images_without_alt: usize,
    /// Text for people, without scripts and styles.
    pub(crate) text: String,
    pub(crate) refresh: Option<String>,
    /// Ids and classes, by which consent managers are known.
    pub(crate) marks: Vec<String>,
    pub(crate) quirks: bool,
    /// Whether it was too large to be read to its end.
    pub(crate) cut: bool,
}

impl Page {
    /// Reads `html`, which came from `url`.
    pub(crate) fn read(url: &Url, html: &str) -> Self {
        let dom = Dom::parse(html);
        let base = dom
            .elements()
            .find_map(|element| element.attribute("href").filter(|_| element.is("base")))
            .and_then(|href| url.join(href.trim()).ok())
            .unwrap_or_else(|| url.clone());
        let mut page = Self::empty(url.clone());
        page.quirks = dom.quirks();
        page.cut = dom.cut();
        for element in dom.elements() {
            page.take(element, &base);
        }
        page.text = text_for_people(&dom);
        page.forms = form::read(&dom, &base, url);
        page
    }

    const fn empty(url: Url) -> Self {
        Self {
            url,
            lang: String::new(),
            titles: Vec::new(),
            descriptions: Vec::new(),
            viewport: None,
            robots: Vec::new(),
            canonical: Vec::new(),
            strayed: Vec::new(),
            headings: Vec::new(),
            structured: Vec::new(),
            social: BTreeMap::new(),
            links: Vec::new(),
            forms: Vec::new(),
            loads: Vec::new(),
            scripts: Vec::new(),
            noscript: String::new(),
            images: 0,
            images_without_alt: 0,
            text: String::new(),
            refresh: None,
            marks: Vec::new(),
            quirks: false,
            cut: false,
        }
    }

    fn take(&mut self, element: Element<'_>, base: &Url) {
        if let Some(load) = load::of(element, base) {
            self.loads.push(load);
        }
        self.marks
            .extend(["id", "class"].iter().map(|name| element.word(name)).filter(|mark| !mark.is_empty()));
        match element.name() {
            "html" => self.lang = element.attribute("lang").unwrap_or_default().trim().to_owned(),
            // A picture in SVG has titles of its own.
            "title" if !element.is_in("svg") => {
                self.stray(element, "the title");
                self.titles.push(element.text());
            }
            "meta" => self.take_meta(element),
            "link" if has_word(&element.word("rel"), "canonical") => {
                self.stray(element, "the canonical address");
                self.canonical.extend(element.attribute("href").map(str::to_owned));
            }
            "script" => self.take_script(element, base),
            "noscript" => self.noscript.push_str(&element.raw_text()),
            "a" => self.take_link(element, base),
            "img" => {
                self.images += 1;
                self.images_without_alt += usize::from(element.attribute("alt").is_none());
            }
            heading => {
                if let Some(level) = level(heading) {
                    self.headings.push((level, element.text()));
                }
            }
        }
    }

    fn take_meta(&mut self, element: Element<'_>) {
        let content = element.attribute("content").unwrap_or_default().trim().to_owned();
        let property = element.word("property");
        let name = element.word("name");
        if element.word("http-equiv") == "refresh" {
            self.refresh = Some(content.clone());
        }
        for known in [&property, &name] {
            if known.starts_with("og:") || known.starts_with("twitter:") {
                self.social.entry(known.clone()).or_insert_with(|| content.clone());
            }
        }
        match name.as_str() {
            "description" => {
                self.stray(element, "the description");
                self.descriptions.push(content);
            }
            "viewport" => self.viewport = Some(content),
            "robots" | "googlebot" | "bingbot" | "adsbot-google" => {
                self.robots.push((name, content.to_ascii_lowercase()));
            }
            _ => {}
        }
    }

    fn take_script(&mut self, element: Element<'_>, base: &Url) {
        let kind = element.word("type");
        let text = element.raw_text();
        if kind == "application/ld+json" {
            self.structured.push(text);
            return;
        }
        let runs = matches!(kind.as_str(), "" | "module" | "text/javascript" | "application/javascript");
        let source = element.attribute("src").and_then(|source| base.join(source.trim()).ok());
        self.scripts.push(Script { source, text, runs });
    }

    fn take_link(&mut self, element: Element<'_>, base: &Url) {
        let Some(written) = element.attribute("href") else { return };
        let mut text = element.text();
        if text.is_empty() {
            let named = [element.attribute("aria-label"), element.attribute("title")];
            let pictured = element.inside().find_map(|inner| inner.attribute("alt"));
            text = named.into_iter().flatten().chain(pictured).next().unwrap_or_default().trim().to_owned();
        }
        let to = base.join(written.trim()).ok();
        self.links.push(Link { written: written.trim().to_owned(), to, text });
    }

    fn stray(&mut self, element: Element<'_>, what: &str) {
        if !element.is_in("head") {
            self.strayed.push(what.to_owned());
        }
    }

    /// Where the page says that it is at home.
    pub(crate) fn canonical_url(&self) -> Option<Url> {
        self.url.join(self.canonical.first()?.trim()).ok()
    }
}

/// Whether one of the words is `wanted`.
pub(crate) fn has_word(words: &str, wanted: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == wanted)
}

fn level(name: &str) -> Option<u8> {
    let digit = name.strip_prefix('h').filter(|digit| digit.len() == 1)?;
    digit.parse().ok().filter(|level| (1..=6).contains(level))
}

fn text_for_people(dom: &Dom) -> String {
    let Some(body) = dom.elements().find(|element| element.is("body")) else { return String::new() };
    body.text_without(&["script", "style", "noscript", "svg"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Page {
        Page::read(&Url::parse("https://example.com/landing/").unwrap(), html)
    }

    #[test]
    fn a_page_is_read_as_browsers_build_it() {
        let page = read(
            "<!doctype html><html lang=de><title> Ein\n Titel</title><meta name=description content=Kurz>\
             <h1>Laut<b>!</b></h1><p>eins<p>zwei <a href=../hin>Hin</a><a href='tel:+49 30 1'><img alt=Anruf src=i.png></a>\
             <script>var a = '<p>drei'</script>",
        );
        assert_eq!((page.lang.as_str(), page.titles.as_slice()), ("de", ["Ein Titel".to_owned()].as_slice()));
        assert_eq!(page.headings, [(1, "Laut!".to_owned())]);
        assert_eq!(page.text, "Laut! eins zwei Hin");
        assert_eq!(page.links[0].to.as_ref().unwrap().as_str(), "https://example.com/hin");
        assert_eq!((page.links[1].text.as_str(), page.images, page.images_without_alt), ("Anruf", 1, 0));
        assert!(!page.quirks && page.strayed.is_empty());
    }

    #[test]
    fn what_stands_below_the_head_is_told_apart() {
        let page = read(
            "<head><div>early</div><link rel=canonical href=/x><meta name=description content=d></head>",
        );
        assert_eq!(page.strayed, ["the canonical address", "the description"]);
    }

    #[test]
    fn pages_made_to_keep_a_parser_busy_are_cut() {
        let numbered = |piece: &str, n: usize| piece.replace('#', &n.to_string());
        for piece in ["<div>", "<b id=#>", "<table><tr><td>"] {
            let html: String = (0..100_000).map(|n| numbered(piece, n)).collect();
            assert!(read(&html).cut, "{piece}");
        }
        // These are not nested, however often they are begun.
        for piece in ["<p>", "<option>", "<a><p>"] {
            assert!(!read(&piece.repeat(100_000)).cut, "{piece}");
        }
    }
}
