//! Telling a platform of deals that were won.

use crate::{Access, PlatformError};
use async_trait::async_trait;
use chrono::TimeDelta;
use placard_domain::crm::conversion::Conversion;
use std::time::Duration;

/// What a platform asks of what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionRules {
    /// Most that one call carries.
    pub most: usize,
    /// How old a conversion may be.
    pub oldest: TimeDelta,
}

/// A goal that counts deals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionGoal {
    /// The platform's id.
    pub id: String,
    /// Its name, by which conversions name it.
    pub name: String,
    /// Whether it counts.
    pub active: bool,
    /// How long after a click it counts what came of it.
    pub window: TimeDelta,
}

/// What became of one conversion of a call.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The platform has taken it.
    Accepted,
    /// The same will be refused again.
    Refused(PlatformError),
    /// The platform may or may not have it. Saying the very same again does no harm: it counts once.
    Unknown(PlatformError),
    /// The platform does not have it, and wants it later.
    Later {
        /// Why.
        error: PlatformError,
        /// After how long, if it says.
        wait: Option<Duration>,
    },
}

/// A platform that takes deals that were won outside of it.
///
/// Whoever implements it knows from the platform's documents that two conversions with equal click, goal and time count
/// once, so that a lost answer can be followed by the very same again.
#[async_trait]
pub trait Conversions: Send + Sync {
    /// What it asks of what it is told.
    fn rules(&self) -> ConversionRules;

    /// Why `conversion` cannot be said in the platform's terms, if it cannot: one sentence. Pure.
    fn unfit(&self, conversion: &Conversion) -> Option<String>;

    /// The goals of the account that take deals.
    async fn goals(&self, access: &Access) -> Result<Vec<ConversionGoal>, PlatformError>;

    /// Tells the platform of `conversions`, at most [`ConversionRules::most`], in one call that is sent exactly once. One
    /// verdict for each, in order.
    ///
    /// # Errors
    /// What is wrong with the call as a whole. Whether the platform has taken something all the same is said by
    /// [`ErrorKind::retry_write`](crate::ErrorKind::retry_write).
    async fn apply(
        &self,
        access: &Access,
        conversions: &[&Conversion],
    ) -> Result<Vec<Verdict>, PlatformError>;
}
