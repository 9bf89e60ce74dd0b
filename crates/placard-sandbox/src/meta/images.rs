//! Ad images (Meta, `platforms/meta.md` §6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::account::Account;
use super::call::Call;
use super::envelope::{MetaError, MetaResult};
use super::params::{Params, missing};
use crate::object::{Kind, NodeId, Status};
use crate::world::World;

const CREATE: &[&str] = &["bytes", "copy_from"];
const MIN_WIDTH: usize = 600;
const MAX_BYTES: usize = 30 * 1024 * 1024;

/// `POST /act_X/adimages`: file parts, `bytes`, or a copy of a known image.
pub(crate) fn create(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    let params = &call.params;
    params.only(&[CREATE])?;
    if let Some(source) = params.object("copy_from")? {
        return copy(world, account, &source);
    }
    let mut uploads: Vec<(String, String, Vec<u8>)> = call
        .files
        .iter()
        .map(|file| (file.file_name.clone(), file.file_name.clone(), file.bytes.to_vec()))
        .collect();
    if let Some(text) = params.text("bytes")? {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| MetaError::field("bytes", "Param bytes must be base64"))?;
        uploads.push(("bytes".into(), "untitled".into(), bytes));
    }
    if uploads.is_empty() {
        return Err(missing("bytes"));
    }
    let sizes: MetaResult<Vec<(usize, usize)>> =
        uploads.iter().map(|(key, _, bytes)| dimensions(key, bytes)).collect();
    let sizes = sizes?;
    let mut images = Map::new();
    for ((key, name, bytes), (width, height)) in uploads.into_iter().zip(sizes) {
        let id = store(world, account, &name, &bytes, width, height);
        images.insert(key, answer(world, id));
    }
    Ok(json!({ "images": images }))
}

fn refused(message: impl Into<String>) -> MetaError {
    MetaError::new(100, "Invalid parameter")
        .subcode(1487411)
        .user("Image cannot be used", message)
        .blame(&["bytes"])
}

/// Width and height read from the file itself; anything but JPEG and PNG is refused.
fn dimensions(name: &str, bytes: &[u8]) -> MetaResult<(usize, usize)> {
    if bytes.len() > MAX_BYTES {
        return Err(refused(format!("{name} is larger than 30 MB.")));
    }
    let known =
        matches!(imagesize::image_type(bytes), Ok(imagesize::ImageType::Jpeg | imagesize::ImageType::Png));
    let size = imagesize::blob_size(bytes).ok().filter(|_| known);
    let size = size.ok_or_else(|| refused(format!("{name} is not a JPG or PNG image.")))?;
    if size.width < MIN_WIDTH {
        return Err(refused(format!(
            "{name} is {} pixels wide; at least {MIN_WIDTH} are needed.",
            size.width
        )));
    }
    Ok((size.width, size.height))
}

/// The image's hash: 32 hex characters of its content.
fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}

/// Same bytes in the same account give the same image.
fn store(
    world: &mut World,
    account: &Account,
    name: &str,
    bytes: &[u8],
    width: usize,
    height: usize,
) -> NodeId {
    let hash = hash(bytes);
    if let Some(id) = find(world, account, &hash) {
        if world.object(id).is_some_and(|image| !image.is_current()) {
            world.set_status(id, Status::Active);
        }
        return id;
    }
    let mut image = world.draft(Kind::Image, &account.id, Status::Active);
    let fields = json!({
        "name": name, "hash": hash, "width": width, "height": height, "original_width": width,
        "original_height": height, "bytes_length": bytes.len(),
    });
    if let Value::Object(fields) = fields {
        image.fields = fields;
    }
    add_urls(&mut image.fields, &hash);
    world.add(image)
}

fn add_urls(fields: &mut Map<String, Value>, hash: &str) {
    fields.insert("url".into(), json!(format!("https://scontent.sandbox.invalid/v/{hash}.jpg?oe=expires")));
    fields.insert(
        "url_128".into(),
        json!(format!("https://scontent.sandbox.invalid/v/128/{hash}.jpg?oe=expires")),
    );
    fields.insert("permalink_url".into(), json!(format!("https://www.facebook.com/ads/image/?d={hash}")));
}

/// The image of an account with this hash, deleted ones included.
pub(crate) fn find(world: &World, account: &Account, hash: &str) -> Option<NodeId> {
    let ids = world.owned(&account.id, Kind::Image);
    ids.into_iter().find(|id| world.object(*id).and_then(|image| image.text("hash")) == Some(hash))
}

/// Whether a creative may use this hash.
pub(crate) fn usable(world: &World, account: &Account, hash: &str) -> bool {
    find(world, account, hash).and_then(|id| world.object(id)).is_some_and(|image| image.is_current())
}

fn answer(world: &World, id: NodeId) -> Value {
    let Some(image) = world.object(id) else { return Value::Null };
    let get = |name: &str| image.fields.get(name).cloned().unwrap_or_default();
    json!({
        "hash": get("hash"), "url": get("url"), "url_128": get("url_128"), "width": get("width"),
        "height": get("height"), "name": get("name"),
    })
}

fn copy(world: &mut World, account: &Account, source: &Map<String, Value>) -> MetaResult<Value> {
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    let (Some(from), Some(hash)) = (text("source_account_id"), text("hash")) else {
        return Err(MetaError::field("copy_from", "copy_from needs source_account_id and hash"));
    };
    let from = from.strip_prefix("act_").unwrap_or(from);
    let origin = super::account::visible(world, &account.user, from)?.clone();
    let image = find(world, &origin, hash).and_then(|id| world.object(id)).cloned();
    let image = image.ok_or_else(|| MetaError::field("copy_from", format!("Image {hash} does not exist")))?;
    if find(world, account, hash).is_none() {
        let mut copy = world.draft(Kind::Image, &account.id, Status::Active);
        copy.fields = image.fields.clone();
        world.add(copy);
    }
    Ok(json!({ "images": { hash: { "hash": hash, "url": image.fields.get("url") } } }))
}

/// The `hashes` of a read, as ids.
pub(crate) fn by_hashes(
    world: &World,
    account: &Account,
    params: &Params,
) -> MetaResult<Option<Vec<NodeId>>> {
    let Some(hashes) = params.words("hashes")? else { return Ok(None) };
    let mut ids: Vec<NodeId> = hashes.iter().filter_map(|hash| find(world, account, hash)).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

/// `DELETE /act_X/adimages?hash=…`; refused while an ad that is not deleted uses it.
pub(crate) fn delete(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[&["hash"]])?;
    let hash = params.required_text("hash")?.to_owned();
    let id = find(world, account, &hash)
        .ok_or_else(|| MetaError::field("hash", format!("Image {hash} does not exist in this ad account")))?;
    let used = world.owned(&account.id, Kind::Ad).into_iter().filter_map(|ad| world.object(ad)).any(|ad| {
        let creative = ad.creative.and_then(|creative| world.object(creative));
        ad.status != Status::Deleted
            && creative.is_some_and(|creative| json!(creative.fields).to_string().contains(&hash))
    });
    if used {
        return Err(MetaError::field("hash", "The image is in use by an ad and cannot be deleted"));
    }
    world.set_status(id, Status::Deleted);
    Ok(json!({ "success": true }))
}
