//! Profiles: how fast they go in, and how soon words are found among them, in both databases of documents.

mod bare_mongodb;
mod bare_postgres;
mod latency;
mod people;

use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::{Context, Result, ensure};
use bare_mongodb::BareMongo;
use bare_postgres::BarePostgres;
use latency::Latencies;
use placard_domain::{TenantId, document::Profile};
use placard_store::{
    documents::{Documents, Filter, KeywordSearch, MongoDb, Store},
    tenant,
    testing::TestDatabase,
};
use std::time::Instant;
use url::Url;
use uuid::Uuid;

/// Where `tools/with-mongodb` says that a server is.
const MONGODB: &str = "PLACARD_TEST_MONGODB_URL";
/// How many profiles go in with one call.
const CALL: usize = 1_000;
/// How many are looked for.
const FOUND: u16 = 20;

/// The same work, done with a driver alone.
trait Bare {
    /// Puts profiles in, or in place of those with the same natural key.
    async fn upsert(&mut self, profiles: &[Profile]) -> Result<()>;
    /// Profiles that hold one of the words, those that hold more of them first.
    async fn search(&mut self, text: &str) -> Result<Vec<Profile>>;
    /// How many there are.
    async fn count(&mut self) -> Result<u64>;
}

pub(crate) async fn measure(size: Size) -> Result<Vec<Figure>> {
    let database = TestDatabase::create().await;
    let founded = tenant::create_with_admin(&database.db, "Bench", "ada@example.com", "no password").await?;
    let tenant = founded.tenant;
    let bare = BarePostgres::new(&database, tenant).await?;
    let ours = Ours { documents: Documents::new(&database.db), tenant };
    let mut figures = compare("PostgreSQL", &ours, bare, size.profiles, size).await?;
    let Ok(server) = std::env::var(MONGODB) else {
        figures.push(Figure::skipped("profiles in MongoDB", format!("{MONGODB} is not set")));
        return Ok(figures);
    };
    let room = Room::open(&server, &database).await?;
    let documents = Documents::with_mongodb(&database.db, room.mongodb.clone());
    let founded = tenant::create_with_admin(&database.db, "Other", "bob@example.com", "no password").await?;
    documents.move_to(founded.tenant, Store::MongoDb, &mut |_| {}).await?;
    let bare = BareMongo::new(&room, founded.tenant).await?;
    let ours = Ours { documents, tenant: founded.tenant };
    let measured = compare("MongoDB", &ours, bare, size.mongodb_profiles, size).await;
    room.database.drop().await?;
    let words = match room.mongodb.keyword_search() {
        KeywordSearch::TextIndex => "by its text index",
        KeywordSearch::Terms => "by a list of words in each document, since it has no text indexes",
    };
    let note = format!("the server calls itself {}, and finds words {words}", room.version);
    figures.extend(measured?.into_iter().map(|figure| figure.note(&note)));
    Ok(figures)
}

/// A database of our own on the server.
struct Room {
    mongodb: MongoDb,
    database: mongodb::Database,
    version: String,
}

impl Room {
    async fn open(server: &str, postgres: &TestDatabase) -> Result<Self> {
        let name = format!("placard_bench_{}", Uuid::now_v7().simple());
        let mut address = Url::parse(server).context("the server's address is none")?;
        address.set_path(&name);
        let mongodb = MongoDb::connect(&postgres.db, &address.to_string().into()).await?;
        let database = mongodb::Client::with_uri_str(&address).await?.database(&name);
        let told = database.run_command(mongodb::bson::doc! { "buildInfo": 1 }).await?;
        let version = told.get_str("version")?.to_owned();
        Ok(Self { mongodb, database, version })
    }
}

struct Ours {
    documents: Documents,
    tenant: TenantId,
}

/// Both in turn, part by part, until both hold `count` profiles; then the last part again, then searches.
async fn compare(
    store: &str,
    ours: &Ours,
    mut bare: impl Bare,
    count: usize,
    size: Size,
) -> Result<Vec<Figure>> {
    let part = count / size.rounds;
    ensure!(part > 0, "fewer profiles than rounds");
    let (mut new, mut known) =
        ((Samples::default(), Samples::default()), (Samples::default(), Samples::default()));
    for round in 0..size.rounds {
        let profiles = people::some(round * part, part);
        take(ours, &mut bare, &profiles, &mut new).await?;
    }
    // Few enough that the whole takes about as long as one part did.
    let again = people::some(0, (part / 5).max(1));
    for _ in 0..size.rounds {
        take(ours, &mut bare, &again, &mut known).await?;
    }
    let held = ours.documents.count::<Profile>(ours.tenant, &Filter::ALL).await?;
    let there = part * size.rounds;
    ensure!((held, bare.count().await?) == (there as u64, there as u64), "something is missing");
    let many = grouped(there as f64);
    let driver = format!("bare driver for {store}");
    let speeds = |what: String, count, (ours, bare): &(Samples, Samples)| {
        Figure::speeds(what, (count, "profiles"), ours, (&driver, bare), Bar::Stated)
    };
    Ok(vec![
        speeds(format!("upsert {many} new profiles in {store}"), part, &new).note(format!(
            "{} at a time by one writer, {part} in a round; ours checks each against its schema and dates it under \
             the tenant's lock",
            grouped(CALL as f64)
        )),
        speeds(format!("upsert known profiles in {store}"), again.len(), &known)
            .note(format!("{} of them, again and again", grouped(again.len() as f64))),
        searches(store, ours, &mut bare, there, size.searches).await?,
    ])
}

async fn take(
    ours: &Ours,
    bare: &mut impl Bare,
    profiles: &[Profile],
    times: &mut (Samples, Samples),
) -> Result<()> {
    let began = Instant::now();
    for call in profiles.chunks(CALL) {
        ours.documents.upsert_all(ours.tenant, call).await?;
    }
    times.0.push(began.elapsed());
    let began = Instant::now();
    for call in profiles.chunks(CALL) {
        bare.upsert(call).await?;
    }
    times.1.push(began.elapsed());
    Ok(())
}

async fn searches(
    store: &str,
    ours: &Ours,
    bare: &mut impl Bare,
    there: usize,
    count: usize,
) -> Result<Figure> {
    let (mut our_times, mut bare_times, mut hits) = (Latencies::default(), Latencies::default(), 0);
    for number in 0..count {
        let text = people::question(number);
        let began = Instant::now();
        let found = ours.documents.search::<Profile>(ours.tenant, &text, FOUND).await?;
        our_times.push(began.elapsed());
        let began = Instant::now();
        let bare_found = bare.search(&text).await?;
        bare_times.push(began.elapsed());
        ensure!(found.len() == bare_found.len(), "both find as many");
        hits += found.len();
    }
    ensure!(hits > 0, "nothing was found");
    let measure = format!("search two words among {} in {store}", grouped(there as f64));
    let ratio = bare_times.median() / our_times.median();
    Ok(Figure::new(measure, our_times.show(), format!("bare: {}", bare_times.show()), ratio, Bar::Stated)
        .note(format!("{count} searches one after another, the best {FOUND} each")))
}
