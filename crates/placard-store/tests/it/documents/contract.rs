//! What every database of documents keeps.

use super::rooms::{
    Rooms, asset, audit, automation_session, copy, draft, message, moment, post, profile, prompt, record,
};
use anyhow::ensure;
use placard_domain::{
    TenantId,
    document::{
        AnalyticsKind, CopyUse, Document, MessageStatus, Moment, Profile, ProfileStatus, Sentiment, UsedKind,
    },
};
use placard_store::documents::{Comparison, DocumentError, Documents, Filter, Query, Scalar, Sort};
use std::{future::Future, pin::Pin};
use uuid::Uuid;

type Case = for<'a> fn(&'a Rooms) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        [$((stringify!($case), (|rooms| Box::pin($case(rooms))) as Case)),+]
    };
}

pub(super) async fn keep(rooms: &Rooms) -> anyhow::Result<()> {
    let cases = cases![
        every_collection_gives_back_what_it_took,
        a_natural_key_is_taken_once,
        an_upsert_keeps_the_id_and_counts_the_version,
        documents_go_in_together_in_the_order_given,
        the_same_twice_in_one_call_is_refused,
        another_unique_key_is_refused_by_name,
        a_partial_unique_key_leaves_out_who_has_none,
        a_replacement_wants_the_version_that_was_seen,
        what_is_not_there_cannot_be_replaced,
        an_invalid_document_names_every_path_and_rule,
        a_text_with_a_nul_is_refused,
        a_deleted_document_is_gone_and_its_key_is_free,
        each_comparison_finds_what_it_says,
        missing_fields_match_only_what_they_should,
        members_of_lists_are_found,
        filters_are_joined,
        filters_that_make_no_sense_are_refused,
        moments_beside_the_document_can_be_compared,
        pages_follow_each_other_without_gaps_whatever_the_order,
        pages_stay_stable_while_documents_come_in,
        a_cursor_is_good_for_its_question_only,
        words_are_found_and_more_of_them_rank_first,
        words_follow_a_change,
        a_delta_shows_each_change_once,
        a_delta_dates_follow_each_other,
        expired_documents_go_and_others_stay,
        moments_are_kept_to_the_millisecond,
        texts_are_ordered_by_their_bytes,
        strange_texts_survive,
        nobody_sees_another_tenant,
    ];
    for (name, case) in &cases {
        case(rooms).await.map_err(|error| error.context(format!("{name} in {}", rooms.store)))?;
    }
    println!("{} cases of the contract hold in {}", cases.len(), rooms.store);
    Ok(())
}

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

async fn every_collection_gives_back_what_it_took(rooms: &Rooms) -> anyhow::Result<()> {
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
    round_trip(documents, tenant, &audit("https://example.com/")).await
}

fn full_profile() -> Profile {
    let mut full = profile("ann");
    full.platform_id = Some("17841400000000001".into());
    full.bio = Some("Surfer, baker. Ünïcödé ☀".into());
    full.metadata.followers = Some(i64::MAX);
    full.metadata.verified = Some(true);
    full.metadata.last_active_at = Some(moment("1999-12-31T23:59:59.999Z"));
    full.posts = vec![post("Fresh bread"), post("Waves")];
    full.interests = vec!["surf".into(), "bread".into()];
    full.sentiment = Some(Sentiment { overall: -100, confidence: 80 });
    full.risk_score = Some(7);
    full.campaigns = vec![Uuid::from_u128(5)];
    full
}

async fn a_natural_key_is_taken_once(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn an_upsert_keeps_the_id_and_counts_the_version(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn documents_go_in_together_in_the_order_given(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn the_same_twice_in_one_call_is_refused(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let twice = [profile("a"), profile("b"), profile("a")];
    let error = documents.upsert_all(tenant, &twice).await.unwrap_err();
    assert!(matches!(&error, DocumentError::Twice { key, .. } if key == "instagram, a"), "{error:?}");
    assert_eq!(documents.count::<Profile>(tenant, &Filter::ALL).await?, 0);
    Ok(())
}

async fn another_unique_key_is_refused_by_name(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn a_partial_unique_key_leaves_out_who_has_none(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    for username in ["a", "b", "c"] {
        documents.insert(tenant, &profile(username)).await?;
    }
    Ok(())
}

async fn a_replacement_wants_the_version_that_was_seen(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn what_is_not_there_cannot_be_replaced(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let error = documents.replace(tenant, Uuid::now_v7(), 1, &profile("ann")).await.unwrap_err();
    assert!(matches!(error, DocumentError::NotFound { one: "profile", .. }), "{error:?}");
    assert!(!documents.delete::<Profile>(tenant, Uuid::now_v7()).await?);
    Ok(())
}

async fn an_invalid_document_names_every_path_and_rule(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn a_text_with_a_nul_is_refused(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let wrong = Profile { posts: vec![post("a\0b")], ..profile("ann") };
    let error = documents.insert(tenant, &wrong).await.unwrap_err();
    let DocumentError::Invalid { violations, .. } = error else { anyhow::bail!("{error:?}") };
    assert_eq!((violations[0].path.as_str(), violations[0].rule.as_str()), ("/posts/0/content", "nul"));
    Ok(())
}

async fn a_deleted_document_is_gone_and_its_key_is_free(rooms: &Rooms) -> anyhow::Result<()> {
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

/// Five profiles: followers 10 to 50, the fifth without; verified is true, false, true and unknown.
async fn five(rooms: &Rooms) -> anyhow::Result<TenantId> {
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

async fn names(rooms: &Rooms, tenant: TenantId, filter: Filter) -> anyhow::Result<String> {
    let count = rooms.documents.count::<Profile>(tenant, &filter).await?;
    let query = Query { filter, sort: Sort::by("username", false), ..Query::default() };
    let page = rooms.documents.find::<Profile>(tenant, &query).await?;
    let names: String = page.items.iter().map(|item| item.document.username.as_str()).collect();
    ensure!(count == page.items.len() as u64, "{count} are counted, {names} are found");
    Ok(names)
}

fn followers(comparison: Comparison, number: i64) -> Filter {
    Filter::Compare("metadata.followers".into(), comparison, number.into())
}

async fn each_comparison_finds_what_it_says(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn missing_fields_match_only_what_they_should(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = five(rooms).await?;
    let exists = |path: &str, wanted| Filter::Exists(path.into(), wanted);
    assert_eq!(names(rooms, tenant, exists("metadata.followers", true)).await?, "abcd");
    assert_eq!(names(rooms, tenant, exists("metadata.followers", false)).await?, "e");
    assert_eq!(names(rooms, tenant, exists("platform_id", true)).await?, "");
    assert_eq!(names(rooms, tenant, followers(Comparison::Ne, 999)).await?, "abcde");
    assert_eq!(names(rooms, tenant, followers(Comparison::Lt, i64::MAX)).await?, "abcd");
    Ok(())
}

async fn members_of_lists_are_found(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn filters_are_joined(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn filters_that_make_no_sense_are_refused(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn moments_beside_the_document_can_be_compared(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let receipt = documents.insert(tenant, &profile("ann")).await?;
    let at = Scalar::Moment(Moment::new(receipt.created_at)?);
    let compare = |comparison| Filter::Compare("created_at".into(), comparison, at.clone());
    assert_eq!(names(rooms, tenant, compare(Comparison::Eq)).await?, "ann");
    assert_eq!(names(rooms, tenant, compare(Comparison::Lt)).await?, "");
    assert_eq!(names(rooms, tenant, compare(Comparison::Lte)).await?, "ann");
    Ok(())
}

/// Everything that a question finds, page by page.
async fn walk(rooms: &Rooms, tenant: TenantId, sort: &Sort, limit: u16) -> anyhow::Result<Vec<Profile>> {
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

async fn pages_follow_each_other_without_gaps_whatever_the_order(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn pages_stay_stable_while_documents_come_in(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn a_cursor_is_good_for_its_question_only(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn found(rooms: &Rooms, tenant: TenantId, words: &str) -> anyhow::Result<Vec<String>> {
    let items = rooms.documents.search::<Profile>(tenant, words, 10).await?;
    Ok(items.into_iter().map(|item| item.document.username).collect())
}

async fn words_are_found_and_more_of_them_rank_first(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let bio = |name: &str, text: &str| Profile { bio: Some(text.into()), ..profile(name) };
    let mut writer = bio("writer", "Ceramics.");
    writer.posts = vec![post("nothing"), post("A loaf of SOURDOUGH bread, baked at dawn")];
    for one in [
        bio("baker", "I bake bread. Bread, bread!"),
        writer,
        bio("surfer", "Waves at dawn; O'Neill's café"),
        profile("silent"),
    ] {
        rooms.documents.insert(tenant, &one).await?;
    }
    assert_eq!(found(rooms, tenant, "sourdough").await?, ["writer"]);
    assert_eq!(found(rooms, tenant, "BREAD dawn sourdough").await?[0], "writer");
    let mut both = found(rooms, tenant, "bread").await?;
    both.sort();
    assert_eq!(both, ["baker", "writer"]);
    assert_eq!(found(rooms, tenant, "café").await?, ["surfer"]);
    assert_eq!(found(rooms, tenant, "o'neill & | ! <-> ' \\ \"dawn\"").await?[0], "surfer");
    for nothing in ["", "  !?", "brea", "zebra", "\0"] {
        assert_eq!(found(rooms, tenant, nothing).await?, Vec::<String>::new(), "{nothing:?}");
    }
    assert_eq!(rooms.documents.search::<Profile>(tenant, "bread dawn", 1).await?.len(), 1);
    assert_eq!(found(rooms, rooms.tenant().await?, "bread").await?, Vec::<String>::new());
    Ok(())
}

async fn words_follow_a_change(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let bio = |text: &str| Profile { bio: Some(text.into()), ..profile("ann") };
    let receipt = documents.upsert(tenant, &bio("ceramics")).await?;
    documents.upsert(tenant, &bio("weaving")).await?;
    assert_eq!(found(rooms, tenant, "ceramics").await?, Vec::<String>::new());
    assert_eq!(found(rooms, tenant, "weaving").await?, ["ann"]);
    documents.replace(tenant, receipt.id, 2, &bio("glass")).await?;
    assert_eq!(found(rooms, tenant, "weaving").await?, Vec::<String>::new());
    assert_eq!(found(rooms, tenant, "glass").await?, ["ann"]);
    documents.delete::<Profile>(tenant, receipt.id).await?;
    assert_eq!(found(rooms, tenant, "glass").await?, Vec::<String>::new());
    Ok(())
}

async fn a_delta_shows_each_change_once(rooms: &Rooms) -> anyhow::Result<()> {
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

/// A delta once the millisecond of the last change is over, since a horizon is exact to that.
async fn next_delta(
    rooms: &Rooms,
    tenant: TenantId,
    cursor: Option<&str>,
    limit: u16,
) -> anyhow::Result<placard_store::documents::Delta<Profile>> {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    Ok(rooms.documents.delta::<Profile>(tenant, cursor, limit).await?)
}

async fn a_delta_dates_follow_each_other(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn expired_documents_go_and_others_stay(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn moments_are_kept_to_the_millisecond(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn texts_are_ordered_by_their_bytes(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn strange_texts_survive(rooms: &Rooms) -> anyhow::Result<()> {
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

async fn nobody_sees_another_tenant(rooms: &Rooms) -> anyhow::Result<()> {
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
