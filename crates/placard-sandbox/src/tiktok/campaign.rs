//! What a campaign may be (TikTok, `platforms/tiktok.md` §7 and §11).

use super::error::{Code, Refusal, TikTokResult};
use super::money;
use super::read;
use super::spec;
use super::store::{Advertiser, Object};

pub(crate) type Fields = serde_json::Map<String, serde_json::Value>;

pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty())
}

pub(crate) fn flag(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
}

pub(crate) fn need<'a>(fields: &'a Fields, name: &str) -> TikTokResult<&'a str> {
    text(fields, name).ok_or_else(|| Refusal::missing(name))
}

/// Fields that an update may change; all others keep what they were made with.
pub(crate) const MUTABLE: &[&str] = &["campaign_name", "budget", "special_industries", "po_number"];

/// Checks a campaign, new or changed.
pub(crate) fn check(fields: &mut Fields, advertiser: &Advertiser, old: Option<&Object>) -> TikTokResult<()> {
    spec::name("campaign_name", need(fields, "campaign_name")?)?;
    let objective = need(fields, "objective_type")?.to_owned();
    let absent = [("RF_REACH", "reservation"), ("PRODUCT_SALES", "catalogs and shops")];
    if let Some((_, what)) = absent.iter().find(|(word, _)| *word == objective) {
        return Err(Refusal::new(Code::NotImplemented, format!("Not implemented in the sandbox: {what}")));
    }
    let mode = need(fields, "budget_mode")?.to_owned();
    match (mode.as_str(), fields.get("budget")) {
        ("BUDGET_MODE_INFINITE", _) if flag(fields, "budget_optimize_on") => {
            return Err(Refusal::field("budget_mode", "Campaign budget optimisation needs a budget."));
        }
        ("BUDGET_MODE_INFINITE", _) => drop(fields.remove("budget")),
        (_, None) => return Err(Refusal::missing("budget")),
        (_, Some(budget)) => {
            let micros = money::micros("budget", budget, &advertiser.currency)?;
            money::bounded("budget", micros, &advertiser.currency, 50, 1)?;
        }
    }
    if objective == "APP_PROMOTION" {
        need(fields, "app_promotion_type")?;
    }
    if text(fields, "campaign_type") == Some("IOS14_CAMPAIGN") {
        need(fields, "app_id")?;
    }
    if text(fields, "virtual_objective_type").is_some() {
        need(fields, "sales_destination")?;
        read::word("objective_type", &objective, &["WEB_CONVERSIONS"])?;
    }
    if let Some(old) = old {
        let now: Vec<String> = list(fields, "special_industries");
        let had = old.texts("special_industries");
        if now.iter().any(|word| !had.contains(&word.as_str())) {
            return Err(Refusal::field("special_industries", "Can be removed later, not added or changed."));
        }
    }
    Ok(())
}

pub(crate) fn list(fields: &Fields, name: &str) -> Vec<String> {
    let items = fields.get(name).and_then(serde_json::Value::as_array).into_iter().flatten();
    items.filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}
