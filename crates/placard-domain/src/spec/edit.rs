//! Changing the `copy:` of a spec's text and nothing else: comments, order and quoting elsewhere stay as people wrote
//! them.

use super::{document, model::Copy, write};
use serde_json::Value;

/// Why a spec's text was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInPlace {
    /// It is no spec.
    #[error("the file is no spec; `placard validate` says why")]
    Unreadable,
    /// It is written in a way in which one section cannot be changed alone, such as JSON on one line.
    #[error("`copy` cannot be changed by itself in a file that is written like this")]
    Style,
}

/// `text` with `copy` as its words.
///
/// # Errors
/// [`NotInPlace`]; what is given back was read again, and differs from `text` in `copy` alone.
pub fn with_copy(text: &str, copy: &Copy) -> Result<String, NotInPlace> {
    let before = document::read(text).map_err(|_| NotInPlace::Unreadable)?;
    let mut spec = before.draft().clone();
    spec.copy = Some(copy.clone());
    let written = write(&spec);
    let lines: Vec<&str> = written.lines().collect();
    let block = section(&lines, "copy").map(|(start, end)| lines[start..end].to_vec()).unwrap_or_default();

    let old: Vec<&str> = text.lines().collect();
    let (start, end) = section(&old, "copy")
        .or_else(|| section(&old, "platforms").map(|(start, _)| (start, start)))
        .unwrap_or((old.len(), old.len()));
    let mut new: Vec<&str> = old[..start].to_vec();
    new.extend(block);
    new.extend(&old[end..]);
    let new = new.join("\n") + "\n";
    let after = document::read(&new).map_err(|_| NotInPlace::Style)?;
    let wanted = serde_json::to_value(copy).map_err(|_| NotInPlace::Style)?;
    let same = without_copy(before.json()) == without_copy(after.json()) && after.json()["copy"] == wanted;
    if same { Ok(new) } else { Err(NotInPlace::Style) }
}

/// The lines of a top-level section: from its name to the last line that is further in.
fn section(lines: &[&str], name: &str) -> Option<(usize, usize)> {
    let begins = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
    let start = lines.iter().position(begins)?;
    let mut end = start + 1;
    for (index, line) in lines.iter().enumerate().skip(start + 1) {
        let inside = line.starts_with([' ', '\t', '-']);
        if inside && !line.trim().is_empty() {
            end = index + 1;
        } else if !line.is_empty() && !line.starts_with('#') && !inside {
            break;
        }
    }
    Some((start, end))
}

fn without_copy(json: &Value) -> Value {
    let mut rest = json.clone();
    if let Some(members) = rest.as_object_mut() {
        members.remove("copy");
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starter() -> String {
        crate::spec::starter("Tents", "EUR".parse().unwrap())
    }

    fn copy() -> Copy {
        Copy {
            primary_text: Some("Dry: in any # rain".to_owned()),
            headline: Some("Alpine tents".to_owned()),
            more_headlines: vec!["Light".to_owned(), "For hikers".to_owned()],
            ..Copy::default()
        }
    }

    #[test]
    fn only_the_words_change_and_comments_stay() {
        let before = &starter();
        let after = with_copy(before, &copy()).unwrap();
        let outside = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            let (start, end) = section(&lines, "copy").unwrap();
            [&lines[..start], &lines[end..]].concat().join("\n")
        };
        assert_eq!(outside(before), outside(&after));
        assert!(after.contains("Alpine tents") && after.contains('#'));
        assert_eq!(with_copy(&after, &copy()).unwrap(), after, "twice is once");
    }

    #[test]
    fn a_spec_without_words_gets_them_before_its_platforms() {
        let before = &starter();
        let lines: Vec<&str> = before.lines().collect();
        let (start, end) = section(&lines, "copy").unwrap();
        let without = [&lines[..start], &lines[end..]].concat().join("\n");
        let after = with_copy(&without, &copy()).unwrap();
        assert!(after.find("\ncopy:").unwrap() < after.find("\nplatforms:").unwrap(), "{after}");
    }

    #[test]
    fn what_cannot_be_changed_in_place_is_left_alone() {
        let json = document::read(&starter()).unwrap().json().to_string();
        assert_eq!(with_copy(&json, &copy()), Err(NotInPlace::Style));
        assert_eq!(with_copy("name: [", &copy()), Err(NotInPlace::Unreadable));
    }
}
