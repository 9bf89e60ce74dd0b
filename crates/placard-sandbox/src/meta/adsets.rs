//! Ad sets (Meta, `platforms/meta.md` §9).

use serde_json::{Map, Value, json};

use super::account::Account;
use super::bids;
use super::budget::Budgets;
use super::campaigns::MOST_AD_SETS;
use super::envelope::{MetaError, MetaResult};
use super::flight::{extras, field_time, regulation, schedule};
use super::matrix::{self, BillingEvent, Destination, Goal, Row, Venue};
use super::money;
use super::params::{Params, missing};
use super::targeting::{self, Targeting};
use super::{labels, promoted, write};
use crate::object::{Kind, NodeId, Object};
use crate::wire::WireEnum;
use crate::world::World;

const BOTH: &[&str] = &[
    "name",
    "status",
    "targeting",
    "daily_budget",
    "lifetime_budget",
    "bid_strategy",
    "bid_amount",
    "bid_constraints",
    "start_time",
    "end_time",
    "attribution_spec",
    "pacing_type",
    "adset_schedule",
    "daily_min_spend_target",
    "daily_spend_cap",
    "lifetime_min_spend_target",
    "lifetime_spend_cap",
    "frequency_control_specs",
    "dsa_beneficiary",
    "dsa_payor",
    "regional_regulated_categories",
    "regional_regulation_identities",
    "optimization_goal",
    "billing_event",
    "promoted_object",
    "placement_soft_opt_out",
    "is_sac_cfca_terms_certified",
    "adlabels",
    "execution_options",
    "is_incremental_attribution_enabled",
    "optimization_sub_event",
    "tune_for_category",
    "value_rule_set_id",
    "multi_optimization_goal_weight",
    "existing_customer_budget_percentage",
];
const CREATE: &[&str] = &["campaign_id", "destination_type", "is_dynamic_creative"];

type Fields = Map<String, Value>;

/// `POST /act_X/adsets`.
pub(crate) fn create(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH, CREATE])?;
    let options = write::Options::from_params(params, Kind::AdSet)?;
    write::room_for(world, account, Kind::AdSet)?;
    let name = write::name(params)?.ok_or_else(|| missing("name"))?;
    let campaign = campaign_of(world, account, params)?;
    let status = write::status_on_create(params)?;
    let mut fields = Map::new();
    fields.insert("name".into(), json!(name));
    let draft = Draft::from_params(world, account, &campaign, params, None)?;
    draft.write(world, account, &campaign, params, &mut fields)?;
    let start = params.time("start_time", account.zone())?.unwrap_or(world.now());
    fields.insert("start_time".into(), json!(start.to_rfc3339()));
    schedule(world, account, params, &mut fields)?;
    if let Some(flag) = params.bool("is_dynamic_creative")? {
        fields.insert("is_dynamic_creative".into(), json!(flag));
    }
    let labels = labels::resolve(world, account, params, !options.validate_only)?;
    if let Some(labels) = labels {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    let mut ad_set = world.draft(Kind::AdSet, &account.id, status);
    ad_set.campaign = Some(campaign.id);
    ad_set.fields = fields;
    let id = world.add(ad_set);
    Ok(json!({ "id": id, "success": true }))
}

fn campaign_of(world: &World, account: &Account, params: &Params) -> MetaResult<Object> {
    let id = params.required_text("campaign_id")?;
    let campaign = NodeId::parse(id).and_then(|id| world.object(id));
    let campaign = campaign.filter(|object| object.kind == Kind::Campaign && object.owner == account.id);
    let campaign = campaign.ok_or_else(|| {
        MetaError::field("campaign_id", format!("Campaign {id} does not exist in this ad account"))
    })?;
    write::live_parent(campaign)?;
    let sets = world.children(campaign.id);
    if sets.len() >= MOST_AD_SETS
        && sets.iter().filter_map(|id| world.object(*id)).filter(|set| set.is_current()).count()
            >= MOST_AD_SETS
    {
        return Err(MetaError::new(100, format!("(#100) A campaign holds at most {MOST_AD_SETS} ad sets")));
    }
    Ok(campaign.clone())
}

/// The part of an ad set whose members have to agree with one another.
struct Draft {
    goal: Goal,
    billing: BillingEvent,
    destination: Option<Destination>,
    row: &'static Row,
    targeting: Targeting,
    promoted: Option<Map<String, Value>>,
    budgets: Budgets,
}

impl Draft {
    /// Reads the members from a call, falling back on what an existing ad set has.
    fn from_params(
        world: &World,
        account: &Account,
        campaign: &Object,
        params: &Params,
        old: Option<&Object>,
    ) -> MetaResult<Self> {
        let objective = campaign.objective().ok_or_else(|| missing("objective"))?;
        let old_text = |name: &str| old.and_then(|set| set.text(name));
        let goal = params
            .one_of("optimization_goal")?
            .or_else(|| old_text("optimization_goal").and_then(Goal::parse));
        let goal = goal.ok_or_else(|| missing("optimization_goal"))?;
        let billing = params
            .one_of("billing_event")?
            .or_else(|| old_text("billing_event").and_then(BillingEvent::parse));
        let billing = billing.ok_or_else(|| missing("billing_event"))?;
        let destination = match old {
            None => params.one_of("destination_type")?,
            Some(_) => old_text("destination_type").and_then(Destination::parse),
        };
        let old_object =
            |name: &str| old.and_then(|set| set.fields.get(name)).and_then(Value::as_object).cloned();
        let promoted = params.object("promoted_object")?.or_else(|| old_object("promoted_object"));
        let has_set = promoted.as_ref().is_some_and(|promoted| promoted.contains_key("product_set_id"));
        let row = matrix::venue(objective, destination, goal, has_set)
            .and_then(|venue| matrix::find(objective, venue, goal))
            .ok_or_else(|| goal_refused(goal))?;
        billing_fits(billing, goal)?;
        promoted::check(world, account, row, goal, promoted.as_ref())?;
        let spec = params.object("targeting")?.or_else(|| old_object("targeting"));
        let spec = spec.ok_or_else(|| missing("targeting"))?;
        let targeting = targeting::check(without_read_only(spec), campaign, goal, old.is_none())?;
        promoted::store_fits(promoted.as_ref(), &targeting.user_os)?;
        Ok(Self {
            goal,
            billing,
            destination,
            row,
            targeting,
            promoted,
            budgets: Budgets::from_params(params)?,
        })
    }

    /// Checks budgets, bids, attribution and regulation, and fills `fields`.
    fn write(
        &self,
        world: &World,
        account: &Account,
        campaign: &Object,
        params: &Params,
        fields: &mut Fields,
    ) -> MetaResult<()> {
        let has_own = self.budgets.any()
            || fields.contains_key("daily_budget")
            || fields.contains_key("lifetime_budget");
        match (campaign.has_budget(), has_own) {
            (true, true) if self.budgets.any() => {
                return Err(MetaError::rule(
                    1885621,
                    "daily_budget",
                    "Only one budget can be set",
                    "The campaign has the budget; its ad sets cannot have one.",
                ));
            }
            (false, false) => {
                return Err(MetaError::field("daily_budget", "An ad set needs a daily or a lifetime budget"));
            }
            (true | false, _) => {}
        }
        bids::check(campaign, params, fields, self.billing)?;
        self.budget_minimum(world, account, params, fields)?;
        self.budgets.write(fields);
        if let Some(spec) = bids::attribution(params, self.goal, self.row.venue == Venue::App)? {
            fields.insert("attribution_spec".into(), spec);
        }
        regulation(account, params, &self.targeting, fields)?;
        fields.insert("optimization_goal".into(), json!(self.goal));
        fields.insert("billing_event".into(), json!(self.billing));
        let destination = self.destination.map_or("UNDEFINED", WireEnum::as_str);
        fields.insert("destination_type".into(), json!(destination));
        fields.insert("targeting".into(), json!(self.targeting.stored));
        if let Some(promoted) = &self.promoted {
            fields.insert("promoted_object".into(), json!(promoted));
        }
        extras(params, fields)
    }

    fn budget_minimum(
        &self,
        world: &World,
        account: &Account,
        params: &Params,
        fields: &Fields,
    ) -> MetaResult<()> {
        if !self.budgets.any() {
            return Ok(());
        }
        let floor = match self.billing {
            BillingEvent::Impressions | BillingEvent::None => money::Floor::Impressions,
            BillingEvent::LinkClicks
            | BillingEvent::Clicks
            | BillingEvent::Thruplay
            | BillingEvent::PageLikes
            | BillingEvent::PostEngagement => money::Floor::Clicks,
            BillingEvent::AppInstalls
            | BillingEvent::OfferClaims
            | BillingEvent::Purchase
            | BillingEvent::ListingInteraction => money::Floor::LowFrequency,
        };
        let doubled = self.targeting.countries.iter().any(|code| money::is_doubled(code));
        let mut least = money::minimum_daily(&account.currency, floor, doubled);
        if let Some(bid) = fields.get("bid_amount").and_then(Value::as_i64) {
            let times = if floor == money::Floor::Impressions { 1 } else { 5 };
            least = least.max(bid * times);
        }
        let zone = account.zone();
        let start = params.time("start_time", zone)?.or_else(|| field_time(fields, "start_time"));
        let end = params.time("end_time", zone)?.or_else(|| field_time(fields, "end_time"));
        let days = end.map_or(1, |end| ((end - start.unwrap_or(world.now())).num_hours() + 23) / 24);
        self.budgets.at_least_minor(account, least, days)
    }
}

fn goal_refused(goal: Goal) -> MetaError {
    MetaError::rule(
        2490408,
        "optimization_goal",
        "Performance goal isn't available",
        format!("The performance goal {goal} is not available for this objective and destination."),
    )
}

fn billing_fits(billing: BillingEvent, goal: Goal) -> MetaResult<()> {
    let fits = match billing {
        BillingEvent::Impressions => true,
        BillingEvent::LinkClicks => goal == Goal::LinkClicks,
        BillingEvent::Thruplay => goal == Goal::Thruplay,
        BillingEvent::PageLikes => goal == Goal::PageLikes,
        BillingEvent::PostEngagement => goal == Goal::PostEngagement,
        BillingEvent::AppInstalls => goal == Goal::AppInstalls,
        BillingEvent::Clicks
        | BillingEvent::OfferClaims
        | BillingEvent::Purchase
        | BillingEvent::ListingInteraction
        | BillingEvent::None => false,
    };
    if fits {
        return Ok(());
    }
    Err(MetaError::field(
        "billing_event",
        format!("The billing event {billing} does not go with the goal {goal}"),
    ))
}

/// Drops what a read adds, so that a targeting object read back can be written again.
fn without_read_only(mut spec: Map<String, Value>) -> Map<String, Value> {
    spec.retain(|name, _| !name.starts_with("effective_") && name != "age_range");
    spec
}

/// `POST /{adset}`.
pub(crate) fn update(world: &mut World, account: &Account, id: NodeId, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH])?;
    let ad_set = write::writable(world, id, params)?;
    let options = write::Options::from_params(params, Kind::AdSet)?;
    let status = write::status_on_update(&ad_set, account, params)?;
    let mut fields = ad_set.fields.clone();
    if let Some(name) = write::name(params)? {
        fields.insert("name".into(), json!(name));
    }
    let only_state = params.iter().all(|(name, _)| {
        ["name", "status", "access_token", "appsecret_proof", "fields", "execution_options", "method"]
            .contains(&name.as_str())
    });
    let mut budget_changed = false;
    if !only_state {
        let campaign = ad_set.campaign.and_then(|id| world.object(id)).cloned();
        let campaign = campaign.ok_or_else(|| MetaError::no_such_object("post", &id.to_string()))?;
        if params
            .object("promoted_object")?
            .is_some_and(|new| Some(&json!(new)) != ad_set.fields.get("promoted_object"))
        {
            return Err(MetaError::field("promoted_object", "The promoted object cannot be changed"));
        }
        let draft = Draft::from_params(world, account, &campaign, params, Some(&ad_set))?;
        if draft.budgets.any() {
            draft.budgets.replaceable(world, account, &ad_set)?;
            budget_changed = true;
        }
        draft.write(world, account, &campaign, params, &mut fields)?;
        schedule(world, account, params, &mut fields)?;
        if let Some(labels) = labels::resolve(world, account, params, !options.validate_only)? {
            fields.insert("adlabels".into(), labels);
        }
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    let significant = ["targeting", "optimization_goal", "bid_amount", "bid_strategy"]
        .iter()
        .any(|name| fields.get(*name) != ad_set.fields.get(*name))
        || large_change(&ad_set, &fields);
    write::store_update(world, id, fields, budget_changed, status);
    let now = world.now();
    if significant && let Some(changed) = world.change(id) {
        changed.learning_since = now;
        if changed.fields.get("targeting") != ad_set.fields.get("targeting") {
            changed.past_audiences.extend(ad_set.fields.get("targeting").cloned());
        }
    }
    Ok(json!({ "success": true }))
}

/// A budget change of more than a fifth restarts learning.
fn large_change(old: &Object, fields: &Fields) -> bool {
    ["daily_budget", "lifetime_budget"].iter().any(|name| {
        let new = fields.get(*name).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
        match (old.minor(name), new) {
            (Some(old), Some(new)) => (new - old).abs() * 5 > old,
            _ => false,
        }
    })
}
