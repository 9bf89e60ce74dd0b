//! How a command ends: exit codes, and errors as people and programs read them.

use super::paint::Paint;
use crate::{
    api::Reason,
    postgres::ClusterError,
    publishing::PublishError,
    remote::{Address, BadAddress, HERE, ProfileError, Refusal, RemoteError},
    reporting::UnknownAccount,
};
use placard_domain::spec::{Diagnostic, Diagnostics, Severity};
use placard_store::{StoreError, VaultError, automation::AutomationError, documents::DocumentError};
use serde_json::json;
use std::fmt::Write;

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// The input is wrong; nothing was done.
    WrongInput,
    /// A person must decide first.
    Undecided,
    /// Someone else is publishing to the account.
    Busy,
    /// Interrupted, and can be resumed.
    Interrupted,
}

impl ExitCode {
    /// What several things come to: the first of them that did not just get done.
    pub const fn worse(self, next: Self) -> Self {
        if matches!(self, Self::Done) { next } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(match code {
            ExitCode::Done => 0,
            ExitCode::Failed => 1,
            ExitCode::WrongInput => 2,
            ExitCode::Undecided => 3,
            ExitCode::Busy => 4,
            ExitCode::Interrupted => 130,
        })
    }
}

/// Input that is wrong, with everything wrong in it.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be used")]
pub(super) struct WrongSpec {
    pub(super) file: String,
    pub(super) findings: Diagnostics,
}

/// Input that is wrong, in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct WrongInput(pub(super) String);

/// A command for this machine, while a server is in use.
#[derive(Debug, thiserror::Error)]
#[error("`placard {command}` works on this machine alone, and the profile `{profile}` ({server}) is in use")]
pub(super) struct HereOnly {
    pub(super) command: &'static str,
    pub(super) profile: String,
    pub(super) server: Address,
}

/// Says what went wrong on standard error, and gives the exit code for it.
pub(super) fn report(error: &anyhow::Error, as_json: bool) -> ExitCode {
    let code = code_of(error);
    if as_json {
        let findings = error.downcast_ref::<WrongSpec>().map(|wrong| json!(wrong.findings));
        eprintln!("{}", json!({"error": chain(error), "help": help_of(error), "findings": findings}));
        return code;
    }
    let paint = Paint::for_stderr();
    if let Some(wrong) = error.downcast_ref::<WrongSpec>() {
        eprint!("{}", findings(&wrong.file, &wrong.findings, paint));
        return code;
    }
    eprintln!("{} {}", paint.red("error:"), chain(error));
    if let Some(help) = help_of(error) {
        eprintln!("  {} {help}", paint.cyan("→"));
    }
    code
}

/// Findings as `file:line:column`, one after the other, and their count.
pub(super) fn findings(file: &str, findings: &Diagnostics, paint: Paint) -> String {
    let mut text = String::new();
    for finding in &findings.0 {
        let place = finding.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let word = match finding.severity {
            Severity::Error => paint.red("error"),
            Severity::Warning => paint.yellow("warning"),
        };
        let path =
            if finding.path.is_empty() { String::new() } else { format!(" {}", paint.bold(&finding.path)) };
        let _ = writeln!(text, "{file}{place}: {word}{path}: {}", finding.message);
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "    {} {help}", paint.cyan("→"));
        }
    }
    let errors =
        findings.0.iter().filter(|finding: &&Diagnostic| finding.severity == Severity::Error).count();
    if errors > 0 {
        let _ = writeln!(text, "{errors} {}", if errors == 1 { "error" } else { "errors" });
    }
    text
}

/// Fields at fault that a later check found, here or on a server.
pub(super) fn findings_of(error: &anyhow::Error) -> Option<Diagnostics> {
    match publishing_error(error) {
        Some(PublishError::Unfit(findings)) => Some(findings.clone()),
        _ => refusal(error)?.findings(),
    }
}

/// Whether a deployment waits to be resumed or rolled back.
pub(super) fn leaves_a_deployment(error: &anyhow::Error) -> bool {
    let here = error.downcast_ref::<PublishError>().and_then(PublishError::deployment);
    here.or_else(|| refusal(error)?.deployment_id).is_some()
}

/// What a server refused.
fn refusal(error: &anyhow::Error) -> Option<&Refusal> {
    error.downcast_ref::<RemoteError>()?.refusal()
}

/// The exit code for what a server refused: the one that the same command has without a server.
fn code_of_refusal(refusal: &Refusal) -> ExitCode {
    match refusal.reason {
        Some(Reason::Held | Reason::SetDown | Reason::UsedUp) => ExitCode::Busy,
        Some(Reason::Interrupted) => ExitCode::Interrupted,
        Some(
            Reason::Stale | Reason::Conflicts | Reason::BeingRolledBack | Reason::Guardrail | Reason::InUse,
        ) => ExitCode::Undecided,
        Some(Reason::NothingUnfinished | Reason::PlanLimit | Reason::Taken | Reason::LastAdmin) => {
            ExitCode::WrongInput
        }
        Some(Reason::SecondFactor | Reason::JustUsed) => ExitCode::Failed,
        None if refusal.is("invalid") || refusal.is("unfit") => ExitCode::WrongInput,
        None => ExitCode::Failed,
    }
}

/// Whether no profile is where one was named, or the address of a server is none.
fn is_misnamed(error: &anyhow::Error) -> bool {
    let profile = match error.downcast_ref::<RemoteError>() {
        Some(RemoteError::Profile(profile)) => Some(profile),
        _ => error.downcast_ref::<ProfileError>(),
    };
    error.is::<BadAddress>()
        || matches!(profile, Some(ProfileError::Unknown { .. } | ProfileError::BadName(_)))
}

fn code_of(error: &anyhow::Error) -> ExitCode {
    if let Some(refusal) = refusal(error) {
        return code_of_refusal(refusal);
    }
    if error.is::<WrongSpec>()
        || error.is::<WrongInput>()
        || error.is::<HereOnly>()
        || error.is::<UnknownAccount>()
        || is_misnamed(error)
    {
        return ExitCode::WrongInput;
    }
    if is_taken(error) || is_refused(error) {
        return ExitCode::WrongInput;
    }
    if matches!(error.downcast_ref::<StoreError>(), Some(StoreError::Guardrail(_))) {
        return ExitCode::Undecided;
    }
    if let Some(code) = error.downcast_ref::<DocumentError>().and_then(code_of_documents) {
        return code;
    }
    if let Some(code) = error.downcast_ref::<AutomationError>().and_then(code_of_automation) {
        return code;
    }
    if matches!(error.downcast_ref::<ClusterError>(), Some(ClusterError::Owned { .. })) {
        return ExitCode::Busy;
    }
    match publishing_error(error) {
        Some(
            PublishError::Undecided(_)
            | PublishError::Stale(_)
            | PublishError::BeingRolledBack(_)
            | PublishError::Guardrail(_),
        ) => ExitCode::Undecided,
        Some(PublishError::Held { .. } | PublishError::SetDown { .. } | PublishError::UsedUp { .. }) => {
            ExitCode::Busy
        }
        Some(PublishError::Interrupted { .. }) => ExitCode::Interrupted,
        Some(PublishError::Unfit(_) | PublishError::NotChanged(_) | PublishError::NothingUnfinished(_)) => {
            ExitCode::WrongInput
        }
        _ => ExitCode::Failed,
    }
}

/// The error and everything beneath it, without saying anything twice. A rule of the database is said in our words.
fn chain(error: &anyhow::Error) -> String {
    let mut said = String::new();
    let depth = if is_taken(error) { 1 } else { usize::MAX };
    for cause in error.chain().take(depth).map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// What stopped publishing, without the shell that says which deployment waits.
fn publishing_error(error: &anyhow::Error) -> Option<&PublishError> {
    match error.downcast_ref::<PublishError>()? {
        PublishError::Stopped { source, .. } => Some(source),
        other => Some(other),
    }
}

/// Whether a name or address is taken already.
fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<StoreError>(), Some(StoreError::Conflict { .. }))
}

/// Whether a rule about people or plans forbids it.
fn is_refused(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<StoreError>();
    matches!(refused, Some(StoreError::LastAdmin | StoreError::PlanLimit { .. }))
}

/// What helps where the store refused.
/// How a command ends that documents would not have, if otherwise than failed.
const fn code_of_documents(error: &DocumentError) -> Option<ExitCode> {
    match error {
        DocumentError::Moving => Some(ExitCode::Busy),
        DocumentError::NotConnected { .. }
        | DocumentError::NotFound { .. }
        | DocumentError::Invalid { .. }
        | DocumentError::Twice { .. }
        | DocumentError::Taken { .. } => Some(ExitCode::WrongInput),
        #[cfg(feature = "mongodb")]
        DocumentError::Address => Some(ExitCode::WrongInput),
        _ => None,
    }
}

/// How a command ends that the vault of logins would not have, if otherwise than failed.
const fn code_of_automation(error: &AutomationError) -> Option<ExitCode> {
    match error {
        AutomationError::NotOwn | AutomationError::Taken | AutomationError::Span => {
            Some(ExitCode::WrongInput)
        }
        AutomationError::Expired { .. } | AutomationError::Illegal(_) => Some(ExitCode::Undecided),
        AutomationError::Document(error) => code_of_documents(error),
    }
}

fn help_of_automation(error: &AutomationError) -> Option<&'static str> {
    match error {
        AutomationError::NotOwn => Some("if it does, say so with --own-account"),
        AutomationError::Expired { .. } => {
            Some("`placard automation rotate` puts other cookies in their place")
        }
        AutomationError::Illegal(_) => Some(
            "once somebody has seen its cookies work, say so with `placard automation validate SESSION works`; \
             others come with `placard automation rotate`",
        ),
        AutomationError::Document(error) => help_of_documents(error),
        AutomationError::Taken => {
            Some("choose another; `placard automation rotate` gives this one other cookies")
        }
        AutomationError::Span => None,
    }
}

fn help_of_documents(error: &DocumentError) -> Option<&'static str> {
    match error {
        DocumentError::NotConnected { .. } => {
            Some("say where MongoDB is with --mongodb-url or PLACARD_MONGODB_URL")
        }
        DocumentError::Moving => Some("`placard documents status` shows how far it is"),
        #[cfg(feature = "mongodb")]
        DocumentError::Address => {
            Some("letters of a password such as @ : / % are written as %40 %3A %2F %25")
        }
        #[cfg(feature = "mongodb")]
        DocumentError::Silent { .. } => Some("nothing was done; start it, or mend the host and port"),
        _ => None,
    }
}

fn help_of_store(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::LastAdmin => Some("`placard users role EMAIL admin` makes someone else one"),
        StoreError::PlanLimit { .. } => Some("`placard subscription set PLAN` changes the plan"),
        StoreError::Vault(VaultError::WrongMasterKey(_)) => Some(
            "if the master key was changed, name the one before in PLACARD_PREVIOUS_MASTER_KEY and run `placard keys rotate`",
        ),
        _ => None,
    }
}

fn help_of(error: &anyhow::Error) -> Option<String> {
    if let Some(here) = error.downcast_ref::<HereOnly>() {
        return Some(format!(
            "run `placard --profile {HERE} {}` for this machine's own database",
            here.command
        ));
    }
    if let Some(BadAddress::InTheClear(_)) = error.downcast_ref::<BadAddress>() {
        return Some("use https, or add --insecure-http if nobody else is on the way".to_owned());
    }
    if let Some(remote) = error.downcast_ref::<RemoteError>() {
        return remote.help();
    }
    if let Some(help) = error.downcast_ref::<StoreError>().and_then(help_of_store) {
        return Some(help.to_owned());
    }
    if let Some(help) = error.downcast_ref::<DocumentError>().and_then(help_of_documents) {
        return Some(help.to_owned());
    }
    if let Some(help) = error.downcast_ref::<AutomationError>().and_then(help_of_automation) {
        return Some(help.to_owned());
    }
    if is_taken(error) {
        return Some("choose another".to_owned());
    }
    error.downcast_ref::<PublishError>()?.help()
}
