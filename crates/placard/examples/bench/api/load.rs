//! Clients that hold a connection open and ask again as soon as they have their answer.
//!
//! On a thread and a connection loop of their own, because what the clients cost is taken from both sides' processors.

use crate::connection::Connection;
use anyhow::{Result, ensure};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// What is asked: requests that are sent as they are, each with a text that its answer must hold.
pub(super) struct Questions(Vec<(Vec<u8>, Vec<u8>)>);

impl Questions {
    /// One `GET` for each path.
    pub(super) fn get(paths: impl Iterator<Item = (String, String)>, token: &str) -> Arc<Self> {
        let request = |path| {
            format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n")
                .into_bytes()
        };
        Arc::new(Self(paths.map(|(path, expected)| (request(path), expected.into_bytes())).collect()))
    }
}

/// Lets `clients` ask `requests` questions in all and says how long that took.
pub(super) async fn ask(
    address: SocketAddr,
    questions: Arc<Questions>,
    clients: usize,
    requests: usize,
) -> Result<Duration> {
    let asked = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..clients {
                connections.push(Connection::open(address).await?);
            }
            let began = Instant::now();
            let asking = connections.into_iter().enumerate().map(|(client, mut connection)| {
                let questions = &questions.0;
                async move {
                    for number in (client..requests).step_by(clients) {
                        let (question, expected) = &questions[number * 7919 % questions.len()];
                        let answer = connection.ask(question).await?;
                        ensure!(answer.status == 200, "an answer that is no success: {}", answer.status);
                        // To look into each would cost the clients more than to ask.
                        if number % 64 == 0 {
                            let json =
                                answer.header("content-type").is_some_and(|kind| kind.contains("json"));
                            let found =
                                json && answer.body.windows(expected.len()).any(|part| part == expected);
                            ensure!(found, "a wrong answer: {}", String::from_utf8_lossy(answer.body));
                        }
                    }
                    anyhow::Ok(())
                }
            });
            futures::future::try_join_all(asking).await?;
            anyhow::Ok(began.elapsed())
        })
    });
    asked.await?
}
