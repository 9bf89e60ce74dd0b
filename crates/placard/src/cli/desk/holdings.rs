//! The tenant's assets, at a desk.

use crate::{
    api::view::{AddedView, AssetInFull, AssetView, RefreshedView},
    cli::failure::WrongInput,
};
use anyhow::Result;
use async_trait::async_trait;
use placard_domain::{AssetId, asset::AssetKind, suggest::closest};

/// How many assets a name is looked for among.
pub(in crate::cli) const MOST_LISTED: usize = 1_000;

/// Which assets.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Wanted {
    /// Only those whose name contains this.
    pub(in crate::cli) text: Option<String>,
    /// Only this sort.
    pub(in crate::cli) kind: Option<AssetKind>,
    /// Those put aside instead of the others.
    pub(in crate::cli) deleted: bool,
    /// Only those that are what an address gave last.
    pub(in crate::cli) fetched: bool,
}

/// The tenant's assets. What cannot be added or done is [`WrongInput`] with the reason.
#[async_trait]
pub(in crate::cli) trait Holdings: Send + Sync {
    /// Adds the file at a path, or what an address gives.
    async fn add(&self, from: &str) -> Result<AddedView>;
    /// The newest assets, at most so many.
    async fn list(&self, wanted: &Wanted, most: usize) -> Result<Vec<AssetView>>;
    /// One asset in full.
    async fn show(&self, id: AssetId) -> Result<Option<AssetInFull>>;
    /// Puts an asset aside. Gives the campaigns that show it if it stays.
    async fn remove(&self, id: AssetId) -> Result<Vec<String>>;
    /// Takes back that an asset was put aside.
    async fn restore(&self, id: AssetId) -> Result<AssetView>;
    /// Asks an asset's address again.
    async fn refresh(&self, id: AssetId) -> Result<RefreshedView>;
}

impl dyn Holdings + '_ {
    /// The asset with this id or name, or an error with what was probably meant. By name, one of those put aside if
    /// `deleted`, and else one of the others.
    pub(in crate::cli) async fn resolve(&self, wanted: &str, deleted: bool) -> Result<AssetView> {
        if let Ok(id) = wanted.parse::<AssetId>()
            && let Some(shown) = self.show(id).await?
        {
            return Ok(shown.asset);
        }
        let all = self.list(&Wanted { deleted, ..Wanted::default() }, MOST_LISTED).await?;
        let (mut named, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|asset| asset.name == wanted);
        match named.len() {
            1 => return Ok(named.swap_remove(0)),
            0 => {}
            _ => {
                let ids: Vec<_> = named.iter().map(|asset| asset.id.to_string()).collect();
                let ids = ids.join(", ");
                let words = format!("more than one asset is named `{wanted}`; name one by id: {ids}");
                return Err(WrongInput(words).into());
            }
        }
        let help = match closest(wanted, others.iter().map(|asset| asset.name.as_str())) {
            Some(close) => format!("did you mean `{close}`?"),
            None if deleted => "`placard assets list --deleted` shows what was put aside".to_owned(),
            None => "`placard assets list` shows what is there".to_owned(),
        };
        Err(WrongInput(format!("there is no asset `{wanted}`; {help}")).into())
    }
}
