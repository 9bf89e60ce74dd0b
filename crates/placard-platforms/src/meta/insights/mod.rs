use super::Meta;
use crate::{
    Access, PlatformError,
    insights::{InsightsQuery, InsightsRow},
};
impl Meta {
    pub(super) async fn insights_rows(
        &self,
        _: &Access,
        _: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        Ok(Vec::new())
    }
}
