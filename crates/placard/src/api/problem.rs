//! Errors as the API says them: `application/problem+json` (RFC 9457), with the path of every field at fault.

mod documents;

pub(crate) use documents::dotted;

use crate::{checking::Dead, publishing::PublishError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use placard_domain::spec::{Diagnostics, Severity};
use placard_domain::{DeploymentId, guardrail};
use placard_store::{StoreError, documents::DocumentError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::ToSchema;
use uuid::Uuid;

/// What an answer that is no success holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `urn:placard:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(examples("urn:placard:problem:invalid"))]
    kind: String,
    /// The kind of problem in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schema(value_type = u16)]
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Every field at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What a program can tell apart beyond the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The deployment that waits to be resumed or rolled back.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_id: Option<Uuid>,
    #[serde(skip)]
    retry_after: Option<u64>,
    #[serde(skip)]
    code: Code,
}

/// A field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: `ad_groups[0].budget.daily`, or the name of a parameter.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What a program can tell apart beyond the kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The password is right; the second factor is wanted as well.
    SecondFactor,
    /// The refresh token was used a moment ago.
    JustUsed,
    /// Someone else publishes to the account.
    Held,
    /// Someone stopped the campaign meanwhile.
    SetDown,
    /// Someone asked to stop.
    Interrupted,
    /// A limit of the platform is used up for long; it goes on later.
    UsedUp,
    /// The platform or our record of it changed after the plan was made.
    Stale,
    /// The plan holds differences that a person must decide.
    Conflicts,
    /// The last deployment is half rolled back.
    BeingRolledBack,
    /// Nothing is there to be resumed or rolled back.
    NothingUnfinished,
    /// A ceiling, or the kill switch.
    Guardrail,
    /// What the tenant's plan allows.
    PlanLimit,
    /// A name or address is taken.
    Taken,
    /// Somebody must be able to manage the tenant.
    LastAdmin,
    /// A campaign that is on a platform shows it.
    InUse,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A field or parameter is wrong.
    Invalid,
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// Signed in, and not allowed.
    Forbidden,
    /// There is no such thing here.
    NotFound,
    /// The path takes another method.
    MethodNotAllowed,
    /// It does not fit the present state.
    Conflict,
    /// It changed since it was read.
    PreconditionFailed,
    /// The body is too large.
    TooLarge,
    /// The body is in a format that is not taken.
    UnsupportedMediaType,
    /// The request has the right form, and asks for what cannot be.
    Unfit,
    /// A person must decide first.
    Undecided,
    /// A ceiling, a plan's limit or the kill switch forbids it.
    Limited,
    /// Too many requests.
    TooManyRequests,
    /// The platform refused or is away.
    Platform,
    /// The model that writes refused or is away.
    Model,
    /// Not now.
    Unavailable,
    /// A defect here.
    Internal,
}

impl Code {
    const fn facts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Invalid => ("invalid", StatusCode::UNPROCESSABLE_ENTITY, "The request is not valid"),
            Self::Unfit => ("unfit", StatusCode::UNPROCESSABLE_ENTITY, "The request does not fit"),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "Sign in first"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed")
            }
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "It does not fit the present state"),
            Self::PreconditionFailed => {
                ("precondition-failed", StatusCode::PRECONDITION_FAILED, "It changed since it was read")
            }
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The format is not taken")
            }
            Self::Undecided => ("undecided", StatusCode::CONFLICT, "A person must decide first"),
            Self::Limited => ("limited", StatusCode::CONFLICT, "A limit forbids it"),
            Self::TooManyRequests => {
                ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests")
            }
            Self::Platform => ("platform", StatusCode::BAD_GATEWAY, "The platform did not do it"),
            Self::Model => ("model", StatusCode::BAD_GATEWAY, "The model did not do it"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available now"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        self.facts().1
    }
}

impl Problem {
    /// A problem with a sentence about this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let (name, status, title) = code.facts();
        Self {
            kind: format!("urn:placard:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            help: None,
            errors: Vec::new(),
            reason: None,
            deployment_id: None,
            retry_after: None,
            code,
        }
    }

    /// One field that is not as the document has it.
    pub fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::about(Code::Invalid, path.into(), message.into())
    }

    /// One field that is as the document has it, and does not fit what is there or what stands beside it.
    pub fn unfit(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::about(Code::Unfit, path.into(), message.into())
    }

    fn about(code: Code, path: String, message: String) -> Self {
        let error = FieldError { path, message, help: None };
        let detail = if error.path.is_empty() {
            error.message.clone()
        } else {
            format!("{}: {}", error.path, error.message)
        };
        Self { errors: vec![error], ..Self::new(code, detail) }
    }

    /// Findings of a check, those that are errors.
    pub fn findings(findings: &Diagnostics) -> Self {
        let errors = findings
            .0
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| FieldError {
                path: finding.path.clone(),
                message: finding.message.clone(),
                help: finding.help.clone(),
            })
            .collect();
        Self::fields(errors)
    }

    /// Several fields that do not fit.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "one field is wrong".to_owned(),
            count => format!("{count} fields are wrong"),
        };
        Self { errors, ..Self::new(Code::Unfit, detail) }
    }

    /// Nothing of this kind by this name; whether it is another tenant's is not told.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// What to do about it.
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into().into_owned());
        self
    }

    /// What a program can tell apart.
    pub const fn reason(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The deployment that waits.
    fn waits(mut self, deployment: Option<DeploymentId>) -> Self {
        self.deployment_id = deployment.map(|id| id.0);
        self
    }

    /// When to try again, in seconds.
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Which kind it is.
    pub const fn code(&self) -> Code {
        self.code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).expect("a problem is text and numbers");
        let mut response = (self.code.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let conflict = |reason| Self::new(Code::Conflict, error.to_string()).reason(reason);
        match &error {
            StoreError::NotFound { what, .. } => Self::not_found(what),
            StoreError::Conflict { constraint, .. } => {
                Self::new(Code::Conflict, constraint.to_string()).reason(Reason::Taken)
            }
            StoreError::Held { .. } | StoreError::StaleFence { .. } => conflict(Reason::Held).retry_after(5),
            StoreError::Outdated { .. } => Self::new(Code::PreconditionFailed, error.to_string()),
            StoreError::LastAdmin => conflict(Reason::LastAdmin),
            StoreError::IllegalTransition(_) | StoreError::Duplicate { .. } | StoreError::Changed { .. } => {
                Self::new(Code::Conflict, error.to_string())
            }
            StoreError::PlanLimit { .. } => {
                Self::new(Code::Limited, error.to_string()).reason(Reason::PlanLimit)
            }
            StoreError::Guardrail(refusal) => Self::guardrail(refusal),
            StoreError::Contention(_) | StoreError::Unavailable(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database is away or busy");
                Self::new(Code::Unavailable, "the database is not available; try again").retry_after(1)
            }
            StoreError::Corrupt { .. }
            | StoreError::Vault(_)
            | StoreError::Migration(_)
            | StoreError::Database(_) => Self::defect(&error),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let (deployment, help) = (error.deployment(), error.help());
        let problem = Self::of_publishing(error).waits(deployment);
        match help {
            Some(help) if problem.help.is_none() => problem.help(help),
            _ => problem,
        }
    }
}

impl Problem {
    fn guardrail(refusal: &guardrail::Refusal) -> Self {
        Self::new(Code::Limited, refusal.to_string()).reason(Reason::Guardrail)
    }

    fn of_publishing(error: PublishError) -> Self {
        let undecided = |reason| Self::new(Code::Undecided, error.to_string()).reason(reason);
        let conflict = |reason| Self::new(Code::Conflict, error.to_string()).reason(reason);
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::Guardrail(refusal) => Self::guardrail(&refusal),
            PublishError::Unfit(findings) => Self::findings(&findings),
            PublishError::NotChanged(words) => Self::new(Code::Unfit, words),
            PublishError::Stopped { source, .. } => Self::of_publishing(*source),
            PublishError::Undecided(_) => undecided(Reason::Conflicts),
            PublishError::Stale(_) => undecided(Reason::Stale),
            PublishError::BeingRolledBack(_) => undecided(Reason::BeingRolledBack),
            PublishError::Held { .. } => conflict(Reason::Held),
            PublishError::SetDown { .. } => conflict(Reason::SetDown),
            PublishError::NothingUnfinished(_) => conflict(Reason::NothingUnfinished),
            PublishError::Interrupted { .. } => conflict(Reason::Interrupted),
            PublishError::UsedUp { .. } => conflict(Reason::UsedUp),
            PublishError::Blocked(_) => Self::new(Code::Conflict, error.to_string()),
            other => {
                let mut words = other.to_string();
                let mut cause = std::error::Error::source(&other);
                while let Some(deeper) = cause {
                    let deepest = deeper.to_string();
                    if !words.contains(&deepest) {
                        words = format!("{words}: {deepest}");
                    }
                    cause = deeper.source();
                }
                Self::new(Code::Platform, words)
            }
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<StoreError>() {
            Ok(known) => return known.into(),
            Err(error) => error,
        };
        let error = match error.downcast::<DocumentError>() {
            Ok(known) => return known.into(),
            Err(error) => error,
        };
        if let Some(dead) = error.downcast_ref::<Dead>() {
            return Self::new(Code::Conflict, dead.to_string());
        }
        match error.downcast::<PublishError>() {
            Ok(known) => known.into(),
            Err(error) => Self::new(Code::Conflict, format!("{error:#}")),
        }
    }
}

impl Problem {
    /// A defect: what it is goes to the log, not to the caller.
    pub fn defect(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(Code::Internal, "the log says what; the request id finds the line")
    }
}
