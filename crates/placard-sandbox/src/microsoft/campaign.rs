//! Campaigns (Microsoft, `platforms/microsoft.md` §4).

use serde_json::{Map, Value, json};

use super::error::{Code, Fault, Judged, MicrosoftResult, Problem};
use super::money;
use super::shape::{self, Field, Shape};
use super::store::{self, Kind, Object, Status};
use super::write::{self, Call, Outcome};
use crate::world::World;

pub(super) const BID: Shape = Shape::Object(&[("Amount", Shape::Number)]);

pub(super) const PARAMETERS: Shape = Shape::Object(&[(
    "Parameters",
    Shape::List(&Shape::Object(&[("Key", Shape::Text), ("Value", Shape::Text)])),
)]);

/// Bidding schemes with their fields; short names and those of the classes.
pub(super) const SCHEMES: Shape = Shape::Tagged(&[
    ("EnhancedCpc", &[]),
    ("EnhancedCpcBiddingScheme", &[]),
    ("ManualCpc", &[]),
    ("ManualCpcBiddingScheme", &[]),
    ("InheritFromParent", &[]),
    ("MaxClicks", &[("MaxCpc", BID)]),
    ("MaxClicksBiddingScheme", &[("MaxCpc", BID)]),
    ("MaxConversions", &[("MaxCpc", BID), ("TargetCpa", Shape::Number)]),
    ("MaxConversionsBiddingScheme", &[("MaxCpc", BID), ("TargetCpa", Shape::Number)]),
    ("MaxConversionValueBiddingScheme", &[("MaxCpc", BID), ("TargetRoas", Shape::Number)]),
    ("TargetCpa", &[("MaxCpc", BID), ("TargetCpa", Shape::Number)]),
    ("TargetCpaBiddingScheme", &[("MaxCpc", BID), ("TargetCpa", Shape::Number)]),
    ("TargetRoasBiddingScheme", &[("MaxCpc", BID), ("TargetRoas", Shape::Number)]),
    (
        "TargetImpressionShareBiddingScheme",
        &[("MaxCpc", BID), ("TargetAdPosition", Shape::Text), ("TargetImpressionShare", Shape::Number)],
    ),
]);

/// Whether criterions of a kind restrict who is reached, instead of only changing bids.
pub(super) const SETTINGS: Shape = Shape::List(&Shape::Tagged(&[(
    "TargetSetting",
    &[(
        "Details",
        Shape::List(&Shape::Object(&[
            ("CriterionTypeGroup", Shape::Word(&["Age", "Gender", "Audience"])),
            ("TargetAndBid", Shape::Flag),
        ])),
    )],
)]));

const TYPES: &[&str] = &[
    "Search",
    "Shopping",
    "DynamicSearchAds",
    "Audience",
    "Hotel",
    "PerformanceMax",
    "App",
    "ObjectiveBased",
];

const CAMPAIGN: &[Field] = &[
    ("Id", Shape::Id),
    ("Name", Shape::Text),
    ("CampaignType", Shape::Word(TYPES)),
    ("BudgetType", Shape::Word(&["DailyBudgetStandard", "DailyBudgetAccelerated", "LifetimeBudgetStandard"])),
    ("DailyBudget", Shape::Number),
    ("BudgetId", Shape::Id),
    ("BiddingScheme", SCHEMES),
    ("Languages", Shape::List(&Shape::Text)),
    ("TimeZone", Shape::Text),
    ("Status", Shape::Word(&["Active", "Paused"])),
    ("IsPolitical", Shape::Flag),
    ("TrackingUrlTemplate", Shape::Text),
    ("FinalUrlSuffix", Shape::Text),
    ("UrlCustomParameters", PARAMETERS),
    ("AdScheduleUseSearcherTimeZone", Shape::Flag),
    ("AudienceAdsBidAdjustment", Shape::Int),
    ("Settings", SETTINGS),
];

pub(super) const WRITE: &[Field] =
    &[("AccountId", Shape::Id), ("Campaigns", Shape::List(&Shape::Object(CAMPAIGN)))];
pub(super) const DELETE: &[Field] = &[("AccountId", Shape::Id), ("CampaignIds", Shape::List(&Shape::Id))];
pub(super) const BY_ACCOUNT: &[Field] = &[
    ("AccountId", Shape::Id),
    ("CampaignType", Shape::Words(TYPES)),
    ("ReturnAdditionalFields", Shape::AnyWords),
];
pub(super) const BY_IDS: &[Field] = &[
    ("AccountId", Shape::Id),
    ("CampaignIds", Shape::List(&Shape::Id)),
    ("CampaignType", Shape::Words(TYPES)),
    ("ReturnAdditionalFields", Shape::AnyWords),
];

/// Names of languages that texts may be in.
pub(super) const LANGUAGES: &[&str] = &[
    "All",
    "Arabic",
    "Bulgarian",
    "Croatian",
    "Czech",
    "Danish",
    "Dutch",
    "English",
    "Estonian",
    "Finnish",
    "French",
    "German",
    "Greek",
    "Hungarian",
    "Italian",
    "Japanese",
    "Korean",
    "Latvian",
    "Lithuanian",
    "Norwegian",
    "Polish",
    "Portuguese",
    "Romanian",
    "Russian",
    "Slovak",
    "Slovenian",
    "Spanish",
    "Swedish",
    "Thai",
    "TraditionalChinese",
    "Turkish",
    "Ukrainian",
    "Vietnamese",
];

const MOST: usize = 100;

/// `POST /Campaigns`.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("Campaigns", MOST, Code::CampaignsEmpty, Code::CampaignsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(add_one(world, call, item));
    }
    Ok(outcome.made("CampaignIds"))
}

fn add_one(world: &mut World, call: &Call<'_>, item: &Value) -> Judged<u64> {
    /// Campaigns of an account (code 1117).
    const CAMPAIGNS: usize = 10_000;
    let item = write::members(item)?;
    write::no_id(item)?;
    let name = write::name(item, 128, Code::InvalidCampaignName)?;
    match write::text(item, "CampaignType") {
        None | Some("Search") => {}
        Some(other) => return Err(unserved("CampaignType", other)),
    }
    check(call, item)?;
    if write::text(item, "BudgetType").is_none() {
        return Err(Problem::at(Code::InvalidBudgetType, "BudgetType", "The budget type is missing."));
    }
    if item.get("DailyBudget").is_none_or(Value::is_null) {
        return Err(Problem::at(Code::InvalidDailyBudget, "DailyBudget", "The daily budget is missing."));
    }
    if item.get("TimeZone").is_none_or(Value::is_null) {
        return Err(Problem::missing("TimeZone"));
    }
    free_name(world, call, name, None)?;
    if world.microsoft.owned(&call.account.id, Kind::Campaign).count() >= CAMPAIGNS {
        return Err(Problem::new(Code::MaximumCampaigns, "The account has too many campaigns."));
    }
    let mut fields = write::kept(item);
    fields.insert("Name".into(), json!(name));
    for (name, value) in [
        ("CampaignType", json!("Search")),
        ("BiddingScheme", json!({ "Type": "EnhancedCpc" })),
        ("IsPolitical", json!(false)),
        ("AdScheduleUseSearcherTimeZone", json!(false)),
        ("AudienceAdsBidAdjustment", json!(0)),
    ] {
        fields.entry(name).or_insert(value);
    }
    normalise(&mut fields);
    let status = write::status(item).unwrap_or(Status::Paused);
    Ok(world.microsoft_make((Kind::Campaign, &call.account.id), (None, None), status, fields, None))
}

/// What exists on the platform and not here.
pub(super) fn unserved(field: &str, what: &str) -> Problem {
    Problem::at(Code::NotSupported, field, format!("Not served by the sandbox: {what}."))
}

/// Rules that hold for creations and updates alike.
fn check(call: &Call<'_>, item: &Map<String, Value>) -> Judged<()> {
    let currency = &call.account.currency;
    if item.get("IsPolitical") == Some(&json!(true)) {
        let text = "Political campaigns are not supported.";
        return Err(Problem::at(Code::PoliticalCampaign, "IsPolitical", text));
    }
    if item.get("BudgetId").and_then(shape::id).is_some_and(|id| id != 0) {
        return Err(unserved("BudgetId", "shared budgets"));
    }
    match write::text(item, "BudgetType") {
        None | Some("DailyBudgetStandard") => {}
        Some(_) => {
            let text = "Only Audience campaigns may have this budget type.";
            return Err(Problem::at(Code::InvalidBudgetType, "BudgetType", text));
        }
    }
    if let Some(budget) = item.get("DailyBudget").filter(|budget| !budget.is_null()) {
        money::check_budget(budget, currency)?;
    }
    if let Some(scheme) = item.get("BiddingScheme").and_then(Value::as_object) {
        money::check_bid(scheme, "MaxCpc", currency)?;
        if write::text(scheme, "Type") == Some("InheritFromParent") {
            return Err(Problem::at(Code::InvalidInput, "BiddingScheme", "A campaign has no parent."));
        }
    }
    if let Some(languages) = item.get("Languages").and_then(Value::as_array) {
        let wrong = languages.iter().find(|it| !it.as_str().is_some_and(|it| LANGUAGES.contains(&it)));
        if let Some(language) = wrong {
            return Err(Problem::at(Code::InvalidInput, "Languages", format!("There is no {language}.")));
        }
    }
    if let Some(zone) = write::text(item, "TimeZone")
        && store::zone(zone).is_none()
    {
        return Err(Problem::at(Code::InvalidInput, "TimeZone", format!("There is no time zone {zone}.")));
    }
    let adjustment = item.get("AudienceAdsBidAdjustment").and_then(Value::as_i64);
    if adjustment.is_some_and(|percent| !(-100..=900).contains(&percent)) {
        let text = "A bid adjustment lies between -100 and 900.";
        return Err(Problem::at(Code::InvalidInput, "AudienceAdsBidAdjustment", text));
    }
    write::check_tracking(item)
}

/// 1115: names are unique among campaigns that were not deleted, whatever their case.
fn free_name(world: &World, call: &Call<'_>, name: &str, own: Option<u64>) -> Judged<()> {
    let name = name.to_lowercase();
    let mut others = world.microsoft.owned(&call.account.id, Kind::Campaign);
    match others.any(|it| Some(it.id) != own && it.text("Name").to_lowercase() == name) {
        true => {
            Err(Problem::at(Code::DuplicateCampaign, "Name", "A campaign with this name already exists."))
        }
        false => Ok(()),
    }
}

/// Bidding schemes that are replaced without a word (§4).
fn normalise(fields: &mut Map<String, Value>) {
    let Some(Value::Object(scheme)) = fields.get_mut("BiddingScheme") else { return };
    let kept = match scheme.get("Type").and_then(Value::as_str).unwrap_or_default() {
        "MaxClicks" | "MaxClicksBiddingScheme" => "MaxClicks",
        "MaxConversions" | "MaxConversionsBiddingScheme" | "TargetCpa" | "TargetCpaBiddingScheme" => {
            "MaxConversions"
        }
        "MaxConversionValueBiddingScheme" | "TargetRoasBiddingScheme" => "MaxConversionValueBiddingScheme",
        "TargetImpressionShareBiddingScheme" => "TargetImpressionShareBiddingScheme",
        // Manual bids are turned into enhanced ones.
        _ => "EnhancedCpc",
    };
    scheme.insert("Type".into(), json!(kept));
    scheme.retain(|_, value| !value.is_null());
    if fields.get("BudgetId").and_then(shape::id) == Some(0) {
        fields.remove("BudgetId");
    }
}

/// `PUT /Campaigns`.
pub(super) fn update(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("Campaigns", MOST, Code::CampaignsEmpty, Code::CampaignsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        outcome.push(update_one(world, call, item));
    }
    Ok(outcome.changed())
}

fn find<'w>(world: &'w World, call: &Call<'_>, id: Option<u64>) -> Judged<&'w Object> {
    let found = id.and_then(|id| world.microsoft_own(&call.account, Kind::Campaign, id));
    found.ok_or_else(|| Problem::at(Code::InvalidCampaignId, "Id", "The campaign ID is not valid."))
}

fn update_one(world: &mut World, call: &Call<'_>, item: &Value) -> Judged<u64> {
    let item = write::members(item)?;
    let campaign = find(world, call, item.get("Id").and_then(shape::id))?;
    let id = campaign.id;
    if write::text(item, "CampaignType").is_some_and(|kind| kind != campaign.text("CampaignType")) {
        let text = "The campaign type cannot be changed.";
        return Err(Problem::at(Code::CampaignTypeImmutable, "CampaignType", text));
    }
    let moves = write::text(item, "TimeZone").is_some_and(|zone| zone != campaign.text("TimeZone"));
    if moves && world.microsoft.below(id, Kind::AdGroup).next().is_some() {
        let text = "The time zone cannot be changed once ad groups have existed.";
        return Err(Problem::at(Code::InvalidInput, "TimeZone", text));
    }
    check(call, item)?;
    let mut changes = write::kept(item);
    if item.get("Name").is_some_and(|name| !name.is_null()) {
        let name = write::name(item, 128, Code::InvalidCampaignName)?;
        free_name(world, call, name, Some(id))?;
        changes.insert("Name".into(), json!(name));
    }
    let budget = item.get("DailyBudget").and_then(money::micros);
    if budget.is_some_and(|budget| budget < world.microsoft_spent_today(campaign)) {
        let text = "The budget is less than what was spent today.";
        return Err(Problem::at(Code::BudgetBelowSpend, "DailyBudget", text));
    }
    normalise(&mut changes);
    world.microsoft_merge(id, changes, write::status(item));
    Ok(id)
}

/// `DELETE /Campaigns`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("CampaignIds", MOST, Code::CampaignsEmpty, Code::CampaignsTooMany)?;
    let mut outcome = Outcome::default();
    for item in items {
        let found = find(world, call, shape::id(item)).map(|campaign| campaign.id);
        if let Ok(id) = found {
            world.microsoft_delete(id);
        }
        outcome.push(found);
    }
    Ok(outcome.changed())
}

/// Whether a filter of campaign types lets search campaigns through, which are all that there are.
fn wants_search(call: &Call<'_>) -> bool {
    call.text("CampaignType").is_none_or(|text| shape::words(text).any(|word| word == "Search"))
}

fn view(world: &World, call: &Call<'_>, campaign: &Object) -> Value {
    let mut out = world.microsoft_view(campaign);
    let scheme = campaign.inner("BiddingScheme", "Type").as_str().unwrap_or_default();
    let hidden = ["MaxConversionValueBiddingScheme", "TargetImpressionShareBiddingScheme"].contains(&scheme);
    let asked = call.text("ReturnAdditionalFields").unwrap_or_default();
    if hidden && !shape::words(asked).any(|word| word == scheme) {
        out["BiddingScheme"] = Value::Null;
    }
    out
}

/// `POST /Campaigns/QueryByAccountId`: only search campaigns unless the filter says otherwise.
pub(super) fn by_account(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let all = world.microsoft.owned(&call.account.id, Kind::Campaign);
    let found: Vec<Value> = all
        .filter(|it| it.is_listed() && wants_search(call))
        .map(|campaign| view(world, call, campaign))
        .collect();
    Ok(json!({ "Campaigns": found }))
}

/// `POST /Campaigns/QueryByIds`.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    call.own_account()?;
    let items = call.items("CampaignIds", MOST, Code::CampaignsEmpty, Code::CampaignsTooMany)?;
    if !wants_search(call) {
        return Err(Fault::new(Code::IdsNotPassed, "The ids do not match the campaign types."));
    }
    let mut found = Vec::new();
    let mut outcome = Outcome::default();
    for item in items {
        let campaign = find(world, call, shape::id(item));
        found.push(campaign.as_ref().map_or(Value::Null, |campaign| view(world, call, campaign)));
        outcome.push(campaign.map(|campaign| campaign.id));
    }
    let mut out = outcome.changed();
    out["Campaigns"] = json!(found);
    Ok(out)
}
