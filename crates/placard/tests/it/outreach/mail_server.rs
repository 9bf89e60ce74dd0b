//! A mail server that keeps what it takes, with manners for each recipient.

use anyhow::Result;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How a recipient's server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    /// 250.
    Take,
    /// 451 the first time, 250 from then on.
    FirstLater,
    /// 550.
    Never,
    /// Takes the whole message and hangs up without an answer.
    HangUp,
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) to: String,
    raw: String,
}

impl Letter {
    /// The value of a header, unfolded.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        let value = |line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().find_map(value)
    }

    pub(super) fn body(&self) -> &str {
        self.raw.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

type Rule = Arc<dyn Fn(&str) -> Manners + Send + Sync>;

#[derive(Default)]
struct Kept {
    taken: Vec<Letter>,
    seen: BTreeSet<String>,
}

pub(super) struct MailServer {
    pub(super) port: u16,
    kept: Arc<Mutex<Kept>>,
    listening: JoinHandle<()>,
}

impl MailServer {
    pub(super) async fn start(rule: impl Fn(&str) -> Manners + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (rule, to_keep): (Rule, _) = (Arc::new(rule), Arc::clone(&kept));
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that is killed ends its connection in the middle of anything.
                tokio::spawn(serve(stream, Arc::clone(&rule), Arc::clone(&to_keep)));
            }
        });
        Ok(Self { port, kept, listening })
    }

    /// What was taken, in the order in which it was.
    pub(super) fn taken(&self) -> Vec<Letter> {
        self.kept.lock().unwrap().taken.clone()
    }

    pub(super) fn count(&self) -> usize {
        self.kept.lock().unwrap().taken.len()
    }

    /// Listens no more. Returns the port that nobody answers at now.
    pub(super) fn stop(self) -> u16 {
        self.port
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(stream: TcpStream, rule: Rule, kept: Arc<Mutex<Kept>>) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mail.example ESMTP\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-mail.example\r\n250 8BITMIME\r\n",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match rule(&to) {
                    Manners::Never => b"550 5.1.1 nobody here\r\n",
                    Manners::FirstLater if kept.lock().unwrap().seen.insert(to.clone()) => {
                        b"451 4.7.1 come again\r\n"
                    }
                    _ => b"250 ok\r\n",
                }
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                loop {
                    let Some(line) = lines.next_line().await? else { return Ok(()) };
                    if line == "." {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                kept.lock().unwrap().taken.push(Letter { to: to.clone(), raw });
                if rule(&to) == Manners::HangUp {
                    return Ok(());
                }
                b"250 taken\r\n"
            }
            "QUIT" => return Ok(()),
            _ => b"250 ok\r\n",
        };
        writer.write_all(answer).await?;
    }
    Ok(())
}
