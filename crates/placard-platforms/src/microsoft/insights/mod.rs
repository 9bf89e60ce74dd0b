//! Numbers (Microsoft, `platforms/microsoft.md` §6).
//!
//! A report is ordered, asked after until it is made, and fetched as a table in an archive. Each order makes another
//! report, so one too many does no harm.

mod question;
mod rows;
mod table;
mod zip;

use super::{
    Microsoft,
    api::Call,
    encode::params,
    errors::ours,
    wire::{at, promised, text_at},
    zones,
};
use crate::{
    Access, ErrorKind, PlatformError,
    insights::{Breakdown, Grain, InsightsQuery, InsightsRow},
};
use placard_domain::{Platform, metric::Level};
use reqwest::Method;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const OPERATION: &str = "read insights";

/// How often a report is asked after: at first, and at most (§6, interval).
pub(super) const FIRST_LOOK: Duration = Duration::from_secs(2);
const RAREST_LOOK: Duration = Duration::from_secs(15);

/// When a report is given up.
const LIMIT: Duration = Duration::from_secs(15 * 60);

impl Microsoft {
    /// All rows that answer `query`.
    pub(super) async fn insights_rows(
        &self,
        access: &Access,
        query: &InsightsQuery,
    ) -> Result<Vec<InsightsRow>, PlatformError> {
        check(query)?;
        let advertiser = self.advertiser(access, OPERATION).await?;
        let currency = promised(OPERATION, &advertiser, "CurrencyCode")?;
        let currency = currency.parse().map_err(|_| rows::unreadable("CurrencyCode"))?;
        let zone = promised(OPERATION, &advertiser, "TimeZone")?;
        if zones::zone(&zone).is_none() {
            return Err(rows::unreadable("TimeZone"));
        }
        let Some(file) = self.report(access, query, &zone).await? else { return Ok(Vec::new()) };
        let archive = zip::only_file(&file).ok_or_else(|| rows::unreadable("the archive"))?;
        let text = String::from_utf8(archive).map_err(|_| rows::unreadable("the table"))?;
        let table = table::Table::read(&text).ok_or_else(|| rows::unreadable("the table"))?;
        rows::read_all(&table, query, currency)
    }

    /// Orders the report and waits for its file; `None` if there is nothing to tell.
    async fn report(
        &self,
        access: &Access,
        query: &InsightsQuery,
        zone: &str,
    ) -> Result<Option<Vec<u8>>, PlatformError> {
        let asked = question::report(query, &access.account.id, zone);
        let call =
            Call::query(OPERATION, "Reporting/v13/GenerateReport/Submit", params([("ReportRequest", asked)]));
        let answer = self.api.read(access, &call).await?;
        let id = promised(OPERATION, &answer, "ReportRequestId")?;
        let look = params([("ReportRequestId", id.into())]);
        let look = Call::query(OPERATION, "Reporting/v13/GenerateReport/Poll", look);
        let (give_up, mut wait) = (Instant::now() + LIMIT, self.report_poll);
        loop {
            let answer = self.api.read(access, &look).await?;
            let status = at(&answer, "ReportRequestStatus").cloned().unwrap_or_default();
            match promised(OPERATION, &status, "Status")?.as_str() {
                // Without an address, there are no numbers (§6, no data).
                "Success" => match text_at(&status, "ReportDownloadUrl") {
                    Some(address) => return self.fetch(&address).await.map(Some),
                    None => return Ok(None),
                },
                "Error" => {
                    let message = "Microsoft could not make the report";
                    return Err(ours(OPERATION, ErrorKind::ServerFault, message));
                }
                _ if Instant::now() >= give_up => {
                    let message = "the report takes too long";
                    return Err(ours(OPERATION, ErrorKind::ServerFault, message));
                }
                _ => sleep(wait).await,
            }
            wait = wait.saturating_mul(2).min(RAREST_LOOK);
        }
    }

    /// The file at `address`, which needs no login and lives for some minutes.
    async fn fetch(&self, address: &str) -> Result<Vec<u8>, PlatformError> {
        let url: url::Url = address.parse().map_err(|_| rows::unreadable("ReportDownloadUrl"))?;
        let mut patience = self.api.http.patience();
        loop {
            let request = self.api.http.request(Method::GET, url.clone());
            let failed = match self.api.http.send(request).await {
                Ok(reply) if (200..300).contains(&reply.status) => return Ok(reply.body.to_vec()),
                Ok(reply) => {
                    let kind = super::errors::kind_of_http(reply.status);
                    ours(OPERATION, kind, format!("HTTP {} instead of the report", reply.status))
                }
                Err(error) => PlatformError::transport(Platform::Microsoft, OPERATION, error),
            };
            patience.after(failed).await?;
        }
    }
}

/// What Microsoft's reports cannot tell (§6, reports).
fn check(query: &InsightsQuery) -> Result<(), PlatformError> {
    let people = matches!(query.breakdown, Some(Breakdown::Age | Breakdown::Gender | Breakdown::AgeGender));
    let place = query.breakdown == Some(Breakdown::Country);
    let message = if query.level == Level::Ad && (people || place) {
        "Microsoft tells of people and places down to ad groups, not of single ads"
    } else if query.breakdown == Some(Breakdown::Placement) && query.level != Level::Campaign {
        "Microsoft tells of networks by campaign"
    } else if query.grain == Grain::Hourly && query.breakdown.is_some() {
        "Placard does not split Microsoft's hours into segments as well"
    } else {
        return Ok(());
    };
    Err(ours(OPERATION, ErrorKind::Refused, message))
}
