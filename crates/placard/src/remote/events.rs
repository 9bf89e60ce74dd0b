//! Server-sent events, as they arrive.

use super::{Address, RemoteError};
use reqwest::Response;

/// A stream of events.
pub struct Events {
    server: Address,
    response: Response,
    lines: Lines,
}

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind it is.
    pub name: String,
    /// What it says.
    pub data: String,
}

impl Events {
    pub(super) fn new(server: Address, response: Response) -> Self {
        Self { server, response, lines: Lines::default() }
    }

    /// The next event; `None` when the server has said everything.
    pub async fn next(&mut self) -> Result<Option<Event>, RemoteError> {
        loop {
            if let Some(event) = self.lines.next() {
                return Ok(Some(event));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.lines.take(&chunk),
                Ok(None) => return Ok(None),
                Err(error) => return Err(RemoteError::of(&error, &self.server)),
            }
        }
    }
}

/// What has arrived and is not told yet (WHATWG HTML, "Server-sent events", parsing an event stream).
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    name: String,
    data: Vec<String>,
}

impl Lines {
    fn take(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
    }

    fn next(&mut self) -> Option<Event> {
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
                if !data.is_empty() {
                    return Some(Event { name, data: data.join("\n") });
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.name),
                "data" => self.data.push(value.to_owned()),
                // A comment keeps the connection alive; nothing else is used here.
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let text = b": hello\n\nevent: said\ndata: {\"a\":\ndata: 1}\n\nevent: ended\r\ndata:x\r\n\r\n";
        let wanted = [("said", "{\"a\":\n1}"), ("ended", "x")];
        for size in 1..text.len() {
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            for chunk in text.chunks(size) {
                lines.take(chunk);
                seen.extend(std::iter::from_fn(|| lines.next()));
            }
            let seen: Vec<_> = seen.iter().map(|event| (event.name.as_str(), event.data.as_str())).collect();
            assert_eq!(seen, wanted, "in pieces of {size}");
        }
    }
}
