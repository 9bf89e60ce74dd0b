//! pgbench, which comes with PostgreSQL: the same row read with nothing around it.

use super::stage::Stage;
use anyhow::{Context, Result, ensure};
use placard_domain::TenantId;
use secrecy::ExposeSecret;
use std::{io::Write, path::PathBuf, time::Duration};
use tempfile::NamedTempFile;
use tokio::process::Command;

/// pgbench and the script that it repeats.
pub(super) struct Pgbench {
    program: PathBuf,
    script: NamedTempFile,
}

impl Pgbench {
    /// Becomes the tenant and reads one of its campaigns, in one round trip: both statements are prepared and travel
    /// in one pipeline, which is one transaction.
    pub(super) fn reading(stage: &Stage) -> Result<Self> {
        let (TenantId(tenant), most) = (stage.tenant, stage.campaigns - 1);
        let mut script = tempfile::Builder::new().suffix(".sql").tempfile()?;
        write!(
            script,
            "\\set number random(0, {most})
\\startpipeline
select set_config('role', 'placard_app', true), set_config('placard.tenant', '{tenant}', true);
select id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, spec_hash, error, \
             last_synced_at, created_at, updated_at, spec \
             from campaign where tenant_id = '{tenant}' and key = 'campaign-' || :number;
\\endpipeline
"
        )?;
        Ok(Self { program: find()?, script })
    }

    /// How long `requests` transactions of `clients` take.
    pub(super) async fn run(&self, stage: &Stage, clients: usize, requests: usize) -> Result<Duration> {
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.arg(format!("--client={clients}"));
        command.arg(format!("--transactions={}", requests.div_ceil(clients)));
        command.arg("--file").arg(self.script.path()).arg(stage.database.url().expose_secret());
        let output = command.output().await.context("pgbench cannot be run")?;
        let (said, errors) = (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success() && said.contains("failed transactions: 0 "), "{said}{errors}");
        let speed = said.lines().find_map(|line| line.strip_prefix("tps = ")).context("no speed")?;
        let speed: f64 = speed.split(' ').next().context("no speed")?.parse()?;
        Ok(Duration::from_secs_f64(requests as f64 / speed))
    }
}

/// On the path, or where Debian puts it.
fn find() -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        places.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let found = places.into_iter().map(|place| place.join("pgbench")).find(|program| program.exists());
    found.context("pgbench is not there; it comes with PostgreSQL")
}
