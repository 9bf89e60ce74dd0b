//! Where a click leads, and whether that serves the goal.

use super::{Checker, Diagnostic};
use crate::{
    objective::Objective,
    phone,
    spec::{
        campaign::{Ad, Target},
        model::{CampaignSpec, Destination, LeadForm, QuestionKind, Website},
    },
};
use url::Url;

impl Checker<'_> {
    pub(super) fn target(&mut self, destination: &Destination, path: &str) -> Option<Target> {
        match (&destination.website, &destination.form, &destination.call) {
            (Some(website), None, None) => {
                self.website(website, &format!("{path}.website"));
                Some(Target::Website(website.clone()))
            }
            (None, Some(form), None) => {
                self.form(form, &format!("{path}.form"));
                Some(Target::Form(form.clone()))
            }
            (None, None, Some(call)) => {
                self.telephone(&call.phone, &format!("{path}.call.phone"));
                Some(Target::Call(call.clone()))
            }
            _ => {
                self.error(path, "a destination is exactly one of website, form, call", "keep one of them");
                None
            }
        }
    }

    /// A goal wants a destination at which it can be reached.
    pub(super) fn target_serves_goal(&mut self, goal: Objective, target: &Target, path: &str) {
        let wanted = match (goal, target) {
            (Objective::Calls, Target::Call(_))
            | (Objective::Leads, _)
            | (
                Objective::Traffic | Objective::Engagement | Objective::Sales,
                Target::Website(_) | Target::Call(_),
            )
            | (Objective::Awareness, Target::Website(_)) => return,
            (Objective::Calls, _) => "`call`",
            (Objective::AppPromotion, _) => {
                self.error("goal", "apps cannot be promoted yet", "use traffic or sales with the app's page");
                return;
            }
            (Objective::Awareness, _) => "`website`",
            (Objective::Traffic | Objective::Engagement | Objective::Sales, Target::Form(_)) => {
                "`website` or `call`"
            }
        };
        self.error(path, format!("the goal `{goal}` cannot be reached here"), &format!("lead to {wanted}"));
    }

    pub(super) fn one_kind_of_target(&mut self, ads: &[Ad], path: &str) {
        let kinds: std::collections::BTreeSet<_> = ads.iter().map(|ad| kind(&ad.creative.target)).collect();
        if kinds.len() > 1 {
            let kinds: Vec<_> = kinds.into_iter().collect();
            self.error(
                format!("{path}.ads"),
                format!(
                    "the ads of one ad group lead to different kinds of destination: {}",
                    kinds.join(", ")
                ),
                "give each kind an ad group of its own",
            );
        }
    }

    pub(super) fn conversion(&mut self, spec: &CampaignSpec) {
        let Some(conversion) = &spec.conversion else { return };
        for (days, name, possible) in [
            (conversion.click_days, "click_days", &[1, 7][..]),
            (conversion.view_days, "view_days", &[1][..]),
        ] {
            if let Some(days) = days
                && !possible.contains(&days)
            {
                let possible: Vec<_> = possible.iter().map(u32::to_string).collect();
                let message = format!("a window of {days} days is not offered");
                self.error(
                    format!("conversion.{name}"),
                    message,
                    &format!("possible: {}", possible.join(", ")),
                );
            }
        }
    }

    fn website(&mut self, website: &Website, path: &str) {
        self.address(&website.url, &format!("{path}.url"));
        if website.url_tags.as_ref().is_some_and(|tags| tags.starts_with('?') || tags.contains(' ')) {
            let help = "write utm_source=meta&utm_medium=paid";
            self.error(format!("{path}.url_tags"), "tags begin without `?` and have no spaces", help);
        }
    }

    fn form(&mut self, form: &LeadForm, path: &str) {
        self.address(&form.privacy_policy_url, &format!("{path}.privacy_policy_url"));
        if let Some(address) = &form.follow_up_url {
            self.address(address, &format!("{path}.follow_up_url"));
        }
        for (index, question) in form.questions.iter().enumerate() {
            let path = format!("{path}.questions[{index}]");
            let own = question.ask == QuestionKind::Custom;
            if own && question.label.is_none() {
                self.error(format!("{path}.label"), "a custom question needs its wording", "add `label:`");
            }
            if !own && (question.label.is_some() || !question.options.is_empty()) {
                self.error(path, "only `custom` questions have a label and options", "remove them");
            }
        }
    }

    fn address(&mut self, address: &str, path: &str) {
        let problem = match Url::parse(address) {
            Ok(url) if url.scheme() != "https" => "the address must begin with https://",
            Ok(url) if !url.host_str().is_some_and(|host| host.contains('.')) => "the address has no host",
            Ok(_) => return,
            Err(_) => "this is not a web address",
        };
        self.findings.push(Diagnostic::error(path, problem).help("write https://example.com/page"));
    }

    fn telephone(&mut self, number: &str, path: &str) {
        if !phone::is_international(number) {
            self.error(
                path,
                format!("`{number}` is not an international number"),
                "write +4930123456, no spaces",
            );
        }
    }
}

fn kind(target: &Target) -> &'static str {
    match target {
        Target::Website(_) => "website",
        Target::Form(_) => "form",
        Target::Call(_) => "call",
    }
}
