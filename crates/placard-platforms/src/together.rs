//! Calls of one slice, several of them under way at once.

use crate::Outcome;
use futures::future::join_all;
use std::collections::BTreeMap;

/// What became of one call: the outcome of each of its requests, with the place that it has in the slice.
pub(crate) type Sent = Vec<(usize, Outcome)>;

/// Makes `calls`, `at_once` of them at a time, and gives the outcomes of all their requests in the order of their places.
pub(crate) async fn together<F: Future<Output = Sent>>(
    calls: impl IntoIterator<Item = F>,
    at_once: usize,
) -> Vec<Outcome> {
    let mut calls: Vec<F> = calls.into_iter().collect();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    while !calls.is_empty() {
        let some: Vec<F> = calls.drain(..at_once.clamp(1, calls.len())).collect();
        outcomes.extend(join_all(some).await.into_iter().flatten());
    }
    outcomes.into_values().collect()
}
