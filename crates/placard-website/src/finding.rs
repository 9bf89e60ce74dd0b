//! What an audit has to say: one table of everything that it looks for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Costs money or people.
    Warning,
    /// Ads should not lead here before it is mended.
    Error,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was looked for.
    pub check: Check,
    /// How bad it is here.
    pub severity: Severity,
    /// What it is, in a few words.
    pub what: String,
    /// What was seen.
    pub seen: String,
    /// Where, if it is about one address or one tag of several. With `check`, what tells findings apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Why it matters to ads.
    pub why: String,
    /// What mends it.
    pub fix: String,
}

impl Finding {
    /// As bad as `check` usually is.
    pub(crate) fn new(check: Check, seen: impl Into<String>) -> Self {
        Self {
            check,
            severity: check.severity(),
            what: check.what().to_owned(),
            seen: seen.into(),
            at: None,
            why: check.why().to_owned(),
            fix: check.fix().to_owned(),
        }
    }

    pub(crate) fn at(mut self, place: impl ToString) -> Self {
        self.at = Some(place.to_string());
        self
    }

    pub(crate) const fn rated(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

macro_rules! checks {
    ($($name:ident $severity:ident $what:literal, $why:literal, $fix:literal;)*) => {
        /// What an audit looks for. Its name in JSON is its id and stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Check {
            $(#[doc = $what] $name,)*
        }

        impl Check {
            /// Every check, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// How bad it usually is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What is wrong, in a few words.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            /// Why it matters to ads.
            pub const fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }

            /// What mends it.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

checks! {
    Unreachable Error "the page cannot be loaded",
        "Every click is paid for and leads to nothing; platforms disapprove ads whose page does not answer.",
        "Make the address answer, then audit again.";
    BadStatus Error "the page answers with an error",
        "Platforms disapprove ads whose page answers with an error.",
        "Let the address answer with 200.";
    NotHtml Error "the address is no page",
        "Platforms want a page that a browser shows.",
        "Lead ads to a page in HTML.";
    RobotsUnreachable Error "the robots.txt cannot be read",
        "Crawlers that heed RFC 9309 treat that as a ban of everything, so platforms cannot review the page.",
        "Let /robots.txt answer with 200, or with 404 if there is none.";
    RobotsBlocksAds Error "an ad platform's crawler is kept out by robots.txt",
        "A platform that cannot read the page disapproves the ad, shows no preview or rates the page low.",
        "Allow the crawler by name in robots.txt.";
    RobotsBlocksAudit Note "this audit is kept out by robots.txt",
        "Nothing but robots.txt was read, so that little can be said.",
        "Allow PlacardAudit in robots.txt, or audit where it is allowed.";
    NoHttps Error "the page is not encrypted",
        "Browsers call it not secure, platforms refuse forms and many ads on it, and referrers are lost.",
        "Serve it with https and redirect http there.";
    Downgrade Error "a redirect leads from https to http",
        "Whoever listens can read and change what people see and send.",
        "Redirect to https only.";
    RedirectChain Warning "several redirects before the page",
        "Each costs people on phones a good part of a second, and parameters get lost on the way.",
        "Lead ads straight to the last address.";
    RedirectOffSite Warning "the page is on another site than the address",
        "Platforms disapprove ads whose displayed address and landing page differ in domain.",
        "Lead ads to the site where the page is.";
    ScriptedRedirect Warning "the page sends people on by itself",
        "Platforms review the page that is named, not the one behind it, and may call it cloaking.",
        "Answer with a redirect (301 or 302), or lead ads straight there.";
    MixedContent Error "an encrypted page loads scripts, styles or frames in the clear",
        "Browsers block them, so that the page is broken for people.",
        "Load them with https.";
    MixedMedia Warning "an encrypted page loads pictures or films in the clear",
        "Browsers warn, or do not show them.",
        "Load them with https.";
    FormInClear Error "a form is sent in the clear",
        "What people say of themselves can be read on the way; browsers warn before it is sent.",
        "Send the form to an https address.";
    SlowAnswer Warning "the server takes long to answer",
        "People leave before they see anything, and quality scores fall.",
        "Cache the page, or bring it nearer to people.";
    HeavyPage Warning "the page is heavy",
        "On a phone in the open, it is not there before people leave.",
        "Shrink pictures first, then scripts.";
    HeavyImage Warning "a picture is heavy",
        "Pictures are most of what people wait for.",
        "Serve it smaller, as WebP or AVIF.";
    Uncompressed Warning "text is sent uncompressed",
        "It could be a quarter of its size on the wire.",
        "Switch on gzip, brotli or zstd for HTML, CSS and JavaScript.";
    RenderBlocking Warning "much must be loaded before anything is shown",
        "People look at a white page meanwhile.",
        "Add `defer` to scripts, split styles, inline the little that the first view needs.";
    SlowResource Note "something on the page is slow",
        "It holds up what comes after it.",
        "Host it nearer, or load it later.";
    BrokenResource Warning "something that the page needs is missing",
        "The page looks or works otherwise than meant.",
        "Restore it, or stop asking for it.";
    ManyRequests Note "the page asks for very many things",
        "Each has its cost on a slow connection.",
        "Bundle, and drop what nobody needs.";
    PageCut Warning "the page is too large to be read to its end",
        "Browsers and crawlers give up on such pages as well.",
        "Make the page smaller.";
    TitleMissing Error "no title",
        "It names the page in tabs, in search results and in previews.",
        "Add a title that says what the ad promises.";
    TitleLong Note "the title is long",
        "It is cut off where it is shown.",
        "Say it in some 60 letters.";
    TitlesMany Warning "several titles",
        "Which one counts is chance.",
        "Keep one.";
    DescriptionMissing Warning "no description",
        "Previews and search results choose some text of the page instead; platforms' generated ads do, too.",
        "Add a meta description of a sentence or two.";
    DescriptionLong Note "the description is long",
        "It is cut off where it is shown.",
        "Say it in some 160 letters.";
    StrayedHead Warning "something of the head stands in the body",
        "Search engines and platforms look for it in the head only.",
        "Move it up; an element that does not belong into the head ends it.";
    HeadingMissing Warning "no main heading",
        "People who come from an ad look for its promise first, and so do reviewers.",
        "Add one h1 that repeats the promise.";
    HeadingsMany Note "several main headings",
        "It is not clear what the page is about.",
        "Keep one h1.";
    HeadingSkips Note "headings leave a level out",
        "Screen readers lead people by them.",
        "Let each level follow the one above it.";
    ViewportMissing Error "no viewport",
        "Phones show the page as a small picture of a large screen, and most clicks come from phones.",
        "Add <meta name=viewport content=\"width=device-width, initial-scale=1\">.";
    ViewportFixed Warning "the viewport does not suit phones",
        "People cannot enlarge what they cannot read, or see a part of the page only.",
        "Use width=device-width, initial-scale=1 and nothing else.";
    LangMissing Warning "the language is not told",
        "Platforms compare it with the ad's; screen readers speak by it.",
        "Add lang to the html element.";
    LangInvalid Warning "the language is none",
        "Nobody can make use of it.",
        "Use a code such as `de` or `en-GB`.";
    Quirks Warning "the page has no doctype",
        "Browsers lay it out by the rules of the nineties.",
        "Begin with <!doctype html>.";
    CanonicalMissing Note "no canonical address",
        "Addresses with parameters of ads are indexed as pages of their own.",
        "Add <link rel=canonical> with the address without parameters.";
    CanonicalsMany Warning "several canonical addresses",
        "Search engines heed none of them.",
        "Keep one.";
    CanonicalElsewhere Warning "the canonical address is on another site",
        "The page says that it is a copy; previews show the other.",
        "Name the page's own address.";
    NoIndex Note "search engines are told to leave the page out",
        "That is usual for pages made for ads, and a loss for others.",
        "Remove noindex if people should find the page by searching.";
    EmptyWithoutScripts Warning "the page is empty before its scripts run",
        "People on phones wait, and crawlers that run no scripts see nothing to review.",
        "Send the first view as HTML.";
    AltMissing Warning "pictures without a text",
        "Who cannot see them does not know what is offered.",
        "Add alt to each; an empty one for decoration.";
    StructuredInvalid Warning "structured data that cannot be read",
        "Prices and ratings in it are not shown.",
        "Mend the JSON.";
    StructuredUntyped Note "structured data without a type",
        "Nobody knows what it describes.",
        "Add @context and @type.";
    StructuredMissing Note "no structured data",
        "Products, events and businesses can be shown with more than a title.",
        "Describe what is offered as JSON-LD.";
    PreviewMissing Warning "shared links have no proper preview",
        "Posts that lead here are shown with a chance picture or none.",
        "Add og:title, og:description and og:image.";
    PreviewRelative Warning "the preview's picture has no full address",
        "Platforms do not resolve it.",
        "Begin it with https://.";
    PreviewBroken Error "the preview's picture cannot be loaded",
        "Posts that lead here are shown without a picture.",
        "Let og:image name a picture that answers.";
    FieldUnlabelled Warning "fields of a form without a label",
        "People do not know what to write, browsers cannot fill it in, and the form is left.",
        "Give each field a label; a placeholder is none.";
    AutocompleteMissing Note "fields of a form that browsers cannot fill in",
        "Filled-in forms are finished more often.",
        "Add autocomplete: name, email, tel, postal-code and so on.";
    PersonalDataInAddress Warning "a form puts personal data into an address",
        "It goes on to every network whose tag is on the next page, which they forbid.",
        "Send the form with method=post.";
    NoWayToAct Note "neither a form nor a phone or mail link",
        "People who want what the ad promises must be able to say so here.",
        "Add the one thing that they should do.";
    PhoneNotLinked Warning "a phone number that cannot be tapped",
        "People with a phone in the hand have to copy it, and calls are not counted.",
        "Make it a link to tel:.";
    PhoneInvalid Warning "a phone link that phones do not understand",
        "Tapping it does nothing.",
        "Use tel: with + and digits.";
    ConsentMissing Warning "tags run without asking for consent",
        "Where consent is needed, platforms stop using conversions without it, and it can be fined.",
        "Ask first, with a consent manager.";
    TagsBeforeConsent Warning "tags run before consent, as far as the page itself shows",
        "Asking afterwards is asking too late.",
        "Let the consent manager start them, or set consent mode's default to denied before them.";
    TagMissing Error "a tag that the campaign is measured with is missing",
        "Without it, no conversion is counted and bidding has nothing to learn from.",
        "Put the network's tag on the page, or into the tag manager.";
    TagsNone Note "no tag of any ad network",
        "What clicks lead to is not measured here.",
        "Put the network's tag on the page before spending on conversions.";
    TagWithoutId Warning "a tag without an id",
        "It is loaded and reports to nobody.",
        "Set it up with its id.";
    ParametersLost Error "parameters of ads are lost by a redirect",
        "Neither your analytics nor the platform can tell which ad somebody came from.",
        "Carry the query on in redirects.";
    ParametersBreak Error "the page fails with parameters of ads",
        "It works for you, and not for anybody who clicks on an ad.",
        "Ignore parameters that are not known.";
    ParametersNotCarried Note "the page does not carry parameters of ads on",
        "If no script does, whoever goes on from here is counted as somebody else.",
        "Add hidden fields for them to forms, and carry them on in links to other hosts.";
    BrokenLink Warning "a link leads nowhere",
        "People who go on from the page are lost, and reviewers look at links as well.",
        "Mend or remove it.";
    PrivacyMissing Warning "no link to a privacy policy",
        "Platforms ask for one wherever data of people is collected.",
        "Link it from every page.";
    TermsMissing Note "no link to terms",
        "Who buys here wants to know the rules, and some platforms ask for them.",
        "Link them from every page.";
    ImprintMissing Note "nothing says who is behind the page",
        "Some countries require an imprint, and platforms look for who advertises.",
        "Link an imprint, a contact or an about page.";
    SitemapMissing Note "no sitemap",
        "Crawlers find pages by chance.",
        "Name one in robots.txt.";
    SitemapBroken Warning "a sitemap cannot be read",
        "Crawlers pass it over.",
        "Let it answer with XML.";
    TitleRepeated Note "pages with the same title",
        "They cannot be told apart in search results and reports.",
        "Give each page a title of its own.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_says_something_in_whole_sentences() {
        for check in Check::ALL {
            assert!(check.why().ends_with('.') && check.fix().ends_with('.'), "{check:?}");
            assert!(
                !check.what().ends_with('.') && !check.what().starts_with(char::is_uppercase),
                "{check:?}"
            );
        }
    }
}
