//! The port behind which everything that writes copy stands.

use async_trait::async_trait;
use placard_domain::{
    copy::{Brief, Price, Prompt},
    document::WriterKind,
};
use std::time::Duration;

/// Something that writes copy.
#[async_trait]
pub trait CopyProvider: Send + Sync {
    /// What it is, as every output says.
    fn kind(&self) -> WriterKind;
    /// Its model, for the record.
    fn model(&self) -> &str;
    /// What it costs.
    fn cost(&self) -> Cost<'_>;
    /// The most tokens that an answer has.
    fn most_tokens_out(&self) -> u32;
    /// Asks once. It never tries again by itself: each call is on record by itself.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn ask(&self, brief: &Brief, prompt: &Prompt) -> Result<Reply, ProviderError>;
}

/// What a provider costs.
#[derive(Clone, Copy, Debug)]
pub enum Cost<'p> {
    /// Nothing.
    Free,
    /// So much for a million tokens.
    Known(&'p Price),
    /// Nobody said.
    Unknown,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// Tokens of the question.
    pub tokens_in: u64,
    /// Tokens of the answer.
    pub tokens_out: u64,
    /// Whether the answer stopped at the most that it may have.
    pub cut_off: bool,
    /// Whether it says that it would not answer.
    pub refused: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Too many calls.
    #[error("it is asked too often")]
    RateLimited {
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// It is down, or said that it failed.
    #[error("it is not available: {0}")]
    Unavailable(String),
    /// It did not answer in time; it may count the call all the same.
    #[error("it did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection broke after the question was sent; it may count the call all the same.
    #[error("the connection to it broke: {0}")]
    Lost(String),
    /// It does not take such calls: a wrong key or model.
    #[error("it refused the call: {0}")]
    Denied(String),
    /// Its answer is not what its kind of server gives.
    #[error("its answer cannot be read: {0}")]
    Malformed(String),
}

impl ProviderError {
    /// Whether the call may have cost something.
    pub const fn may_have_cost(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Malformed(_) | Self::Lost(_) => true,
            Self::RateLimited { .. } | Self::Denied(_) | Self::Unavailable(_) => false,
        }
    }
}
