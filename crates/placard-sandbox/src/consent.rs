//! The page on which a person plays Ada and consents.

/// The page of a platform; its two links come back with an answer.
pub(crate) fn page(platform: &str, wanted: &[&str], agree: &str, cancel: &str) -> String {
    let list: String = wanted.iter().map(|sentence| format!("<li>{sentence}</li>")).collect();
    PAGE.replace("{platform}", platform)
        .replace("{wanted}", &list)
        .replace("{continue}", &agree.replace('&', "&amp;"))
        .replace("{cancel}", &cancel.replace('&', "&amp;"))
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
  <span class="tag">Placard sandbox pretends to be {platform}</span>
  <h1>Continue as Ada Sandbox?</h1>
  <p>The app <strong>Placard Sandbox</strong> asks to:</p>
  <ul>{wanted}</ul>
  <p>No real account, person or money is involved.</p>
  <nav><a class="no" href="{cancel}">Cancel</a><a class="yes" href="{continue}">Continue</a></nav>
</main>
</body>
</html>
"#;
