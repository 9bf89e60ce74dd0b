//! Lists of items that succeed or fail one by one (Microsoft, `platforms/microsoft.md` §2 and §4).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::request::Request;
use super::shape;
use super::store::{Account, Key, Kind, Object, Review, Status, StatusChange};
use crate::world::{RecordKey, World};

/// A call to the campaign management or reporting service whose headers are good.
pub(super) struct Call<'r> {
    pub(super) account: Account,
    pub(super) body: &'r Map<String, Value>,
    pub(super) request: &'r Request,
}

impl Call<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    pub(super) fn id(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(shape::id)
    }

    /// `AccountId` of the body, which has to be the one of the headers (1030, 1102).
    pub(super) fn own_account(&self) -> MicrosoftResult<()> {
        let id = self
            .id("AccountId")
            .ok_or_else(|| Fault::new(Code::AccountIdMissing, "The account identifier is missing."))?;
        match id.to_string() == self.account.id {
            true => Ok(()),
            false => Err(Fault::new(Code::InvalidAccountId, "The account identifier is not valid.")),
        }
    }

    /// The items of a list, of which there have to be between one and `most`.
    pub(super) fn items(
        &self,
        name: &str,
        most: usize,
        empty: Code,
        too_many: Code,
    ) -> MicrosoftResult<&[Value]> {
        let items = self.body.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match items.len() {
            0 => Err(Fault::new(empty, format!("{name} is null or empty."))),
            count if count > most => Err(Fault::new(too_many, format!("{name} has more than {most} items."))),
            _ => Ok(items),
        }
    }

    /// The campaign that a call is about (1100).
    pub(super) fn campaign<'w>(&self, world: &'w World) -> MicrosoftResult<&'w Object> {
        let invalid = || Fault::new(Code::InvalidCampaignId, "The campaign ID is not valid.");
        let id = self.id("CampaignId").ok_or_else(invalid)?;
        world.microsoft_own(&self.account, Kind::Campaign, id).ok_or_else(invalid)
    }

    /// The ad group that a call is about (1044).
    pub(super) fn ad_group<'w>(&self, world: &'w World) -> MicrosoftResult<&'w Object> {
        let invalid = || Fault::new(Code::NoEntity, "The ad group does not exist.");
        let id = self.id("AdGroupId").ok_or_else(invalid)?;
        world.microsoft_own(&self.account, Kind::AdGroup, id).ok_or_else(invalid)
    }
}

/// What became of the items of a list.
#[derive(Default)]
pub(super) struct Outcome {
    ids: Vec<Value>,
    errors: Vec<Value>,
}

impl Outcome {
    /// Notes the next item.
    pub(super) fn push(&mut self, judged: Judged<u64>) {
        let index = self.ids.len();
        match judged {
            Ok(id) => self.ids.push(json!(id.to_string())),
            Err(problem) => {
                self.ids.push(Value::Null);
                self.errors.push(problem.told(index));
            }
        }
    }

    /// The reply to a creation: ids in the order of the request, `null` where refused.
    pub(super) fn made(self, name: &str) -> Value {
        json!({ name: self.ids, "PartialErrors": self.errors })
    }

    /// The reply to an update or a deletion.
    pub(super) fn changed(self) -> Value {
        json!({ "PartialErrors": self.errors })
    }

    /// The errors as criterions tell them.
    fn nested(errors: Vec<Value>) -> Vec<Value> {
        let nest = |error: Value| {
            json!({
                "Type": "BatchErrorCollection", "Index": error["Index"], "Code": error["Code"],
                "ErrorCode": error["ErrorCode"], "Message": error["Message"], "Details": null,
                "BatchErrors": [error],
            })
        };
        errors.into_iter().map(nest).collect()
    }

    pub(super) fn made_nested(self, name: &str) -> Value {
        json!({ name: self.ids, "NestedPartialErrors": Self::nested(self.errors) })
    }

    /// The errors as lists within one entry tell them: one collection about the entry, with an error for each item.
    fn within(errors: Vec<Value>) -> Vec<Value> {
        let Some(first) = errors.first() else { return Vec::new() };
        vec![json!({
            "Type": "BatchErrorCollection", "Index": 0, "Code": first["Code"], "ErrorCode": first["ErrorCode"],
            "Message": first["Message"], "Details": null, "BatchErrors": errors,
        })]
    }

    /// The reply to a creation within the one entry of a call.
    pub(super) fn made_within(self, name: &str) -> Value {
        json!({ name: [{ "Ids": self.ids }], "NestedPartialErrors": Self::within(self.errors) })
    }

    pub(super) fn changed_within(self) -> Value {
        json!({ "NestedPartialErrors": Self::within(self.errors) })
    }

    pub(super) fn changed_nested(self) -> Value {
        json!({ "NestedPartialErrors": Self::nested(self.errors) })
    }
}

/// The members of an item.
pub(super) fn members(item: &Value) -> Judged<&Map<String, Value>> {
    item.as_object().ok_or_else(|| Problem::new(Code::NullParameter, "The item is null."))
}

pub(super) fn text<'v>(item: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    item.get(name).and_then(Value::as_str)
}

/// A name of so many characters at most.
pub(super) fn name(item: &Map<String, Value>, most: usize, code: Code) -> Judged<&str> {
    let name = text(item, "Name").map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Problem::at(code, "Name", "The name is missing."))?;
    match name.chars().count() <= most {
        true => Ok(name),
        false => Err(Problem::at(code, "Name", format!("The name is longer than {most} characters."))),
    }
}

/// 1004.
pub(super) fn no_id(item: &Map<String, Value>) -> Judged<()> {
    match item.get("Id").is_none_or(Value::is_null) {
        true => Ok(()),
        false => Err(Problem::at(Code::IdNotNull, "Id", "Id should be null on add.")),
    }
}

/// The own status that an item sets.
pub(super) fn status(item: &Map<String, Value>) -> Option<Status> {
    match text(item, "Status") {
        Some("Active") => Some(Status::Active),
        Some("Paused") => Some(Status::Paused),
        _ => None,
    }
}

/// An amount of money, exactly.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let text = value.as_number()?.to_string();
    text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text)).ok().map(|it| it.normalize())
}

/// An amount as a JSON number.
pub(super) fn number(amount: Decimal) -> Value {
    // Digits and a point are always a JSON number.
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}

/// What of an item is kept: everything but ids, the status and `null`.
pub(super) fn kept(item: &Map<String, Value>) -> Map<String, Value> {
    let keeps = |name: &str, value: &Value| !value.is_null() && !["Id", "Status"].contains(&name);
    item.iter()
        .filter(|(name, value)| keeps(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Rules of tracking, which all objects share (§4).
pub(super) fn check_tracking(item: &Map<String, Value>) -> Judged<()> {
    for name in ["TrackingUrlTemplate", "FinalUrlSuffix"] {
        if text(item, name).is_some_and(|text| text.chars().count() > 2048) {
            return Err(Problem::at(Code::InvalidInput, name, "Longer than 2,048 characters."));
        }
    }
    let parameters = item.get("UrlCustomParameters").and_then(|it| it["Parameters"].as_array());
    match parameters.is_some_and(|parameters| parameters.len() > 8) {
        true => Err(Problem::at(Code::InvalidInput, "UrlCustomParameters", "More than 8 parameters.")),
        false => Ok(()),
    }
}

impl World {
    /// An object of an account that was not deleted.
    pub(super) fn microsoft_own(&self, account: &Account, kind: Kind, id: u64) -> Option<&Object> {
        self.microsoft.current(kind, id).filter(|object| object.account == account.id)
    }

    /// Makes an object.
    pub(super) fn microsoft_make(
        &mut self,
        (kind, account): (Kind, &str),
        (campaign, ad_group): (Option<u64>, Option<u64>),
        status: Status,
        fields: Map<String, Value>,
        review: Option<Review>,
    ) -> u64 {
        let (id, created) = (self.microsoft.next_id(), self.moment());
        let object = Object {
            id,
            kind,
            account: account.to_owned(),
            campaign,
            ad_group,
            status,
            fields,
            created,
            updated: created.at,
            history: vec![StatusChange { at: created.at, seq: created.seq, status }],
            first_active: None,
            review,
            listed_from: self.faults.edge_lag(),
        };
        self.microsoft.put(object);
        self.touch(RecordKey::Microsoft(Key::Object(id)));
        self.microsoft_note(id);
        id
    }

    /// Sets what an item of an update holds: `null` and absent leave a field, an empty text clears it.
    pub(super) fn microsoft_merge(&mut self, id: u64, changes: Map<String, Value>, status: Option<Status>) {
        let now = self.now();
        let Some(object) = self.microsoft.get_mut(id) else { return };
        for (name, value) in changes {
            match value.as_str() {
                Some("") => object.fields.remove(&name),
                _ => object.fields.insert(name, value),
            };
        }
        object.updated = now;
        self.touch(RecordKey::Microsoft(Key::Object(id)));
        if let Some(status) = status {
            self.microsoft_switch(id, status);
        }
    }

    /// Sets an object's own status and keeps its history.
    pub(super) fn microsoft_switch(&mut self, id: u64, status: Status) {
        let moment = self.moment();
        let Some(object) = self.microsoft.get_mut(id) else { return };
        if object.status != status {
            object.status = status;
            object.updated = moment.at;
            object.history.push(StatusChange { at: moment.at, seq: moment.seq, status });
            self.touch(RecordKey::Microsoft(Key::Object(id)));
        }
        self.microsoft_note(id);
    }

    /// Deletes an object and all below it, for good (§5).
    pub(super) fn microsoft_delete(&mut self, id: u64) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            let kinds = [
                Kind::AdGroup,
                Kind::CampaignCriterion,
                Kind::AdGroupCriterion,
                Kind::Ad,
                Kind::Keyword,
                Kind::NegativeKeyword,
            ];
            doomed
                .extend(kinds.iter().flat_map(|kind| self.microsoft.living(id, *kind)).map(|child| child.id));
            self.microsoft_switch(id, Status::Deleted);
        }
    }
}
