//! `placard serve`: the API, and background work beside it.

use super::{ExitCode, paint::Paint, website::Reach};
use crate::{
    api::{Config, Limits, Server},
    publishing::Stop,
    session::Session,
    settings::Settings,
    work::{
        self, Upkeep,
        outreach::{Post, deliver},
    },
};
use anyhow::{Context, Result};
use placard_store::{
    jobs::Worker,
    rate_limit::{InProcess, LimiterState, RateLimiter, RedisLimiter, RedisOptions},
};
use secrecy::SecretString;
use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};
use tokio::signal::unix::{SignalKind, signal};

/// `placard serve`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDRESS")]
    bind: SocketAddr,
    /// Count rate limits in this Redis, for all servers together.
    #[arg(long, env = "PLACARD_REDIS_URL", hide_env_values = true, value_name = "URL")]
    redis: Option<String>,
    /// How many requests may be under way at a time.
    #[arg(long, default_value_t = 256, value_name = "COUNT")]
    concurrency: usize,
    /// How many requests a person or program may make in a minute.
    #[arg(long, default_value_t = Limits::default().caller, value_name = "COUNT")]
    limit_caller: NonZeroU32,
    /// How many requests an address may make in a minute where nobody is signed in.
    #[arg(long, default_value_t = Limits::default().stranger, value_name = "COUNT")]
    limit_stranger: NonZeroU32,
    /// How many deliveries of platforms an address may make in a minute.
    #[arg(long, default_value_t = Limits::default().platform, value_name = "COUNT")]
    limit_platform: NonZeroU32,
    /// How often a tenant may use each path that reaches a platform or computes for long, in a minute.
    #[arg(long, default_value_t = Limits::default().costly, value_name = "COUNT")]
    limit_costly: NonZeroU32,
    /// Believe the caller's address that a proxy writes into X-Forwarded-For.
    #[arg(long)]
    behind_proxy: bool,
    /// Leave background work to `placard worker`.
    #[arg(long)]
    no_worker: bool,
    #[command(flatten)]
    reach: Reach,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let session = Arc::new(Session::open(settings, "placard serve").await?);
    let outcome = serve(&session, &args).await;
    let session = Arc::into_inner(session).context("a request still holds the database")?;
    session.close().await?;
    outcome
}

async fn serve(session: &Arc<Session>, args: &Args) -> Result<ExitCode> {
    let limiter: Box<dyn RateLimiter> = match &args.redis {
        Some(url) => {
            let (url, options) = (SecretString::from(url.as_str()), RedisOptions::default());
            Box::new(RedisLimiter::connect(&url, options, tell, chrono::Utc::now()).await?)
        }
        None => Box::new(InProcess::new()),
    };
    let config = Config {
        bind: args.bind,
        concurrency: args.concurrency,
        limits: Limits {
            caller: args.limit_caller,
            stranger: args.limit_stranger,
            platform: args.limit_platform,
            costly: args.limit_costly,
        },
        behind_proxy: args.behind_proxy,
        vouched: args.reach.vouched.clone(),
        ..Config::default()
    };
    // A MongoDB that cannot be reached is said before anybody relies on it.
    session.documents().await?;
    let server = Server::start(Arc::clone(session), config, limiter).await?;
    let paint = Paint::for_stdout();
    println!("{} The API listens on {}", paint.green("✓"), paint.bold(format!("http://{}", server.address)));
    println!("    read it at  {}", paint.cyan(format!("http://{}/api/docs", server.address)));
    let mut term = signal(SignalKind::terminate())?;
    let stop = Stop::default();
    let background =
        async { if args.no_worker { std::future::pending().await } else { worker(session).await } };
    let post = async {
        if !args.no_worker {
            deliver(session, &stop, note).await;
        }
    };
    let until_stopped = async {
        let outcome = tokio::select! {
            outcome = background => outcome,
            _ = tokio::signal::ctrl_c() => Ok(()),
            _ = term.recv() => Ok(()),
        };
        println!("stopping: what is under way is finished or set down …");
        stop.ask();
        outcome
    };
    let (outcome, ()) = tokio::join!(until_stopped, post);
    server.stop().await?;
    outcome.map(|()| ExitCode::Done)
}

/// Does what is due. Returns whether anything was.
async fn once(session: &Session, worker: &mut Worker, upkeep: &mut Upkeep) -> Result<bool> {
    upkeep.if_due(session.db(), || session.documents(), chrono::Utc::now()).await?;
    Ok(!work::do_due(session, worker).await?.is_empty())
}

/// What went out is in the database; what did not is for whoever runs the server.
fn note(post: &Post) {
    match &post.outcome {
        Ok(pass) => {
            if let Some(refusal) = &pass.refusal {
                tracing::warn!(tenant.id = %post.tenant, refused = pass.refused, unknown = pass.unknown, "a channel took no message: {refusal}");
            }
        }
        Err(error) => tracing::warn!(tenant.id = %post.tenant, "no message went out: {error:#}"),
    }
}

fn tell(state: &LimiterState) {
    match state {
        LimiterState::Exact => tracing::info!("{state}"),
        LimiterState::Away { .. } => tracing::warn!("{state}"),
    }
}

/// Does what becomes due, for as long as the server runs.
async fn worker(session: &Session) -> Result<()> {
    let (mut worker, mut upkeep) = (work::worker(session), Upkeep::default());
    loop {
        match once(session, &mut worker, &mut upkeep).await {
            Ok(true) => {}
            Ok(false) => worker.wait(Duration::from_secs(5)).await?,
            Err(error) => {
                tracing::warn!("background work stopped for a while: {error:#}");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}
