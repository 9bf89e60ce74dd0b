//! Numbers (Meta, `platforms/meta.md` §19).
//!
//! A question is asked directly. If Meta finds it too large, the page is made smaller; if that does not help, Meta is
//! asked to prepare a report; if that fails or takes too long, the days are halved and each half begins anew.

mod question;
mod report;
mod results;
mod rows;

use super::{
    Meta,
    encode::Params,
    errors::{cursor_expired, ours, wants_less_data},
    graph::Call,
    wire::Listing,
};
use crate::{
    Access, ErrorKind, PlatformError,
    insights::{Grain, InsightsQuery, InsightsRow},
};
use chrono::NaiveDate;
use question::Question;
use report::Report;
use rows::Row;
use serde_json::Value;

const OPERATION: &str = "read insights";

/// Rows on the first page that is tried, and on the smallest.
const LARGEST_PAGE: i64 = 500;
const SMALLEST_PAGE: i64 = 25;

/// How often a list is read from its beginning when its cursor goes stale.
const RESTARTS: u32 = 2;

impl Meta {
    /// All rows that answer `query`.
    pub(super) async fn insights_rows(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        if query.grain == Grain::Hourly && query.breakdown.is_some() {
            let message = "Meta cannot split hours into segments as well";
            return Err(ours(OPERATION, ErrorKind::Refused, message));
        }
        let mut rows = Vec::new();
        let mut windows = vec![(query.since, query.until)];
        while let Some((since, until)) = windows.pop() {
            let question = Question { query, account: &access.account.id, since, until };
            match self.window(access, &question).await? {
                Some(found) => rows.extend(found),
                None => windows.extend(halves(since, until)?.into_iter().rev()),
            }
        }
        rows.into_iter().map(|row: Row| row.read(query, access)).collect()
    }

    /// The rows of one window; `None` if it must be made smaller.
    async fn window(
        &self,
        access: &Access,
        question: &Question<'_>,
    ) -> Result<Option<Vec<Row>>, PlatformError> {
        match self.ask(access, question).await {
            Err(error) if wants_less_data(&error) => {}
            answer => return answer.map(Some),
        }
        tracing::debug!(since = %question.since, until = %question.until, "the question is too large, asking for a report");
        match self.report(access, question).await? {
            Report::Ready(run) => self
                .all_pages(access, &format!("{run}/insights"), Params::new(), LARGEST_PAGE)
                .await
                .map(Some),
            Report::TooLarge => Ok(None),
        }
    }

    /// Asks directly, with smaller pages while Meta wants less at a time.
    async fn ask(&self, access: &Access, question: &Question<'_>) -> Result<Vec<Row>, PlatformError> {
        let mut limit = LARGEST_PAGE;
        loop {
            match self.all_pages(access, &question.path(), question.params(), limit).await {
                // Only code 1 speaks of the page; the others speak of the question (§17, §19).
                Err(error)
                    if wants_less_data(&error) && error.number() == Some(1) && limit / 2 >= SMALLEST_PAGE =>
                {
                    limit /= 2
                }
                answer => return answer,
            }
        }
    }

    /// All pages behind `path`.
    async fn all_pages(
        &self,
        access: &Access,
        path: &str,
        params: Params,
        limit: i64,
    ) -> Result<Vec<Row>, PlatformError> {
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        let mut restarts = 0;
        loop {
            let mut asked = params.clone();
            asked.insert("limit".to_owned(), limit.into());
            asked.extend(after.take().map(|after| ("after".to_owned(), Value::from(after))));
            match self.page(access, &Call::get(OPERATION, path, asked)).await {
                Ok(listing) => {
                    after = listing.next_cursor();
                    rows.extend(listing.data);
                }
                Err(error) if cursor_expired(&error) && restarts < RESTARTS => {
                    restarts += 1;
                    rows.clear();
                    continue;
                }
                Err(error) => return Err(error),
            }
            if after.is_none() {
                return Ok(rows);
            }
        }
    }

    /// One page. What is too large stays too large, so only other failures are repeated.
    async fn page(&self, access: &Access, call: &Call) -> Result<Listing<Row>, PlatformError> {
        let mut patience = self.graph.http.patience();
        loop {
            match self.graph.once(access, &access.token, call).await {
                Ok(value) => return super::graph::decode(OPERATION, value),
                Err(error) if wants_less_data(&error) => return Err(error),
                Err(error) => patience.after(error).await?,
            }
        }
    }
}

/// Both halves of a window; a single day cannot be halved.
fn halves(since: NaiveDate, until: NaiveDate) -> Result<[(NaiveDate, NaiveDate); 2], PlatformError> {
    let days = (until - since).num_days();
    if days < 1 {
        let message = format!("Meta could not prepare the report of {since}, a single day");
        return Err(ours(OPERATION, ErrorKind::ServerFault, message));
    }
    let middle = since + chrono::TimeDelta::days((days - 1) / 2);
    Ok([(since, middle), (middle + chrono::TimeDelta::days(1), until)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn halves_cover_every_day_once(days in 1_i64..400) {
            let since = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let until = since + chrono::TimeDelta::days(days);
            let [first, second] = halves(since, until).unwrap();
            prop_assert_eq!((first.0, second.1), (since, until));
            prop_assert_eq!(first.1.succ_opt().unwrap(), second.0);
            prop_assert!(first.0 <= first.1 && second.0 <= second.1);
        }
    }

    #[test]
    fn a_single_day_is_not_halved() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        assert_eq!(halves(day, day).unwrap_err().kind, ErrorKind::ServerFault);
    }
}
