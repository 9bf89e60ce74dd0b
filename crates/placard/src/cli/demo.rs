//! `placard demo`: the main job on real input, from an empty directory to a report.

use super::{
    ExitCode,
    campaign_file::CampaignFile,
    connect,
    desk::{LocalPlace, Place, local_works},
    import::{self, MetricsArgs},
    paint::Paint,
    plan_view::PlanView,
    report, setup, sync,
};
use crate::{
    connecting::{self, Wish},
    pictures::Seen,
    publishing::{Aim, Applied},
    reporting,
    session::{self, Session},
    settings::Settings,
};
use anyhow::{Context, Result};
use placard_domain::{AccountRef, Platform, plan::DriftPolicy};
use placard_store::{connection, tenant, tenant::Tenant};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// `placard demo`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where the example spec and data are.
    #[arg(long, default_value = "examples", value_name = "DIR")]
    examples: PathBuf,
    /// Where to write the pages with charts.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

/// Days that the sandbox's clock moves.
const DAYS: u32 = 14;
const ACCOUNT: &str = "act_1001";
/// The name under which the imported export is kept.
const EXPORT: &str = "kag";

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let begun = Instant::now();
    let session = Session::open(settings, "placard demo").await?;
    let outcome = Demo { session: &session, args: &args, paint: Paint::for_stdout() }.run().await;
    session.close().await?;
    outcome?;
    println!(
        "\n{}",
        Paint::for_stdout().dim(format!("All of this took {:.1} s.", begun.elapsed().as_secs_f32()))
    );
    Ok(ExitCode::Done)
}

struct Demo<'a> {
    session: &'a Session,
    args: &'a Args,
    paint: Paint,
}

impl Demo<'_> {
    async fn run(&self) -> Result<()> {
        let spec = self.args.examples.join("spring-sale.yaml");
        self.title("1  The house", "a private PostgreSQL, a sandbox of Meta, an organisation");
        let tenant = self.tenant().await?;
        self.title("2  An ad account", "connected through the sandbox's OAuth");
        self.connect(&tenant).await?;
        self.title("3  The spec", &spec.display().to_string());
        self.validate(&spec)?;
        self.title("4  The plan", "what would happen, before anything does");
        let published = self.publish(&spec).await?;
        self.title("6  Two weeks later", "in the sandbox's world");
        self.sync(&tenant, published).await?;
        self.title("7  A real export", "1,143 ads of a Facebook campaign");
        self.import().await?;
        self.title("8  The report", "");
        self.reports().await?;
        self.what_next();
        Ok(())
    }

    fn title(&self, title: &str, about: &str) {
        println!("\n{}  {}", self.paint.bold(self.paint.cyan(title)), self.paint.dim(about));
    }

    async fn tenant(&self) -> Result<Tenant> {
        let mut tx = self.session.db().system().await?;
        let known = !tenant::list(&mut tx).await?.is_empty();
        tx.commit().await?;
        if !known {
            let made = setup::set_up(self.session, "Placard Outdoor", "ada@placard.example").await?;
            setup::show("Placard Outdoor", &made);
        }
        let tenant = self.session.tenant().await?;
        let sandbox = self.session.sandbox().await?;
        let place = self.session.data_dir().display();
        println!("{} PostgreSQL and everything else live in {place}", self.paint.green("✓"));
        println!("{} The sandbox listens at {}", self.paint.green("✓"), sandbox.base_url());
        Ok(tenant)
    }

    async fn connect(&self, tenant: &Tenant) -> Result<()> {
        let account = AccountRef { platform: Platform::Meta, id: ACCOUNT.into() };
        let mut tx = self.session.db().tenant(tenant.id).await?;
        let known = connection::find(&mut tx, &account).await?;
        tx.commit().await?;
        if known.is_some() {
            println!("{} {ACCOUNT} is connected already", self.paint.green("✓"));
            return Ok(());
        }
        let wish = Wish {
            platform: Platform::Meta,
            sandbox: true,
            account: Some(ACCOUNT.into()),
            page: Some("2001".into()),
            headless: true,
        };
        connect::show(&connecting::connect(self.session, tenant, &wish, |_| ()).await?);
        Ok(())
    }

    fn validate(&self, spec: &Path) -> Result<()> {
        let file = CampaignFile::load(spec, chrono::Utc::now().date_naive(), &Seen::default()).with_context(
            || format!("run this where {} is, or name its folder with --examples", spec.display()),
        )?;
        println!("{} valid: 1 campaign, {}", self.paint.green("✓"), file.size());
        Ok(())
    }

    /// Whether something was published in this run.
    async fn publish(&self, spec: &Path) -> Result<bool> {
        let mut published = false;
        for (file, place) in &local_works(self.session, spec).await? {
            published |= self.publish_one(file, place).await?;
        }
        Ok(published)
    }

    async fn publish_one(&self, file: &CampaignFile, place: &LocalPlace<'_>) -> Result<bool> {
        let planned = place.plan(Aim::Spec(DriftPolicy::Keep), true).await?;
        let platform = session::pure(place.account().platform)?;
        let currency = file.campaign.currency;
        let view = PlanView { platform: &*platform, currency, paint: self.paint };
        print!("{}", view.render(&planned.plan, &file.campaign.name));
        self.title("5  Apply", "intent, call, outcome; made paused, verified, then switched on");
        let begun = Instant::now();
        match place.apply(&planned).await? {
            Applied::Nothing => {
                println!("{} Nothing to do.", self.paint.green("✓"));
                Ok(false)
            }
            Applied::Done { steps, calls, .. } => {
                let seconds = begun.elapsed().as_secs_f32();
                println!("{} {steps} steps in {calls} calls and {seconds:.1} s", self.paint.green("✓"));
                println!(
                    "{} read back and compared, field by field, before anything was switched on",
                    self.paint.green("✓")
                );
                Ok(true)
            }
        }
    }

    async fn sync(&self, tenant: &Tenant, published: bool) -> Result<()> {
        let sandbox = self.session.sandbox().await?;
        if published {
            sandbox.advance("days", DAYS).await?;
        }
        println!("  It is {} there.", sandbox.now().await?.format("%A, %-d %B %Y"));
        let connection = self.session.connection(tenant, Platform::Meta, Some(ACCOUNT), None).await?;
        let reach = self.session.reach(tenant, &connection).await?;
        let reads = sync::account(self.session, tenant, &reach, None).await?;
        println!("{}", sync::summary(ACCOUNT, &reads, self.paint));
        Ok(())
    }

    async fn import(&self) -> Result<()> {
        let args = MetricsArgs {
            file: self.args.examples.join("data/kag_conversion_data.csv"),
            account: Some(EXPORT.into()),
            map: Vec::new(),
            dates: None,
            decimal: None,
            currency: Some("USD".parse()?),
            rejects: None,
            dry_run: false,
        };
        let read = import::read(&args)?;
        print!("{read}");
        println!("{}", import::summary(&import::load(self.session, &args, &read).await?, self.paint));
        Ok(())
    }

    async fn reports(&self) -> Result<()> {
        for (account, page) in [(ACCOUNT, "spring-sale-report.html"), (EXPORT, "kag-report.html")] {
            let wish = reporting::Wish {
                account: Some(account.into()),
                since: None,
                until: None,
                as_known_at: None,
            };
            let tenant = self.session.tenant().await?;
            let mut tx = self.session.db().tenant(tenant.id).await?;
            let gathered = reporting::gather(&mut tx, &wish, chrono::Utc::now()).await?;
            tx.commit().await?;
            let Some(gathered) = gathered else { continue };
            if account == ACCOUNT {
                report::print(&gathered, 5)?;
            }
            let path = self.args.out.join(page);
            report::write_html(&gathered, &path)?;
            println!("{} with charts: {}", self.paint.green("✓"), self.paint.cyan(path.display()));
        }
        Ok(())
    }

    fn what_next(&self) {
        let data_dir = self.session.data_dir().display();
        let line = |command: &str, what: &str| {
            println!("  {:<52} {}", self.paint.cyan(command), self.paint.dim(what))
        };
        println!("\n{}", self.paint.bold("What to try next"));
        println!(
            "  {}",
            self.paint.dim(format!("export PLACARD_DATA_DIR={data_dir} PATH=\"$PWD/target/debug:$PATH\""))
        );
        line("placard status spring-sale", "what is on the platform");
        line("placard init mine.yaml", "a commented spec of your own");
        line("placard plan -f mine.yaml", "what it would do, and what a day costs");
        line("placard apply -f mine.yaml", "make it so");
        line("placard pause spring-sale", "stop");
        line("placard sandbox advance --days 7", "let a week pass; then `placard sync`, `placard report`");
    }
}
