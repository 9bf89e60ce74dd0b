//! Lists in pages, each with a cursor to the next.

use super::{problem::Problem, words::Cursor};
use placard_store::documents::{self, Filter, Sort};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    pub(crate) cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
}

impl Paging {
    /// How many entries at most.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }

    /// What the cursor points at.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        after(self.cursor.as_ref())
    }

    /// The question for this page of documents, which have cursors of their own.
    pub(crate) fn of_documents(&self, filter: Filter, sort: Sort) -> Result<documents::Query, Problem> {
        let limit = u16::try_from(self.limit()?).unwrap_or(documents::LARGEST_PAGE);
        let cursor = self.cursor.as_ref().map(|cursor| cursor.as_str().to_owned());
        Ok(documents::Query { filter, sort, limit, cursor })
    }
}

/// How much of a list that has no pages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Most {
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl Most {
    /// How many entries at most.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit)
    }
}

/// How many entries at most: 50 unless told otherwise.
pub(crate) fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    match asked.unwrap_or(50) {
        asked @ 1..=200 => Ok(asked as usize),
        _ => Err(Problem::field("limit", "must be from 1 to 200")),
    }
}

/// What a cursor points at.
pub(crate) fn after<K: DeserializeOwned>(cursor: Option<&Cursor>) -> Result<Option<K>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let wrong = || Problem::unfit("cursor", "is not one that this list gave");
    let bytes = hex::decode(cursor.as_str()).map_err(|_| wrong())?;
    serde_json::from_slice(&bytes).map(Some).map_err(|_| wrong())
}

/// A cursor that points at `key`.
pub(crate) fn cursor<K: Serialize>(key: &K) -> String {
    hex::encode(serde_json::to_vec(key).expect("a cursor is made of text and numbers"))
}

impl<T> Page<T> {
    /// A page of up to `limit` of `entries`, which hold one more if there is a next page.
    pub(crate) fn of<R, K: Serialize>(
        mut entries: Vec<R>,
        limit: usize,
        key: impl Fn(&R) -> K,
        show: impl Fn(R) -> T,
    ) -> Self {
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|last| cursor(&key(last)));
        Self { items: entries.into_iter().map(show).collect(), next }
    }

    /// The whole list.
    pub(crate) fn whole<R>(entries: Vec<R>, show: impl Fn(R) -> T) -> Self {
        Self { items: entries.into_iter().map(show).collect(), next: None }
    }
}
