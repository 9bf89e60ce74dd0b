//! Logins of automation: their life, their end, and that nobody reads them.

use super::rooms::Rooms;
use crate::{connections::vault, support::actor};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    TenantId,
    crm::contact::{Email, Identity},
    document::{AutomationEvent as Event, AutomationSession, AutomationStatus as Status, Cookies},
};
use placard_store::{
    Vault,
    audit::{self, Actor, Origin},
    automation::{Automation, AutomationError, NewSession, Secret, purge_expired},
    documents::{DocumentError, Filter, Query},
};
use uuid::Uuid;

/// Far ahead, so that no server takes anything out by itself meanwhile.
fn now() -> DateTime<Utc> {
    "2126-06-01T00:00:00Z".parse().expect("a moment")
}

fn in_days(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

/// A vault of logins, with all that it needs to know.
struct Desk {
    vault: Vault,
    tenant: TenantId,
    actor: Actor,
    origin: Origin,
}

impl Desk {
    async fn open(rooms: &Rooms) -> Result<Self> {
        let tenant = rooms.tenant().await?;
        Ok(Self { vault: vault(), tenant, actor: actor(), origin: Origin::default() })
    }

    fn over<'a>(&'a self, rooms: &'a Rooms) -> Automation<'a> {
        let (db, documents) = (&rooms.database.db, &rooms.documents);
        let Self { vault, tenant, actor, origin } = self;
        Automation { db, vault, documents, tenant: *tenant, actor, origin }
    }

    /// What the audit log says of a login, the oldest first.
    async fn said(&self, rooms: &Rooms, id: Uuid) -> Result<Vec<&'static str>> {
        let mut tx = rooms.database.db.tenant(self.tenant).await?;
        let lines = audit::list_for(&mut tx, "automation_session", &id.to_string(), 100).await?;
        Ok(lines.iter().rev().map(|line| line.action.as_str()).collect())
    }
}

fn secret(value: &str) -> Secret {
    let cookies = format!(r#"[{{"domain":".example.com","name":"sid","value":"{value}"}}]"#);
    Secret { cookies: Cookies::parse(&cookies).expect("cookies"), proxy_password: Some("hush".into()) }
}

fn login(name: &str, value: &str, days: i64) -> NewSession {
    NewSession {
        session_id: name.into(),
        platform: "instagram".into(),
        account: "acme".into(),
        own_account: true,
        user: None,
        proxy: None,
        user_agent: Some("Firefox".into()),
        secret: secret(value),
        expires_at: in_days(days),
    }
}

pub(super) async fn lives(rooms: &Rooms) -> Result<()> {
    let desk = Desk::open(rooms).await?;
    let logins = desk.over(rooms);
    let somebody_elses = NewSession { own_account: false, ..login("s", "one", 10) };
    assert!(matches!(logins.create(somebody_elses, now()).await, Err(AutomationError::NotOwn)));
    for days in [0, 401] {
        let wrong = logins.create(login("s", "one", days), now()).await;
        assert!(matches!(wrong, Err(AutomationError::Span)), "{days} days");
    }
    let id = logins.create(login("s", "one", 10), now()).await?.id;
    let again = logins.create(login("s", "two", 10), now()).await;
    assert!(matches!(again, Err(AutomationError::Taken)), "{again:?}");
    assert!(
        matches!(logins.hand_out(id, now()).await, Err(AutomationError::Illegal(_))),
        "nobody saw it work"
    );
    assert_eq!(logins.validate(id, Event::Validated, now()).await?.document.status, Status::Active);
    let handed_out = logins.hand_out(id, now()).await?;
    assert_eq!(handed_out.secret.cookies, secret("one").cookies);
    assert!(!format!("{handed_out:?} {:?}", handed_out.secret).contains("one"));
    assert!(matches!(logins.hand_out(id, in_days(10)).await, Err(AutomationError::Expired { .. })));

    let seen = handed_out.session.version;
    let without = Secret { proxy_password: None, ..secret("two") };
    let (one, two) = tokio::join!(
        logins.rotate(id, seen, without.clone(), in_days(20), now()),
        logins.rotate(id, seen, without, in_days(20), now()),
    );
    assert!(one.is_ok() != two.is_ok(), "one of them was first: {one:?} {two:?}");
    assert!(
        matches!(logins.hand_out(id, now()).await, Err(AutomationError::Illegal(_))),
        "nobody saw these work"
    );
    logins.validate(id, Event::Validated, now()).await?;
    let handed_out = logins.hand_out(id, now()).await?.secret;
    assert_eq!(handed_out.cookies, secret("two").cookies);
    assert!(handed_out.proxy_password.is_some(), "the password stays unless another comes along");
    logins.validate(id, Event::Failed, now()).await?;
    assert!(matches!(logins.validate(id, Event::Validated, now()).await, Err(AutomationError::Illegal(_))));
    logins.purge(id).await?;
    let gone = logins.purge(id).await;
    assert!(matches!(gone, Err(AutomationError::Document(DocumentError::NotFound { .. }))), "{gone:?}");
    let mut said = desk.said(rooms, id).await?;
    said.retain(|word| *word != "refuse");
    said.dedup();
    assert_eq!(said, ["create", "validate", "use", "rotate", "validate", "use", "validate", "purge"]);
    Ok(())
}

pub(super) async fn ends(rooms: &Rooms) -> Result<()> {
    let desk = Desk::open(rooms).await?;
    let (logins, documents) = (desk.over(rooms), &rooms.documents);
    let short = logins.create(login("short", "x", 1), now()).await?.id;
    logins.create(login("long", "y", 2), now()).await?;
    let purge = async |days| purge_expired(&rooms.database.db, documents, desk.tenant, in_days(days)).await;
    assert_eq!(purge(30).await?, 0, "it ended 29 days ago");
    assert_eq!(purge(31).await?, 1, "it ended 30 days ago");
    assert_eq!(desk.said(rooms, short).await?, ["create", "purge"]);
    let left = logins.list(&Query::default()).await?.items;
    assert_eq!(left.iter().map(|one| one.document.session_id.as_str()).collect::<Vec<_>>(), ["long"]);

    let email = Identity::Email(Email::parse("ann@example.com").context("an address")?);
    let is_theirs = |text: &str| email.stands_in(text);
    logins.create(login("hers", "%22mail%22%3A%22ann%40example.com%22", 9), now()).await?;
    logins.create(login("ann@example.com", "z", 9), now()).await?;
    assert_eq!(logins.erase_person(is_theirs).await?, 2, "by its cookies, and by its name");
    assert_eq!(logins.erase_person(is_theirs).await?, 0);
    assert_eq!(documents.count::<AutomationSession>(desk.tenant, &Filter::ALL).await?, 1);
    Ok(())
}

pub(super) async fn is_sealed(rooms: &Rooms) -> Result<()> {
    let desk = Desk::open(rooms).await?;
    let (logins, documents) = (desk.over(rooms), &rooms.documents);
    let one = logins.create(login("one", "needle", 9), now()).await?;
    let two = logins.create(login("two", "other", 9), now()).await?;
    assert!(!serde_json::to_string(&one.document)?.contains("needle"));
    for id in [one.id, two.id] {
        logins.validate(id, Event::Validated, now()).await?;
    }
    // Put into another login, they do not open.
    let swap = |session: &mut AutomationSession| session.sealed_cookies = one.document.sealed_cookies.clone();
    documents.update(desk.tenant, two.id, swap).await?;
    let moved = logins.hand_out(two.id, now()).await;
    assert!(matches!(moved, Err(AutomationError::Document(DocumentError::Store(_)))), "{moved:?}");
    logins.purge(two.id).await?;

    assert_eq!(logins.reseal().await?, 0);
    let mut tx = rooms.database.db.tenant(desk.tenant).await?;
    let key = desk.vault.rotate_data_key(&mut tx).await?;
    tx.commit().await?;
    assert_eq!(logins.reseal().await?, 1);
    assert_eq!(logins.reseal().await?, 0);
    let sealed = logins.get(one.id).await?.document.sealed_cookies;
    assert!(sealed.starts_with(&key.simple().to_string()));
    assert_eq!(logins.hand_out(one.id, now()).await?.secret.cookies, secret("needle").cookies);
    Ok(())
}

#[tokio::test]
async fn an_index_by_which_documents_expire_is_brought_to_another_span() -> Result<()> {
    use mongodb::bson::doc;
    let rooms = Rooms::open(placard_store::documents::Store::MongoDb).await?;
    let room = rooms.mongodb.as_ref().context("a MongoDB")?;
    let raw = room.raw().await?;
    let (of, name) = ("automation_sessions", "automation_sessions_expiry_idx");
    raw.run_command(doc! { "dropIndexes": of, "index": name }).await?;
    let old = doc! { "key": { "expires_at": 1 }, "name": name, "expireAfterSeconds": 0 };
    raw.run_command(doc! { "createIndexes": of, "indexes": [old] }).await?;
    placard_store::documents::MongoDb::connect(&rooms.database.db, &room.address.clone().into()).await?;
    let listed = raw.run_command(doc! { "listIndexes": of }).await?;
    let listed = listed.get_document("cursor")?.get_array("firstBatch")?.clone();
    let found = listed.iter().filter_map(|index| index.as_document());
    let found = found
        .into_iter()
        .find(|index| index.get_str("name").is_ok_and(|one| one == name))
        .context("it is there")?;
    let days = found
        .get("expireAfterSeconds")
        .and_then(|seconds| seconds.as_i64().or(seconds.as_i32().map(i64::from)));
    assert_eq!(days, Some(37 * 86_400));
    Ok(())
}
