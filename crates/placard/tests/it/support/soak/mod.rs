//! Many campaigns published through faults. The soak runner is made of this as well as a test.

mod run;
mod spec;
mod world;

pub(crate) use run::{Slot, Weather};
pub(crate) use spec::Spec;
pub(crate) use world::{Object, World};

use anyhow::Result;
use placard_domain::Platform;
use placard_store::Db;
use run::{End, Outcome};
use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// What came of many runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) published: u64,
    pub(crate) taken_back: u64,
    pub(crate) struck: usize,
    pub(crate) tries: usize,
    /// What is wrong, with its seed; must be empty.
    pub(crate) wrong: Vec<String>,
    /// The requests of the first run in which something was wrong.
    pub(crate) example: Vec<String>,
}

impl Tally {
    fn add(&mut self, seed: u64, outcome: Result<Outcome>) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return self.wrong.push(format!("seed {seed}: {error:#}")),
        };
        match outcome.end {
            End::Published => self.published += 1,
            End::TakenBack => self.taken_back += 1,
        }
        self.struck += outcome.struck;
        self.tries += outcome.tries;
        if !outcome.wrong.is_empty() && self.example.is_empty() {
            self.example = outcome.log;
        }
        self.wrong.extend(outcome.wrong.into_iter().map(|one| format!("seed {seed}: {one}")));
    }

    /// How much of what is wrong is of a kind, by a word that its description holds.
    pub(crate) fn count(&self, word: &str) -> u64 {
        self.wrong.iter().filter(|one| one.contains(word)).map(|_| 1).sum()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { published, taken_back, struck, tries, wrong, .. } = self;
        write!(
            f,
            "runs: {published} published, {taken_back} taken back; {struck} faults struck, {tries} tries; \
             {} duplicates, {} orphans, {} stuck, {} too early, {} wrong in all",
            self.count("duplicate:"),
            self.count("orphan:"),
            self.count("stuck"),
            self.count("too early"),
            wrong.len()
        )
    }
}

/// Runs every seed of `seeds`, several at once. `show` hears how it stands after each.
pub(crate) async fn run_all(
    db: &Db,
    platform: Platform,
    seeds: Range<u64>,
    at_once: usize,
    weather: Weather,
    show: fn(&Tally),
) -> Result<Tally> {
    let folder = Arc::new(tempfile::tempdir()?);
    let (tally, seeds) = (Arc::new(Mutex::new(Tally::default())), Arc::new(Mutex::new(seeds)));
    let mut slots = Vec::new();
    for number in 0..at_once {
        let slot = Slot::open(db, platform, number).await?;
        let (folder, tally, seeds) = (folder.clone(), tally.clone(), seeds.clone());
        slots.push(tokio::spawn(async move {
            let folder = folder.path().join(number.to_string());
            std::fs::create_dir(&folder)?;
            while let Some(seed) = take(&seeds) {
                let outcome = slot.run(&folder, seed, weather).await;
                let mut tally = locked(&tally);
                tally.add(seed, outcome);
                show(&tally);
            }
            anyhow::Ok(())
        }));
    }
    for slot in slots {
        slot.await??;
    }
    Ok(std::mem::take(&mut *locked(&tally)))
}

fn take(seeds: &Mutex<Range<u64>>) -> Option<u64> {
    locked(seeds).next()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
