//! Writing the words of ads: what is asked for, what platforms take, what their policies object to.
//!
//! The writer is elsewhere. Here is what can be decided without one: the prompt, the reading of an answer, the checks,
//! and templates that need no model.

mod answer;
mod brief;
pub mod limits;
mod policy;
mod price;
mod prompt;
mod signs;
mod template;
mod variant;
mod width;

pub use answer::{BadAnswer, read_answer};
pub use brief::{Brief, BriefError, MOST_VARIANTS, Tone};
pub use limits::{Beyond, Format, Limit, Measure, TextPart, format_of};
pub use policy::{CopyRule, Finding};
pub use price::Price;
pub use prompt::{Prompt, PromptVersion, TEMPLATE_VERSION, prompt};
pub use signs::{REFUSED_BY_TIKTOK, emoji};
pub use template::from_templates;
pub use variant::{Variant, distinct};
pub use width::width;
