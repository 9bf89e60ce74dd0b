//! Audits of websites that are kept: how each address stands, and every run with what it changed.

use placard_domain::{
    Platform, TenantId,
    document::{AuditIssue, AuditStatus, Found, Moment, Severity as Weight, WebsiteAudit, WebsiteAuditRun},
};
use placard_store::documents::{
    Comparison as Is, DocumentError, Documents, Filter, Query, Scalar, Sort, Stored,
};
use placard_website::{Audit, Comparison, Severity, Tag, compare};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;
use uuid::Uuid;

/// The longest text that a document holds about a finding.
const LONGEST: usize = 2_000;
/// The most findings that a document about an address holds; its run holds all of them.
const MOST: usize = 2_000;
/// The longest address that is kept.
pub(crate) const LONGEST_ADDRESS: usize = 1_800;

/// A run, with what it changed.
pub(crate) struct Run {
    /// The document.
    pub(crate) stored: Stored<WebsiteAuditRun>,
    /// Beside the run before, unless it was the first.
    pub(crate) compared: Option<Comparison>,
}

/// The address by which audits are told apart: without what a browser keeps to itself.
pub(crate) fn name(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// The tag by which a platform sees what clicks lead to.
pub(crate) const fn tag(platform: Platform) -> Tag {
    match platform {
        Platform::Meta => Tag::MetaPixel,
        Platform::Google => Tag::GoogleTag,
        Platform::Microsoft => Tag::MicrosoftUet,
        Platform::Tiktok => Tag::TiktokPixel,
    }
}

/// Keeps an audit.
///
/// # Errors
/// [`DocumentError::Invalid`] if its address is too long, and what the database refuses.
pub(crate) async fn keep(
    documents: &Documents,
    tenant: TenantId,
    audit: &Audit,
) -> Result<Run, DocumentError> {
    let run = run_of(audit)?;
    let receipt = documents.insert(tenant, &run).await?;
    note(documents, tenant, &standing(audit)?).await?;
    with_before(documents, tenant, receipt.with(run)).await
}

/// One run.
pub(crate) async fn run(
    documents: &Documents,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<Run>, DocumentError> {
    match documents.get::<WebsiteAuditRun>(tenant, id).await? {
        Some(stored) => with_before(documents, tenant, stored).await.map(Some),
        None => Ok(None),
    }
}

/// The runs of an address, the last one first.
pub(crate) async fn history(
    documents: &Documents,
    tenant: TenantId,
    url: &str,
    limit: u16,
) -> Result<Vec<Stored<WebsiteAuditRun>>, DocumentError> {
    runs(documents, tenant, Filter::eq("url", url), limit).await
}

/// The audit that a run was.
pub(crate) fn audit_of(run: &Stored<WebsiteAuditRun>) -> Result<Audit, DocumentError> {
    let report = Value::Object(run.document.report.clone());
    serde_json::from_value(report).map_err(|error| DocumentError::Corrupt {
        one: "run of a website audit",
        id: run.id,
        source: error.into(),
    })
}

async fn runs(
    documents: &Documents,
    tenant: TenantId,
    filter: Filter,
    limit: u16,
) -> Result<Vec<Stored<WebsiteAuditRun>>, DocumentError> {
    let query = Query { filter, sort: Sort::by("started_at", true), limit, cursor: None };
    Ok(documents.find(tenant, &query).await?.items)
}

async fn with_before(
    documents: &Documents,
    tenant: TenantId,
    stored: Stored<WebsiteAuditRun>,
) -> Result<Run, DocumentError> {
    let began = Scalar::Moment(stored.document.started_at);
    let filter = Filter::And(vec![
        Filter::eq("url", stored.document.url.as_str()),
        Filter::Compare("started_at".into(), Is::Lt, began),
    ]);
    let before = runs(documents, tenant, filter, 1).await?.pop();
    let compared = match before {
        Some(before) => Some(compare(&audit_of(&before)?, &audit_of(&stored)?)),
        None => None,
    };
    Ok(Run { stored, compared })
}

/// Notes how an address stands, unless an audit that began later has done so already.
async fn note(documents: &Documents, tenant: TenantId, new: &WebsiteAudit) -> Result<(), DocumentError> {
    match documents.insert(tenant, new).await {
        Err(DocumentError::Taken { .. }) => {}
        other => return other.map(drop),
    }
    let query = Query { filter: Filter::eq("url", new.url.as_str()), limit: 1, ..Query::default() };
    let Some(known) = documents.find::<WebsiteAudit>(tenant, &query).await?.items.pop() else {
        // Somebody has just removed it.
        return documents.upsert(tenant, new).await.map(drop);
    };
    let replace = |one: &mut WebsiteAudit| {
        if one.last_run_at <= new.last_run_at {
            one.clone_from(new);
        }
    };
    documents.update(tenant, known.id, replace).await.map(drop)
}

fn run_of(audit: &Audit) -> Result<WebsiteAuditRun, DocumentError> {
    let Ok(Value::Object(report)) = serde_json::to_value(audit).map(without_nul) else {
        unreachable!("an audit is an object of texts and numbers")
    };
    let count = |severity| u32::try_from(audit.count(severity)).unwrap_or(u32::MAX);
    Ok(WebsiteAuditRun {
        run_id: Uuid::now_v7(),
        url: name(&audit.url),
        started_at: began(audit)?,
        score: audit.score,
        found: Found {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        },
        report,
    })
}

fn began(audit: &Audit) -> Result<Moment, DocumentError> {
    Moment::new(audit.started).map_err(|error| DocumentError::Corrupt {
        one: "run of a website audit",
        id: Uuid::nil(),
        source: error.into(),
    })
}

fn standing(audit: &Audit) -> Result<WebsiteAudit, DocumentError> {
    let issue = |finding: &placard_website::Finding| AuditIssue {
        code: word(finding.check),
        severity: match finding.severity {
            Severity::Error => Weight::Critical,
            Severity::Warning => Weight::Warning,
            Severity::Note => Weight::Notice,
        },
        message: short(&format!("{}: {}", finding.what, finding.seen)),
        fix: short(&finding.fix),
        place: finding.at.as_deref().map(short),
    };
    let metrics = &audit.metrics;
    let metrics = BTreeMap::from([
        ("redirects", metrics.redirects),
        ("first_byte_ms", metrics.first_byte_ms),
        ("page_ms", metrics.page_ms),
        ("bytes", metrics.bytes),
        ("words", metrics.words),
        ("links", metrics.links),
        ("links_broken", metrics.links_broken),
        ("requests", metrics.requests),
    ]);
    Ok(WebsiteAudit {
        url: name(&audit.url),
        status: AuditStatus::Done,
        last_run_at: Some(began(audit)?),
        score: Some(audit.score),
        issues: audit.findings.iter().take(MOST).map(issue).collect(),
        metrics: metrics
            .into_iter()
            .map(|(name, figure)| (name.to_owned(), i64::try_from(figure).unwrap_or(i64::MAX)))
            .collect(),
        failure: None,
    })
}

/// A check by the name that it has in JSON.
fn word(check: placard_website::Check) -> String {
    let Ok(Value::String(word)) = serde_json::to_value(check) else { unreachable!("its name is a text") };
    word
}

fn short(text: &str) -> String {
    text.replace('\0', "\u{fffd}").chars().take(LONGEST).collect()
}

/// No database of documents keeps a NUL, and strangers' pages may hold one.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").into(),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name, without_nul(field))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
