//! Audits of websites: at once, and how they went before.

use crate::{
    api::{
        Shared,
        body::{At, Body, Query},
        caller::Caller,
        paging::{Page, Paging},
        problem::{Code, Problem},
        words::PlatformName,
    },
    websites::{self, Run},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use placard_domain::{
    Platform,
    document::{Severity, WebsiteAudit, WebsiteAuditRun},
};
use placard_store::documents::{Filter, Sort, Stored};
use placard_website::{
    AGENT, Options, audit,
    fetch::{FetchConfig, Fetcher, Vouched},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// How long an audit may take, well below what a request may.
const WITHIN: Duration = Duration::from_secs(40);
/// How many audits one server does at the same time.
const AT_ONCE: usize = 4;
/// How many runs are shown with a page.
const RUNS: u16 = 50;

/// Does audits, so many at a time.
pub(crate) struct Auditor {
    fetcher: Fetcher,
    places: Semaphore,
}

impl Auditor {
    /// `vouched` are hosts that may be looked at although they are not public.
    pub(crate) fn new(vouched: Vec<Vouched>) -> anyhow::Result<Self> {
        let config = FetchConfig { vouched, ..FetchConfig::new(AGENT) };
        Ok(Self { fetcher: Fetcher::new(config)?, places: Semaphore::new(AT_ONCE) })
    }
}

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, look)).routes(routes!(show)).routes(routes!(show_run))
}

/// A page that was audited, as it stood last.
#[derive(Serialize, ToSchema)]
struct AuditedPageView {
    /// Its id.
    id: Uuid,
    /// The address.
    url: String,
    /// From 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    score: Option<u8>,
    /// When it was audited last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run_at: Option<DateTime<Utc>>,
    /// How many errors were found.
    errors: usize,
    /// How many warnings.
    warnings: usize,
    /// How many notes.
    notes: usize,
    /// Its audits, the last one first; only where one page is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<AuditRunLine>,
}

/// An audit in one line.
#[derive(Serialize, ToSchema)]
struct AuditRunLine {
    /// Its id.
    id: Uuid,
    /// When it began.
    started_at: DateTime<Utc>,
    /// From 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    score: u8,
    /// How many errors were found.
    errors: u32,
    /// How many warnings.
    warnings: u32,
    /// How many notes.
    notes: u32,
}

/// An audit, whole.
#[derive(Serialize, ToSchema)]
struct AuditRunView {
    #[serde(flatten)]
    line: AuditRunLine,
    /// The address.
    url: String,
    /// What was found and measured, as `placard website audit --json` prints it.
    #[schema(value_type = Object)]
    audit: Value,
    /// What is different from the audit before, as `--compare` has it; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    compared: Option<Value>,
}

impl From<Stored<WebsiteAudit>> for AuditedPageView {
    fn from(stored: Stored<WebsiteAudit>) -> Self {
        let one = stored.document;
        let count = |severity| one.issues.iter().filter(|issue| issue.severity == severity).count();
        Self {
            id: stored.id,
            errors: count(Severity::Critical),
            warnings: count(Severity::Warning),
            notes: count(Severity::Notice),
            url: one.url,
            score: one.score,
            last_run_at: one.last_run_at.map(|at| at.get()),
            runs: Vec::new(),
        }
    }
}

impl From<&Stored<WebsiteAuditRun>> for AuditRunLine {
    fn from(stored: &Stored<WebsiteAuditRun>) -> Self {
        let one = &stored.document;
        Self {
            id: stored.id,
            started_at: one.started_at.get(),
            score: one.score,
            errors: one.found.errors,
            warnings: one.found.warnings,
            notes: one.found.notes,
        }
    }
}

impl AuditRunView {
    fn of(run: Run) -> Result<Self, Problem> {
        let compared = run.compared.map(serde_json::to_value).transpose();
        let compared = compared.map_err(|error| Problem::defect(&error))?;
        let line = AuditRunLine::from(&run.stored);
        let WebsiteAuditRun { url, report, .. } = run.stored.document;
        Ok(Self { line, url, audit: Value::Object(report), compared })
    }
}

/// Pages that were audited, the last one first.
#[utoipa::path(get, path = "/website-audits", tag = "website audits", params(Paging),
    responses((status = 200, body = Page<AuditedPageView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<AuditedPageView>>, Problem> {
    let wanted = paging.of_documents(Filter::ALL, Sort::by("last_run_at", true))?;
    let documents = api.session.documents().await?;
    let page = documents.find::<WebsiteAudit>(caller.tenant()?, &wanted).await?;
    Ok(Json(Page { items: page.items.into_iter().map(AuditedPageView::from).collect(), next: page.next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAudit {
    /// The address that ads lead to, beginning with http:// or https://.
    #[schema(min_length = 8, max_length = 1800, pattern = "^https?://[!-~]+$")]
    url: String,
    /// How many other pages of the site are read, policies first.
    #[serde(default = "NewAudit::pages")]
    #[schema(minimum = 0, maximum = 10, default = 5)]
    pages: u16,
    /// How many other links are tried.
    #[serde(default = "NewAudit::links")]
    #[schema(minimum = 0, maximum = 50, default = 30)]
    links: u16,
    /// Platforms whose tags must be on the page.
    #[serde(default)]
    #[schema(value_type = Vec<PlatformName>, max_items = 4)]
    platforms: Vec<Platform>,
}

impl NewAudit {
    const fn pages() -> u16 {
        5
    }

    const fn links() -> u16 {
        30
    }

    fn checked(self) -> Result<(Url, Options), Problem> {
        let url = Url::parse(&self.url)
            .map_err(|error| Problem::unfit("url", format!("is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Problem::field("url", "must begin with http:// or https://"));
        }
        if websites::name(&url).len() > websites::LONGEST_ADDRESS {
            return Err(Problem::unfit(
                "url",
                format!("is longer than {} letters", websites::LONGEST_ADDRESS),
            ));
        }
        for (path, given, most) in [("pages", self.pages, 10), ("links", self.links, 50)] {
            if given > most {
                return Err(Problem::field(path, format!("must be from 0 to {most}")));
            }
        }
        if self.platforms.len() > 4 {
            return Err(Problem::field("platforms", "are more than 4"));
        }
        let options = Options {
            pages: self.pages.into(),
            links: self.links.into(),
            within: WITHIN,
            expected: self.platforms.iter().map(|platform| websites::tag(*platform)).collect(),
            ..Options::default()
        };
        Ok((url, options))
    }
}

/// Audits a page at once and keeps what was found. Takes up to 40 seconds; a page that cannot be had is a finding. Only
/// public addresses are looked at.
#[utoipa::path(post, path = "/website-audits", tag = "website audits", request_body = NewAudit,
    responses((status = 201, body = AuditRunView)))]
async fn look(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewAudit>,
) -> Result<(StatusCode, Json<AuditRunView>), Problem> {
    let (url, options) = new.checked()?;
    let tenant = caller.tenant()?;
    let documents = api.session.documents().await?;
    let Ok(_place) = api.auditor.places.try_acquire() else {
        let words = "as many audits as this server does at a time are under way; try again";
        return Err(Problem::new(Code::Unavailable, words).retry_after(10));
    };
    let found = audit(&api.auditor.fetcher, &url, &options, &|_| {}).await;
    let run = websites::keep(documents, tenant, &found).await?;
    Ok((StatusCode::CREATED, Json(AuditRunView::of(run)?)))
}

/// A page that was audited, with its last fifty audits.
#[utoipa::path(get, path = "/website-audits/{id}", tag = "website audits", params(("id" = Uuid, Path)),
    responses((status = 200, body = AuditedPageView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<AuditedPageView>, Problem> {
    let (documents, tenant) = (api.session.documents().await?, caller.tenant()?);
    let found = documents.get::<WebsiteAudit>(tenant, id).await?;
    let mut view = AuditedPageView::from(found.ok_or_else(|| Problem::not_found("website audit"))?);
    let runs = websites::history(documents, tenant, &view.url, RUNS).await?;
    view.runs = runs.iter().map(AuditRunLine::from).collect();
    Ok(Json(view))
}

/// One audit, whole, with what is different from the one before.
#[utoipa::path(get, path = "/website-audit-runs/{id}", tag = "website audits", params(("id" = Uuid, Path)),
    responses((status = 200, body = AuditRunView)))]
async fn show_run(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<AuditRunView>, Problem> {
    let found = websites::run(api.session.documents().await?, caller.tenant()?, id).await?;
    Ok(Json(AuditRunView::of(found.ok_or_else(|| Problem::not_found("run of a website audit"))?)?))
}
