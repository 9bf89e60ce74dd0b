//! Files that the server fetches.

use super::{library, upload};
use crate::{
    api::{
        Api, Shared,
        body::{At, parse},
        caller::Caller,
        problem::{Code, Problem},
        view::{AddedView, RefreshedView},
    },
    library::{Errand, FetchAssetError, address, fetcher},
};
use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
};
use placard_assets::content::Refusal;
use placard_domain::AssetId;
use placard_website::fetch::{FetchError, Fetcher, Vouched};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// How long a file may take to come, below what a request may.
const WITHIN: Duration = Duration::from_secs(50);
/// How many files one server fetches at the same time.
const AT_ONCE: usize = 4;
/// The largest wish, in bytes.
const WISH: usize = 64 * 1024;

/// Fetches files, so many at a time.
pub(crate) struct Fetching {
    fetcher: Fetcher,
    places: Semaphore,
}

impl Fetching {
    /// `vouched` are hosts that may be fetched from although they are not public.
    pub(crate) fn new(vouched: Vec<Vouched>) -> anyhow::Result<Self> {
        Ok(Self { fetcher: fetcher(vouched, WITHIN)?, places: Semaphore::new(AT_ONCE) })
    }

    fn place(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.places.try_acquire().map_err(|_| {
            let words = "as many files as this server fetches at a time are under way; try again";
            Problem::new(Code::Unavailable, words).retry_after(10)
        })
    }
}

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(refresh))
}

/// A file that the server is to fetch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRemoteAsset {
    /// Its address, beginning with http:// or https://. Only public ones are fetched from.
    #[schema(min_length = 8, max_length = 2000, pattern = "^https?://[!-~]+$")]
    url: String,
}

/// Fetches what a request names, and adds it.
pub(super) async fn add(api: &Shared, caller: &Caller, request: Request) -> Result<AddedView, Problem> {
    let content = to_bytes(request.into_body(), WISH).await;
    let content = content.map_err(|_| Problem::new(Code::TooLarge, "the body is larger than a wish is"))?;
    let wish: NewRemoteAsset = parse(&content)?;
    let url = address(&wish.url).map_err(problem)?;
    let _place = api.fetching.place()?;
    let actor = caller.actor();
    let errand = errand(api, caller, &actor)?;
    let coming = errand.begin(&url).await.map_err(problem)?;
    let added = library(api).await?.take(&errand, coming).await.map_err(problem)?;
    Ok(added.into())
}

/// Asks the address that an asset was fetched from whether it still gives the same. Something else is an asset as well and
/// takes the name; the one before stays, called by the moment until which it had it.
#[utoipa::path(post, path = "/assets/{id}/refresh", tag = "assets", params(("id" = Uuid, Path)),
    responses((status = 200, body = RefreshedView)))]
async fn refresh(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<RefreshedView>, Problem> {
    let _place = api.fetching.place()?;
    let actor = caller.actor();
    let errand = errand(&api, &caller, &actor)?;
    let refreshed = library(&api).await?.refresh(&errand, AssetId(id)).await.map_err(problem)?;
    Ok(Json(refreshed.into()))
}

fn errand<'a>(
    api: &'a Api,
    caller: &Caller,
    actor: &'a placard_store::audit::Actor,
) -> Result<Errand<'a>, Problem> {
    let (db, tenant) = (api.session.db(), caller.tenant()?);
    Ok(Errand { db, tenant, actor, fetcher: &api.fetching.fetcher, now: api.now })
}

fn problem(error: FetchAssetError) -> Problem {
    let words = error.to_string();
    match error {
        FetchAssetError::NotFound => Problem::not_found("asset"),
        FetchAssetError::NotRefreshable(_) => Problem::new(Code::Conflict, words),
        FetchAssetError::Fetch { kind: FetchError::TooLarge { .. }, .. } => {
            Problem::new(Code::TooLarge, words)
        }
        FetchAssetError::Refused { refusal: Refusal::TooHeavy { .. }, .. } => {
            Problem::new(Code::TooLarge, words)
        }
        FetchAssetError::Refused { refusal: Refusal::Io(error), .. } => Problem::defect(&error),
        FetchAssetError::Address(_)
        | FetchAssetError::Refused { .. }
        | FetchAssetError::Fetch { .. }
        | FetchAssetError::Answered { .. } => Problem::unfit("url", words),
        FetchAssetError::Add(error) => upload::problem(error, "url"),
    }
}
