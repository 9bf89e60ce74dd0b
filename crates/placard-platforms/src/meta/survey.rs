//! Finds what carries a campaign's tag in its name (Meta, `platforms/meta.md` §17, §23).

use super::{
    Meta,
    encode::params,
    graph::{Call, decode},
    list::List,
    wire::Named,
};
use crate::{Access, Found, PlatformError};
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker},
    plan::ObjectKind,
};
use serde_json::{Value, json};

const OPERATION: &str = "look for marked objects";

impl Meta {
    /// Every living object of ours that carries `tag`. Images are left out: uploading the same bytes again gives the
    /// same image (§6). So are videos: they are found by their titles when they are to be sent.
    pub(super) async fn find_tagged(
        &self,
        access: &Access,
        tag: &CampaignTag,
    ) -> Result<Vec<Found>, PlatformError> {
        let edges = edges(access, self.page_id(access).await?.as_deref());
        let lists = edges.iter().map(|(kind, path)| list(access, *kind, path, tag)).collect();
        let mut all = Vec::new();
        for ((kind, _), rows) in edges.iter().zip(self.lists(access, lists).await?) {
            for row in rows {
                all.extend(found(*kind, decode(OPERATION, row)?, tag));
            }
        }
        Ok(all)
    }

    /// The page whose token `access` has: with that token, `me` is the page.
    async fn page_id(&self, access: &Access) -> Result<Option<String>, PlatformError> {
        let Some(token) = &access.page_token else { return Ok(None) };
        let call = Call::get("read the page", "me", params([("fields", "id".into())]));
        self.graph.read_as::<Named>(token, &call).await.map(|page| Some(page.id))
    }
}

fn found(kind: ObjectKind, named: Named, tag: &CampaignTag) -> Option<Found> {
    let living = !matches!(named.status.as_deref(), Some("ARCHIVED" | "DELETED"));
    let marker = Marker::find_in(&named.name)?;
    let ours = marker.as_str().starts_with(&tag.search_text());
    (living && ours).then_some(Found { kind, marker, remote_id: RemoteId(named.id) })
}

fn edges(access: &Access, page: Option<&str>) -> Vec<(ObjectKind, String)> {
    let account = &access.account.id;
    let mut edges = vec![
        (ObjectKind::Campaign, format!("{account}/campaigns")),
        (ObjectKind::AdGroup, format!("{account}/adsets")),
        (ObjectKind::Ad, format!("{account}/ads")),
        (ObjectKind::Creative, format!("{account}/adcreatives")),
    ];
    edges.extend(page.map(|page| (ObjectKind::LeadForm, format!("{page}/leadgen_forms"))));
    edges
}

fn list<'a>(access: &'a Access, kind: ObjectKind, path: &str, tag: &CampaignTag) -> List<'a> {
    let mut params = params([("fields", Value::from("id,name,status"))]);
    let page_token = access.page_token.as_ref().filter(|_| kind == ObjectKind::LeadForm);
    if page_token.is_none() {
        let by_name = json!([{"field": "name", "operator": "CONTAIN", "value": tag.search_text()}]);
        params.insert("filtering".to_owned(), by_name);
    }
    List { operation: OPERATION, path: path.to_owned(), params, token: page_token.unwrap_or(&access.token) }
}
