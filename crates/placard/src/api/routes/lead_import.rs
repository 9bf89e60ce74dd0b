//! Taking leads in from lists.

use super::{imports::refused, leads::country};
use crate::{
    api::{
        Shared,
        body::{Csv, Query},
        caller::Caller,
        problem::{FieldError, Problem},
        text::Text,
        words,
    },
    crm::{Intake, take_all},
    import::leads::{self, Options},
};
use axum::{Json, extract::State};
use placard_domain::{Platform, crm::Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(load))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileWish {
    /// Of which country numbers without a country code are: `DE`.
    #[param(inline)]
    country: Option<Text<2, 2>>,
    /// From which platform the leads came, where a row does not say.
    #[param(schema_with = words::platform)]
    platform: Option<Platform>,
    /// From which ad account.
    #[param(inline)]
    account: Option<Text<1, 100>>,
    /// Only read the file and say what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// What was taken in.
#[derive(Serialize, ToSchema)]
struct ListView {
    /// How the file's text was encoded.
    encoding: String,
    /// Rows that could be read.
    rows: usize,
    /// Leads that are new.
    made: usize,
    /// Rows that were added to leads that were known.
    added: usize,
    /// Rows that had come in before.
    known: usize,
    /// How many rows were refused.
    rejected: usize,
    /// The first hundred of them, with line and reason.
    rejects: Vec<FieldError>,
}

/// Takes leads in from a list (CSV). Rows that are wrong are refused one by one.
#[utoipa::path(post, path = "/leads/import", tag = "leads", params(FileWish),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = ListView)))]
async fn load(
    State(api): State<Shared>,
    caller: Caller,
    Query(wish): Query<FileWish>,
    file: Csv,
) -> Result<Json<ListView>, Problem> {
    let options = Options {
        country: country(wish.country.as_ref())?,
        platform: wish.platform,
        account: wish.account.map(Text::into_inner),
    };
    let read = file.read(move |bytes| leads::read(bytes.to_vec(), &options)).await?;
    let intake = Intake {
        db: api.session.db(),
        vault: api.session.vault(),
        tenant: caller.tenant()?,
        actor: &caller.actor(),
        origin: &caller.origin,
    };
    let touches: &[Touch] = if wish.dry_run { &[] } else { &read.touches };
    let done = take_all(&intake, touches, (api.now)(), |_| {}).await?;
    Ok(Json(ListView {
        encoding: read.encoding.to_string(),
        rows: read.touches.len(),
        made: done.made,
        added: done.added,
        known: done.known,
        rejected: read.rejects.len(),
        rejects: refused(&read.rejects),
    }))
}
