//! Campaigns (Meta, `platforms/meta.md` §8).

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::account::Account;
use super::budget::{self, Budgets};
use super::envelope::{MetaError, MetaResult};
use super::params::{Params, missing, parse_enum};
use super::{labels, money, write};
use crate::object::{Kind, NodeId, Object};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// What a campaign is for; the older fifteen values can no longer be created.
    pub(crate) enum Objective {
        Awareness = "OUTCOME_AWARENESS",
        Traffic = "OUTCOME_TRAFFIC",
        Engagement = "OUTCOME_ENGAGEMENT",
        Leads = "OUTCOME_LEADS",
        AppPromotion = "OUTCOME_APP_PROMOTION",
        Sales = "OUTCOME_SALES",
    }
}

wire_enum! {
    /// Categories of ads with restricted targeting.
    pub(crate) enum SpecialCategory {
        None = "NONE",
        Credit = "CREDIT",
        Financial = "FINANCIAL_PRODUCTS_SERVICES",
        Employment = "EMPLOYMENT",
        Housing = "HOUSING",
        Issues = "ISSUES_ELECTIONS_POLITICS",
        Gambling = "ONLINE_GAMBLING_AND_GAMING",
    }
}

wire_enum! {
    pub(crate) enum BuyingType { Auction = "AUCTION", Reserved = "RESERVED" }
}

wire_enum! {
    /// How bids are set.
    pub(crate) enum BidStrategy {
        LowestCost = "LOWEST_COST_WITHOUT_CAP",
        BidCap = "LOWEST_COST_WITH_BID_CAP",
        CostCap = "COST_CAP",
        MinRoas = "LOWEST_COST_WITH_MIN_ROAS",
    }
}

/// Ad sets a campaign may hold.
pub(crate) const MOST_AD_SETS: usize = 200;
/// With more ad sets than this, campaign budgets are fixed.
const FIXED_BUDGET_FROM: usize = 70;

const BOTH: &[&str] = &[
    "name",
    "status",
    "daily_budget",
    "lifetime_budget",
    "is_adset_budget_sharing_enabled",
    "bid_strategy",
    "spend_cap",
    "start_time",
    "stop_time",
    "promoted_object",
    "pacing_type",
    "adlabels",
    "special_ad_categories",
    "special_ad_category_country",
    "is_skadnetwork_attribution",
    "execution_options",
];
const CREATE: &[&str] =
    &["objective", "buying_type", "source_campaign_id", "smart_promotion_type", "topline_id"];
const UPDATE: &[&str] = &["adset_budgets", "objective"];

/// `POST /act_X/campaigns`.
pub(crate) fn create(world: &mut World, account: &Account, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH, CREATE])?;
    let options = write::Options::from_params(params, Kind::Campaign)?;
    write::room_for(world, account, Kind::Campaign)?;
    let name = write::name(params)?.ok_or_else(|| missing("name"))?;
    let objective: Objective = params.one_of("objective")?.ok_or_else(|| missing("objective"))?;
    let status = write::status_on_create(params)?;
    let categories = categories(params)?.ok_or_else(|| {
        MetaError::field("special_ad_categories", "The parameter special_ad_categories is required")
    })?;
    let countries = category_countries(params, &categories)?;
    let budgets = Budgets::from_params(params)?;
    let buying = params.one_of::<BuyingType>("buying_type")?.unwrap_or(BuyingType::Auction);

    let mut fields = serde_json::Map::new();
    fields.insert("name".into(), json!(name));
    fields.insert("objective".into(), json!(objective));
    fields.insert("buying_type".into(), json!(buying));
    fields.insert("special_ad_categories".into(), json!(written(&categories)));
    fields.insert("special_ad_category_country".into(), json!(countries));
    budget_fields(account, params, &budgets, &mut fields)?;
    sharing(params, &budgets, &mut fields)?;
    spend_cap(account, params, &mut fields)?;
    times(world, account.zone(), params, &mut fields)?;
    app_rules(objective, params, &mut fields)?;
    let labels = labels::resolve(world, account, params, !options.validate_only)?;
    write::copy(params, &mut fields, &["source_campaign_id", "smart_promotion_type", "topline_id"])?;
    if let Some(labels) = labels {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    let mut campaign = world.draft(Kind::Campaign, &account.id, status);
    campaign.fields = fields;
    let id = world.add(campaign);
    Ok(json!({ "id": id }))
}

fn written(categories: &[SpecialCategory]) -> Vec<SpecialCategory> {
    categories.iter().copied().filter(|category| *category != SpecialCategory::None).collect()
}

fn categories(params: &Params) -> MetaResult<Option<Vec<SpecialCategory>>> {
    let Some(words) = params.words("special_ad_categories")? else { return Ok(None) };
    let parsed: MetaResult<Vec<SpecialCategory>> =
        words.iter().map(|word| parse_enum("special_ad_categories", word)).collect();
    let parsed = parsed?;
    if parsed.len() > 1 && parsed.contains(&SpecialCategory::None) {
        return Err(MetaError::field("special_ad_categories", "NONE cannot be joined with other categories"));
    }
    Ok(Some(parsed))
}

fn category_countries(params: &Params, categories: &[SpecialCategory]) -> MetaResult<Vec<String>> {
    let countries = params.words("special_ad_category_country")?.unwrap_or_default();
    if !written(categories).is_empty() && countries.is_empty() {
        return Err(MetaError::field(
            "special_ad_category_country",
            "special_ad_category_country is required when a special ad category is set",
        ));
    }
    if let Some(unknown) = countries.iter().find(|country| !super::geo::is_country(country)) {
        return Err(MetaError::field("special_ad_category_country", format!("Unknown country {unknown}")));
    }
    Ok(countries)
}

type Fields = serde_json::Map<String, Value>;

fn budget_fields(
    account: &Account,
    params: &Params,
    budgets: &Budgets,
    fields: &mut Fields,
) -> MetaResult<()> {
    let strategy = params.one_of::<BidStrategy>("bid_strategy")?;
    if !budgets.any() {
        return match strategy {
            Some(_) => Err(MetaError::rule(
                1885737,
                "bid_strategy",
                "Bid strategy needs a campaign budget",
                "You can set a bid strategy on the campaign only when the campaign has a budget.",
            )),
            None => Ok(()),
        };
    }
    budgets.at_least(account, money::Floor::Impressions, false, 1)?;
    budgets.write(fields);
    fields.insert("bid_strategy".into(), json!(strategy.unwrap_or(BidStrategy::LowestCost)));
    Ok(())
}

/// v24 and later: without a campaign budget the flag must be stated (§8).
fn sharing(params: &Params, budgets: &Budgets, fields: &mut Fields) -> MetaResult<()> {
    match (params.bool("is_adset_budget_sharing_enabled")?, budgets.any()) {
        (None, false) => Err(MetaError::rule(
            4834011,
            "is_adset_budget_sharing_enabled",
            "Must specify True or False in is_adset_budget_sharing_enabled field",
            "You must specify True or False in the is_adset_budget_sharing_enabled field if you are not using \
             a campaign budget.",
        )),
        (Some(true), true) => Err(MetaError::field(
            "is_adset_budget_sharing_enabled",
            "is_adset_budget_sharing_enabled cannot be used with a campaign budget",
        )),
        (Some(flag), _) => {
            fields.insert("is_adset_budget_sharing_enabled".into(), json!(flag));
            Ok(())
        }
        (None, true) => Ok(()),
    }
}

fn spend_cap(account: &Account, params: &Params, fields: &mut Fields) -> MetaResult<()> {
    let Some(cap) = params.uint("spend_cap")? else { return Ok(()) };
    if cap == money::NO_CAP {
        fields.remove("spend_cap");
        return Ok(());
    }
    let least = money::minimum_spend_cap(&account.currency);
    if cap < least {
        return Err(MetaError::rule(
            2446307,
            "spend_cap",
            "Your campaign spending limit is too low",
            format!("The spending limit must be at least {}.", money::spoken(least, &account.currency)),
        ));
    }
    fields.insert("spend_cap".into(), json!(cap.to_string()));
    Ok(())
}

fn times(world: &World, zone: Tz, params: &Params, fields: &mut Fields) -> MetaResult<()> {
    let (start, stop) = (params.time("start_time", zone)?, params.time("stop_time", zone)?);
    if let (Some(start), Some(stop)) = (start.or(Some(world.now())), stop)
        && stop <= start
    {
        return Err(MetaError::field("stop_time", "The stop time must be after the start time"));
    }
    for (name, time) in [("start_time", start), ("stop_time", stop)] {
        if let Some(time) = time {
            fields.insert(name.into(), json!(time.to_rfc3339()));
        }
    }
    Ok(())
}

/// Pacing, and what app and catalog campaigns add.
fn app_rules(objective: Objective, params: &Params, fields: &mut Fields) -> MetaResult<()> {
    if let Some(pacing) = budget::pacing(params)? {
        fields.insert("pacing_type".into(), pacing);
    }
    let promoted = params.object("promoted_object")?;
    if let Some(promoted) = &promoted {
        let known = ["product_catalog_id", "application_id", "object_store_url"];
        if let Some(key) = promoted.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(MetaError::rule(
                1885014,
                "promoted_object",
                "Promoted object is invalid",
                format!("{key} cannot be promoted by a campaign."),
            ));
        }
        fields.insert("promoted_object".into(), json!(promoted));
    }
    if let Some(flag) = params.bool("is_skadnetwork_attribution")? {
        if flag && objective != Objective::AppPromotion {
            return Err(MetaError::rule(
                3955009,
                "is_skadnetwork_attribution",
                "Objective does not fit SKAdNetwork",
                "Only app promotion campaigns can use SKAdNetwork attribution.",
            ));
        }
        fields.insert("is_skadnetwork_attribution".into(), json!(flag));
    }
    Ok(())
}

/// `POST /{campaign}`.
pub(crate) fn update(world: &mut World, account: &Account, id: NodeId, params: &Params) -> MetaResult<Value> {
    params.only(&[BOTH, UPDATE])?;
    let campaign = write::writable(world, id, params)?;
    let options = write::Options::from_params(params, Kind::Campaign)?;
    if let Some(objective) = params.one_of::<Objective>("objective")?
        && campaign.text("objective") != Some(objective.to_string().as_str())
    {
        return Err(MetaError::field(
            "objective",
            "The objective of a campaign with ad sets cannot be changed",
        ));
    }
    let mut fields = campaign.fields.clone();
    if let Some(name) = write::name(params)? {
        fields.insert("name".into(), json!(name));
    }
    if let Some(categories) = categories(params)? {
        fields.insert("special_ad_categories".into(), json!(written(&categories)));
        let countries = category_countries(params, &categories)?;
        fields.insert("special_ad_category_country".into(), json!(countries));
    }
    let budget_changed = update_budget(world, account, &campaign, params, &mut fields)?;
    spend_cap(account, params, &mut fields)?;
    if params.uint("spend_cap")? == Some(money::NO_CAP) {
        fields.remove("spend_cap");
    }
    times(world, account.zone(), params, &mut fields)?;
    if let Some(objective) = campaign.objective() {
        app_rules(objective, params, &mut fields)?;
    }
    let status = write::status_on_update(&campaign, account, params)?;
    let leaving = leaving_sets(world, &campaign, params)?;
    let labels = labels::resolve(world, account, params, !options.validate_only)?;
    if let Some(labels) = labels {
        fields.insert("adlabels".into(), labels);
    }
    if options.validate_only {
        return Ok(json!({ "success": true }));
    }
    for (ad_set, daily) in leaving {
        if let Some(ad_set) = world.change(ad_set) {
            ad_set.fields.insert("daily_budget".into(), json!(daily.to_string()));
        }
    }
    write::store_update(world, id, fields, budget_changed, status);
    Ok(json!({ "success": true }))
}

fn update_budget(
    world: &World,
    account: &Account,
    campaign: &Object,
    params: &Params,
    fields: &mut Fields,
) -> MetaResult<bool> {
    let budgets = Budgets::from_params(params)?;
    let strategy = params.one_of::<BidStrategy>("bid_strategy")?;
    let leaves = params.has("adset_budgets");
    let many = world.children(campaign.id).len() > FIXED_BUDGET_FROM;
    if many && (leaves || strategy.is_some()) && campaign.has_budget() {
        return Err(MetaError::field(
            "bid_strategy",
            format!("A campaign with more than {FIXED_BUDGET_FROM} ad sets cannot change this"),
        ));
    }
    if leaves {
        for name in ["daily_budget", "lifetime_budget", "bid_strategy"] {
            fields.remove(name);
        }
    }
    if !budgets.any() {
        if let Some(strategy) = strategy {
            if !campaign.has_budget() {
                return budget_fields(account, params, &budgets, fields).map(|()| false);
            }
            fields.insert("bid_strategy".into(), json!(strategy));
        }
        return sharing_update(params, fields).map(|()| leaves);
    }
    if !campaign.has_budget() {
        if world.children(campaign.id).iter().filter_map(|id| world.object(*id)).any(Object::has_budget) {
            for id in world.children(campaign.id) {
                let lifetime = world.object(id).is_some_and(|set| set.minor("lifetime_budget").is_some());
                if lifetime && budgets.daily.is_some() {
                    return Err(MetaError::field("daily_budget", "Its ad sets have lifetime budgets"));
                }
            }
        }
        budget_fields(account, params, &budgets, fields)?;
        fields.remove("is_adset_budget_sharing_enabled");
        return Ok(true);
    }
    budgets.replaceable(world, account, campaign)?;
    budgets.at_least(account, money::Floor::Impressions, false, 1)?;
    budgets.write(fields);
    if let Some(strategy) = strategy {
        fields.insert("bid_strategy".into(), json!(strategy));
    }
    Ok(true)
}

fn sharing_update(params: &Params, fields: &mut Fields) -> MetaResult<()> {
    if let Some(flag) = params.bool("is_adset_budget_sharing_enabled")? {
        fields.insert("is_adset_budget_sharing_enabled".into(), json!(flag));
    }
    Ok(())
}

/// The budgets that ad sets get when their campaign gives up its own.
fn leaving_sets(world: &World, campaign: &Object, params: &Params) -> MetaResult<Vec<(NodeId, i64)>> {
    let Some(list) = params.list("adset_budgets")? else { return Ok(Vec::new()) };
    let bad = || MetaError::field("adset_budgets", "adset_budgets must list adset_id and daily_budget");
    list.iter()
        .map(|entry| {
            let id = entry["adset_id"].as_str().and_then(NodeId::parse).ok_or_else(bad)?;
            let daily = match &entry["daily_budget"] {
                Value::String(text) => text.parse().ok(),
                value => value.as_i64(),
            };
            let own = world.object(id).is_some_and(|set| set.campaign == Some(campaign.id));
            if own { daily.map(|daily| (id, daily)).ok_or_else(bad) } else { Err(bad()) }
        })
        .collect()
}

impl Object {
    /// A campaign's objective.
    pub(crate) fn objective(&self) -> Option<Objective> {
        use crate::wire::WireEnum;
        self.text("objective").and_then(Objective::parse)
    }

    /// Whether a campaign advertises under a restricted category.
    pub(crate) fn is_special(&self) -> bool {
        let restricted = ["CREDIT", "FINANCIAL_PRODUCTS_SERVICES", "EMPLOYMENT", "HOUSING"];
        let categories = self.fields.get("special_ad_categories").and_then(Value::as_array);
        categories
            .is_some_and(|list| list.iter().filter_map(Value::as_str).any(|name| restricted.contains(&name)))
    }
}
