//! Lines of an ad among which Google chooses (Google, `platforms/google.md` §4).

use super::{Mapper, Place};
use crate::google::canonical;
use placard_domain::{
    copy::{Limit, width},
    spec::Diagnostic,
};
use serde_json::Value;

/// What Google takes of one kind of line.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The spec's field of the first line, and of the others.
    pub(super) first: &'static str,
    pub(super) more: &'static str,
    /// What they are called, plural.
    pub(super) title: &'static str,
    /// How many there may be, and how long each.
    pub(super) limit: Limit,
}

impl Mapper<'_> {
    /// The lines of an ad, checked and in canonical form.
    pub(super) fn lines(
        &mut self,
        place: Place,
        lines: Lines,
        first: Option<&String>,
        more: &[String],
    ) -> Value {
        let path = |mapper: &Self, field| mapper.paths.copy(place.group, place.ad, field);
        let mut found: Vec<(String, &String)> =
            first.map(|text| (path(self, lines.first), text)).into_iter().collect();
        let base = path(self, lines.more);
        found.extend(more.iter().enumerate().map(|(index, text)| (format!("{base}[{index}]"), text)));
        for (index, (path, text)) in found.iter().enumerate() {
            self.check_width(path, text, lines.limit.length);
            if index >= lines.limit.most {
                self.error(
                    path.as_str(),
                    format!("Google takes {} {} at most", lines.limit.most, lines.title),
                );
            }
            if found[..index].iter().any(|(_, other)| other == text) {
                self.error(path.as_str(), format!("`{text}` is here already; {} must differ", lines.title));
            }
        }
        if found.len() < lines.limit.least {
            let message = format!(
                "Google needs {} {}, and this ad has {}",
                lines.limit.least,
                lines.title,
                found.len()
            );
            let help = format!("Add lines under `{}`; Google chooses among them.", lines.more);
            self.found(Diagnostic::error(base, message).help(help));
        }
        canonical::sorted(found.into_iter().map(|(_, text)| text.clone().into()).collect())
    }

    /// Fails a text that is wider than Google takes.
    pub(super) fn check_width(&mut self, path: &str, text: &str, most: usize) {
        let width = width(text);
        if width > most {
            self.error(path, format!("Google takes {most} characters here, this has {width}"));
        }
    }
}
