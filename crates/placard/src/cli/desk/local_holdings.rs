//! The tenant's assets in this process.

use super::{Holdings, Wanted};
use crate::{
    api::view::{AddedView, AssetInFull, AssetView, RefreshedView},
    cli::{failure::WrongInput, file_arriving},
    library::{AddError, Errand, FetchAssetError, Library, address, fetcher},
    session::Session,
};
use anyhow::Result;
use async_trait::async_trait;
use chrono::Utc;
use placard_assets::{IntakeError, objects::ObjectError};
use placard_domain::{AssetId, TenantId};
use placard_store::{
    asset::{self, Filter, Removal, Restoration},
    audit::Actor,
};
use placard_website::fetch::{Fetcher, Vouched};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long a file may take to come, however large.
const WITHIN: Duration = Duration::from_secs(30 * 60);

/// The tenant's assets in this process.
pub(super) struct LocalHoldings<'d> {
    session: &'d Session,
    tenant: TenantId,
    actor: Actor,
    vouched: Vec<Vouched>,
    fetcher: OnceCell<Fetcher>,
}

impl<'d> LocalHoldings<'d> {
    pub(super) async fn open(session: &'d Session, vouched: Vec<Vouched>) -> Result<Self> {
        let (tenant, actor) = (session.tenant().await?.id, session.actor());
        Ok(Self { session, tenant, actor, vouched, fetcher: OnceCell::new() })
    }

    async fn library(&self) -> Result<&Library> {
        self.session.library().await
    }

    async fn errand(&self) -> Result<Errand<'_>> {
        let fetcher = self.fetcher.get_or_try_init(async || fetcher(self.vouched.clone(), WITHIN)).await?;
        let (db, tenant, actor) = (self.session.db(), self.tenant, &self.actor);
        Ok(Errand { db, tenant, actor, fetcher, now: Utc::now })
    }

    async fn fetch(&self, from: &str) -> Result<AddedView> {
        let (errand, library) = (self.errand().await?, self.library().await?);
        let url = address(from).map_err(|error| unfetched(error, from))?;
        let mut coming = errand.begin(&url).await.map_err(|error| unfetched(error, from))?;
        coming.content = file_arriving::followed(coming.content, &coming.name, coming.length);
        Ok(library.take(&errand, coming).await.map_err(|error| unfetched(error, from))?.into())
    }

    async fn read(&self, from: &str) -> Result<AddedView> {
        let (arrival, content) = file_arriving::open(from).await?;
        let library = self.library().await?;
        let added = library.add(self.session.db(), self.tenant, &self.actor, arrival, content).await;
        Ok(added.map_err(|error| unadded(error, from))?.into())
    }
}

#[async_trait]
impl Holdings for LocalHoldings<'_> {
    async fn add(&self, from: &str) -> Result<AddedView> {
        if file_arriving::is_address(from) { self.fetch(from).await } else { self.read(from).await }
    }

    async fn list(&self, wanted: &Wanted, most: usize) -> Result<Vec<AssetView>> {
        let Wanted { text, kind, deleted, fetched } = wanted.clone();
        let mut tx = self.session.db().tenant(self.tenant).await?;
        let found = asset::list(&mut tx, &Filter { kind, text, deleted, fetched }, None, most).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(AssetView::from).collect())
    }

    async fn show(&self, id: AssetId) -> Result<Option<AssetInFull>> {
        let mut tx = self.session.db().tenant(self.tenant).await?;
        let shown = match asset::find(&mut tx, id).await? {
            Some(asset) => Some(AssetInFull::read(&mut tx, asset).await?),
            None => None,
        };
        tx.commit().await?;
        Ok(shown)
    }

    async fn remove(&self, id: AssetId) -> Result<Vec<String>> {
        let mut tx = self.session.db().tenant(self.tenant).await?;
        let removal = asset::remove(&mut tx, &self.actor, id, Utc::now()).await?;
        tx.commit().await?;
        Ok(match removal {
            Removal::Removed => Vec::new(),
            Removal::InUse(campaigns) => campaigns,
        })
    }

    async fn restore(&self, id: AssetId) -> Result<AssetView> {
        let mut tx = self.session.db().tenant(self.tenant).await?;
        let restoration = asset::restore(&mut tx, &self.actor, id).await?;
        tx.commit().await?;
        match restoration {
            Restoration::Standing(asset) => Ok((*asset).into()),
            Restoration::Purged(moment) => {
                let moment = moment.format("%Y-%m-%d");
                Err(WrongInput(format!("its bytes were purged on {moment}; add the file again")).into())
            }
        }
    }

    async fn refresh(&self, id: AssetId) -> Result<RefreshedView> {
        let errand = self.errand().await?;
        let refreshed = self.library().await?.refresh(&errand, id).await;
        Ok(refreshed.map_err(|error| unfetched(error, "the asset"))?.into())
    }
}

fn unfetched(error: FetchAssetError, from: &str) -> anyhow::Error {
    match error {
        FetchAssetError::Add(error) => unadded(error, from),
        FetchAssetError::NotFound | FetchAssetError::NotRefreshable(_) => {
            WrongInput(error.to_string()).into()
        }
        other => WrongInput(format!("{other}; nothing of it was kept")).into(),
    }
}

fn unadded(error: AddError, from: &str) -> anyhow::Error {
    match error {
        AddError::Intake(IntakeError::Refused(refusal)) => {
            WrongInput(format!("{from}: {refusal}; nothing of it was kept")).into()
        }
        AddError::Intake(IntakeError::Object(ObjectError::TooLarge { limit })) => {
            WrongInput(format!("{from}: the file has more than {limit} bytes; nothing of it was kept")).into()
        }
        other => anyhow::Error::from(other).context(format!("{from} was not added")),
    }
}
