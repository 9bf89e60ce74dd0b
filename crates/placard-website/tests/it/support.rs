//! Servers that answer byte for byte what a test wants, and names that lead where a test wants.

use flate2::{Compression, write::GzEncoder};
use futures::future::BoxFuture;
use placard_website::fetch::{FetchConfig, Fetcher, Limits, Lookup};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// One request, as far as tests look.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What a server sends, piece by piece.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) pieces: Vec<Vec<u8>>,
    /// Before each piece after the first.
    pub(crate) pause: Duration,
    /// Sends the last piece again and again until nobody listens any more.
    pub(crate) endless: bool,
}

impl Answer {
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![bytes.into()], pause: Duration::ZERO, endless: false }
    }

    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = format!("{head}\r\n").into_bytes();
        bytes.extend_from_slice(body);
        Self::raw(bytes)
    }

    pub(crate) fn html(body: &str) -> Self {
        Self::new(200, &[("content-type", "text/html; charset=utf-8")], body)
    }

    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::new(status, &[("location", to)], "")
    }
}

type Behave = dyn Fn(&Request) -> Answer + Send + Sync;

/// How many requests are being answered, and the most that ever were.
#[derive(Default)]
struct Busy {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// A server on this machine. It ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    hits: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Request>>>,
    busy: Arc<Busy>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// On every address of this machine, of both kinds where it has both.
    pub(crate) async fn start(behave: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let four = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = four.local_addr().unwrap().port();
        let six = TcpListener::bind(format!("[::1]:{port}")).await;
        let (hits, seen, busy) = (Arc::default(), Arc::default(), Arc::default());
        let behave: Arc<Behave> = Arc::new(behave);
        let mut server = Self { port, hits, seen, busy, tasks: Vec::new() };
        for listener in std::iter::once(four).chain(six) {
            let (hits, seen, behave) = (server.hits.clone(), server.seen.clone(), behave.clone());
            let busy = server.busy.clone();
            server.tasks.push(tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    hits.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(serve(stream, seen.clone(), busy.clone(), behave.clone()));
                }
            }));
        }
        server
    }

    /// How many connections came.
    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// The most requests that it ever had to answer at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.busy.most.load(Ordering::SeqCst)
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, target: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{target}", self.port)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn serve(stream: TcpStream, seen: Arc<Mutex<Vec<Request>>>, busy: Arc<Busy>, behave: Arc<Behave>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().push(request.clone());
        let answer = behave(&request);
        busy.most.fetch_max(busy.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let sent = send(&mut stream, &request, answer).await;
        busy.now.fetch_sub(1, Ordering::SeqCst);
        if sent.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, target, headers })
}

async fn send(stream: &mut BufReader<TcpStream>, request: &Request, answer: Answer) -> io::Result<()> {
    let last = answer.pieces.len() - 1;
    for (at, piece) in answer.pieces.iter().enumerate() {
        if at > 0 {
            tokio::time::sleep(answer.pause).await;
        }
        let end =
            piece.windows(4).position(|window| window == b"\r\n\r\n").filter(|_| request.method == "HEAD");
        stream.write_all(&piece[..end.map_or(piece.len(), |end| end + 4)]).await?;
        if at == last && answer.endless {
            loop {
                tokio::time::sleep(answer.pause).await;
                stream.write_all(piece).await?;
            }
        }
    }
    Ok(())
}

/// Names and what they lead to: each time that one is asked for, its next answer, the last again and again.
#[derive(Default)]
pub(crate) struct Names {
    answers: BTreeMap<String, Vec<Vec<IpAddr>>>,
    asked: Mutex<BTreeMap<String, usize>>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    pub(crate) fn set(&mut self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        self.answers.insert(name.to_owned(), answers.iter().map(parse).collect());
    }

    pub(crate) fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or(0)
    }
}

impl Lookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(name.clone()).or_default();
        let answers = self.answers.get(&name);
        let answer = answers.and_then(|answers| answers.get(*times).or_else(|| answers.last())).cloned();
        *times += 1;
        Box::pin(async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

/// Limits that tests do not have to wait for.
pub(crate) fn short() -> Limits {
    Limits {
        body_bytes: 2 * 1024 * 1024,
        connect: Duration::from_millis(300),
        answer: Duration::from_millis(800),
        pause: Duration::from_millis(400),
        total: Duration::from_secs(2),
        ..Limits::default()
    }
}

/// A fetcher that may go to these servers, because whoever runs it says so.
pub(crate) fn vouching(servers: &[&Server], names: Names) -> Fetcher {
    let vouched = servers.iter().map(|server| format!("127.0.0.1:{}", server.port).parse().unwrap());
    let config = FetchConfig {
        limits: short(),
        vouched: vouched.collect(),
        lookup: Arc::new(names),
        ..FetchConfig::new("Test")
    };
    Fetcher::new(config).unwrap()
}

/// `bytes`, as small as gzip makes them.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
