//! A publisher for the terminal: progress, Ctrl-C, and how patient to be.

use super::progress_bar::TerminalProgress;
use crate::{
    assets::Assets,
    publishing::{Policy, Publisher, Stop},
    session::{Reach, Session},
    work::RescueDeployment,
};
use placard_store::tenant::Tenant;
use std::{io, path::PathBuf};

/// Reads a file that a spec names.
type ReadFile = Box<dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync>;

/// What a publisher borrows.
pub(super) struct Bench {
    progress: TerminalProgress,
    stop: Stop,
    read_file: ReadFile,
    folder: Option<PathBuf>,
}

impl Bench {
    /// With the files of a spec at hand; without them, nothing can be uploaded.
    pub(super) fn new(assets: Option<Assets>) -> Self {
        let stop = Stop::default();
        let asked = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                eprintln!("\n  stopping after the request that is under way …");
                asked.ask();
            }
        });
        let folder = assets.as_ref().and_then(|assets| std::path::absolute(assets.folder()).ok());
        let read_file: ReadFile = match assets {
            Some(assets) => Box::new(move |path| assets.read(path)),
            None => Box::new(|_| {
                Err(io::Error::other("run `placard apply -f` with the spec, so that its files are at hand"))
            }),
        };
        Self { progress: TerminalProgress::new(), stop, read_file, folder }
    }

    /// A publisher for the campaign `key`.
    pub(super) fn publisher<'a>(
        &'a self,
        session: &'a Session,
        tenant: &Tenant,
        reach: &'a Reach,
        key: &str,
    ) -> Publisher<'a> {
        let rescue = RescueDeployment {
            campaign: key.to_owned(),
            account: reach.account().clone(),
            folder: self.folder.clone(),
        };
        Publisher {
            db: session.db(),
            tenant: tenant.id,
            actor: session.actor(),
            platform: &*reach.platform,
            access: reach.access.clone(),
            policy: Policy::towards(reach.local),
            progress: &self.progress,
            stop: self.stop.clone(),
            now: chrono::Utc::now,
            read_file: &*self.read_file,
            library: Some(session),
            rescue: Some(rescue.watch()),
        }
    }
}
