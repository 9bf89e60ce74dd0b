//! A plan as a person reads it: what is made, changed, switched and removed, and what a day costs.

use super::paint::Paint;
use placard_domain::{
    Money,
    plan::{Action, Conflict, Drift, FieldChange, ObjectKind, Plan, Step},
};
use serde_json::Value;
use std::fmt::Write;

/// How wide a value may be before it is cut.
const WIDEST_VALUE: usize = 72;

/// The whole plan as text that ends with a line break.
pub(super) fn render(plan: &Plan, title: &str, paint: Paint) -> String {
    let mut text = String::new();
    let account = &plan.account;
    let _ =
        writeln!(text, "{} → {} {}\n", paint.bold(title), account.platform.title(), paint.cyan(&account.id));
    for step in plan.steps.iter().filter(|step| !matches!(step.action, Action::Activate)) {
        render_step(&mut text, step, paint);
    }
    render_activations(&mut text, plan, paint);
    if !plan.drift.is_empty() {
        let _ = writeln!(
            text,
            "\n  {}",
            paint.yellow("Changed on the platform by someone else, and left as it is:")
        );
        text.push_str(&drift(&plan.drift, paint));
    }
    render_conflicts(&mut text, &plan.conflicts, paint);
    for warning in &plan.warnings {
        let _ = writeln!(text, "  {} {}: {}", paint.yellow("!"), warning.subject, warning.message);
    }
    if !plan.warnings.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary(plan, paint));
    text
}

fn render_step(text: &mut String, step: &Step, paint: Paint) {
    let sign = match step.action {
        Action::Create => paint.green("+"),
        Action::Update => paint.yellow("~"),
        Action::Activate => paint.green("▶"),
        Action::Pause => paint.yellow("‖"),
        Action::Delete => paint.red("-"),
    };
    let kind = format!("{:<10}", step.object.kind.title());
    let _ = writeln!(text, "  {sign} {kind} {} {}", paint.bold(&step.name), paint.dim(&step.object.path));
    let shown = step.changes.iter().filter(|change| is_worth_showing(step, change));
    let width = step.changes.iter().map(|change| change.field.len()).max().unwrap_or(0).min(28);
    for change in shown {
        let _ = writeln!(text, "      {:<width$}  {}", change.field, difference(change, paint));
    }
}

/// A new picture has nothing to show, and names stand in the headline already.
fn is_worth_showing(step: &Step, change: &FieldChange) -> bool {
    step.action == Action::Update || (step.object.kind != ObjectKind::Image && change.field != "name")
}

fn difference(change: &FieldChange, paint: Paint) -> String {
    match (&change.before, &change.after) {
        (None, Some(after)) => value(after),
        (Some(before), None) => format!("{} {}", value(before), paint.red("removed")),
        (Some(before), Some(after)) => {
            format!("{} {} {}", paint.dim(value(before)), paint.yellow("→"), value(after))
        }
        (None, None) => String::new(),
    }
}

fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => readable(other),
    };
    if text.chars().count() <= WIDEST_VALUE {
        return text;
    }
    let cut: String = text.chars().take(WIDEST_VALUE - 1).collect();
    format!("{cut}…")
}

/// Compact JSON in which references read like names and keys need no quotes.
fn readable(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            if let (1, Some(Value::String(key))) = (members.len(), members.get("$ref")) {
                return format!("‹{key}›");
            }
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}: {}", readable(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(readable).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Nobody wants to read twenty times that something is switched on.
fn render_activations(text: &mut String, plan: &Plan, paint: Paint) {
    let switched: Vec<&Step> = plan.steps.iter().filter(|step| step.action == Action::Activate).collect();
    if switched.is_empty() {
        return;
    }
    let count = |kind| switched.iter().filter(|step| step.object.kind == kind).count();
    let parts = [ObjectKind::Ad, ObjectKind::AdGroup, ObjectKind::Campaign]
        .into_iter()
        .filter(|kind| count(*kind) > 0)
        .map(|kind| counted(count(kind), kind.title()));
    let _ = writeln!(text, "  {} {}", paint.green("▶ switch on"), parts.collect::<Vec<_>>().join(", then "));
}

/// What others changed, field by field.
pub(super) fn drift(drift: &[Drift], paint: Paint) -> String {
    let mut text = String::new();
    for one in drift {
        let kind = one.object.kind.title();
        let _ = writeln!(text, "  {} {kind} {}", paint.yellow("≠"), paint.bold(&one.name));
        let _ = writeln!(text, "      {}  {}", one.change.field, difference(&one.change, paint));
    }
    text
}

fn render_conflicts(text: &mut String, conflicts: &[Conflict], paint: Paint) {
    for conflict in conflicts {
        let (object, name, story) = match conflict {
            Conflict::BothChanged { object, name, field, applied, desired, observed } => {
                let show = |side: &Option<Value>| side.as_ref().map_or_else(|| "nothing".to_owned(), value);
                let story = format!(
                    "`{field}` was {}, the spec wants {}, someone on the platform set {}",
                    show(applied),
                    show(desired),
                    show(observed)
                );
                (object, name, story)
            }
            Conflict::Deleted { object, name } => {
                (object, name, "was deleted on the platform, and the spec still wants it".to_owned())
            }
            Conflict::Immutable { object, name, change } => {
                let story = format!(
                    "`{}` is fixed once it exists ({}); give the object another `key` to make a new one",
                    change.field,
                    difference(change, Paint::plain())
                );
                (object, name, story)
            }
        };
        let _ = writeln!(text, "  {} {} {}: {story}", paint.red("✗"), object.kind.title(), paint.bold(name));
    }
}

/// What the plan does in one line, and what a day costs.
pub(super) fn summary(plan: &Plan, paint: Paint) -> String {
    let count = |action| plan.steps.iter().filter(|step| step.action == action).count();
    let parts = [
        (Action::Create, "to create"),
        (Action::Update, "to change"),
        (Action::Pause, "to pause"),
        (Action::Activate, "to switch on"),
        (Action::Delete, "to delete"),
    ];
    let said: Vec<_> = parts
        .iter()
        .filter(|(action, _)| count(*action) > 0)
        .map(|(action, words)| format!("{} {words}", count(*action)))
        .collect();
    let mut text = if said.is_empty() && plan.conflicts.is_empty() {
        format!("{} Nothing to change: the platform is as the spec says.\n", paint.green("✓"))
    } else {
        format!("\n{}\n", paint.bold(said.join(", ")))
    };
    let _ = writeln!(text, "{}", cost(plan.cost.before, plan.cost.after, paint));
    text
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

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
