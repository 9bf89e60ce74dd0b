//! Documents: what every database that holds them keeps, held against each of them on a real server.

mod automation;
mod concurrency;
mod contract;
mod declaration;
mod exactly;
mod moving;
mod person;
mod random;
mod rooms;

use placard_domain::{TenantId, document::AnalyticsKind};
use placard_store::documents::Store;
use placard_store::{Db, documents::Documents};
use rooms::Rooms;

macro_rules! against_each_database {
    ($($room:ident::$test:ident as $postgres:ident, $mongodb:ident;)+) => {$(
        #[tokio::test]
        async fn $postgres() -> anyhow::Result<()> {
            $room::$test(&Rooms::open(Store::Postgres).await?).await
        }

        #[tokio::test]
        async fn $mongodb() -> anyhow::Result<()> {
            $room::$test(&Rooms::open(Store::MongoDb).await?).await
        }
    )+};
}

against_each_database! {
    contract::keep as postgresql_keeps_the_contract, mongodb_keeps_the_contract;
    person::goes_out as a_forgotten_person_goes_out_of_postgresql, a_forgotten_person_goes_out_of_mongodb;
    person::fades as an_old_message_fades_in_postgresql, an_old_message_fades_in_mongodb;
    automation::lives as a_login_lives_in_postgresql, a_login_lives_in_mongodb;
    automation::ends as a_login_ends_in_postgresql, a_login_ends_in_mongodb;
    automation::is_sealed as a_login_is_sealed_in_postgresql, a_login_is_sealed_in_mongodb;
    exactly::counts as a_version_counts_in_postgresql, a_version_counts_in_mongodb;
    concurrency::no_update_is_lost as no_update_is_lost_in_postgresql, no_update_is_lost_in_mongodb;
    concurrency::one_natural_key_is_one_document
        as one_natural_key_is_one_document_in_postgresql, one_natural_key_is_one_document_in_mongodb;
    concurrency::a_delta_misses_nothing
        as a_delta_misses_nothing_in_postgresql, a_delta_misses_nothing_in_mongodb;
}

/// Puts one document into every collection.
pub(crate) async fn furnish(db: &Db, tenant: TenantId) -> anyhow::Result<()> {
    let (documents, soon) = (Documents::new(db), rooms::moment("2126-01-01T00:00:00Z"));
    documents.insert(tenant, &rooms::profile("ann")).await?;
    documents.insert(tenant, &rooms::message(1)).await?;
    documents.insert(tenant, &rooms::automation_session("s", soon)).await?;
    documents.insert(tenant, &rooms::record("k", AnalyticsKind::Event, soon)).await?;
    documents.insert(tenant, &rooms::asset("https://example.com/a.png", &["sea"])).await?;
    documents.insert(tenant, &rooms::prompt("r")).await?;
    documents.insert(tenant, &rooms::copy("Half price")).await?;
    documents.insert(tenant, &rooms::draft("s", soon)).await?;
    documents.insert(tenant, &rooms::audit("https://example.com/")).await?;
    documents.insert(tenant, &rooms::audit_run("https://example.com/")).await?;
    // Its horizon is the row that says where the documents are.
    documents.delta::<placard_domain::document::Profile>(tenant, None, 1).await?;
    Ok(())
}
