//! Finds what carries a campaign's tag in its name (TikTok, `platforms/tiktok.md` §13, §17).

use super::{
    Tiktok,
    encode::params,
    list::Reader,
    observe::is_deleted,
    requests::ACCOUNT,
    wire::{promised, text_at},
    words::noun,
};
use crate::{Access, Found, PlatformError};
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker},
    plan::ObjectKind,
};
use serde_json::{Value, json};

const OPERATION: &str = "look for marked objects";

impl Tiktok {
    /// Every living object of ours that carries `tag`. Images and videos are left out: they have no place for a
    /// marker, and one more of the same does no harm.
    pub(super) async fn find_tagged(
        &self,
        access: &Access,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let mut found = Vec::new();
        for kind in [ObjectKind::Campaign, ObjectKind::AdGroup, ObjectKind::Ad] {
            let noun = noun(kind);
            // TikTok's search by name is a loose one; what it finds is compared here.
            let filter = json!({ format!("{noun}_name"): tag.search_text() });
            let asked = params([(ACCOUNT, access.account.id.clone().into()), ("filtering", filter)]);
            let path = format!("{noun}/get/");
            for entry in self.all_pages(Reader::Of(access), OPERATION, &path, &asked, "list").await? {
                found.extend(marked(kind, noun, &entry, tag)?);
            }
        }
        Ok(found)
    }
}

fn marked(
    kind: ObjectKind,
    noun: &str,
    entry: &Value,
    tag: &CampaignTag,
) -> Result<Option<Found>, PlatformError> {
    let name = promised(OPERATION, entry, &format!("{noun}_name"))?;
    let ours = Marker::find_in(&name).filter(|marker| marker.as_str().starts_with(&tag.search_text()));
    let Some(marker) = ours.filter(|_| !is_deleted(text_at(entry, "secondary_status").as_deref(), entry))
    else {
        return Ok(None);
    };
    let remote_id = RemoteId(promised(OPERATION, entry, &format!("{noun}_id"))?);
    Ok(Some(Found { kind, marker, remote_id }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiktok::roundtrip::context;
    use placard_domain::plan::ObjectKey;

    #[test]
    fn only_living_objects_with_the_tag_are_ours() {
        let tag = context().tag;
        let name = Marker::derive(&tag, &ObjectKey::new(ObjectKind::Ad, "a/b")).mark("Tent");
        let entry =
            |name: &str, status: &str| json!({"ad_id": "1", "ad_name": name, "secondary_status": status});
        let found = |entry: Value| marked(ObjectKind::Ad, "ad", &entry, &tag).unwrap();
        assert_eq!(found(entry(&name, "AD_STATUS_DISABLE")).unwrap().remote_id.0, "1");
        assert!(found(entry(&name, "AD_STATUS_CAMPAIGN_DELETE")).is_none());
        assert!(found(entry("Tent #abcdefghabcdefgh", "AD_STATUS_DISABLE")).is_none());
        assert!(found(entry("Tent", "AD_STATUS_DISABLE")).is_none());
        let nameless = marked(ObjectKind::Ad, "ad", &json!({"ad_id": "1"}), &tag).unwrap_err();
        assert_eq!(nameless.field.as_deref(), Some("ad_name"));
    }
}
