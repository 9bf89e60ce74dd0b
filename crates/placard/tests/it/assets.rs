//! `placard assets`, as somebody uses it.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;

/// One of the example campaign's pictures.
const PICTURE: &[u8] = include_bytes!("../../../../examples/images/forest.png");

#[tokio::test]
async fn files_are_added_once_listed_put_aside_and_restored() -> Result<()> {
    let placard = Installation::open().await?;
    fs::write(placard.folder().join("forest.png"), PICTURE)?;
    fs::write(placard.folder().join("forest.jpg"), PICTURE)?;
    let added = placard.must(&["assets", "add", "forest.png"]).await?;
    ensure!(added.starts_with("✓ forest.png  PNG "), "{added}");
    let again = placard.must(&["assets", "add", "forest.png"]).await?;
    ensure!(again.contains("was there already"), "{again}");
    let refused = placard.refuses(&["assets", "add", "forest.jpg"], 2).await?;
    ensure!(refused.contains("said to be JPEG, but its content is PNG"), "{refused}");
    let missing = placard.refuses(&["assets", "add", "nothing.png"], 2).await?;
    ensure!(missing.contains("nothing.png cannot be read"), "{missing}");

    let shown = placard.must(&["assets", "show", "forest.png"]).await?;
    ensure!(shown.contains("Microsoft Advertising") && shown.contains("Marketing image"), "{shown}");
    let typo = placard.refuses(&["assets", "show", "forst.png"], 2).await?;
    ensure!(typo.contains("did you mean `forest.png`?"), "{typo}");

    placard.must(&["assets", "rm", "forest.png"]).await?;
    assert_eq!(placard.must(&["--json", "assets", "list"]).await?, "");
    let aside = placard.must(&["assets", "list", "--deleted"]).await?;
    ensure!(aside.starts_with("forest.png"), "{aside}");
    placard.must(&["assets", "restore", "forest.png"]).await?;
    let listed: Value = serde_json::from_str(&placard.must(&["--json", "assets", "list"]).await?)?;
    assert_eq!(listed["name"], "forest.png");
    Ok(())
}

#[tokio::test]
async fn a_picture_that_a_live_campaign_shows_stays_and_its_copy_is_known() -> Result<()> {
    let placard = Installation::open().await?;
    let spec = Spec::default();
    let file = spec.write(placard.folder(), "spec")?;
    let pictures = fs::read_dir(placard.folder())?.flatten().map(|entry| entry.path());
    let picture = pictures.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "png"));
    let picture = picture.context("the spec has no picture")?;
    fs::write(&picture, PICTURE)?;
    placard.must(&["apply", "--yes", "-f", &file]).await?;

    let name = picture.file_name().and_then(|name| name.to_str()).context("no name")?;
    placard.must(&["assets", "add", name]).await?;
    let shown: Value = serde_json::from_str(&placard.must(&["--json", "assets", "show", name]).await?)?;
    assert_eq!(shown["uses"][0]["campaign"], spec.key.as_str());
    assert_eq!(
        (&shown["uses"][0]["live"], &shown["copies"][0]["account"]["platform"]),
        (&true.into(), &"meta".into())
    );
    let refused = placard.refuses(&["assets", "rm", name], 3).await?;
    ensure!(refused.contains(&spec.key), "{refused}");

    placard.must(&["delete", &spec.key, "--yes"]).await?;
    placard.must(&["assets", "rm", name]).await?;
    Ok(())
}
