//! A plan as a person reads it: what is made, changed, switched and removed, and what a day costs.

use super::{paint::Paint, words::counted};
use placard_domain::{
    Currency, Money,
    plan::{Action, Conflict, Drift, FieldChange, ObjectKind, Plan, Step},
};
use placard_platforms::AdPlatform;
use serde_json::Value;
use std::fmt::Write;

/// How wide a value may be before it is cut.
const WIDEST_VALUE: usize = 72;

/// Shows plans of one platform.
#[derive(Clone, Copy)]
pub(super) struct PlanView<'a> {
    pub(super) platform: &'a dyn AdPlatform,
    pub(super) currency: Currency,
    pub(super) paint: Paint,
}

impl PlanView<'_> {
    /// The whole plan as text that ends with a line break.
    pub(super) fn render(self, plan: &Plan, title: &str) -> String {
        let (mut text, paint) = (String::new(), self.paint);
        let account = &plan.account;
        let _ = writeln!(
            text,
            "{} → {} {}\n",
            paint.bold(title),
            account.platform.title(),
            paint.cyan(&account.id)
        );
        for step in plan.steps.iter().filter(|step| step.action != Action::Activate) {
            self.step(&mut text, step);
        }
        self.activations(&mut text, plan);
        if !plan.drift.is_empty() {
            let said = "Changed on the platform by someone else, and left as it is:";
            let _ = writeln!(text, "\n  {}", paint.yellow(said));
            text.push_str(&self.drift(&plan.drift));
        }
        for conflict in &plan.conflicts {
            self.conflict(&mut text, conflict);
        }
        for warning in &plan.warnings {
            let _ = writeln!(text, "  {} {}: {}\n", paint.yellow("!"), warning.subject, warning.message);
        }
        text.push_str(&summary(plan, paint));
        text
    }

    /// What others changed, field by field.
    pub(super) fn drift(self, drift: &[Drift]) -> String {
        let (mut text, paint) = (String::new(), self.paint);
        for one in drift {
            let kind = one.object.kind.title();
            let _ = writeln!(text, "  {} {kind} {}", paint.yellow("≠"), paint.bold(&one.name));
            let _ = writeln!(text, "      {}  {}", one.change.field, self.difference(&one.change));
        }
        text
    }

    fn step(self, text: &mut String, step: &Step) {
        let paint = self.paint;
        let sign = match step.action {
            Action::Create => paint.green("+"),
            Action::Update => paint.yellow("~"),
            Action::Activate => paint.green("▶"),
            Action::Pause => paint.yellow("‖"),
            Action::Delete => paint.red("-"),
        };
        let kind = format!("{:<10}", step.object.kind.title());
        let _ = writeln!(text, "  {sign} {kind} {} {}", paint.bold(&step.name), paint.dim(&step.object.path));
        let shown: Vec<_> = step.changes.iter().filter(|change| is_worth_showing(step, change)).collect();
        let width = shown.iter().map(|change| change.field.len()).max().unwrap_or(0).min(28);
        for change in shown {
            let _ = writeln!(text, "      {:<width$}  {}", change.field, self.difference(change));
        }
    }

    /// Nobody wants to read twenty times that something is switched on.
    fn activations(self, text: &mut String, plan: &Plan) {
        let switched: Vec<&Step> = plan.steps.iter().filter(|step| step.action == Action::Activate).collect();
        let count = |kind| switched.iter().filter(|step| step.object.kind == kind).count();
        let parts: Vec<String> = [ObjectKind::Ad, ObjectKind::AdGroup, ObjectKind::Campaign]
            .into_iter()
            .filter(|kind| count(*kind) > 0)
            .map(|kind| counted(count(kind), kind.title()))
            .collect();
        if !parts.is_empty() {
            let _ = writeln!(text, "  {} {}", self.paint.green("▶ switch on"), parts.join(", then "));
        }
    }

    fn conflict(self, text: &mut String, conflict: &Conflict) {
        let (object, name, story) = match conflict {
            Conflict::BothChanged { object, name, field, applied, desired, observed } => {
                let show = |side: &Option<Value>| {
                    side.as_ref().map_or("nothing".to_owned(), |value| self.value(field, value))
                };
                let (was, wants, set) = (show(applied), show(desired), show(observed));
                (
                    object,
                    name,
                    format!("`{field}` was {was}, the spec wants {wants}, someone on the platform set {set}"),
                )
            }
            Conflict::Deleted { object, name } => {
                (object, name, "was deleted on the platform, and the spec still wants it".to_owned())
            }
            Conflict::Immutable { object, name, change } => {
                let plain = Self { paint: Paint::plain(), ..self };
                let difference = plain.difference(change);
                let way_out = "give the object another `key` to make a new one";
                (
                    object,
                    name,
                    format!("`{}` is fixed once it exists ({difference}); {way_out}", change.field),
                )
            }
        };
        let _ = writeln!(
            text,
            "  {} {} {}: {story}",
            self.paint.red("✗"),
            object.kind.title(),
            self.paint.bold(name)
        );
    }

    fn difference(self, change: &FieldChange) -> String {
        let paint = self.paint;
        let show = |value: &Value| self.value(&change.field, value);
        match (&change.before, &change.after) {
            (None, Some(after)) => show(after),
            (Some(before), None) => format!("{} {}", show(before), paint.red("removed")),
            (Some(before), Some(after)) => {
                format!("{} {} {}", paint.dim(show(before)), paint.yellow("→"), show(after))
            }
            (None, None) => String::new(),
        }
    }

    fn value(self, field: &str, value: &Value) -> String {
        let text = match (self.platform.readable(field, value, self.currency), value) {
            (Some(text), _) => text,
            (None, Value::String(text)) => text.clone(),
            (None, other) => compact(other),
        };
        cut(text)
    }
}

/// A value in a line among others.
pub(super) fn brief(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { cut(compact(value)) }
}

fn cut(text: String) -> String {
    if text.chars().count() <= WIDEST_VALUE {
        return text;
    }
    let cut: String = text.chars().take(WIDEST_VALUE - 1).collect();
    format!("{cut}…")
}

/// A new picture or video has nothing to show, names stand in the headline already, and what is not set says nothing.
fn is_worth_showing(step: &Step, change: &FieldChange) -> bool {
    let says_nothing = change.before.is_none() && change.after.as_ref().is_none_or(Value::is_null);
    step.action == Action::Update || (!step.object.kind.is_file() && change.field != "name" && !says_nothing)
}

/// Compact JSON in which references read like names and keys need no quotes.
fn compact(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            if let (1, Some(Value::String(key))) = (members.len(), members.get("$ref")) {
                return format!("‹{key}›");
            }
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}: {}", compact(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the plan does in one line, and what a day costs.
fn summary(plan: &Plan, paint: Paint) -> String {
    let count = |action| plan.steps.iter().filter(|step| step.action == action).count();
    let parts = [
        (Action::Create, "to create"),
        (Action::Update, "to change"),
        (Action::Pause, "to pause"),
        (Action::Activate, "to switch on"),
        (Action::Delete, "to delete"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(action, _)| count(*action) > 0)
        .map(|(action, words)| format!("{} {words}", count(*action)))
        .collect();
    let headline = match (said.is_empty(), plan.conflicts.is_empty()) {
        (true, true) => format!("{} Nothing to change: the platform is as the spec says.", paint.green("✓")),
        (true, false) => format!("\n{}", paint.bold("Nothing can be done before this is decided.")),
        (false, _) => format!("\n{}", paint.bold(said.join(", "))),
    };
    format!("{headline}\n{}\n", cost(plan.cost.before, plan.cost.after, paint))
}

fn cost(before: Money, after: Money, paint: Paint) -> String {
    if before == after {
        return format!("Cost per day  {} {}", paint.bold(after), paint.dim("(unchanged)"));
    }
    let sign = if after.minor() > before.minor() { "+" } else { "" };
    let difference =
        after.checked_sub(before).map_or_else(|error| error.to_string(), |money| format!("{sign}{money}"));
    format!("Cost per day  {before} → {} {}", paint.bold(after), paint.yellow(format!("({difference})")))
}
