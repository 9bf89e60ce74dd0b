//! Reads objects back by id (Microsoft, `platforms/microsoft.md` §3, queries).

use super::{
    Microsoft,
    api::Call,
    encode::{Params, params},
    negative::Holder,
    observe::observe,
    requests::RESPONSIVE,
    sort::{Group, Sort, group},
    target,
    wire::{entries, own_id, promised},
    words::{SERVICE, collection},
};
use crate::{Access, ErrorKind, PlatformError, ReadBack};
use placard_domain::plan::{ObjectKind, Observation};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What Microsoft shows of a campaign only when it is asked to (§4, bidding; §2, Setting).
pub(super) const MORE: &str = "MaxConversionValueBiddingScheme, TargetSetting";

impl Microsoft {
    /// One observation for each of `objects`, in order.
    pub(super) async fn read_back(
        &self,
        access: &Access,
        objects: &[ReadBack],
    ) -> Result<Vec<Observation>, PlatformError> {
        let mut groups: BTreeMap<Group<'_>, BTreeSet<&str>> = BTreeMap::new();
        for object in objects {
            if let Some(group) = group(access, object) {
                groups.entry(group).or_default().insert(own_id(&object.remote_id.0));
            }
        }
        let mut seen: HashMap<(Group<'_>, String), Value> = HashMap::new();
        for (group, ids) in groups {
            let ids: Vec<&str> = ids.into_iter().collect();
            for entry in self.entries(access, group, &ids).await? {
                seen.insert((group, promised("read objects back", &entry, "Id")?), entry);
            }
        }
        let observation = |object: &ReadBack| {
            let Some(group) = group(access, object) else { return Ok(Observation::Gone) };
            let own = own_id(&object.remote_id.0).to_owned();
            match seen.get(&(group, own)) {
                Some(entry) => observe(group.0, entry, group.1, &object.applied),
                None => Ok(Observation::Gone),
            }
        };
        objects.iter().map(observation).collect()
    }

    /// What Microsoft shows of objects of `kind` in `parent`. Of a parent that is gone, nothing.
    async fn entries(
        &self,
        access: &Access,
        (sort, parent): Group<'_>,
        ids: &[&str],
    ) -> Result<Vec<Value>, PlatformError> {
        let kind = sort.kind();
        let names = collection(kind);
        let operation = format!("read {}s", kind.title());
        if sort == Sort::Negatives {
            return self.negatives(access, &operation, Holder::AdGroup, parent).await;
        }
        let mut found = Vec::new();
        for ids in ids.chunks(names.most) {
            let mut ask = params([(names.parent, own_id(parent).into()), (names.ids, json!(ids))]);
            ask.extend(more(sort));
            let call = Call::query(&operation, format!("{SERVICE}/{}/QueryByIds", names.name), ask);
            match self.api.read(access, &call).await {
                Ok(answer) => found.extend(entries(&operation, &answer, names.name)?.cloned()),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Everything of `kind` in `parent`. Of a parent that is gone, nothing.
    pub(super) async fn all_in(
        &self,
        access: &Access,
        operation: &str,
        kind: ObjectKind,
        parent: &str,
    ) -> Result<Vec<Value>, PlatformError> {
        let names = collection(kind);
        let asks: Vec<(String, Params)> = match kind {
            ObjectKind::Targeting => {
                let of = |target: &&'static str| {
                    // Without ids, all of them are shown (§10, look-up).
                    let mut ask = params([(names.parent, own_id(parent).into()), (names.ids, Value::Null)]);
                    ask.extend(more(Sort::Targets(target)));
                    (format!("{SERVICE}/{}/QueryByIds", names.name), ask)
                };
                target::KINDS.iter().map(of).collect()
            }
            _ => {
                let mut ask = params([(names.parent, own_id(parent).into())]);
                ask.extend(more(Sort::Of(kind)));
                vec![(format!("{SERVICE}/{}/QueryBy{}", names.name, names.parent), ask)]
            }
        };
        let mut found = Vec::new();
        for (path, ask) in asks {
            match self.api.read(access, &Call::query(operation, path, ask)).await {
                Ok(answer) => found.extend(entries(operation, &answer, names.name)?.cloned()),
                Err(error) if error.kind == ErrorKind::NotFound && kind != ObjectKind::Campaign => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// What a question about `kind` says beside its ids.
fn more(sort: Sort) -> Params {
    match sort {
        Sort::Of(ObjectKind::Campaign) => {
            params([("CampaignType", "Search".into()), ("ReturnAdditionalFields", MORE.into())])
        }
        Sort::Of(ObjectKind::Ad) => params([("AdTypes", json!([RESPONSIVE]))]),
        Sort::Targets(target) => params([("CriterionType", target.into())]),
        Sort::Of(_) | Sort::Negatives => Params::new(),
    }
}
