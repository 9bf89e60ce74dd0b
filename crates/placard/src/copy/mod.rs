//! The copy writer: providers that write, the record of every call, the budget, and what is kept.

mod model;
mod provider;
mod settings;
mod template;
mod used;
mod writer;

pub use model::OpenAiCompatible;
pub use provider::{CopyProvider, Cost, ProviderError, Reply};
pub use settings::{ProviderSettings, SettingsError, provider_of};
pub use template::Templates;
pub use used::{Fitted, UseError, note_use, words_for};
pub use writer::{Patience, WriteError, Writing, Written};
