//! The same random operations on both databases have the same outcome.

use super::rooms::{Rooms, post, profile};
use placard_domain::{
    TenantId,
    document::{Profile, ProfileStatus},
};
use placard_store::documents::{Comparison, DocumentError, Documents, Filter, Query, Sort, Store};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many operations; the issue asks for ten thousand, `PLACARD_TEST_OPERATIONS` says otherwise.
fn operations() -> u64 {
    std::env::var("PLACARD_TEST_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// A tenant's documents in one database, known by name, since ids differ.
struct Side {
    documents: Documents,
    tenant: TenantId,
    ids: BTreeMap<String, Uuid>,
}

#[tokio::test]
async fn the_same_operations_have_the_same_outcome_in_both_databases() -> anyhow::Result<()> {
    let rooms = Rooms::open(Store::MongoDb).await?;
    let mut sides = Vec::new();
    for store in [Store::Postgres, Store::MongoDb] {
        let tenant = rooms.tenant_in(store).await?;
        sides.push(Side { documents: rooms.documents.clone(), tenant, ids: BTreeMap::new() });
    }
    let seed = std::env::var("PLACARD_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    let mut dice = Dice(seed);
    let operations = operations();
    for number in 0..operations {
        let roll = dice.0;
        let mut outcomes = Vec::new();
        for side in &mut sides {
            dice.0 = roll;
            outcomes.push(side.act(&mut dice).await?);
        }
        assert_eq!(outcomes[0], outcomes[1], "operation {number} of seed {seed}");
    }
    println!("{operations} operations of seed {seed}: the same outcomes");
    Ok(())
}

/// A generator that can be wound back. (Constants: Knuth's MMIX.)
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).expect("a small number")]
    }

    fn profile(&mut self) -> Profile {
        let mut one = profile(&format!("u{:02}", self.below(30)));
        one.platform = self.of(&["instagram", "tiktok"]).into();
        one.platform_id = (self.below(4) == 0).then(|| format!("id{}", self.below(12)));
        one.metadata.followers = (self.below(5) > 0).then(|| i64::try_from(self.below(20)).expect("small"));
        one.metadata.verified = (self.below(3) > 0).then(|| self.below(2) == 0);
        one.status = ProfileStatus::ALL[usize::try_from(self.below(4)).expect("small")];
        one.interests =
            (0..self.below(4)).map(|_| self.of(&["surf", "bread", "sea", "art"]).into()).collect();
        one.interests.sort();
        // Twice the same is refused, which is an outcome too.
        if self.below(10) > 0 {
            one.interests.dedup();
        }
        one.bio = (self.below(3) > 0).then(|| self.words());
        one.posts = (0..self.below(3)).map(|_| post(&self.words())).collect();
        one.risk_score = Some(u8::try_from(self.below(105)).expect("small"));
        one
    }

    fn words(&mut self) -> String {
        let all = ["dawn", "Waves", "loaf", "sourdough", "glass", "of", "the", "ÄTHER"];
        (0..=self.below(5)).map(|_| self.of(&all)).collect::<Vec<_>>().join(" ")
    }

    fn filter(&mut self, depth: u64) -> Filter {
        use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
        let comparison = [Eq, Ne, Lt, Lte, Gt, Gte][usize::try_from(self.below(6)).expect("small")];
        match self.below(if depth < 2 { 9 } else { 7 }) {
            0 => Filter::Compare("username".into(), comparison, format!("u{:02}", self.below(30)).into()),
            1 | 2 => {
                let number = i64::try_from(self.below(20)).expect("small");
                Filter::Compare("metadata.followers".into(), comparison, number.into())
            }
            3 => Filter::Compare("metadata.verified".into(), comparison, (self.below(2) == 0).into()),
            4 => Filter::In(
                "status".into(),
                (0..self.below(3)).map(|_| self.of(&["pending", "approved"]).into()).collect(),
            ),
            5 => Filter::Exists(self.of(&["platform_id", "metadata.followers"]).into(), self.below(2) == 0),
            6 => Filter::Contains(
                "interests".into(),
                (0..self.below(3)).map(|_| self.of(&["surf", "sea"]).into()).collect(),
            ),
            7 => Filter::And((0..self.below(4)).map(|_| self.filter(depth + 1)).collect()),
            _ => Filter::Or((0..self.below(4)).map(|_| self.filter(depth + 1)).collect()),
        }
    }

    fn sort(&mut self) -> Sort {
        // By id the order is that of making, which is the same on both sides.
        match self.below(4) {
            0 => Sort { field: None, down: self.below(2) == 0 },
            1 => Sort::by("metadata.followers", self.below(2) == 0),
            2 => Sort::by("username", self.below(2) == 0),
            _ => Sort::by("metadata.verified", self.below(2) == 0),
        }
    }
}

impl Side {
    async fn act(&mut self, dice: &mut Dice) -> anyhow::Result<String> {
        let (documents, tenant) = (self.documents.clone(), self.tenant);
        Ok(match dice.below(12) {
            0 => {
                let one = dice.profile();
                self.written(
                    &one,
                    documents.insert(tenant, &one).await.map(|receipt| (receipt.id, receipt.version)),
                )
            }
            1..=3 => {
                let one = dice.profile();
                self.written(
                    &one,
                    documents.upsert(tenant, &one).await.map(|receipt| (receipt.id, receipt.version)),
                )
            }
            4 => {
                // Without what may be refused: after a refusal some may be written.
                let mut all: Vec<_> = (0..dice.below(6)).map(|_| dice.profile()).collect();
                for one in &mut all {
                    (one.platform_id, one.risk_score) = (None, None);
                    one.interests.dedup();
                }
                match documents.upsert_all(tenant, &all).await {
                    Ok(receipts) => {
                        let told = all
                            .iter()
                            .zip(&receipts)
                            .map(|(one, receipt)| self.written(one, Ok((receipt.id, receipt.version))));
                        told.collect::<Vec<_>>().join(", ")
                    }
                    Err(error) => said(&error),
                }
            }
            5 | 6 => {
                let (known, seen) = (dice.below(30), i64::try_from(dice.below(4)).expect("small"));
                let one = dice.profile();
                let id = self.id(known);
                let written = documents.replace(tenant, id, seen, &one).await;
                written.map_or_else(|error| said(&error), |receipt| format!("version {}", receipt.version))
            }
            7 => {
                let id = self.id(dice.below(30));
                documents.delete::<Profile>(tenant, id).await?.to_string()
            }
            8 => documents.count::<Profile>(tenant, &dice.filter(0)).await?.to_string(),
            9 | 10 => {
                let mut query = Query {
                    filter: dice.filter(0),
                    sort: dice.sort(),
                    limit: u16::try_from(1 + dice.below(7)).expect("small"),
                    cursor: None,
                };
                let mut told = Vec::new();
                for _ in 0..4 {
                    let page = documents.find::<Profile>(tenant, &query).await?;
                    told.extend(
                        page.items.iter().map(|item| format!("{:?} at {}", item.document, item.version)),
                    );
                    query.cursor = page.next;
                    if query.cursor.is_none() {
                        break;
                    }
                }
                told.join("\n")
            }
            _ => {
                let words = dice.words();
                let items = documents.search::<Profile>(tenant, &words, 50).await?;
                let mut told: Vec<_> = items.iter().map(|item| format!("{:?}", item.document)).collect();
                // Among those that hold as many of the words the last change decides, which is dated apart.
                told.sort();
                told.join("\n")
            }
        })
    }

    /// The id of a document that was written under a name, or nobody's.
    fn id(&self, known: u64) -> Uuid {
        let at = usize::try_from(known).expect("small");
        self.ids.values().nth(at % self.ids.len().max(1)).copied().unwrap_or_default()
    }

    fn written(&mut self, one: &Profile, outcome: Result<(Uuid, i64), DocumentError>) -> String {
        match outcome {
            Ok((id, version)) => {
                let name = format!("{} {}", one.platform, one.username);
                let known = self.ids.insert(name, id) == Some(id);
                format!("version {version}, known: {known}")
            }
            Err(error) => said(&error),
        }
    }
}

/// An error without what differs, which are ids alone.
fn said(error: &DocumentError) -> String {
    match error {
        DocumentError::Stale { version, .. } => format!("stale at {version}"),
        DocumentError::NotFound { .. } => "not found".into(),
        other => other.to_string(),
    }
}
