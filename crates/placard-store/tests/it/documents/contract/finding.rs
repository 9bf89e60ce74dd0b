//! Filters.

use super::{
    super::rooms::{Rooms, copy, moment, profile},
    names,
};
use placard_domain::{
    TenantId,
    document::{CopyUse, Moment, Profile, ProfileStatus, UsedKind},
};
use placard_store::documents::{Comparison, DocumentError, Filter, Query, Scalar, Sort};

/// Five profiles: followers 10 to 50, the fifth without; verified is true, false, true and unknown.
pub(super) async fn five(rooms: &Rooms) -> anyhow::Result<TenantId> {
    let tenant = rooms.tenant().await?;
    let status = [ProfileStatus::Pending, ProfileStatus::Approved, ProfileStatus::Approved];
    for (index, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let mut one = profile(name);
        one.metadata.followers = [10, 20, 30, 40].get(index).copied();
        one.metadata.verified = [true, false, true].get(index).copied();
        one.metadata.last_active_at =
            ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"].get(index).map(|text| moment(text));
        one.status = status.get(index).copied().unwrap_or(ProfileStatus::Rejected);
        one.interests = (0..=index).map(|number| format!("i{number}")).skip(index / 2).collect();
        rooms.documents.insert(tenant, &one).await?;
    }
    Ok(tenant)
}

fn followers(comparison: Comparison, number: i64) -> Filter {
    Filter::Compare("metadata.followers".into(), comparison, number.into())
}

pub(super) async fn each_comparison_finds_what_it_says(rooms: &Rooms) -> anyhow::Result<()> {
    use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
    let tenant = five(rooms).await?;
    for (comparison, expected) in [(Eq, "b"), (Ne, "acde"), (Lt, "a"), (Lte, "ab"), (Gt, "cd"), (Gte, "bcd")]
    {
        assert_eq!(names(rooms, tenant, followers(comparison, 20)).await?, expected, "{comparison:?}");
    }
    let compare = |path: &str, comparison, value| Filter::Compare(path.into(), comparison, value);
    let text = |word: &str| Scalar::from(word);
    assert_eq!(names(rooms, tenant, compare("username", Gte, text("c"))).await?, "cde");
    assert_eq!(names(rooms, tenant, compare("status", Ne, text("approved"))).await?, "ade");
    assert_eq!(names(rooms, tenant, Filter::eq("metadata.verified", true)).await?, "ac");
    assert_eq!(names(rooms, tenant, Filter::eq("metadata.verified", false)).await?, "b");
    let february = Scalar::Moment(moment("2026-02-01T00:00:00Z"));
    assert_eq!(names(rooms, tenant, compare("metadata.last_active_at", Lt, february.clone())).await?, "a");
    assert_eq!(names(rooms, tenant, compare("metadata.last_active_at", Eq, february)).await?, "b");
    let any = Filter::In("metadata.followers".into(), vec![10.into(), 40.into(), 99.into()]);
    assert_eq!(names(rooms, tenant, any).await?, "ad");
    assert_eq!(names(rooms, tenant, Filter::In("status".into(), Vec::new())).await?, "");
    Ok(())
}

pub(super) async fn missing_fields_match_only_what_they_should(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = five(rooms).await?;
    let exists = |path: &str, wanted| Filter::Exists(path.into(), wanted);
    assert_eq!(names(rooms, tenant, exists("metadata.followers", true)).await?, "abcd");
    assert_eq!(names(rooms, tenant, exists("metadata.followers", false)).await?, "e");
    assert_eq!(names(rooms, tenant, exists("platform_id", true)).await?, "");
    assert_eq!(names(rooms, tenant, followers(Comparison::Ne, 999)).await?, "abcde");
    assert_eq!(names(rooms, tenant, followers(Comparison::Lt, i64::MAX)).await?, "abcd");
    Ok(())
}

pub(super) async fn members_of_lists_are_found(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = five(rooms).await?;
    let having = |all: &[&str]| {
        Filter::Contains("interests".into(), all.iter().map(|text| (*text).to_owned()).collect())
    };
    // a: i0 · b: i0 i1 · c: i1 i2 · d: i1 i2 i3 · e: i2 i3 i4
    assert_eq!(names(rooms, tenant, having(&["i0"])).await?, "ab");
    assert_eq!(names(rooms, tenant, having(&["i0", "i3"])).await?, "abde");
    assert_eq!(names(rooms, tenant, having(&["i"])).await?, "");
    assert_eq!(names(rooms, tenant, having(&[])).await?, "");
    assert_eq!(names(rooms, tenant, having(&["I0", "it's", "a\\b", "' | 'i0"])).await?, "");
    let odd = Profile { interests: vec!["it's a \\ | & 'x'".into()], ..profile("odd") };
    rooms.documents.insert(tenant, &odd).await?;
    assert_eq!(names(rooms, tenant, having(&["it's a \\ | & 'x'"])).await?, "odd");

    let mut used = copy("Half price");
    used.used_by = vec![
        CopyUse { kind: UsedKind::Campaign, id: "spring".into() },
        CopyUse { kind: UsedKind::Ad, id: "ad-7".into() },
    ];
    rooms.documents.insert(tenant, &used).await?;
    for (id, expected) in [("ad-7", 1), ("spring", 1), ("ad", 0)] {
        let filter = Filter::Contains("used_by.id".into(), vec![id.into()]);
        let count = rooms.documents.count::<placard_domain::document::GeneratedCopy>(tenant, &filter).await?;
        assert_eq!(count, expected, "{id}");
    }
    Ok(())
}

pub(super) async fn filters_are_joined(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = five(rooms).await?;
    let approved = Filter::eq("status", "approved");
    let large = followers(Comparison::Gte, 30);
    let and = |all: &[&Filter]| Filter::And(all.iter().map(|one| (*one).clone()).collect());
    let or = |all: &[&Filter]| Filter::Or(all.iter().map(|one| (*one).clone()).collect());
    assert_eq!(names(rooms, tenant, and(&[&approved, &large])).await?, "c");
    assert_eq!(names(rooms, tenant, or(&[&approved, &large])).await?, "bcd");
    assert_eq!(names(rooms, tenant, and(&[])).await?, "abcde");
    assert_eq!(names(rooms, tenant, or(&[])).await?, "");
    let interest = Filter::Contains("interests".into(), vec!["i1".into()]);
    assert_eq!(names(rooms, tenant, and(&[&or(&[&large, &interest]), &approved])).await?, "bc");
    assert_eq!(names(rooms, tenant, or(&[&and(&[&approved, &interest]), &or(&[])])).await?, "bc");
    Ok(())
}

pub(super) async fn filters_that_make_no_sense_are_refused(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let refused = async |filter: Filter| {
        let query = Query { filter, ..Query::default() };
        documents.find::<Profile>(tenant, &query).await.unwrap_err()
    };
    for path in ["bio", "", "tenant_id", "_id", "terms", "status; drop table tenant", "$where", "body"] {
        let error = refused(Filter::eq(path, "x")).await;
        assert!(matches!(error, DocumentError::UnknownField { .. }), "{path}: {error:?}");
    }
    for filter in [
        Filter::eq("status", 5),
        Filter::eq("metadata.followers", "5"),
        Filter::eq("interests", "surf"),
        Filter::Contains("status".into(), vec!["approved".into()]),
        Filter::Exists("interests".into(), true),
        Filter::eq("username", "a\0"),
    ] {
        let error = refused(filter.clone()).await;
        assert!(matches!(error, DocumentError::Mismatch { .. }), "{filter:?}: {error:?}");
    }
    let deep = (0..20).fold(Filter::eq("status", "x"), |inner, _| Filter::And(vec![inner]));
    assert!(matches!(refused(deep).await, DocumentError::FilterTooLarge));
    let wide = Filter::In("status".into(), vec!["x".into(); 2_000]);
    assert!(matches!(refused(wide).await, DocumentError::FilterTooLarge));
    let query = Query { sort: Sort::by("bio", false), ..Query::default() };
    let error = documents.find::<Profile>(tenant, &query).await.unwrap_err();
    assert!(matches!(error, DocumentError::UnknownField { .. }), "{error:?}");
    Ok(())
}

pub(super) async fn moments_beside_the_document_can_be_compared(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let receipt = documents.insert(tenant, &profile("ann")).await?;
    let at = Scalar::Moment(Moment::new(receipt.created_at)?);
    let compare = |comparison| Filter::Compare("created_at".into(), comparison, at.clone());
    assert_eq!(names(rooms, tenant, compare(Comparison::Eq)).await?, "ann");
    assert_eq!(names(rooms, tenant, compare(Comparison::Lt)).await?, "");
    assert_eq!(names(rooms, tenant, compare(Comparison::Lte)).await?, "ann");
    Ok(())
}
