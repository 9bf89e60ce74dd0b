//! The writer that asks no model.

use super::{CopyProvider, Cost, ProviderError, Reply};
use async_trait::async_trait;
use placard_domain::{
    copy::{Brief, Prompt, from_templates},
    document::WriterKind,
};
use serde_json::json;

/// Puts a brief's words into patterns. It costs nothing and gives the same for the same brief.
#[derive(Clone, Copy, Debug)]
pub struct Templates;

#[async_trait]
impl CopyProvider for Templates {
    fn kind(&self) -> WriterKind {
        WriterKind::Template
    }

    fn model(&self) -> &'static str {
        "template"
    }

    fn cost(&self) -> Cost<'_> {
        Cost::Free
    }

    fn most_tokens_out(&self) -> u32 {
        0
    }

    async fn ask(&self, brief: &Brief, _: &Prompt) -> Result<Reply, ProviderError> {
        let text = json!({"variants": from_templates(brief)}).to_string();
        Ok(Reply { text, tokens_in: 0, tokens_out: 0, cut_off: false, refused: false })
    }
}
