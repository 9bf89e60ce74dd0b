//! Reading rows, page by page or as a stream (Google, `platforms/google.md` §6).

use super::{
    Google,
    api::{Call, Caller, decode},
    errors::page_expired,
    wire::Rows,
};
use crate::{ErrorKind, PlatformError};
use serde_json::{Value, json};

/// How often a list is read from its beginning when its token goes stale.
const RESTARTS: u32 = 2;

impl Google {
    /// All rows that answer `query` about `account`.
    pub(super) async fn search(
        &self,
        caller: Caller<'_>,
        account: &str,
        operation: &str,
        query: &str,
    ) -> Result<Vec<Value>, PlatformError> {
        let path = format!("customers/{account}/googleAds:search");
        let mut rows = Vec::new();
        let mut token: Option<String> = None;
        let mut restarts = 0;
        loop {
            let body = match &token {
                Some(token) => json!({"query": query, "pageToken": token}),
                None => json!({"query": query}),
            };
            match self.api.read::<Rows>(caller, &Call::post(operation, path.as_str(), body)).await {
                Ok(page) => {
                    rows.extend(page.results);
                    token = page.next_page_token.filter(|token| !token.is_empty());
                }
                Err(error) if page_expired(&error) && restarts < RESTARTS => {
                    restarts += 1;
                    token = None;
                    rows.clear();
                    continue;
                }
                Err(error) => return Err(error),
            }
            if token.is_none() {
                return Ok(rows);
            }
        }
    }

    /// The same as one stream. Long streams are cut at times (§12); then the rows are read page by page.
    pub(super) async fn stream(
        &self,
        caller: Caller<'_>,
        account: &str,
        operation: &str,
        query: &str,
    ) -> Result<Vec<Value>, PlatformError> {
        let path = format!("customers/{account}/googleAds:searchStream");
        let call = Call::post(operation, path, json!({"query": query}));
        match self.api.once(caller, &call).await {
            Ok(Value::Array(parts)) => {
                let parts: Vec<Rows> = decode(operation, parts.into())?;
                Ok(parts.into_iter().flat_map(|part| part.results).collect())
            }
            Ok(single) => Ok(decode::<Rows>(operation, single)?.results),
            Err(failed) => match failed.error.kind {
                ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Unreachable => {
                    tracing::debug!(error = %failed.error, "a stream was cut, its rows are read page by page");
                    self.search(caller, account, operation, query).await
                }
                ErrorKind::Throttled { .. } => self.search(caller, account, operation, query).await,
                _ => Err(failed.error),
            },
        }
    }
}
