//! The `filtering` parameter of edges (Meta, `platforms/meta.md` §17).

use serde_json::Value;

use super::envelope::{MetaError, MetaResult};
use super::params::parse_enum;
use super::status;
use crate::object::{Kind, Object};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// How a field is compared.
    pub(crate) enum Operator {
        Equal = "EQUAL",
        NotEqual = "NOT_EQUAL",
        GreaterThan = "GREATER_THAN",
        GreaterThanOrEqual = "GREATER_THAN_OR_EQUAL",
        LessThan = "LESS_THAN",
        LessThanOrEqual = "LESS_THAN_OR_EQUAL",
        InRange = "IN_RANGE",
        NotInRange = "NOT_IN_RANGE",
        Contain = "CONTAIN",
        NotContain = "NOT_CONTAIN",
        In = "IN",
        NotIn = "NOT_IN",
        StartsWith = "STARTS_WITH",
        EndsWith = "ENDS_WITH",
        Any = "ANY",
        All = "ALL",
        None = "NONE",
        After = "AFTER",
        Before = "BEFORE",
        OnOrAfter = "ON_OR_AFTER",
        OnOrBefore = "ON_OR_BEFORE",
    }
}

/// One condition.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) field: String,
    pub(crate) operator: Operator,
    pub(crate) value: Value,
}

const FIELDS: &[&str] = &[
    "id",
    "name",
    "effective_status",
    "status",
    "configured_status",
    "created_time",
    "updated_time",
    "objective",
    "adlabels",
];

impl Filter {
    /// Reads the list of conditions.
    pub(crate) fn parse_all(list: &[Value]) -> MetaResult<Vec<Self>> {
        list.iter().map(Self::parse).collect()
    }

    fn parse(value: &Value) -> MetaResult<Self> {
        let bad = |message: &str| MetaError::field("filtering", message);
        let filter = value.as_object().ok_or_else(|| bad("Each filter must be an object"))?;
        if let Some(extra) = filter.keys().find(|key| !["field", "operator", "value"].contains(&key.as_str()))
        {
            return Err(bad(&format!("Unknown key {extra} in a filter")));
        }
        let field =
            filter.get("field").and_then(Value::as_str).ok_or_else(|| bad("A filter needs a field"))?;
        let operator = filter
            .get("operator")
            .and_then(Value::as_str)
            .ok_or_else(|| bad("A filter needs an operator"))?;
        let value = filter.get("value").ok_or_else(|| bad("A filter needs a value"))?;
        Ok(Self {
            field: field.to_owned(),
            operator: parse_enum("filtering", operator)?,
            value: value.clone(),
        })
    }

    /// The statuses asked for, when the condition is on the effective status.
    pub(crate) fn statuses(&self) -> Option<Vec<String>> {
        let about_status = self.field.rsplit('.').next() == Some("effective_status");
        about_status.then(|| texts(&self.value))
    }

    /// Whether `object` meets the condition; refuses fields that cannot be filtered on.
    pub(crate) fn matches(&self, world: &World, object: &Object) -> MetaResult<bool> {
        let (level, field) = match self.field.split_once('.') {
            Some((level, field)) => (Some(level), field),
            None => (None, self.field.as_str()),
        };
        if !FIELDS.contains(&field) {
            return Err(MetaError::field(
                "filtering",
                format!("Filtering field {} with operation {} is not supported", self.field, self.operator),
            ));
        }
        let target = match level {
            None => Some(object),
            Some(level) => self.at_level(world, object, level)?,
        };
        Ok(target.is_some_and(|target| self.holds(&value_of(world, target, field))))
    }

    fn at_level<'w>(
        &self,
        world: &'w World,
        object: &'w Object,
        level: &str,
    ) -> MetaResult<Option<&'w Object>> {
        let parent = |id: Option<crate::object::NodeId>| id.and_then(|id| world.object(id));
        match (level, object.kind) {
            ("campaign", Kind::Campaign) | ("adset", Kind::AdSet) | ("ad", Kind::Ad) => Ok(Some(object)),
            ("campaign", Kind::AdSet | Kind::Ad) => Ok(parent(object.campaign)),
            ("adset", Kind::Ad) => Ok(parent(object.ad_set)),
            _ => Err(MetaError::field(
                "filtering",
                format!("Filtering field {} does not fit here", self.field),
            )),
        }
    }

    fn holds(&self, actual: &[String]) -> bool {
        use Operator as O;
        let wanted = texts(&self.value);
        let first = wanted.first().map(String::as_str).unwrap_or_default();
        let is_in = |actual: &String| wanted.contains(actual);
        let number = |text: &str| text.parse::<i128>().ok();
        let compare = |test: fn(i128, i128) -> bool| {
            actual.iter().any(|actual| match (number(actual), number(first)) {
                (Some(left), Some(right)) => test(left, right),
                _ => false,
            })
        };
        let in_range = || match (
            wanted.first().and_then(|low| number(low)),
            wanted.get(1).and_then(|high| number(high)),
        ) {
            (Some(low), Some(high)) => actual
                .iter()
                .filter_map(|actual| number(actual))
                .any(|actual| low <= actual && actual <= high),
            _ => false,
        };
        let lower = |text: &str| text.to_lowercase();
        let contains =
            || actual.iter().any(|actual| wanted.iter().any(|part| lower(actual).contains(&lower(part))));
        match self.operator {
            O::Equal => actual.iter().any(|actual| actual == first),
            O::NotEqual => !actual.iter().any(|actual| actual == first),
            O::GreaterThan | O::After => compare(|left, right| left > right),
            O::GreaterThanOrEqual | O::OnOrAfter => compare(|left, right| left >= right),
            O::LessThan | O::Before => compare(|left, right| left < right),
            O::LessThanOrEqual | O::OnOrBefore => compare(|left, right| left <= right),
            O::InRange => in_range(),
            O::NotInRange => !in_range(),
            O::Contain => contains(),
            O::NotContain => !contains(),
            O::In | O::Any => actual.iter().any(is_in),
            O::NotIn | O::None => !actual.iter().any(is_in),
            O::All => wanted.iter().all(|wanted| actual.contains(wanted)),
            O::StartsWith => actual.iter().any(|actual| lower(actual).starts_with(&lower(first))),
            O::EndsWith => actual.iter().any(|actual| lower(actual).ends_with(&lower(first))),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn value_of(world: &World, object: &Object, field: &str) -> Vec<String> {
    match field {
        "id" => vec![object.id.to_string()],
        "effective_status" => vec![status::effective(world, object, world.now()).to_string()],
        "status" | "configured_status" => vec![object.status.to_string()],
        "created_time" => vec![object.created.timestamp().to_string()],
        "updated_time" => vec![object.updated.timestamp().to_string()],
        "adlabels" => object.fields.get("adlabels").map(label_ids).unwrap_or_default(),
        name => object.text(name).map(str::to_owned).into_iter().collect(),
    }
}

fn label_ids(labels: &Value) -> Vec<String> {
    let labels = labels.as_array().map(Vec::as_slice).unwrap_or_default();
    labels.iter().filter_map(|label| label["id"].as_str()).map(str::to_owned).collect()
}
