//! Finds keywords that keep searches away, which have no address that could carry a marker, by what they are (Google,
//! `platforms/google.md` §9).

use super::{
    Google,
    api::Caller,
    query::{MOST_IDS, living, one_of, select},
    read::remote_id,
    requests::{OPERATIONS, main_operation},
    wire::{at, last_id, text_at},
};
use crate::{Access, PlatformError, Prepared};
use placard_domain::{RemoteId, plan::ObjectKind};
use serde_json::Value;
use std::collections::BTreeSet;

const OPERATION: &str = "look for negative keywords";
const KIND: ObjectKind = ObjectKind::Keyword;
const FIELDS: &[&str] = &[
    "ad_group.id",
    "ad_group_criterion.criterion_id",
    "ad_group_criterion.keyword.text",
    "ad_group_criterion.keyword.match_type",
];

/// An ad group's id, and by what it tells its keywords apart.
type Identity = (String, String, String);

impl Google {
    /// For each of `made`, the id of what lives and is the same, if it is such a keyword.
    pub(super) async fn look_up_negatives(
        &self,
        access: &Access,
        made: &[&Prepared],
    ) -> Result<Vec<Option<RemoteId>>, PlatformError> {
        let wanted: Vec<Option<Identity>> = made.iter().map(|prepared| wanted(prepared)).collect();
        let groups: BTreeSet<&str> = wanted.iter().flatten().map(|(group, ..)| group.as_str()).collect();
        let groups: Vec<&str> = groups.into_iter().collect();
        let mut rows = Vec::new();
        for ids in groups.chunks(MOST_IDS) {
            let conditions = [
                one_of("ad_group.id", ids.iter().copied()),
                living("ad_group_criterion.status"),
                "ad_group_criterion.negative = TRUE".to_owned(),
            ];
            let query = select(FIELDS, "ad_group_criterion", &conditions);
            rows.extend(self.search(Caller::from(access), &access.account.id, OPERATION, &query).await?);
        }
        let find = |wanted: &Identity| {
            let row = rows.iter().find(|row| shown(row).as_ref() == Some(wanted))?;
            remote_id(KIND, row).map(RemoteId)
        };
        Ok(wanted.iter().map(|wanted| wanted.as_ref().and_then(find)).collect())
    }
}

fn wanted(prepared: &Prepared) -> Option<Identity> {
    let operations = prepared.params.get(OPERATIONS)?.as_array()?.iter();
    let mut created = operations.filter_map(|operation| at(operation, main_operation(KIND))?.get("create"));
    let body = created.find(|body| body.get("negative") == Some(&Value::Bool(true)))?;
    identity(last_id(&text_at(body, "adGroup")?), body)
}

fn shown(row: &Value) -> Option<Identity> {
    identity(&text_at(row, "adGroup.id")?, at(row, "adGroupCriterion")?)
}

/// Capitals make no difference to Google.
fn identity(group: &str, criterion: &Value) -> Option<Identity> {
    let text = text_at(criterion, "keyword.text")?.to_lowercase();
    Some((group.to_owned(), text, text_at(criterion, "keyword.matchType")?))
}
