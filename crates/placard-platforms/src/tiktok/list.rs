//! Lists of TikTok's that come page by page (TikTok, `platforms/tiktok.md` §13).

use super::{
    Tiktok,
    api::Call,
    encode::{Params, params},
    wire::{at, list, missing},
};
use crate::{Access, PlatformError};
use secrecy::SecretString;
use serde_json::Value;

/// Entries on one page; TikTok gives up to 1000.
const PAGE: u32 = 1_000;

/// With whose rights a list is read.
#[derive(Clone, Copy)]
pub(super) enum Reader<'a> {
    /// Those of an account's connection.
    Of(&'a Access),
    /// Those of a token, before an account is chosen.
    With(&'a SecretString),
}

impl Tiktok {
    /// All pages of the list at `path`, whose entries stand in the member `name`.
    pub(super) async fn all_pages(
        &self,
        reader: Reader<'_>,
        operation: &str,
        path: &str,
        asked: &Params,
        name: &str,
    ) -> Result<Vec<Value>, PlatformError> {
        let mut all = Vec::new();
        for page in 1_u64.. {
            let mut asked = asked.clone();
            let size = asked.remove("page_size").unwrap_or_else(|| PAGE.into());
            asked.extend(params([("page", page.into()), ("page_size", size)]));
            let call = Call::get(operation, path, asked);
            let data = match reader {
                Reader::Of(access) => self.api.read(access, &call).await?,
                Reader::With(token) => self.api.read_as(token, &call).await?,
            };
            all.extend(list(operation, &data, name)?.iter().cloned());
            if page >= pages(operation, &data)? {
                break;
            }
        }
        Ok(all)
    }
}

/// How many pages there are.
fn pages(operation: &str, data: &Value) -> Result<u64, PlatformError> {
    const PAGES: &str = "page_info.total_page";
    at(data, PAGES).and_then(Value::as_u64).ok_or_else(|| missing(operation, PAGES))
}
