//! Ad accounts, and whether publishing is possible (Microsoft, `platforms/microsoft.md` §1, §3, other services).

use super::{
    Microsoft, SCOPE,
    advice::account_status,
    api::Call,
    encode::params,
    errors::ours,
    wire::{at, entries, missing, promised, text_at},
    zones,
};
use crate::{Access, AccountHealth, Blocker, ErrorKind, Opened, PlatformError};
use placard_domain::{AccountRef, AdAccount, Platform};
use secrecy::SecretString;
use serde_json::{Value, json};

const LIST: &str = "list ad accounts";

const ACTIVE: &str = "Active";

/// Accounts on one page (§3).
const PAGE: usize = 1_000;

impl Microsoft {
    /// What `token` opens: the accounts of its user, each with the customer through which it is reached.
    pub(super) async fn open(&self, token: &SecretString) -> Result<Opened, PlatformError> {
        let ask = params([("UserId", Value::Null)]);
        let call = Call::query(LIST, "CustomerManagement/v13/User/Query", ask);
        let user = promised(LIST, &self.api.read_as(token, &call).await?, "User.Id")?;
        let mut accounts = Vec::new();
        for page in 0.. {
            let ask = params([
                ("Predicates", json!([{"Field": "UserId", "Operator": "Equals", "Value": user}])),
                ("PageInfo", json!({"Index": page, "Size": PAGE})),
            ]);
            let call = Call::query(LIST, "CustomerManagement/v13/Accounts/Search", ask);
            let answer = self.api.read_as(token, &call).await?;
            let found = entries(LIST, &answer, "Accounts")?.map(|entry| account(LIST, entry));
            let found = found.collect::<Result<Vec<_>, _>>()?;
            let is_last = found.len() < PAGE;
            accounts.extend(found);
            if is_last {
                break;
            }
        }
        // A token that may list accounts has the one permission there is.
        Ok(Opened { accounts, pages: Vec::new(), scopes: vec![SCOPE.to_owned()], user_id: Some(user) })
    }

    /// Whether `access` can publish, and what stands in the way.
    pub(super) async fn account_health(&self, access: &Access) -> Result<AccountHealth, PlatformError> {
        let operation = "check the ad account";
        let entry = self.advertiser(access, operation).await?;
        let status = promised(operation, &entry, "AccountLifeCycleStatus")?;
        let account = account(operation, &entry)?;
        let mut blockers = Vec::new();
        if !account.active {
            let problem = format!("Microsoft says that the ad account is {}.", account.status);
            let fix = account_status(&status).1;
            blockers.push(Blocker { problem, fix: fix.to_owned() });
        }
        Ok(AccountHealth { account, blockers })
    }

    /// The one account that `access` is about, as Microsoft describes it.
    pub(super) async fn advertiser(&self, access: &Access, operation: &str) -> Result<Value, PlatformError> {
        let ask = params([("AccountId", access.account.id.clone().into())]);
        let call = Call::query(operation, "CustomerManagement/v13/Account/Query", ask);
        let answer = self.api.read(access, &call).await?;
        at(&answer, "Account").cloned().ok_or_else(|| missing(operation, "Account"))
    }
}

fn account(operation: &str, entry: &Value) -> Result<AdAccount, PlatformError> {
    let id = promised(operation, entry, "Id")?;
    let unreadable = |what: &str| {
        let error =
            ours(operation, ErrorKind::Malformed, format!("the ad account {id} has an unknown {what}"));
        PlatformError { field: Some(what.to_owned()), ..error }
    };
    let currency = promised(operation, entry, "CurrencyCode")?;
    let currency = currency.parse().map_err(|_| unreadable("CurrencyCode"))?;
    let zone = promised(operation, entry, "TimeZone")?;
    let zone = zones::zone(&zone).ok_or_else(|| unreadable("TimeZone"))?;
    let status = promised(operation, entry, "AccountLifeCycleStatus")?;
    Ok(AdAccount {
        name: promised(operation, entry, "Name")?,
        currency,
        zone,
        active: status == ACTIVE,
        // Microsoft tells of money only whether it may be spent; an account that may not is not active.
        payment_connected: status == ACTIVE,
        status: account_status(&status).0.to_owned(),
        business_id: text_at(entry, "ParentCustomerId"),
        spend_cap_minor: None,
        account: AccountRef { platform: Platform::Microsoft, id },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Value {
        json!({"Id": "180001", "Name": "Shop", "AccountLifeCycleStatus": ACTIVE, "CurrencyCode": "EUR",
            "TimeZone": "AmsterdamBerlinBernRomeStockholmVienna", "ParentCustomerId": 90001})
    }

    #[test]
    fn an_account_is_read_with_its_zone_and_its_customer() {
        let found = account("read", &entry()).unwrap();
        assert!(found.active);
        assert_eq!((found.zone, found.business_id.as_deref()), (chrono_tz::Europe::Berlin, Some("90001")));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for name in ["CurrencyCode", "TimeZone", "AccountLifeCycleStatus", "Name", "Id"] {
            let mut entry = entry();
            entry[name] = Value::Null;
            assert_eq!(account("read", &entry).unwrap_err().field.as_deref(), Some(name));
        }
        let mut entry = entry();
        entry["TimeZone"] = "Atlantis".into();
        assert_eq!(account("read", &entry).unwrap_err().field.as_deref(), Some("TimeZone"));
    }
}
