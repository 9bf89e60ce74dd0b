//! Keeps secrets out of messages.

/// Parameters whose values are never shown or stored.
pub const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "appsecret_proof",
    "callback_url",
    "subscription_detail",
    "verify_token",
    "auth_code",
    "client_secret",
    "fb_exchange_token",
    "input_token",
    "refresh_token",
    "secret",
    "code",
];

const MASK: &str = "[secret]";

/// `text` without the given secrets and without the values of secret parameters, for platforms that repeat what they
/// were sent in their error messages.
pub fn scrub(text: &str, secrets: &[&str]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        clean = clean.replace(secret, MASK);
    }
    for name in SECRET_PARAMETERS {
        clean = mask_values(&clean, name);
    }
    clean
}

fn mask_values(text: &str, name: &str) -> String {
    let marker = format!("{name}=");
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(&marker) {
        let (before, value) = rest.split_at(found + marker.len());
        clean.push_str(before);
        rest = value;
        // `status_code=400` is not the parameter `code`.
        let inside_a_word = before[..found].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if !inside_a_word {
            let end = value
                .find(|c: char| matches!(c, '&' | '"' | '\'') || c.is_whitespace())
                .unwrap_or(value.len());
            clean.push_str(MASK);
            rest = &value[end..];
        }
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_masked_wherever_it_stands() {
        assert_eq!(
            scrub("Malformed access token EAAB123xyz", &["EAAB123xyz"]),
            "Malformed access token [secret]"
        );
    }

    #[test]
    fn values_of_secret_parameters_are_masked_and_the_rest_stays() {
        let text = "GET /v26.0/me?access_token=EAAB&fields=id&appsecret_proof=00ff failed";
        let clean = scrub(text, &[]);
        assert_eq!(clean, "GET /v26.0/me?access_token=[secret]&fields=id&appsecret_proof=[secret] failed");
        assert_eq!(scrub("status_code=400", &[]), "status_code=400");
    }
}
