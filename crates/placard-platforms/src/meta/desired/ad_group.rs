//! Ad groups, which Meta calls ad sets (Meta, `platforms/meta.md` §9).

use super::{Group, Mapper, campaign::bid_fields, canonical_fields};
use crate::meta::{
    canonical,
    goals::{self, Promoted, Row},
    words,
};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::Diagnostic,
};
use serde_json::{Value, json};

impl Mapper<'_> {
    /// Adds the ad set and gives its key.
    pub(super) fn ad_group_object(&mut self, group: Group<'_>, campaign_key: &ObjectKey) -> ObjectKey {
        let key = ObjectKey::new(ObjectKind::AdGroup, group.group.key.clone());
        self.name(&format!("{}.name", self.paths.group(group.index)), &group.group.name);
        self.check_budget(group);
        let targeting = self.targeting(group);
        let mut fields = vec![
            ("name", Value::from(group.group.name.clone())),
            ("campaign_id", reference(campaign_key)),
            ("billing_event", "IMPRESSIONS".into()),
            ("targeting", targeting),
        ];
        if let Some(row) = self.goal(group) {
            fields.extend(self.goal_fields(group, row));
        }
        fields.extend(self.schedule_fields(group));
        fields.extend(self.disclosure_fields());
        let mut fields = canonical_fields(ObjectKind::AdGroup, fields);
        if group.group.flight.end.is_none() {
            // Said, so that an end set by hand is noticed.
            fields.insert("end_time".to_owned(), Value::Null);
        }
        let budget = group.group.budget.filter(|_| self.campaign.budget.is_none());
        if let Some((field, value)) =
            budget.and_then(|budget| self.budget_field(&self.paths.budget(group.index), budget))
        {
            fields.insert(field.to_owned(), value);
        }
        self.object(DesiredObject {
            name: group.group.name.clone(),
            fields,
            run: Some(group.group.run),
            rules: rules(),
            upload: None,
            daily_cost: budget.map(|budget| budget.per_day(&group.group.flight, self.context.today)),
            key: key.clone(),
        });
        key
    }

    /// The row of the goal table that this ad group asks for.
    fn goal(&mut self, group: Group<'_>) -> Option<&'static Row> {
        let (objective, target) = (self.campaign.objective, group.target?);
        let targets = goals::targets(objective);
        if targets.is_empty() {
            return None;
        }
        if !targets.contains(&target.as_str()) {
            let message = format!("at Meta, `{objective}` cannot lead to a {}", target.as_str());
            let help = format!("It can lead to: {}.", targets.join(", "));
            self.found(Diagnostic::error(self.paths.destination(group.index, 0), message).help(help));
            return None;
        }
        let wanted = group.group.optimize_for;
        let row = goals::find(objective, target, wanted);
        if let (None, Some(wanted)) = (row, wanted) {
            let names: Vec<&str> = goals::allowed(objective, target).map(|row| row.goal.as_str()).collect();
            let path = format!("{}.optimize_for", self.paths.group(group.index));
            let message = format!(
                "Meta cannot optimise `{objective}` that leads to a {} for `{wanted}`",
                target.as_str()
            );
            self.found(Diagnostic::error(path, message).help(format!("It can for: {}.", names.join(", "))));
        }
        row
    }

    fn goal_fields(&mut self, group: Group<'_>, row: &Row) -> Vec<(&'static str, Value)> {
        let mut fields = vec![("optimization_goal", Value::from(row.sent_goal))];
        fields.extend(row.destination.map(|destination| ("destination_type", destination.into())));
        fields.extend(self.promoted(row).map(|promoted| ("promoted_object", promoted)));
        fields.extend(self.attribution(row).map(|windows| ("attribution_spec", windows)));
        let path = self.paths.bid(group.index);
        fields.extend(bid_fields(self, &path, group.group.bid, row.sent_goal));
        if self.campaign.budget.is_none() {
            fields.push(("bid_strategy", words::bid_strategy(group.group.bid.strategy()).into()));
        }
        fields
    }

    fn promoted(&mut self, row: &Row) -> Option<Value> {
        match row.promoted {
            Promoted::Nothing => None,
            Promoted::Page => Some(json!({"page_id": self.own.page})),
            Promoted::EventIfKnown => {
                let (pixel, conversion) = (self.own.pixel.as_ref()?, self.campaign.conversion.as_ref()?);
                Some(json!({"pixel_id": pixel, "custom_event_type": words::event(conversion.event)}))
            }
            Promoted::Event => self.promoted_event(row),
        }
    }

    fn promoted_event(&mut self, row: &Row) -> Option<Value> {
        if self.own.pixel.is_none() {
            let message = format!("delivery optimised for `{}` needs the pixel that sees it", row.goal);
            self.found(
                Diagnostic::error("platforms.meta.pixel", message)
                    .help("Name the pixel, or choose another `optimize_for`."),
            );
        }
        let Some(conversion) = &self.campaign.conversion else {
            self.found(
                Diagnostic::error(
                    "conversion",
                    format!("delivery optimised for `{}` needs an event to count", row.goal),
                )
                .help("Say what counts, for example `conversion: {event: purchase}`."),
            );
            return None;
        };
        let objective = self.campaign.objective;
        if row.sent_objective == "OUTCOME_LEADS" && !words::LEAD_EVENTS.contains(&conversion.event) {
            let names: Vec<&str> = words::LEAD_EVENTS.iter().map(|event| event.as_str()).collect();
            let message = format!("Meta does not count `{}` for `{objective}`", conversion.event);
            self.found(
                Diagnostic::error("conversion.event", message)
                    .help(format!("It counts: {}.", names.join(", "))),
            );
        }
        if row.sent_goal == "VALUE" && words::event(conversion.event) != "PURCHASE" {
            self.error("conversion.event", "delivery optimised for value counts purchases");
        }
        let pixel = self.own.pixel.as_ref()?;
        Some(json!({"pixel_id": pixel, "custom_event_type": words::event(conversion.event)}))
    }

    /// Windows are only chosen for conversions on a website: 1 or 7 days after a click, alone or with 1 day after a
    /// view (§9, attribution). Without a choice, Meta's own usual pair is sent, so that it is known.
    fn attribution(&mut self, row: &Row) -> Option<Value> {
        let conversion = self.campaign.conversion.as_ref();
        if !row.converts_on_website() {
            if conversion
                .is_some_and(|conversion| conversion.click_days.is_some() || conversion.view_days.is_some())
            {
                let message = format!(
                    "attribution windows have no effect where delivery is optimised for `{}`",
                    row.goal
                );
                self.found(Diagnostic::warning("conversion", message));
            }
            return None;
        }
        let (click, view) =
            conversion.map_or((None, None), |conversion| (conversion.click_days, conversion.view_days));
        if click.is_some_and(|days| days != 1 && days != 7) {
            self.error("conversion.click_days", "Meta credits conversions 1 or 7 days after a click");
        }
        if view.is_some_and(|days| days > 1) {
            self.error(
                "conversion.view_days",
                "Meta credits conversions 1 day after a view, or not at all (0)",
            );
        }
        let view = if click.is_none() { view.or(Some(1)) } else { view };
        let mut windows = vec![json!({"event_type": "CLICK_THROUGH", "window_days": click.unwrap_or(7)})];
        if view == Some(1) {
            windows.push(json!({"event_type": "VIEW_THROUGH", "window_days": 1}));
        }
        Some(windows.into())
    }

    fn schedule_fields(&self, group: Group<'_>) -> Vec<(&'static str, Value)> {
        let (flight, zone) = (group.group.flight, self.context.zone);
        let start = flight.start.map(|start| ("start_time", canonical::time(start.starts(zone))));
        let end = flight.end.map(|end| ("end_time", canonical::time(end.ends(zone))));
        start.into_iter().chain(end).collect()
    }
}

/// An ad set cannot move to another campaign, and what it promotes and where it leads are fixed (§9).
fn rules() -> FieldRules {
    let create_only = ["campaign_id", "promoted_object", "destination_type"];
    FieldRules { create_only: create_only.map(str::to_owned).to_vec(), ..FieldRules::default() }
}
