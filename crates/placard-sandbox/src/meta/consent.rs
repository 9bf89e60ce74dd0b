//! The page on which a person plays Ada and consents.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::auth::Scope;
use super::call::Call;

/// The page for one login request; its two links come back here with an answer.
pub(crate) fn page(call: &Call, scopes: &BTreeSet<Scope>) -> String {
    let link = |answer: &str| {
        let pairs = call.params.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let query: String =
            pairs.map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect();
        format!("{}?{query}answer={answer}", call.path_text())
    };
    let wanted: String = scopes.iter().map(|scope| format!("<li>{}</li>", sentence(*scope))).collect();
    PAGE.replace("{wanted}", &wanted)
        .replace("{continue}", &link("continue").replace('&', "&amp;"))
        .replace("{cancel}", &link("cancel").replace('&', "&amp;"))
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

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Placard sandbox · log in</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef1f6; color: #1c2430; }
  main { width: min(26rem, calc(100vw - 3rem)); background: #fff; border-radius: 14px; padding: 2rem;
         box-shadow: 0 10px 40px #1c243022; }
  .tag { display: inline-block; background: #ffe9c7; color: #7a4b00; border-radius: 99px; padding: .1rem .7rem;
         font-size: .8rem; }
  h1 { font-size: 1.25rem; margin: .8rem 0 .4rem; }
  ul { padding-left: 1.1rem; }
  nav { display: flex; gap: .6rem; margin-top: 1.5rem; }
  a { flex: 1; text-align: center; padding: .65rem; border-radius: 9px; text-decoration: none; font-weight: 600; }
  a.yes { background: #1d5fd6; color: #fff; }
  a.no { background: #e4e8ef; color: #1c2430; }
  @media (prefers-color-scheme: dark) {
    body { background: #12161d; color: #e6eaf1; } main { background: #1c222c; } a.no { background: #2c3441; color: #e6eaf1; }
  }
</style>
</head>
<body>
<main>
  <span class="tag">Placard sandbox pretends to be Meta</span>
  <h1>Continue as Ada Sandbox?</h1>
  <p>The app <strong>Placard Sandbox</strong> asks to:</p>
  <ul>{wanted}</ul>
  <p>No real account, person or money is involved.</p>
  <nav><a class="no" href="{cancel}">Cancel</a><a class="yes" href="{continue}">Continue</a></nav>
</main>
</body>
</html>
"#;
