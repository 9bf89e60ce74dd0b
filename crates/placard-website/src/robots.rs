//! `robots.txt`, as RFC 9309 reads it.

use url::Url;

/// More is not read (RFC 9309 §2.5 asks for at least 500 KiB).
pub(crate) const MOST_BYTES: usize = 512 * 1024;

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    pattern: String,
}

#[derive(Clone, Debug, Default)]
struct Group {
    agents: Vec<String>,
    rules: Vec<Rule>,
}

/// Who may fetch what from one origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Robots {
    groups: Vec<Group>,
    /// Sitemaps that are named.
    pub(crate) sitemaps: Vec<String>,
}

impl Robots {
    /// Nobody may fetch anything: what holds while a server cannot say (RFC 9309 §2.3.1.4).
    pub(crate) fn nothing() -> Self {
        Self::parse("user-agent: *\ndisallow: /")
    }

    /// Reads `text`. What is not understood is passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let mut robots = Self::default();
        let mut naming = false;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !naming {
                        robots.groups.push(Group::default());
                    }
                    naming = true;
                    if let Some(group) = robots.groups.last_mut() {
                        group.agents.push(token(value).to_ascii_lowercase());
                    }
                }
                "allow" | "disallow" => {
                    naming = false;
                    // A rule without a path says nothing; one before any agent is for nobody.
                    if let Some(group) = robots.groups.last_mut().filter(|_| !value.is_empty()) {
                        group.rules.push(Rule { allow: key == "allow", pattern: normal(value) });
                    }
                }
                "sitemap" => robots.sitemaps.push(value.to_owned()),
                _ => {}
            }
        }
        robots
    }

    /// Whether `agent` may fetch `url`: by the groups that name it, else by those for everybody.
    pub(crate) fn allows(&self, agent: &str, url: &Url) -> bool {
        decide(&self.rules_for(if self.names(agent) { agent } else { "*" }), url)
    }

    /// Whether `agent` may fetch `url` if it heeds only what is said to it by name.
    pub(crate) fn allows_by_name(&self, agent: &str, url: &Url) -> bool {
        decide(&self.rules_for(agent), url)
    }

    fn names(&self, agent: &str) -> bool {
        self.groups.iter().any(|group| group.agents.iter().any(|own| own.eq_ignore_ascii_case(agent)))
    }

    /// Groups that name one agent count as one (§2.2.1).
    fn rules_for(&self, agent: &str) -> Vec<&Rule> {
        let named = |group: &&Group| group.agents.iter().any(|own| own.eq_ignore_ascii_case(agent));
        self.groups.iter().filter(named).flat_map(|group| &group.rules).collect()
    }
}

/// The longest rule that matches decides; of two as long, the one that allows (§2.2.2).
fn decide(rules: &[&Rule], url: &Url) -> bool {
    if url.path() == "/robots.txt" {
        return true;
    }
    let path = normal(&format!(
        "{}{}",
        url.path(),
        url.query().map(|query| format!("?{query}")).unwrap_or_default()
    ));
    let matching = rules.iter().filter(|rule| matches(&rule.pattern, &path));
    matching.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
}

/// The product token at the beginning: `ExampleBot/1.0` is `ExampleBot`.
fn token(text: &str) -> &str {
    if text.starts_with('*') {
        return "*";
    }
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'));
    &text[..end.unwrap_or(text.len())]
}

/// `*` is anything, `$` at the end is the end. Goes back to the last `*` only, so it never takes long.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if whole && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    !whole || rest.is_empty()
}

/// A path in one form: what need not be percent-encoded is not, everything else is (§2.2.2).
fn normal(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while at < bytes.len() {
        let coded = (bytes[at] == b'%').then(|| path.get(at + 1..at + 3)).flatten();
        let value = coded.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, length) = value.map_or((bytes[at], 1), |value| (value, 3));
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if plain || (length == 1 && byte.is_ascii_graphic()) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        at += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(robots: &str, agent: &str, path: &str) -> bool {
        let url = Url::parse(&format!("https://example.com{path}")).unwrap();
        Robots::parse(robots).allows(agent, &url)
    }

    #[test]
    fn the_longest_rule_decides_and_a_tie_allows() {
        let robots = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /t\nDisallow: /t\n";
        for (path, expected) in
            [("/", true), ("/a", false), ("/a/b", true), ("/a/b/c/d", false), ("/t", true)]
        {
            assert_eq!(allowed(robots, "X", path), expected, "{path}");
        }
    }

    #[test]
    fn an_agent_follows_the_groups_that_name_it_and_else_the_one_for_all() {
        let robots = "user-agent: a/2.0\nuser-agent: B\ndisallow: /x # why\n\nuser-agent: *\ndisallow: /\n\nUSER-AGENT: A\ndisallow: /y\nuser-agent: free\nallow:\n";
        assert!(!allowed(robots, "A", "/x") && !allowed(robots, "a", "/y") && allowed(robots, "A", "/z"));
        assert!(!allowed(robots, "b", "/x") && allowed(robots, "b", "/y"));
        assert!(!allowed(robots, "c", "/z") && allowed(robots, "c", "/robots.txt"));
        assert!(allowed(robots, "free", "/z"));
        let named = Robots::parse(robots);
        assert!(named.allows_by_name("AdsBot-Google", &Url::parse("https://example.com/z").unwrap()));
    }

    #[test]
    fn wildcards_ends_and_encodings_are_understood() {
        for (pattern, path, expected) in [
            ("/*.pdf$", "/a/b.pdf", true),
            ("/*.pdf$", "/a/b.pdf?x", false),
            ("/a*b*c", "/aXbYcZ", true),
            ("/a*b*c", "/aXcYb", false),
            ("/x$", "/x", true),
            ("/x$", "/xy", false),
            ("/x*$", "/xyz", true),
            ("*/deep", "/very/deep/page", true),
            ("/%7ejoe", "/~joe/x", true),
            ("/ü", "/%C3%BC", true),
            ("/a%2Fb", "/a/b", false),
            ("/?q=", "/?q=1", true),
        ] {
            let robots = format!("user-agent: *\ndisallow: {pattern}");
            assert_eq!(!allowed(&robots, "x", path), expected, "{pattern} {path}");
        }
        let slow = format!("user-agent: *\ndisallow: /{}b", "a*".repeat(2_000));
        assert!(allowed(&slow, "x", &format!("/{}", "a".repeat(20_000))));
    }
}
