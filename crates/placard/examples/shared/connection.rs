//! A connection of a client who holds it open and sends requests as they stand.
//!
//! It knows only what our own servers answer with, because what a client costs is taken from the server's processors.

use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// What came back.
pub(crate) struct Answer<'a> {
    /// The status of HTTP.
    pub(crate) status: u16,
    head: &'a str,
    /// The body.
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// The header called `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let named = |(given, value): (&str, &'a str)| given.eq_ignore_ascii_case(name).then(|| value.trim());
    head.lines().filter_map(|line| line.split_once(':')).find_map(named)
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024], filled: 0 })
    }

    /// Sends a request and gives its answer, which must have a stated length of at most 64 KiB.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let head = loop {
            self.read().await?;
            if let Some(head) = self.head() {
                break head;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.get(9..12).context("an answer without a status")?.parse()?;
        let length = header(text, "content-length").map_or(Ok(0), str::parse::<usize>)?;
        ensure!(head + length <= self.buffer.len(), "an answer of {length} bytes");
        while self.filled < head + length {
            self.read().await?;
        }
        let head_text = std::str::from_utf8(&self.buffer[..head])?;
        Ok(Answer { status, head: head_text, body: &self.buffer[head..head + length] })
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
