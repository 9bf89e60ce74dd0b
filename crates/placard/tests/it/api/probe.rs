//! Every route, tried by everybody who may not use it: nothing is told and nothing changes.

use super::served::{PASSWORD, Served};
use crate::support::Spec;
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, Utc};
use placard::api::access::{Permissions, ROUTES, Rule};
use placard_domain::TenantId;
use placard_store::{audit::Actor, crm::conversion, tenant::Role};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeMap;

fn long_ago() -> DateTime<Utc> {
    Utc::now() - Duration::minutes(20)
}

/// What belongs to the tenant that is probed.
struct Victim {
    tenant: TenantId,
    key: String,
    ids: BTreeMap<&'static str, String>,
    /// Texts that nobody else may ever see.
    secrets: Vec<String>,
}

impl Victim {
    /// A route's path, with ids that are the victim's.
    fn path(&self, template: &str) -> String {
        let collection = template.split('/').nth(1).unwrap_or_default();
        let collection = match template {
            _ if template.starts_with("/me/sessions") => "sessions",
            _ if template.starts_with("/outreach/people") => "outreach-people",
            _ => collection,
        };
        let id = self.ids.get(collection).map_or("0190a0a0-0000-7000-8000-000000000000", String::as_str);
        template
            .replace("{id}", id)
            .replace("{key}", &self.key)
            .replace("{section}", "goal")
            .replace("{session}", "victims-session")
            .replace("{token}", "0123456789abcdef")
    }

    /// A body that the route would take.
    fn body(&self, method: &str, template: &str) -> Option<Value> {
        let over = json!({"campaign": self.key});
        let body = match (method, template) {
            ("GET" | "DELETE", _) => return None,
            (_, "/auth/switch") => json!({"tenant": "victim"}),
            ("PATCH", "/members/{id}") => json!({"role": "viewer"}),
            (_, "/invitations") => json!({"email": "mallory@example.com", "role": "admin"}),
            (_, "/api-keys") => json!({"name": "mallory", "scopes": ["audit:read"]}),
            (_, "/accounts/import") => json!({"platform": "meta", "account": "act_1001"}),
            (_, "/connections") => json!({"sandbox": true, "redirect_uri": "http://127.0.0.1/back"}),
            (_, "/connections/check") => json!({}),
            (_, "/webhooks/subscriptions") => json!({"url": "http://127.0.0.1:9/"}),
            (_, "/connections/complete") => json!({"state": "x", "code": "y"}),
            ("PUT", "/campaigns/{key}/sections/{section}") => json!({"document": {"goal": "leads"}}),
            ("PUT", "/ceilings") => json!({"over": over, "minor": 1, "currency": "EUR"}),
            (_, "/kill-switches") => json!({"over": over}),
            (_, "/ceilings/remove" | "/kill-switches/lift") => over,
            ("PUT", "/exchange-rates") => json!({"from": "EUR", "to": "USD", "rate": "1.1"}),
            (_, "/leads") => json!({"contact": {"email": "mallory@example.com"}}),
            (_, "/leads/find" | "/leads/erase") => json!({"identifier": VICTIMS_LEAD}),
            ("PATCH", "/leads/{id}") => json!({"version": 1, "event": "lost"}),
            (_, "/leads/{id}/merges") => json!({"lead": self.ids["leads"]}),
            (_, "/leads/{id}/activities") => json!({"kind": "note", "text": "mallory was here"}),
            (_, "/copies") => json!({"product": "mallory", "audience": "all", "platforms": ["meta"]}),
            (_, "/copies/{id}/uses") => json!({"campaign": self.key}),
            ("PUT", "/boosts/{session}") => json!({"boost": {"name": "mallory"}}),
            (_, "/pipelines") => json!({"name": "mallory", "stages": [
                {"name": "New", "kind": "open", "probability": 1},
                {"name": "Won", "kind": "won", "probability": 100},
                {"name": "Lost", "kind": "lost", "probability": 0},
            ]}),
            (_, "/deals") => {
                json!({"lead": self.ids["leads"], "title": "mallory", "minor": 1, "currency": "EUR"})
            }
            (_, "/profiles/import" | "/content-assets/import" | "/analytics") => {
                json!({"documents": [{"x": 1}]})
            }
            (_, "/profiles/{id}" | "/content-assets/{id}") => json!({"document": {}}),
            (_, "/automation-sessions") => super::automation::login("mallory"),
            (_, "/automation-sessions/{id}/validations") => json!({"outcome": "works"}),
            (_, "/automation-sessions/{id}/cookies") => {
                json!({"cookies": [], "expires_at": "2126-01-01T00:00:00Z"})
            }
            (_, "/assets") => json!({"url": "http://127.0.0.1:9/mallory.png"}),
            (_, "/website-audits") => json!({"url": "http://127.0.0.1:9/mallory", "pages": 0, "links": 0}),
            (_, "/outreach/campaigns") => super::outreach::campaign("mallory"),
            (_, "/outreach/campaigns/{id}") => {
                json!({"version": 1, "campaign": super::outreach::campaign("mallory")})
            }
            (_, "/outreach/campaigns/{id}/status") => json!({"event": "started"}),
            (_, "/outreach/campaigns/{id}/people") => json!({"people": [{"address": "mallory@example.com"}]}),
            (_, "/outreach/campaigns/{id}/decisions") => json!({"decision": "approve", "people": null}),
            (_, "/outreach/people/{id}/resolve") => json!({"outcome": "again"}),
            (_, "/outreach/suppressions") => json!({"addresses": [VICTIMS_PERSON]}),
            (_, "/outreach/suppressions/lift") => json!({"address": VICTIMS_PERSON}),
            (_, "/outreach/consents") => {
                json!({"address": VICTIMS_PERSON, "state": "given", "source": "mallory"})
            }
            ("PUT", "/conversion-goals") => json!({"account": "act_1001", "goal": "mallory"}),
            (_, "/conversions/send") => json!({"account": "act_1001", "again": true}),
            ("PATCH", "/deals/{id}") => json!({"version": 1, "stage": "Lost"}),
            (_, "/me/password") => json!({"current": "wrong", "password": "mallory mallory"}),
            _ => json!({}),
        };
        Some(body)
    }

    fn check(&self, who: &str, method: &str, path: &str, text: &str) -> Result<()> {
        let leaked =
            self.secrets.iter().find(|secret| text.contains(secret.as_str()) && !path.contains(*secret));
        ensure!(leaked.is_none(), "{who}: {method} {path} tells {leaked:?}: {text}");
        Ok(())
    }
}

/// By what the victim's lead is found.
const VICTIMS_LEAD: &str = "lead@victim.example.com";

/// Who is in the victim's outreach campaign.
const VICTIMS_PERSON: &str = "person@victim.example.com";

/// An outreach campaign with somebody in it: their ids.
async fn victims_outreach(served: &Served, admin: &str) -> Result<Vec<(&'static str, String)>> {
    let post =
        async |path: &str, body: Value| served.call("POST", path, Some(admin), Some(body)).await?.good();
    let made = post("/outreach/campaigns", super::outreach::campaign("victims-outreach")).await?;
    let id = made["id"].as_str().context("no id")?.to_owned();
    let people = json!({"people": [{"address": VICTIMS_PERSON}]});
    post(&format!("/outreach/campaigns/{id}/people"), people).await?;
    let queue = format!("/outreach/campaigns/{id}/people");
    let queue = served.call("GET", &queue, Some(admin), None).await?.good()?;
    let person = queue["items"][0]["id"].as_str().context("nobody is in it")?.to_owned();
    Ok(vec![("outreach", id), ("outreach-people", person)])
}

/// Two leads merged, a deal and a task with them: their ids by collection.
async fn victims_leads(served: &Served, admin: &str) -> Result<Vec<(&'static str, String)>> {
    let post =
        async |path: &str, body: Value| served.call("POST", path, Some(admin), Some(body)).await?.good();
    let text = |value: &Value| value.as_str().map(str::to_owned).context("an id is no text");
    let lead = text(&post("/leads", json!({"contact": {"email": VICTIMS_LEAD}})).await?["id"])?;
    let other = json!({"contact": {"email": "other@victim.example.com"}});
    let other = text(&post("/leads", other).await?["id"])?;
    let merges = post(&format!("/leads/{lead}/merges"), json!({"lead": other})).await?;
    let task = json!({"kind": "task", "text": "victims-task"});
    let task = post(&format!("/leads/{lead}/activities"), task).await?;
    let deal = json!({"lead": lead, "title": "victims-deal", "minor": 123_454_321, "currency": "EUR"});
    let deal = post("/deals", deal).await?;
    Ok(vec![
        ("lead-merges", text(&merges["items"][0]["id"])?),
        ("activities", text(&task["id"])?),
        ("deals", text(&deal["id"])?),
        ("leads", lead),
    ])
}

/// A goal under which an account is told of deals.
async fn victims_goal(served: &Served) -> Result<String> {
    let mut tx = served.installation.database.db.tenant(served.installation.tenant.id).await?;
    let new = conversion::NewGoal {
        account: &served.installation.account(),
        name: "victims-goal",
        remote_id: "1",
        window: Duration::days(30),
        since: None,
    };
    let by = Actor::System("test".to_owned());
    let goal = conversion::choose(&mut tx, &by, &new, Utc::now()).await?;
    tx.commit().await?;
    Ok(goal.id.to_string())
}

/// A tenant with something of every kind.
async fn victim(served: &Served) -> Result<(Victim, String)> {
    let tenant = &served.installation.tenant;
    let (user, admin) = served.member(tenant.id, "victim@example.com", Role::Admin).await?;
    let key = "victims-campaign".to_owned();
    served.installation.publish(&Spec { key: key.clone(), ..Spec::default() }).await?;
    let get = async |path: &str| served.call("GET", path, Some(&admin), None).await?.good();
    let deployment = get(&format!("/campaigns/{key}/deployments")).await?["items"][0].clone();
    let invite = json!({"email": "friend@victim.example.com", "role": "viewer"});
    let invitation = served.call("POST", "/invitations", Some(&admin), Some(invite)).await?.good()?;
    let new = json!({"name": "victims-key", "scopes": ["campaigns:read", "campaigns:write"]});
    let api_key = served.call("POST", "/api-keys", Some(&admin), Some(new)).await?.good()?;
    let limit = json!({"over": {"campaign": key}, "minor": 987_654_321, "currency": "EUR"});
    served.call("PUT", "/ceilings", Some(&admin), Some(limit)).await?.good()?;
    let picture = include_bytes!("../../../../../examples/images/lake.png").to_vec();
    let picture = reqwest::multipart::Part::bytes(picture).file_name("victims-picture.png");
    let form = reqwest::multipart::Form::new().part("file", picture);
    let asset = served.submit("/assets", &admin, form).await?.good()?;
    let gate = json!({"url": format!("http://localhost:{}", served.address().port())});
    served.call("POST", "/webhooks/subscriptions", Some(&admin), Some(gate)).await?.good()?;
    let brief =
        json!({"product": "victims-product", "audience": "hikers", "platforms": ["meta"], "count": 1});
    let written = served.call("POST", "/copies", Some(&admin), Some(brief)).await?.good()?;
    let boost = json!({"boost": {"name": "victims-boost"}});
    served.call("PUT", "/boosts/victims-session", Some(&admin), Some(boost)).await?.good()?;
    let connection = get("/connections").await?["items"][0].clone();
    let session = get("/me/sessions").await?["items"][0].clone();
    let text = |value: &Value| value.as_str().map(str::to_owned).context("an id is no text");
    let mut ids = BTreeMap::from([
        ("members", user.to_string()),
        ("invitations", text(&invitation["id"])?),
        ("api-keys", text(&api_key["id"])?),
        ("connections", text(&connection["id"])?),
        ("sessions", text(&session["id"])?),
        ("assets", text(&asset["asset"]["id"])?),
        ("copies", text(&written["copies"][0]["id"])?),
        ("plans", text(&deployment["plan_id"])?),
        ("deployments", text(&deployment["id"])?),
    ]);
    ids.extend(victims_leads(served, &admin).await?);
    ids.insert("conversion-goals", victims_goal(served).await?);
    let audit = json!({"url": "http://127.0.0.1:9/victims-page", "pages": 0, "links": 0});
    let run = served.call("POST", "/website-audits", Some(&admin), Some(audit)).await?.good()?;
    let profile = json!({"platform": "instagram", "username": "victims-profile", "status": "pending"});
    let asset = json!({"project": "victims-project", "type": "image", "url": "https://victim.example.com/", "status": "draft"});
    for (path, document) in [("/profiles", profile), ("/content-assets", asset)] {
        let body = json!({"documents": [document]});
        served.call("POST", &format!("{path}/import"), Some(&admin), Some(body)).await?.good()?;
        ids.insert(path.trim_start_matches('/'), text(&get(path).await?["items"][0]["id"])?);
    }
    let login = super::automation::login("victims-login");
    let login = served.call("POST", "/automation-sessions", Some(&admin), Some(login)).await?.good()?;
    ids.insert("automation-sessions", text(&login["id"])?);
    ids.insert("website-audit-runs", text(&run["id"])?);
    ids.insert("website-audits", text(&get("/website-audits").await?["items"][0]["id"])?);
    ids.extend(victims_outreach(served, &admin).await?);
    let mut secrets: Vec<String> = ids.values().cloned().collect();
    secrets.extend(
        [
            "victim@example.com",
            "friend@victim",
            "victims-key",
            "victims-picture",
            "ictims-product",
            "victims-deal",
            "victims-goal",
            "victims-page",
            "victims-profile",
            "victims-project",
            "victims-outreach",
            "victims-boost",
            "victims-login",
            "987654321",
            "localhost:",
        ]
        .map(str::to_owned),
    );
    // The key is in the prober's own requests; the id is not.
    secrets.push(text(&get(&format!("/campaigns/{key}")).await?["id"])?);
    Ok((Victim { tenant: tenant.id, key, ids, secrets }, text(&api_key["key"])?))
}

/// Everything that the tenant has, in one number for each table.
async fn fingerprint(connection: &mut PgConnection, tenant: TenantId) -> Result<BTreeMap<String, String>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class as c
         join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id'
         where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
         order by 1",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut prints = BTreeMap::new();
    for table in tables {
        let select = format!(
            "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} as t
             where tenant_id = '{tenant}'"
        );
        prints.insert(table, sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(&mut *connection).await?);
    }
    Ok(prints)
}

/// Who tries, with what, and what is expected of a route with this rule and method.
struct Prober {
    who: &'static str,
    token: Option<String>,
    expects: fn(Rule, u16) -> bool,
}

fn outsider(rule: Rule, status: u16) -> bool {
    matches!(rule, Rule::Public | Rule::Signed) || status == 401
}

fn may_read(rule: Rule, status: u16) -> bool {
    let viewer = Permissions::of(Role::Viewer, &[]);
    match rule {
        Rule::May(permission) if !viewer.allow(permission) => status == 403,
        _ => status < 500 || status == 502,
    }
}

fn a_program_without_rights(rule: Rule, status: u16) -> bool {
    match rule {
        Rule::Public | Rule::Signed => true,
        Rule::Person => status == 403,
        Rule::May(placard::api::access::Permission::AuditRead) => status == 200,
        Rule::May(_) => status == 403,
    }
}

fn stranger(_: Rule, status: u16) -> bool {
    status < 500
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_what_is_not_theirs() -> Result<()> {
    let served = Served::open().await?;
    let (victim, victims_key) = victim(&served).await?;
    let (other, mallory) = served.tenant("mallory").await?;
    let (_, viewer) = served.member(victim.tenant, "viewer@example.com", Role::Viewer).await?;

    let past = served.beside(long_ago).await?;
    let login = json!({"email": "viewer@example.com", "password": PASSWORD});
    let expired = served.call_at(past.address, "POST", "/auth/login", None, Some(login)).await?.good()?;
    let expired = expired["access_token"].as_str().map(str::to_owned);

    let admin = served.login("victim@example.com", None).await?;
    let narrow = json!({"name": "narrow", "scopes": ["audit:read"]});
    let narrow = served.call("POST", "/api-keys", Some(&mallory), Some(narrow)).await?.good()?;
    let revoke = format!("/api-keys/{}", victim.ids["api-keys"]);
    ensure!(served.call("DELETE", &revoke, Some(&admin), None).await?.status == 204);

    let probers = [
        Prober { who: "nobody", token: None, expects: outsider },
        Prober { who: "made up", token: Some("eyJhbGciOiJub25lIn0.e30.".into()), expects: outsider },
        Prober { who: "expired", token: expired, expects: outsider },
        Prober { who: "revoked key", token: Some(victims_key), expects: outsider },
        Prober {
            who: "narrow key",
            token: narrow["key"].as_str().map(str::to_owned),
            expects: a_program_without_rights,
        },
        Prober { who: "another tenant's admin", token: Some(mallory.clone()), expects: stranger },
        Prober { who: "viewer", token: Some(viewer), expects: may_read },
    ];
    let mut database = served.installation.database.superuser().await;
    let before = fingerprint(&mut database, victim.tenant).await?;
    ensure!(before.len() > 20, "only {} tables", before.len());
    let mut probes = 0;
    for prober in &probers {
        for (method, template, rule) in ROUTES {
            // They end the prober's own session; signing in is tested apart.
            let own = matches!(*template, "/auth/logout" | "/auth/password/forgot" | "/auth/login");
            // A viewer's own account is the viewer's to change.
            if own || prober.who == "viewer" && *rule == Rule::Person {
                continue;
            }
            let (path, body) = (victim.path(template), victim.body(method, template));
            let answer = served.call(method, &path, prober.token.as_deref(), body).await?;
            let who = prober.who;
            ensure!((prober.expects)(*rule, answer.status), "{who}: {method} {path}: {answer:?}");
            if who != "viewer" {
                victim.check(who, method, &path, &answer.text)?;
            }
            probes += 1;
        }
        unchanged(&before, &fingerprint(&mut database, victim.tenant).await?, prober.who)?;
    }
    println!("{probes} probes of {} routes by {} callers, 0 leaks", ROUTES.len(), probers.len());

    let did = !fingerprint(&mut database, other).await?["audit_log"].is_empty();
    ensure!(did, "the prober did nothing at all");
    Ok(())
}

fn unchanged(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>, who: &str) -> Result<()> {
    // What a viewer asks to see on the platform is noted as seen.
    let seen = |table: &str| who == "viewer" && matches!(table, "platform_object" | "platform_quota");
    let changed: Vec<_> =
        before.iter().filter(|(table, print)| after[*table] != **print && !seen(table)).collect();
    ensure!(changed.is_empty(), "{who} changed {changed:?}");
    Ok(())
}
