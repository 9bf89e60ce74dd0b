//! What is done to a document by somebody who knows its version.

use super::rooms::{Rooms, profile};
use placard_domain::document::Profile;
use placard_store::documents::DocumentError;

pub(super) async fn counts(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let id = documents.insert(tenant, &profile("ann")).await?.id;
    documents.update::<Profile>(tenant, id, |ann| ann.bio = Some("Bread".into())).await?;
    assert!(!documents.delete_seen::<Profile>(tenant, id, 1).await?, "it is at another version");
    let ann = documents.get::<Profile>(tenant, id).await?.expect("it stays");
    assert!(documents.delete_seen::<Profile>(tenant, id, 2).await?);
    assert!(!documents.delete_seen::<Profile>(tenant, id, 2).await?, "it is gone");

    let delta = documents.delta::<Profile>(tenant, None, 10).await?;
    assert!(delta.items.is_empty());
    let back = documents.put_back(tenant, &ann).await?;
    assert_eq!((back.id, back.version, back.created_at), (id, 3, ann.created_at));
    assert!(back.updated_at > ann.updated_at);
    let found = documents.get::<Profile>(tenant, id).await?.expect("it is back");
    assert_eq!((found.document, found.version), (ann.document.clone(), 3));
    let delta = documents.delta::<Profile>(tenant, None, 10).await?;
    assert_eq!(delta.items.len(), 1, "a delta tells of it");
    let words = documents.search::<Profile>(tenant, "bread", 10).await?;
    assert_eq!(words.len(), 1, "its words are found again");

    documents.delete::<Profile>(tenant, id).await?;
    documents.insert(tenant, &profile("ann")).await?;
    let taken = documents.put_back(tenant, &ann).await;
    assert!(matches!(&taken, Err(DocumentError::Taken { rule, .. }) if rule == "natural_key"), "{taken:?}");
    Ok(())
}
