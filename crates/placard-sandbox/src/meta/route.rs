//! From a path to what it does.

use axum::http::Method;
use serde_json::{Value, json};

use super::account::{self, Account};
use super::auth::{Scope, Token};
use super::call::Call;
use super::edges::{self, LIST_PARAMS, Shape};
use super::envelope::{MetaError, MetaResult};
use super::{
    Reply, ads, adsets, campaigns, creatives, forms, images, insights, insights_async, labels, node, oauth,
    previews, search, videos, write,
};
use crate::fixtures::APP_ID;
use crate::hooks::meta as hooks;
use crate::object::{Kind, NodeId, Object};
use crate::world::World;

const READ: &[Scope] = &[Scope::AdsRead, Scope::AdsManagement];

/// Carries out one call that is not a batch.
pub(crate) fn run(world: &mut World, call: &Call) -> MetaResult<Reply> {
    call.check_version()?;
    match call.segments()[..] {
        [] if call.params.has("ids") => {
            Err(MetaError::field("ids", "Reading several ids at the root is no longer served"))
        }
        [] => Err(MetaError::new(100, "Unsupported get request.")),
        ["dialog", "oauth"] => oauth::dialog(world, call),
        ["oauth", "access_token"] => oauth::access_token(world, call),
        ["debug_token"] => oauth::debug_token(world, call),
        ["me", ..] => oauth::me(world, call),
        ["search"] => {
            world.authenticate(call)?;
            search::search(call).map(Reply::Json)
        }
        [id] => node_call(world, call, id).map(Reply::Json),
        [id, edge] => edge_call(world, call, id, edge).map(Reply::Json),
        _ => Err(MetaError::new(2500, format!("Unknown path components: {}", call.path_text()))),
    }
}

fn unsupported(call: &Call, id: &str) -> MetaError {
    MetaError::no_such_object(&call.method.as_str().to_lowercase(), id)
}

/// Scopes for reading or writing ads.
fn ads_scopes(call: &Call, token: &Token) -> MetaResult<()> {
    token.needs(if call.is_write() { &[Scope::AdsManagement] } else { READ })
}

fn node_call(world: &mut World, call: &Call, id: &str) -> MetaResult<Value> {
    let token = world.authenticate(call)?;
    if let Some(digits) = id.strip_prefix("act_") {
        ads_scopes(call, &token)?;
        call.params.only(&[])?;
        let account = account::visible(world, &token.user, digits)?.clone();
        return match call.method {
            Method::GET => {
                account::render(world, &account, &Shape::from_params(&call.params)?).map(Value::Object)
            }
            _ => Err(unsupported(call, id)),
        };
    }
    if let Some(page) = world.pages.get(id).filter(|page| page.user == token.user).cloned() {
        call.params.only(&[])?;
        if call.method != Method::GET {
            return Err(unsupported(call, id));
        }
        let own = world.page_token(&token, page.id);
        let shape = Shape::from_params(&call.params)?;
        let shape = if shape.is_default() { Shape::of(&["id", "name"]) } else { shape };
        return account::render_page(&page, &shape, Some(&own)).map(Value::Object);
    }
    if let Some(answer) = hooks::lead(world, &token, call, id) {
        return answer;
    }
    let node = NodeId::parse(id).ok_or_else(|| unsupported(call, id))?;
    if world.runs.contains_key(&node) {
        ads_scopes(call, &token)?;
        return insights_async::read(world, &token, call, node);
    }
    let object = visible(world, &token, call, node)?;
    match (call.method.clone(), object.kind) {
        (Method::GET, kind) => {
            let known: &[&str] =
                if kind == Kind::Creative { &["thumbnail_width", "thumbnail_height"] } else { &[] };
            call.params.only(&[known])?;
            node::render(world, &object, &Shape::from_params(&call.params)?).map(Value::Object)
        }
        (Method::POST, _) => update(world, &token, call, &object),
        (Method::DELETE, Kind::Campaign | Kind::AdSet | Kind::Ad | Kind::Label) => {
            call.params.only(&[])?;
            Ok(write::delete(world, node))
        }
        (Method::DELETE, Kind::Creative) => {
            call.params.only(&[])?;
            creatives::unused(world, &object)?;
            Ok(write::delete(world, node))
        }
        (_, _) => Err(unsupported(call, id)),
    }
}

/// The object behind an id, if the token may see it; anything else "does not exist".
fn visible(world: &World, token: &Token, call: &Call, id: NodeId) -> MetaResult<Object> {
    let missing = || unsupported(call, &id.to_string());
    let object = world.object(id).ok_or_else(missing)?;
    if object.kind == Kind::LeadForm {
        let page =
            world.pages.get(&object.owner).filter(|page| page.user == token.user).ok_or_else(missing)?;
        if call.is_write() {
            forms::page_token(token, page, Scope::PagesManageAds)?;
        }
        return Ok(object.clone());
    }
    let owner = world.accounts.get(&object.owner).ok_or_else(missing)?;
    if owner.user != token.user {
        return Err(missing());
    }
    ads_scopes(call, token)?;
    Ok(object.clone())
}

fn update(world: &mut World, token: &Token, call: &Call, object: &Object) -> MetaResult<Value> {
    if object.kind == Kind::LeadForm {
        return forms::update(world, object, &call.params);
    }
    let account = account::visible(world, &token.user, &object.owner)?.clone();
    match object.kind {
        Kind::Campaign => campaigns::update(world, &account, object.id, &call.params),
        Kind::AdSet => adsets::update(world, &account, object.id, &call.params),
        Kind::Ad => ads::update(world, &account, object.id, &call.params),
        Kind::Creative => creatives::update(world, &account, object.id, &call.params),
        Kind::Image | Kind::Video | Kind::Label | Kind::LeadForm => {
            Err(unsupported(call, &object.id.to_string()))
        }
    }
}

fn edge_call(world: &mut World, call: &Call, id: &str, edge: &str) -> MetaResult<Value> {
    let token = world.authenticate(call)?;
    if id == APP_ID && edge == "subscriptions" && call.method == Method::POST {
        return hooks::subscribe_app(world, &token, call);
    }
    if let Some(digits) = id.strip_prefix("act_") {
        ads_scopes(call, &token)?;
        let account = account::visible(world, &token.user, digits)?.clone();
        return account_edge(world, call, &account, edge);
    }
    if let Some(page) = world.pages.get(id).filter(|page| page.user == token.user).cloned() {
        return match (call.method.clone(), edge) {
            (Method::GET, "leadgen_forms") => {
                forms::page_token(&token, &page, Scope::PagesManageAds)?;
                call.params.only(&[LIST_PARAMS])?;
                edges::list(world, call, &world.owned(page.id, Kind::LeadForm), Kind::LeadForm)
            }
            (Method::POST, "leadgen_forms") => {
                forms::page_token(&token, &page, Scope::PagesManageAds)?;
                forms::create(world, &page, &call.params)
            }
            (Method::POST, "subscribed_apps") => hooks::subscribe_page(world, &token, &page, call),
            (_, _) => Err(unsupported(call, id)),
        };
    }
    let node = NodeId::parse(id).ok_or_else(|| unsupported(call, id))?;
    if world.runs.contains_key(&node) && edge == "insights" {
        ads_scopes(call, &token)?;
        return insights_async::rows(world, &token, call, node);
    }
    if edge == "insights" {
        // Starting a report is a POST that needs no more than reading.
        token.needs(READ)?;
        let object = world.object(node).cloned().ok_or_else(|| unsupported(call, id))?;
        let account =
            account::visible(world, &token.user, &object.owner).map_err(|_| unsupported(call, id))?.clone();
        return insights_edge(world, call, &account, Some(&object));
    }
    let object = visible(world, &token, call, node)?;
    match (call.method.clone(), edges::object_edge(object.kind, edge)) {
        (Method::GET, Some(kind)) => {
            call.params.only(&[LIST_PARAMS])?;
            edges::list(world, call, &edges::below(world, &object, kind), kind)
        }
        (Method::GET, None) if object.kind == Kind::Video && edge == "thumbnails" => {
            videos::thumbnails(world, call, &object)
        }
        (Method::GET, None) if edge == "previews" => previews::of_object(world, call, &object),
        (Method::GET, None) if object.kind == Kind::LeadForm && edge == "leads" => {
            token.needs(&[Scope::LeadsRetrieval])?;
            world.leads(call, &object)
        }
        (Method::POST, None) if object.kind == Kind::LeadForm && edge == "test_leads" => {
            token.needs(&[Scope::LeadsRetrieval])?;
            hooks::make_lead(world, &object, call)
        }
        (_, _) => Err(unsupported(call, id)),
    }
}

fn insights_edge(
    world: &mut World,
    call: &Call,
    account: &Account,
    object: Option<&Object>,
) -> MetaResult<Value> {
    match call.method {
        Method::GET => insights::read(world, call, account, object),
        Method::POST => insights_async::start(world, call, account, object),
        _ => Err(unsupported(call, &call.path.join("/"))),
    }
}

fn account_edge(world: &mut World, call: &Call, account: &Account, edge: &str) -> MetaResult<Value> {
    let path = call.path.join("/");
    if edge == "insights" {
        return insights_edge(world, call, account, None);
    }
    match call.method {
        Method::GET => account_list(world, call, account, edge),
        Method::POST => {
            account::may_advertise(account)?;
            match edge {
                "campaigns" => campaigns::create(world, account, &call.params),
                "adsets" => adsets::create(world, account, &call.params),
                "ads" => ads::create(world, account, &call.params),
                "adcreatives" => creatives::create(world, account, &call.params),
                "adimages" => images::create(world, account, call),
                "advideos" => videos::create(world, account, call),
                "adlabels" => labels::create(world, account, &call.params),
                "subscribed_apps" => hooks::subscribe_account(world, account, call),
                _ => Err(unsupported(call, &path)),
            }
        }
        Method::DELETE if edge == "adimages" => images::delete(world, account, &call.params),
        Method::DELETE if edge == "campaigns" => delete_campaigns(world, account, call),
        _ => Err(unsupported(call, &path)),
    }
}

fn account_list(world: &World, call: &Call, account: &Account, edge: &str) -> MetaResult<Value> {
    if let Some(kind) = edges::account_edge(edge) {
        let ids = match kind {
            Kind::Image => {
                call.params.only(&[LIST_PARAMS, &["hashes", "name", "minwidth", "minheight"]])?;
                images::by_hashes(world, account, &call.params)?
            }
            Kind::Video => {
                call.params.only(&[videos::LIST])?;
                Some(videos::titled(world, account, &call.params)?)
            }
            _ => {
                call.params.only(&[LIST_PARAMS])?;
                None
            }
        };
        let ids = ids.unwrap_or_else(|| world.owned(&account.id, kind));
        return edges::list(world, call, &ids, kind);
    }
    if edge == "generatepreviews" {
        return previews::of_account(world, call, &account.id);
    }
    if let Some(kind) = labels::edge(edge) {
        let ids = labels::labelled(world, account, kind, &call.params)?;
        return edges::list(world, call, &ids, kind);
    }
    if let Some(answer) = search::account_edge(world, account, edge, call) {
        return answer;
    }
    match account::fixture_edge(account, edge, &Shape::from_params(&call.params)?) {
        Some(rows) => edges::page_fixed(call, rows?),
        None => Err(unsupported(call, &call.path.join("/"))),
    }
}

/// `DELETE /act_X/campaigns`: oldest first, up to a count (§8).
fn delete_campaigns(world: &mut World, account: &Account, call: &Call) -> MetaResult<Value> {
    call.params.only(&[&["delete_strategy", "before_date", "object_count"]])?;
    let strategy = call.params.required_text("delete_strategy")?;
    if !["DELETE_ANY", "DELETE_OLDEST", "DELETE_ARCHIVED_BEFORE"].contains(&strategy) {
        return Err(MetaError::field("delete_strategy", format!("Unknown delete_strategy {strategy}")));
    }
    let archived_only = strategy == "DELETE_ARCHIVED_BEFORE";
    let before = call.params.time("before_date", account.zone())?;
    let count = call.params.uint("object_count")?.and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
    let fits = |object: &Object| {
        object.status != crate::object::Status::Deleted
            && (!archived_only || object.status == crate::object::Status::Archived)
            && before.is_none_or(|before| object.created < before)
    };
    let ids: Vec<NodeId> = world
        .owned(&account.id, Kind::Campaign)
        .into_iter()
        .filter(|id| world.object(*id).is_some_and(fits))
        .take(count)
        .collect();
    ids.iter().for_each(|id| {
        write::delete(world, *id);
    });
    Ok(json!({ "objects_left_to_delete_count": 0, "deleted_object_ids": ids }))
}
