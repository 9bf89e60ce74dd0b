//! Changes in the order in which they happened, and what goes by itself.

use super::{
    super::rooms::{Rooms, automation_session, draft, message, moment, profile, record},
    next_delta,
};
use placard_domain::document::{AnalyticsKind, Profile};
use placard_store::documents::{Filter, Query, Sort};

pub(super) async fn a_delta_shows_each_change_once(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let nothing = documents.delta::<Profile>(tenant, None, 10).await?;
    assert_eq!((nothing.items.len(), nothing.cursor, nothing.more), (0, None, false));
    for name in ["a", "b", "c"] {
        documents.insert(tenant, &profile(name)).await?;
    }
    let mut cursor = None;
    for (names, limit, more) in [("ab", 2, true), ("c", 2, false), ("", 2, false)] {
        let delta = next_delta(rooms, tenant, cursor.as_deref(), limit).await?;
        let seen: String = delta.items.iter().map(|item| item.document.username.as_str()).collect();
        assert_eq!((seen.as_str(), delta.more), (names, more));
        cursor = delta.cursor;
    }
    documents.upsert(tenant, &profile("a")).await?;
    documents.upsert(tenant, &profile("a")).await?;
    let delta = next_delta(rooms, tenant, cursor.as_deref(), 10).await?;
    let seen: Vec<_> =
        delta.items.iter().map(|item| (item.document.username.as_str(), item.version)).collect();
    assert_eq!(seen, [("a", 3)]);
    Ok(())
}

pub(super) async fn a_delta_dates_follow_each_other(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    // As if the clock had been an hour ahead when a delta was read.
    let mut raw = rooms.database.superuser().await;
    sqlx::query("update document_placement set horizon = date_trunc('milliseconds', now()) + interval '1 hour' where tenant_id = $1")
        .bind(tenant.0)
        .execute(&mut raw)
        .await?;
    let horizon: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("select horizon from document_placement where tenant_id = $1")
            .bind(tenant.0)
            .fetch_one(&mut raw)
            .await?;
    let made = rooms.documents.insert(tenant, &profile("a")).await?;
    assert_eq!(made.updated_at, horizon, "not before what a delta has shown already");
    let changed = rooms.documents.upsert(tenant, &profile("a")).await?;
    assert_eq!(changed.updated_at, horizon);
    Ok(())
}

pub(super) async fn expired_documents_go_and_others_stay(rooms: &Rooms) -> anyhow::Result<()> {
    use placard_domain::document::{AnalyticsRecord, AutomationSession, BoostDraft, Message};
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    // Far ahead, so that no server takes anything out by itself meanwhile.
    let now = moment("2126-06-01T00:00:00Z").get();
    for (name, at) in [
        ("past", "2126-05-31T23:59:59.999Z"),
        ("now", "2126-06-01T00:00:00Z"),
        ("next", "2126-06-01T00:00:00.001Z"),
    ] {
        documents.insert(tenant, &draft(name, moment(at))).await?;
    }
    // Upkeep purges logins a week before the database would.
    for (name, at) in [
        ("past", "2126-04-24T23:59:59.999Z"),
        ("now", "2126-04-25T00:00:00Z"),
        ("next", "2126-04-25T00:00:00.001Z"),
    ] {
        documents.insert(tenant, &automation_session(name, moment(at))).await?;
    }
    for (key, kind, at) in [
        ("old event", AnalyticsKind::Event, "2126-03-03T00:00:00Z"),
        ("new event", AnalyticsKind::Event, "2126-03-03T00:00:00.001Z"),
        ("old metric", AnalyticsKind::Metric, "2126-01-01T00:00:00Z"),
    ] {
        documents.insert(tenant, &record(key, kind, moment(at))).await?;
    }
    documents.insert(tenant, &message(0)).await?;
    documents.insert(tenant, &profile("ann")).await?;
    assert!(
        documents.expire(now).await? >= 6,
        "two drafts, two sessions, an event and a message of long ago"
    );
    let drafts = documents.find::<BoostDraft>(tenant, &Query::default()).await?;
    assert_eq!(drafts.items.len(), 1);
    assert_eq!(drafts.items[0].document.session_id, "next");
    assert_eq!(documents.count::<AutomationSession>(tenant, &Filter::ALL).await?, 1);
    let kept = documents
        .find::<AnalyticsRecord>(tenant, &Query { sort: Sort::by("key", false), ..Query::default() })
        .await?;
    let kept: Vec<_> = kept.items.iter().map(|item| item.document.key.as_str()).collect();
    assert_eq!(kept, ["new event", "old metric"]);
    assert_eq!(documents.count::<Message>(tenant, &Filter::ALL).await?, 0);
    assert_eq!(documents.count::<Profile>(tenant, &Filter::ALL).await?, 1);
    assert_eq!(documents.expire(now).await?, 0);
    Ok(())
}
