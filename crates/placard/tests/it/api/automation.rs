//! Logins of automation over REST.

use super::served::Served;
use anyhow::{Result, ensure};
use chrono::{TimeDelta, Utc};
use placard_store::tenant::Role;
use serde_json::{Value, json};

fn cookies(value: &str) -> Value {
    json!([{"domain": ".example.com", "name": "sid", "value": value, "httpOnly": true}])
}

pub(super) fn login(name: &str) -> Value {
    json!({
        "session_id": name, "platform": "instagram", "account": "acme", "own_account": true,
        "cookies": cookies(name), "expires_at": Utc::now() + TimeDelta::days(30),
        "proxy": {"host": "proxy.example.com", "port": 8080, "password": "hush"},
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_handed_out_to_operators_on_record_and_kept_in_no_answer() -> Result<()> {
    let served = Served::open().await?;
    let (tenant, admin) = served.tenant("acme").await?;
    let (user, operator) = served.member(tenant, "operator@example.com", Role::Operator).await?;
    let (_, viewer) = served.member(tenant, "viewer@example.com", Role::Viewer).await?;
    let call =
        async |who: &str, method: &str, path: &str, body| served.call(method, path, Some(who), body).await;
    let at = "/automation-sessions";
    let mut wrong = login("main");
    wrong["own_account"] = false.into();
    let refused = call(&operator, "POST", at, Some(wrong)).await?;
    ensure!(refused.status == 422 && refused.json()["errors"][0]["path"] == "own_account", "{refused:?}");
    let mut wrong = login("main");
    wrong["cookies"] = json!([{"name": "needle", "value": "needle"}]);
    let refused = call(&operator, "POST", at, Some(wrong)).await?;
    ensure!(refused.status == 422 && !refused.text.contains("needle"), "{refused:?}");
    let mut wrong = login("main");
    wrong["platform"] = "Not A Name".into();
    let refused = call(&operator, "POST", at, Some(wrong)).await?;
    ensure!(refused.status == 422 && refused.json()["errors"][0]["path"] == "platform", "{refused:?}");

    let made = call(&operator, "POST", at, Some(login("main"))).await?;
    ensure!(
        made.status == 201 && !made.text.contains("\"value\"") && !made.text.contains("hush"),
        "{made:?}"
    );
    let one = format!("{at}/{}", made.json()["id"].as_str().unwrap_or_default());
    ensure!(call(&operator, "POST", at, Some(login("main"))).await?.status == 409, "the name is taken");
    let uses = format!("{one}/uses");
    ensure!(call(&operator, "POST", &uses, None).await?.status == 409, "nobody has seen it work");
    let works = Some(json!({"outcome": "works"}));
    let validated = call(&operator, "POST", &format!("{one}/validations"), works).await?.good()?;
    ensure!(validated["status"] == "active", "{validated}");
    for (method, path) in [("GET", at), ("GET", &one), ("POST", &uses), ("DELETE", &one)] {
        ensure!(call(&viewer, method, path, None).await?.status == 403, "a viewer: {method} {path}");
    }

    // The same key again hands them out again, because the answer was not kept.
    let key = [("idempotency-key", "once")];
    for _ in 0..2 {
        let used = served.send(served.address(), "POST", &uses, Some(&operator), &key, None).await?;
        ensure!(used.status == 200 && !used.headers.contains_key("idempotency-replayed"), "{used:?}");
        let used = used.json();
        ensure!(used["cookies"] == cookies("main") && used["proxy_password"] == "hush", "{used}");
    }
    let log = call(&admin, "GET", "/audit?limit=200", None).await?.good()?;
    let lines = log["items"].as_array().cloned().unwrap_or_default();
    let used = lines.iter().filter(|line| line["action"] == "use").count();
    ensure!(used == 2 && log.to_string().contains(&user.to_string()), "{log}");
    ensure!(!log.to_string().contains("sid") && !log.to_string().contains("hush"), "{log}");

    let put = async |seen: &str| {
        let headers = [("content-type", "application/json"), ("if-match", seen)];
        let body = json!({"cookies": cookies("other"), "expires_at": Utc::now() + TimeDelta::days(9)});
        let (path, body) = (format!("{one}/cookies"), Some(body.to_string().into_bytes()));
        served.send(served.address(), "PUT", &path, Some(&operator), &headers, body).await
    };
    ensure!(put("\"1\"").await?.status == 412, "it was changed since");
    let rotated = put("\"4\"").await?;
    ensure!(rotated.status == 200 && rotated.headers["etag"] == "\"5\"", "{rotated:?}");
    ensure!(rotated.json()["status"] == "degraded", "{rotated:?}");
    ensure!(call(&operator, "DELETE", &one, None).await?.status == 204);
    ensure!(call(&operator, "GET", &one, None).await?.status == 404);
    Ok(())
}
