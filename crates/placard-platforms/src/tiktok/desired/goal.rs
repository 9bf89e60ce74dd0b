//! What an ad group is optimised for, and what counts (TikTok, `platforms/tiktok.md` §8–§10).

use super::{Mapper, goal_words};
use crate::tiktok::{
    goals::{self, Row, Seen, TargetKind},
    words,
};
use placard_domain::{objective::OptimizationGoal, spec::Diagnostic};
use serde_json::Value;

/// How often, and within how many days, one person sees an ad whose goal is to reach many: TikTok wants both numbers
/// for it (§8, §9). Three times a week keeps an ad in mind without wearing it out.
const TIMES: u32 = 3;
const WITHIN_DAYS: u32 = 7;

impl Mapper<'_> {
    /// The row of the goal table that an ad group asks for.
    pub(super) fn row(
        &mut self,
        group: usize,
        target: TargetKind,
        wanted: Option<OptimizationGoal>,
    ) -> Option<&'static Row> {
        let objective = self.campaign.objective;
        let path = self.paths.destination(group, 0);
        let targets = goals::targets(objective);
        if targets.is_empty() {
            // Said once, at the campaign.
            return None;
        }
        if !targets.contains(&target.as_str()) {
            let message = format!("at TikTok, `{objective}` cannot lead to a {}", target.as_str());
            let help = format!("It can lead to: {}.", targets.join(", "));
            self.found(Diagnostic::error(path, message).help(help));
            return None;
        }
        let row = goals::find(objective, target, wanted);
        if let (None, Some(wanted)) = (row, wanted) {
            let path = format!("{}.optimize_for", self.paths.group(group));
            let target_word = target.as_str();
            let message =
                format!("TikTok cannot optimise `{objective}` that leads to a {target_word} for `{wanted}`");
            let help = format!("It can for: {}.", goal_words(goals::allowed(objective, target)));
            self.found(Diagnostic::error(path, message).help(help));
        }
        row
    }

    /// The fields of an ad group that follow from its goal.
    pub(super) fn goal_fields(&mut self, row: &Row) -> Vec<(&'static str, Value)> {
        let mut fields = vec![
            ("optimization_goal", Value::from(row.optimization_goal)),
            ("billing_event", row.billing.as_str().into()),
        ];
        fields.extend(row.promotion_type.map(|word| ("promotion_type", word.into())));
        fields.extend(row.promotion_target.map(|word| ("promotion_target_type", word.into())));
        if row.optimization_goal == "REACH" {
            fields.extend([("frequency", TIMES.into()), ("frequency_schedule", WITHIN_DAYS.into())]);
        }
        fields.extend(self.pixel_fields(row));
        fields.extend(self.windows(row));
        fields
    }

    fn pixel_fields(&mut self, row: &Row) -> Vec<(&'static str, Value)> {
        if row.seen == Seen::Nothing {
            return Vec::new();
        }
        let objective = self.campaign.objective;
        let Some(pixel) = &self.own.pixel else {
            let message = format!("`{objective}` on a website needs the pixel that sees what visitors do");
            let finding = Diagnostic::error("platforms.tiktok.pixel", message);
            self.found(finding.help("Name the pixel's id, as TikTok Ads Manager shows it."));
            return Vec::new();
        };
        let mut fields = vec![("pixel_id", pixel.clone().into())];
        if row.seen == Seen::Event {
            fields.extend(self.event(row).map(|event| ("optimization_event", event.into())));
        }
        fields
    }

    fn event(&mut self, row: &Row) -> Option<&'static str> {
        let Some(conversion) = &self.campaign.conversion else {
            let message = format!("delivery optimised for `{}` needs an event to count", row.goal);
            let finding = Diagnostic::error("conversion", message);
            self.found(finding.help("Say what counts, for example `conversion: {event: purchase}`."));
            return None;
        };
        let event = words::event(conversion.event);
        if event.is_none() {
            let known: Vec<&str> = placard_domain::objective::ConversionEvent::ALL
                .iter()
                .filter(|event| words::event(**event).is_some())
                .map(|event| event.as_str())
                .collect();
            let message = format!("TikTok's pixel does not know `{}`", conversion.event);
            let finding = Diagnostic::error("conversion.event", message);
            self.found(finding.help(format!("It knows: {}.", known.join(", "))));
        }
        event
    }

    /// Windows after clicks and views, which TikTok takes together or not at all; without a choice the account's own
    /// hold (§8).
    fn windows(&mut self, row: &Row) -> Vec<(&'static str, Value)> {
        let Some(conversion) = &self.campaign.conversion else { return Vec::new() };
        if conversion.click_days.is_none() && conversion.view_days.is_none() {
            return Vec::new();
        }
        if !row.converts_on_website() {
            let message =
                format!("attribution windows have no effect where delivery is optimised for `{}`", row.goal);
            self.found(Diagnostic::warning("conversion", message));
            return Vec::new();
        }
        let mut window = |field: &str, days: u32| {
            let word = words::window(days);
            if word.is_none() {
                let message = format!("TikTok has no window of {days} days");
                self.error(format!("conversion.{field}"), message);
            }
            word.map(Value::from)
        };
        let click = window("click_days", conversion.click_days.unwrap_or(7));
        let view = window("view_days", conversion.view_days.unwrap_or(0));
        let both = click.zip(view);
        both.map(|(click, view)| [("click_attribution_window", click), ("view_attribution_window", view)])
            .into_iter()
            .flatten()
            .collect()
    }
}
