//! What Ctrl-C does while a server is asked.

use crate::publishing::Stop;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{RwLock, RwLockReadGuard},
};

/// Ends the process at Ctrl-C, but never while something is half done that nobody could finish later.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether someone wants to be asked instead.
    claimed: AtomicBool,
    stop: Stop,
    /// Read by what must not be cut off, written by who is about to end the process.
    whole: RwLock<()>,
}

impl Interrupts {
    /// From here on signals are handled as said; `last_words` are done before the process ends.
    pub fn listen(last_words: fn()) -> std::io::Result<Self> {
        let interrupts = Self::default();
        let own = interrupts.clone();
        let (mut int, mut term, mut hup) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        );
        tokio::spawn(async move {
            let code = own.next(&mut int, &mut term, &mut hup).await;
            let _nothing_is_half_done = own.0.whole.write().await;
            last_words();
            std::process::exit(code);
        });
        Ok(interrupts)
    }

    /// Waits for a signal that ends the process, and gives the code it ends with.
    async fn next(&self, int: &mut Signal, term: &mut Signal, hup: &mut Signal) -> i32 {
        loop {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => return 143,
                _ = hup.recv() => return 129,
            }
            if !self.0.claimed.load(Ordering::SeqCst) {
                return 130;
            }
            if self.0.stop.is_wanted() {
                eprintln!("\n  left; what the server has begun goes on there");
                return 130;
            }
            eprintln!("\n  stopping after the request that is under way …");
            self.0.stop.ask();
        }
    }

    /// Ctrl-C asks from now on, instead of ending the process.
    pub fn claim(&self) -> Stop {
        self.0.claimed.store(true, Ordering::SeqCst);
        self.0.stop.clone()
    }

    /// While it is held, the process is not ended by a signal that can be caught.
    pub(super) async fn whole(&self) -> RwLockReadGuard<'_, ()> {
        self.0.whole.read().await
    }
}
