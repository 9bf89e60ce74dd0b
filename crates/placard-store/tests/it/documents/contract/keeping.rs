//! What is kept just as it came, and from whom it is kept.

use super::{
    super::rooms::{Rooms, message, moment, profile},
    found, full_profile, names, next_delta,
    paging::walk,
};
use placard_domain::document::{MessageStatus, Profile, ProfileStatus};
use placard_store::documents::{Comparison, DocumentError, Filter, Sort};

pub(super) async fn moments_are_kept_to_the_millisecond(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let mut sent = message(0);
    sent.status = MessageStatus::Sent;
    sent.sent_at = Some(moment("2026-03-01T12:00:00.123456789+02:00"));
    sent.scheduled_for = Some(moment("0001-01-01T00:00:00Z"));
    sent.delivered_at = Some(moment("9999-12-31T23:59:59.999Z"));
    let receipt = documents.insert(tenant, &sent).await?;
    let found = documents.get::<placard_domain::document::Message>(tenant, receipt.id).await?;
    let found = found.expect("it is there");
    assert_eq!(found.document, sent);
    assert_eq!(found.document.sent_at, Some(moment("2026-03-01T10:00:00.123Z")));
    assert_eq!(found.created_at.timestamp_subsec_nanos() % 1_000_000, 0);
    Ok(())
}

pub(super) async fn texts_are_ordered_by_their_bytes(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let mut names = vec!["a", "B", "ä", "Z", "_", "1", "10", "9", "a b", "ab", "😀", "ﬀ", "é", "e\u{301}"];
    for name in &names {
        rooms.documents.insert(tenant, &profile(name)).await?;
    }
    let sorted = walk(rooms, tenant, &Sort::by("username", false), 3).await?;
    names.sort_unstable();
    assert_eq!(sorted.iter().map(|one| one.username.as_str()).collect::<Vec<_>>(), names);
    Ok(())
}

pub(super) async fn strange_texts_survive(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    for (number, text) in [
        "$set",
        "a.b",
        "'; drop table tenant; --",
        "\\",
        "\u{1}\u{7f}",
        "{\"$gt\": \"\"}",
        "\u{fffd}\u{10ffff}",
    ]
    .into_iter()
    .enumerate()
    {
        let mut strange = profile(text);
        strange.bio = Some(text.repeat(50));
        strange.interests = vec![text.into()];
        let receipt = documents.insert(tenant, &strange).await?;
        let found = documents.get::<Profile>(tenant, receipt.id).await?.expect("it is there");
        assert_eq!(found.document, strange);
        let by_name = names(rooms, tenant, Filter::eq("username", text)).await?;
        assert_eq!(by_name, text, "{number}");
        assert_eq!(documents.upsert(tenant, &strange).await?.id, receipt.id);
        let having = Filter::Contains("interests".into(), vec![text.into()]);
        assert_eq!(names(rooms, tenant, having).await?, text);
    }
    Ok(())
}

pub(super) async fn nobody_sees_another_tenant(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, owner, stranger) = (&rooms.documents, rooms.tenant().await?, rooms.tenant().await?);
    let mut secret = full_profile();
    secret.status = ProfileStatus::Approved;
    let receipt = documents.insert(owner, &secret).await?;
    assert_eq!(documents.get::<Profile>(stranger, receipt.id).await?, None);
    let error = documents.replace(stranger, receipt.id, 1, &profile("eve")).await.unwrap_err();
    assert!(matches!(error, DocumentError::NotFound { .. }), "{error:?}");
    assert!(!documents.delete::<Profile>(stranger, receipt.id).await?);
    for filter in [
        Filter::ALL,
        Filter::eq("status", "approved"),
        Filter::Or(vec![Filter::ALL, Filter::Exists("platform_id".into(), false)]),
        Filter::Compare("username".into(), Comparison::Ne, "".into()),
        Filter::Contains("interests".into(), vec!["surf".into()]),
    ] {
        assert_eq!(names(rooms, stranger, filter.clone()).await?, "", "{filter:?}");
    }
    assert_eq!(found(rooms, stranger, "surfer").await?, Vec::<String>::new());
    assert_eq!(next_delta(rooms, stranger, None, 10).await?.items, []);
    let own = documents.upsert(stranger, &secret).await?;
    assert_ne!(own.id, receipt.id);
    let found = documents.get::<Profile>(owner, receipt.id).await?.expect("it is untouched");
    assert_eq!((found.version, found.document), (1, secret));
    Ok(())
}
