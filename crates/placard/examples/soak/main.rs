//! What holds for long: `./x soak` publishes through seeded faults, `./x soak api` asks a server for more than it can
//! give, `./x soak tenants` cancels requests of two tenants on few connections.
//!
//! The exit code is 1 if anything was wrong.

mod api;
#[path = "../shared/connection.rs"]
mod connection;
mod faults;
#[path = "../../tests/it/support/soak/mod.rs"]
mod publishing;
mod tenants;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

/// What holds for long.
#[derive(Parser)]
#[command(name = "./x soak", args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    faults: faults::Args,
}

#[derive(Subcommand)]
enum What {
    /// Mixed load at twice what a server can do: its memory, its refusals, and that nothing accepted is lost.
    Api(api::Args),
    /// Requests of two tenants that are dropped anywhere: nothing of a tenant stays on a connection.
    Tenants(tenants::Args),
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let Args { what, faults } = Args::parse();
    let right = match what {
        None => faults::run(&faults).await?,
        Some(What::Api(args)) => api::run(&args).await?,
        Some(What::Tenants(args)) => tenants::run(&args).await?,
    };
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line that is written over and over, where somebody can see that.
fn show(standing: &impl std::fmt::Display) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    eprint!("\r{standing}");
    // Progress that cannot be shown harms nobody.
    let _ = std::io::stderr().flush();
}
