//! Processes that write at the same moment, through the API, the command line and background work: none of them gets past
//! a ceiling.

use super::served::Served;
use crate::support::{Run, Spec};
use anyhow::{Context, Result, ensure};
use placard_domain::plan::ObjectKind as Kind;
use placard_sandbox::Status;
use placard_store::{ceiling, tenant::Role};
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

/// Writers at each entrance, each with a campaign of 120.00 EUR a day.
const WRITERS: usize = 3;
/// How many of them fit.
const ROOM: usize = 2;
const UNDECIDED: i32 = 3;
const BUSY: i32 = 4;
/// How long a client waits before it asks again.
const BREATH: Duration = Duration::from_millis(50);
const OVER: &str = "the ceiling for everything is";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entrance_refuses_at_once_what_does_not_fit_under_the_ceiling() -> Result<()> {
    let mut entrances = Entrances::open().await?;
    // The dead processes had taken more than that, so that workers may not simply go on either.
    entrances.served.installation.must(&["ceiling", "set", "240", "EUR"]).await?;
    let by_workers = entrances.everybody(WRITERS).await?;
    let first = by_workers + entrances.admitted();
    ensure!(first <= ROOM && by_workers < WRITERS, "{first} got in");
    entrances.are_all(first).await?;

    // What was refused took nothing, so that there is room for exactly the rest.
    entrances.everybody(0).await?;
    ensure!(by_workers + entrances.admitted() == ROOM, "{by_workers} and {}", entrances.admitted());
    entrances.are_all(ROOM).await
}

/// A server as a process of its own, and what each writer is to publish.
struct Entrances {
    served: Served,
    token: String,
    address: SocketAddr,
    _server: Child,
    /// What is left to publish by hand, and by a program.
    files: Vec<String>,
    plans: Vec<String>,
}

impl Entrances {
    async fn open() -> Result<Self> {
        let served = Served::open().await?;
        let tenant = served.installation.tenant.id;
        let (_, token) = served.member(tenant, "olga@example.com", Role::Operator).await?;
        let mut server = served
            .installation
            .placard(&["serve", "--bind", "127.0.0.1:0", "--no-worker"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(server.stdout.take().context("it has no output")?).lines();
        let line = lines.next_line().await?.context("the server ended")?;
        let address = line.rsplit("http://").next().unwrap_or_default().parse().context(line.clone())?;
        let mut opened =
            Self { served, token, address, _server: server, files: Vec::new(), plans: Vec::new() };
        for number in 0..WRITERS {
            let spec = Spec { key: format!("by-hand-{number}"), ..Spec::default() };
            opened.files.push(spec.write(opened.served.installation.folder(), &spec.key)?);
            opened.plans.push(opened.plan(&format!("by-program-{number}")).await?);
            opened.die(&format!("by-worker-{number}")).await?;
        }
        Ok(opened)
    }

    /// Stores a campaign through the API and gives the plan to publish it.
    async fn plan(&self, key: &str) -> Result<String> {
        let spec = Spec { key: key.to_owned(), ..Spec::default() };
        let folder = self.served.installation.folder();
        let file = spec.write(folder, key)?;
        let put = async |path: String, kind, body| {
            let kind = [("content-type", kind)];
            self.served.send(self.address, "PUT", &path, Some(&self.token), &kind, Some(body)).await?.good()
        };
        for ad in 0..spec.ads {
            let (picture, kind) = (format!("0-{ad}.png"), "application/octet-stream");
            let path = format!("/campaigns/{key}/files?path={picture}");
            put(path, kind, fs::read(folder.join(&picture))?).await?;
        }
        put(format!("/campaigns/{key}"), "application/yaml", fs::read(folder.join(file))?).await?;
        let path = format!("/campaigns/{key}/plans");
        let plan = self.call("POST", &path, Some(json!({}))).await?.good()?;
        Ok(plan["id"].as_str().context("a plan has an id")?.to_owned())
    }

    /// Publishes a campaign with a process that dies after the first step, so that a worker is to go on.
    async fn die(&self, key: &str) -> Result<()> {
        let spec = Spec { key: key.to_owned(), ..Spec::default() };
        let installation = &self.served.installation;
        let file = spec.write(installation.folder(), key)?;
        let mut apply = installation.placard(&["apply", "--yes", "-f", &file]);
        apply.env("PLACARD_CRASH_AT", format!("after_store meta/campaign:{key}/create"));
        let run = Run::of(&mut apply).await?;
        ensure!(run.was_killed(), "the moment never came: {run}");
        Ok(())
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<super::served::Answer> {
        self.served.call_at(self.address, method, path, Some(&self.token), body).await
    }

    /// How many got in by hand or by the API.
    fn admitted(&self) -> usize {
        2 * WRITERS - self.files.len() - self.plans.len()
    }

    /// Lets everybody write at once who did not get in yet, and workers with so many jobs. Gives how many of those did.
    async fn everybody(&mut self, jobs: usize) -> Result<usize> {
        let by_hand = futures::future::try_join_all(self.files.iter().map(|file| self.by_hand(file)));
        let by_program = futures::future::try_join_all(self.plans.iter().map(|plan| self.by_program(plan)));
        let (by_hand, by_program, by_workers) = tokio::try_join!(by_hand, by_program, self.by_workers(jobs))?;
        let mut by_hand = by_hand.into_iter();
        self.files.retain(|_| by_hand.next() == Some(false));
        let mut by_program = by_program.into_iter();
        self.plans.retain(|_| by_program.next() == Some(false));
        Ok(by_workers)
    }

    async fn by_hand(&self, file: &str) -> Result<bool> {
        loop {
            let run = self.served.installation.run(&["apply", "--yes", "-f", file]).await?;
            match run.code() {
                Some(0) => return Ok(true),
                Some(UNDECIDED) if run.stderr.contains(OVER) => return Ok(false),
                Some(BUSY) => {}
                _ => anyhow::bail!("{run}"),
            }
        }
    }

    async fn by_program(&self, plan: &str) -> Result<bool> {
        loop {
            let answer = self.call("POST", &format!("/plans/{plan}/apply"), None).await?;
            match (answer.status, answer.json()["type"].as_str()) {
                (200 | 202, _) => {
                    let id = answer.json()["deployment_id"].as_str().map(str::to_owned);
                    return self.finish(&id.context("nothing was deployed")?).await;
                }
                (409, Some("urn:placard:problem:limited")) if answer.text.contains(OVER) => return Ok(false),
                // Somebody else publishes to the account at the moment.
                (409, Some("urn:placard:problem:conflict")) => tokio::time::sleep(BREATH).await,
                _ => anyhow::bail!("{answer:?}"),
            }
        }
    }

    /// Waits until a deployment that the server carries out has ended.
    async fn finish(&self, deployment: &str) -> Result<bool> {
        loop {
            let known = self.call("GET", &format!("/deployments/{deployment}"), None).await?.good()?;
            match known["status"].as_str() {
                Some("succeeded") => return Ok(true),
                Some("pending" | "running") => tokio::time::sleep(BREATH).await,
                _ => anyhow::bail!("{known}"),
            }
        }
    }

    /// Two workers at once, until every deployment has ended or was refused by the ceiling.
    async fn by_workers(&self, jobs: usize) -> Result<usize> {
        let (mut finished, mut refused) = (0, 0);
        while finished + refused < jobs {
            self.make_due().await?;
            let once = || self.served.installation.must(&["worker", "--once"]);
            let (one, other) = tokio::try_join!(once(), once())?;
            for line in one.lines().chain(other.lines()).filter(|line| line.contains("rescue_deployment")) {
                if line.contains(OVER) {
                    refused += 1;
                } else if line.starts_with('✓') {
                    finished += 1;
                } else {
                    ensure!(line.contains("is at it"), "{line}");
                }
            }
        }
        Ok(finished)
    }

    async fn make_due(&self) -> Result<()> {
        let mut connection = self.served.installation.database.superuser().await;
        sqlx::query("update job_waiting set due_at = now()").execute(&mut connection).await?;
        Ok(())
    }

    /// Whether so many campaigns run and are committed, and nothing else.
    async fn are_all(&self, admitted: usize) -> Result<()> {
        let installation = &self.served.installation;
        let mut tx = installation.database.db.tenant(installation.tenant.id).await?;
        let committed = ceiling::commitments(&mut tx).await?;
        tx.commit().await?;
        let daily: i64 = committed.into_iter().map(|one| one.daily.minor()).sum();
        let world = installation.world()?;
        let campaigns = world.living().filter(|object| object.kind == Kind::Campaign);
        let running = campaigns.filter(|campaign| campaign.status == Status::Active).count();
        let fits = daily == 12_000 * i64::try_from(admitted)? && running == admitted;
        ensure!(fits, "{admitted} got in, {running} run, {daily} cents are committed");
        Ok(())
    }
}
