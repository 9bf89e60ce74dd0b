//! Campaigns: their specs with revisions and files, and whether they can be published.

use super::publishing::{Desk, files_of, is_plain, look_up};
use crate::api::{
    Api, Shared,
    body::{At, Query, Raw},
    caller::Caller,
    paging::{self, Page},
    problem::{Code, Problem},
    text::Text,
    view::{CampaignView, FileView, tag_of},
    words::{self, Cursor, Key},
};
use crate::assets::Assets;
use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use placard_domain::{
    Platform,
    objective::Objective,
    spec::{self, Diagnostics},
    status::CampaignStatus,
};
use placard_store::{
    TenantTx,
    campaign::{self, Campaign, WithSpec},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::io::ErrorKind;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put))
        .merge(
            OpenApiRouter::new().routes(routes!(files, put_file)).layer(DefaultBodyLimit::max(LARGEST_FILE)),
        )
        .routes(routes!(readiness))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this status. Archived campaigns show only when asked for.
    #[param(schema_with = words::status)]
    status: Option<CampaignStatus>,
    /// Only with this objective.
    #[param(schema_with = words::objective)]
    objective: Option<Objective>,
    /// Only those with objects in this ad account, by its id on the platform.
    #[param(inline)]
    account: Option<Text<1, 64>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Campaigns, by key.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", params(Filter),
    responses((status = 200, body = Page<CampaignView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<CampaignView>>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let wanted = campaign::Filter {
        status: filter.status,
        objective: filter.objective,
        account: filter.account.map(Text::into_inner),
        after: paging::after(filter.cursor.as_ref())?,
    };
    let mut tx = caller.begin(&api).await?;
    let found = campaign::list(&mut tx, &wanted, limit as i64 + 1).await?;
    tx.commit().await?;
    Ok(Json(Page::of(found, limit, |one| one.key.clone(), CampaignView::from)))
}

/// A campaign with its spec.
#[derive(Serialize, ToSchema)]
struct CampaignWithSpec {
    #[serde(flatten)]
    campaign: CampaignView,
    /// The spec as it stands.
    #[schema(value_type = Object, nullable)]
    spec: Option<Box<RawValue>>,
}

/// A campaign with its spec. The `ETag` changes with the spec.
#[utoipa::path(get, path = "/campaigns/{key}", tag = "campaigns", params(("key" = inline(Key), Path)),
    responses((status = 200, body = CampaignWithSpec, headers(("etag" = String)))))]
async fn get(State(api): State<Shared>, caller: Caller, At(key): At<Key>) -> Result<Response, Problem> {
    let found = campaign::read(api.session.db(), caller.tenant()?, &key).await?;
    let WithSpec { campaign, spec } = found.ok_or_else(|| Problem::not_found("campaign"))?;
    let tag = tag_of(&campaign);
    let body = CampaignWithSpec { campaign: campaign.into(), spec };
    Ok(([(header::ETAG, tag)], Json(body)).into_response())
}

/// What came of a spec.
#[derive(Serialize, ToSchema)]
struct Stored {
    /// The campaign.
    #[serde(flatten)]
    campaign: CampaignView,
    /// What a person should know.
    #[schema(value_type = Vec<Object>)]
    warnings: Diagnostics,
}

/// Stores a spec, JSON or YAML, under the key that it gives itself. The same spec again is no new revision.
///
/// Files that it names are put with `PUT /campaigns/{key}/files?path=…` first. With `If-Match` it is stored only if the
/// spec is still the one that was read.
#[utoipa::path(put, path = "/campaigns/{key}", tag = "campaigns", params(("key" = inline(Key), Path)),
    request_body(content((Object = "application/json"), (Object = "application/yaml"))),
    responses((status = 200, body = Stored, headers(("etag" = String))),
        (status = 201, body = Stored, headers(("etag" = String)))))]
async fn put(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let text = spec_text(&headers, &body)?;
    let files = files_of(&api, &caller, &key)?;
    let expect = |stands: Option<&Campaign>| precondition(&headers, stands);
    let (is_new, after, warnings) = store_spec(&api, &caller, &key, text, &files, expect).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let tag = tag_of(&after);
    Ok((status, [(header::ETAG, tag)], Json(Stored { campaign: after.into(), warnings })).into_response())
}

/// Checks a spec and stores it under `key`, which must be its own, if `expect` agrees with what stands there. Says
/// whether the campaign is new.
pub(super) async fn store_spec(
    api: &Api,
    caller: &Caller,
    key: &Key,
    text: &str,
    files: &Assets,
    expect: impl FnOnce(Option<&Campaign>) -> Result<(), Problem>,
) -> Result<(bool, Campaign, Diagnostics), Problem> {
    let document = spec::read(text).map_err(|findings| Problem::findings(&findings))?;
    let mut seen = look_up(api, caller.tenant()?, &document).await?;
    seen.media.images.extend(files.look_at(&document));
    let today = (api.now)().date_naive();
    let (wanted, mut warnings) =
        spec::check(&document, &seen.media, today).map_err(|findings| Problem::findings(&findings))?;
    warnings.0.append(&mut seen.warnings.0);
    document.locate(&mut warnings);
    if *wanted.key != **key {
        return Err(Problem::unfit(
            "name",
            format!("the spec's key is `{}`, the path's is `{}`", wanted.key, &**key),
        )
        .help("set `key` in the spec, or put it to its own path"));
    }
    let mut tx = caller.begin(api).await?;
    let before = campaign::find(&mut tx, key).await?;
    expect(before.as_ref())?;
    campaign::upsert(&mut tx, &caller.actor(), &wanted).await?;
    let after = find(&mut tx, key).await?;
    tx.commit().await?;
    Ok((before.is_none(), after, warnings))
}

fn spec_text<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<&'b str, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "application/json" | "application/yaml" | "application/x-yaml" | "text/yaml") {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "send the spec as application/json or application/yaml",
        ));
    }
    if kind == "application/json" {
        crate::api::body::parse::<Value>(body)?;
    }
    std::str::from_utf8(body).map_err(|_| Problem::field("", "the body is not UTF-8"))
}

/// Refuses if the caller saw another version than the one that stands.
fn precondition(headers: &HeaderMap, stands: Option<&Campaign>) -> Result<(), Problem> {
    let Some(wanted) = headers.get(header::IF_MATCH) else { return Ok(()) };
    let wanted = wanted.to_str().unwrap_or_default();
    let fits = match stands {
        Some(campaign) => wanted == "*" || wanted.split(',').any(|tag| tag.trim() == tag_of(campaign)),
        None => false,
    };
    if fits {
        return Ok(());
    }
    Err(Problem::new(Code::PreconditionFailed, "the spec changed since it was read")
        .help("read it again, merge, and send the new etag in if-match"))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Place {
    /// The file's path as the spec names it: `images/forest.png`.
    #[param(
        min_length = 1,
        max_length = 250,
        pattern = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}){0,3}$"
    )]
    path: String,
}

/// The largest picture: what the platform that takes the largest takes (Meta, `platforms/meta.md` §6, limits).
const LARGEST_FILE: usize = 30 * 1024 * 1024;

/// The pictures that were put, with the hash of each, so that none has to be put twice.
#[utoipa::path(get, path = "/campaigns/{key}/files", tag = "campaigns", params(("key" = inline(Key), Path)),
    responses((status = 200, body = Page<FileView>)))]
async fn files(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
) -> Result<Json<Page<FileView>>, Problem> {
    let files = files_of(&api, &caller, &key)?;
    // Reading them computes for a while, so it runs beside the async threads.
    let found = tokio::task::spawn_blocking(move || files.list()).await;
    let found = found.map_err(|error| Problem::defect(&error))?.map_err(|error| Problem::defect(&error))?;
    Ok(Json(Page::whole(found, FileView::from)))
}

/// Puts an image (JPEG or PNG, up to 30 MiB) that the spec names.
#[utoipa::path(put, path = "/campaigns/{key}/files", tag = "campaigns",
    params(("key" = inline(Key), Path), Place),
    request_body(content = inline(words::Bytes), content_type = "application/octet-stream"),
    responses((status = 204)))]
async fn put_file(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
    Query(place): Query<Place>,
    Raw(content): Raw,
) -> Result<StatusCode, Problem> {
    if place.path.len() > 250 || place.path.split('/').count() > 4 || !place.path.split('/').all(is_plain) {
        return Err(Problem::field("path", "takes names of letters, digits, dashes, underscores and dots"));
    }
    if !matches!(imagesize::image_type(&content), Ok(imagesize::ImageType::Jpeg | imagesize::ImageType::Png))
    {
        return Err(Problem::unfit("", "is neither a JPEG nor a PNG image"));
    }
    let files = files_of(&api, &caller, &key)?;
    files.write(&place.path, &content).await.map_err(|error| match error.kind() {
        ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            Problem::unfit("path", "a file stands where a folder would, or a folder where the file would")
        }
        _ => Problem::defect(&error),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a campaign can be published, and everything that is missing.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// Whether nothing is missing.
    ready: bool,
    /// Each thing that is missing.
    missing: Vec<Missing>,
}

#[derive(Serialize, ToSchema)]
struct Missing {
    /// The part: a section of the spec, `connection`, `account`, `payment`.
    part: String,
    /// What is missing.
    message: String,
}

impl From<campaign::Missing> for Missing {
    fn from(missing: campaign::Missing) -> Self {
        use campaign::Missing as Lack;
        let (part, message) = match missing {
            Lack::Spec => ("spec".to_owned(), "no whole spec was stored yet".to_owned()),
            Lack::Section(section) => (section.clone(), format!("the section {section} is not valid")),
            Lack::Connection => (
                "connection".into(),
                "no connected ad account has its currency, or the one that it names".into(),
            ),
            Lack::Token { account } => {
                ("connection".into(), format!("the token of {account} has ended; connect again"))
            }
            Lack::Account { account } => ("account".into(), format!("{account} cannot advertise")),
            Lack::Payment { account } => ("payment".into(), format!("{account} has no payment method")),
        };
        Self { part, message }
    }
}

/// "Can it be published?": the spec complete, a token that is good, an account chosen, a payment method connected.
#[utoipa::path(get, path = "/campaigns/{key}/readiness", tag = "campaigns", params(("key" = inline(Key), Path)),
    responses((status = 200, body = Readiness)))]
async fn readiness(
    State(api): State<Shared>,
    caller: Caller,
    At(key): At<Key>,
) -> Result<Json<Readiness>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let missing = campaign::readiness(&mut tx, &key, (api.now)()).await?;
    tx.commit().await?;
    let missing: Vec<Missing> = missing.into_iter().map(Missing::from).collect();
    Ok(Json(Readiness { ready: missing.is_empty(), missing }))
}

/// The spec that stands; nothing before the first whole one.
pub(super) async fn stored_spec(tx: &mut TenantTx, campaign: &Campaign) -> Result<Value, Problem> {
    if campaign.revision == 0 {
        return Ok(Value::Null);
    }
    let spec = campaign::spec(tx, campaign.id, None).await?;
    serde_json::to_value(spec).map_err(|error| Problem::defect(&error))
}

/// The campaign called `key`, or a refusal.
pub(super) async fn find(tx: &mut TenantTx, key: &str) -> Result<Campaign, Problem> {
    campaign::find(tx, key).await?.ok_or_else(|| Problem::not_found("campaign"))
}

impl Api {
    /// What publishing the campaign called `key` needs.
    pub(super) async fn desk(
        self: &Shared,
        caller: &Caller,
        key: &str,
        platform: Option<Platform>,
    ) -> Result<Desk, Problem> {
        let mut tx = caller.begin(self).await?;
        let campaign = find(&mut tx, key).await?;
        tx.commit().await?;
        Desk::open(self, caller, campaign, platform).await
    }
}
