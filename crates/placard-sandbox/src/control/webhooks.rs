//! What the platforms tell by themselves: who asked, something to tell, and telling it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Answered;
use crate::hooks::{self, Event, Sending};
use crate::server::App;

/// `GET webhooks`.
pub(super) async fn show(State(app): State<App>) -> Json<Value> {
    Json(hooks::shown(&app.world()))
}

/// `POST webhooks/events`.
pub(super) async fn tell(State(app): State<App>, Json(events): Json<Vec<Event>>) -> Answered {
    let mut world = app.world();
    events.into_iter().for_each(|event| world.tell(event));
    world.commit()?;
    Ok(Json(hooks::shown(&world)))
}

/// `POST webhooks/deliver`.
pub(super) async fn deliver(State(app): State<App>, Json(sending): Json<Sending>) -> Answered {
    Ok(Json(json!({ "deliveries": hooks::deliver(&app, &sending).await? })))
}
