//! What is known of pictures, videos and documents, and what shows them.

use crate::support::{Office, account, actor, bound, now, spring_sale};
use placard_domain::{
    asset::{AssetDetails, AssetFacts, ContentHash, ImageDetails, MediaType, PerceptualHash, PixelSize},
    plan::{ObjectKey, ObjectKind},
};
use placard_store::{
    StoreError,
    asset::{self, Addition, Filter, NewAsset, Removal},
    audit, platform_object,
};
use serde_json::json;

/// The picture that the test campaign's ads show.
const SHOWN: &str = "ab";

pub(crate) fn picture(byte: &str, looks: Option<u64>) -> NewAsset {
    let hash = ContentHash::parse(&byte.repeat(32)).expect("64 digits");
    let details = AssetDetails::Image(ImageDetails {
        size: PixelSize { width: 1080, height: 1080 },
        alpha: true,
        animated: false,
        orientation: 6,
        looks: looks.map(PerceptualHash),
    });
    NewAsset {
        facts: AssetFacts { hash: hash.clone(), bytes: 9, media: MediaType::Png, details },
        received: hash,
        name: format!("{byte}.png"),
        original_url: Some(format!("https://example.com/{byte}.png")),
        metadata: [("campaign".to_owned(), json!("spring"))].into_iter().collect(),
    }
}

#[tokio::test]
async fn what_is_known_of_an_asset_comes_back_as_it_was() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let new = picture("01", Some(u64::MAX - 5));
    let (asset, addition) = asset::add(&mut tx, &actor(), &new).await?;
    assert_eq!(addition, Addition::Added);
    assert_eq!((&asset.facts, &asset.name, &asset.metadata), (&new.facts, &new.name, &new.metadata));
    assert_eq!(asset::find(&mut tx, asset.id).await?, Some(asset));
    Ok(())
}

#[tokio::test]
async fn equal_content_that_comes_at_once_is_one_asset() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let add = || async {
        let mut tx = office.tx().await?;
        let (asset, addition) = asset::add(&mut tx, &actor(), &picture("01", None)).await?;
        tx.commit().await?;
        anyhow::Ok((asset.id, addition))
    };
    let (one, two, three) = tokio::try_join!(add(), add(), add())?;
    let all = [one, two, three];
    assert!(all.iter().all(|(id, _)| *id == one.0));
    assert_eq!(all.iter().filter(|(_, addition)| *addition == Addition::Added).count(), 1);
    assert_eq!(all.iter().filter(|(_, addition)| *addition == Addition::There).count(), 2);
    Ok(())
}

#[tokio::test]
async fn another_tenant_sees_neither_an_asset_nor_its_copies_and_may_have_the_same() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let saved = office.save(&spring_sale("")).await?;
    let lease = office.lease().await?;
    let mut tx = office.tx().await?;
    let (ours, _) = asset::add(&mut tx, &actor(), &picture(SHOWN, Some(7))).await?;
    let key = ObjectKey::new(ObjectKind::Image, SHOWN.repeat(8));
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &[bound(key, "hash-1")]).await?;
    tx.commit().await?;
    lease.release().await?;

    let mut tx = office.database.db.tenant(office.stranger().await?).await?;
    assert_eq!(asset::find(&mut tx, ours.id).await?, None);
    assert!(asset::copies(&mut tx, ours.id).await?.is_empty());
    assert!(asset::list(&mut tx, &Filter::default(), None, 9).await?.is_empty());
    let refused = asset::remove(&mut tx, &actor(), ours.id, now()).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    let (theirs, addition) = asset::add(&mut tx, &actor(), &picture(SHOWN, Some(7))).await?;
    assert_eq!(addition, Addition::Added);
    assert!(asset::near(&mut tx, PerceptualHash(7), theirs.id, 9).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_copy_on_a_platform_is_the_object_that_is_there() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let saved = office.save(&spring_sale("")).await?;
    let lease = office.lease().await?;
    let mut tx = office.tx().await?;
    let (asset, _) = asset::add(&mut tx, &actor(), &picture(SHOWN, None)).await?;
    let key = ObjectKey::new(ObjectKind::Image, SHOWN.repeat(8));
    let made = [bound(key.clone(), "hash-1")];
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &made).await?;

    let copies = asset::copies(&mut tx, asset.id).await?;
    assert_eq!(copies.len(), 1);
    assert_eq!((&copies[0].account, copies[0].remote_id.0.as_str()), (&account(), "hash-1"));
    let found = asset::find_copy(&mut tx, &account(), "https://example.com/ab.png").await?;
    assert_eq!(found.as_ref(), copies.first());
    assert_eq!(asset::find_copy(&mut tx, &account(), "https://example.com/cd.png").await?, None);

    let gone = [platform_object::Change::Gone { key }];
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &gone).await?;
    assert!(asset::copies(&mut tx, asset.id).await?.is_empty());
    tx.commit().await?;
    lease.release().await?;
    Ok(())
}

#[tokio::test]
async fn an_asset_that_a_live_campaign_shows_stays() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let (asset, _) = asset::add(&mut tx, &actor(), &picture(SHOWN, None)).await?;
    tx.commit().await?;
    let saved = office.save(&spring_sale("")).await?;
    let mut tx = office.tx().await?;
    let uses = asset::uses(&mut tx, asset.id).await?;
    assert_eq!(uses.len(), 3, "{uses:?}");
    assert!(uses.iter().all(|place| place.campaign == "spring-sale" && !place.live));

    let lease = office.lease().await?;
    let key = ObjectKey::new(ObjectKind::Campaign, "");
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &[bound(key.clone(), "238")]).await?;
    let removal = asset::remove(&mut tx, &actor(), asset.id, now()).await?;
    assert_eq!(removal, Removal::InUse(vec!["spring-sale".to_owned()]));
    assert_eq!(asset::find(&mut tx, asset.id).await?.and_then(|asset| asset.deleted_at), None);

    let deleted = [platform_object::Change::Deleted { key }];
    platform_object::record(&mut tx, lease.fence(), saved.id, None, &deleted).await?;
    assert_eq!(asset::remove(&mut tx, &actor(), asset.id, now()).await?, Removal::Removed);
    tx.commit().await?;
    lease.release().await?;
    Ok(())
}

#[tokio::test]
async fn an_asset_that_comes_after_its_campaign_is_known_to_it() -> anyhow::Result<()> {
    let office = Office::open().await?;
    office.save(&spring_sale("")).await?;
    let mut tx = office.tx().await?;
    // Notes were taken out of what arrived, which is the file that the spec names.
    let arrived = picture(SHOWN, None).received;
    let (asset, _) =
        asset::add(&mut tx, &actor(), &NewAsset { received: arrived, ..picture("cd", None) }).await?;
    assert_eq!(asset::uses(&mut tx, asset.id).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn what_was_put_aside_is_listed_apart_and_comes_back() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let (asset, _) = asset::add(&mut tx, &actor(), &picture("01", Some(1))).await?;
    let removed = now();
    assert_eq!(asset::remove(&mut tx, &actor(), asset.id, removed).await?, Removal::Removed);
    assert_eq!(asset::remove(&mut tx, &actor(), asset.id, now()).await?, Removal::Removed);
    assert!(asset::list(&mut tx, &Filter::default(), None, 9).await?.is_empty());
    let aside = Filter { deleted: true, ..Filter::default() };
    let listed = asset::list(&mut tx, &aside, None, 9).await?;
    assert_eq!(listed.iter().map(|asset| asset.deleted_at).collect::<Vec<_>>(), [Some(removed)]);

    let (same, addition) = asset::add(&mut tx, &actor(), &picture("01", Some(1))).await?;
    assert_eq!((same.id, addition, same.deleted_at), (asset.id, Addition::Restored, None));
    let log = audit::list_for(&mut tx, "asset", &asset.id.to_string(), 9).await?;
    assert_eq!(log.len(), 3, "made, put aside, restored: {log:?}");
    Ok(())
}

#[tokio::test]
async fn lists_are_filtered_and_go_on_where_they_ended() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    for byte in ["01", "02", "03"] {
        asset::add(&mut tx, &actor(), &picture(byte, None)).await?;
    }
    let document =
        AssetFacts { media: MediaType::Pdf, details: AssetDetails::Document, ..picture("04", None).facts };
    let (paper, _) =
        asset::add(&mut tx, &actor(), &NewAsset { facts: document, ..picture("04", None) }).await?;
    let first = asset::list(&mut tx, &Filter::default(), None, 3).await?;
    let last = first.last().expect("three");
    let rest = asset::list(&mut tx, &Filter::default(), Some((last.created_at, last.id)), 3).await?;
    assert_eq!((first.len(), rest.len()), (3, 1));
    let kind = Some(placard_domain::asset::AssetKind::Document);
    let documents = asset::list(&mut tx, &Filter { kind, ..Filter::default() }, None, 9).await?;
    assert_eq!(documents.iter().map(|asset| asset.id).collect::<Vec<_>>(), [paper.id]);
    for text in ["2.PNG".to_owned(), rest[0].id.to_string()] {
        let found = asset::list(&mut tx, &Filter { text: Some(text), ..Filter::default() }, None, 9).await?;
        assert_eq!(found.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn pictures_that_look_alike_are_found_the_nearest_first() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let looks = 1_u64 << 63;
    let (asked, _) = asset::add(&mut tx, &actor(), &picture("01", Some(looks))).await?;
    for (byte, differing) in [("02", 0b111_1111_1111), ("03", 0b11_1111_1111), ("04", 1)] {
        asset::add(&mut tx, &actor(), &picture(byte, Some(looks ^ differing))).await?;
    }
    asset::add(&mut tx, &actor(), &picture("05", None)).await?;
    let near = asset::near(&mut tx, PerceptualHash(looks), asked.id, 9).await?;
    let near: Vec<_> = near.iter().map(|near| (near.asset.name.as_str(), near.distance)).collect();
    assert_eq!(near, [("04.png", 1), ("03.png", 10)]);
    Ok(())
}
