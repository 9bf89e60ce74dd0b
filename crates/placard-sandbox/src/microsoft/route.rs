//! Where calls go: the table of what is served, and what is refused for not being served (Microsoft,
//! `platforms/microsoft.md` §3).

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::criterion::{self, Of};
use super::error::{Code, Fault, MicrosoftResult};
use super::request::{AUTHORIZE, Body, FILES, Request, TOKEN};
use super::shape::{self, Field, Shape};
use super::write::Call;
use super::{
    ad, adgroup, campaign, conversion, customer, editorial, geo, keyword, media, negative, oauth, report,
};
use crate::answer::Reply;
use crate::world::World;

/// What a call is answered with.
pub(super) enum Said {
    Json(Value),
    Login(Reply),
    /// A file with its type.
    File(&'static str, Vec<u8>),
}

type Handler = fn(&mut World, &Call<'_>) -> MicrosoftResult<Value>;
type Row = (Method, &'static str, &'static [Field], Handler);

const CAMPAIGNS: &str = "/CampaignManagement/v13";
const REPORTING: &str = "/Reporting/v13";
const CUSTOMERS: &str = "/CustomerManagement/v13";

/// Calls about the account of the headers.
const TABLE: &[Row] = &[
    (Method::POST, "/Campaigns", campaign::WRITE, campaign::add),
    (Method::PUT, "/Campaigns", campaign::WRITE, campaign::update),
    (Method::DELETE, "/Campaigns", campaign::DELETE, campaign::delete),
    (Method::POST, "/Campaigns/QueryByAccountId", campaign::BY_ACCOUNT, campaign::by_account),
    (Method::POST, "/Campaigns/QueryByIds", campaign::BY_IDS, campaign::by_ids),
    (Method::POST, "/AdGroups", adgroup::WRITE, adgroup::add),
    (Method::PUT, "/AdGroups", adgroup::WRITE, adgroup::update),
    (Method::DELETE, "/AdGroups", adgroup::DELETE, adgroup::delete),
    (Method::POST, "/AdGroups/QueryByCampaignId", adgroup::BY_CAMPAIGN, adgroup::by_campaign),
    (Method::POST, "/AdGroups/QueryByIds", adgroup::BY_IDS, adgroup::by_ids),
    (Method::POST, "/Ads", ad::WRITE, ad::add),
    (Method::PUT, "/Ads", ad::WRITE, ad::update),
    (Method::DELETE, "/Ads", ad::DELETE, ad::delete),
    (Method::POST, "/Ads/QueryByAdGroupId", ad::BY_AD_GROUP, ad::by_ad_group),
    (Method::POST, "/Ads/QueryByIds", ad::BY_IDS, ad::by_ids),
    (Method::POST, "/Ads/QueryByEditorialStatus", ad::BY_STATUS, ad::by_ad_group),
    (Method::POST, "/Keywords", keyword::WRITE, keyword::add),
    (Method::PUT, "/Keywords", keyword::WRITE, keyword::update),
    (Method::DELETE, "/Keywords", keyword::DELETE, keyword::delete),
    (Method::POST, "/Keywords/QueryByAdGroupId", keyword::BY_AD_GROUP, keyword::by_ad_group),
    (Method::POST, "/Keywords/QueryByIds", keyword::BY_IDS, keyword::by_ids),
    (Method::POST, "/Keywords/QueryByEditorialStatus", keyword::BY_STATUS, keyword::by_ad_group),
    (Method::POST, "/EntityNegativeKeywords", negative::WRITE, negative::add),
    (Method::DELETE, "/EntityNegativeKeywords", negative::WRITE, negative::delete),
    (Method::POST, "/NegativeKeywords/QueryByEntityIds", negative::BY_ENTITIES, negative::by_entities),
    (Method::POST, "/CampaignCriterions", criterion::WRITE_CAMPAIGN, |world, call| {
        criterion::add(world, call, Of::Campaign)
    }),
    (Method::PUT, "/CampaignCriterions", criterion::WRITE_CAMPAIGN, |world, call| {
        criterion::update(world, call, Of::Campaign)
    }),
    (Method::DELETE, "/CampaignCriterions", criterion::DELETE_CAMPAIGN, |world, call| {
        criterion::delete(world, call, Of::Campaign)
    }),
    (Method::POST, "/CampaignCriterions/QueryByIds", criterion::QUERY_CAMPAIGN, |world, call| {
        criterion::query(world, call, Of::Campaign)
    }),
    (Method::POST, "/AdGroupCriterions", criterion::WRITE_AD_GROUP, |world, call| {
        criterion::add(world, call, Of::AdGroup)
    }),
    (Method::PUT, "/AdGroupCriterions", criterion::WRITE_AD_GROUP, |world, call| {
        criterion::update(world, call, Of::AdGroup)
    }),
    (Method::DELETE, "/AdGroupCriterions", criterion::DELETE_AD_GROUP, |world, call| {
        criterion::delete(world, call, Of::AdGroup)
    }),
    (Method::POST, "/AdGroupCriterions/QueryByIds", criterion::QUERY_AD_GROUP, |world, call| {
        criterion::query(world, call, Of::AdGroup)
    }),
    (Method::POST, "/Media", media::ADD, media::add),
    (Method::DELETE, "/Media", media::DELETE, media::delete),
    (Method::POST, "/MediaMetaData/QueryByAccountId", media::BY_ACCOUNT, media::by_account),
    (Method::POST, "/MediaMetaData/QueryByIds", media::BY_IDS, media::by_ids),
    (Method::POST, "/ConversionGoals", conversion::ADD_GOALS, conversion::add_goals),
    (Method::POST, "/ConversionGoals/QueryByIds", conversion::GOALS_BY_IDS, conversion::goals_by_ids),
    (Method::POST, "/OfflineConversions/Apply", conversion::APPLY, conversion::apply),
    (Method::POST, "/EditorialReasons/QueryByIds", editorial::REASONS, editorial::reasons),
    (Method::POST, "/EditorialRejections/Appeal", editorial::APPEAL, editorial::appeal),
    (
        Method::POST,
        "/GeoLocationsFileUrl/Query",
        &[
            ("Version", Shape::Word(&["2.0"])),
            ("LanguageLocale", Shape::Text),
            ("CompressionType", Shape::Text),
        ],
        geo_file,
    ),
];

/// Calls of the reporting service.
const REPORTS: &[Row] = &[
    (Method::POST, "/GenerateReport/Submit", report::request::SUBMIT, report::task::submit),
    (Method::POST, "/GenerateReport/Poll", report::task::POLL, report::task::poll),
];

type About = fn(&World, &str, &Map<String, Value>) -> MicrosoftResult<Value>;

/// Calls about a user, which need no account.
const ABOUT_USERS: &[(&str, &[Field], About)] = &[
    ("/User/Query", customer::USER, customer::user),
    ("/Accounts/Search", customer::SEARCH, customer::search),
    ("/AccountsInfo/Query", customer::INFO, customer::info),
    ("/Account/Query", customer::ONE, customer::one),
];

/// Objects and actions that the platform has and the sandbox does not.
const NOT_SERVED: &[&str] = &[
    "/CampaignManagement/v13/Budgets",
    "/CampaignManagement/v13/BidStrategies",
    "/CampaignManagement/v13/CampaignIds",
    "/CampaignManagement/v13/MediaAssociations",
    "/CampaignManagement/v13/Labels",
    "/CampaignManagement/v13/LabelAssociations",
    "/CampaignManagement/v13/AssetGroups",
    "/CampaignManagement/v13/UetTags",
    "/CampaignManagement/v13/ConversionGoals",
    "/CampaignManagement/v13/AccountProperties",
    "/CampaignManagement/v13/OfflineConversionAdjustments",
    "/CampaignManagement/v13/OfflineConversionReport",
    "/Bulk/v13/",
    "/CustomerBilling/v13/",
    "/AdInsight/v13/",
];

/// Sends a call where its path says.
pub(super) fn route(world: &mut World, request: &Request) -> MicrosoftResult<Said> {
    let path = request.path.as_str();
    match path {
        AUTHORIZE => return oauth::dialog(world, request).map(Said::Login),
        TOKEN => return oauth::token(world, request).map(Said::Login),
        _ => {}
    }
    if let Some(name) = path.strip_prefix(FILES) {
        return file(world, request, name);
    }
    if let Some(rest) = path.strip_prefix(CAMPAIGNS)
        && let Some(rows) = rows(TABLE, rest)
    {
        return in_account(world, request, &rows);
    }
    if let Some(rest) = path.strip_prefix(REPORTING)
        && let Some(rows) = rows(REPORTS, rest)
    {
        return in_account(world, request, &rows);
    }
    if let Some(rest) = path.strip_prefix(CUSTOMERS)
        && let Some((_, fields, run)) = ABOUT_USERS.iter().find(|(path, ..)| *path == rest)
    {
        return about_user(world, request, fields, *run);
    }
    match NOT_SERVED.iter().any(|family| path.starts_with(family)) {
        true => Err(Fault::unserved(path)),
        false => Err(Fault::Html(404)),
    }
}

/// The rows of a path, if it is served at all.
fn rows(table: &'static [Row], path: &str) -> Option<Vec<&'static Row>> {
    let rows: Vec<&Row> = table.iter().filter(|(_, known, ..)| *known == path).collect();
    (!rows.is_empty()).then_some(rows)
}

/// The members of a call's body, checked.
fn body<'r>(request: &'r Request, fields: &[Field]) -> MicrosoftResult<&'r Map<String, Value>> {
    match &request.body {
        Body::Json(members) => {
            shape::check("", members, fields)?;
            Ok(members)
        }
        Body::Empty => Err(Fault::new(Code::NullRequest, "The request message is null.")),
        Body::Form(_) | Body::Broken => Err(Fault::input("body", "it is not JSON with its Content-Type")),
    }
}

fn count(world: &mut World, customer: &str) -> MicrosoftResult<()> {
    let rate = world.config.microsoft_rate;
    world.microsoft.rates.count(customer, &rate)
}

fn in_account(world: &mut World, request: &Request, rows: &[&Row]) -> MicrosoftResult<Said> {
    let row = rows.iter().find(|(method, ..)| *method == request.method);
    let (method, path, fields, run) = row.ok_or(Fault::Html(405))?;
    let account = world.microsoft_account(request)?;
    count(world, &account.customer)?;
    let writes = *method != Method::POST || (!path.contains("/Query") && !path.contains("/GenerateReport"));
    if account.read_only && writes {
        return Err(Fault::new(Code::ReadOnlyMode, "The system is being maintained and only reads."));
    }
    let body = body(request, fields)?;
    run(world, &Call { account, body, request }).map(Said::Json)
}

fn about_user(world: &mut World, request: &Request, fields: &[Field], run: About) -> MicrosoftResult<Said> {
    if request.method != Method::POST {
        return Err(Fault::Html(405));
    }
    let user = world.microsoft_user(request)?;
    count(world, &user)?;
    let body = body(request, fields)?;
    run(world, &user, body).map(Said::Json)
}

const GEO_FILE: &str = "GeoLocations.csv";

/// `POST /GeoLocationsFileUrl/Query`.
fn geo_file(world: &mut World, call: &Call<'_>) -> MicrosoftResult<Value> {
    if call.body.get("CompressionType").is_some_and(|kind| !kind.is_null()) {
        return Err(Fault::unserved("compressed files of locations"));
    }
    for name in ["Version", "LanguageLocale"] {
        call.text(name).ok_or_else(|| Fault::new(Code::NullParameter, format!("{name} is required.")))?;
    }
    // Times come without a zone.
    let told = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%S").to_string();
    Ok(json!({
        "FileUrl": format!("{}{FILES}{GEO_FILE}", call.request.base_url),
        "FileUrlExpiryTimeUtc": told(world.now() + chrono::TimeDelta::minutes(15)),
        "LastModifiedTimeUtc": told(world.config.start),
    }))
}

/// Files that answers point to; they need no token.
fn file(world: &mut World, request: &Request, name: &str) -> MicrosoftResult<Said> {
    if request.method != Method::GET {
        return Err(Fault::Html(405));
    }
    match name {
        GEO_FILE => Ok(Said::File("text/csv; charset=utf-8", geo::file().into_bytes())),
        name => report::task::download(world, request, name).map(|zip| Said::File("application/zip", zip)),
    }
}
