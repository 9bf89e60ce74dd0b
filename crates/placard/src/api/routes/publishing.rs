//! What routes that reach a platform share: the campaign, its account, its files, a publisher.

use super::{campaigns::stored_spec, running::Listener};
use crate::{
    api::{Api, Shared, caller::Caller, problem::Problem, words::PlatformName},
    assets::Assets,
    pictures::{self, Seen, Shelves},
    publishing::{Policy, Publisher, Stop},
    session::Reach,
    work::RescueDeployment,
};
use placard_domain::{
    AccountRef, Platform, TenantId,
    spec::{self, Campaign as Wanted},
};
use placard_store::{
    StoreError, TenantTx, ad_account,
    audit::Actor,
    campaign::Campaign,
    platform_object,
    tenant::{self, Tenant},
};
use serde::Deserialize;
use serde_json::Value;
use std::io;
use utoipa::IntoParams;

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

/// Which platform is meant, for a campaign that is or should be on more than one.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct On {
    /// The platform; needed only if the campaign has more than one.
    #[param(inline, value_type = Option<PlatformName>)]
    pub(super) platform: Option<Platform>,
}

/// The ad account of this tenant whose id on its platform is `id`; `path` names the field that asks for it.
pub(super) async fn account_named(tx: &mut TenantTx, id: &str, path: &str) -> Result<AccountRef, Problem> {
    let known = ad_account::list(tx).await?.into_iter().map(|one| one.description.account);
    let found = known.into_iter().find(|account| account.id == id);
    found.ok_or_else(|| Problem::unfit(path, "is no ad account of this tenant"))
}

/// Where a campaign goes: to where it has objects, or to where its spec wants it.
fn place(
    wanted: Option<Platform>,
    there: &[AccountRef],
    spec: &Value,
) -> Result<(Platform, Option<String>), Problem> {
    let named = |platform: &Platform| !spec["platforms"][platform.as_str()].is_null();
    let fits = |platform: &Platform| there.iter().any(|one| one.platform == *platform) || named(platform);
    let platforms: Vec<Platform> = Platform::ALL.into_iter().filter(fits).collect();
    let words: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
    let platform = match (wanted, platforms.as_slice()) {
        (_, []) => {
            let problem = Problem::unfit("spec", "the campaign has no spec yet");
            return Err(problem.help("put one to /api/v1/campaigns/{key}"));
        }
        (Some(wanted), all) if all.contains(&wanted) => wanted,
        (None, [only]) => *only,
        (Some(wanted), _) => {
            let problem = Problem::unfit("platform", format!("the campaign is not on {wanted}"));
            return Err(problem.help(format!("it has {}", words.join(", "))));
        }
        (None, _) => {
            let problem = Problem::unfit("platform", "the campaign has more than one platform");
            return Err(problem.help(format!("name one of {}", words.join(", "))));
        }
    };
    let bound = there.iter().find(|one| one.platform == platform).map(|one| one.id.as_str());
    let account = bound.or_else(|| spec["platforms"][platform.as_str()]["account"].as_str());
    Ok((platform, account.map(str::to_owned)))
}

/// Gives the content of a file that a spec names.
type ReadFile = dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync;

impl Desk {
    /// `platform` is needed only for a campaign that is or should be on more than one.
    pub(super) async fn open(
        api: &Shared,
        caller: &Caller,
        campaign: Campaign,
        platform: Option<Platform>,
    ) -> Result<Self, Problem> {
        let mut tx = caller.begin(api).await?;
        let tenant = tenant::get(&mut tx).await?;
        let accounts = platform_object::accounts_of(&mut tx, campaign.id).await?;
        let spec = stored_spec(&mut tx, &campaign).await?;
        tx.commit().await?;
        let (platform, account) = place(platform, &accounts, &spec)?;
        let account = account.as_deref();
        let connection = api.session.connection(&tenant, platform, account, Some(campaign.currency)).await?;
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
        let mut media = look_up(&self.api, self.tenant.id, &document).await?.media;
        media.images.extend(self.files.look_at(&document));
        let (wanted, _) = spec::check(&document, &media, self.reach.today())
            .map_err(|findings| Problem::findings(&findings))?;
        Ok(wanted)
    }

    /// Asks the deployment to stop after the request that is under way.
    pub(super) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// A publisher that tells `listener` what happens.
    pub(super) fn publisher<'a>(&'a self, listener: &'a Listener) -> Publisher<'a> {
        let rescue = RescueDeployment {
            campaign: self.campaign.key.clone(),
            account: self.reach.account().clone(),
            folder: Some(self.files.folder().to_owned()),
        };
        Publisher {
            db: self.api.session.db(),
            tenant: self.tenant.id,
            actor: self.actor.clone(),
            platform: &*self.reach.platform,
            access: self.reach.access.clone(),
            policy: Policy::towards(self.reach.local),
            progress: listener,
            stop: self.stop.clone(),
            now: self.api.now,
            read_file: &*self.read_file,
            library: Some(&*self.api.session),
            rescue: Some(rescue.watch()),
        }
    }
}

/// What the tenant's library has of the assets that a spec names.
pub(super) async fn look_up(api: &Api, tenant: TenantId, document: &spec::Document) -> Result<Seen, Problem> {
    let shelves = Shelves { db: api.session.db(), tenant };
    pictures::look_up(&shelves, document).await.map_err(|error| match error.downcast::<StoreError>() {
        Ok(error) => error.into(),
        Err(error) => Problem::defect(&*error),
    })
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
