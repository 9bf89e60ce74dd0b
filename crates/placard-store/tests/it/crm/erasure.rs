use super::{email, furnish, take, touch};
use crate::{
    connections::vault,
    support::{Office, actor, now},
};
use placard_domain::crm::contact::ContactField;
use placard_store::{crm, crm::deal};
use secrecy::ExposeSecret;
use std::{fs, path::Path, process::Command};

/// Everything that the database holds, as text.
fn dump(office: &Office) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("pg_dump").arg(office.database.url().expose_secret()).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

fn holds(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[tokio::test]
async fn nothing_that_points_at_a_person_outlives_an_erasure() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let mut tx = office.tx().await?;
    let id = furnish(&mut tx).await?;
    tx.commit().await?;
    let other = take(&office, &touch(&[(ContactField::Email, "bob@example.com")])).await?.lead();

    let mut tx = office.tx().await?;
    // By the address of the lead that was merged into hers.
    let erased = crm::erase_person(&mut tx, &vault(), &actor(), &email("anna@example.com")).await?;
    tx.commit().await?;
    assert_eq!((erased.leads, erased.touches, erased.identities), (2, 2, 2));
    assert_eq!((erased.activities, erased.deals, erased.merges, erased.left), (1, 1, 1, 0));

    let mut tx = office.tx().await?;
    for address in ["ann@example.com", "anna@example.com"] {
        assert_eq!(crm::find_by(&mut tx, &vault(), &email(address)).await?, None);
    }
    assert_eq!(crm::get(&mut tx, &vault(), id).await?.person, None);
    let filter = deal::Filter { lead: Some(id), ..deal::Filter::default() };
    let deals = deal::list(&mut tx, &vault(), &filter, 9).await?;
    assert_eq!((deals.len(), deals[0].title.as_deref(), deals[0].amount.minor()), (1, None, 100));
    assert!(crm::get(&mut tx, &vault(), other).await?.person.is_some(), "others are left alone");

    let again = crm::erase_person(&mut tx, &vault(), &actor(), &email("ann@example.com")).await?;
    assert_eq!(again, crm::Erased::default());
    Ok(())
}

#[tokio::test]
async fn no_table_holds_an_address_in_plain_text_before_or_after() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let address = "needle-in-a-haystack@example.com";
    let new = touch(&[(ContactField::Email, address), (ContactField::LastName, "Needleworth")]);
    take(&office, &new).await?;
    let mut tx = office.tx().await?;
    let lead = crm::find_by(&mut tx, &vault(), &email(address)).await?.expect("it was taken");
    let version = crm::get(&mut tx, &vault(), lead).await?.version;
    let edit = placard_domain::crm::Touch {
        source: placard_domain::crm::lead::LeadSource::Person,
        ..touch(&[(ContactField::Email, address), (ContactField::Company, "Needleworth & Sons")])
    };
    crm::edit(&mut tx, &vault(), &actor(), lead, version, edit, now()).await?;
    tx.commit().await?;

    for erased in [false, true] {
        if erased {
            let mut tx = office.tx().await?;
            crm::erase_person(&mut tx, &vault(), &actor(), &email(address)).await?;
            tx.commit().await?;
        }
        let dump = dump(&office)?;
        assert!(holds(&dump, "lead_touch") && holds(&dump, "Acme"), "everything was dumped");
        for needle in ["needle-in-a-haystack", "Needleworth"] {
            assert!(!holds(&dump, needle), "{needle}, erased: {erased}");
        }
    }
    nowhere_in_the_servers_files(&office, "needle-in-a-haystack").await
}

/// Tables, indexes and the write-ahead log, as bytes on the disk.
async fn nowhere_in_the_servers_files(office: &Office, needle: &str) -> anyhow::Result<()> {
    let mut raw = office.database.superuser().await;
    sqlx::query("checkpoint").execute(&mut raw).await?;
    let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut raw).await?;
    let base: String =
        sqlx::query_scalar("select 'base/' || oid::text from pg_database where datname = current_database()")
            .fetch_one(&mut raw)
            .await?;
    let (mut bytes, mut control) = (0, false);
    for part in [base.as_str(), "pg_wal"] {
        for entry in fs::read_dir(Path::new(&folder).join(part))? {
            // Another test's log file may be recycled meanwhile.
            let Ok(content) = fs::read(entry?.path()) else { continue };
            bytes += content.len();
            control |= holds(&content, "ann@example.com");
            assert!(!holds(&content, needle));
        }
    }
    assert!(control, "the admin's address, which is stored as it is, was found in {bytes} bytes");
    Ok(())
}
