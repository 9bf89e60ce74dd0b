//! The promoted object of an ad set (Meta, `platforms/meta.md` §9).

use serde_json::{Map, Value};

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::matrix::{Goal, Promoted, Row, Venue};
use crate::fixtures;
use crate::world::World;

/// Checks that the promoted object is what the row of the goal matrix asks for.
pub(crate) fn check(
    world: &World,
    account: &Account,
    row: &Row,
    goal: Goal,
    promoted: Option<&Map<String, Value>>,
) -> MetaResult<()> {
    let empty = Map::new();
    let promoted = promoted.unwrap_or(&empty);
    let converts = matches!(goal, Goal::OffsiteConversions | Goal::Value);
    let (needed, optional): (&[&str], &[&str]) = match row.promoted {
        Promoted::Nothing => (&[], &[]),
        Promoted::Page => (&["page_id"], &["whatsapp_phone_number"]),
        Promoted::PageAndPixel => (&["page_id"], &["pixel_id", "custom_event_type", "whatsapp_phone_number"]),
        Promoted::App => (&["application_id", "object_store_url"], &["custom_event_type"]),
        Promoted::AppEvent => (&["application_id", "object_store_url", "custom_event_type"], &[]),
        Promoted::Event => (&["event_id"], &[]),
        Promoted::ProductSet => {
            (&["product_set_id"], &["custom_event_type", "pixel_id", "product_catalog_id"])
        }
        Promoted::Pixel(_) if converts && promoted.contains_key("custom_conversion_id") => {
            (&["custom_conversion_id"], &["pixel_id"])
        }
        Promoted::Pixel(_) if converts => (&["pixel_id", "custom_event_type"], &["custom_event_str"]),
        Promoted::Pixel(_) => {
            (&[], &["pixel_id", "custom_event_type", "custom_event_str", "custom_conversion_id"])
        }
    };
    if let Some(missing) = needed.iter().find(|name| !promoted.contains_key(**name)) {
        return Err(MetaError::new(100, "Invalid parameter")
            .subcode(1815430)
            .user("Choose what to promote", format!("The promoted object needs {missing} for this goal."))
            .blame(&["promoted_object", missing]));
    }
    if let Some(extra) =
        promoted.keys().find(|name| !needed.contains(&name.as_str()) && !optional.contains(&name.as_str()))
    {
        return Err(inconsistent(extra, &format!("{extra} does not go with this objective and goal.")));
    }
    if let (Promoted::Pixel(events), Some(event)) = (row.promoted, promoted.get("custom_event_type")) {
        let known = event.as_str().is_some_and(|event| events.contains(&event));
        if !known {
            return Err(inconsistent(
                "custom_event_type",
                &format!("{event} does not go with this objective."),
            ));
        }
        if event == "OTHER" && !promoted.contains_key("custom_event_str") {
            return Err(inconsistent("custom_event_str", "OTHER needs custom_event_str."));
        }
    }
    owned(world, account, row, promoted)
}

fn inconsistent(name: &str, message: &str) -> MetaError {
    MetaError::new(100, "Invalid parameter")
        .subcode(1885014)
        .user("Promoted object is invalid", message)
        .blame(&["promoted_object", name])
}

/// The promoted page and pixel must be the account's, and an instant form's page must have its terms accepted.
fn owned(world: &World, account: &Account, row: &Row, promoted: &Map<String, Value>) -> MetaResult<()> {
    let id =
        |name: &str| promoted.get(name).map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    if let Some(page_id) = id("page_id") {
        let page = world.pages.get(&page_id).filter(|page| page.user == account.user);
        let page = page.ok_or_else(|| {
            inconsistent("page_id", &format!("Page {page_id} cannot be advertised by this account."))
        })?;
        if row.venue == Venue::InstantForm && !page.leadgen_tos_accepted {
            return Err(MetaError::new(100, "Invalid parameter")
                .subcode(1870090)
                .user(
                    "Accept the lead ads terms",
                    "The page has to accept the Lead Generation Terms of Service first.",
                )
                .blame(&["promoted_object", "page_id"]));
        }
    }
    if let Some(pixel) = id("pixel_id")
        && !fixtures::pixels(&account.id).any(|(known, _)| known == pixel)
    {
        return Err(inconsistent("pixel_id", &format!("Pixel {pixel} is not available to this account.")));
    }
    Ok(())
}

/// The targeted system must be the one the app's store is for (1487678).
pub(crate) fn store_fits(promoted: Option<&Map<String, Value>>, user_os: &[String]) -> MetaResult<()> {
    let store = promoted.and_then(|promoted| promoted.get("object_store_url")).and_then(Value::as_str);
    let Some(store) = store else { return Ok(()) };
    let wanted = if store.contains("apple.com") { "iOS" } else { "Android" };
    if user_os.iter().any(|system| system.starts_with(wanted)) {
        return Ok(());
    }
    Err(MetaError::new(100, "Invalid parameter")
        .subcode(1487678)
        .user("Targeting does not fit the app", format!("The app's store needs {wanted} in user_os."))
        .blame(&["targeting", "user_os"]))
}
