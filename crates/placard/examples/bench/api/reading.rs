//! A row read over HTTP by somebody who is signed in, beside pgbench and beside Fastify.

use super::{
    fastify::{self, Fastify},
    load::{Questions, ask},
    pgbench::Pgbench,
    stage::{Stage, key},
};
use crate::{
    Size,
    figure::{Bar, Figure, grouped},
    timing::Samples,
};
use anyhow::Result;
use std::{net::SocketAddr, time::Duration};

/// Connections that are held open.
const CLIENTS: usize = 32;
/// Of pgbench.
const OF_PGBENCH: f64 = 0.6;
/// Times Fastify.
const OF_FASTIFY: f64 = 4.0;
/// Fastify is asked so many times less, because its speed does not depend on how much it is asked.
const FEWER: u32 = 4;

/// Reads campaigns by key.
pub(super) async fn measure(size: Size, stage: &Stage) -> Result<Vec<Figure>> {
    let measure = |beside| format!("read one campaign, {CLIENTS} clients, beside {beside}");
    let pgbench = Pgbench::reading(stage)?;
    let fastify = Fastify::start(stage).await;
    let (mut ours, mut bare, mut theirs) = (Samples::default(), Samples::default(), Samples::default());
    for round in 0..=size.rounds {
        let token = stage.log_in(0).await?;
        let took = read(stage, stage.address(), "/api/v1", &token, size.reads).await?;
        let bare_took = pgbench.run(stage, CLIENTS, size.reads).await?;
        let mut their_took = None;
        if let Ok(fastify) = &fastify {
            let fewer = size.reads / FEWER as usize;
            their_took = Some(read(stage, fastify.address(), "", fastify.token(), fewer).await? * FEWER);
        }
        // The first round warms up.
        if round > 0 {
            ours.push(took);
            bare.push(bare_took);
            their_took.into_iter().for_each(|took| theirs.push(took));
        }
    }
    let figure = |beside, theirs, bar| {
        Figure::speeds(measure(beside), (size.reads, "reads"), &ours, (beside, theirs), Bar::AtLeast(bar))
    };
    let beside_pgbench = figure("pgbench", &bare, OF_PGBENCH).note(format!(
        "{} campaigns of two tenants; ours: GET /api/v1/campaigns/{{key}} with its spec through every layer, the \
         token verified, rights and limits looked at, the clients on the same processors; pgbench: the same statement, \
         prepared, in one pipeline with the one that sets role and tenant",
        grouped(stage.campaigns as f64 * 2.0)
    ));
    let beside_fastify = match fastify {
        Ok(running) => {
            let note = format!("{}; {}", fastify::ABOUT, running.versions());
            running.stop().await?;
            figure("Fastify", &theirs, OF_FASTIFY).note(note)
        }
        Err(why) => Figure::skipped(measure("Fastify"), format!("no Fastify here: {why:#}")),
    };
    Ok(vec![beside_pgbench, beside_fastify])
}

/// How long it takes to read `reads` campaigns at `address`.
async fn read(
    stage: &Stage,
    address: SocketAddr,
    prefix: &str,
    token: &str,
    reads: usize,
) -> Result<Duration> {
    let paths = (0..stage.campaigns).map(|number| {
        let key = key(number);
        (format!("{prefix}/campaigns/{key}"), format!("\"key\":\"{key}\""))
    });
    ask(address, Questions::get(paths, token), CLIENTS, reads).await
}
