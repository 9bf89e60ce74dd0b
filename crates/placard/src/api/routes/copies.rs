//! The copy writer: briefs, copies, what models were asked.

use super::{
    campaigns::{find as find_campaign, store_spec, stored_spec},
    publishing::files_of,
};
use crate::{
    api::{
        Shared,
        body::{At, Body, Query},
        caller::{Caller, Who},
        paging::{self, Page},
        problem::{Code, Problem},
        text::Text,
        view::{GeneratedCopyView, PromptView, WrittenView},
        words::{Cursor, Key, PlatformName, ToneName},
    },
    copy::{self, Patience, WriteError, Writing},
};
use axum::{Json, extract::State, http::StatusCode};
use placard_domain::{
    Platform,
    copy::{Brief, MOST_VARIANTS, Tone},
    document::{GeneratedCopy, PromptRecord},
    spec,
};
use placard_store::{
    campaign::Campaign,
    documents::{self, Filter, Sort, Stored},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, write))
        .routes(routes!(show))
        .routes(routes!(use_copy))
        .routes(routes!(prompts))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those for this context.
    #[param(inline)]
    context: Option<Text<1, 200>>,
    /// Only those with this tag.
    #[param(inline)]
    tag: Option<Text<1, 100>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Copies, the newest first.
#[utoipa::path(get, path = "/copies", tag = "copy", params(Wanted), responses((status = 200, body = Page<GeneratedCopyView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<GeneratedCopyView>>, Problem> {
    let mut all = Vec::new();
    all.extend(wanted.context.map(|context| Filter::eq("context", context.as_str())));
    all.extend(wanted.tag.map(|tag| Filter::eq("tags", tag.as_str())));
    let query = page(Filter::And(all), wanted.limit, wanted.cursor)?;
    let documents = api.session.documents().await?;
    let documents::Page { items, next } = documents.find::<GeneratedCopy>(caller.tenant()?, &query).await?;
    let items = items.into_iter().map(|stored| GeneratedCopyView::of(stored, Vec::new())).collect();
    Ok(Json(Page { items, next }))
}

/// A question for a page of documents, the newest first.
fn page(filter: Filter, limit: Option<u32>, cursor: Option<Cursor>) -> Result<documents::Query, Problem> {
    let limit = u16::try_from(paging::limit(limit)?).unwrap_or(u16::MAX);
    Ok(documents::Query {
        filter,
        sort: Sort::NEWEST,
        limit,
        cursor: cursor.map(|cursor| cursor.as_str().to_owned()),
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBrief {
    /// What is advertised.
    product: Text<1, 500>,
    /// Who should see it.
    audience: Text<1, 500>,
    /// What they gain.
    benefit: Option<Text<1, 500>>,
    /// What is offered: a price, a date, a gift.
    offer: Option<Text<1, 500>>,
    /// How it sounds; plain if left out.
    #[schema(value_type = Option<ToneName>)]
    tone: Option<Tone>,
    /// Where it is shown.
    #[schema(value_type = Vec<PlatformName>, min_items = 1, max_items = 4)]
    platforms: Vec<Platform>,
    /// How many variants; 5 if left out.
    #[schema(minimum = 1, maximum = 20)]
    count: Option<u32>,
    /// What the copies are for; the product if left out.
    context: Option<Text<1, 200>>,
    /// What they are found by.
    #[serde(default)]
    #[schema(max_items = 20)]
    tags: Vec<Text<1, 100>>,
}

impl NewBrief {
    fn checked(self) -> Result<(Brief, String, Vec<String>), Problem> {
        let text = |text: Option<Text<1, 500>>| text.map(Text::into_inner);
        let context = match self.context {
            Some(context) => context.into_inner(),
            None => self.product.as_str().trim().chars().take(200).collect(),
        };
        let mut tags: Vec<String> = self.tags.into_iter().map(Text::into_inner).collect();
        tags.sort();
        tags.dedup();
        if tags.len() > 20 {
            return Err(Problem::field("tags", "are more than 20"));
        }
        if self.platforms.len() > 4 {
            return Err(Problem::field("platforms", "are more than 4"));
        }
        let brief = Brief {
            product: self.product.into_inner(),
            audience: self.audience.into_inner(),
            benefit: text(self.benefit),
            offer: text(self.offer),
            tone: self.tone.unwrap_or(Tone::Plain),
            platforms: self.platforms,
            count: self.count.map_or(5, |count| usize::try_from(count).unwrap_or(MOST_VARIANTS + 1)),
        };
        let brief = brief.checked().map_err(|error| Problem::unfit(error.field(), error.to_string()))?;
        Ok((brief, context, tags))
    }
}

/// Has copies written for a brief: by the tenant's model, or by templates where there is none. Variants that break a
/// platform's limit or a policy are shown and not kept. A model's call is in the history of prompts however it ends.
#[utoipa::path(post, path = "/copies", tag = "copy", request_body = NewBrief,
    responses((status = 201, body = WrittenView), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn write(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewBrief>,
) -> Result<(StatusCode, Json<WrittenView>), Problem> {
    let (brief, context, tags) = new.checked()?;
    let mut tx = caller.begin(&api).await?;
    let provider = copy::provider_of(&mut tx, api.session.vault()).await?;
    tx.commit().await?;
    let writing = Writing {
        db: api.session.db(),
        documents: api.session.documents().await?,
        tenant: caller.tenant()?,
        user: match &caller.who {
            Who::Person { user, .. } | Who::Program { user, .. } => Some(*user),
        },
        provider: &*provider,
        patience: Patience { attempts: 1, ..Patience::default() },
        now: api.now,
    };
    let written = writing.write(&brief, &context, &tags).await?;
    Ok((StatusCode::CREATED, Json(written.into())))
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::OverBudget(_) => Self::new(Code::Limited, error.to_string())
                .help("raise the budget, or wait for the next month"),
            WriteError::Provider { .. } | WriteError::Refused { .. } | WriteError::Answer { .. } => {
                Self::new(Code::Model, error.to_string())
            }
            WriteError::Documents(error) => error.into(),
            WriteError::Store(error) => error.into(),
        }
    }
}

/// A copy with what uses it.
#[utoipa::path(get, path = "/copies/{id}", tag = "copy", params(("id" = Uuid, Path)),
    responses((status = 200, body = GeneratedCopyView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<GeneratedCopyView>, Problem> {
    Ok(Json(GeneratedCopyView::of(find(&api, &caller, id).await?, Vec::new())))
}

async fn find(api: &Shared, caller: &Caller, id: Uuid) -> Result<Stored<GeneratedCopy>, Problem> {
    let found = api.session.documents().await?.get::<GeneratedCopy>(caller.tenant()?, id).await?;
    found.ok_or_else(|| Problem::not_found("copy"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUse {
    /// The campaign whose spec takes the copy.
    campaign: Key,
}

/// Puts a copy into a campaign's spec, as its `copy`. The spec is checked like any other and becomes a new revision;
/// publishing is another step.
#[utoipa::path(post, path = "/copies/{id}/uses", tag = "copy", params(("id" = Uuid, Path)), request_body = NewUse,
    responses((status = 200, body = GeneratedCopyView)))]
async fn use_copy(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(new): Body<NewUse>,
) -> Result<Json<GeneratedCopyView>, Problem> {
    let stored = find(&api, &caller, id).await?;
    let key = new.campaign;
    let mut tx = caller.begin(&api).await?;
    let campaign = find_campaign(&mut tx, &key).await?;
    let mut json = stored_spec(&mut tx, &campaign).await?;
    tx.commit().await?;
    if json.is_null() {
        return Err(Problem::unfit("campaign", "has no spec yet"));
    }
    let document = spec::read(&json.to_string()).map_err(|findings| Problem::findings(&findings))?;
    let fitted = copy::words_for(&stored.document, document.draft(), &key)
        .map_err(|error| Problem::unfit("", error.to_string()))?;
    json["copy"] = serde_json::to_value(&fitted.copy).map_err(|error| Problem::defect(&error))?;
    let files = files_of(&api, &caller, &key)?;
    let unchanged = |stands: Option<&Campaign>| match stands {
        Some(stands) if stands.revision == campaign.revision => Ok(()),
        _ => Err(Problem::new(Code::Conflict, "the spec changed meanwhile; try again")),
    };
    store_spec(&api, &caller, &key, &json.to_string(), &files, unchanged).await?;
    let documents = api.session.documents().await?;
    let noted = copy::note_use(documents, caller.tenant()?, id, &fitted.uses).await?;
    Ok(Json(GeneratedCopyView::of(noted, fitted.warnings)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// What models were asked, what they answered and cost, the newest first.
#[utoipa::path(get, path = "/prompts", tag = "copy", params(Asked), responses((status = 200, body = Page<PromptView>)))]
async fn prompts(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<PromptView>>, Problem> {
    let query = page(Filter::ALL, asked.limit, asked.cursor)?;
    let documents = api.session.documents().await?;
    let documents::Page { items, next } = documents.find::<PromptRecord>(caller.tenant()?, &query).await?;
    let items = items.into_iter().map(|stored| stored.document.into()).collect();
    Ok(Json(Page { items, next }))
}
