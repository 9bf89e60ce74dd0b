//! `placard plan`: what would happen.

use super::{ExitCode, campaign_file::CampaignFile, paint::Paint, plan_view::PlanView, publisher::Bench};
use crate::{
    publishing::{Planned, PublishError, Publisher},
    session::{Reach, Session},
    settings::Settings,
};
use anyhow::Result;
use placard_domain::plan::DriftPolicy;
use placard_store::tenant::Tenant;
use serde_json::json;
use std::path::PathBuf;

/// `placard plan`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The spec.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Overwrite what others changed on the platform.
    #[arg(long)]
    push: bool,
    /// Show the exact requests as well.
    #[arg(long)]
    requests: bool,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Session::open(settings, "placard plan").await?;
    let outcome = plan(&session, settings, &args).await;
    session.close().await?;
    outcome
}

async fn plan(session: &Session, settings: &Settings, args: &Args) -> Result<ExitCode> {
    let mut code = ExitCode::Done;
    for work in Work::begin(session, &args.file).await? {
        code = code.worse(plan_one(session, settings, args, &work).await?);
    }
    Ok(code)
}

async fn plan_one(session: &Session, settings: &Settings, args: &Args, work: &Work) -> Result<ExitCode> {
    let bench = Bench::new(Some(work.file.assets.clone()));
    let publisher = bench.publisher(session, &work.tenant, &work.reach, &work.file.campaign.key);
    let planned = work.plan(&publisher, policy(args.push)).await?;
    if settings.json {
        println!("{}", json!({"plan_id": planned.id, "plan": planned.plan, "requests": planned.requests}));
        return Ok(code(&planned));
    }
    work.file.show_warnings();
    let paint = Paint::for_stdout();
    let view = PlanView { platform: &*work.reach.platform, currency: work.file.campaign.currency, paint };
    print!("{}", view.render(&planned.plan, &work.file.campaign.name));
    if args.requests {
        println!("{}", serde_json::to_string_pretty(&planned.requests)?);
    }
    if !planned.plan.steps.is_empty() && planned.plan.conflicts.is_empty() {
        let command = format!("placard apply -f {} --plan {}", args.file.display(), planned.id);
        println!("\n{} {}", paint.dim("Make it so:"), paint.cyan(command));
    }
    Ok(code(&planned))
}

pub(super) const fn policy(push: bool) -> DriftPolicy {
    if push { DriftPolicy::Push } else { DriftPolicy::Keep }
}

fn code(planned: &Planned) -> ExitCode {
    if planned.plan.conflicts.is_empty() { ExitCode::Done } else { ExitCode::Undecided }
}

/// A spec file, the tenant it is for and the account it goes to.
pub(super) struct Work {
    pub(super) file: CampaignFile,
    pub(super) tenant: Tenant,
    pub(super) reach: Reach,
}

impl Work {
    /// One for each platform that the spec names.
    pub(super) async fn begin(session: &Session, path: &std::path::Path) -> Result<Vec<Self>> {
        // A spec that is wrong is said before anything else is asked for.
        let first = CampaignFile::load(path, chrono::NaiveDate::MIN)?;
        let tenant = session.tenant().await?;
        let (platforms, currency) = (&first.campaign.platforms, first.campaign.currency);
        let mut all = Vec::new();
        for platform in platforms.named() {
            let account = platforms.account(platform);
            let connection = session.connection(&tenant, platform, account, Some(currency)).await?;
            let reach = session.reach(&tenant, &connection).await?;
            let file = CampaignFile::load(path, reach.today())?;
            all.push(Self { file, tenant: tenant.clone(), reach });
        }
        Ok(all)
    }

    /// Whether the spec fits the platform, which takes no call.
    pub(super) fn check(&self, publisher: &Publisher<'_>) -> Result<()> {
        let context = self.reach.context(&self.tenant, &self.file.campaign.key);
        match publisher.desired(&self.file.campaign, &context) {
            Err(PublishError::Unfit(findings)) => Err(self.file.misfit(findings).into()),
            other => Ok(other.map(drop)?),
        }
    }

    pub(super) async fn plan(&self, publisher: &Publisher<'_>, policy: DriftPolicy) -> Result<Planned> {
        let campaign = &self.file.campaign;
        let context = self.reach.context(&self.tenant, &campaign.key);
        match publisher.plan(campaign, &context, policy).await {
            Err(PublishError::Unfit(findings)) => Err(self.file.misfit(findings).into()),
            other => Ok(other?),
        }
    }
}
