//! A campaign as it is written down.

use placard_domain::outreach::{Criteria, CriteriaError, Sequence, Settings, SettingsError};
use placard_store::outreach::NewCampaign;
use serde::Deserialize;

/// The longest name of a campaign, in characters.
pub const LONGEST_NAME: usize = 200;

/// A campaign as a file or a request holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Whom it is meant for.
    #[serde(default)]
    pub criteria: Criteria,
    /// How it behaves.
    #[serde(default)]
    pub settings: Settings,
    /// What it says.
    pub sequence: Sequence,
}

/// A draft that can be read and makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The name.
    #[error("a name has 1 to {LONGEST_NAME} characters")]
    Name,
    /// Whom it is meant for.
    #[error(transparent)]
    Criteria(#[from] CriteriaError),
    /// How it behaves.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl DraftError {
    /// The field that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Criteria(_) => "criteria",
            Self::Settings(_) => "settings",
        }
    }
}

impl Draft {
    /// The campaign, checked.
    ///
    /// # Errors
    /// [`DraftError`]
    pub fn check(self) -> Result<NewCampaign, DraftError> {
        let Self { name, criteria, settings, sequence } = self;
        criteria.check()?;
        settings.check()?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(DraftError::Name);
        }
        Ok(NewCampaign { name: name.to_owned(), criteria, settings, sequence })
    }
}
