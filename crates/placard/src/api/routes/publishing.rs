//! What routes that reach a platform share: the campaign, its account, its files, a publisher.

use super::{campaigns::stored_spec, deployments::Begun};
use crate::{
    api::{Api, Shared, caller::Caller, problem::Problem},
    assets::Assets,
    publishing::{Policy, Publisher, Stop},
    session::Reach,
    work::RescueDeployment,
};
use placard_domain::{
    Platform,
    spec::{self, Campaign as Wanted},
};
use placard_store::{
    audit::Actor,
    campaign::Campaign,
    platform_object,
    tenant::{self, Tenant},
};
use std::io;

/// A campaign, the account that it goes to, and who asks.
pub(super) struct Desk {
    pub(super) api: Shared,
    pub(super) tenant: Tenant,
    pub(super) campaign: Campaign,
    pub(super) reach: Reach,
    pub(super) files: Assets,
    actor: Actor,
    stop: Stop,
    read_file: Box<ReadFile>,
}

/// Gives the content of a file that a spec names.
type ReadFile = dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync;

impl Desk {
    pub(super) async fn open(api: &Shared, caller: &Caller, campaign: Campaign) -> Result<Self, Problem> {
        let mut tx = caller.begin(api).await?;
        let tenant = tenant::get(&mut tx).await?;
        let accounts = platform_object::accounts_of(&mut tx, campaign.id).await?;
        let spec = stored_spec(&mut tx, &campaign).await?;
        tx.commit().await?;
        let named = spec["platforms"]["meta"]["account"].as_str();
        let account = accounts.first().map(|account| account.id.as_str()).or(named);
        let connection =
            api.session.connection(&tenant, Platform::Meta, account, Some(campaign.currency)).await?;
        let reach = api.session.reach(&tenant, &connection).await?;
        let files = files_of(api, caller, &campaign.key)?;
        let actor = caller.actor();
        let read_file = {
            let files = files.clone();
            Box::new(move |path: &str| files.read(path))
        };
        let (api, stop) = (Shared::clone(api), Stop::default());
        Ok(Self { api, tenant, campaign, reach, files, actor, stop, read_file })
    }

    /// The stored spec, checked for today.
    pub(super) async fn wanted(&self) -> Result<Wanted, Problem> {
        let mut tx = self.api.session.db().tenant(self.tenant.id).await?;
        let text = stored_spec(&mut tx, &self.campaign).await?;
        tx.commit().await?;
        if text.is_null() {
            let problem = Problem::unfit("spec", "the campaign has no spec yet");
            return Err(problem.help("put one to /api/v1/campaigns/{key}"));
        }
        let document = spec::read(&text.to_string()).map_err(|findings| Problem::findings(&findings))?;
        let images = self.files.look_at(&document);
        let (wanted, _) = spec::check(&document, &images, self.reach.today())
            .map_err(|findings| Problem::findings(&findings))?;
        Ok(wanted)
    }

    /// Asks the deployment to stop after the request that is under way.
    pub(super) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// A publisher that tells `begun` when its deployment is on record.
    pub(super) fn publisher<'a>(&'a self, begun: &'a Begun) -> Publisher<'a> {
        let rescue = RescueDeployment {
            campaign: self.campaign.key.clone(),
            account: self.reach.account().id.clone(),
            folder: Some(self.files.folder().to_owned()),
        };
        Publisher {
            db: self.api.session.db(),
            tenant: self.tenant.id,
            actor: self.actor.clone(),
            platform: &self.reach.meta,
            access: self.reach.access.clone(),
            policy: if self.reach.local { Policy::brisk() } else { Policy::default() },
            progress: begun,
            stop: self.stop.clone(),
            now: self.api.now,
            read_file: &*self.read_file,
            rescue: Some(rescue.watch()),
        }
    }
}

/// Where the files of a campaign lie.
pub(super) fn files_of(api: &Api, caller: &Caller, key: &str) -> Result<Assets, Problem> {
    if !is_plain(key) {
        return Err(Problem::not_found("campaign"));
    }
    let folder = api.session.data_dir().join("files").join(caller.tenant()?.to_string()).join(key);
    Ok(Assets::confined_to(folder))
}

/// Whether a name can be one of a file without surprises.
pub(super) fn is_plain(name: &str) -> bool {
    (1..=120).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
