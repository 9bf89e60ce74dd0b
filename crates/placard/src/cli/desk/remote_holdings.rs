//! A server's assets.

use super::{
    Holdings, Wanted,
    remote::{Remote, found},
};
use crate::{
    api::{
        Reason,
        view::{AddedView, AssetInFull, AssetView, RefreshedView},
    },
    cli::{failure::WrongInput, file_arriving},
    remote::{Refusal, RemoteError},
};
use anyhow::Result;
use async_trait::async_trait;
use placard_domain::{AssetId, asset::AssetKind};
use serde_json::json;
use std::path::Path;

/// A server's assets. What has an address is fetched by the server.
pub(super) struct RemoteHoldings<'d>(pub(super) &'d Remote);

#[async_trait]
impl Holdings for RemoteHoldings<'_> {
    async fn add(&self, from: &str) -> Result<AddedView> {
        let client = &self.0.client;
        if file_arriving::is_address(from) {
            let added = client.post("/assets", &[], &json!({"url": from})).await;
            return added.map_err(|error| mended(error, |refusal| unkept(refusal.first())));
        }
        file_arriving::look(from).await?;
        let added = client.upload("/assets", "file", Path::new(from)).await;
        added.map_err(|error| mended(error, |refusal| unkept(&format!("{from}: {}", refusal.first()))))
    }

    async fn list(&self, wanted: &Wanted, most: usize) -> Result<Vec<AssetView>> {
        let flag = |flag| if flag { "true" } else { "false" };
        let mut query = vec![("deleted", flag(wanted.deleted)), ("fetched", flag(wanted.fetched))];
        query.extend(wanted.text.as_deref().map(|text| ("text", text)));
        query.extend(wanted.kind.map(AssetKind::as_str).map(|kind| ("kind", kind)));
        self.0.list("/assets", &query, most).await
    }

    async fn show(&self, id: AssetId) -> Result<Option<AssetInFull>> {
        found(self.0.client.get(&format!("/assets/{id}"), &[]).await)
    }

    async fn remove(&self, id: AssetId) -> Result<Vec<String>> {
        match self.0.client.delete(&format!("/assets/{id}")).await {
            Ok(()) => Ok(Vec::new()),
            Err(RemoteError::Refused(refusal)) if refusal.reason == Some(Reason::InUse) => {
                let campaigns = refusal.first().trim_start_matches("it is shown by ");
                Ok(campaigns.split(", ").map(str::to_owned).collect())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn restore(&self, id: AssetId) -> Result<AssetView> {
        let restored = self.0.client.ask_for(&format!("/assets/{id}/restore")).await;
        restored.map_err(|error| mended(error, |refusal| format!("{}; add the file again", refusal.first())))
    }

    async fn refresh(&self, id: AssetId) -> Result<RefreshedView> {
        let refreshed = self.0.client.ask_for(&format!("/assets/{id}/refresh")).await;
        refreshed.map_err(|error| {
            mended(error, |refusal| match refusal.is("conflict") {
                true => refusal.first().to_owned(),
                false => unkept(refusal.first()),
            })
        })
    }
}

fn unkept(words: &str) -> String {
    format!("{words}; nothing of it was kept")
}

/// What whoever asked can mend, in their words.
fn mended(error: RemoteError, words: impl Fn(&Refusal) -> String) -> anyhow::Error {
    let theirs = ["unfit", "invalid", "too-large", "conflict"];
    match &error {
        RemoteError::Refused(refusal) if theirs.iter().any(|kind| refusal.is(kind)) => {
            WrongInput(words(refusal)).into()
        }
        _ => error.into(),
    }
}
