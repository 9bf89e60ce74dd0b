//! Keeping the server alive while its owner lives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::sync::watch;

use super::error::ClusterError;
use super::server::{Launcher, Server};

/// After so many failed restarts in a row, a person has to look.
const MAX_ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A server that ran for so long was well; its next death starts a new count.
const WELL_AFTER: Duration = Duration::from_secs(60);

/// How the private server is doing.
#[derive(Clone, Debug)]
pub enum Health {
    /// It accepts connections. Set by start and by every successful restart.
    Running,
    /// It died and is being restarted. Set by the supervisor.
    Restarting {
        /// Counts from one; small numbers are nothing to worry about.
        attempt: u32,
    },
    /// It died too often, and the supervisor has given up for this reason. Final.
    Failed(Arc<ClusterError>),
    /// Its owner stopped it. Final.
    Stopped,
}

/// The task that restarts the server when it dies and stops it when asked, or when its handle is dropped.
pub(super) struct Supervisor {
    pub(super) launcher: Launcher,
    pub(super) port: u16,
    pub(super) url: SecretString,
    pub(super) health: watch::Sender<Health>,
    pub(super) stop: watch::Receiver<bool>,
}

impl Supervisor {
    /// Runs until stopped, or until the server has died too often.
    pub(super) async fn run(self, first: Server) -> Result<(), ClusterError> {
        let mut server = first;
        let mut attempt = 0;
        loop {
            let started = Instant::now();
            let mut stop = self.stop.clone();
            let status = tokio::select! {
                biased;
                () = stop_requested(&mut stop) => return self.stopped(server.stop(&self.launcher.census).await),
                ended = server.ended() => match ended {
                    Ok(status) => status,
                    Err(error) => return self.give_up(ClusterError::io("wait for", self.launcher.home.path())(error)),
                },
            };
            tracing::error!("PostgreSQL ended with {status}; restarting it");
            if started.elapsed() >= WELL_AFTER {
                attempt = 0;
            }
            if attempt >= MAX_ATTEMPTS {
                let log = self.launcher.home.log();
                return self.give_up(ClusterError::KeepsEnding { log, times: attempt + 1, status });
            }
            server = tokio::select! {
                biased;
                () = stop_requested(&mut stop) => return self.stopped(self.launcher.census.stop().await),
                restarted = self.restart(&mut attempt) => match restarted {
                    Ok(server) => server,
                    Err(error) => return self.give_up(error),
                },
            };
        }
    }

    /// Launches the server again, pausing longer before every attempt.
    async fn restart(&self, attempt: &mut u32) -> Result<Server, ClusterError> {
        loop {
            *attempt += 1;
            self.health.send_replace(Health::Restarting { attempt: *attempt });
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(*attempt - 1)).await;
            match self.relaunch().await {
                Ok(server) => {
                    self.health.send_replace(Health::Running);
                    tracing::info!(attempt, "PostgreSQL is running again");
                    return Ok(server);
                }
                Err(error) if *attempt >= MAX_ATTEMPTS => return Err(error),
                Err(error) => tracing::warn!(attempt, %error, "could not restart PostgreSQL; trying again"),
            }
        }
    }

    async fn relaunch(&self) -> Result<Server, ClusterError> {
        self.launcher.census.clear().await?;
        self.launcher.launch(self.port, &self.url).await
    }

    fn stopped(&self, outcome: Result<(), ClusterError>) -> Result<(), ClusterError> {
        self.health.send_replace(Health::Stopped);
        outcome
    }

    /// The reason is for whoever watches the health; stopping what no longer runs is no failure.
    fn give_up(&self, error: ClusterError) -> Result<(), ClusterError> {
        tracing::error!(%error, "giving up on PostgreSQL: placard no longer restarts it");
        self.health.send_replace(Health::Failed(Arc::new(error)));
        Ok(())
    }
}

/// Resolves when stopping is asked for; a vanished handle asks for it too.
async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}
