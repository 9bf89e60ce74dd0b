//! `placard sandbox`: the pretended platforms and their clock.

use super::{ExitCode, paint::Paint};
use crate::{session::SandboxHost, settings::Settings};
use anyhow::{Context, Result};
use std::net::SocketAddr;

/// `placard sandbox`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    action: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Run it until Ctrl-C, so that other programs can speak to it.
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8930")]
        bind: SocketAddr,
    },
    /// Say what time it is there.
    Clock,
    /// Let time pass there.
    Advance {
        /// Days.
        #[arg(long, default_value_t = 0)]
        days: u32,
        /// Hours.
        #[arg(long, default_value_t = 0)]
        hours: u32,
    },
    /// Forget everything that happened there.
    Reset,
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let data_dir = settings.data_dir()?;
    std::fs::create_dir_all(&data_dir).with_context(|| format!("{} cannot be made", data_dir.display()))?;
    let paint = Paint::for_stdout();
    let host = match &args.action {
        What::Serve { bind } => SandboxHost::open_at(&data_dir, *bind).await?,
        _ => SandboxHost::open(&data_dir).await?,
    };
    match args.action {
        What::Serve { .. } if !host.is_own() => {
            anyhow::bail!("the sandbox of {} runs already, at {}", data_dir.display(), host.base_url());
        }
        What::Serve { .. } => {
            println!("{} The sandbox listens at {}", paint.green("✓"), paint.cyan(host.base_url()));
            println!(
                "  Its Graph API: {}v26.0/…   Its controls: {}_sandbox/…",
                host.base_url(),
                host.base_url()
            );
            println!("  Ctrl-C stops it; its world is kept.");
            tokio::signal::ctrl_c().await.context("Ctrl-C cannot be heard")?;
        }
        What::Clock => {}
        What::Advance { days, hours } => {
            if days > 0 {
                host.advance("days", days).await?;
            }
            if hours > 0 {
                host.advance("hours", hours).await?;
            }
        }
        What::Reset => {
            host.control("POST", "reset", Some(serde_json::json!({}))).await?;
        }
    }
    println!("It is {} there.", host.now().await?.format("%A, %-d %B %Y, %H:%M UTC"));
    host.stop().await?;
    Ok(ExitCode::Done)
}
