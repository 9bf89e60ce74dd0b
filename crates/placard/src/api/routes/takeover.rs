//! Campaigns that live in an ad account, taken over.

use crate::{
    api::{Shared, body::Body, caller::Caller, problem::Problem, text::Text, words},
    publishing::{Policy, Publisher, Silent, Stop, TakenOver, Unfit},
};
use axum::{Json, extract::State};
use placard_domain::{Platform, RemoteId};
use placard_store::tenant;
use serde::{Deserialize, Serialize};
use std::io;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(take_over))
}

/// Campaigns of one request.
const MOST: usize = 10;

/// What to take over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The platform.
    #[schema(schema_with = words::platform)]
    platform: Platform,
    /// The ad account's id there. The connected one if there is only one.
    #[schema(inline)]
    account: Option<Text<1, 64>>,
    /// Only these campaigns, by the platform's ids.
    #[serde(default)]
    #[schema(inline, max_items = 10)]
    campaigns: Vec<Text<1, 64>>,
    /// Say what would be taken over, and take nothing over.
    #[serde(default)]
    dry_run: bool,
}

/// What became of the account's campaigns.
#[derive(Serialize, ToSchema)]
struct TakeoverView {
    /// Those that are here now, each with its spec, with what stays as it was set on the platform, and with what no spec
    /// can say.
    #[schema(value_type = Vec<Object>)]
    imported: Vec<TakenOver>,
    /// Those that cannot be taken over, with the reason.
    #[schema(value_type = Vec<Object>)]
    unfit: Vec<Unfit>,
    /// The keys of those that were here already.
    known: Vec<String>,
    /// How many are archived or removed.
    ended: usize,
    /// The platform's ids of those that were not read yet: ask again with ten of them.
    waiting: Vec<String>,
}

/// Turns campaigns that live in an ad account into specs and looks after them from then on. Nothing is sent to the
/// platform. One request takes ten; `waiting` names those that are left.
#[utoipa::path(post, path = "/accounts/import", tag = "campaigns", request_body = Wanted,
    responses((status = 200, body = TakeoverView), (status = 502, body = Problem, content_type = "application/problem+json")))]
async fn take_over(
    State(api): State<Shared>,
    caller: Caller,
    Body(wanted): Body<Wanted>,
) -> Result<Json<TakeoverView>, Problem> {
    if wanted.campaigns.len() > MOST {
        return Err(Problem::unfit("campaigns", format!("are more than {MOST}")));
    }
    let mut tx = caller.begin(&api).await?;
    let tenant = tenant::get(&mut tx).await?;
    tx.commit().await?;
    let account = wanted.account.map(Text::into_inner);
    let connection = api.session.connection(&tenant, wanted.platform, account.as_deref(), None).await?;
    let reach = api.session.reach(&tenant, &connection).await?;
    let no_files = |_: &str| Err(io::Error::other("nothing is uploaded here"));
    let publisher = Publisher {
        db: api.session.db(),
        tenant: tenant.id,
        actor: caller.actor(),
        platform: &*reach.platform,
        access: reach.access.clone(),
        policy: Policy::towards(reach.local),
        progress: &Silent,
        stop: Stop::default(),
        now: api.now,
        read_file: &no_files,
        library: None,
        rescue: None,
    };
    let only: Vec<RemoteId> = wanted.campaigns.into_iter().map(|id| RemoteId(id.into_inner())).collect();
    let strangers = publisher.strangers(&only).await?;
    if let Some(id) = strangers.missing.first() {
        return Err(Problem::unfit("campaigns", format!("the account has no campaign {id}")));
    }
    let view = reach.view();
    let (now, later) = strangers.fresh.split_at(strangers.fresh.len().min(MOST));
    let mut outcome = TakeoverView {
        imported: Vec::new(),
        unfit: Vec::new(),
        known: strangers.known.iter().map(|(_, key)| key.clone()).collect(),
        ended: strangers.ended,
        waiting: later.iter().map(|one| one.remote_id.0.clone()).collect(),
    };
    for read in publisher.read_strangers(&view, now).await? {
        match publisher.draw_up(&view, read).await? {
            Err(unfit) => outcome.unfit.push(unfit),
            Ok(drawn) => {
                if wanted.dry_run || publisher.take_over(&drawn).await? {
                    outcome.imported.push(drawn.told);
                }
            }
        }
    }
    Ok(Json(outcome))
}
