//! Ad groups and when they run (Microsoft, `platforms/microsoft.md` §4, ad group).

use super::{Mapper, canonical_fields, names};
use crate::microsoft::canonical::{END, START};
use chrono::{Days, NaiveDate, NaiveTime};
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::{AdGroup, Diagnostic, Moment, Target, Website},
};
use serde_json::Value;

/// Characters of an ad group's name.
const LONGEST_NAME: usize = 256;

/// One end of a flight.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

impl Mapper<'_> {
    /// Adds the ad group and gives its key.
    pub(super) fn ad_group_object(
        &mut self,
        index: usize,
        group: &AdGroup,
        campaign_key: &ObjectKey,
    ) -> ObjectKey {
        let key = ObjectKey::new(ObjectKind::AdGroup, group.key.clone());
        self.name(&format!("{}.name", self.paths.group(index)), &group.name, LONGEST_NAME);
        let network = if self.own.search_partners {
            "OwnedAndOperatedAndSyndicatedSearch"
        } else {
            "OwnedAndOperatedOnly"
        };
        let fields = [
            ("Name", Value::from(group.name.clone())),
            ("CampaignId", reference(campaign_key)),
            ("AdGroupType", "SearchStandard".into()),
            ("Network", network.into()),
        ];
        let path = self.paths.schedule(index);
        let start = group.flight.start.and_then(|moment| self.day(&path, moment, Edge::Start));
        if start.is_some_and(|start| start < self.context.today) {
            let message = "Microsoft takes a start in the past only where the ad group exists already";
            self.found(Diagnostic::warning(format!("{path}.start"), message));
        }
        let mut fields = canonical_fields(fields);
        fields.extend(start.map(|day| (START.to_owned(), day.to_string().into())));
        match group.flight.end {
            // Said, so that an end set by hand is noticed.
            None => {
                fields.insert(END.to_owned(), Value::Null);
            }
            Some(moment) => {
                let day = self.day(&path, moment, Edge::End);
                fields.extend(day.map(|day| (END.to_owned(), day.to_string().into())));
            }
        }
        self.object(DesiredObject {
            name: group.name.clone(),
            fields,
            run: Some(group.run),
            rules: FieldRules { create_only: names(&["CampaignId", "AdGroupType"]), ..FieldRules::default() },
            upload: None,
            daily_cost: None,
            key: key.clone(),
        });
        key
    }

    /// The day that begins or ends with `moment`; any other moment would be moved, and is refused.
    fn day(&mut self, path: &str, moment: Moment, edge: Edge) -> Option<NaiveDate> {
        let instant = match moment {
            Moment::Day(day) => return Some(day),
            Moment::Instant(instant) => instant.with_timezone(&self.context.zone),
        };
        let (field, word, day) = match edge {
            Edge::Start => ("start", "begin", Some(instant.date_naive())),
            Edge::End => ("end", "end", instant.date_naive().checked_sub_days(Days::new(1))),
        };
        if instant.time() != NaiveTime::MIN {
            let message = format!("Microsoft's ad groups {word} with a day in {}", self.context.zone);
            let finding = Diagnostic::error(format!("{path}.{field}"), message);
            self.found(finding.help(format!("Write {}.", instant.date_naive())));
            return None;
        }
        day
    }

    /// The website that an ad leads to. Forms and calls need what a search campaign has not.
    pub(super) fn website(&mut self, path: &str, target: &Target) -> Option<Website> {
        let (field, what) = match target {
            Target::Website(website) => return Some(website.clone()),
            Target::Form(_) => ("form", "forms"),
            Target::Call(_) => ("call", "calls"),
        };
        let finding = Diagnostic::error(
            format!("{path}.{field}"),
            format!("Placard cannot publish {what} to Microsoft yet"),
        );
        self.found(finding.help("Lead to a `website`."));
        None
    }
}
