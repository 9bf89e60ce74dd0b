//! Every body, spoilt in every way: refused with the path, never half taken, never a defect.

use super::served::Served;
use anyhow::{Result, ensure};
use placard::api::{access::ROUTES, document};
use serde_json::{Value, json};

/// What is put in place of a field.
fn spoilt() -> Vec<(&'static str, Vec<u8>)> {
    let nested = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    vec![
        ("null", b"null".to_vec()),
        ("a truth", b"true".to_vec()),
        ("a huge number", b"1e400".to_vec()),
        ("a long number", b"123456789012345678901234567890".to_vec()),
        ("a control character", b"\"a\\u0000b\"".to_vec()),
        ("half a surrogate", b"\"\\ud800\"".to_vec()),
        ("invalid UTF-8", b"\"\xff\xfe\"".to_vec()),
        ("long text", format!("\"{}\"", "x".repeat(100_000)).into_bytes()),
        ("deep nesting", nested.into_bytes()),
        ("an unknown object", br#"{"unknown": {"unknown": 1}}"#.to_vec()),
    ]
}

/// The fields of each JSON body, by method and path.
fn bodies() -> Result<Vec<(&'static str, &'static str, Vec<String>)>> {
    let document = serde_json::to_value(document())?;
    let mut found = Vec::new();
    for (method, path, _) in ROUTES {
        let operation = &document["paths"][format!("/api/v1{path}")][method.to_lowercase()];
        let reference = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(pointer) = reference.as_str().map(|reference| reference.trim_start_matches('#')) else {
            continue;
        };
        let schema = document.pointer(pointer).unwrap_or(&Value::Null);
        let fields = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        found.push((*method, *path, fields.collect()));
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoilt_field_is_refused_and_never_a_defect() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    let mut tried = 0;
    for (method, template, fields) in bodies()? {
        if template == "/auth/switch" {
            continue;
        }
        let path = template.replace("{id}", "0190a0a0-0000-7000-8000-000000000000").replace("{key}", "none");
        let path = path.replace("{section}", "goal").replace("{session}", "spoilt");
        let headers = [("content-type", "application/json")];
        for field in &fields {
            for (what, value) in spoilt() {
                let body = [format!("{{{}:", json!(field)).as_bytes(), &value, b"}"].concat();
                let answer =
                    served.send(served.address(), method, &path, Some(&admin), &headers, Some(body)).await?;
                // Null is as good as left out, and a section of the builder may hold what is wrong: it says so.
                let may_pass = what == "null" || template.contains("{section}");
                let fine = if may_pass { answer.status < 500 } else { (400..500).contains(&answer.status) };
                ensure!(fine, "{method} {path}: {field} is {what}: {answer:?}");
                tried += 1;
            }
        }
        let twice = fields.first().map(|name| format!("{{{0}: 1, {0}: 2}}", json!(name)));
        let wholes = [Some("".to_owned()), Some("[]".into()), Some("{".into()), Some("\"x\"".into()), twice];
        for whole in wholes.into_iter().flatten() {
            let answer = served
                .send(served.address(), method, &path, Some(&admin), &headers, Some(whole.clone().into()))
                .await?;
            ensure!((400..500).contains(&answer.status), "{method} {path}: {whole}: {answer:?}");
            ensure!(
                answer.headers["content-type"] == "application/problem+json",
                "{method} {path}: {answer:?}"
            );
            tried += 1;
        }
        let kind = [("content-type", "text/plain")];
        let other =
            served.send(served.address(), method, &path, Some(&admin), &kind, Some(b"{}".to_vec())).await?;
        ensure!(matches!(other.status, 404 | 415), "{method} {path}: {other:?}");
    }
    println!("{tried} spoilt bodies");
    ensure!(tried > 300, "only {tried} were tried");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_that_a_path_does_not_know_is_refused() -> Result<()> {
    let served = Served::open().await?;
    let (_, admin) = served.tenant("acme").await?;
    for query in ["limt=1", "limit=1&limit=2", "limit=%00", "limit=%ff", "limit=201", "cursor=zz", "limit="] {
        let answer = served.call("GET", &format!("/campaigns?{query}"), Some(&admin), None).await?;
        ensure!(
            answer.status == 422 && answer.json()["errors"][0]["path"].is_string(),
            "{query}: {answer:?}"
        );
    }
    Ok(())
}
