//! Keys: what keeps a thing the same when its name changes.

use super::{Checker, Diagnostic};
use std::collections::BTreeMap;

/// Keys seen so far among siblings, with the path of each.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, String>);

impl Checker<'_> {
    /// The key as written, or one made from the name.
    pub(super) fn key(&mut self, key: Option<&str>, name: &str, parent: &str) -> String {
        let path =
            |field: &str| if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") };
        if name.contains('#') && crate::marker::Marker::find_in(name.trim()).is_some() {
            self.error(
                path("name"),
                "the name ends like one of Placard's own markers",
                "choose another ending",
            );
        }
        if let Some(key) = key {
            if slug(key) != key {
                let help = format!("use small letters, digits and dashes, such as `{}`", slug(key));
                self.findings
                    .push(Diagnostic::error(path("key"), format!("`{key}` cannot be a key")).help(help));
            }
            return key.to_owned();
        }
        let made = slug(name);
        if made.is_empty() {
            self.error(
                path("name"),
                "no key can be made from this name",
                "add `key:` with small letters and digits",
            );
        }
        made
    }

    /// Refuses a key that a sibling has.
    pub(super) fn unique(&mut self, keys: &mut Keys, key: &str, path: &str) {
        if let Some(first) = keys.0.get(key) {
            let message = format!("the key `{key}` is taken by {first}");
            self.error(path, message, "give one of them another name, or a `key:` of its own");
            return;
        }
        keys.0.insert(key.to_owned(), path.to_owned());
    }
}

/// The key that is made from `name`: small letters, digits and single dashes, at most 60 characters. Empty if nothing of
/// the name can stand in a key.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.to_lowercase().chars() {
        match character {
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'a'..='z' | '0'..='9' => slug.push(character),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_its_own_slug() {
        for name in ["Spring Sale 2026!", "Für Frühaufsteher", "--a--b--", &"x y".repeat(40)] {
            assert_eq!(slug(&slug(name)), slug(name));
        }
        assert_eq!(slug("Für Frühaufsteher"), "fuer-fruehaufsteher");
        assert_eq!(slug("東京"), "");
    }
}
