//! The consent page for Meta's permissions.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::auth::Scope;
use super::call::Call;
use crate::consent;

/// The page for one login request; its two links come back here with an answer.
pub(crate) fn page(call: &Call, scopes: &BTreeSet<Scope>) -> String {
    let link = |answer: &str| {
        let pairs = call.params.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let query: String =
            pairs.map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect();
        format!("{}?{query}answer={answer}", call.path_text())
    };
    let wanted: Vec<&str> = scopes.iter().map(|scope| sentence(*scope)).collect();
    consent::page("Meta", &wanted, &link("continue"), &link("cancel"))
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn sentence(scope: Scope) -> &'static str {
    match scope {
        Scope::AdsManagement => "Manage ads for ad accounts you have access to",
        Scope::AdsRead => "Read the results of your ads",
        Scope::BusinessManagement => "Manage your business",
        Scope::PagesShowList => "See the list of Pages you manage",
        Scope::PagesReadEngagement => "Read content posted on your Pages",
        Scope::PagesManageAds => "Manage ads and lead forms of your Pages",
        Scope::PagesManageMetadata => "Manage settings of your Pages",
        Scope::LeadsRetrieval => "Read the leads of your lead forms",
        Scope::InstagramBasic => "See your Instagram profile",
        Scope::PublicProfile => "See your name and picture",
    }
}
