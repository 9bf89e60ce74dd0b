//! TEMP

use super::Google;
use crate::{
    Access, AccountView, PlatformError, ReadBack,
    import::{Holding, Listed, Read, Shown},
};

impl Google {
    pub(super) async fn all_campaigns(&self, _: &Access) -> Result<Vec<Listed>, PlatformError> {
        Ok(Vec::new())
    }
    pub(super) async fn read_campaigns(
        &self,
        _: &Access,
        _: &AccountView,
        _: &[Listed],
    ) -> Result<Vec<Read>, PlatformError> {
        Ok(Vec::new())
    }
}

pub(super) fn shown(_: &Holding, _: &ReadBack) -> Shown {
    Shown { observation: placard_domain::plan::Observation::Gone, beyond: Vec::new() }
}
