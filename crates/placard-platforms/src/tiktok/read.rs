//! Reads objects back by id (TikTok, `platforms/tiktok.md` §6, §12, §13).

use super::{
    Tiktok,
    api::Call,
    encode::params,
    list::Reader,
    observe::observe,
    requests::ACCOUNT,
    wire::{at, list, promised, text_at},
    words::{MOST_IDS, noun},
};
use crate::{Access, ErrorKind, PlatformError, ReadBack, Retry};
use placard_domain::plan::{ObjectKind, Observation, Observed};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::PoisonError,
};

/// Videos that one question may name (§6).
const MOST_VIDEOS: usize = 60;

/// What is known of objects of one kind, by id.
type Entries = HashMap<String, Value>;

impl Tiktok {
    /// One observation for each of `objects`, in order.
    pub(super) async fn read_back(
        &self,
        access: &Access,
        objects: &[ReadBack],
    ) -> Result<Vec<Observation>, PlatformError> {
        let mut by_kind: BTreeMap<ObjectKind, Vec<&str>> = BTreeMap::new();
        for object in objects {
            by_kind.entry(object.key.kind).or_default().push(&object.remote_id.0);
        }
        let mut seen: BTreeMap<ObjectKind, Entries> = BTreeMap::new();
        for (kind, ids) in by_kind {
            let entries = match kind {
                ObjectKind::Image | ObjectKind::Video => self.files(access, kind, &ids).await?,
                _ => self.entries(access, kind, &ids).await?,
            };
            seen.insert(kind, entries);
        }
        let reasons = self.refusals(access, seen.get(&ObjectKind::Ad)).await?;
        let observation = |object: &ReadBack| {
            let (kind, id) = (object.key.kind, &object.remote_id.0);
            match seen.get(&kind).and_then(|entries| entries.get(id)) {
                None => Ok(Observation::Gone),
                Some(_) if kind.is_file() => Ok(Observation::Present(Observed::default())),
                Some(entry) => {
                    let issues = reasons.get(id).filter(|_| kind == ObjectKind::Ad).cloned();
                    observe(kind, entry, &object.applied, issues.unwrap_or_default())
                }
            }
        };
        objects.iter().map(observation).collect()
    }

    /// What TikTok shows of the objects of `kind` with `ids`, deleted ones too.
    pub(super) async fn entries(
        &self,
        access: &Access,
        kind: ObjectKind,
        ids: &[&str],
    ) -> Result<Entries, PlatformError> {
        let noun = noun(kind);
        let operation = format!("read {}s", kind.title());
        let mut found = Entries::new();
        for ids in ids.chunks(MOST_IDS) {
            let filter = json!({format!("{noun}_ids"): ids, "primary_status": "STATUS_ALL"});
            let asked = params([
                (ACCOUNT, access.account.id.clone().into()),
                ("filtering", filter),
                ("page_size", MOST_IDS.into()),
            ]);
            let path = format!("{noun}/get/");
            for entry in self.all_pages(Reader::Of(access), &operation, &path, &asked, "list").await? {
                found.insert(promised(&operation, &entry, &format!("{noun}_id"))?, entry);
            }
        }
        Ok(found)
    }

    /// The images or videos with `ids`. A fresh one may take some seconds to be shown (§6), so one that is missing is
    /// asked for again before it counts as gone.
    async fn files(&self, access: &Access, kind: ObjectKind, ids: &[&str]) -> Result<Entries, PlatformError> {
        let mut found = Entries::new();
        let most = if kind == ObjectKind::Video { MOST_VIDEOS } else { MOST_IDS };
        for ids in ids.chunks(most) {
            let mut patience = self.api.http.patience();
            loop {
                let missing: Vec<&str> = ids.iter().copied().filter(|id| !found.contains_key(*id)).collect();
                found.extend(self.files_now(access, kind, &missing).await?);
                if ids.iter().all(|id| found.contains_key(*id)) {
                    break;
                }
                match patience.wait(Retry::Again(None)) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => break,
                }
            }
        }
        Ok(found)
    }

    /// Those of the images or videos with `ids` that TikTok shows at this moment.
    async fn files_now(
        &self,
        access: &Access,
        kind: ObjectKind,
        ids: &[&str],
    ) -> Result<Entries, PlatformError> {
        let (noun, operation) = (noun(kind), format!("read {}s", kind.title()));
        let (id, asked_for) = (format!("{noun}_id"), format!("{noun}_ids"));
        let asked = params([(ACCOUNT, access.account.id.clone().into()), (asked_for.as_str(), json!(ids))]);
        let call = Call::get(&operation, &format!("file/{noun}/ad/info/"), asked);
        let data = self.api.read(access, &call).await?;
        let entries = list(&operation, &data, "list")?.iter();
        entries.map(|entry| Ok((promised(&operation, entry, &id)?, entry.clone()))).collect()
    }

    /// The first of the videos with `ids` that ads cannot show yet, because TikTok is still preparing it (§5, 2).
    pub(super) async fn unready_video(
        &self,
        access: &Access,
        ids: &BTreeSet<String>,
    ) -> Result<Option<String>, PlatformError> {
        let open: Vec<&str> = {
            let known = self.ready_videos.lock().unwrap_or_else(PoisonError::into_inner);
            ids.iter().filter(|id| !known.contains(*id)).map(String::as_str).collect()
        };
        for ids in open.chunks(MOST_VIDEOS) {
            let shown = self.files_now(access, ObjectKind::Video, ids).await?;
            let ready =
                |id: &&str| shown.get(*id).and_then(|video| video.get("displayable")) == Some(&json!(true));
            if let Some(unready) = ids.iter().find(|id| !ready(id)) {
                return Ok(Some((*unready).to_owned()));
            }
            let mut known = self.ready_videos.lock().unwrap_or_else(PoisonError::into_inner);
            known.extend(ids.iter().map(|id| (*id).to_owned()));
        }
        Ok(None)
    }

    /// Why TikTok refused the ads among `entries` that it refused, in its own words (§12, review).
    async fn refusals(
        &self,
        access: &Access,
        entries: Option<&Entries>,
    ) -> Result<HashMap<String, Vec<String>>, PlatformError> {
        let operation = "read the review of ads";
        let denied = |entry: &Value| {
            text_at(entry, "secondary_status").is_some_and(|status| status.ends_with("_AUDIT_DENY"))
        };
        let ads = entries.into_iter().flatten();
        let mut ids: Vec<&String> = ads.filter(|(_, entry)| denied(entry)).map(|(id, _)| id).collect();
        ids.sort_unstable();
        let mut found = HashMap::new();
        for ids in ids.chunks(MOST_IDS) {
            let asked = params([(ACCOUNT, access.account.id.clone().into()), ("ad_ids", json!(ids))]);
            let data = self.api.read(access, &Call::get(operation, "ad/review_info/", asked)).await?;
            let map = at(&data, "ad_review_map").and_then(Value::as_object);
            let map = map.ok_or_else(|| super::wire::missing(operation, "ad_review_map"))?;
            found.extend(map.iter().map(|(id, review)| (id.clone(), reasons(review))));
        }
        Ok(found)
    }

    /// The names and parents of the objects of `kind` with `ids`, as far as TikTok knows them.
    pub(super) async fn names(
        &self,
        access: &Access,
        kind: ObjectKind,
        ids: &[&str],
    ) -> Result<HashMap<String, (Option<String>, Option<String>)>, PlatformError> {
        let parent = match kind {
            ObjectKind::AdGroup => Some("campaign_id"),
            ObjectKind::Ad => Some("adgroup_id"),
            _ => None,
        };
        let name = format!("{}_name", noun(kind));
        let entries = self.entries(access, kind, ids).await?;
        let of = |entry: &Value| (text_at(entry, &name), parent.and_then(|parent| text_at(entry, parent)));
        Ok(entries.into_iter().map(|(id, entry)| (id, of(&entry))).collect())
    }

    /// The one account that `access` is about, as TikTok describes it.
    pub(super) async fn advertiser(&self, access: &Access, operation: &str) -> Result<Value, PlatformError> {
        let asked = params([("advertiser_ids", json!([access.account.id]))]);
        let data = self.api.read(access, &Call::get(operation, "advertiser/info/", asked)).await?;
        let found = list(operation, &data, "list")?.first().cloned();
        found.ok_or_else(|| {
            super::errors::ours(operation, ErrorKind::NotFound, "TikTok shows no such ad account")
        })
    }
}

/// The sentences of a review: each reason, with the suggestion that goes with it.
fn reasons(review: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for info in review.get("reject_info").and_then(Value::as_array).into_iter().flatten() {
        let reasons = info.get("reasons").and_then(Value::as_array).into_iter().flatten();
        let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
        let sentence = match (reasons.is_empty(), text_at(info, "suggestion")) {
            (false, Some(suggestion)) => format!("{}: {suggestion}", reasons.join("; ")),
            (false, None) => reasons.join("; "),
            (true, Some(suggestion)) => suggestion,
            (true, None) => continue,
        };
        if !found.contains(&sentence) {
            found.push(sentence);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_told_in_tiktoks_words() {
        let review = json!({"review_status": "UNAVAILABLE", "reject_info": [
            {"reasons": ["Misleading claim", "Poor picture"], "suggestion": "Say it differently."},
            {"reasons": ["Poor picture"]}, {"suggestion": "Look at it."}, {}]});
        let expected = ["Misleading claim; Poor picture: Say it differently.", "Poor picture", "Look at it."];
        assert_eq!(reasons(&review), expected);
    }
}
