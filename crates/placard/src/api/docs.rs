//! The OpenAPI document, and a page to read it without scripts.

use super::Shared;
use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::OpenApi;

/// Serves `/api/openapi.json` and `/api/docs`.
pub(super) fn router(document: &OpenApi) -> Router<Shared> {
    let json = document.to_json().expect("the document is JSON");
    let value: Value = serde_json::from_str(&json).expect("the document is JSON");
    let page = page(&value).into_string();
    Router::new()
        .route(
            "/api/openapi.json",
            get(async move || ([(header::CONTENT_TYPE, "application/json")], json.clone()).into_response()),
        )
        .route("/api/docs", get(async move || Html(page.clone())))
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn page(document: &Value) -> Markup {
    let mut groups: BTreeMap<&str, Vec<(&str, &str, &Value)>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            groups.entry(tag).or_default().push((method, path, operation));
        }
    }
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Placard API" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav {
                    h1 { "Placard API" }
                    p { a href="/api/openapi.json" { "openapi.json" } }
                    ul { @for tag in groups.keys() { li { a href={"#" (anchor(tag))} { (tag) } } } }
                }
                main {
                    p.lead {
                        "Send " code { "authorization: Bearer …" } " with an access token or an API key. Errors are "
                        code { "application/problem+json" } " and name each field at fault. Lists have a "
                        code { "next" } " cursor. A POST with " code { "Idempotency-Key" }
                        " takes effect once, however often it is sent."
                    }
                    @for (tag, operations) in &groups {
                        section id=(anchor(tag)) {
                            h2 { (tag) }
                            @for (method, path, operation) in operations { (entry(method, path, operation, document)) }
                        }
                    }
                }
            }
        }
    }
}

fn anchor(tag: &str) -> String {
    tag.replace(' ', "-")
}

fn entry(method: &str, path: &str, operation: &Value, document: &Value) -> Markup {
    let responses = operation["responses"].as_object();
    let good = responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    html! {
        details {
            summary {
                span class={"method " (method)} { (method.to_uppercase()) }
                code { (path) }
                span.what { (prose(operation["summary"].as_str().unwrap_or_default())) }
            }
            @if let Some(text) = operation["description"].as_str() { @for line in text.split("\n\n") { p { (prose(line)) } } }
            @if let Some(parameters) = operation["parameters"].as_array().filter(|list| !list.is_empty()) {
                h3 { "Parameters" }
                dl {
                    @for one in parameters {
                        dt { code { (one["name"].as_str().unwrap_or_default()) }
                            @if one["required"] == true { span.need { "needed" } } }
                        dd { (prose(one["description"].as_str().unwrap_or_default())) }
                    }
                }
            }
            @if let Some((kind, content)) = body { h3 { "Body " small { (kind) } } (fields(&content["schema"], document)) }
            @for (status, response) in good {
                h3 { (status) }
                @if let Some((kind, content)) = response["content"].as_object().and_then(|all| all.iter().next()) {
                    @if kind == "application/json" { (fields(&content["schema"], document)) } @else { p { (kind) } }
                } @else { p { "No body." } }
            }
        }
    }
}

/// The fields of an object, and of the objects in its lists.
fn fields(schema: &Value, document: &Value) -> Markup {
    let schema = resolved(schema, document);
    let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    html! {
        dl {
            @for part in parts {
                @let part = resolved(&part, document);
                @for (name, field) in part["properties"].as_object().into_iter().flatten() {
                    @let needed = part["required"].as_array().is_some_and(|list| list.iter().any(|one| one == name));
                    dt { code { (name) } span.kind { (kind(field, document)) } @if needed { span.need { "needed" } } }
                    dd {
                        (prose(&resolved_text(field, document)))
                        @if field["items"]["properties"].is_object() || field["items"]["$ref"].is_string() {
                            (fields(&field["items"], document))
                        }
                    }
                }
            }
        }
    }
}

/// Text with what stands between backticks as code.
fn prose(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn resolved(schema: &Value, document: &Value) -> Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema.clone() };
    let pointer = reference.trim_start_matches('#');
    document.pointer(pointer).cloned().unwrap_or(Value::Null)
}

fn resolved_text(field: &Value, document: &Value) -> String {
    let own = field["description"].as_str().map(str::to_owned);
    own.or_else(|| resolved(field, document)["description"].as_str().map(str::to_owned)).unwrap_or_default()
}

fn kind(field: &Value, document: &Value) -> String {
    let field = resolved(field, document);
    let name = match &field["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => String::new(),
    };
    match field["enum"].as_array() {
        Some(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" · "),
        None if name == "array" => format!("list of {}", kind(&field["items"], document)),
        None => name,
    }
}

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8883;--dim:#777;--accent:#2563eb}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;display:grid;grid-template-columns:15rem minmax(0,56rem);gap:2rem}
nav{position:sticky;top:0;align-self:start;padding:1.5rem;height:100vh;overflow:auto;border-right:1px solid var(--line)}
nav h1{font-size:1.2rem;margin:0}
nav ul{list-style:none;padding:0;line-height:2}
a{color:var(--accent);text-decoration:none}
main{padding:1.5rem 1.5rem 6rem 0}
.lead{color:var(--dim)}
h2{margin:2.5rem 0 .5rem;text-transform:capitalize}
h3{font-size:.9rem;margin:1rem 0 .25rem;color:var(--dim)}
details{border-top:1px solid var(--line);padding:.5rem 0}
summary{cursor:pointer;display:flex;gap:.75rem;align-items:baseline;flex-wrap:wrap}
.method{font:600 .75rem/1 ui-monospace,monospace;width:4rem;color:#fff;padding:.3rem;border-radius:.3rem;text-align:center}
.get{background:#15803d}.post{background:#1d4ed8}.put,.patch{background:#a16207}.delete{background:#b91c1c}
.what{color:var(--dim);font-size:.9rem}
dl{margin:0;display:grid;grid-template-columns:minmax(8rem,18rem) 1fr;gap:.25rem 1rem;font-size:.92rem}
dd{margin:0;color:var(--dim)}
dd dl{margin:.25rem 0 .5rem;padding-left:.75rem;border-left:2px solid var(--line)}
.kind,.need{margin-left:.5rem;font-size:.75rem;color:var(--dim)}
.need{color:#b45309}
@media(max-width:60rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1.5rem}}
";
