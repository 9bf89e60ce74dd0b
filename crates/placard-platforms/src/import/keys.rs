//! Keys for things that have names of others' choosing.

use placard_domain::spec::slug;
use std::collections::BTreeSet;

/// The keys of siblings.
#[derive(Default)]
pub(crate) struct Keys(BTreeSet<String>);

/// A key, and what the spec must write to get it.
pub(crate) struct Key {
    pub(crate) key: String,
    /// `None` where the name gives it already.
    pub(crate) written: Option<String>,
}

/// Characters of a key.
const LONGEST: usize = 60;

impl Keys {
    /// A key for `name` that no sibling has; `kind` stands in for a name of which nothing can stand in a key.
    pub(crate) fn give(&mut self, name: &str, kind: &str) -> Key {
        let usual = slug(name);
        let base = if usual.is_empty() { kind.to_owned() } else { usual.clone() };
        let numbered = (2..).map(|number| {
            let tail = format!("-{number}");
            let head: String = base.chars().take(LONGEST - tail.len()).collect();
            format!("{}{tail}", head.trim_end_matches('-'))
        });
        let free = std::iter::once(base.clone()).chain(numbered).find(|key| !self.0.contains(key));
        let key = free.unwrap_or(base);
        self.0.insert(key.clone());
        let written = (key != usual).then(|| key.clone());
        Key { key, written }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_of_one_name_get_keys_of_their_own() {
        let mut keys = Keys::default();
        let long = "x".repeat(80);
        let given: Vec<_> = ["Hero", "hero!", "東京", "大阪", &long, &long]
            .map(|name| {
                let key = keys.give(name, "ad");
                (key.key.clone(), key.written.is_some())
            })
            .into();
        assert_eq!(given[0], ("hero".to_owned(), false));
        assert_eq!(given[1], ("hero-2".to_owned(), true));
        assert_eq!(given[2], ("ad".to_owned(), true));
        assert_eq!(given[3], ("ad-2".to_owned(), true));
        assert_eq!(given[4], ("x".repeat(60), false));
        assert_eq!(given[5], (format!("{}-2", "x".repeat(58)), true));
    }
}
