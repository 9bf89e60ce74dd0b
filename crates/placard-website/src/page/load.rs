//! What a page makes a browser load.

use super::{dom::Element, has_word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// What something is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The page itself.
    Document,
    /// How it looks.
    Stylesheet,
    /// What it does.
    Script,
    /// A picture.
    Image,
    /// Another page inside it.
    Frame,
    /// Sound or film.
    Media,
    /// Letters.
    Font,
}

/// Something that is loaded with a page.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) url: Url,
    /// Whether nothing is shown before it is there.
    pub(crate) blocking: bool,
}

/// What `element` makes a browser load, if anything.
pub(super) fn of(element: Element<'_>, base: &Url) -> Option<Load> {
    let (kind, attribute) = match element.name() {
        "script" if runs(element) => (Kind::Script, "src"),
        "link" => (link_kind(element)?, "href"),
        "img" => (Kind::Image, "src"),
        "input" if element.word("type") == "image" => (Kind::Image, "src"),
        "iframe" => (Kind::Frame, "src"),
        "video" | "audio" => (Kind::Media, "src"),
        "source" if !element.is_in("picture") => (Kind::Media, "src"),
        _ => return None,
    };
    let written = element.attribute(attribute).map(str::trim).filter(|written| !written.is_empty())?;
    let mut url = base.join(written).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_fragment(None);
    Some(Load { kind, url, blocking: blocks(element, kind) })
}

fn runs(element: Element<'_>) -> bool {
    matches!(element.word("type").as_str(), "" | "module" | "text/javascript" | "application/javascript")
}

fn link_kind(element: Element<'_>) -> Option<Kind> {
    let rel = element.word("rel");
    if has_word(&rel, "stylesheet") && !has_word(&rel, "alternate") {
        return Some(Kind::Stylesheet);
    }
    if has_word(&rel, "icon") {
        return Some(Kind::Image);
    }
    if !has_word(&rel, "preload") {
        return None;
    }
    match element.word("as").as_str() {
        "font" => Some(Kind::Font),
        "image" => Some(Kind::Image),
        "style" => Some(Kind::Stylesheet),
        "script" => Some(Kind::Script),
        _ => None,
    }
}

fn blocks(element: Element<'_>, kind: Kind) -> bool {
    match kind {
        Kind::Stylesheet => {
            let media = element.word("media");
            has_word(&element.word("rel"), "stylesheet")
                && element.attribute("disabled").is_none()
                && (media.is_empty() || media.contains("all") || media.contains("screen"))
                && element.is_in("head")
        }
        Kind::Script => {
            let aside = ["async", "defer"].iter().any(|name| element.attribute(name).is_some());
            element.is("script") && !aside && element.word("type") != "module" && element.is_in("head")
        }
        _ => false,
    }
}
