//! What goes in, and what is refused.

use super::{
    super::rooms::{
        Rooms, asset, audit, audit_run, automation_session, copy, draft, message, moment, post, profile,
        prompt, record,
    },
    full_profile,
};
use placard_domain::{
    TenantId,
    document::{AnalyticsKind, Document, Profile, ProfileStatus},
};
use placard_store::documents::{DocumentError, Documents, Filter, Query};
use uuid::Uuid;

async fn round_trip<D: Document + PartialEq + std::fmt::Debug>(
    documents: &Documents,
    tenant: TenantId,
    document: &D,
) -> anyhow::Result<()> {
    let receipt = documents.insert(tenant, document).await?;
    assert_eq!(receipt.version, 1);
    assert_eq!(receipt.created_at, receipt.updated_at);
    let found = documents.get::<D>(tenant, receipt.id).await?.expect("it was put in");
    assert_eq!(&found.document, document);
    assert_eq!((found.id, found.version), (receipt.id, 1));
    assert_eq!((found.created_at, found.updated_at), (receipt.created_at, receipt.updated_at));
    let again = documents.upsert(tenant, document).await?;
    assert_eq!((again.id, again.version, again.created_at), (receipt.id, 2, receipt.created_at));
    assert_eq!(documents.count::<D>(tenant, &Filter::ALL).await?, 1);
    let page = documents.find::<D>(tenant, &Query::default()).await?;
    assert_eq!((page.items.len(), page.next), (1, None));
    assert!(documents.delete::<D>(tenant, receipt.id).await?);
    Ok(())
}

pub(super) async fn every_collection_gives_back_what_it_took(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let soon = moment("2126-01-01T00:00:00Z");
    round_trip(documents, tenant, &full_profile()).await?;
    round_trip(documents, tenant, &message(3)).await?;
    round_trip(documents, tenant, &automation_session("s", soon)).await?;
    round_trip(documents, tenant, &record("k", AnalyticsKind::Metric, soon)).await?;
    round_trip(documents, tenant, &asset("https://example.com/a.png", &["sea", "sale"])).await?;
    round_trip(documents, tenant, &prompt("r")).await?;
    round_trip(documents, tenant, &copy("Half price")).await?;
    round_trip(documents, tenant, &draft("s", soon)).await?;
    round_trip(documents, tenant, &audit("https://example.com/")).await?;
    round_trip(documents, tenant, &audit_run("https://example.com/")).await
}

pub(super) async fn a_natural_key_is_taken_once(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    documents.insert(tenant, &profile("ann")).await?;
    let error = documents.insert(tenant, &profile("ann")).await.unwrap_err();
    assert!(
        matches!(&error, DocumentError::Taken { one: "profile", rule } if rule == "natural_key"),
        "{error:?}"
    );
    let mut elsewhere = profile("ann");
    elsewhere.platform = "tiktok".into();
    documents.insert(tenant, &elsewhere).await?;
    documents.insert(rooms.tenant().await?, &profile("ann")).await?;
    Ok(())
}

pub(super) async fn an_upsert_keeps_the_id_and_counts_the_version(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let first = documents.upsert(tenant, &full_profile()).await?;
    let mut changed = profile("ann");
    changed.status = ProfileStatus::Engaged;
    let second = documents.upsert(tenant, &changed).await?;
    assert_eq!((second.id, second.version, second.created_at), (first.id, 2, first.created_at));
    assert!(second.updated_at >= first.updated_at);
    let found = documents.get::<Profile>(tenant, first.id).await?.expect("it is there");
    assert_eq!(found.document, changed, "nothing is left of the one before");
    Ok(())
}

pub(super) async fn documents_go_in_together_in_the_order_given(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let known = documents.insert(tenant, &profile("m")).await?;
    let all: Vec<Profile> = ["z", "m", "a"].map(profile).into();
    let receipts = documents.upsert_all(tenant, &all).await?;
    for (document, receipt) in all.iter().zip(&receipts) {
        let found = documents.get::<Profile>(tenant, receipt.id).await?.expect("it is there");
        assert_eq!(&found.document, document);
    }
    assert_eq!((receipts[1].id, receipts[1].version), (known.id, 2));
    assert_eq!(documents.upsert_all::<Profile>(tenant, &[]).await?, []);
    let many: Vec<Profile> = (0..1_234).map(|number| profile(&format!("p{number}"))).collect();
    assert_eq!(documents.upsert_all(tenant, &many).await?.len(), 1_234);
    assert_eq!(documents.count::<Profile>(tenant, &Filter::ALL).await?, 1_237);
    Ok(())
}

pub(super) async fn the_same_twice_in_one_call_is_refused(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let twice = [profile("a"), profile("b"), profile("a")];
    let error = documents.upsert_all(tenant, &twice).await.unwrap_err();
    assert!(matches!(&error, DocumentError::Twice { key, .. } if key == "instagram, a"), "{error:?}");
    assert_eq!(documents.count::<Profile>(tenant, &Filter::ALL).await?, 0);
    Ok(())
}

pub(super) async fn another_unique_key_is_refused_by_name(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let with_id = |username: &str| Profile { platform_id: Some("1784".into()), ..profile(username) };
    let ann = documents.insert(tenant, &with_id("ann")).await?;
    let bob = documents.insert(tenant, &profile("bob")).await?;
    for error in [
        documents.insert(tenant, &with_id("eve")).await.unwrap_err(),
        documents.upsert(tenant, &with_id("eve")).await.unwrap_err(),
        documents.upsert(tenant, &with_id("bob")).await.unwrap_err(),
        documents.replace(tenant, bob.id, 1, &with_id("bob")).await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, DocumentError::Taken { rule, .. } if rule == "platform_id_unique"),
            "{error:?}"
        );
    }
    let error = documents.replace(tenant, bob.id, 1, &profile("ann")).await.unwrap_err();
    assert!(matches!(&error, DocumentError::Taken { rule, .. } if rule == "natural_key"), "{error:?}");
    documents.replace(tenant, ann.id, 1, &profile("ann")).await?;
    documents.insert(tenant, &with_id("eve")).await?;
    Ok(())
}

pub(super) async fn a_partial_unique_key_leaves_out_who_has_none(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    for username in ["a", "b", "c"] {
        documents.insert(tenant, &profile(username)).await?;
    }
    Ok(())
}

pub(super) async fn a_replacement_wants_the_version_that_was_seen(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let receipt = documents.insert(tenant, &profile("ann")).await?;
    let approved = Profile { status: ProfileStatus::Approved, ..profile("ann") };
    assert_eq!(documents.replace(tenant, receipt.id, 1, &approved).await?.version, 2);
    for seen in [0, 1, 3, i64::MAX] {
        let error = documents.replace(tenant, receipt.id, seen, &profile("ann")).await.unwrap_err();
        assert!(matches!(error, DocumentError::Stale { version: 2, .. }), "{error:?}");
    }
    let found = documents.get::<Profile>(tenant, receipt.id).await?.expect("it is there");
    assert_eq!((found.version, found.document), (2, approved));
    let renamed = documents.update::<Profile>(tenant, receipt.id, |it| it.username = "anna".into()).await?;
    assert_eq!((renamed.version, renamed.document.username.as_str()), (3, "anna"));
    Ok(())
}

pub(super) async fn what_is_not_there_cannot_be_replaced(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let error = documents.replace(tenant, Uuid::now_v7(), 1, &profile("ann")).await.unwrap_err();
    assert!(matches!(error, DocumentError::NotFound { one: "profile", .. }), "{error:?}");
    assert!(!documents.delete::<Profile>(tenant, Uuid::now_v7()).await?);
    Ok(())
}

pub(super) async fn an_invalid_document_names_every_path_and_rule(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let mut wrong = full_profile();
    wrong.risk_score = Some(101);
    wrong.platform = "Instagram!".into();
    wrong.interests.push("surf".into());
    wrong.posts[1].engagement.likes = -1;
    let known = documents.insert(tenant, &profile("ann")).await?;
    for error in [
        documents.insert(tenant, &wrong).await.unwrap_err(),
        documents.upsert_all(tenant, &[profile("bob"), wrong.clone()]).await.unwrap_err(),
        documents.replace(tenant, known.id, 1, &wrong).await.unwrap_err(),
    ] {
        let DocumentError::Invalid { one: "profile", violations } = error else {
            anyhow::bail!("{error:?}");
        };
        let mut named: Vec<_> =
            violations.iter().map(|wrong| (wrong.path.as_str(), wrong.rule.as_str())).collect();
        named.sort_unstable();
        let expected = [
            ("/interests", "uniqueItems"),
            ("/platform", "pattern"),
            ("/posts/1/engagement/likes", "minimum"),
            ("/risk_score", "maximum"),
        ];
        assert_eq!(named, expected);
    }
    assert_eq!(documents.count::<Profile>(tenant, &Filter::ALL).await?, 1, "nothing was written");
    Ok(())
}

pub(super) async fn a_text_with_a_nul_is_refused(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let wrong = Profile { posts: vec![post("a\0b")], ..profile("ann") };
    let error = documents.insert(tenant, &wrong).await.unwrap_err();
    let DocumentError::Invalid { violations, .. } = error else { anyhow::bail!("{error:?}") };
    assert_eq!((violations[0].path.as_str(), violations[0].rule.as_str()), ("/posts/0/content", "nul"));
    Ok(())
}

pub(super) async fn a_deleted_document_is_gone_and_its_key_is_free(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let first = documents.insert(tenant, &profile("ann")).await?;
    assert!(documents.delete::<Profile>(tenant, first.id).await?);
    assert!(!documents.delete::<Profile>(tenant, first.id).await?);
    assert_eq!(documents.get::<Profile>(tenant, first.id).await?, None);
    let second = documents.upsert(tenant, &profile("ann")).await?;
    assert_ne!(second.id, first.id);
    assert_eq!(second.version, 1);
    Ok(())
}
