//! The private PostgreSQL cluster: with no `PLACARD_DATABASE_URL`, placard creates one in its data
//! directory from the system's binaries (PostgreSQL 15 or newer) and supervises it.
//!
//! One process owns a data directory at a time ([`OwnerLock`] says who). The owner starts the server,
//! restarts it when it dies, and stops it with itself; every other process on the same machine reaches
//! it through [`running`]. The server listens on loopback only, asks for a generated password, and
//! never runs as root. Processes are told apart through `/proc`, so all this is for Linux.
//!
//! ```text
//! <data directory>/
//!   owner.lock            who owns the directory (JSON), locked while they live
//!   postgres/             renamed into place once complete, so it is whole or absent
//!     credentials.json    generated passwords, readable by placard's user only
//!     postgresql.conf     written anew at every start
//!     pg_hba.conf
//!     startup.log         what the server said before its own log began
//!     data/               the cluster itself, owned by the server's user
//!     log/                the server's log, one file per day of the week
//! ```

mod binaries;
mod cluster;
mod config;
mod credentials;
mod error;
mod external;
mod initialise;
mod layout;
mod lock;
mod process;
#[doc(hidden)]
pub mod scratch;
mod server;
mod supervisor;
mod user;
mod version;

pub use cluster::{Cluster, ClusterConfig, RunningCluster, running};
pub use error::ClusterError;
pub use external::{ExternalError, check_external};
pub use lock::{Owner, OwnerLock};
pub use supervisor::Health;
pub use version::{MINIMUM_MAJOR, ServerVersion};

/// Whether `data_dir` holds a private cluster already.
pub fn exists(data_dir: &std::path::Path) -> bool {
    layout::DataDir::open(data_dir).is_ok_and(|dir| dir.home().path().is_dir())
}
