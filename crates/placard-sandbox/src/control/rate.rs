//! Rate limits, each platform's own.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::{Answered, bad};
use crate::google::rate::GoogleRate;
use crate::meta::rate::RateConfig;
use crate::microsoft::rate::MicrosoftRate;
use crate::server::App;
use crate::tiktok::rate::TikTokRate;

/// `POST rate`.
pub(super) async fn set(State(app): State<App>, Json(mut body): Json<Map<String, Value>>) -> Answered {
    let google = body.remove("google").unwrap_or_else(|| json!({}));
    let google: GoogleRate = serde_json::from_value(google).map_err(|error| bad(error.to_string()))?;
    let tiktok = body.remove("tiktok").unwrap_or_else(|| json!({}));
    let tiktok: TikTokRate = serde_json::from_value(tiktok).map_err(|error| bad(error.to_string()))?;
    let microsoft = body.remove("microsoft").unwrap_or_else(|| json!({}));
    let microsoft: MicrosoftRate =
        serde_json::from_value(microsoft).map_err(|error| bad(error.to_string()))?;
    let meta: RateConfig =
        serde_json::from_value(Value::Object(body)).map_err(|error| bad(error.to_string()))?;
    let mut world = app.world();
    world.config.rate = meta;
    world.config.google_rate = google;
    world.config.tiktok_rate = tiktok;
    world.config.microsoft_rate = microsoft;
    world.rates.clear();
    world.google.rates.clear();
    world.tiktok.rates.clear();
    world.microsoft.rates.clear();
    let mut told = json!(meta);
    told["google"] = json!(google);
    told["tiktok"] = json!(tiktok);
    told["microsoft"] = json!(microsoft);
    Ok(Json(told))
}
