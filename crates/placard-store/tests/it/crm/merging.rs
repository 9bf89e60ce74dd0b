use super::{email, lead, open_deal, phone, take, touch};
use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use placard_domain::{
    LeadId,
    crm::{
        contact::ContactField,
        lead::{LeadEvent, LeadStatus},
    },
};
use placard_store::{
    StoreError,
    crm::{self, Taken, deal},
};

const ANN: &[(ContactField, &str)] =
    &[(ContactField::Email, "ann@example.com"), (ContactField::City, "Bonn")];
const HER_NUMBER: &[(ContactField, &str)] =
    &[(ContactField::Phone, "+4930123456"), (ContactField::City, "Berlin"), (ContactField::Company, "Acme")];
const BOTH: &[(ContactField, &str)] =
    &[(ContactField::Email, "ann@example.com"), (ContactField::Phone, "+4930123456")];

/// What a person sees of a lead.
async fn seen(
    office: &Office,
    id: LeadId,
) -> anyhow::Result<(LeadStatus, Option<crm::Person>, usize, Vec<i64>)> {
    let found = lead(office, id).await?;
    let mut tx = office.tx().await?;
    let touches = crm::touches(&mut tx, &vault(), id).await?.len();
    let filter = deal::Filter { lead: Some(id), ..deal::Filter::default() };
    let deals = deal::list(&mut tx, &vault(), &filter, 9).await?;
    Ok((found.status, found.person, touches, deals.iter().map(|deal| deal.amount.minor()).collect()))
}

#[tokio::test]
async fn a_merge_that_is_undone_leaves_both_as_they_were() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let (ann, number) =
        (take(&office, &touch(ANN)).await?.lead(), take(&office, &touch(HER_NUMBER)).await?.lead());
    let mut tx = office.tx().await?;
    crm::move_to(&mut tx, &actor(), number, 1, LeadEvent::Qualify).await?;
    open_deal(&mut tx, number, 700).await?;
    tx.commit().await?;
    let before = (seen(&office, ann).await?, seen(&office, number).await?);

    let mut tx = office.tx().await?;
    let merge = crm::merge(&mut tx, &vault(), &actor(), ann, number).await?;
    tx.commit().await?;
    let merged = seen(&office, ann).await?;
    assert_eq!((merged.0, merged.2, merged.3.as_slice()), (LeadStatus::Qualified, 2, &[700_i64][..]));
    let contact = merged.1.expect("it is known").contact;
    assert_eq!(
        (contact[&ContactField::City].as_str(), contact[&ContactField::Company].as_str()),
        ("Berlin", "Acme")
    );
    let mut tx = office.tx().await?;
    assert_eq!(crm::find_by(&mut tx, &vault(), &phone("+4930123456")).await?, Some(ann));
    assert!(matches!(
        crm::merge(&mut tx, &vault(), &actor(), ann, number).await,
        Err(StoreError::IllegalTransition(_))
    ));
    drop(tx);

    let mut tx = office.tx().await?;
    crm::undo_merge(&mut tx, &vault(), &actor(), merge, now()).await?;
    tx.commit().await?;
    assert_eq!((seen(&office, ann).await?, seen(&office, number).await?), before);
    let mut tx = office.tx().await?;
    assert_eq!(crm::find_by(&mut tx, &vault(), &phone("+4930123456")).await?, Some(number));
    let twice = crm::undo_merge(&mut tx, &vault(), &actor(), merge, now()).await;
    assert!(matches!(twice, Err(StoreError::IllegalTransition(_))));
    Ok(())
}

#[tokio::test]
async fn whoever_goes_into_whom_the_person_is_the_same() -> anyhow::Result<()> {
    let mut people = Vec::new();
    for turned in [false, true] {
        let office = Office::open().await?;
        let pair =
            [take(&office, &touch(ANN)).await?.lead(), take(&office, &touch(HER_NUMBER)).await?.lead()];
        let (winner, loser) = if turned { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
        let mut tx = office.tx().await?;
        crm::merge(&mut tx, &vault(), &actor(), winner, loser).await?;
        tx.commit().await?;
        people.push((lead(&office, winner).await?.person, lead(&office, winner).await?.status));
    }
    assert_eq!(people[0], people[1]);
    Ok(())
}

#[tokio::test]
async fn a_form_with_the_address_of_one_and_the_number_of_another_makes_them_one_until_a_person_parts_them()
-> anyhow::Result<()> {
    let office = Office::open().await?;
    let (ann, number) =
        (take(&office, &touch(ANN)).await?.lead(), take(&office, &touch(HER_NUMBER)).await?.lead());
    assert_eq!(take(&office, &touch(BOTH)).await?, Taken::Added(ann));
    assert_eq!(lead(&office, number).await?.merged_into, Some(ann));
    let mut tx = office.tx().await?;
    let merge = crm::merges(&mut tx, ann).await?.remove(0);
    assert_eq!((merge.winner, merge.loser, merge.undone_at), (ann, number, None));
    crm::undo_merge(&mut tx, &vault(), &actor(), merge.id, now()).await?;
    tx.commit().await?;

    let again = [BOTH, &[(ContactField::City, "Mainz")]].concat();
    assert_eq!(take(&office, &touch(&again)).await?, Taken::Added(ann), "the address decides");
    assert_eq!(lead(&office, number).await?.merged_into, None);
    let mut tx = office.tx().await?;
    assert_eq!(crm::find_by(&mut tx, &vault(), &email("ann@example.com")).await?, Some(ann));
    assert_eq!(crm::count(&mut tx).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_merge_within_a_merge_is_undone_from_the_outside_in() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let third = touch(&[(ContactField::Email, "third@example.com")]);
    let ids = [
        take(&office, &touch(ANN)).await?,
        take(&office, &touch(HER_NUMBER)).await?,
        take(&office, &third).await?,
    ];
    let [ann, number, third] = ids.map(Taken::lead);
    let mut tx = office.tx().await?;
    let inner = crm::merge(&mut tx, &vault(), &actor(), number, ann).await?;
    let outer = crm::merge(&mut tx, &vault(), &actor(), third, number).await?;
    let early = crm::undo_merge(&mut tx, &vault(), &actor(), inner, now()).await;
    assert!(matches!(early, Err(StoreError::IllegalTransition(_))), "{early:?}");
    crm::undo_merge(&mut tx, &vault(), &actor(), outer, now()).await?;
    crm::undo_merge(&mut tx, &vault(), &actor(), inner, now()).await?;
    tx.commit().await?;
    for id in [ann, number, third] {
        assert_eq!(seen(&office, id).await?.2, 1);
    }
    Ok(())
}

#[tokio::test]
async fn rows_of_one_file_find_each_other() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let rows = [
        touch(ANN),
        touch(HER_NUMBER),
        touch(BOTH),
        touch(&[(ContactField::Phone, "+4930123456"), (ContactField::City, "Kiel")]),
    ];
    let mut tx = office.tx().await?;
    let taken = crm::take_leads(&mut tx, &vault(), &actor(), &rows, now()).await?;
    tx.commit().await?;
    let ann = taken[0].lead();
    assert_eq!(taken[2..], [Taken::Added(ann), Taken::Added(ann)]);
    assert_eq!(seen(&office, ann).await?.2, 4);
    assert_eq!(crm::count(&mut office.tx().await?).await?, 1);
    Ok(())
}
