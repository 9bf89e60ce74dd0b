//! Lines of an ad among which Microsoft chooses (Microsoft, `platforms/microsoft.md` §4, responsive search ads).

use super::{Mapper, Place};
use placard_domain::{
    copy::{Limit, width},
    spec::Diagnostic,
};
use serde_json::Value;

/// What Microsoft takes of one kind of line.
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
    /// The lines of an ad, checked.
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
                    format!("Microsoft takes {} {} at most", lines.limit.most, lines.title),
                );
            }
            if found[..index].iter().any(|(_, other)| other == text) {
                self.error(path.as_str(), format!("`{text}` is here already; {} must differ", lines.title));
            }
        }
        if found.len() < lines.limit.least {
            let message = format!(
                "Microsoft needs {} {}, and this ad has {}",
                lines.limit.least,
                lines.title,
                found.len()
            );
            let help = format!("Add lines under `{}`; Microsoft chooses among them.", lines.more);
            self.found(Diagnostic::error(base, message).help(help));
        }
        found.into_iter().map(|(_, text)| Value::from(text.clone())).collect()
    }

    /// Fails a text that is wider than Microsoft takes.
    pub(super) fn check_width(&mut self, path: &str, text: &str, most: usize) {
        let width = width(text);
        if width > most {
            self.error(path, format!("Microsoft takes {most} characters here, this has {width}"));
        }
    }
}
