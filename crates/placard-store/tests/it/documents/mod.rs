//! Documents: what every database that holds them keeps, held against each of them on a real server.

mod concurrency;
mod contract;
mod declaration;
mod rooms;

use placard_store::documents::Store;
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
    concurrency::no_update_is_lost as no_update_is_lost_in_postgresql, no_update_is_lost_in_mongodb;
    concurrency::one_natural_key_is_one_document
        as one_natural_key_is_one_document_in_postgresql, one_natural_key_is_one_document_in_mongodb;
    concurrency::a_delta_misses_nothing
        as a_delta_misses_nothing_in_postgresql, a_delta_misses_nothing_in_mongodb;
}
