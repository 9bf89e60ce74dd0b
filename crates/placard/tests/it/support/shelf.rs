//! An installation whose tenant's documents are in one of the two databases, opened in the test's own process.

use super::{Installation, Run};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use mongodb::bson::{self, doc, spec::BinarySubtype};
use placard::{
    archive::Archive,
    session::Session,
    settings::{AssetSettings, Settings},
    work::{self, Upkeep},
};
use placard_domain::document::{Document, Profile, ProfileMetadata, ProfileStatus};
use placard_store::{
    audit::{Actor, Origin},
    documents::{Documents, Store, Stored},
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AssertSqlSafe;
use std::path::PathBuf;
use uuid::Uuid;

/// An installation, and what a command would work with.
pub(crate) struct Shelf {
    pub(crate) installation: Installation,
    pub(crate) session: Session,
    mongodb: Option<(SecretString, mongodb::Database)>,
    actor: Actor,
    origin: Origin,
}

impl Shelf {
    pub(crate) async fn open(store: Store) -> Result<Self> {
        let installation = Installation::open().await?;
        let mongodb = match store {
            Store::Postgres => None,
            Store::MongoDb => Some(database().await?),
        };
        let settings = Settings {
            data_dir: Some(installation.data_dir()),
            database_url: Some(installation.database.url().expose_secret().to_owned()),
            mongodb_url: mongodb.as_ref().map(|(url, _)| url.clone()),
            tenant: Some(installation.tenant.slug.clone()),
            profile: None,
            assets: AssetSettings::default(),
            json: false,
        };
        let session = Session::open(&settings, "placard test").await?;
        // Collections are made before anything is looked for behind the product's back.
        session.documents().await?;
        let mut raw = installation.database.superuser().await;
        sqlx::query("insert into document_placement (tenant_id, store) values ($1, $2)")
            .bind(installation.tenant.id.0)
            .bind(store.as_str())
            .execute(&mut raw)
            .await?;
        let (actor, origin) = (Actor::System("test".into()), Origin::default());
        Ok(Self { installation, session, mongodb, actor, origin })
    }

    /// Lets go of everything, a database of MongoDB included.
    pub(crate) async fn close(self) -> Result<()> {
        self.session.close().await?;
        match self.mongodb {
            Some((_, database)) => Ok(database.drop().await?),
            None => Ok(()),
        }
    }

    pub(crate) async fn documents(&self) -> Result<&Documents> {
        self.session.documents().await
    }

    pub(crate) async fn archive(&self) -> Result<Archive<'_>> {
        Ok(Archive {
            db: self.session.db(),
            vault: self.session.vault(),
            documents: self.documents().await?,
            objects: self.session.library().await?.objects(),
            tenant: self.installation.tenant.id,
            actor: &self.actor,
            origin: &self.origin,
        })
    }

    /// Where the tenant's archive lies.
    pub(crate) fn folder(&self) -> PathBuf {
        let objects = self.installation.data_dir().join("assets/objects");
        objects.join(self.installation.tenant.id.to_string()).join("archive")
    }

    /// Puts a document in as if it had been made, and not been changed, `days` ago.
    pub(crate) async fn put<D: Document>(&self, document: &D, days: i32) -> Result<Uuid> {
        let id = self.documents().await?.insert(self.installation.tenant.id, document).await?.id;
        let at = Utc::now() - chrono::TimeDelta::days(days.into());
        match &self.mongodb {
            None => {
                let mut raw = self.installation.database.superuser().await;
                let table = D::COLLECTION.name;
                let age = format!(
                    "update document_{table} set created_at = date_trunc('milliseconds', $2),
                        updated_at = date_trunc('milliseconds', $2) where id = $1"
                );
                sqlx::query(AssertSqlSafe(age)).bind(id).bind(at).execute(&mut raw).await?;
            }
            Some((_, database)) => {
                let subtype = BinarySubtype::Uuid;
                let key = bson::Binary { subtype, bytes: id.into_bytes().to_vec() };
                let at = bson::DateTime::from_millis(at.timestamp_millis());
                let age = doc! { "$set": { "created_at": at, "updated_at": at } };
                let aged = database
                    .collection::<bson::Document>(D::COLLECTION.name)
                    .update_one(doc! { "_id": key }, age)
                    .await?;
                ensure!(aged.modified_count == 1, "{id} is not there");
            }
        }
        Ok(id)
    }

    pub(crate) async fn get<D: Document>(&self, id: Uuid) -> Result<Option<Stored<D>>> {
        Ok(self.documents().await?.get(self.installation.tenant.id, id).await?)
    }

    /// Runs the real binary to its end, which must be a success. Gives what it printed.
    pub(crate) async fn must(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.installation.placard(arguments);
        if let Some((url, _)) = &self.mongodb {
            command.env("PLACARD_MONGODB_URL", url.expose_secret());
        }
        let run = Run::of(&mut command).await?;
        ensure!(run.code() == Some(0), "`placard {}` failed: {run}", arguments.join(" "));
        Ok(run.stdout)
    }

    /// What a worker does when it starts.
    pub(crate) async fn keep_up(&self) -> Result<()> {
        let db = self.session.db();
        let due = Upkeep::default().if_due(db, || self.session.documents(), Utc::now()).await?;
        ensure!(due, "upkeep is due when a worker starts");
        let mut worker = work::worker(&self.session);
        loop {
            let done = work::do_due(&self.session, &mut worker).await?;
            if let Some(failed) = done.iter().find(|one| one.problem.is_some()) {
                anyhow::bail!("{failed:?}");
            }
            if done.is_empty() {
                return Ok(());
            }
        }
    }
}

async fn database() -> Result<(SecretString, mongodb::Database)> {
    let server = std::env::var("PLACARD_TEST_MONGODB_URL")
        .context("PLACARD_TEST_MONGODB_URL is not set: run the tests under tools/with-mongodb")?;
    let name = format!("placard_test_{}", Uuid::now_v7().simple());
    let mut address = url::Url::parse(&server)?;
    address.set_path(&name);
    let client = mongodb::Client::with_uri_str(address.as_str()).await?;
    Ok((address.to_string().into(), client.database(&name)))
}

/// Somebody on a network.
pub(crate) fn profile(username: &str) -> Profile {
    Profile {
        platform: "instagram".into(),
        platform_id: None,
        username: username.into(),
        display_name: None,
        profile_url: None,
        avatar_url: None,
        bio: Some(format!("I am {username}")),
        metadata: ProfileMetadata::default(),
        posts: Vec::new(),
        interests: vec!["sea".into()],
        sentiment: None,
        risk_score: None,
        status: ProfileStatus::Approved,
        campaigns: Vec::new(),
    }
}
