//! The audience as Meta's targeting object (Meta, `platforms/meta.md` §10).

use super::{Group, Mapper};
use crate::meta::{goals::TargetKind, targeting, words};
use placard_domain::spec::{Audience, Diagnostic, MetaPublisher};
use serde_json::{Map, Value, json};

/// Ages when a spec says nothing.
const YOUNGEST: u32 = 18;
const OLDEST: u32 = 65;

impl Mapper<'_> {
    /// The targeting object of `group`, canonical.
    pub(super) fn targeting(&mut self, group: Group<'_>) -> Value {
        let audience = &group.group.audience;
        let path = self.paths.audience(group.index);
        let places = &group.group.locations;
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        set("geo_locations", self.places(group.index, "include", &places.include));
        if !places.exclude.is_empty() {
            set("excluded_geo_locations", self.places(group.index, "exclude", &places.exclude));
        }
        set("age_min", audience.age_min.unwrap_or(YOUNGEST).into());
        set("age_max", audience.age_max.unwrap_or(OLDEST).into());
        set("genders", audience.genders.iter().map(|gender| words::gender(*gender)).collect());
        set("locales", self.locales(&path, audience));
        let interests = self.interests(&path, audience);
        if !interests.is_empty() {
            set("flexible_spec", json!([{"interests": interests}]));
        }
        set("custom_audiences", ids(&audience.custom_audiences));
        set("excluded_custom_audiences", ids(&audience.excluded_custom_audiences));
        set(
            "publisher_platforms",
            self.own.publishers.iter().map(|publisher| words::publisher(*publisher)).collect(),
        );
        // Left out, Meta would switch its own expansion on (§10, §24).
        set("targeting_automation", json!({"advantage_audience": i64::from(audience.expansion)}));
        self.check_ages(&path, audience, group.target);
        self.check_publishers();
        targeting::canonical(&Value::Object(fields))
    }

    fn locales(&mut self, path: &str, audience: &Audience) -> Value {
        let mut keys: Vec<i64> = Vec::new();
        for (index, language) in audience.languages.iter().enumerate() {
            match words::locales(language) {
                Some(known) => keys.extend(known),
                None => self.found(
                    Diagnostic::error(
                        format!("{path}.languages[{index}]"),
                        format!("Placard does not know Meta's key of the language `{language}`"),
                    )
                    .help(format!("Known are: {}.", words::LANGUAGES.join(", "))),
                ),
            }
        }
        keys.into()
    }

    fn interests(&mut self, path: &str, audience: &Audience) -> Vec<Value> {
        let mut ids = Vec::new();
        for (index, interest) in audience.interests.iter().enumerate() {
            match interest.keys.get("meta") {
                Some(key) => ids.push(json!({"id": key})),
                None => self.found(
                    Diagnostic::error(
                        format!("{path}.interests[{index}].keys.meta"),
                        format!("Meta's key of the interest `{}` is missing", interest.name),
                    )
                    .help("Meta knows interests by ids, such as `keys: {meta: \"6003397425735\"}`."),
                ),
            }
        }
        ids
    }

    fn check_ages(&mut self, path: &str, audience: &Audience, target: Option<TargetKind>) {
        if audience.expansion && audience.age_min.is_some_and(|age| age > 25) {
            self.found(
                Diagnostic::error(
                    format!("{path}.age_min"),
                    "with expansion, Meta takes a youngest age of 25 at most",
                )
                .help("Lower it, or set `expansion: false`."),
            );
        }
        if audience.expansion && audience.age_max.is_some_and(|age| age < OLDEST) {
            self.found(
                Diagnostic::error(
                    format!("{path}.age_max"),
                    "with expansion, Meta takes no oldest age below 65",
                )
                .help("Leave it out, or set `expansion: false`."),
            );
        }
        if target == Some(TargetKind::Call) && audience.age_min.is_some_and(|age| age < YOUNGEST) {
            self.error(format!("{path}.age_min"), "Meta shows call ads to people from 18 on");
        }
    }

    fn check_publishers(&mut self) {
        let publishers = &self.own.publishers;
        let path = "platforms.meta.publishers";
        if publishers.as_slice() == [MetaPublisher::AudienceNetwork] {
            self.error(path, "Meta does not show ads on the audience network alone");
        }
        if publishers.contains(&MetaPublisher::Threads) && !publishers.contains(&MetaPublisher::Instagram) {
            self.error(path, "Meta shows ads on Threads only together with Instagram");
        }
    }
}

fn ids(audiences: &[String]) -> Value {
    audiences.iter().map(|id| json!({"id": id})).collect()
}
