//! Clients that hold a connection open and ask again as soon as they have their answer.
//!
//! On a thread and a connection loop of their own, because what the clients cost is taken from both sides' processors.

use anyhow::{Context, Result, bail, ensure};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
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
                        let body = connection.ask(question).await?;
                        // To look into each would cost the clients more than to ask.
                        if number % 64 == 0 {
                            let found = body.windows(expected.len()).any(|part| part == expected);
                            ensure!(found, "a wrong answer: {}", String::from_utf8_lossy(body));
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

/// A connection that is kept open.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024], filled: 0 })
    }

    /// Sends a request and gives the body of its answer, which must be a success of a stated length.
    async fn ask(&mut self, question: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(question).await?;
        self.filled = 0;
        let (head, length) = loop {
            self.read().await?;
            if let Some(head) = self.head() {
                break (head, length_of(&self.buffer[..head])?);
            }
        };
        ensure!(head + length <= self.buffer.len(), "an answer of {length} bytes");
        while self.filled < head + length {
            self.read().await?;
        }
        Ok(&self.buffer[head..head + length])
    }

    async fn read(&mut self) -> Result<()> {
        let more = self.stream.read(&mut self.buffer[self.filled..]).await?;
        ensure!(more > 0, "the server hung up");
        self.filled += more;
        Ok(())
    }

    /// Where the body begins.
    fn head(&self) -> Option<usize> {
        self.buffer[..self.filled].windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
    }
}

fn length_of(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("an answer that is no success: {}", head.lines().next().unwrap_or_default());
    }
    let length = head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    length.context("an answer without a length")?.context("a length that is no number")
}
