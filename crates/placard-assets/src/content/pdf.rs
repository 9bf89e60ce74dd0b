//! PDF: that it begins and ends as one.

use super::{Refusal, metadata::goes_on};
use placard_domain::asset::MediaType;

/// How far from its end a PDF file says that it ends.
const END_WITHIN: usize = 1024;

pub(super) fn check(content: &[u8]) -> Result<(), Refusal> {
    let tail = &content[content.len().saturating_sub(END_WITHIN)..];
    let end = tail.windows(5).rposition(|window| window == b"%%EOF");
    let end = end.ok_or(Refusal::damaged(MediaType::Pdf, "it ends early"))?;
    let after = &tail[end + 5..];
    if after.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Ok(());
    }
    Err(goes_on(MediaType::Pdf))
}
