//! What others set on the platform and was adopted: how long it stands.

use super::Fields;

/// What remains of `accepted` when our record of an object goes from `before` to `after` and `sent` is sent: a value
/// stands until the spec changes its field, or we overwrite it.
pub fn still_accepted(accepted: &Fields, before: &Fields, after: &Fields, sent: &Fields) -> Fields {
    let stands = |field: &String| before.get(field) == after.get(field) && !sent.contains_key(field);
    accepted
        .iter()
        .filter(|(field, _)| stands(field))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}
