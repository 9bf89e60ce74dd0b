//! The campaign spec: reading it, checking it, and what is left once it is right.
//!
//! [`read`] turns text into a [`Document`], [`check`] turns that into a [`Campaign`] or into every diagnostic at once.

mod campaign;
mod check;
mod diagnostic;
mod document;
mod edit;
mod media;
mod model;
mod platforms;
mod schema;
mod section;
mod starter;
mod structure;
mod write;

pub use campaign::{
    Ad, AdGroup, BidRule, Budget, Campaign, Creative, Flight, HeldMedia, Keyword, Moment, Picture,
    PictureFile, Target, Video, VideoFile,
};
pub use check::{check, slug};
pub use diagnostic::{Diagnostic, Diagnostics, Position, Severity};
pub use document::{Document, read};
pub use edit::{NotInPlace, with_copy};
pub use media::{ImageFacts, ImageFormat, Images, Media, MediaProblem, VideoFacts, Videos, asset_name};
pub use model::{
    AdGroupSpec, AdSpec, Amount, Audience, Bid, Budget as BudgetSpec, Call, CampaignSpec, Conversion, Copy,
    Destination, Gender, Interest, KeywordSpec, LeadForm, Location, Locations, MatchType, Place, Point,
    Question, QuestionKind, RunState, Schedule, Website,
};
pub use platforms::{
    GoogleChannel, GoogleSpec, MetaPublisher, MetaSpec, MicrosoftSpec, Platforms, SpecialAdCategory,
    TiktokIdentity, TiktokSpec,
};
pub use schema::json_schema;
pub use section::check_section;
pub use starter::starter;
pub use write::write;
