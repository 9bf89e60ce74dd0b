//! What is known of pictures, videos and documents, and what shows them.

use crate::support::{Office, account, actor, bound, now, spring_sale};
use chrono::{DateTime, TimeDelta, Utc};
use placard_domain::{
    asset::{AssetDetails, AssetFacts, ContentHash, ImageDetails, MediaType, PerceptualHash, PixelSize},
    plan::{ObjectKey, ObjectKind},
};
use placard_store::{
    StoreError, TenantTx,
    asset::{self, Addition, Filter, GivenUp, Hold, NewAsset, Removal, Restoration, Source},
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
        source: Some(source(&format!("https://example.com/{byte}.png"), now())),
        metadata: [("campaign".to_owned(), json!("spring"))].into_iter().collect(),
    }
}

/// An address that gave something at this moment.
fn source(url: &str, moment: DateTime<Utc>) -> Source {
    let etag = Some(format!("W/\"{url}\""));
    Source { url: url.to_owned(), fetched_at: moment, asked_at: moment, etag, last_modified: None }
}

/// Something that nobody has stored yet, so that its table is not empty.
pub(crate) async fn furnish(tx: &mut TenantTx) -> Result<(), StoreError> {
    asset::expect(tx, &picture("ef", None).facts.hash, now()).await?;
    asset::add(tx, &actor(), &picture("ab", None)).await?;
    Ok(())
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

#[tokio::test]
async fn what_gave_up_its_bytes_comes_back_with_its_content_only() -> anyhow::Result<()> {
    let (office, now) = (Office::open().await?, now());
    let mut tx = office.tx().await?;
    let (asset, _) = asset::add(&mut tx, &actor(), &picture("01", None)).await?;
    let hash = &asset.facts.hash;
    let give_up = async |tx: &mut TenantTx| asset::give_up(tx, &actor(), &asset, now, now).await;
    assert_eq!(give_up(&mut tx).await?, GivenUp::Standing, "it is not aside");
    assert!(asset::is_wanted(&mut tx, hash).await?);
    asset::remove(&mut tx, &actor(), asset.id, now).await?;
    let early = now - TimeDelta::seconds(1);
    assert!(asset::purgeable(&mut tx, early, None, 9).await?.is_empty());
    assert_eq!(asset::give_up(&mut tx, &actor(), &asset, early, now).await?, GivenUp::Standing);
    assert!(asset::is_wanted(&mut tx, hash).await?, "aside, it keeps its bytes");
    assert_eq!(asset::purgeable(&mut tx, now, None, 9).await?.len(), 1);
    assert_eq!(give_up(&mut tx).await?, GivenUp::Yes);
    assert!(!asset::is_wanted(&mut tx, hash).await?);
    let unnamed = asset::unnamed(&mut tx, &[hash]).await?;
    assert!(unnamed.len() == 1 && unnamed[0].given_up, "{unnamed:?}");
    assert!(asset::purgeable(&mut tx, now, None, 9).await?.is_empty());
    let refused = asset::restore(&mut tx, &actor(), asset.id).await?;
    assert_eq!(refused, Restoration::Purged(now));
    let tombstone = asset::find(&mut tx, asset.id).await?.expect("its record stays");
    assert_eq!((tombstone.purged_at, tombstone.facts), (Some(now), asset.facts.clone()));

    let (back, addition) = asset::add(&mut tx, &actor(), &picture("01", None)).await?;
    assert_eq!((back.id, addition), (asset.id, Addition::Restored));
    assert_eq!((back.deleted_at, back.purged_at), (None, None));
    assert!(asset::is_wanted(&mut tx, hash).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_being_stored_is_wanted_until_nobody_remembers_it() -> anyhow::Result<()> {
    let (office, now) = (Office::open().await?, now());
    let mut tx = office.tx().await?;
    let hash = picture("01", None).facts.hash;
    assert!(!asset::is_wanted(&mut tx, &hash).await?);
    let (one, other) = (
        asset::expect(&mut tx, &hash, now).await?,
        asset::expect(&mut tx, &hash, now + TimeDelta::days(1)).await?,
    );
    asset::forget(&mut tx, now).await?;
    asset::arrived(&mut tx, one).await?;
    assert!(asset::is_wanted(&mut tx, &hash).await?, "another is still on its way");
    asset::forget(&mut tx, now + TimeDelta::days(2)).await?;
    assert!(!asset::is_wanted(&mut tx, &hash).await?);
    let late = asset::arrived(&mut tx, other).await;
    assert!(matches!(late, Err(StoreError::NotFound { .. })), "{late:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_begins_to_store_what_is_held() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (db, tenant) = (office.database.db.clone(), office.tenant);
    let (held, free) = (picture("01", None).facts.hash, picture("02", None).facts.hash);
    let hold = Hold::of(&db, tenant, &held).await?;
    let mut tx = office.tx().await?;
    asset::expect(&mut tx, &free, now()).await?;
    tx.commit().await?;
    let waiting = tokio::spawn(async move {
        let mut tx = db.tenant(tenant).await?;
        asset::expect(&mut tx, &held, now()).await?;
        tx.commit().await
    });
    let mut raw = office.database.superuser().await;
    loop {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from pg_locks where locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database()))",
        )
        .fetch_one(&mut raw)
        .await?;
        if waits {
            break;
        }
        assert!(!waiting.is_finished(), "it did not wait");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    hold.let_go().await?;
    waiting.await??;
    Ok(())
}

#[tokio::test]
async fn an_address_gives_what_it_gave_last() -> anyhow::Result<()> {
    let (office, now) = (Office::open().await?, now());
    let mut tx = office.tx().await?;
    let url = "https://example.com/hero.png";
    let from = |byte: &str, url: &str, minutes| NewAsset {
        source: Some(source(url, now + TimeDelta::minutes(minutes))),
        ..picture(byte, None)
    };
    let (one, _) = asset::add(&mut tx, &actor(), &from("01", url, 0)).await?;
    let (two, _) = asset::add(&mut tx, &actor(), &from("02", url, 1)).await?;
    assert_eq!(asset::given_by(&mut tx, url).await?, Some(two.id));
    let fetched = Filter { fetched: true, ..Filter::default() };
    let listed = async |tx: &mut TenantTx| {
        let listed = asset::list(tx, &fetched, None, 9).await?;
        anyhow::Ok(listed.into_iter().map(|asset| asset.id).collect::<Vec<_>>())
    };
    assert_eq!(listed(&mut tx).await?, [two.id]);
    // It gives the first again; the same content comes from somewhere else as well.
    asset::add(&mut tx, &actor(), &from("01", url, 2)).await?;
    asset::add(&mut tx, &actor(), &from("01", "https://example.org/", 1)).await?;
    assert_eq!(asset::given_by(&mut tx, url).await?, Some(one.id));
    assert_eq!(listed(&mut tx).await?, [one.id]);
    let sources = asset::sources(&mut tx, one.id).await?;
    let told: Vec<_> = sources.iter().map(|source| (source.url.as_str(), source.fetched_at)).collect();
    let moment = |minutes| now + TimeDelta::minutes(minutes);
    assert_eq!(told, [(url, moment(2)), ("https://example.org/", moment(1))]);
    asset::asked(&mut tx, one.id, url, moment(5)).await?;
    let sources = asset::sources(&mut tx, one.id).await?;
    assert_eq!((sources[0].fetched_at, sources[0].asked_at), (moment(2), moment(5)));
    assert!(asset::ever_gave(&mut tx, url, &two.facts.hash).await?);
    assert!(!asset::ever_gave(&mut tx, "https://example.org/", &two.facts.hash).await?);
    asset::remove(&mut tx, &actor(), one.id, now).await?;
    assert_eq!(asset::given_by(&mut tx, url).await?, Some(two.id), "what was put aside does not count");
    let renamed = asset::rename(&mut tx, &actor(), two.id, "hero.png").await?;
    assert_eq!(renamed.name, "hero.png");
    Ok(())
}
