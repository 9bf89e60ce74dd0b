//! Where a campaign is shown, and the targets as objects of their own (Microsoft, `platforms/microsoft.md` §4,
//! criterions).

use super::{Mapper, names};
use crate::microsoft::{
    geo,
    target::{self, CAMPAIGN, CRITERION, LEFT_OUT, MULTIPLIER, REACHED, TYPE},
};
use placard_domain::{
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, reference},
    spec::{Diagnostic, Location, Place, Point},
};
use serde_json::{Value, json};

impl Mapper<'_> {
    /// Adds what the campaign is aimed at. Ad groups that differ are refused: a target of an ad group has no place that
    /// tells whose it is.
    pub(super) fn targets(&mut self, campaign_key: &ObjectKey) {
        for (criterion, name) in self.audience_targets() {
            self.target(campaign_key, REACHED, criterion, name);
        }
        let Some(first) = self.campaign.ad_groups.first() else { return };
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.locations != first.locations {
                let message = "at Microsoft, Placard shows all ad groups of a campaign in the same places";
                let finding = Diagnostic::error(self.paths.locations(index), message);
                self.found(finding.help("Write the locations once, at the campaign."));
            }
        }
        let base = self.paths.locations(0);
        let sides =
            [(REACHED, "include", &first.locations.include), (LEFT_OUT, "exclude", &first.locations.exclude)];
        for (side, word, locations) in sides {
            for (index, location) in locations.iter().enumerate() {
                let path = format!("{base}.{word}[{index}]");
                if let Some((criterion, name)) = self.place(&path, location, side == LEFT_OUT) {
                    self.target(campaign_key, side, criterion, name);
                }
            }
        }
    }

    fn target(&mut self, campaign_key: &ObjectKey, side: &str, criterion: Value, name: String) {
        let Some(key) = target::key(side, &criterion) else { return };
        let mut fields = Fields::from([
            (CAMPAIGN.to_owned(), reference(campaign_key)),
            (TYPE.to_owned(), side.into()),
            (CRITERION.to_owned(), criterion),
        ]);
        if side == REACHED {
            fields.insert(MULTIPLIER.to_owned(), "0".into());
        }
        self.object(DesiredObject {
            key,
            name,
            fields,
            run: None,
            rules: FieldRules { create_only: names(&[CAMPAIGN, TYPE, CRITERION]), ..FieldRules::default() },
            upload: None,
            daily_cost: None,
        });
    }

    fn place(&mut self, path: &str, location: &Location, left_out: bool) -> Option<(Value, String)> {
        if let Some(code) = &location.country {
            let id = geo::of_country(code);
            if id.is_none() {
                let finding = Diagnostic::error(
                    format!("{path}.country"),
                    format!("Placard does not know Microsoft's key of `{code}`"),
                );
                self.found(finding.help(format!(
                    "Known are: {}. Write another as `region: {{name: …, keys: {{microsoft: \"…\"}}}}`.",
                    geo::countries().join(", ")
                )));
            }
            return id.map(|id| (target::location(&id), code.clone()));
        }
        if let Some(region) = &location.region {
            return self.by_key(&format!("{path}.region"), region);
        }
        if let Some(city) = &location.city {
            if city.radius_km.is_some() {
                let finding = Diagnostic::error(
                    format!("{path}.city.radius_km"),
                    "Microsoft aims at a city itself, without what lies around it",
                );
                self.found(finding.help("Leave the radius out, or give a `point`."));
            }
            return self.by_key(&format!("{path}.city"), city);
        }
        if location.postal_code.is_some() {
            let finding = Diagnostic::error(
                format!("{path}.postal_code"),
                "Placard does not know Microsoft's keys of postal codes",
            );
            self.found(finding.help("Name the city or region by its key, or give a `point`."));
            return None;
        }
        let point = location.point.as_ref()?;
        if left_out {
            self.error(format!("{path}.point"), "Placard cannot leave a circle out at Microsoft");
            return None;
        }
        circle(point)
    }

    fn by_key(&mut self, path: &str, place: &Place) -> Option<(Value, String)> {
        let key = place.keys.get("microsoft").filter(|key| is_number(key));
        if key.is_none() {
            let finding = Diagnostic::error(
                format!("{path}.keys.microsoft"),
                format!("Microsoft's key of `{}` is missing, or is no number", place.name),
            );
            self.found(
                finding.help("Microsoft's file of places has them, such as `keys: {microsoft: \"4272\"}`."),
            );
        }
        key.map(|key| (target::location(key), place.name.clone()))
    }
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

fn circle(point: &Point) -> Option<(Value, String)> {
    let (latitude, longitude) = (point.latitude.0, point.longitude.0);
    let criterion =
        target::radius(&json!(latitude.to_string()), &json!(longitude.to_string()), point.radius_km)?;
    Some((criterion, format!("{} km around {latitude}, {longitude}", point.radius_km)))
}
