//! A server that speaks as models' do, and misbehaves as it is told.

use anyhow::Result;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use url::Url;

/// How the server answers one call.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// With these words.
    Words(String),
    /// With the beginning of these words, and the reason that they became too long.
    CutOff(String),
    /// That it would not.
    Refusal,
    /// That it is asked too often, and how many seconds to wait.
    TooOften(u32),
    /// With a status, and a body that repeats the key.
    Status(u16),
    /// With what is no JSON.
    NoJson,
    /// With half of a body, and a closed connection.
    Half,
    /// With more than anybody reads.
    Endless,
    /// Not at all.
    Silence,
}

/// What the server was asked, and how it answers.
#[derive(Clone, Default)]
struct Room {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

/// A model at an address of this machine.
pub(super) struct ModelServer {
    pub(super) url: Url,
    room: Room,
}

impl ModelServer {
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Result<Self> {
        let room = Room::default();
        room.answers.lock().expect("nobody panics with it").extend(answers);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(room.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, room })
    }

    /// Every call: its headers and its body.
    pub(super) fn asked(&self) -> Vec<(HeaderMap, Value)> {
        self.room.asked.lock().expect("nobody panics with it").clone()
    }
}

async fn answer(State(room): State<Room>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    room.asked.lock().expect("nobody panics with it").push((headers.clone(), body));
    let next = room.answers.lock().expect("nobody panics with it").pop_front();
    let completion = |words: &str, finish: &str| {
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": words}, "finish_reason": finish}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 500},
        }))
        .into_response()
    };
    match next.unwrap_or(Answer::Status(500)) {
        Answer::Words(words) => completion(&words, "stop"),
        Answer::CutOff(words) => completion(&words, "length"),
        Answer::Refusal => Json(json!({
            "choices": [{"message": {"content": null, "refusal": "I cannot help with that."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 8},
        }))
        .into_response(),
        Answer::TooOften(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], "slow down").into_response()
        }
        Answer::Status(status) => {
            let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let body = json!({"error": {"message": "something is wrong"}, "echo": key});
            (StatusCode::from_u16(status).expect("a status"), Json(body)).into_response()
        }
        Answer::NoJson => "<html>Welcome to the login page</html>".into_response(),
        Answer::Half => {
            let parts = [Ok(Bytes::from_static(b"{\"choices\": [")), Err(std::io::Error::other("cut"))];
            Body::from_stream(futures::stream::iter(parts)).into_response()
        }
        Answer::Endless => {
            let part = Bytes::from(vec![b' '; 64 << 10]);
            let parts = futures::stream::iter((0..64).map(move |_| Ok::<_, std::io::Error>(part.clone())));
            Body::from_stream(parts).into_response()
        }
        Answer::Silence => std::future::pending().await,
    }
}
