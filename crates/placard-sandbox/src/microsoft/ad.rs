//! Responsive search ads (Microsoft, `platforms/microsoft.md` §4).

use serde_json::{Map, Value, json};

use super::campaign::PARAMETERS;
use super::editorial;
use super::error::{Code, Judged, MicrosoftResult, Problem};
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::draw;
use crate::world::World;

const LINKS: Shape = Shape::List(&Shape::Object(&[
    ("Asset", Shape::Tagged(&[("TextAsset", &[("Id", Shape::Id), ("Text", Shape::Text)])])),
    ("PinnedField", Shape::Text),
    // These two are read back only, and may come again with a list that was read.
    ("AssetPerformanceLabel", Shape::Text),
    ("EditorialStatus", Shape::Text),
]));

const TYPES: &[&str] = &[
    "ResponsiveSearch",
    "ResponsiveAd",
    "ExpandedText",
    "DynamicSearch",
    "Product",
    "AppInstall",
    "Hotel",
    "Text",
];

const AD: Shape = Shape::Tagged(&[(
    "ResponsiveSearch",
    &[
        ("Id", Shape::Id),
        ("Status", Shape::Word(&["Active", "Paused"])),
        ("Headlines", LINKS),
        ("Descriptions", LINKS),
        ("Path1", Shape::Text),
        ("Path2", Shape::Text),
        ("FinalUrls", Shape::List(&Shape::Text)),
        ("FinalUrlSuffix", Shape::Text),
        ("TrackingUrlTemplate", Shape::Text),
        ("UrlCustomParameters", PARAMETERS),
    ],
)]);

pub(super) const WRITE: &[Field] = &[("AdGroupId", Shape::Id), ("Ads", Shape::List(&AD))];
pub(super) const DELETE: &[Field] = &[("AdGroupId", Shape::Id), ("AdIds", Shape::List(&Shape::Id))];
const KINDS: Shape = Shape::List(&Shape::Word(TYPES));
pub(super) const BY_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("AdTypes", KINDS), ("ReturnAdditionalFields", Shape::AnyWords)];
pub(super) const BY_IDS: &[Field] = &[
    ("AdGroupId", Shape::Id),
    ("AdIds", Shape::List(&Shape::Id)),
    ("AdTypes", KINDS),
    ("ReturnAdditionalFields", Shape::AnyWords),
];
pub(super) const BY_STATUS: &[Field] =
    &[("AdGroupId", Shape::Id), ("AdTypes", KINDS), ("EditorialStatus", Shape::Word(editorial::STATUSES))];

const MOST: usize = 50;

/// `POST /Ads`.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.clone();
    let items = call.items("Ads", MOST, Code::NullArray, Code::AdsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(add_one(world, call, &group, item));
    }
    Ok(outcome.made("AdIds"))
}

fn add_one(world: &mut World, call: &Call<'_>, group: &Object, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    write::no_id(item)?;
    check(item)?;
    let status = write::status(item).unwrap_or(Status::Active);
    if status == Status::Active {
        room(world, group.id, None)?;
    }
    let fields = write::kept(item);
    let review = editorial::review(world, &texts(&fields), true);
    let above = (group.campaign, Some(group.id));
    Ok(world.microsoft_make((Kind::Ad, &call.account.id), above, status, fields, review))
}

/// 6226: three active ones in an ad group. Twins are allowed.
fn room(world: &World, group: u64, own: Option<u64>) -> Judged<()> {
    let active = world.microsoft.living(group, Kind::Ad).filter(|ad| ad.is_active() && Some(ad.id) != own);
    match active.count() < 3 {
        true => Ok(()),
        false => {
            let text = "The ad group has three active responsive search ads.";
            Err(Problem::at(Code::ActiveAds, "Status", text))
        }
    }
}

/// All texts of an ad.
pub(super) fn texts(fields: &Map<String, Value>) -> Vec<&str> {
    let list = |name: &str| fields.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let links = list("Headlines").iter().chain(list("Descriptions"));
    links.filter_map(|link| link["Asset"]["Text"].as_str()).collect()
}

/// Codes of a list of texts.
struct Rules {
    list: &'static str,
    least: usize,
    most: usize,
    width: usize,
    pins: &'static [&'static str],
    few: Code,
    many: Code,
    long: Code,
    twin: Code,
    pin: Code,
    unfit: Code,
}

const HEADLINES: Rules = Rules {
    list: "Headlines",
    least: 3,
    most: 15,
    width: 30,
    pins: &["Headline1", "Headline2", "Headline3"],
    few: Code::TooFewHeadlines,
    many: Code::TooManyHeadlines,
    long: Code::HeadlineTooLong,
    twin: Code::DuplicateHeadlines,
    pin: Code::InvalidHeadlinePin,
    unfit: Code::EditorialTitle,
};

const DESCRIPTIONS: Rules = Rules {
    list: "Descriptions",
    least: 2,
    most: 4,
    width: 90,
    pins: &["Description1", "Description2"],
    few: Code::TooFewDescriptions,
    many: Code::TooManyDescriptions,
    long: Code::DescriptionTooLong,
    twin: Code::DuplicateDescriptions,
    pin: Code::InvalidDescriptionPin,
    unfit: Code::EditorialText,
};

fn check(item: &Map<String, Value>) -> Judged<()> {
    check_links(item, &HEADLINES)?;
    check_links(item, &DESCRIPTIONS)?;
    editorial::check_urls(item, true)?;
    for (name, code) in [("Path1", Code::Path1TooLong), ("Path2", Code::Path2TooLong)] {
        let path = write::text(item, name).unwrap_or_default();
        if width(path) > 15 {
            return Err(Problem::at(code, name, "The path is longer than 15 characters."));
        }
        if path.contains('/') {
            return Err(Problem::at(Code::EditorialUrl, name, "A path contains no slash."));
        }
    }
    if write::text(item, "Path1").is_none_or(str::is_empty)
        && write::text(item, "Path2").is_some_and(|path| !path.is_empty())
    {
        return Err(Problem::at(Code::EditorialUrl, "Path2", "Path2 needs a Path1."));
    }
    shown_url(item)?;
    write::check_tracking(item)
}

/// Domain and paths have 67 characters at most.
fn shown_url(item: &Map<String, Value>) -> Judged<()> {
    let url = item.get("FinalUrls").and_then(|urls| urls[0].as_str()).unwrap_or_default();
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::len)).unwrap_or(0);
    let path = |name: &str| write::text(item, name).map_or(0, |path| path.chars().count() + 1);
    match host + path("Path1") + path("Path2") <= 67 {
        true => Ok(()),
        false => {
            Err(Problem::at(Code::EditorialUrl, "Path1", "Domain and paths are longer than 67 characters."))
        }
    }
}

fn check_links(item: &Map<String, Value>, rules: &Rules) -> Judged<()> {
    let at = |code: Code, text: String| Err(Problem::at(code, rules.list, text));
    let links = item.get(rules.list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    match links.len() {
        count if count < rules.least => return at(rules.few, format!("{count} are too few.")),
        count if count > rules.most => return at(rules.many, format!("{count} are too many.")),
        _ => {}
    }
    let mut seen: Vec<String> = Vec::new();
    for link in links {
        let text = link["Asset"]["Text"].as_str().unwrap_or_default();
        if text.trim().is_empty() {
            return at(Code::NullParameter, "A text is missing.".into());
        }
        if text.chars().count() > 1000 || width(&shown(text)) > rules.width {
            return at(rules.long, format!("{text} is longer than {} characters.", rules.width));
        }
        if seen.contains(&text.to_lowercase()) {
            return at(rules.twin, format!("{text} is there twice."));
        }
        seen.push(text.to_lowercase());
        let pin = link["PinnedField"].as_str().unwrap_or_default();
        if !pin.is_empty() && !rules.pins.contains(&pin) {
            return at(rules.pin, format!("{pin} is not among {}.", rules.pins.join(", ")));
        }
        editorial::quick(text, rules.unfit, rules.list)?;
    }
    Ok(())
}

/// A text as it is shown: dynamic parts such as `{keyword:boots}` are replaced by what they fall back to.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        out.push_str(before);
        let Some((part, after)) = inside.split_once('}') else {
            out.push('{');
            rest = inside;
            continue;
        };
        out.push_str(part.split_once(':').map_or("", |(_, fallback)| fallback));
        rest = after;
    }
    out + rest
}

/// Characters of a text; wide ones count double.
fn width(text: &str) -> usize {
    let wide = |letter: char| {
        matches!(u32::from(letter), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x20000..=0x3fffd)
    };
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

/// `PUT /Ads`.
pub(super) fn update(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("Ads", MOST, Code::NullArray, Code::AdsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(update_one(world, group, item));
    }
    Ok(outcome.changed())
}

/// 1308, or 1394 for one that was deleted.
fn find(world: &World, group: u64, id: Option<u64>) -> Judged<&Object> {
    let found = id.and_then(|id| world.microsoft.get(id));
    let found = found.filter(|ad| ad.kind == Kind::Ad && ad.ad_group == Some(group));
    match found {
        Some(ad) if ad.is_deleted() => Err(Problem::at(Code::AdDeleted, "Id", "The ad was deleted.")),
        Some(ad) => Ok(ad),
        None => Err(Problem::at(Code::InvalidAdId, "Id", "The ad ID is not valid.")),
    }
}

fn update_one(world: &mut World, group: u64, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    let ad = find(world, group, item.get("Id").and_then(shape::id))?;
    let (id, changes) = (ad.id, write::kept(item));
    let mut merged = ad.fields.clone();
    merged.extend(changes.clone());
    check(&merged)?;
    let edited = ["Headlines", "Descriptions", "FinalUrls", "Path1", "Path2"]
        .iter()
        .any(|name| changes.get(*name).is_some_and(|value| ad.fields.get(*name) != Some(value)));
    if write::status(item) == Some(Status::Active) {
        room(world, group, Some(id))?;
    }
    if edited {
        // An edited ad is looked at again and is not shown meanwhile.
        let review = editorial::review(world, &texts(&merged), true);
        if let Some(ad) = world.microsoft.get_mut(id) {
            ad.review = review;
        }
    }
    world.microsoft_merge(id, changes, write::status(item));
    Ok(id)
}

/// `DELETE /Ads`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("AdIds", MOST, Code::NullArray, Code::AdsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, group, shape::id(item)).map(|ad| ad.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

fn wanted(call: &Call<'_>) -> bool {
    let types = call.body.get("AdTypes").and_then(Value::as_array);
    types.is_none_or(|types| types.iter().any(|kind| kind == "ResponsiveSearch"))
}

/// `POST /Ads/QueryByAdGroupId`, and `…/QueryByEditorialStatus` with a status.
pub(super) fn by_ad_group(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let status = call.text("EditorialStatus");
    let fits = |ad: &&Object| {
        let own = editorial::status(ad, world.now());
        ad.is_listed() && wanted(call) && status.is_none_or(|status| status == own)
    };
    let ads = world.microsoft.living(group, Kind::Ad).filter(fits);
    let found: Vec<Value> = ads.map(|ad| world.microsoft_view(ad)).collect();
    Ok(json!({ "Ads": found }))
}

/// `POST /Ads/QueryByIds`.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let group = call.ad_group(world)?.id;
    let items = call.items("AdIds", MOST, Code::NullArray, Code::AdsTooMany)?;
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for item in items {
        let ad = find(world, group, shape::id(item));
        found.push(ad.as_ref().map_or(Value::Null, |ad| world.microsoft_view(ad)));
        outcome.push(ad.map(|ad| ad.id));
    }
    let mut out = outcome.changed();
    out["Ads"] = json!(found);
    Ok(out)
}

/// A list of texts as it is read back: texts are assets that an account shares.
pub(super) fn links_view(account: &str, links: &Value, status: &str) -> Value {
    let view = |link: &Value| {
        let text = link["Asset"]["Text"].as_str().unwrap_or_default();
        let id = draw::key(0, &["microsoft asset", account, text]) % 1_000_000_000_000_000;
        json!({
            "Asset": { "Type": "TextAsset", "Id": id.to_string(), "Text": text, "Name": null },
            "PinnedField": link["PinnedField"], "AssetPerformanceLabel": "Learning", "EditorialStatus": status,
        })
    };
    json!(links.as_array().map_or(&[][..], Vec::as_slice).iter().map(view).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_parts_count_as_what_is_shown_and_wide_letters_double() {
        assert_eq!(shown("Buy {KeyWord:boots} now"), "Buy boots now");
        assert_eq!(shown("50 { off"), "50 { off");
        assert_eq!(width("靴を買う"), 8);
        assert_eq!(width("Größe"), 5);
    }
}
