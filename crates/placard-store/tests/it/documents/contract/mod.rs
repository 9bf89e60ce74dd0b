//! What every database of documents keeps.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod changing;
mod finding;
mod keeping;
mod paging;
mod searching;
mod writing;

use super::rooms::{Rooms, moment, post, profile};
use anyhow::ensure;
use placard_domain::{
    TenantId,
    document::{Profile, Sentiment},
};
use placard_store::documents::{Delta, Filter, Query, Sort};
use std::{future::Future, pin::Pin};
use uuid::Uuid;

type Case = for<'a> fn(&'a Rooms) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

macro_rules! cases {
    ($($topic:ident::$case:ident),+ $(,)?) => {
        [$((stringify!($case), (|rooms| Box::pin($topic::$case(rooms))) as Case)),+]
    };
}

pub(super) async fn keep(rooms: &Rooms) -> anyhow::Result<()> {
    let cases = cases![
        writing::every_collection_gives_back_what_it_took,
        writing::a_natural_key_is_taken_once,
        writing::an_upsert_keeps_the_id_and_counts_the_version,
        writing::documents_go_in_together_in_the_order_given,
        writing::the_same_twice_in_one_call_is_refused,
        writing::another_unique_key_is_refused_by_name,
        writing::a_partial_unique_key_leaves_out_who_has_none,
        writing::a_replacement_wants_the_version_that_was_seen,
        writing::what_is_not_there_cannot_be_replaced,
        writing::an_invalid_document_names_every_path_and_rule,
        writing::a_text_with_a_nul_is_refused,
        writing::a_deleted_document_is_gone_and_its_key_is_free,
        finding::each_comparison_finds_what_it_says,
        finding::missing_fields_match_only_what_they_should,
        finding::members_of_lists_are_found,
        finding::filters_are_joined,
        finding::filters_that_make_no_sense_are_refused,
        finding::moments_beside_the_document_can_be_compared,
        paging::pages_follow_each_other_without_gaps_whatever_the_order,
        paging::pages_stay_stable_while_documents_come_in,
        paging::a_cursor_is_good_for_its_question_only,
        searching::words_are_found_and_more_of_them_rank_first,
        searching::words_follow_a_change,
        changing::a_delta_shows_each_change_once,
        changing::a_delta_dates_follow_each_other,
        changing::expired_documents_go_and_others_stay,
        keeping::moments_are_kept_to_the_millisecond,
        keeping::texts_are_ordered_by_their_bytes,
        keeping::strange_texts_survive,
        keeping::nobody_sees_another_tenant,
    ];
    for (name, case) in &cases {
        case(rooms).await.map_err(|error| error.context(format!("{name} in {}", rooms.store)))?;
    }
    println!("{} cases of the contract hold in {}", cases.len(), rooms.store);
    Ok(())
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

async fn names(rooms: &Rooms, tenant: TenantId, filter: Filter) -> anyhow::Result<String> {
    let count = rooms.documents.count::<Profile>(tenant, &filter).await?;
    let query = Query { filter, sort: Sort::by("username", false), ..Query::default() };
    let page = rooms.documents.find::<Profile>(tenant, &query).await?;
    let names: String = page.items.iter().map(|item| item.document.username.as_str()).collect();
    ensure!(count == page.items.len() as u64, "{count} are counted, {names} are found");
    Ok(names)
}

async fn found(rooms: &Rooms, tenant: TenantId, words: &str) -> anyhow::Result<Vec<String>> {
    let items = rooms.documents.search::<Profile>(tenant, words, 10).await?;
    Ok(items.into_iter().map(|item| item.document.username).collect())
}

/// A delta once the millisecond of the last change is over, since a horizon is exact to that.
async fn next_delta(
    rooms: &Rooms,
    tenant: TenantId,
    cursor: Option<&str>,
    limit: u16,
) -> anyhow::Result<Delta<Profile>> {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    Ok(rooms.documents.delta::<Profile>(tenant, cursor, limit).await?)
}
