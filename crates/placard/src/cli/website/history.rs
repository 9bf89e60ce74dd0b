//! `placard website history`: how pages fared over time.

use super::address;
use crate::{
    cli::{ExitCode, failure::WrongInput, paint::Paint, words::counted},
    remote,
    session::Session,
    settings::Settings,
    websites,
};
use anyhow::Result;
use placard_domain::{
    TenantId,
    document::{Found, Severity, WebsiteAudit, WebsiteAuditRun},
};
use placard_store::documents::{Documents, Query, Sort, Stored};
use placard_website::compare;
use serde_json::json;

/// `placard website history`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The page, as it was audited.
    url: Option<String>,
    /// How many audits, or pages, at most; the last ones.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000), value_name = "COUNT")]
    limit: u16,
}

pub(super) async fn run(settings: &Settings, args: &Args) -> Result<ExitCode> {
    if let Some((_, profile)) = remote::in_use(settings)? {
        let words = format!(
            "`placard website history` works on this machine alone, and the profile `{}` is in use",
            profile.name
        );
        return Err(WrongInput(words).into());
    }
    let url = args.url.as_deref().map(address).transpose()?.map(|url| websites::name(&url));
    let session = Session::open(settings, "placard website").await?;
    let outcome = async {
        let tenant = session.tenant().await?.id;
        let documents = session.documents().await?;
        match &url {
            Some(url) => one(documents, tenant, url, args.limit, settings.json).await,
            None => all(documents, tenant, args.limit, settings.json).await,
        }
    };
    let outcome = outcome.await;
    session.close().await?;
    outcome
}

async fn one(
    documents: &Documents,
    tenant: TenantId,
    url: &str,
    limit: u16,
    as_json: bool,
) -> Result<ExitCode> {
    // One more than is shown, so that the oldest shown can be compared as well.
    let runs = websites::history(documents, tenant, url, limit.saturating_add(1)).await?;
    if runs.is_empty() {
        return Err(
            WrongInput(format!("no audit of {url} was kept; `placard website history` lists pages")).into()
        );
    }
    let mut lines = Vec::new();
    for (place, run) in runs.iter().enumerate().take(limit.into()) {
        let compared = match runs.get(place + 1) {
            Some(before) => {
                let compared = compare(&websites::audit_of(before)?, &websites::audit_of(run)?);
                Some((compared.fixed.len(), compared.new.len()))
            }
            None => None,
        };
        lines.push((run, compared));
    }
    if as_json {
        println!(
            "{}",
            serde_json::Value::from_iter(lines.iter().map(|(run, compared)| as_value(run, *compared)))
        );
        return Ok(ExitCode::Done);
    }
    println!("{}", Paint::for_stdout().bold(url));
    for (run, compared) in lines {
        let run = &run.document;
        let at = run.started_at.get().format("%Y-%m-%d %H:%M");
        println!("  {at}  {:>3} of 100  {}{}", run.score, told(run.found), changed(compared));
    }
    Ok(ExitCode::Done)
}

fn as_value(run: &Stored<WebsiteAuditRun>, compared: Option<(usize, usize)>) -> serde_json::Value {
    let one = &run.document;
    json!({
        "id": run.id,
        "started_at": one.started_at,
        "score": one.score,
        "found": one.found,
        "fixed": compared.map(|(fixed, _)| fixed),
        "new": compared.map(|(_, new)| new),
    })
}

fn told(found: Found) -> String {
    let count = |count: u32, what| counted(count as usize, what);
    format!(
        "{}, {}, {}",
        count(found.errors, "error"),
        count(found.warnings, "warning"),
        count(found.notes, "note")
    )
}

fn changed(compared: Option<(usize, usize)>) -> String {
    match compared {
        None | Some((0, 0)) => String::new(),
        Some((fixed, new)) => format!("; {fixed} fixed, {new} new"),
    }
}

async fn all(documents: &Documents, tenant: TenantId, limit: u16, as_json: bool) -> Result<ExitCode> {
    let query = Query { sort: Sort::by("last_run_at", true), limit, ..Query::default() };
    let pages = documents.find::<WebsiteAudit>(tenant, &query).await?.items;
    if as_json {
        let page = |page: &Stored<WebsiteAudit>| {
            let one = &page.document;
            json!({"id": page.id, "url": one.url, "score": one.score, "last_run_at": one.last_run_at})
        };
        println!("{}", serde_json::Value::from_iter(pages.iter().map(page)));
        return Ok(ExitCode::Done);
    }
    if pages.is_empty() {
        println!("No audit was kept yet. `placard website audit URL` makes one.");
    }
    for page in pages {
        let one = page.document;
        let at = one.last_run_at.map(|at| at.get().format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let errors = one.issues.iter().filter(|issue| issue.severity == Severity::Critical).count();
        let score = one.score.map_or_else(|| "  –".to_owned(), |score| format!("{score:>3}"));
        println!("  {at}  {score} of 100  {:<9}  {}", counted(errors, "error"), one.url);
    }
    Ok(ExitCode::Done)
}
