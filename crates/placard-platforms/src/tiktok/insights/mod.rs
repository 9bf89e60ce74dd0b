//! Numbers (TikTok, `platforms/tiktok.md` §18).
//!
//! A report is asked for in windows of thirty days, one of hours day by day. Names and parents are looked up, because a
//! report tells of one level only.

mod question;
mod rows;

use super::{Tiktok, errors::ours, list::Reader, wire::promised};
use crate::{
    Access, ErrorKind, PlatformError,
    insights::{Grain, InsightsQuery, InsightsRow},
};
use placard_domain::{metric::Level, plan::ObjectKind};
use std::collections::{BTreeSet, HashMap};

const OPERATION: &str = "read insights";

impl Tiktok {
    /// All rows that answer `query`.
    pub(super) async fn insights_rows(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        if query.grain == Grain::Hourly && query.breakdown.is_some() {
            let message = "Placard does not split TikTok's hours into segments as well";
            return Err(ours(OPERATION, ErrorKind::Refused, message));
        }
        let advertiser = self.advertiser(access, OPERATION).await?;
        let currency = promised(OPERATION, &advertiser, "currency")?;
        let currency = currency.parse().map_err(|_| rows::unreadable("currency"))?;
        let mut found = Vec::new();
        for (since, until) in question::windows(query) {
            let asked = question::params(query, &access.account.id, since, until);
            let path = "report/integrated/get/";
            for row in self.all_pages(Reader::Of(access), OPERATION, path, &asked, "list").await? {
                found.push(rows::read(&row, query, currency)?);
            }
        }
        self.with_names(access, query.level, &mut found).await?;
        Ok(found)
    }

    /// Fills in what entities are called and what holds them. One that TikTok does not show any more stays without.
    async fn with_names(
        &self,
        access: &Access,
        level: Level,
        rows: &mut [InsightsRow],
    ) -> Result<(), PlatformError> {
        let kind = match level {
            Level::Account => return Ok(()),
            Level::Campaign => ObjectKind::Campaign,
            Level::AdGroup => ObjectKind::AdGroup,
            Level::Ad => ObjectKind::Ad,
        };
        let ids: BTreeSet<String> = rows.iter().map(|row| row.entity_id.clone()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let names: HashMap<_, _> = self.names(access, kind, &ids).await?;
        for row in rows {
            if let Some((name, parent)) = names.get(&row.entity_id) {
                row.entity_name.clone_from(name);
                row.parent_id.clone_from(parent);
            }
        }
        Ok(())
    }
}
