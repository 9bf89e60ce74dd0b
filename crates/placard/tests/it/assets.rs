//! `placard assets`, as somebody uses it.

mod fetching;
mod purge;

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::Platform;
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

/// A display ad shows a wide and a square picture.
const DISPLAY: &str = r#"version: 1
name: Tents
key: tents
goal: traffic
currency: EUR
budget: {daily: 60.00}
locations: {include: [{country: DE}]}
destination: {website: {url: "https://outdoor.example.com/tents"}}
copy: {primary_text: Sleep dry in any rain, headline: Alpine tents, description: Light to carry}
platforms: {google: {account: "1001001001", channel: display, business_name: Placard Outdoor}}
ad_groups:
  - name: Hikers
    ads:
      - {name: Wide, image: "asset:wide.png"}
      - {name: Square, image: "asset:hero.png"}
"#;

/// A spec whose pictures are in the library and nowhere else: its file, and its text.
async fn of_the_library(placard: &Installation, platform: Platform) -> Result<(String, String)> {
    fs::write(placard.folder().join("hero.png"), PICTURE)?;
    fs::write(placard.folder().join("wide.png"), include_bytes!("wide.png"))?;
    placard.must(&["assets", "add", "hero.png", "wide.png"]).await?;
    fs::remove_file(placard.folder().join("hero.png"))?;
    let text = match platform {
        Platform::Google => DISPLAY.to_owned(),
        _ => Spec { platform, ads: 1, ..Spec::default() }.text().replace("0-0.png", "asset:hero.png"),
    };
    fs::write(placard.folder().join("spec.yaml"), &text)?;
    Ok(("spec.yaml".to_owned(), text))
}

async fn publishes_from_the_library(platform: Platform) -> Result<()> {
    let placard = Installation::open_on(platform).await?;
    let (file, _) = of_the_library(&placard, platform).await?;
    placard.must(&["apply", "--yes", "-f", &file]).await?;
    let shown: Value = serde_json::from_str(&placard.must(&["--json", "assets", "show", "hero.png"]).await?)?;
    ensure!(shown["copies"][0]["account"]["platform"] == platform.as_str(), "{shown}");
    ensure!(shown["uses"][0]["live"] == true, "{shown}");
    ensure!(placard.plan(&file).await?.steps.is_empty(), "the same again changes nothing");
    let refused = placard.refuses(&["assets", "rm", "hero.png"], 3).await?;
    ensure!(refused.contains("stays"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn meta_gets_pictures_of_the_library() -> Result<()> {
    publishes_from_the_library(Platform::Meta).await
}

#[tokio::test]
async fn google_gets_pictures_of_the_library() -> Result<()> {
    publishes_from_the_library(Platform::Google).await
}

#[tokio::test]
async fn tiktok_gets_pictures_of_the_library() -> Result<()> {
    publishes_from_the_library(Platform::Tiktok).await
}

async fn shows_a_video_of_the_library(platform: Platform) -> Result<()> {
    let placard = Installation::open_on(platform).await?;
    fs::write(placard.folder().join("spec.yaml"), placard.with_a_video(platform).await?)?;
    placard.must(&["apply", "--yes", "-f", "spec.yaml"]).await?;
    let seq = placard.seq();
    ensure!(placard.plan("spec.yaml").await?.steps.is_empty(), "the same again changes nothing");
    placard.must(&["apply", "--yes", "-f", "spec.yaml"]).await?;
    ensure!(placard.writes_since(seq) == 0, "the same again sends nothing");
    let shown: Value = serde_json::from_str(&placard.must(&["--json", "assets", "show", "clip.mp4"]).await?)?;
    ensure!(shown["copies"][0]["account"]["platform"] == platform.as_str(), "{shown}");
    ensure!(shown["uses"][0]["role"] == "video" && shown["uses"][0]["live"] == true, "{shown}");
    let refused = placard.refuses(&["assets", "rm", "clip.mp4"], 3).await?;
    ensure!(refused.contains("stays"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn tiktok_shows_a_video_of_the_library_and_knows_it_again() -> Result<()> {
    shows_a_video_of_the_library(Platform::Tiktok).await
}

#[tokio::test]
async fn meta_shows_a_video_of_the_library_and_knows_it_again() -> Result<()> {
    shows_a_video_of_the_library(Platform::Meta).await
}

#[tokio::test]
async fn a_video_that_cannot_be_shown_is_named_before_anything_is_sent() -> Result<()> {
    let placard = Installation::open_on(Platform::Tiktok).await?;
    let text = placard.with_a_video(Platform::Tiktok).await?;
    fs::write(placard.folder().join("forest.png"), PICTURE)?;
    placard.must(&["assets", "add", "forest.png"]).await?;
    let with = async |from: &str, to: &str| {
        fs::write(placard.folder().join("other.yaml"), text.replace(from, to))?;
        placard.refuses(&["plan", "-f", "other.yaml"], 2).await
    };
    let typo = with("asset:clip.mp4", "asset:clap.mp4").await?;
    ensure!(typo.contains("did you mean `asset:clip.mp4`?"), "{typo}");
    let file = with("asset:clip.mp4", "clip.mp4").await?;
    ensure!(file.contains("`placard assets add clip.mp4` takes it in"), "{file}");
    let still = with("asset:clip.mp4", "asset:forest.png").await?;
    ensure!(still.contains("the asset is no MP4 or MOV video"), "{still}");
    let bare = with("image: cover.png, ", "").await?;
    ensure!(bare.contains("a video needs a cover"), "{bare}");
    let shape = with("cover.png", "forest.png").await?;
    ensure!(shape.contains("TikTok wants them in one shape"), "{shape}");
    Ok(())
}

#[tokio::test]
async fn where_no_video_is_sent_the_plan_says_so() -> Result<()> {
    let placard = Installation::open_on(Platform::Google).await?;
    let (file, text) = of_the_library(&placard, Platform::Google).await?;
    placard.with_a_video(Platform::Google).await?;
    let with_video = text.replace("image: ", "video: \"asset:clip.mp4\", image: ");
    ensure!(with_video != text, "{text}");
    fs::write(placard.folder().join(&file), with_video)?;
    let said = placard.run(&["plan", "-f", &file]).await?.to_string();
    ensure!(said.contains("ads[0].video") && said.contains("Placard sends no videos to Google"), "{said}");
    placard.must(&["apply", "--yes", "-f", &file]).await?;
    ensure!(placard.plan(&file).await?.steps.is_empty(), "the same again changes nothing");
    Ok(())
}

#[tokio::test]
async fn a_picture_that_is_not_in_the_library_or_fits_nowhere_is_refused() -> Result<()> {
    let placard = Installation::open().await?;
    let (file, text) = of_the_library(&placard, Platform::Meta).await?;
    placard.must(&["validate", &file]).await?;
    let offline = placard.refuses(&["validate", "--offline", &file], 2).await?;
    ensure!(offline.contains("was not looked at"), "{offline}");
    let with = async |image: &str| {
        fs::write(placard.folder().join("other.yaml"), text.replace("asset:hero.png", image))?;
        placard.refuses(&["validate", "other.yaml"], 2).await
    };
    let typo = with("asset:herro.png").await?;
    ensure!(typo.contains("did you mean `asset:hero.png`?"), "{typo}");
    fs::write(placard.folder().join("tiny.gif"), b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")?;
    placard.must(&["assets", "add", "tiny.gif"]).await?;
    let gif = with("asset:tiny.gif").await?;
    ensure!(gif.contains("neither a JPG nor a PNG"), "{gif}");
    placard.must(&["assets", "rm", "wide.png"]).await?;
    let aside = with("asset:wide.png").await?;
    ensure!(aside.contains("was put aside"), "{aside}");
    Ok(())
}
