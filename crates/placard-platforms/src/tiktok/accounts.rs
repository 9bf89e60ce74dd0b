//! Ad accounts, identities, and whether publishing is possible (TikTok, `platforms/tiktok.md` §3, §4).

use super::{
    Tiktok,
    advice::account_status,
    api::Call,
    encode::params,
    errors::ours,
    list::Reader,
    requests::ACCOUNT,
    wire::{list, promised, text_at},
    words::{self, MOST_IDS},
};
use crate::{Access, AccountHealth, Blocker, ErrorKind, Page, PlatformError};
use placard_domain::{AccountRef, AdAccount, Platform, spec::TiktokIdentity};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

const OPERATION: &str = "list ad accounts";

const ENABLED: &str = "STATUS_ENABLE";

impl Tiktok {
    /// The ad accounts that `token` may use.
    pub(super) async fn accounts(&self, token: &SecretString) -> Result<Vec<AdAccount>, PlatformError> {
        let asked = params([
            ("app_id", self.api.app_id.clone().into()),
            ("secret", self.api.secret.expose_secret().into()),
        ]);
        let data = self.api.read_as(token, &Call::get(OPERATION, "oauth2/advertiser/get/", asked)).await?;
        let ids = list(OPERATION, &data, "list")?.iter().map(|entry| promised(OPERATION, entry, ACCOUNT));
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        let mut accounts = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MOST_IDS) {
            let asked = params([("advertiser_ids", json!(ids))]);
            let data = self.api.read_as(token, &Call::get(OPERATION, "advertiser/info/", asked)).await?;
            for entry in list(OPERATION, &data, "list")? {
                accounts.push(account(OPERATION, entry)?);
            }
        }
        Ok(accounts)
    }

    /// The identities that can speak in the ads of `accounts`, each once.
    pub(super) async fn identities(
        &self,
        token: &SecretString,
        accounts: &[AdAccount],
    ) -> Result<Vec<Page>, PlatformError> {
        let operation = "list identities";
        let mut pages: Vec<Page> = Vec::new();
        for account in accounts.iter().filter(|account| account.active) {
            let asked =
                params([(ACCOUNT, account.account.id.clone().into()), ("page_size", MOST_IDS.into())]);
            let found = self
                .all_pages(Reader::With(token), operation, "identity/get/", &asked, "identity_list")
                .await?;
            for entry in &found {
                let id = promised(operation, entry, "identity_id")?;
                if pages.iter().any(|page| page.id == id) {
                    continue;
                }
                pages.push(Page {
                    id,
                    name: name(operation, entry)?,
                    token: token.clone(),
                    instagram_id: None,
                    lead_terms_accepted: false,
                });
            }
        }
        Ok(pages)
    }

    /// Whether `access` can publish, and what stands in the way.
    pub(super) async fn account_health(&self, access: &Access) -> Result<AccountHealth, PlatformError> {
        let operation = "read the ad account";
        let entry = self.advertiser(access, operation).await?;
        let account = account(operation, &entry)?;
        let mut blockers = Vec::new();
        if !account.active {
            let (_, fix) = account_status(&promised(operation, &entry, "status")?);
            let reason = text_at(&entry, "rejection_reason").filter(|reason| !reason.is_empty());
            let reason = reason.map(|reason| format!(" Its reason: {reason}")).unwrap_or_default();
            let problem = format!("TikTok says that the ad account is {}.{reason}", account.status);
            blockers.push(Blocker { problem, fix: fix.to_owned() });
        }
        Ok(AccountHealth { account, blockers })
    }
}

/// What an identity is called, with its kind where a spec has to say it.
fn name(operation: &str, entry: &Value) -> Result<String, PlatformError> {
    let name = promised(operation, entry, "display_name")?;
    let kind = promised(operation, entry, "identity_type")?;
    let said = TiktokIdentity::ALL.iter().find(|known| words::identity_type(**known) == kind);
    Ok(match said {
        Some(TiktokIdentity::CustomizedUser) => name,
        Some(other) => format!("{name} ({other})"),
        None => format!("{name} ({kind})"),
    })
}

fn account(operation: &str, entry: &Value) -> Result<AdAccount, PlatformError> {
    let id = promised(operation, entry, ACCOUNT)?;
    let unreadable = |what: &str| {
        let error =
            ours(operation, ErrorKind::Malformed, format!("the ad account {id} has an unknown {what}"));
        PlatformError { field: Some(what.to_owned()), ..error }
    };
    let currency = promised(operation, entry, "currency")?.parse().map_err(|_| unreadable("currency"))?;
    // Some accounts have a zone of their own making beside the one that is shown (§4).
    let zones = ["timezone", "display_timezone"].into_iter().filter_map(|name| text_at(entry, name));
    let zone = zones.filter_map(|zone| zone.parse().ok()).next().ok_or_else(|| unreadable("timezone"))?;
    let status = promised(operation, entry, "status")?;
    Ok(AdAccount {
        name: promised(operation, entry, "name")?,
        currency,
        zone,
        active: status == ENABLED,
        // TikTok does not say how an account pays; one that cannot shows no ads.
        payment_connected: status == ENABLED,
        status: account_status(&status).0.to_owned(),
        business_id: text_at(entry, "owner_bc_id").filter(|id| !id.is_empty()),
        spend_cap_minor: None,
        account: AccountRef { platform: Platform::Tiktok, id },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Value {
        json!({"advertiser_id": "7001", "name": "Shop", "status": ENABLED, "currency": "EUR",
            "timezone": "Europe/Berlin", "owner_bc_id": ""})
    }

    #[test]
    fn an_account_is_read_with_its_zone() {
        let found = account("read", &entry()).unwrap();
        assert!(found.active && found.business_id.is_none());
        assert_eq!(found.zone, chrono_tz::Europe::Berlin);
        let mut shown = entry();
        shown["timezone"] = "(UTC+09:00) Tokyo Time".into();
        shown["display_timezone"] = "Asia/Tokyo".into();
        assert_eq!(account("read", &shown).unwrap().zone, chrono_tz::Asia::Tokyo);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for name in ["currency", "timezone", "status", "name", "advertiser_id"] {
            let mut entry = entry();
            entry[name] = Value::Null;
            assert_eq!(account("read", &entry).unwrap_err().field.as_deref(), Some(name));
        }
    }
}
