//! Clicks by hand: a simulated person is counted and has no mark, one that is made here has.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{Answered, bad};
use crate::microsoft;
use crate::server::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Click {
    account: String,
    at: Option<DateTime<Utc>>,
}

/// `POST clicks`: somebody clicks on an ad of a Microsoft account, now or at another time.
pub(super) async fn make(State(app): State<App>, Json(click): Json<Click>) -> Answered {
    let mut world = app.world();
    world.next_seq();
    let at = click.at.unwrap_or_else(|| world.now());
    let made = microsoft::conversion::click_at(&mut world, &click.account, at);
    let id = made.ok_or_else(|| bad(format!("there is no Microsoft account {}", click.account)))?;
    world.commit()?;
    Ok(Json(json!({ "msclkid": id })))
}
