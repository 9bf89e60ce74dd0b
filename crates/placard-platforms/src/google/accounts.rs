//! Ad accounts, and whether publishing is possible (Google, `platforms/google.md` §2, §4, customer).

use super::{
    Google,
    api::{Call, Caller, is_unusable_account},
    errors::ours,
    query::{living, select},
    wire::{Customers, last_id, text_at},
};
use crate::{Access, AccountHealth, Blocker, ErrorKind, PlatformError, Urgency};
use placard_domain::{AccountRef, AdAccount, Platform};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;

const CUSTOMER: &[&str] = &[
    "customer.id",
    "customer.descriptive_name",
    "customer.currency_code",
    "customer.time_zone",
    "customer.manager",
    "customer.status",
];

const CLIENT: &[&str] = &[
    "customer_client.id",
    "customer_client.descriptive_name",
    "customer_client.currency_code",
    "customer_client.time_zone",
    "customer_client.manager",
    "customer_client.status",
];

const LIST: &str = "list ad accounts";

impl Google {
    /// The ad accounts that `token` reaches: directly, and through manager accounts. What is reached directly needs no
    /// manager. Accounts that Google keeps closed, or that are not set up, are left out (§12).
    pub(super) async fn accounts(&self, token: &SecretString) -> Result<Vec<AdAccount>, PlatformError> {
        let call = Call {
            operation: LIST.to_owned(),
            method: Method::GET,
            path: "customers:listAccessibleCustomers".to_owned(),
            body: None,
        };
        let anybody = Caller { token, manager: None, account: None, urgency: Urgency::Publishing };
        let reached: Customers = self.api.read(anybody, &call).await?;
        let (mut accounts, mut managers) = (Vec::new(), Vec::new());
        for id in reached.resource_names.iter().map(|name| last_id(name)) {
            let caller = Caller { account: Some(id), ..anybody };
            match self.search(caller, id, LIST, &select(CUSTOMER, "customer", &[])).await {
                Ok(rows) if rows.first().is_some_and(|row| is_manager(row, "customer")) => managers.push(id),
                Ok(rows) => accounts.extend(rows.iter().filter_map(|row| account(row, "customer", None))),
                Err(error) if is_unusable_account(&error) => {
                    tracing::debug!(account = id, "the ad account is closed and left out");
                }
                Err(error) => return Err(error),
            }
        }
        for manager in managers {
            let caller = Caller { manager: Some(manager), account: Some(manager), ..anybody };
            for row in self.search(caller, manager, LIST, &select(CLIENT, "customer_client", &[])).await? {
                let found = account(&row, "customerClient", Some(manager));
                let found = found.filter(|_| !is_manager(&row, "customerClient"));
                let known = |found: &AdAccount| {
                    accounts.iter().any(|known: &AdAccount| known.account == found.account)
                };
                accounts.extend(found.filter(|found| !known(found)));
            }
        }
        Ok(accounts)
    }

    /// Whether `access` can publish, and what stands in the way.
    pub(super) async fn account_health(&self, access: &Access) -> Result<AccountHealth, PlatformError> {
        const OPERATION: &str = "check the ad account";
        let (caller, id) = (Caller::from(access), access.account.id.as_str());
        let rows = self.search(caller, id, OPERATION, &select(CUSTOMER, "customer", &[])).await?;
        let row = rows
            .first()
            .ok_or_else(|| ours(OPERATION, ErrorKind::NotFound, "Google shows no such account"))?;
        let account = account(row, "customer", access.manager.as_deref())
            .ok_or_else(|| ours(OPERATION, ErrorKind::Malformed, "its currency or time zone is unknown"))?;
        let mut blockers = Vec::new();
        if is_manager(row, "customer") {
            blockers.push(blocker(
                "This is a manager account.",
                "Choose one of the ad accounts that it manages.",
            ));
            return Ok(AccountHealth { account, blockers });
        }
        if !account.active {
            let problem = format!("Google says that the ad account is {}.", account.status);
            blockers.push(blocker(&problem, "Open it in Google Ads and settle it there."));
        }
        if let Some(campaign) = self.undeclared(caller, id, OPERATION).await? {
            let problem = format!(
                "The campaign `{campaign}` does not say whether it holds political advertising for the European Union."
            );
            blockers.push(blocker(
                &problem,
                "Declare it in Google Ads, as for every campaign; Google refuses changes until then.",
            ));
        }
        Ok(AccountHealth { account, blockers })
    }

    /// The name of a campaign whose declaration is missing: one stops every change in the account (§4).
    async fn undeclared(
        &self,
        caller: Caller<'_>,
        id: &str,
        operation: &str,
    ) -> Result<Option<String>, PlatformError> {
        let conditions = [
            "campaign.missing_eu_political_advertising_declaration = TRUE".to_owned(),
            living("campaign.status"),
        ];
        let query = format!("{} LIMIT 1", select(&["campaign.id", "campaign.name"], "campaign", &conditions));
        let rows = self.search(caller, id, operation, &query).await?;
        Ok(rows.first().and_then(|row| text_at(row, "campaign.name")))
    }
}

fn blocker(problem: &str, fix: &str) -> Blocker {
    Blocker { problem: problem.to_owned(), fix: fix.to_owned() }
}

fn is_manager(row: &Value, member: &str) -> bool {
    row.get(member).and_then(|customer| customer.get("manager")).and_then(Value::as_bool).unwrap_or_default()
}

/// The account of a row; `None` if Google does not say its currency or zone, as for one that is not set up.
fn account(row: &Value, member: &str, manager: Option<&str>) -> Option<AdAccount> {
    let customer = row.get(member)?;
    let id = text_at(customer, "id")?;
    let (currency, zone) = (text_at(customer, "currencyCode"), text_at(customer, "timeZone"));
    let (Some(currency), Some(zone)) =
        (currency.and_then(|code| code.parse().ok()), zone.and_then(|zone| zone.parse().ok()))
    else {
        tracing::warn!(
            account = id,
            "Google tells no known currency or time zone of an account, which is left out"
        );
        return None;
    };
    let status = text_at(customer, "status").unwrap_or_default();
    Some(AdAccount {
        account: AccountRef { platform: Platform::Google, id },
        name: text_at(customer, "descriptiveName").unwrap_or_default(),
        currency,
        zone,
        active: status == ENABLED,
        // Google does not say how an account pays; one that cannot is not enabled.
        payment_connected: status == ENABLED,
        status: word(&status).to_owned(),
        business_id: manager.map(str::to_owned),
        spend_cap_minor: None,
    })
}

const ENABLED: &str = "ENABLED";

/// The meaning of `customer.status` (§4).
fn word(status: &str) -> &'static str {
    match status {
        ENABLED => "active",
        "CANCELED" => "cancelled",
        "SUSPENDED" => "suspended",
        "CLOSED" => "closed",
        _ => "in a state unknown to Placard",
    }
}
