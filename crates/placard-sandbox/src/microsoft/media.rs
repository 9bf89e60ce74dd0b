//! Images for the audience network (Microsoft, `platforms/microsoft.md` §4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::customer;
use super::error::{Code, Fault, MicrosoftResult, Problem};
use super::shape::{self, Field, Shape};
use super::store::{Kind, Object, Status};
use super::write::{Call, Outcome, members, no_id};
use crate::world::World;

/// `MediaType` with the least width and height, and the ratio that it has to have.
const TYPES: &[(&str, usize, usize, Option<f64>)] = &[
    ("GenericImage", 40, 20, None),
    ("Image16x9", 640, 360, Some(16.0 / 9.0)),
    ("Image15x10", 300, 200, Some(1.5)),
    ("Image4x3", 100, 75, Some(4.0 / 3.0)),
    ("Image1x1", 128, 128, Some(1.0)),
    ("Image191x100", 703, 368, Some(1.91)),
    ("Image4x1", 512, 128, Some(4.0)),
];
const WORDS: &[&str] =
    &["GenericImage", "Image16x9", "Image15x10", "Image4x3", "Image1x1", "Image191x100", "Image4x1"];

const MEDIA: Shape = Shape::Tagged(&[(
    "Image",
    &[("Id", Shape::Id), ("MediaType", Shape::Word(WORDS)), ("Text", Shape::Text), ("Data", Shape::Text)],
)]);

pub(super) const ADD: &[Field] = &[("AccountId", Shape::Id), ("Media", Shape::List(&MEDIA))];
pub(super) const DELETE: &[Field] = &[("AccountId", Shape::Id), ("MediaIds", Shape::List(&Shape::Id))];
const PAGE: Shape = Shape::Object(&[("Index", Shape::Int), ("Size", Shape::Int)]);
pub(super) const BY_ACCOUNT: &[Field] = &[("MediaEnabledEntities", Shape::AnyWords), ("PageInfo", PAGE)];
pub(super) const BY_IDS: &[Field] = &[("MediaIds", Shape::List(&Shape::Id))];

const MOST: usize = 10;

/// `POST /Media`: one bad item refuses the whole call.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("Media", MOST, Code::NullArray, Code::ArrayTooLong)?;
    let images = items.iter().map(image).collect::<MicrosoftResult<Vec<_>>>()?;
    let make = |fields| {
        let id =
            world.microsoft_make((Kind::Image, &call.account.id), (None, None), Status::Active, fields, None);
        json!(id.to_string())
    };
    Ok(json!({ "MediaIds": images.into_iter().map(make).collect::<Vec<_>>() }))
}

/// What is kept of an image.
fn image(item: &Value) -> MicrosoftResult<Map<String, Value>> {
    /// Characters in base64.
    const HEAVIEST: usize = 102_400;
    const LONGEST_SIDE: usize = 10_000;
    let wrong = |text: &str| Fault::new(Code::InvalidInput, text);
    let whole = |_| wrong("An item of Media is null or has an Id.");
    let item = members(item).and_then(|item| no_id(item).map(|()| item)).map_err(whole)?;
    let data = item.get("Data").and_then(Value::as_str).ok_or_else(|| wrong("Data is required."))?;
    if data.len() > HEAVIEST {
        return Err(Fault::new(Code::ImageTooHeavy, format!("Data is longer than {HEAVIEST} characters.")));
    }
    let bytes = STANDARD.decode(data).map_err(|_| wrong("Data is not base64."))?;
    let size = imagesize::blob_size(&bytes).map_err(|_| wrong("Data is not an image."))?;
    if size.width.max(size.height) > LONGEST_SIDE {
        return Err(Fault::new(Code::ImageTooLarge, "The image is too large."));
    }
    let kind = item.get("MediaType").and_then(Value::as_str).unwrap_or("GenericImage");
    let known = TYPES.iter().find(|(word, ..)| *word == kind);
    let (_, width, height, ratio) = known.ok_or_else(|| wrong("MediaType is unknown."))?;
    if size.width < *width || size.height < *height {
        return Err(wrong("The image is too small for its MediaType."));
    }
    let own = size.width as f64 / size.height as f64;
    if ratio.is_some_and(|ratio| (own / ratio - 1.0).abs() > 0.02) {
        return Err(wrong("The image has not the ratio of its MediaType."));
    }
    let representation = json!({
        "Type": "ImageMediaRepresentation", "Name": "OriginalImage", "Width": size.width, "Height": size.height,
    });
    let alt = item.get("Text").cloned().unwrap_or_default();
    Ok(Map::from_iter([
        ("Type".to_owned(), json!("Image")),
        ("MediaType".to_owned(), json!(kind)),
        ("Text".to_owned(), alt),
        ("Representations".to_owned(), json!([representation])),
    ]))
}

fn find<'w>(world: &'w World, call: &Call<'_>, item: &Value) -> Result<&'w Object, Problem> {
    let found = shape::id(item).and_then(|id| world.microsoft_own(&call.account, Kind::Image, id));
    found.ok_or_else(|| Problem::at(Code::InvalidMediaId, "MediaIds", "The media ID is not valid."))
}

/// `DELETE /Media`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("MediaIds", MOST, Code::NullArray, Code::ArrayTooLong)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, call, item).map(|image| image.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

/// `POST /MediaMetaData/QueryByAccountId`.
pub(super) fn by_account(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let all = world.microsoft.owned(&call.account.id, Kind::Image).filter(|image| image.is_listed());
    let found: Vec<Value> = all.map(|image| world.microsoft_view(image)).collect();
    Ok(json!({ "MediaMetaData": customer::page(found, call.body)? }))
}

/// `POST /MediaMetaData/QueryByIds`.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    let items = call.items("MediaIds", 100, Code::NullArray, Code::ArrayTooLong)?;
    let (mut found, mut outcome) = (Vec::new(), Outcome::default());
    for item in items {
        let image = find(world, call, item);
        found.push(image.as_ref().map_or(Value::Null, |image| world.microsoft_view(image)));
        outcome.push(image.map(|image| image.id));
    }
    let mut out = outcome.changed();
    out["MediaMetaData"] = json!(found);
    Ok(out)
}
