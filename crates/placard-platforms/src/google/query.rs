//! Questions in Google's query language (Google, `platforms/google.md` §6).

/// Ids in one list; Google takes more, but a query must fit into a request.
pub(super) const MOST_IDS: usize = 2_000;

/// `SELECT fields FROM resource WHERE conditions`.
pub(super) fn select(fields: &[&str], resource: &str, conditions: &[String]) -> String {
    let mut query = format!("SELECT {} FROM {resource}", fields.join(", "));
    if !conditions.is_empty() {
        query.push_str(" WHERE ");
        query.push_str(&conditions.join(" AND "));
    }
    query
}

/// `field IN (ids)`; ids are digits, anything else in them is left out.
pub(super) fn one_of<'a>(field: &str, ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<String> =
        ids.into_iter().map(|id| id.chars().filter(char::is_ascii_digit).collect()).collect();
    format!("{field} IN ({})", ids.join(", "))
}

/// `field LIKE '%text%'`, with what would be a wildcard standing for itself.
pub(super) fn contains(field: &str, text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '%' | '_' | '[' => escaped.extend(['[', letter, ']']),
            '\'' | '\\' => escaped.extend(['\\', letter]),
            other => escaped.push(other),
        }
    }
    format!("{field} LIKE '%{escaped}%'")
}

/// `field != 'REMOVED'`: what is removed is found unless it is left out.
pub(super) fn living(field: &str) -> String {
    format!("{field} != 'REMOVED'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_quotes_stand_for_themselves() {
        assert_eq!(contains("campaign.name", "#ab_c"), "campaign.name LIKE '%#ab[_]c%'");
        assert_eq!(contains("campaign.name", "50%'s"), "campaign.name LIKE '%50[%]\\'s%'");
    }

    #[test]
    fn a_query_is_put_together() {
        let conditions = [one_of("campaign.id", ["1", "2"]), living("campaign.status")];
        assert_eq!(
            select(&["campaign.id", "campaign.name"], "campaign", &conditions),
            "SELECT campaign.id, campaign.name FROM campaign WHERE campaign.id IN (1, 2) AND campaign.status != 'REMOVED'"
        );
    }
}
