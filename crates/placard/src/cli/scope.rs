//! What a ceiling or a kill switch is for, as it is named on the command line.

use super::{
    desk::{self, Desk, Over},
    failure::WrongInput,
};
use anyhow::Result;
use placard_domain::guardrail::Scope;

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
    /// What is named, if it exists.
    pub(super) async fn find(&self, desk: &dyn Desk) -> Result<Over> {
        if let Some(key) = &self.campaign {
            let campaign = desk::find(desk, key).await?;
            return Ok(Over { scope: Scope::Campaign(campaign.id), campaign: Some(campaign.key) });
        }
        let Some(id) = &self.account else { return Ok(Over { scope: Scope::Tenant, campaign: None }) };
        let known = desk.accounts().await?;
        match known.iter().find(|account| account.id == *id) {
            Some(account) => Ok(Over { scope: Scope::Account(account.account()), campaign: None }),
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
