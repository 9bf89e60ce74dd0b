//! Words.

use super::{
    super::rooms::{Rooms, post, profile},
    found,
};
use placard_domain::document::Profile;

pub(super) async fn words_are_found_and_more_of_them_rank_first(rooms: &Rooms) -> anyhow::Result<()> {
    let tenant = rooms.tenant().await?;
    let bio = |name: &str, text: &str| Profile { bio: Some(text.into()), ..profile(name) };
    let mut writer = bio("writer", "Ceramics.");
    writer.posts = vec![post("nothing"), post("A loaf of SOURDOUGH bread, baked at dawn")];
    for one in [
        bio("baker", "I bake bread. Bread, bread!"),
        writer,
        bio("surfer", "Waves at dawn; O'Neill's café"),
        profile("silent"),
    ] {
        rooms.documents.insert(tenant, &one).await?;
    }
    assert_eq!(found(rooms, tenant, "sourdough").await?, ["writer"]);
    assert_eq!(found(rooms, tenant, "BREAD dawn sourdough").await?[0], "writer");
    let mut both = found(rooms, tenant, "bread").await?;
    both.sort();
    assert_eq!(both, ["baker", "writer"]);
    assert_eq!(found(rooms, tenant, "café").await?, ["surfer"]);
    assert_eq!(found(rooms, tenant, "o'neill & | ! <-> ' \\ \"dawn\"").await?[0], "surfer");
    for nothing in ["", "  !?", "brea", "zebra", "\0"] {
        assert_eq!(found(rooms, tenant, nothing).await?, Vec::<String>::new(), "{nothing:?}");
    }
    // Of two that hold one word each, whoever changed last.
    let in_order = ["writer", "surfer", "baker"];
    assert_eq!(found(rooms, tenant, "bread dawn").await?, in_order);
    for limit in 1..=3 {
        let some = rooms.documents.search::<Profile>(tenant, "bread dawn", limit).await?;
        let some: Vec<_> = some.iter().map(|one| one.document.username.as_str()).collect();
        assert_eq!(some, in_order[..usize::from(limit)]);
    }
    assert_eq!(found(rooms, rooms.tenant().await?, "bread").await?, Vec::<String>::new());
    Ok(())
}

pub(super) async fn words_follow_a_change(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let bio = |text: &str| Profile { bio: Some(text.into()), ..profile("ann") };
    let receipt = documents.upsert(tenant, &bio("ceramics")).await?;
    documents.upsert(tenant, &bio("weaving")).await?;
    assert_eq!(found(rooms, tenant, "ceramics").await?, Vec::<String>::new());
    assert_eq!(found(rooms, tenant, "weaving").await?, ["ann"]);
    documents.replace(tenant, receipt.id, 2, &bio("glass")).await?;
    assert_eq!(found(rooms, tenant, "weaving").await?, Vec::<String>::new());
    assert_eq!(found(rooms, tenant, "glass").await?, ["ann"]);
    documents.delete::<Profile>(tenant, receipt.id).await?;
    assert_eq!(found(rooms, tenant, "glass").await?, Vec::<String>::new());
    Ok(())
}
