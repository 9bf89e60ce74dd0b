//! Numbers (Google, `platforms/google.md` §6).
//!
//! Rows without any number are left out by Google. Ages, genders and countries are views whose rows belong to single
//! criteria of ad groups or places, so rows of one entity are added up.

mod question;
mod rows;

use super::{Google, api::Caller, errors::ours};
use crate::{
    Access, ErrorKind, PlatformError,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
};
use placard_domain::metric::Level;

const OPERATION: &str = "read insights";

impl Google {
    /// All rows that answer `query`.
    pub(super) async fn insights_rows(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        if let Some(message) = unanswerable(query) {
            return Err(ours(OPERATION, ErrorKind::Refused, message));
        }
        let account = access.account.id.as_str();
        let asked = question::text(query);
        let rows = self.stream(Caller::from(access), account, OPERATION, &asked).await?;
        let rows = rows.iter().map(|row| rows::read(row, query, account)).collect::<Result<Vec<_>, _>>()?;
        Ok(rows::added_up(rows))
    }
}

/// Why Google cannot answer `query`, if it cannot (§6, demographics and geography).
fn unanswerable(query: &InsightsQuery) -> Option<&'static str> {
    match (query.grain, query.breakdown, query.level) {
        (Grain::Hourly, Some(_), _) => Some("Placard does not split Google's hours into segments as well"),
        (_, Some(Breakdown::AgeGender), _) => Some("Google does not tell of age and gender together"),
        (_, Some(Breakdown::Age | Breakdown::Gender | Breakdown::Country), Level::Ad) => {
            Some("Google tells of ages, genders and countries by ad group, not by ad")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn query(level: Level, grain: Grain, breakdown: Option<Breakdown>) -> InsightsQuery {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        InsightsQuery { level, since: day, until: day, grain, breakdown }
    }

    #[test]
    fn what_google_has_no_view_of_is_refused_with_the_reason() {
        assert!(unanswerable(&query(Level::Ad, Grain::Daily, Some(Breakdown::Age))).is_some());
        assert!(unanswerable(&query(Level::Campaign, Grain::Daily, Some(Breakdown::AgeGender))).is_some());
        assert!(unanswerable(&query(Level::Campaign, Grain::Hourly, Some(Breakdown::Placement))).is_some());
        assert!(unanswerable(&query(Level::Ad, Grain::Daily, Some(Breakdown::Placement))).is_none());
        assert!(unanswerable(&query(Level::AdGroup, Grain::Daily, Some(Breakdown::Country))).is_none());
    }
}
