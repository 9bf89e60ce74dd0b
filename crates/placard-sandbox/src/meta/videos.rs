//! Ad videos: uploads in one call or in parts, processing, thumbnails (Meta, `platforms/meta.md` §7).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::call::Call;
use super::edges::{self, Shape};
use super::envelope::{MetaError, MetaResult};
use super::params::{FilePart, Params, missing};
use crate::object::{Kind, NodeId, Object, Status};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// Where an upload in parts stands.
    enum Phase { Start = "start", Transfer = "transfer", Finish = "finish", Cancel = "cancel" }
}

wire_enum! {
    /// What is told of a video; the last two only after somebody has set them by hand (`POST /_sandbox/edit`).
    pub(crate) enum VideoStatus {
        Processing = "processing",
        Ready = "ready",
        Error = "error",
        Expired = "expired",
    }
}

const TEXTS: &[&str] = &["title", "name", "description"];
const WHOLE: &[&str] = &["source", "file_url"];
const START: &[&str] = &["upload_phase", "file_size"];
const TRANSFER: &[&str] = &["upload_phase", "upload_session_id", "start_offset", "video_file_chunk"];
const FINISH: &[&str] = &["upload_phase", "upload_session_id"];

/// Parameters of `GET /act_X/advideos`.
pub(crate) const LIST: &[&str] = &["limit", "after", "before", "summary", "title"];

/// Bytes of a part; Meta chooses them.
const PART: u64 = 1024 * 1024;

/// The first bytes of a file, by which its format is told.
const HEAD: usize = 12;

/// Files are not decoded: every video counts as upright and a quarter of a minute long.
const SIZE: (u32, u32) = (720, 1280);
const SECONDS: f64 = 15.0;
const THUMBNAILS: u32 = 3;

/// `POST /act_X/advideos`.
pub(crate) fn create(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    match call.params.one_of::<Phase>("upload_phase")? {
        None => whole(world, account, call),
        Some(Phase::Start) => start(world, account, &call.params),
        Some(Phase::Transfer) => transfer(world, account, call),
        Some(Phase::Finish) => finish(world, account, &call.params),
        Some(Phase::Cancel) => cancel(world, account, &call.params),
    }
}

fn whole(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[TEXTS, WHOLE])?;
    let texts = texts(&call.params)?;
    if call.params.has("file_url") {
        // Nothing out there is fetched.
        return Err(refused(389, "Unable to fetch video file from URL."));
    }
    let bytes = &part(call, "source")?.bytes;
    takes_format(bytes)?;
    let mut video = world.draft(Kind::Video, &account.id, Status::Active);
    video.fields = texts;
    video.fields.insert("file_size".into(), json!(bytes.len()));
    video.fields.insert("fingerprint".into(), json!(digits(fingerprint(NOTHING, bytes))));
    Ok(json!({ "id": world.add(video) }))
}

fn start(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[START])?;
    let size = params.uint("file_size")?.ok_or_else(|| missing("file_size"))?;
    if size == 0 {
        return Err(refused(382, "The video file you selected is too small."));
    }
    let session = world.next_id();
    let mut video = world.draft(Kind::Video, &account.id, Status::Active);
    let fields = json!({
        "file_size": size, "taken": 0, "head": "", "fingerprint": digits(NOTHING),
        "upload_session_id": session.to_string(),
    });
    if let Value::Object(fields) = fields {
        video.fields = fields;
    }
    let (begin, end) = next_part(&video);
    let id = world.add(video);
    Ok(json!({
        "upload_session_id": session, "video_id": id, "start_offset": begin.to_string(), "end_offset": end.to_string(),
    }))
}

fn transfer(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[TRANSFER])?;
    let video = session(world, account, &call.params)?;
    let offset = call.params.uint("start_offset")?.ok_or_else(|| missing("start_offset"))?;
    let bytes = part(call, "video_file_chunk")?.bytes.clone();
    let (begin, end) = next_part(&video);
    if u64::try_from(offset) != Ok(begin) || bytes.len() as u64 != end - begin {
        return Err(MetaError::new(6000, "There was a problem uploading your video file. Please try again.")
            .subcode(1_363_037)
            .data(json!({ "start_offset": begin.to_string(), "end_offset": end.to_string() })));
    }
    let text = |name: &str| video.text(name).unwrap_or_default();
    let mut head = hex::decode(text("head")).unwrap_or_default();
    head.extend(bytes.iter().take(HEAD.saturating_sub(head.len())));
    let before = u64::from_str_radix(text("fingerprint"), 16).unwrap_or(NOTHING);
    let Some(changed) = world.change(video.id) else { return Err(unknown_session()) };
    changed.fields.insert("taken".into(), json!(end));
    changed.fields.insert("head".into(), json!(hex::encode(head)));
    changed.fields.insert("fingerprint".into(), json!(digits(fingerprint(before, &bytes))));
    let (begin, end) = next_part(changed);
    Ok(json!({ "start_offset": begin.to_string(), "end_offset": end.to_string() }))
}

fn finish(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[FINISH, TEXTS])?;
    let texts = texts(params)?;
    let video = session(world, account, params)?;
    let (begin, end) = next_part(&video);
    if begin != end {
        return Err(refused(6001, "There was a problem uploading your video: bytes are missing."));
    }
    takes_format(&hex::decode(video.text("head").unwrap_or_default()).unwrap_or_default())?;
    let now = world.now();
    let in_process_until = now + world.config.in_process;
    let listed_from = world.faults.edge_lag();
    let Some(video) = world.change(video.id) else { return Err(unknown_session()) };
    for name in ["taken", "head", "upload_session_id"] {
        video.fields.remove(name);
    }
    video.fields.extend(texts);
    (video.updated, video.in_process_until, video.listed_from) = (now, in_process_until, listed_from);
    Ok(json!({ "success": true }))
}

fn cancel(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[FINISH])?;
    let video = session(world, account, params)?;
    world.set_status(video.id, Status::Deleted);
    Ok(json!({ "success": true }))
}

fn texts(params: &Params) -> MetaResult<Map<String, Value>> {
    let mut texts = Map::new();
    for name in TEXTS {
        if let Some(text) = params.text(name)? {
            texts.insert((*name).into(), json!(text));
        }
    }
    Ok(texts)
}

fn part<'c>(call: &'c Call, name: &str) -> MetaResult<&'c FilePart> {
    call.files.iter().find(|file| file.field == name).ok_or_else(|| missing(name))
}

fn refused(code: i64, message: &str) -> MetaError {
    MetaError::new(code, format!("(#{code}) {message}"))
}

/// Refuses what is no video by its first bytes.
fn takes_format(head: &[u8]) -> MetaResult<()> {
    if head.len() < HEAD {
        return Err(refused(382, "The video file you selected is too small."));
    }
    match (head.get(4..8), head.get(..4)) {
        (Some(b"ftyp"), _) | (_, Some(b"RIFF")) => Ok(()),
        _ => Err(refused(352, "The video file you selected is in a format that we don't support.")),
    }
}

/// The range that an upload in parts wants next; empty once everything is there.
fn next_part(video: &Object) -> (u64, u64) {
    let number = |name: &str| video.fields.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (taken, size) = (number("taken"), number("file_size"));
    (taken, size.min(taken + PART))
}

fn unknown_session() -> MetaError {
    MetaError::field("upload_session_id", "The upload session does not exist or has ended")
}

fn session(world: &World, account: &Account, params: &Params) -> MetaResult<Object> {
    let id = params.required_text("upload_session_id")?;
    let of_session = |video: &&Object| video.is_current() && video.text("upload_session_id") == Some(id);
    let mut videos = world.owned(&account.id, Kind::Video).into_iter().filter_map(|id| world.object(id));
    videos.find(of_session).cloned().ok_or_else(unknown_session)
}

/// FNV-1a over a file, part by part: the same however it was cut. It lets a test see that the bytes arrived as they were.
fn fingerprint(before: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(before, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

fn digits(number: u64) -> String {
    format!("{number:016x}")
}

fn is_whole(video: &Object) -> bool {
    !video.fields.contains_key("upload_session_id")
}

/// The videos of an account that are whole, and whose title holds what is asked for, if anything is.
pub(crate) fn titled(world: &World, account: &Account, params: &Params) -> MetaResult<Vec<NodeId>> {
    let wanted = params.text("title")?.map(str::to_lowercase);
    let fits = |video: &Object| {
        let title = video.text("title").unwrap_or_default().to_lowercase();
        is_whole(video) && wanted.as_ref().is_none_or(|wanted| title.contains(wanted))
    };
    let ids = world.owned(&account.id, Kind::Video).into_iter();
    Ok(ids.filter(|id| world.object(*id).is_some_and(fits)).collect())
}

/// The video of an account that a creative may show. What it may be shown in is another question: see [`unready`].
pub(crate) fn find<'w>(world: &'w World, account: &Account, id: &Value) -> Option<&'w Object> {
    let id = NodeId::parse(&id.as_str().map_or_else(|| id.to_string(), str::to_owned))?;
    let own = |video: &&Object| video.kind == Kind::Video && video.owner == account.id;
    world.object(id).filter(own).filter(|video| video.is_current() && is_whole(video))
}

fn status(video: &Object, now: DateTime<Utc>) -> VideoStatus {
    let by_hand = video.text("video_status").and_then(crate::wire::WireEnum::parse);
    match by_hand {
        Some(status) => status,
        None if !is_whole(video) || now < video.in_process_until => VideoStatus::Processing,
        None => VideoStatus::Ready,
    }
}

/// Why an ad cannot show the video of `creative` now.
pub(crate) fn unready(world: &World, creative: &Object) -> Option<MetaError> {
    let id = creative.fields.get("video_id").and_then(Value::as_str).and_then(NodeId::parse)?;
    let status = world.object(id).filter(|video| video.is_current()).map(|video| status(video, world.now()));
    let words = match status {
        Some(VideoStatus::Ready) => return None,
        Some(VideoStatus::Processing) => "The video is still being processed.",
        Some(VideoStatus::Error) => "The video could not be processed.",
        Some(VideoStatus::Expired) | None => "The video is no longer there.",
    };
    Some(MetaError::new(100, "Invalid parameter").user("Video not ready", words).blame(&["creative"]))
}

/// The fields of a video that follow from its state.
pub(crate) fn field(world: &World, video: &Object, name: &str) -> Option<Value> {
    let status = status(video, world.now());
    Some(match name {
        "status" => {
            let phase = |done: bool| json!({ "status": if done { "complete" } else { "in_progress" } });
            let processed = match status {
                VideoStatus::Error | VideoStatus::Expired => json!({ "status": "error" }),
                VideoStatus::Processing | VideoStatus::Ready => phase(status == VideoStatus::Ready),
            };
            json!({
                "video_status": status, "processing_progress": if status == VideoStatus::Ready { 100 } else { 0 },
                "uploading_phase": phase(is_whole(video)), "processing_phase": processed,
                "publishing_phase": phase(status == VideoStatus::Ready),
            })
        }
        "length" => json!(SECONDS),
        "picture" => json!(thumbnail(video, 1)),
        "permalink_url" => json!(format!("/reel/{}/", video.id)),
        "published" => json!(false),
        _ => return None,
    })
}

fn thumbnail(video: &Object, number: u32) -> String {
    format!("https://scontent.sandbox.invalid/v/{}-{number}.jpg?oe=expires", video.id)
}

/// `GET /{video}/thumbnails`: none before the video is ready.
pub(crate) fn thumbnails(world: &World, call: &Call, video: &Object) -> MetaResult<Value> {
    const FIELDS: &[&str] = &["id", "uri", "is_preferred", "height", "width", "scale", "name"];
    let shape = Shape::from_params(&call.params)?;
    let wanted: Vec<String> = match shape.is_default() {
        true => FIELDS[..5].iter().map(|name| (*name).to_owned()).collect(),
        false => shape.with_id().into_iter().map(|want| want.name).collect(),
    };
    for name in &wanted {
        edges::check_field(name, FIELDS, "VideoThumbnail")?;
    }
    let row = |number: u32| {
        let all = json!({
            "id": format!("{}{number}", video.id), "uri": thumbnail(video, number), "is_preferred": number == 1,
            "width": SIZE.0, "height": SIZE.1, "scale": 1, "name": "",
        });
        wanted.iter().map(|name| (name.clone(), all[name].clone())).collect::<Map<_, _>>().into()
    };
    let count = if status(video, world.now()) == VideoStatus::Ready { THUMBNAILS } else { 0 };
    edges::page_fixed(call, (1..=count).map(row).collect())
}
