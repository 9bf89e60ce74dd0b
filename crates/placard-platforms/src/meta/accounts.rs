//! Ad accounts, pages, and whether publishing is possible (Meta, `platforms/meta.md` §4).

use super::{
    Meta,
    encode::{Params, params},
    errors::ours,
    graph::Call,
    money,
    wire::{AccountRow, Listing, PageRow, plain},
};
use crate::{Access, AccountHealth, Blocker, ErrorKind, Page, PlatformError};
use placard_domain::{AccountRef, AdAccount, Currency, Platform};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

const ACCOUNT_FIELDS: &str = "id,account_id,name,currency,timezone_name,account_status,funding_source_details,spend_cap,business,user_tasks";

const PAGE_FIELDS: &str = "id,name,access_token,instagram_business_account,leadgen_tos_accepted";

/// The task without which an account may be seen but not used.
const ADVERTISE: &str = "ADVERTISE";

impl Meta {
    /// The ad accounts that `token` can see.
    pub async fn accounts(&self, token: &SecretString) -> Result<Vec<AdAccount>, PlatformError> {
        let rows: Vec<AccountRow> =
            self.list(token, "list ad accounts", "me/adaccounts", ACCOUNT_FIELDS).await?;
        rows.into_iter().map(account).collect()
    }

    /// The pages that `token` may use, with their own tokens.
    pub async fn pages(&self, token: &SecretString) -> Result<Vec<Page>, PlatformError> {
        let rows: Vec<PageRow> = self.list(token, "list pages", "me/accounts", PAGE_FIELDS).await?;
        Ok(rows.into_iter().map(page).collect())
    }

    /// Whether `access` can publish, and what stands in the way.
    pub(super) async fn account_health(&self, access: &Access) -> Result<AccountHealth, PlatformError> {
        let facts = self.inspect(&access.token).await?;
        if !facts.valid {
            let message = facts.problem.unwrap_or_else(|| "the token no longer works".to_owned());
            return Err(ours("check the ad account", ErrorKind::Unauthenticated, message));
        }
        let params = params([("fields", ACCOUNT_FIELDS.into())]);
        let call = Call::get("read the ad account", access.account.id.as_str(), params);
        let row: AccountRow = self.graph.read(access, &call).await?;
        let may_advertise =
            row.user_tasks.as_ref().is_none_or(|tasks| tasks.iter().any(|task| task == ADVERTISE));
        let account = account(row)?;
        let mut blockers = Vec::new();
        if !facts.scopes.iter().any(|scope| scope == "ads_management") {
            let fix = "Connect again and leave all permissions switched on.";
            blockers.push(blocker("The permission `ads_management` was not granted.", fix));
        }
        if !may_advertise {
            let fix = "Ask an administrator of the account for the role of an advertiser.";
            blockers.push(blocker("You may see this ad account but not advertise with it.", fix));
        }
        if !account.active {
            let problem = format!("Meta says that the ad account is {}.", account.status);
            blockers
                .push(blocker(&problem, "Open the account in Meta's Account Quality and settle it there."));
        }
        if !account.payment_connected {
            let fix = "Add one in Meta's billing settings.";
            blockers.push(blocker("The ad account has no payment method.", fix));
        }
        Ok(AccountHealth { account, blockers })
    }

    /// All pages of a list.
    async fn list<T: DeserializeOwned>(
        &self,
        token: &SecretString,
        operation: &str,
        path: &str,
        fields: &str,
    ) -> Result<Vec<T>, PlatformError> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut asked: Params = params([("fields", fields.into()), ("limit", 100.into())]);
            asked.extend(after.map(|after| ("after".to_owned(), after.into())));
            let listing: Listing<T> = self.graph.read_as(token, &Call::get(operation, path, asked)).await?;
            after = listing.next_cursor();
            all.extend(listing.data);
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn blocker(problem: &str, fix: &str) -> Blocker {
    Blocker { problem: problem.to_owned(), fix: fix.to_owned() }
}

fn page(row: PageRow) -> Page {
    Page {
        id: row.id,
        name: row.name,
        token: row.access_token,
        instagram_id: row.instagram_business_account.and_then(|account| account.get("id").map(plain)),
        lead_terms_accepted: row.leadgen_tos_accepted,
    }
}

fn account(row: AccountRow) -> Result<AdAccount, PlatformError> {
    let unreadable = |what: &str| {
        ours("read the ad account", ErrorKind::Malformed, format!("{} has an unknown {what}", row.id))
    };
    let currency: Currency = row.currency.parse().map_err(|_| unreadable("currency"))?;
    let zone = row.timezone_name.parse().map_err(|_| unreadable("time zone"))?;
    // A cap of zero is none.
    let cap = row.spend_cap.as_ref().and_then(|cap| money::from_wire(cap, currency));
    Ok(AdAccount {
        account: AccountRef { platform: Platform::Meta, id: row.id },
        name: row.name,
        currency,
        zone,
        status: status(row.account_status).to_owned(),
        active: row.account_status == ACTIVE,
        payment_connected: row.funding_source_details.is_some_and(|details| !details.is_null()),
        business_id: row.business.and_then(|business| business.get("id").map(plain)),
        spend_cap_minor: cap.map(placard_domain::Money::minor).filter(|minor| *minor != 0),
    })
}

const ACTIVE: i64 = 1;

/// The meaning of `account_status` (§4).
fn status(number: i64) -> &'static str {
    match number {
        ACTIVE => "active",
        2 => "disabled",
        3 => "unsettled",
        7 => "pending risk review",
        8 => "pending settlement",
        9 => "in its grace period",
        100 => "pending closure",
        101 => "closed",
        _ => "in a state unknown to Placard",
    }
}
