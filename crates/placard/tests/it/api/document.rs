//! The OpenAPI document says what is.

use anyhow::{Result, ensure};
use placard::api::{
    access::{ROUTES, Rule},
    document, openapi,
};
use std::collections::BTreeSet;

#[test]
fn every_route_has_a_right_and_every_right_a_route() {
    let rights: BTreeSet<(String, String)> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), format!("/api/v1{path}"))).collect();
    assert_eq!(rights.len(), ROUTES.len(), "a route stands there twice");
    let routes: BTreeSet<(String, String)> =
        openapi::routes(&document()).into_iter().map(|(method, path)| (method.to_owned(), path)).collect();
    assert_eq!(rights.difference(&routes).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(routes.difference(&rights).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

#[test]
fn nothing_but_signing_in_and_signed_addresses_is_public() {
    let public: Vec<_> =
        ROUTES.iter().filter(|(.., rule)| *rule == Rule::Public).map(|(_, path, _)| *path).collect();
    // A link in a message works for whoever holds it (RFC 8058).
    let link = "/outreach/unsubscribe/{token}";
    let allowed =
        |path: &str| path.starts_with("/auth/") || path == link || matches!(path, "/health" | "/objects");
    assert!(public.iter().all(|path| allowed(path)), "{public:?}");
}

#[test]
fn every_operation_says_how_it_refuses() -> Result<()> {
    let document = serde_json::to_value(document())?;
    ensure!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "not 3.1");
    for (method, path, rule) in ROUTES {
        let operation = &document["paths"][format!("/api/v1{path}")][method.to_lowercase()];
        let responses = &operation["responses"];
        ensure!(operation["summary"].is_string(), "{method} {path} does not say what it does");
        ensure!(responses["429"].is_object() && responses["503"].is_object(), "{method} {path}: no limits");
        let guarded = responses["401"].is_object() && responses["403"].is_object();
        ensure!(*rule == Rule::Public || guarded, "{method} {path}: no refusals");
    }
    Ok(())
}

#[test]
fn every_change_within_a_tenant_can_be_named_and_a_spec_can_be_stored_only_over_the_one_that_was_read()
-> Result<()> {
    let document = serde_json::to_value(document())?;
    for (method, path, rule) in ROUTES {
        let operation = &document["paths"][format!("/api/v1{path}")][method.to_lowercase()];
        let takes = |name: &str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let mut headers = parameters.filter(|parameter| parameter["in"] == "header");
            headers.any(|header| header["name"] == name && header["required"] == false)
        };
        let changes = *method != "GET" && matches!(rule, Rule::May(_));
        ensure!(takes("Idempotency-Key") == changes, "{method} {path}");
        let saved_over = *method == "PUT" && matches!(*path, "/campaigns/{key}" | "/boosts/{session}");
        ensure!(takes("If-Match") == saved_over, "{method} {path}");
    }
    Ok(())
}
