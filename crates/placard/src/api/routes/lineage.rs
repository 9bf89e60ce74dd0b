//! From a prompt to what was sold.

use crate::{
    api::{
        Shared,
        body::Query,
        caller::Caller,
        paging::{self, Page},
        problem::Problem,
        text::Text,
        view::LineageView,
        words::{Cursor, Key},
    },
    lineage::{Archive, Lineage, LineageError, Root},
};
use axum::{Json, extract::State};
use placard_domain::AssetId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(trace))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only ads of this campaign.
    #[param(inline)]
    campaign: Option<Key>,
    /// Only ads with the words of this copy.
    copy: Option<Uuid>,
    /// Only ads whose words came of this call, by its `request_id`.
    #[param(inline)]
    prompt: Option<Text<1, 200>>,
    /// Only ads that show this asset.
    asset: Option<Uuid>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl Of {
    fn root(&self) -> Result<Root, Problem> {
        let mut roots = Vec::new();
        roots.extend(self.campaign.as_ref().map(|key| Root::Campaign(key.to_string())));
        roots.extend(self.copy.map(Root::Copy));
        roots.extend(self.prompt.as_ref().map(|prompt| Root::Prompt(prompt.as_str().to_owned())));
        roots.extend(self.asset.map(|id| Root::Asset(AssetId(id))));
        match roots.len() {
            0 => Ok(Root::All),
            1 => Ok(roots.remove(0)),
            _ => Err(Problem::unfit("", "name one of campaign, copy, prompt and asset")),
        }
    }
}

/// Each ad on each platform with what it is made of and what came of it: prompt, copy, assets, spend, leads, revenue. A
/// page may hold fewer ads than asked for and not be the last.
#[utoipa::path(get, path = "/lineage", tag = "metrics", params(Of),
    responses((status = 200, body = Page<LineageView>),
        (status = 404, description = "There is no such campaign, copy, prompt or asset", body = Problem,
            content_type = "application/problem+json")))]
async fn trace(
    State(api): State<Shared>,
    caller: Caller,
    Query(of): Query<Of>,
) -> Result<Json<Page<LineageView>>, Problem> {
    let (root, limit) = (of.root()?, paging::limit(of.limit)?);
    let after: Option<String> = paging::after(of.cursor.as_ref())?;
    let archive = Archive {
        documents: api.session.documents().await?,
        tenant: caller.tenant()?,
        today: (api.now)().date_naive(),
    };
    let mut tx = caller.begin(&api).await?;
    let Lineage { chains, next } = archive.trace(&mut tx, &root, after.as_deref(), limit).await?;
    tx.commit().await?;
    let items = chains.into_iter().map(LineageView::from).collect();
    Ok(Json(Page { items, next: next.as_ref().map(paging::cursor) }))
}

impl From<LineageError> for Problem {
    fn from(error: LineageError) -> Self {
        match error {
            LineageError::Unknown(what) => Self::not_found(what),
            LineageError::Documents(error) => error.into(),
            LineageError::Store(error) => error.into(),
        }
    }
}
