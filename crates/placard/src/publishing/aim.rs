//! What a campaign is brought to.

use super::Turn;
use placard_domain::{plan::DriftPolicy, spec::RunState};

/// What a campaign is brought to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// What the spec says.
    Spec(DriftPolicy),
    /// Nothing of the campaign.
    Removal,
    /// As it is, running or stopped.
    Switch(RunState),
    /// What was applied, whatever others set since.
    Restoring,
}

impl Aim {
    /// When its turn is: what ends something goes first.
    pub const fn turn(&self) -> Turn {
        match self {
            Self::Spec(_) | Self::Restoring | Self::Switch(RunState::Active) => Turn::InOrder,
            Self::Removal | Self::Switch(RunState::Paused) => Turn::First,
        }
    }
}
