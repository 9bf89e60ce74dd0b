//! Loading numbers from files.

use crate::{
    api::{
        Shared,
        body::{Csv, Query},
        caller::Caller,
        problem::{FieldError, Problem},
        text::Text,
        words::CurrencyCode,
    },
    import::{self, Options, Reject},
    importing::{self, Target},
};
use axum::{Json, extract::State};
use placard_store::tenant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(load))
}

/// The first hundred of `rejects`, by their lines.
pub(super) fn refused(rejects: &[Reject]) -> Vec<FieldError> {
    let error = |one: &Reject| FieldError {
        path: format!("line {}", one.line),
        message: one.reason.clone(),
        help: None,
    };
    rejects.iter().take(100).map(error).collect()
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// A connected account's id, or a name for numbers from elsewhere.
    #[param(inline)]
    account: Text<1, 64>,
    /// The file's name, for the record.
    #[param(inline)]
    file_name: Option<Text<1, 120>>,
    /// The currency of all amounts, if the file does not say.
    #[param(inline)]
    currency: Option<CurrencyCode>,
}

/// What was loaded.
#[derive(Serialize, ToSchema)]
struct Loaded {
    /// Rows of the file.
    rows: usize,
    /// Rows stored that were not there.
    inserted: u64,
    /// Rows stored that were there with other numbers.
    changed: u64,
    /// Rows that were there as they are.
    unchanged: u64,
    /// Whether a file with the same content was loaded before; then nothing was done.
    known_file: bool,
}

/// Loads an export of daily numbers (CSV). A broken row refuses the whole file, and each is named with its line.
#[utoipa::path(post, path = "/imports", tag = "metrics", params(Wish),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Loaded)))]
async fn load(
    State(api): State<Shared>,
    caller: Caller,
    Query(wish): Query<Wish>,
    file: Csv,
) -> Result<Json<Loaded>, Problem> {
    let options = Options { currency: wish.currency.map(|code| code.0), ..Options::default() };
    let read = file.read(move |bytes| import::read(bytes, &options)).await?;
    if !read.rejects.is_empty() {
        return Err(Problem::fields(refused(&read.rejects)));
    }
    let mut tx = caller.begin(&api).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    let file_name = wish.file_name.map_or_else(|| "upload.csv".to_owned(), Text::into_inner);
    let target = Target { account: wish.account.into_inner(), file_name };
    let actor = caller.actor();
    let db = api.session.db();
    let done = importing::load(db, &tenant, &actor, &target, &file.0, &read, (api.now)()).await?;
    Ok(Json(Loaded {
        rows: read.rows.len(),
        inserted: done.ingested.inserted,
        changed: done.ingested.changed,
        unchanged: done.ingested.unchanged,
        known_file: done.known_file,
    }))
}
