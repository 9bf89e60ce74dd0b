//! The campaign spec: reading it, checking it, and what is left once it is right.
//!
//! [`read`] turns text into a [`Document`], [`check`] turns that into a [`Campaign`] or into every diagnostic at once.

mod campaign;
mod check;
mod diagnostic;
mod document;
mod model;
mod schema;
mod section;
mod starter;
mod structure;

pub use campaign::{
    Ad, AdGroup, BidRule, Budget, Campaign, Creative, Flight, ImageFacts, ImageFormat, ImageProblem, Images,
    Keyword, Moment, Picture, Target,
};
pub use check::check;
pub use diagnostic::{Diagnostic, Diagnostics, Position, Severity};
pub use document::{Document, read};
pub use model::{
    AdGroupSpec, AdSpec, Amount, Audience, Bid, Budget as BudgetSpec, Call, CampaignSpec, Conversion, Copy,
    Destination, Gender, GoogleChannel, GoogleSpec, Interest, KeywordSpec, LeadForm, Location, Locations,
    MatchType, MetaPublisher, MetaSpec, Place, Platforms, Point, Question, QuestionKind, RunState, Schedule,
    SpecialAdCategory, Website,
};
pub use schema::json_schema;
pub use section::check_section;
pub use starter::starter;
