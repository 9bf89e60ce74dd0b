//! Parameters as Meta takes them: form fields, with lists and objects as JSON text (Meta, `platforms/meta.md` §1).

use serde_json::Value;
use std::collections::BTreeMap;

/// Parameters by name.
pub(super) type Params = BTreeMap<String, Value>;

/// Builds parameters from pairs.
pub(super) fn params<const N: usize>(pairs: [(&str, Value); N]) -> Params {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One value as the text of a form field.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// All values as form fields.
pub(super) fn fields(params: &Params) -> Vec<(&str, String)> {
    params.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
}

/// All values as one URL-encoded text.
pub(super) fn url_encoded(params: &Params) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields(params) {
        encoded.append_pair(name, &value);
    }
    encoded.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_stay_bare_and_lists_become_json() {
        let params = params([
            ("name", json!("Sommer & Meer")),
            ("countries", json!(["DE", "AT"])),
            ("on", json!(false)),
        ]);
        assert_eq!(url_encoded(&params), "countries=%5B%22DE%22%2C%22AT%22%5D&name=Sommer+%26+Meer&on=false");
    }
}
