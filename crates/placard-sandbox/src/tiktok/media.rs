//! Images and videos (TikTok, `platforms/tiktok.md` §6).

use std::time::Instant;

use chrono::{DateTime, Utc};
use imagesize::ImageType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Scope;
use super::error::{Code, Refusal, TikTokResult};
use super::md5;
use super::read;
use super::request::Request;
use super::store::Key;
use crate::object::Moment;
use crate::wire::wire_enum;
use crate::world::{RecordKey, World};

wire_enum! {
    /// What an uploaded file is.
    pub(crate) enum MediaKind {
        Image = "image",
        Video = "video",
    }
}

/// An uploaded image or video.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Media {
    /// `image_id` or `video_id`.
    pub(crate) id: String,
    pub(crate) kind: MediaKind,
    pub(crate) advertiser: String,
    material_id: String,
    pub(crate) file_name: String,
    pub(crate) signature: String,
    pub(crate) width: usize,
    pub(crate) height: usize,
    size: usize,
    format: String,
    pub(crate) created: Moment,
    /// A video is transcoded until then.
    ready: DateTime<Utc>,
    /// Wall-clock moment from which reads find it; only the edge-lag fault sets one.
    #[serde(skip)]
    listed_from: Option<Instant>,
}

impl Media {
    pub(crate) fn is_ready(&self, now: DateTime<Utc>) -> bool {
        now >= self.ready
    }

    fn is_listed(&self) -> bool {
        self.listed_from.is_none_or(|from| Instant::now() >= from)
    }

    pub(crate) fn view(&self, now: DateTime<Utc>) -> Value {
        let mut out = json!({
            "material_id": self.material_id, "file_name": self.file_name, "width": self.width,
            "height": self.height, "size": self.size, "format": self.format, "signature": self.signature,
            "displayable": self.is_ready(now), "create_time": read::told(self.created.at),
            "modify_time": read::told(self.created.at),
        });
        let url = format!("{ADDRESS}{}", self.id);
        match self.kind {
            MediaKind::Image => {
                out["image_id"] = json!(self.id);
                out["image_url"] = json!(url);
                out["is_carousel_usable"] = json!(true);
            }
            MediaKind::Video => {
                out["video_id"] = json!(self.id);
                out["duration"] = json!(VIDEO_SECONDS);
                out["bit_rate"] = json!(1_200_000);
                out["video_cover_url"] = json!(cover_url(self, 1));
                out["preview_url"] = json!(url);
                out["allowed_placements"] = json!(["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]);
                out["flaw_types"] = json!([]);
                out["fix_task_id"] = Value::Null;
            }
        }
        out
    }
}

/// Where files would be fetched; nobody is there.
const ADDRESS: &str = "https://media.sandbox.invalid/";

/// Files are not decoded: every video counts as upright and a quarter of a minute long.
const VIDEO_SIZE: (usize, usize) = (720, 1280);
const VIDEO_SECONDS: f64 = 15.0;
const MOST_VIDEO_BYTES: usize = 500 * 1024 * 1024;

fn image(bytes: &[u8]) -> TikTokResult<(&'static str, usize, usize)> {
    let format = match imagesize::image_type(bytes) {
        Ok(ImageType::Jpeg) => "jpeg",
        Ok(ImageType::Png) => "png",
        _ => return Err(Refusal::new(Code::ImageTypeWrong, "The file is not an image of a supported type.")),
    };
    let size = imagesize::blob_size(bytes);
    let size = size.map_err(|_| Refusal::new(Code::UploadInvalid, "The image cannot be read."))?;
    Ok((format, size.width, size.height))
}

fn video(bytes: &[u8]) -> TikTokResult<(&'static str, usize, usize)> {
    let format = match (bytes.get(4..8), bytes.get(..4)) {
        (Some(b"ftyp"), _) => "mp4",
        (_, Some(b"RIFF")) => "avi",
        (_, Some([0, 0, 1, 0xba])) => "mpeg",
        _ => return Err(Refusal::new(Code::VideoTypeWrong, "The file is not a video of a supported type.")),
    };
    if bytes.len() > MOST_VIDEO_BYTES {
        return Err(Refusal::new(Code::FileTooLarge, "The video is larger than 500 MB."));
    }
    Ok((format, VIDEO_SIZE.0, VIDEO_SIZE.1))
}

/// A file as it is known once it arrived.
struct Arrived {
    signature: String,
    format: &'static str,
    width: usize,
    height: usize,
    size: usize,
}

/// `POST /file/image/ad/upload/` and `/file/video/ad/upload/`.
pub(crate) fn upload(world: &mut World, request: &Request, kind: MediaKind) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Creative)?;
    let params = &request.params;
    let arrived = match read::text(params, "upload_type")?.as_deref() {
        None | Some("UPLOAD_BY_FILE") => sent(request, kind)?,
        Some("UPLOAD_BY_URL") => {
            let url = read::need(params, &format!("{kind}_url"))?;
            let found = (kind == MediaKind::Image).then(|| cover(world, &advertiser.id, &url)).flatten();
            // Nothing out there is fetched.
            found.ok_or_else(|| Refusal::new(Code::UrlUnavailable, "The address cannot be reached."))?
        }
        Some("UPLOAD_BY_FILE_ID" | "UPLOAD_BY_VIDEO_ID") => {
            return Err(Refusal::new(Code::NotImplemented, "Not implemented: this upload_type."));
        }
        Some(other) => return Err(Refusal::field("upload_type", format!("Unknown value {other}."))),
    };
    let id = world.tiktok.next_id();
    let file_name = read::text(params, "file_name")?.unwrap_or_else(|| format!("{kind}-{id}"));
    if file_name.chars().count() > 100 {
        return Err(Refusal::field("file_name", "Longer than 100 characters."));
    }
    let same = |media: &Media| {
        media.kind == kind && media.advertiser == advertiser.id && media.file_name == file_name
    };
    if kind == MediaKind::Video && world.tiktok.media.values().any(same) {
        return Err(Refusal::new(Code::DuplicateMaterialName, "The material name already exists."));
    }
    let now = world.now();
    let media = Media {
        id: match kind {
            MediaKind::Image => format!("ad-site-i18n-sg/{}{id}", now.format("%Y%m%d")),
            MediaKind::Video => format!("v10033g50000{id}"),
        },
        kind,
        advertiser: advertiser.id,
        material_id: id,
        file_name,
        signature: arrived.signature,
        width: arrived.width,
        height: arrived.height,
        size: arrived.size,
        format: arrived.format.to_owned(),
        created: world.moment(),
        ready: if kind == MediaKind::Video { now + world.config.in_process } else { now },
        listed_from: world.faults.edge_lag(),
    };
    let view = media.view(now);
    world.touch(RecordKey::TikTok(Key::Media(media.id.clone())));
    world.tiktok.media.insert(media.id.clone(), media);
    Ok(if kind == MediaKind::Video { json!([view]) } else { view })
}

/// The file that came with a call.
fn sent(request: &Request, kind: MediaKind) -> TikTokResult<Arrived> {
    let file = request.file(&format!("{kind}_file"));
    let bytes = &file.ok_or_else(|| Refusal::new(Code::FileMissing, "The file is missing."))?.bytes;
    if bytes.is_empty() {
        return Err(Refusal::new(Code::FileEmpty, "The file is empty."));
    }
    let signature = md5::hex(bytes);
    if read::need(&request.params, &format!("{kind}_signature"))?.to_lowercase() != signature {
        return Err(Refusal::new(Code::WrongSignature, "The signature is not the MD5 of the file."));
    }
    let (format, width, height) = match kind {
        MediaKind::Image => image(bytes)?,
        MediaKind::Video => video(bytes)?,
    };
    Ok(Arrived { signature, format, width, height, size: bytes.len() })
}

fn cover_url(video: &Media, number: i64) -> String {
    format!("{ADDRESS}{}/cover/{number}", video.id)
}

/// The picture at a suggested cover's address.
fn cover(world: &World, advertiser: &str, url: &str) -> Option<Arrived> {
    let (video, _) = url.strip_prefix(ADDRESS)?.split_once("/cover/")?;
    let video = world.tiktok.media.get(video).filter(|video| video.advertiser == advertiser)?;
    let signature = md5::hex(url.as_bytes());
    Some(Arrived { signature, format: "jpeg", width: video.width, height: video.height, size: 60_000 })
}

/// `GET /file/video/suggestcover/`.
pub(crate) fn covers(world: &World, request: &Request) -> TikTokResult<Value> {
    const MOST: i64 = 10;
    let advertiser = world.tiktok_advertiser(request, Scope::Creative)?;
    let id = read::need(&request.params, "video_id")?;
    let own = |media: &&Media| media.kind == MediaKind::Video && media.advertiser == advertiser.id;
    let video = world.tiktok.media.get(&id).filter(own);
    let video = video.ok_or_else(|| Refusal::new(Code::BadVideoId, format!("Bad video id {id}.")))?;
    let count = read::int(&request.params, "poster_number")?.unwrap_or(MOST);
    if !(1..=MOST).contains(&count) {
        return Err(Refusal::field("poster_number", format!("Must be between 1 and {MOST}.")));
    }
    let cover = |number: i64| {
        json!({
            "id": format!("{id}-{number}"), "url": cover_url(video, number),
            "width": video.width, "height": video.height,
        })
    };
    Ok(json!({ "list": (1..=count).map(cover).collect::<Vec<_>>() }))
}

/// `GET /file/image/ad/info/` and `/file/video/ad/info/`.
pub(crate) fn info(world: &World, request: &Request, kind: MediaKind) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Creative)?;
    let most = if kind == MediaKind::Image { 100 } else { 60 };
    let ids = read::ids(&request.params, &format!("{kind}_ids"), most)?;
    let known = ids.iter().filter_map(|id| world.tiktok.media.get(id));
    let own = known.filter(|it| it.kind == kind && it.advertiser == advertiser.id && it.is_listed());
    Ok(json!({ "list": own.map(|media| media.view(world.now())).collect::<Vec<_>>() }))
}

/// `GET /file/video/ad/search/`: finds an upload by name after a lost answer.
pub(crate) fn search(world: &World, request: &Request) -> TikTokResult<Value> {
    let advertiser = world.tiktok_advertiser(request, Scope::Creative)?;
    let page = read::Page::of(&request.params, 100)?;
    let empty = read::Params::new();
    let filter = read::object(&request.params, "filtering")?.unwrap_or(&empty);
    let (ids, materials) = (read::texts(filter, "video_ids")?, read::texts(filter, "material_ids")?);
    let name = read::text(filter, "video_name")?;
    let fits = |media: &&Media| {
        media.kind == MediaKind::Video
            && media.advertiser == advertiser.id
            && media.is_listed()
            && ids.as_ref().is_none_or(|ids| ids.contains(&media.id))
            && materials.as_ref().is_none_or(|ids| ids.contains(&media.material_id))
            && name.as_ref().is_none_or(|name| media.file_name.contains(name.as_str()))
    };
    let all: Vec<Value> =
        world.tiktok.media.values().filter(fits).map(|media| media.view(world.now())).collect();
    Ok(page.data("list", &all))
}
