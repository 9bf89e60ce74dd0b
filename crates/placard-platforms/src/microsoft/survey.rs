//! Finds what carries a campaign's tag (Microsoft, `platforms/microsoft.md` §10): campaigns and ad groups by their names,
//! ads and keywords by a custom parameter, and what a campaign is aimed at by the campaign that it belongs to.

use super::{
    Microsoft,
    requests::PARAMETER,
    target,
    wire::{at, below, promised, text_at},
};
use crate::{Access, Found, PlatformError};
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker},
    plan::ObjectKind,
};
use serde_json::Value;

const OPERATION: &str = "look for marked objects";

impl Microsoft {
    /// Every living object of ours that carries `tag`, from the campaigns down: what is deleted is never shown (§5).
    pub(super) async fn find_tagged(
        &self,
        access: &Access,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let mut found = Vec::new();
        for campaign in self.marked(access, ObjectKind::Campaign, &access.account.id, tag).await? {
            let id = campaign.remote_id.0.clone();
            found.push(campaign);
            found.extend(self.marked(access, ObjectKind::Targeting, &id, tag).await?);
            for group in self.marked(access, ObjectKind::AdGroup, &id, tag).await? {
                let id = group.remote_id.0.clone();
                found.push(group);
                found.extend(self.marked(access, ObjectKind::Keyword, &id, tag).await?);
                found.extend(self.marked(access, ObjectKind::Ad, &id, tag).await?);
            }
        }
        Ok(found)
    }

    async fn marked(
        &self,
        access: &Access,
        kind: ObjectKind,
        parent: &str,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let mut found = Vec::new();
        for entry in self.all_in(access, OPERATION, kind, parent).await? {
            if let Some(marker) = marker(kind, &entry, tag)? {
                let id = promised(OPERATION, &entry, "Id")?;
                let remote_id = RemoteId(if kind == ObjectKind::Campaign { id } else { below(parent, &id) });
                found.push(Found { kind, marker, remote_id });
            }
        }
        Ok(found)
    }
}

/// The marker of `entry`, if it is one of the campaign tagged `tag`.
fn marker(kind: ObjectKind, entry: &Value, tag: &CampaignTag) -> Result<Option<Marker>, PlatformError> {
    let found = match kind {
        ObjectKind::Targeting => {
            // It belongs to a campaign of ours, and its key says what it is.
            let word = promised(OPERATION, entry, target::TYPE)?;
            let criterion = at(entry, target::CRITERION).and_then(target::canonical);
            let key = criterion.and_then(|criterion| target::key(&word, &criterion));
            return Ok(key.map(|key| Marker::derive(tag, &key)));
        }
        ObjectKind::Ad | ObjectKind::Keyword => parameter(entry),
        _ => Marker::find_in(&promised(OPERATION, entry, "Name")?),
    };
    Ok(found.filter(|marker| marker.as_str().starts_with(&tag.search_text())))
}

/// The marker among an entry's parameters, whoever's it is. Its sign was left out, because values are letters and digits.
pub(super) fn parameter(entry: &Value) -> Option<Marker> {
    let parameters = at(entry, "UrlCustomParameters.Parameters")?.as_array()?;
    let ours = parameters.iter().find(|one| text_at(one, "Key").as_deref() == Some(PARAMETER))?;
    Marker::find_in(&format!("#{}", text_at(ours, "Value")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::roundtrip::context;
    use placard_domain::plan::ObjectKey;
    use serde_json::json;

    #[test]
    fn names_and_parameters_tell_whose_it_is() {
        let tag = context().tag;
        let ours = Marker::derive(&tag, &ObjectKey::new(ObjectKind::Ad, "a/b"));
        let named =
            |name: String| marker(ObjectKind::Campaign, &json!({"Id": "1", "Name": name}), &tag).unwrap();
        assert_eq!(named(ours.mark("Tents")), Some(ours.clone()));
        assert_eq!(named("Tents #abcdefghabcdefgh".to_owned()), None);
        let value = ours.as_str().trim_start_matches('#');
        let ad = json!({"Id": "1", "UrlCustomParameters": {"Parameters": [{"Key": "season", "Value": "x"},
            {"Key": "placard", "Value": value}]}});
        assert_eq!(marker(ObjectKind::Ad, &ad, &tag).unwrap(), Some(ours));
        assert_eq!(marker(ObjectKind::Ad, &json!({"Id": "1"}), &tag).unwrap(), None);
        assert!(marker(ObjectKind::AdGroup, &json!({"Id": "1"}), &tag).is_err());
    }

    #[test]
    fn a_target_is_told_by_what_it_is() {
        let tag = context().tag;
        let entry = json!({"Id": "5", "Type": target::REACHED,
            "Criterion": {"Type": "LocationCriterion", "LocationId": 72, "DisplayName": "Germany"}});
        let expected = Marker::derive(&tag, &ObjectKey::new(ObjectKind::Targeting, "location/72"));
        assert_eq!(marker(ObjectKind::Targeting, &entry, &tag).unwrap(), Some(expected));
    }
}
