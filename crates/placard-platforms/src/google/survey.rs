//! Finds what carries a campaign's tag (Google, `platforms/google.md` §6, §9): campaigns and ad groups by their names,
//! ads and keywords by a parameter of their addresses.

use super::{
    Google,
    api::Caller,
    query::{MOST_IDS, contains, living, one_of, select},
    read::remote_id,
    requests::PARAMETER,
    wire::{at, text_at},
};
use crate::{Access, Found, PlatformError};
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker},
    plan::ObjectKind,
};
use serde_json::Value;
use std::collections::BTreeSet;

const OPERATION: &str = "look for marked objects";

impl Google {
    /// Every living object of ours that carries `tag`. Images are left out, because the same content is the same image
    /// (§9), and so are negative keywords, which have no address; they are looked up by what they are.
    pub(super) async fn find_tagged(
        &self,
        access: &Access,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let (caller, account) = (Caller::from(access), access.account.id.as_str());
        let mut all = Vec::new();
        let mut campaigns = BTreeSet::new();
        for (kind, fields, resource, name, member) in [
            (
                ObjectKind::Campaign,
                &["campaign.id", "campaign.name"][..],
                "campaign",
                "campaign.name",
                "campaign.name",
            ),
            (
                ObjectKind::AdGroup,
                &["campaign.id", "ad_group.id", "ad_group.name"],
                "ad_group",
                "ad_group.name",
                "adGroup.name",
            ),
        ] {
            let mut conditions = vec![contains(name, &tag.search_text()), living("campaign.status")];
            conditions.extend((kind == ObjectKind::AdGroup).then(|| living("ad_group.status")));
            for row in self.search(caller, account, OPERATION, &select(fields, resource, &conditions)).await?
            {
                let marker = text_at(&row, member).as_deref().and_then(Marker::find_in);
                let Some(found) = found(kind, &row, marker, tag) else { continue };
                campaigns.extend(text_at(&row, "campaign.id"));
                all.push(found);
            }
        }
        for (kind, resource, fields, member) in [
            (ObjectKind::Ad, "ad_group_ad", AD, "adGroupAd.ad.urlCustomParameters"),
            (ObjectKind::Keyword, "ad_group_criterion", KEYWORD, "adGroupCriterion.urlCustomParameters"),
        ] {
            let campaigns: Vec<&str> = campaigns.iter().map(String::as_str).collect();
            for ids in campaigns.chunks(MOST_IDS) {
                let conditions = [
                    one_of("campaign.id", ids.iter().copied()),
                    living("campaign.status"),
                    living("ad_group.status"),
                    living(&format!("{resource}.status")),
                ];
                let rows =
                    self.search(caller, account, OPERATION, &select(fields, resource, &conditions)).await?;
                all.extend(rows.iter().filter_map(|row| found(kind, row, parameter(row, member), tag)));
            }
        }
        Ok(all)
    }
}

const AD: &[&str] = &["ad_group.id", "ad_group_ad.ad.id", "ad_group_ad.ad.url_custom_parameters"];
const KEYWORD: &[&str] =
    &["ad_group.id", "ad_group_criterion.criterion_id", "ad_group_criterion.url_custom_parameters"];

fn found(kind: ObjectKind, row: &Value, marker: Option<Marker>, tag: &CampaignTag) -> Option<Found> {
    let marker = marker.filter(|marker| marker.as_str().starts_with(&tag.search_text()))?;
    Some(Found { kind, marker, remote_id: RemoteId(remote_id(kind, row)?) })
}

/// The marker among the parameters at `path`. Its sign was left out, because values are letters and digits.
pub(super) fn parameter(row: &Value, path: &str) -> Option<Marker> {
    let parameters = at(row, path)?.as_array()?.iter();
    let mut ours =
        parameters.filter(|parameter| parameter.get("key").and_then(Value::as_str) == Some(PARAMETER));
    Marker::find_in(&format!("#{}", ours.next()?.get("value")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_marker_is_found_among_the_parameters_and_gets_its_sign_back() {
        let row = json!({"adGroup": {"id": "1"}, "adGroupAd": {"ad": {"id": "9", "urlCustomParameters": [
            {"key": "season", "value": "spring"}, {"key": "placard", "value": "abcdefghjkmnpqrs"}]}}});
        let marker = parameter(&row, "adGroupAd.ad.urlCustomParameters").unwrap();
        assert_eq!(marker.as_str(), "#abcdefghjkmnpqrs");
        assert_eq!(parameter(&json!({}), "adGroupAd.ad.urlCustomParameters"), None);
    }
}
