//! Orders and pages.

use super::{
    super::rooms::{Rooms, moment, profile},
    finding::five,
};
use anyhow::ensure;
use placard_domain::{TenantId, document::Profile};
use placard_store::documents::{DocumentError, Filter, Query, Sort};

/// Everything that a question finds, page by page.
pub(super) async fn walk(
    rooms: &Rooms,
    tenant: TenantId,
    sort: &Sort,
    limit: u16,
) -> anyhow::Result<Vec<Profile>> {
    let (mut query, mut all) = (Query { sort: sort.clone(), limit, ..Query::default() }, Vec::new());
    loop {
        let page = rooms.documents.find::<Profile>(tenant, &query).await?;
        ensure!(page.items.len() <= usize::from(limit) && (page.next.is_none() || !page.items.is_empty()));
        all.extend(page.items.into_iter().map(|item| item.document));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return Ok(all);
        }
    }
}

pub(super) async fn pages_follow_each_other_without_gaps_whatever_the_order(
    rooms: &Rooms,
) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let all: Vec<Profile> = (0..40)
        .map(|number| {
            let mut one = profile(&format!("u{number:02}"));
            // Seven of a kind each, and some with nothing.
            one.metadata.followers = (number % 5 != 0).then_some(number % 7);
            one.metadata.verified = (number % 3 != 0).then_some(number % 2 == 0);
            one.metadata.last_active_at =
                (number % 4 != 0).then(|| moment(&format!("2026-01-{:02}T00:00:00Z", number % 6 + 1)));
            one
        })
        .collect();
    rooms.documents.upsert_all(tenant, &all).await?;
    let by = [
        "username",
        "metadata.followers",
        "metadata.verified",
        "metadata.last_active_at",
        "platform",
        "created_at",
        "updated_at",
        "platform_id",
    ];
    let sorts = by.iter().flat_map(|path| [Sort::by(path, false), Sort::by(path, true)]);
    for sort in sorts.chain([Sort::NEWEST, Sort::OLDEST]) {
        let whole = walk(rooms, tenant, &sort, 1_000).await?;
        for limit in [7, 40] {
            assert_eq!(walk(rooms, tenant, &sort, limit).await?, whole, "{sort:?} by {limit}");
        }
        let mut names: Vec<_> = whole.iter().map(|one| one.username.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 40, "{sort:?}");
    }
    let by_followers = walk(rooms, tenant, &Sort::by("metadata.followers", false), 1).await?;
    let values: Vec<_> = by_followers.iter().map(|one| one.metadata.followers).collect();
    assert!(values.is_sorted() && values[0].is_none(), "who has none comes first going up: {values:?}");
    let by_followers = walk(rooms, tenant, &Sort::by("metadata.followers", true), 9).await?;
    let values: Vec<_> = by_followers.iter().map(|one| one.metadata.followers).collect();
    assert!(values.is_sorted_by(|a, b| a >= b) && values[39].is_none(), "and last going down: {values:?}");
    Ok(())
}

pub(super) async fn pages_stay_stable_while_documents_come_in(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    for number in 0..20 {
        rooms.documents.insert(tenant, &profile(&format!("u{number:02}"))).await?;
    }
    let (mut query, mut seen) = (Query { limit: 3, ..Query::default() }, Vec::new());
    loop {
        let page = rooms.documents.find::<Profile>(tenant, &query).await?;
        seen.extend(page.items.iter().map(|item| item.document.username.clone()));
        rooms.documents.insert(tenant, &profile(&format!("new{}", seen.len()))).await?;
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..20).rev().map(|number| format!("u{number:02}")).collect();
    assert_eq!(seen, expected);
    Ok(())
}

pub(super) async fn a_cursor_is_good_for_its_question_only(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = five(rooms).await?;
    let query = Query { limit: 2, ..Query::default() };
    let cursor = rooms.documents.find::<Profile>(tenant, &query).await?.next;
    ensure!(cursor.is_some());
    for wrong in [
        Query { filter: Filter::eq("status", "approved"), cursor: cursor.clone(), ..Query::default() },
        Query { sort: Sort::OLDEST, cursor, ..Query::default() },
        Query { cursor: Some("zz".into()), ..Query::default() },
        Query { cursor: Some("7b7d".into()), ..Query::default() },
    ] {
        let error = rooms.documents.find::<Profile>(tenant, &wrong).await.unwrap_err();
        assert!(matches!(error, DocumentError::Cursor), "{error:?}");
    }
    let error = rooms.documents.delta::<Profile>(tenant, Some("yesterday"), 1).await.unwrap_err();
    assert!(matches!(error, DocumentError::Cursor), "{error:?}");
    Ok(())
}
