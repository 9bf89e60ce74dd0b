//! Assets through a server.

use super::{commands::compare, user::User};
use crate::support::{Says, Stranger};
use anyhow::{Result, ensure};
use std::fs;

const PICTURE: &[u8] = include_bytes!("../../../../../examples/images/forest.png");
const OTHER: &[u8] = include_bytes!("../../../../../examples/images/lake.png");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assets_are_looked_after_through_a_server_as_they_are_on_it() -> Result<()> {
    let page = Stranger::start(|_| Says::new(200, &[], PICTURE)).await?;
    // The server may fetch there; whoever asks it to may not.
    let user = User::of_a_server(&[("PLACARD_WEBSITE_ALLOW", &page.host())]).await?;
    user.sign_in().await?;
    let folder = user.installation.folder();
    fs::write(folder.join("lake.png"), OTHER)?;
    fs::write(folder.join("lake.jpg"), OTHER)?;
    let url = page.url("/hero.jpg");
    let fetched = user.must(&["assets", "add", &url]).await?;
    ensure!(fetched.starts_with("✓ hero.png  PNG ") && page.connections() == 1, "{fetched}");
    let sent = user.must(&["assets", "add", "lake.png"]).await?;
    ensure!(sent.starts_with("✓ lake.png  PNG "), "{sent}");
    for (arguments, code) in [
        (&["assets", "list"] as &[&str], 0),
        (&["assets", "list", "hero", "--kind", "image"], 0),
        (&["assets", "list", "--fetched"], 0),
        (&["assets", "list", "--deleted"], 0),
        (&["assets", "show", "hero.png"], 0),
        (&["assets", "show", "herro.png"], 2),
        (&["assets", "add", "lake.png"], 0),
        (&["assets", "add", "lake.jpg"], 2),
        (&["assets", "add", "nothing.png"], 2),
        (&["assets", "add", "http://127.0.0.1/x.png"], 2),
        (&["assets", "add", "https://"], 2),
        (&["assets", "refresh", "lake.png"], 2),
        (&["assets", "rm", "nothing.png"], 2),
        (&["assets", "restore", "lake.png"], 2),
    ] {
        for arguments in [arguments.to_vec(), [arguments, &["--json"]].concat()] {
            let run = compare(&user, &arguments).await?;
            ensure!(run.code() == Some(code), "{}: {run}", arguments.join(" "));
        }
    }
    let same = user.must(&["assets", "refresh"]).await?;
    ensure!(same.contains("is what it was"), "{same}");
    page.say(|_| Says::new(200, &[], include_bytes!("../wide.png")));
    let changed = user.must(&["assets", "refresh", "hero.png"]).await?;
    ensure!(changed.contains("is something else by now"), "{changed}");
    user.must(&["assets", "rm", "lake.png"]).await?;
    compare(&user, &["assets", "list", "--deleted"]).await?;
    user.installation.must(&["assets", "purge", "--older-than", "0"]).await?;
    let purged = compare(&user, &["assets", "restore", "lake.png"]).await?;
    ensure!(purged.code() == Some(2) && purged.stderr.contains("add the file again"), "{purged}");
    let here = user.refuses(&["assets", "purge"], 2).await?;
    ensure!(here.contains("`placard assets purge` works on this machine alone"), "{here}");
    Ok(())
}
