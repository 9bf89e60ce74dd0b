//! What a ceiling or a kill switch is for, as it is named on the command line.

use super::{failure::WrongInput, steer::no_campaign};
use anyhow::Result;
use placard_domain::guardrail::Scope;
use placard_store::{TenantTx, ad_account, campaign};

/// Everything, unless something narrower is named.
#[derive(clap::Args, Debug)]
pub(super) struct ScopeArgs {
    /// Only this ad account, by its platform's id.
    #[arg(long, value_name = "ID", conflicts_with = "campaign")]
    account: Option<String>,
    /// Only this campaign, by its key.
    #[arg(long, value_name = "KEY")]
    campaign: Option<String>,
}

impl ScopeArgs {
    /// The scope, if what it names exists.
    pub(super) async fn find(&self, tx: &mut TenantTx) -> Result<Scope> {
        if let Some(key) = &self.campaign {
            let Some(campaign) = campaign::find(tx, key).await? else {
                return Err(no_campaign(tx, key).await?);
            };
            return Ok(Scope::Campaign(campaign.id));
        }
        let Some(id) = &self.account else { return Ok(Scope::Tenant) };
        let accounts = ad_account::list(tx).await?;
        let mut known = accounts.into_iter().map(|account| account.description.account);
        match known.find(|account| account.id == *id) {
            Some(account) => Ok(Scope::Account(account)),
            None => {
                Err(WrongInput(format!("there is no account `{id}`; `placard accounts` lists them")).into())
            }
        }
    }
}

/// The words for people.
pub(super) fn title(scope: &Scope, campaign: Option<&str>) -> String {
    match (scope, campaign) {
        (Scope::Campaign(_), Some(key)) => format!("campaign {key}"),
        (scope, _) => scope.to_string(),
    }
}
