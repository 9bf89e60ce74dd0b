//! Parts of a spec, as a builder saves them one by one.

use super::{Diagnostic, Diagnostics, document};
use crate::suggest;
use serde_json::Value;

/// What is wrong with a part of a spec that may hold the top-level `fields`. What is not there yet is not wrong.
pub fn check_section(fields: &[&str], part: &Value) -> Diagnostics {
    let Some(members) = part.as_object() else {
        let words = format!("expected an object with {}", fields.join(", "));
        return Diagnostics(vec![Diagnostic::error("", words)]);
    };
    let mut findings = Diagnostics::default();
    for name in members.keys().filter(|name| !fields.contains(&name.as_str())) {
        let finding = Diagnostic::error(name, format!("`{name}` is not a field of this section"));
        findings.push(match suggest::closest(name, fields.iter().copied()) {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding,
        });
    }
    let shape = match document::read(&part.to_string()) {
        Ok(document) => document.shape().clone(),
        Err(findings) => findings,
    };
    let own = |finding: &Diagnostic| {
        let first = finding.path.split(['.', '[']).next().unwrap_or_default();
        fields.contains(&first) && members.contains_key(first)
    };
    findings
        .0
        .extend(shape.0.into_iter().filter(own).map(|finding| Diagnostic { position: None, ..finding }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_there_can_be_wrong() {
        assert_eq!(check_section(&["budget", "currency"], &json!({"budget": {"daily": "10.00"}})).0, []);
        assert_eq!(check_section(&["budget", "currency"], &json!({})).0, []);
    }

    #[test]
    fn a_wrong_or_foreign_field_is_named() {
        let found = check_section(&["budget"], &json!({"budgt": 1, "budget": {"weekly": "10"}}));
        let paths: Vec<_> = found.0.iter().map(|finding| finding.path.as_str()).collect();
        assert!(paths.contains(&"budgt") && paths.contains(&"budget.weekly"), "{paths:?}");
        assert!(found.0[0].help.as_deref().unwrap().contains("`budget`"));
        assert!(check_section(&["budget"], &json!([])).has_errors());
    }
}
