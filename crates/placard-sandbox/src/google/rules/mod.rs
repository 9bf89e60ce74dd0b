//! What each kind of resource demands (Google, `platforms/google.md` §4).

mod ad;
mod ad_group;
mod asset;
mod bidding;
mod budget;
mod campaign;
mod criterion;
mod display;
mod label;
mod money;
mod text;

use serde_json::{Map, Value, json};

pub(crate) use self::bidding::{Strategy, strategy};
pub(crate) use self::campaign::{Channel, local_time};
pub(crate) use self::criterion::{AGES, GENDERS, minutes};
use super::desk::Desk;
use super::error::AdsError;
use super::kind::{Kind, Lifecycle};
use super::store::{Resource, last_id};
use crate::draw;

type Fields = Map<String, Value>;
type Errors = Vec<AdsError>;

/// Fills in defaults and notes every rule that `fields` break; `old` is what an update changes.
pub(crate) fn check(
    desk: &Desk<'_>,
    kind: Kind,
    old: Option<&Resource>,
    fields: &mut Fields,
    state: Lifecycle,
    errors: &mut Errors,
) {
    match kind {
        Kind::CampaignBudget => budget::check(desk, old, fields, errors),
        Kind::Campaign => campaign::check(desk, old, fields, errors),
        Kind::AdGroup => ad_group::check(desk, old, fields, errors),
        Kind::AdGroupAd => ad::check_link(desk, old, fields, state, errors),
        Kind::Ad => ad::check_ad(desk, old, fields, "", errors),
        Kind::AdGroupCriterion => criterion::of_ad_group(desk, old, fields, errors),
        Kind::CampaignCriterion => criterion::of_campaign(desk, old, fields, errors),
        Kind::Asset => asset::check(desk, old, fields, errors),
        Kind::CampaignAsset | Kind::AdGroupAsset => asset::check_link(desk, kind, old, fields, errors),
        Kind::Label => label::check(desk, old, fields, errors),
        Kind::CampaignLabel | Kind::AdGroupLabel | Kind::AdGroupAdLabel => {
            label::check_link(desk, kind, fields, errors);
        }
        Kind::ConversionAction => label::check_conversion(desk, old, fields, errors),
    }
}

/// Gives a new resource its id and name; where the content decides the id, that may be an existing one.
pub(crate) fn place(desk: &mut Desk<'_>, kind: Kind, fields: &mut Fields) -> String {
    let customer = desk.customer.id.clone();
    let parent = |fields: &Fields, member: &str| {
        last_id(fields.get(member).and_then(Value::as_str).unwrap_or_default()).to_owned()
    };
    let ids = match kind {
        Kind::CampaignBudget | Kind::Campaign | Kind::AdGroup | Kind::Label | Kind::ConversionAction => {
            let id = desk.world.google.next_id().to_string();
            fields.insert("id".into(), json!(id));
            id
        }
        Kind::Asset => match asset::same(desk, fields) {
            Some(name) => return name,
            None => {
                let id = desk.world.google.next_id().to_string();
                fields.insert("id".into(), json!(id));
                id
            }
        },
        Kind::AdGroupAd | Kind::Ad => {
            let id = desk.world.google.next_id().to_string();
            if let Some(ad) = fields.get_mut("ad") {
                ad["resourceName"] = json!(format!("customers/{customer}/ads/{id}"));
                ad["id"] = json!(id);
            }
            format!("{}~{id}", parent(fields, "adGroup"))
        }
        Kind::AdGroupCriterion | Kind::CampaignCriterion => {
            let id = criterion::id(fields).to_string();
            fields.insert("criterionId".into(), json!(id));
            let member = if kind == Kind::AdGroupCriterion { "adGroup" } else { "campaign" };
            format!("{}~{id}", parent(fields, member))
        }
        Kind::CampaignAsset | Kind::AdGroupAsset => {
            let member = if kind == Kind::AdGroupAsset { "adGroup" } else { "campaign" };
            let role = fields.get("fieldType").and_then(Value::as_str).unwrap_or_default();
            format!("{}~{}~{role}", parent(fields, member), parent(fields, "asset"))
        }
        Kind::CampaignLabel => format!("{}~{}", parent(fields, "campaign"), parent(fields, "label")),
        Kind::AdGroupLabel => format!("{}~{}", parent(fields, "adGroup"), parent(fields, "label")),
        Kind::AdGroupAdLabel => {
            let ad = fields.get("adGroupAd").and_then(Value::as_str).unwrap_or_default();
            let ids = ad.rsplit('/').next().unwrap_or_default();
            format!("{ids}~{}", parent(fields, "label"))
        }
    };
    let name = format!("customers/{customer}/{kind}/{ids}");
    fields.insert("resourceName".into(), json!(name));
    name
}

/// What a written resource brings about elsewhere.
pub(crate) fn after(desk: &mut Desk<'_>, name: &str, old: Option<&Resource>) {
    let Some(resource) = desk.get(name).cloned() else { return };
    match resource.kind {
        Kind::Campaign => campaign::after(desk, &resource, old),
        Kind::CampaignBudget => budget::after(desk, &resource, old),
        Kind::AdGroup => campaign::relearn_composition(desk, &resource, old),
        Kind::AdGroupAd => ad::after(desk, resource, old),
        Kind::AdGroupCriterion => criterion::after(desk, &resource, old),
        Kind::Label => label::after(desk, &resource),
        _ => {}
    }
}

/// Whether a resource may be removed now.
pub(crate) fn may_remove(desk: &Desk<'_>, resource: &Resource) -> Result<(), AdsError> {
    match resource.kind {
        Kind::CampaignBudget if budget::uses(desk, &resource.name) > 0 => {
            let text = "The budget is used by a campaign.";
            Err(AdsError::new("campaignBudgetError", "CAMPAIGN_BUDGET_IN_USE", text))
        }
        _ => Ok(()),
    }
}

/// A create on a criterion that exists with the other sign acts as an update, which may not change it (§4).
pub(crate) fn other_sign(kind: Kind) -> AdsError {
    match kind {
        Kind::CampaignCriterion => AdsError::new(
            "campaignCriterionError",
            "CANNOT_TARGET_AND_EXCLUDE",
            "The same criterion cannot be targeted and excluded.",
        ),
        _ => AdsError::new(
            "adGroupCriterionError",
            "CANT_UPDATE_NEGATIVE",
            "The sign of a criterion cannot change.",
        ),
    }
    .at("negative")
}

/// The error for a field that is not there: left out of a creation, or cleared by an update.
fn missing(old: Option<&Resource>, path: &str) -> AdsError {
    match old {
        None => AdsError::required(path),
        Some(_) => {
            AdsError::new("fieldError", "FIELD_CANNOT_BE_CLEARED", "The field cannot be cleared.").at(path)
        }
    }
}

fn string<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A stable id from what a criterion says.
fn derived_id(parts: &[&str]) -> u64 {
    const FIRST: u64 = 300_000_000_000;
    FIRST + draw::key(0, parts) % 100_000_000_000
}
