//! Lists, side by side and page by page (Meta, `platforms/meta.md` §17, §18).

use super::{
    Meta,
    batch::Item,
    encode::Params,
    errors::cursor_expired,
    graph::{Call, decode},
    wire::Listing,
};
use crate::{Access, PlatformError};
use secrecy::SecretString;
use serde_json::Value;

/// Rows on one page (§17, limit).
const PAGE: i64 = 100;

/// How often a list is read from its beginning when its cursor goes stale.
const RESTARTS: u32 = 2;

/// A list to read.
pub(super) struct List<'a> {
    /// A verb phrase for messages.
    pub(super) operation: &'static str,
    /// The edge.
    pub(super) path: String,
    /// What to ask for, without page and size.
    pub(super) params: Params,
    pub(super) token: &'a SecretString,
}

/// A list as far as it has been read.
struct Reading<'a> {
    list: List<'a>,
    after: Option<String>,
    restarts: u32,
    done: bool,
    rows: Vec<Value>,
}

impl Meta {
    /// The rows of each of `lists`, in order.
    pub(super) async fn lists(
        &self,
        access: &Access,
        lists: Vec<List<'_>>,
    ) -> Result<Vec<Vec<Value>>, PlatformError> {
        let begin = |list| Reading { list, after: None, restarts: 0, done: false, rows: Vec::new() };
        let mut readings: Vec<Reading<'_>> = lists.into_iter().map(begin).collect();
        while readings.iter().any(|reading| !reading.done) {
            let items = readings.iter().filter(|reading| !reading.done).map(Reading::page).collect();
            let answers = self.graph.batch_read(access, items).await?;
            for (reading, answer) in readings.iter_mut().filter(|reading| !reading.done).zip(answers) {
                reading.take(answer)?;
            }
        }
        Ok(readings.into_iter().map(|reading| reading.rows).collect())
    }
}

impl<'a> Reading<'a> {
    fn page(&self) -> Item<'a> {
        let mut params = self.list.params.clone();
        params.insert("limit".to_owned(), PAGE.into());
        if let Some(after) = &self.after {
            params.insert("after".to_owned(), after.clone().into());
        }
        Item { call: Call::get(self.list.operation, self.list.path.as_str(), params), token: self.list.token }
    }

    fn take(&mut self, answer: Result<Value, PlatformError>) -> Result<(), PlatformError> {
        let listing: Listing<Value> = match answer {
            Ok(value) => decode(self.list.operation, value)?,
            Err(error) if cursor_expired(&error) && self.restarts < RESTARTS => {
                self.restarts += 1;
                self.after = None;
                self.rows.clear();
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.after = listing.next_cursor();
        self.done = self.after.is_none();
        self.rows.extend(listing.data);
        Ok(())
    }
}
