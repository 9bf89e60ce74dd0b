//! The state of one mutate call: what it wrote, what it can take back, and its temporary names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::decode;
use super::error::AdsError;
use super::kind::{Kind, Lifecycle};
use super::mask;
use super::operation::{Deed, Operation};
use super::rules;
use super::schema::{Message, Type, snake};
use super::store::{Customer, Resource, StatusChange, last_id};
use crate::world::World;

/// Writes for one call.
pub(crate) struct Desk<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) customer: Customer,
    /// What stood under a name before it was written, and by which operation.
    undo: Vec<(String, Option<Resource>, usize)>,
    /// Temporary names; those whose creation failed have no real one.
    temps: BTreeMap<String, Option<String>>,
    temp_ids: BTreeSet<i64>,
    written: BTreeSet<String>,
    index: usize,
}

type Fields = Map<String, Value>;
type Outcome<T> = Result<T, Vec<AdsError>>;

fn one<T>(error: AdsError) -> Outcome<T> {
    Err(vec![error])
}

fn removed(name: &str) -> AdsError {
    let code = "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE";
    AdsError::new("contextError", code, "The operation is not allowed for removed resources.")
        .trigger(json!(name))
}

impl<'w> Desk<'w> {
    pub(crate) fn new(world: &'w mut World, customer: Customer) -> Self {
        Self {
            world,
            customer,
            undo: Vec::new(),
            temps: BTreeMap::new(),
            temp_ids: BTreeSet::new(),
            written: BTreeSet::new(),
            index: 0,
        }
    }

    /// Begins an operation; gives the point to which it can be rolled back.
    pub(crate) fn mark(&mut self, index: usize) -> usize {
        self.index = index;
        self.undo.len()
    }

    /// Takes back what was written after a mark.
    pub(crate) fn roll_back(&mut self, mark: usize) {
        for (name, before, _) in self.undo.drain(mark..).rev() {
            match before {
                Some(before) => drop(self.world.google.put(before)),
                None => self.world.google.forget(&name),
            }
        }
    }

    /// What was written, in order.
    pub(crate) fn finish(self) -> Vec<(String, Option<Resource>, usize)> {
        self.undo
    }

    /// Writes a resource.
    pub(crate) fn put(&mut self, resource: Resource) {
        let name = resource.name.clone();
        let before = self.world.google.put(resource);
        self.undo.push((name, before, self.index));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Resource> {
        self.world.google.get(name)
    }

    /// Forgets a temporary name whose resource was refused.
    pub(crate) fn fail_temp(&mut self, operation: &Operation) {
        if let Some(Deed::Create(fields)) = &operation.deed
            && let Some(name) = fields.get("resourceName").and_then(Value::as_str)
        {
            self.temps.insert(name.to_owned(), None);
        }
    }

    /// Carries out one operation and gives the name of what it wrote.
    pub(crate) fn perform(
        &mut self,
        operation: &Operation,
        undeclared: &BTreeSet<String>,
    ) -> Outcome<String> {
        if !undeclared.is_empty() && !operation.declares(undeclared) {
            let code = "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED";
            let text =
                "A campaign of the account does not declare whether it contains EU political advertising.";
            return one(AdsError::new("mutateError", code, text));
        }
        match &operation.deed {
            None => {
                one(AdsError::new("requestError", "OPERATION_REQUIRED", "The operation is not specified."))
            }
            Some(Deed::Create(fields)) => self.create(operation.kind, fields.clone()),
            Some(Deed::Update { fields, mask }) => {
                self.update(operation.kind, fields.clone(), mask.as_deref())
            }
            Some(Deed::Remove(name)) => self.remove(operation.kind, name),
        }
    }

    fn create(&mut self, kind: Kind, mut fields: Fields) -> Outcome<String> {
        let mut errors = Vec::new();
        decode::output_only(kind.message(), &fields, "", &mut errors);
        let temp = match fields.remove("resourceName") {
            None => None,
            Some(name) => Some(self.temp_name(kind, name.as_str().unwrap_or_default()).map_err(|e| vec![e])?),
        };
        self.resolve(kind.message(), &mut fields, "", &mut errors);
        let state = match fields.remove("status") {
            None => Lifecycle::Enabled,
            Some(word) => word.as_str().and_then(crate::wire::WireEnum::parse).unwrap_or(Lifecycle::Enabled),
        };
        if state == Lifecycle::Removed {
            let code = "CREATE_AS_REMOVED_NOT_PERMITTED";
            let text = "A resource cannot be created as removed.";
            errors.push(AdsError::new("operationAccessDeniedError", code, text).at("status"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        rules::check(self, kind, None, &mut fields, state, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let name = rules::place(self, kind, &mut fields);
        let is_asset_again = kind == Kind::Asset && self.get(&name).is_some();
        if !is_asset_again {
            self.once(&name).map_err(|error| vec![error])?;
            let resource = self.made(kind, name.clone(), fields, state)?;
            self.put(resource);
            rules::after(self, &name, None);
        }
        if let Some(temp) = temp {
            self.temps.insert(temp, Some(name.clone()));
        }
        Ok(name)
    }

    /// The resource of a creation; one with the same natural key is written over (§9).
    fn made(&self, kind: Kind, name: String, fields: Fields, state: Lifecycle) -> Outcome<Resource> {
        let moment = self.world.moment();
        let mut resource = match self.get(&name) {
            Some(old) if old.is_removed() => {
                let mut again = old.clone();
                again.fields = fields;
                again
            }
            Some(old) => {
                if old.flag("negative") != fields.get("negative").and_then(Value::as_bool).unwrap_or(false) {
                    return one(rules::other_sign(kind));
                }
                let mut again = old.clone();
                again.fields.extend(fields);
                again
            }
            None => Resource {
                name,
                kind,
                customer: self.customer.id.clone(),
                state,
                fields,
                created: moment,
                updated: moment.at,
                history: Vec::new(),
                first_active: None,
                review: None,
                learning: None,
                listed_from: self.world.faults.edge_lag(),
            },
        };
        if resource.history.is_empty() || resource.state != state {
            resource.history.push(StatusChange { at: moment.at, seq: moment.seq, status: state });
        }
        resource.state = state;
        resource.updated = moment.at;
        Ok(resource)
    }

    fn update(&mut self, kind: Kind, mut body: Fields, mask: Option<&[String]>) -> Outcome<String> {
        let name = body.get("resourceName").and_then(Value::as_str).unwrap_or_default().to_owned();
        if name.is_empty() {
            let text = "The resource name is missing.";
            return one(AdsError::new("requestError", "RESOURCE_NAME_MISSING", text).at("resource_name"));
        }
        let Some(mask) = mask.filter(|mask| !mask.is_empty()) else {
            return one(AdsError::new(
                "fieldMaskError",
                "FIELD_MASK_MISSING",
                "The field mask must be provided.",
            ));
        };
        let mut errors = Vec::new();
        self.resolve(kind.message(), &mut body, "", &mut errors);
        let old = self.existing(kind, &name).map_err(|error| vec![error])?.clone();
        self.once(&name).map_err(|error| vec![error])?;
        let inside = old.fields.get("ad").and_then(Value::as_object).cloned();
        let mut before = match (kind, inside) {
            (Kind::Ad, Some(ad)) => ad,
            _ => old.fields.clone(),
        };
        before.insert("status".into(), json!(old.state));
        let mut fields = mask::apply(kind.message(), &before, &body, mask)?;
        let state = match fields.remove("status") {
            Some(word) => word.as_str().and_then(crate::wire::WireEnum::parse).unwrap_or(old.state),
            None => Lifecycle::Enabled,
        };
        if state == Lifecycle::Removed {
            let text = "Use the remove operation.";
            errors.push(AdsError::new("enumError", "ENUM_VALUE_NOT_PERMITTED", text).at("status"));
        }
        rules::check(self, kind, Some(&old), &mut fields, state, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut new = old.clone();
        match kind {
            Kind::Ad => drop(new.fields.insert("ad".into(), Value::Object(fields))),
            _ => new.fields = fields,
        }
        self.set_state(&mut new, state);
        let holder = new.name.clone();
        self.put(new);
        rules::after(self, &holder, Some(&old));
        Ok(name)
    }

    fn remove(&mut self, kind: Kind, name: &str) -> Outcome<String> {
        let old = self.existing(kind, name).map_err(|error| vec![error])?.clone();
        self.once(name).map_err(|error| vec![error])?;
        rules::may_remove(self, &old).map_err(|error| vec![error])?;
        let mut new = old.clone();
        self.set_state(&mut new, Lifecycle::Removed);
        self.put(new);
        rules::after(self, name, Some(&old));
        Ok(name.to_owned())
    }

    /// Sets a status and keeps its history.
    pub(crate) fn set_state(&self, resource: &mut Resource, state: Lifecycle) {
        let moment = self.world.moment();
        resource.updated = moment.at;
        if resource.state != state {
            resource.state = state;
            resource.history.push(StatusChange { at: moment.at, seq: moment.seq, status: state });
        }
    }

    /// A resource may be written once in a call.
    fn once(&mut self, name: &str) -> Result<(), AdsError> {
        if self.written.insert(name.to_owned()) {
            return Ok(());
        }
        let code = "ID_EXISTS_IN_MULTIPLE_MUTATES";
        Err(AdsError::new("mutateError", code, "The same resource is mutated twice in one request.")
            .trigger(json!(name)))
    }

    /// The resource that an update or a removal is about; an ad is its ad group ad.
    fn existing(&self, kind: Kind, name: &str) -> Result<&Resource, AdsError> {
        self.check_name(kind, name)?;
        let found = match kind {
            Kind::Ad => self.world.google.holder_of_ad(name),
            _ => self.get(name),
        };
        let found = found.ok_or_else(|| AdsError::not_found(name))?;
        if found.is_removed() { Err(removed(name)) } else { Ok(found) }
    }

    /// A resource that another one names; it has to exist and not to be removed.
    pub(crate) fn refer(&self, kind: Kind, name: &str, path: &str) -> Result<&Resource, AdsError> {
        self.check_name(kind, name).map_err(|error| error.at(path))?;
        let found = self.get(name).ok_or_else(|| AdsError::not_found(name).at(path))?;
        if found.is_removed() { Err(removed(name).at(path)) } else { Ok(found) }
    }

    /// The form of a resource name, and whether it is of this customer.
    fn check_name(&self, kind: Kind, name: &str) -> Result<(), AdsError> {
        let parts: Vec<&str> = name.split('/').collect();
        match parts.as_slice() {
            ["customers", customer, collection, ids]
                if *collection == kind.to_string() && !ids.is_empty() =>
            {
                if *customer == self.customer.id {
                    return Ok(());
                }
                let code = "MUTATE_ACTION_NOT_PERMITTED_FOR_CLIENT";
                let text = "A mutate action is not allowed on this resource, from this client.";
                Err(AdsError::new("operationAccessDeniedError", code, text).trigger(json!(name)))
            }
            _ => {
                let text = format!("Resource name '{name}' is malformed.");
                Err(AdsError::new("requestError", "RESOURCE_NAME_MALFORMED", text).trigger(json!(name)))
            }
        }
    }

    /// Takes the temporary name of a creation.
    fn temp_name(&mut self, kind: Kind, name: &str) -> Result<String, AdsError> {
        self.check_name(kind, name).map_err(|error| error.at("resource_name"))?;
        let error = |code, text: &str| {
            AdsError::new("newResourceCreationError", code, text).at("resource_name").trigger(json!(name))
        };
        let own = last_id(name);
        let id: Option<i64> = own.parse().ok();
        match id {
            Some(id) if id >= 0 => Err(error("CANNOT_SET_ID_FOR_CREATE", "The id cannot be set.")),
            Some(id) if !self.temp_ids.insert(id) => {
                Err(error("DUPLICATE_TEMP_IDS", "Two resources have the same temporary id."))
            }
            // The last part of a link's name is no id of its own.
            _ if self.temps.contains_key(name) => {
                Err(error("DUPLICATE_TEMP_IDS", "Two resources have the same temporary name."))
            }
            _ => Ok(name.to_owned()),
        }
    }

    /// Puts real names in the place of temporary ones.
    fn resolve(
        &self,
        message: &'static Message,
        fields: &mut Fields,
        place: &str,
        errors: &mut Vec<AdsError>,
    ) {
        for (name, value) in fields.iter_mut() {
            let Some(field) = message.find(name) else { continue };
            let at = format!("{place}{}", snake(name));
            match (field.ty, value) {
                (Type::Name, Value::String(name)) => self.resolve_name(name, &at, errors),
                (Type::Message(inner), Value::Object(fields)) => {
                    self.resolve(inner, fields, &format!("{at}."), errors);
                }
                (Type::Message(inner), Value::Array(items)) => {
                    for (index, item) in items.iter_mut().enumerate() {
                        if let Some(fields) = item.as_object_mut() {
                            self.resolve(inner, fields, &format!("{at}[{index}]."), errors);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn resolve_name(&self, name: &mut String, place: &str, errors: &mut Vec<AdsError>) {
        match self.temps.get(name.as_str()) {
            Some(Some(real)) => name.clone_from(real),
            Some(None) => {
                let code = "TEMP_ID_RESOURCE_HAD_ERRORS";
                let text = "The temporary id refers to a resource that had errors.";
                let error = AdsError::new("newResourceCreationError", code, text);
                errors.push(error.at(place).trigger(json!(name.as_str())));
            }
            None => {}
        }
    }
}
