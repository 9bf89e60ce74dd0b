//! What maps a checked campaign to a platform's objects: the same for every platform but for what each adds to it.

use crate::{AccountContext, spec_paths::Paths};
use placard_domain::{
    plan::DesiredObject,
    spec::{Campaign, Diagnostic, Severity},
};

/// What a campaign comes to at a platform, and what stands against it.
#[derive(Debug)]
pub(crate) struct Mapped {
    /// The objects, complete only if no error is among the findings. They stand in the order in which platforms need
    /// them, and within a kind in the order of the spec.
    pub(crate) objects: Vec<DesiredObject>,
    /// What was found.
    pub(crate) findings: Vec<Diagnostic>,
}

impl Mapped {
    /// Nothing, for a campaign that `finding` says is not meant for the platform.
    pub(crate) fn unmeant(finding: Diagnostic) -> Self {
        Self { objects: Vec::new(), findings: vec![finding] }
    }

    /// Whether the findings make the campaign unusable.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The objects, or all that was found if an error is among it.
    pub(crate) fn into_objects(self) -> Result<Vec<DesiredObject>, Vec<Diagnostic>> {
        if self.has_errors() { Err(self.findings) } else { Ok(self.objects) }
    }
}

/// One pass that maps and checks; `S` is the spec's own part for the platform, whose module adds what it does with it.
pub(crate) struct Mapper<'a, S> {
    pub(crate) campaign: &'a Campaign,
    pub(crate) context: &'a AccountContext,
    pub(crate) own: &'a S,
    pub(crate) paths: Paths<'a>,
    mapped: Mapped,
}

impl<'a, S> Mapper<'a, S> {
    /// Nothing mapped yet.
    pub(crate) fn new(campaign: &'a Campaign, context: &'a AccountContext, own: &'a S) -> Self {
        let mapped = Mapped { objects: Vec::new(), findings: Vec::new() };
        Self { campaign, context, own, paths: Paths::new(&campaign.spec), mapped }
    }

    /// All that was mapped and found.
    pub(crate) fn finish(mut self) -> Mapped {
        self.mapped.objects.sort_by_key(|object| object.key.kind);
        self.mapped
    }

    /// Notes what makes the campaign unusable.
    pub(crate) fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.found(Diagnostic::error(path, message));
    }

    /// Notes something, once.
    pub(crate) fn found(&mut self, finding: Diagnostic) {
        let known = |other: &Diagnostic| other.path == finding.path && other.message == finding.message;
        if !self.mapped.findings.iter().any(known) {
            self.mapped.findings.push(finding);
        }
    }

    /// Adds an object unless one of its name is there already.
    pub(crate) fn object(&mut self, object: DesiredObject) {
        if self.mapped.objects.iter().all(|known| known.key != object.key) {
            self.mapped.objects.push(object);
        }
    }
}
