//! Somebody else's server: it says what a test wants, byte for byte.

use anyhow::Result;
use std::{
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it answers.
#[derive(Clone)]
pub(crate) enum Says {
    /// This, and hangs up.
    All(Vec<u8>),
    /// This, and then nothing more.
    Stalls(Vec<u8>),
    /// This, and its last bytes again and again.
    Endless(Vec<u8>),
}

impl Says {
    /// An answer with a body.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut bytes = Vec::new();
        let _ =
            write!(bytes, "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            let _ = write!(bytes, "{name}: {value}\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Self::All(bytes)
    }
}

type Answers = dyn Fn(&str) -> Says + Send + Sync;

/// A server on this machine. It ends with the test.
pub(crate) struct Stranger {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    answers: Arc<Mutex<Box<Answers>>>,
    task: JoinHandle<()>,
}

impl Stranger {
    /// Answers each request, given whole, as `answers` says.
    pub(crate) async fn start(answers: impl Fn(&str) -> Says + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (connections, answers) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Box::new(answers) as Box<Answers>)));
        let (count, said) = (connections.clone(), answers.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, said.clone()));
            }
        });
        Ok(Self { port, connections, answers, task })
    }

    /// Answers otherwise from now on.
    pub(crate) fn say(&self, answers: impl Fn(&str) -> Says + Send + Sync + 'static) {
        if let Ok(mut now) = self.answers.lock() {
            *now = Box::new(answers);
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, answers: Arc<Mutex<Box<Answers>>>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read_buf(&mut request).await {
            Ok(length) if length > 0 => {}
            _ => return,
        }
    }
    let says = match answers.lock() {
        Ok(answers) => answers(&String::from_utf8_lossy(&request)),
        Err(_) => return,
    };
    match says {
        Says::All(bytes) => drop(stream.write_all(&bytes).await),
        Says::Stalls(bytes) => {
            drop(stream.write_all(&bytes).await);
            // Until the other side has enough of it.
            drop(stream.read_buf(&mut request).await);
        }
        Says::Endless(bytes) => {
            let mut sent = stream.write_all(&bytes).await;
            let last = [0; 64 * 1024];
            while sent.is_ok() {
                sent = stream.write_all(&last).await;
            }
        }
    }
}
