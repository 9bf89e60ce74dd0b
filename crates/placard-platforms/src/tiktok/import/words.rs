//! Whom an ad group reaches, and what an ad says (TikTok, `platforms/tiktok.md` §8, §12).

use crate::{
    import::ages,
    tiktok::{
        canonical::TAGS,
        geo,
        wire::{at, plain, text_at},
        words,
    },
};
use placard_domain::spec::{Audience, Gender, Interest, Location, Locations, Place};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where an ad group is shown.
pub(super) fn places(entry: &Value) -> Result<Locations, String> {
    let include: Vec<Location> = texts(entry, "location_ids").into_iter().map(place).collect();
    if include.is_empty() {
        return Err("it names no places".to_owned());
    }
    Ok(Locations { include, exclude: Vec::new() })
}

fn place(id: String) -> Location {
    match geo::country_of(&id) {
        Some(code) => Location { country: Some(code.to_owned()), ..Location::default() },
        None => {
            let keys = BTreeMap::from([("tiktok".to_owned(), id.clone())]);
            let region = Some(Place { name: id, keys, radius_km: None });
            Location { region, ..Location::default() }
        }
    }
}

/// Who sees the ads of an ad group.
pub(super) fn people(entry: &Value) -> Audience {
    let bands = texts(entry, "age_groups");
    let (least, most) = ages(words::AGES, |band| bands.is_empty() || bands.iter().any(|one| one == band));
    // Without any band TikTok reaches everybody, from 13 on.
    let least = least.or(Some(words::AGES[0].1)).filter(|age| *age != 18);
    let gender = text_at(entry, "gender").unwrap_or_default();
    let genders = Gender::ALL.iter().filter(|one| words::gender(&[**one]) == gender).copied().collect();
    let interests = texts(entry, "interest_category_ids")
        .into_iter()
        .map(|id| Interest { name: id.clone(), keys: BTreeMap::from([("tiktok".to_owned(), id)]) });
    let excluded = match texts(entry, "excluded_audience_ids") {
        none if none.is_empty() => texts(entry, "exclude_audience_ids"),
        some => some,
    };
    Audience {
        age_min: least,
        age_max: most.filter(|age| *age != 65),
        genders,
        languages: texts(entry, "languages"),
        interests: interests.collect(),
        custom_audiences: texts(entry, "audience_ids"),
        excluded_custom_audiences: excluded,
        expansion: at(entry, "smart_audience_enabled").and_then(Value::as_bool).unwrap_or_default(),
    }
}

/// Parameters behind an ad's address, as one text.
pub(super) fn tags(entry: &Value) -> Option<String> {
    let tags = entry.get(TAGS).and_then(Value::as_array).into_iter().flatten();
    let tags =
        tags.filter_map(|tag| Some(format!("{}={}", plain(tag.get("key")?), plain(tag.get("value")?))));
    Some(tags.collect::<Vec<_>>().join("&")).filter(|tags| !tags.is_empty())
}

/// The texts of a list.
pub(super) fn texts(entry: &Value, name: &str) -> Vec<String> {
    entry.get(name).and_then(Value::as_array).into_iter().flatten().map(plain).collect()
}
