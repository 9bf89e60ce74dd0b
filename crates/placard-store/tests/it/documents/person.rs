//! What remains of a person who was forgotten, and of messages that are old.

use super::rooms::{Rooms, message, moment, post, profile, prompt};
use placard_domain::document::{Message, MessageResponse, Profile, PromptRecord};
use placard_store::documents::{Filter, Query};

const NEEDLE: &str = "ann.needle@example.com";

pub(super) async fn goes_out(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant, other) = (&rooms.documents, rooms.tenant().await?, rooms.tenant().await?);
    let mut ann = profile("ann");
    ann.posts.push(post(&format!("write to {} or call", NEEDLE.to_uppercase())));
    let mut bob = profile("bob");
    bob.bio = Some(format!("not {NEEDLE}.org and not jo{NEEDLE}"));
    let ann_id = documents.insert(tenant, &ann).await?.id;
    documents.insert(tenant, &bob).await?;
    let known = documents.insert(tenant, &profile("cat")).await?.id;
    documents.insert(other, &ann).await?;
    for (step, to) in [(0, ann_id), (1, known), (2, uuid::Uuid::from_u128(2))] {
        documents.insert(tenant, &Message { profile_id: to, ..message(step) }).await?;
    }
    let mut named = prompt("r");
    named.prompt = format!("write to {NEEDLE}");
    let named = documents.insert(tenant, &named).await?.id;

    let email = placard_domain::crm::contact::Identity::Email(
        placard_domain::crm::contact::Email::parse(NEEDLE).expect("an address"),
    );
    let erased = documents.erase_person(tenant, &[known], |text| email.stands_in(text)).await?;
    assert_eq!((erased.profiles, erased.messages), (2, 2));
    assert_eq!(erased.elsewhere, [("prompt_history", named)]);
    documents.delete::<PromptRecord>(tenant, named).await?;
    let again = documents.erase_person(tenant, &[known], |text| email.stands_in(text)).await?;
    assert_eq!(again, placard_store::documents::Erased::default());
    let left = documents.find::<Profile>(tenant, &Query::default()).await?;
    assert_eq!(left.items.iter().map(|one| one.document.username.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(documents.count::<Profile>(other, &Filter::ALL).await?, 1, "another tenant's stay");
    Ok(())
}

pub(super) async fn fades(rooms: &Rooms) -> anyhow::Result<()> {
    let (documents, tenant) = (&rooms.documents, rooms.tenant().await?);
    let sent = |step, at: &str| Message {
        sent_at: Some(moment(at)),
        display_name: Some("Ann".into()),
        response: Some(MessageResponse {
            content: "no".into(),
            received_at: moment("2026-03-02T10:00:00Z"),
            sentiment: Some(-50),
        }),
        ..message(step)
    };
    let old = documents.insert(tenant, &sent(1, "2026-03-01T10:00:00Z")).await?.id;
    let new = documents.insert(tenant, &sent(2, "2026-03-03T10:00:00Z")).await?.id;
    let now = "2027-03-02T10:00:00Z".parse()?;
    assert_eq!(documents.anonymise(tenant, now).await?, 1);
    assert_eq!(documents.anonymise(tenant, now).await?, 0);
    let old = documents.get::<Message>(tenant, old).await?.expect("it stays").document;
    let response = old.response.expect("that they answered stays");
    assert_eq!((old.content.as_str(), response.content.as_str(), response.sentiment), ("", "", Some(-50)));
    assert_eq!((old.display_name, old.anonymised_at), (None, Some(moment("2027-03-02T10:00:00Z"))));
    let new = documents.get::<Message>(tenant, new).await?.expect("it stays").document;
    assert_eq!((new.content.as_str(), new.anonymised_at), ("Hello", None));
    Ok(())
}
