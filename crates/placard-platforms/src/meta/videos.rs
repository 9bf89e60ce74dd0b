//! Videos: sent whole or in parts, found again by their titles, and waited for (Meta, `platforms/meta.md` §7, §23).

use super::{
    Meta,
    batch::Item,
    encode::{Params, params},
    errors::{WrongOffset, ours},
    graph::{Call, File, decode},
    list::List,
    requests::TITLE,
    wire::{UploadOffsets, UploadSession, VideoRow, plain},
};
use crate::{Access, Attachment, ErrorKind, Outcome, PlatformError, Prepared, Request, Success};
use placard_domain::{RemoteId, plan::ObjectKind};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Where a creative names its video.
const FIELD: &str = "object_story_spec.video_data.video_id";

/// How long a video is left alone before Meta is asked again whether it is ready. Meta's own client asks for three minutes
/// before it gives up (§7); doubled up to the longest, eight looks take as long.
const FIRST_WAIT: Duration = Duration::from_secs(3);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often an upload may be told where to go on: once for each of so many bytes, and twice at least (§7).
const BYTES_A_CORRECTION: usize = 10 * 1024 * 1024;
const LEAST_CORRECTIONS: usize = 2;

/// What is known of videos that ads are to show.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Videos that were seen ready, which they stay.
    ready: BTreeSet<String>,
    /// How often each of the others was looked at.
    looks: HashMap<String, u32>,
}

impl Looks {
    fn is_ready(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ready.contains(id)
    }

    fn note_ready(&self, id: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.looks.remove(id);
        known.ready.insert(id.to_owned());
    }

    /// The time until the next look at a video that is not ready, longer with each.
    fn wait(&self, id: &str) -> Duration {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = known.looks.entry(id.to_owned()).or_default();
        let wait = FIRST_WAIT.saturating_mul(1 << (*looks).min(10)).min(LONGEST_WAIT);
        *looks += 1;
        wait
    }
}

impl Meta {
    /// Uploads a video, unless one with its title is there: its title is the hash of its content, so that is the same, sent
    /// by an earlier attempt or for another campaign.
    pub(super) async fn send_video(&self, access: &Access, request: &Request, file: &Attachment) -> Outcome {
        let prepared = &request.prepared;
        match self.video_with_title_of(access, prepared).await {
            Ok(Some(id)) => {
                let raw = json!({"id": id.0, "found_by_title": true});
                return Ok(Success { remote_id: Some(id), raw });
            }
            Ok(None) => {}
            Err(error) => return Err(before_sending(error)),
        }
        let sent = match file.bytes.len() <= self.whole_video {
            true => self.send_whole(access, prepared, file).await,
            false => self.send_in_parts(access, prepared, file).await,
        };
        sent.map(|(id, raw)| Success { remote_id: Some(id), raw }).map_err(with_advice)
    }

    async fn send_whole(
        &self,
        access: &Access,
        prepared: &Prepared,
        file: &Attachment,
    ) -> Result<(RemoteId, Value), PlatformError> {
        let call = post(prepared, prepared.params.clone());
        let source = File { field: "source", name: &file.file_name, bytes: file.bytes.clone() };
        let raw = self.graph.upload(access, &call, vec![source]).await?;
        match raw.get("id") {
            Some(id) => Ok((RemoteId(plain(id)), raw)),
            None => Err(ours(&prepared.operation, ErrorKind::Malformed, "the answer names no id")),
        }
    }

    async fn send_in_parts(
        &self,
        access: &Access,
        prepared: &Prepared,
        file: &Attachment,
    ) -> Result<(RemoteId, Value), PlatformError> {
        let size = file.bytes.len();
        let start = params([("upload_phase", "start".into()), ("file_size", size.into())]);
        let answer = self.graph.upload(access, &post(prepared, start), Vec::new()).await?;
        let session: UploadSession = decode(&prepared.operation, answer)?;
        let mut next = session.offsets;
        let mut corrections = (size / BYTES_A_CORRECTION).max(LEAST_CORRECTIONS);
        while !next.is_done() {
            next = self.send_part(access, prepared, file, &session, next, &mut corrections).await?;
        }
        let mut finish = prepared.params.clone();
        finish.insert("upload_phase".to_owned(), "finish".into());
        finish.insert("upload_session_id".to_owned(), session.id.clone().into());
        let raw = self.graph.upload(access, &post(prepared, finish), Vec::new()).await?;
        Ok((RemoteId(session.video), raw))
    }

    /// Sends the part that Meta wants next, and tells which comes then. A part whose answer was lost goes out again: Meta
    /// takes none twice, and says where to go on.
    async fn send_part(
        &self,
        access: &Access,
        prepared: &Prepared,
        file: &Attachment,
        session: &UploadSession,
        part: UploadOffsets,
        corrections: &mut usize,
    ) -> Result<UploadOffsets, PlatformError> {
        let operation = &prepared.operation;
        let Some(range) = part.within(file.bytes.len()) else {
            return Err(ours(
                operation,
                ErrorKind::Malformed,
                "the answer wants bytes that the file has not",
            ));
        };
        let call = post(
            prepared,
            params([
                ("upload_phase", "transfer".into()),
                ("upload_session_id", session.id.clone().into()),
                ("start_offset", part.start.into()),
            ]),
        );
        let mut patience = self.graph.http.patience();
        loop {
            let bytes = file.bytes.slice(range.clone());
            let chunk = File { field: "video_file_chunk", name: &file.file_name, bytes };
            match self.graph.upload(access, &call, vec![chunk]).await {
                Ok(answer) => return decode(operation, answer),
                Err(error) => match WrongOffset::of(&error) {
                    Some(wanted) if *corrections > 0 => {
                        *corrections -= 1;
                        return Ok(wanted.0);
                    }
                    _ => patience.after(error).await?,
                },
            }
        }
    }

    /// The video that `prepared` would have made, if it is there.
    pub(super) async fn video_with_title_of(
        &self,
        access: &Access,
        prepared: &Prepared,
    ) -> Result<Option<RemoteId>, PlatformError> {
        let Some(title) = prepared.params.get(TITLE).and_then(Value::as_str) else { return Ok(None) };
        let operation = "look for a video";
        let list = List {
            operation,
            path: format!("{}/advideos", access.account.id),
            params: params([("title", title.into()), ("fields", "id,title,status".into())]),
            token: &access.token,
        };
        let mut found = None;
        for row in self.lists(access, vec![list]).await?.into_iter().flatten() {
            let row: VideoRow = decode(operation, row)?;
            // The oldest comes last. Nobody says how closely Meta compares titles, so it is done here as well.
            if row.title == title && !row.status.is_lost() {
                found = Some(RemoteId(row.id));
            }
        }
        Ok(found)
    }

    /// Why those of `requests` cannot be sent yet, or at all, that make creatives with videos; by their numbers. Nothing but
    /// questions is sent.
    pub(super) async fn without_video(
        &self,
        access: &Access,
        requests: &[(usize, &Request)],
    ) -> BTreeMap<usize, PlatformError> {
        let shown = requests.iter().filter_map(|(index, request)| {
            Some((*index, &request.prepared, shown_video(&request.prepared)?))
        });
        let shown: Vec<(usize, &Prepared, String)> =
            shown.filter(|(.., id)| !self.looks.is_ready(id)).collect();
        let ids: BTreeSet<&str> = shown.iter().map(|(.., id)| id.as_str()).collect();
        let read = match ids.is_empty() {
            true => Ok(BTreeMap::new()),
            false => self.videos(access, &ids).await,
        };
        let found = match read {
            Ok(found) => found,
            Err(error) => {
                let error = before_sending(error);
                let of = |(index, prepared, _): (usize, &Prepared, String)| (index, named(&error, prepared));
                return shown.into_iter().map(of).collect();
            }
        };
        let verdicts: HashMap<&str, PlatformError> =
            ids.iter().filter_map(|id| Some((*id, self.verdict(id, found.get(*id))?))).collect();
        let blamed = |(index, prepared, id): &(usize, &Prepared, String)| {
            Some((*index, named(verdicts.get(id.as_str())?, prepared)))
        };
        shown.iter().filter_map(blamed).collect()
    }

    async fn videos(
        &self,
        access: &Access,
        ids: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, VideoRow>, PlatformError> {
        let operation = "read video";
        let by_id = |id: &&str| Item {
            call: Call::get(operation, *id, params([("fields", "id,status".into())])),
            token: &access.token,
        };
        let answers = self.graph.batch_read(access, ids.iter().map(by_id).collect()).await?;
        let mut found = BTreeMap::new();
        for (id, answer) in ids.iter().zip(answers) {
            match answer {
                Ok(row) => drop(found.insert((*id).to_owned(), decode(operation, row)?)),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Why no ad can show the video `id`; `None` once it is ready.
    fn verdict(&self, id: &str, seen: Option<&VideoRow>) -> Option<PlatformError> {
        let refused = |message: String, advice: &str| {
            let error = ours("", ErrorKind::Refused, message);
            PlatformError { field: Some(FIELD.to_owned()), user_message: Some(advice.to_owned()), ..error }
        };
        let Some(video) = seen else {
            return Some(refused(format!("Meta does not have the video {id}"), NAME_ANOTHER));
        };
        if video.status.is_ready() {
            self.looks.note_ready(id);
            return None;
        }
        if video.status.is_lost() {
            return Some(refused(format!("Meta could not prepare the video {id}"), SAVE_AGAIN));
        }
        let kind = ErrorKind::Throttled { retry_after: Some(self.looks.wait(id)) };
        Some(ours("", kind, format!("Meta is still preparing the video {id}")))
    }
}

/// The video that a request's creative wants to show.
fn shown_video(prepared: &Prepared) -> Option<String> {
    if prepared.object.kind != ObjectKind::Creative {
        return None;
    }
    prepared.params.get("object_story_spec")?.pointer("/video_data/video_id").map(plain)
}

fn post(prepared: &Prepared, params: Params) -> Call {
    let (operation, path) = (prepared.operation.clone(), prepared.path.clone());
    Call { operation, method: Method::POST, path, params }
}

/// `error` as it concerns `prepared`.
fn named(error: &PlatformError, prepared: &Prepared) -> PlatformError {
    PlatformError { operation: prepared.operation.clone(), ..error.clone() }
}

/// A question that was lost changed nothing, so what it was asked for may go out again.
fn before_sending(error: PlatformError) -> PlatformError {
    match error.kind {
        ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Malformed => {
            PlatformError { kind: ErrorKind::Throttled { retry_after: None }, ..error }
        }
        _ => error,
    }
}

const NAME_ANOTHER: &str = "Name a video of the library, or one that the ad account has.";
const SAVE_AGAIN: &str =
    "Save the video again as MP4 (H.264 with AAC sound), add it to the library and name it.";

/// `error` with the field and, where Meta says nothing to people, what to do about it (§7, video error codes).
fn with_advice(error: PlatformError) -> PlatformError {
    let advice = match error.number() {
        Some(352) => "Meta does not take this format. Save the video as MP4 or MOV (H.264 with AAC sound).",
        Some(382) => "Meta takes the file to be too small to be a video. Export it again.",
        Some(351 | 6000 | 6001) => {
            "Meta could not read the file. Export the video again, and add it to the library."
        }
        Some(389) => "Meta could not fetch the video. Add it to the library, from which Placard sends it.",
        Some(222) => "The video cannot be seen in this ad account. Name one of the library.",
        _ => return error,
    };
    let user_message = error.user_message.clone().or_else(|| Some(advice.to_owned()));
    PlatformError { field: error.field.clone().or_else(|| Some("source".to_owned())), user_message, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_a_video_grow_and_add_up_to_what_metas_client_waits() {
        let looks = Looks::default();
        let waits: Vec<u64> = (0..7).map(|_| looks.wait("1").as_secs()).collect();
        assert_eq!(waits, [3, 6, 12, 24, 48, 60, 60]);
        assert!(waits.iter().sum::<u64>() >= 180);
        assert_eq!(looks.wait("2"), FIRST_WAIT);
        looks.note_ready("1");
        assert!(looks.is_ready("1") && !looks.is_ready("2"));
    }

    #[test]
    fn every_documented_video_error_says_what_to_do_about_which_field() {
        for code in [351, 352, 382, 389, 6000, 6001, 222] {
            let envelope = serde_json::from_value(json!({"message": "m", "code": code})).unwrap();
            let error = with_advice(super::super::errors::from_envelope("upload video", envelope, None));
            assert!(error.user_message.is_some(), "{code}");
            assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Refused, Some("source")), "{code}");
        }
        let own = json!({"message": "m", "code": 352, "error_user_msg": "Metas own words."});
        let error =
            super::super::errors::from_envelope("upload video", serde_json::from_value(own).unwrap(), None);
        assert_eq!(with_advice(error).user_message.as_deref(), Some("Metas own words."));
    }
}
