//! Connections that are kept open and lent out one at a time.
//!
//! One that comes back settled is lent again at once. `sqlx`'s own pool asks the server with each return, and with each
//! loan, whether the connection still lives; here the first statement of a loan finds that out.

use crate::StoreError;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    io::ErrorKind,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A connection older than this is closed, so that what a server keeps for it does not grow for ever.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// A connection that nobody needed for so long is closed.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// How long a connection is given to undo what was left unfinished on it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before trying again to reach a server that takes no connections at the moment.
const BREATH: Duration = Duration::from_millis(100);

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: PgConnectOptions,
    size: u32,
    patience: Duration,
    places: Arc<Semaphore>,
    /// The one that was used last comes last.
    idle: Mutex<Vec<Open>>,
}

#[derive(Debug)]
struct Open {
    connection: PgConnection,
    since: Instant,
    used: Instant,
}

impl Pool {
    /// A pool of up to `size` connections, none open yet.
    pub(crate) fn new(options: PgConnectOptions, size: u32, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(size as usize));
        Self(Arc::new(Inner { options, size, patience, places, idle: Mutex::default() }))
    }

    /// A connection, once one is free.
    pub(crate) async fn lend(&self) -> Result<Loan, StoreError> {
        let place = Arc::clone(&self.0.places).acquire_owned();
        let place = tokio::time::timeout(self.0.patience, place).await;
        let place = place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let (open, reused) = match self.0.take() {
            Some(open) => (open, true),
            // In a box, because it is large and seldom: who borrows carries the room for it in every request.
            None => (Box::pin(self.0.open()).await?, false),
        };
        Ok(Loan {
            open: Some(open),
            place: Some(place),
            of: Arc::clone(&self.0),
            state: State::Settled,
            reused,
        })
    }

    /// Waits until every connection is back, and closes them.
    pub(crate) async fn close(&self) {
        // It fails only if they are closed already.
        let all = self.0.places.acquire_many(self.0.size).await;
        self.0.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for open in idle {
            open.close().await;
        }
    }
}

impl Inner {
    fn take(&self) -> Option<Open> {
        let (found, old) = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let long = idle.iter().take_while(|open| open.used.elapsed() > IDLE).count();
            let mut old: Vec<Open> = idle.drain(..long).collect();
            let found = loop {
                match idle.pop() {
                    Some(open) if open.since.elapsed() > LIFETIME => old.push(open),
                    other => break other,
                }
            };
            (found, old)
        };
        for open in old {
            tokio::spawn(open.close());
        }
        found
    }

    fn keep(&self, mut open: Open) {
        open.used = Instant::now();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(open);
    }

    /// A new connection. A server that is starting or full is asked again until the patience ends.
    async fn open(&self) -> Result<Open, StoreError> {
        let began = Instant::now();
        loop {
            let left = self.patience.saturating_sub(began.elapsed());
            let refused = match tokio::time::timeout(left, self.options.connect()).await {
                Ok(Ok(connection)) => {
                    let now = Instant::now();
                    return Ok(Open { connection, since: now, used: now });
                }
                Ok(Err(error)) => error,
                Err(_) => sqlx::Error::PoolTimedOut,
            };
            if !is_passing(&refused) || began.elapsed() + BREATH >= self.patience {
                return Err(refused.into());
            }
            tokio::time::sleep(BREATH).await;
        }
    }
}

impl Open {
    async fn close(self) {
        // Whether the server hears of it or finds it closed is the same.
        let _ = tokio::time::timeout(PATIENCE, self.connection.close()).await;
    }
}

/// What may be left to do on a connection before somebody else may have it.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing.
    Settled,
    /// An answer is awaited, to a statement that is its own transaction.
    Asked,
    /// A transaction is open, or being begun or ended.
    Open,
}

/// A connection for as long as somebody has it. Dropped in the middle of something, it is settled before it is lent
/// again.
#[derive(Debug)]
pub(crate) struct Loan {
    open: Option<Open>,
    place: Option<OwnedSemaphorePermit>,
    of: Arc<Inner>,
    state: State,
    reused: bool,
}

impl Loan {
    /// From now on a transaction may be open.
    pub(crate) fn opens(&mut self) -> &mut PgConnection {
        self.state = State::Open;
        self
    }

    /// For a statement that is its own transaction.
    pub(crate) fn asks(&mut self) -> &mut PgConnection {
        self.state = State::Asked;
        self
    }

    /// Everything that was begun has ended.
    pub(crate) fn settled(&mut self) {
        self.state = State::Settled;
    }

    /// What to make of an error of the first statement: none if the connection had been lost while nobody used it, so
    /// that nothing has happened and another one will do.
    pub(crate) fn failed(mut self, error: sqlx::Error) -> Result<(), StoreError> {
        if !is_loss(&error) {
            return Err(error.into());
        }
        self.open = None;
        if self.reused { Ok(()) } else { Err(error.into()) }
    }
}

impl Deref for Loan {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.open.as_ref().expect("it is given back when it is dropped").connection
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.open.as_mut().expect("it is given back when it is dropped").connection
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        let (of, place, state) = (Arc::clone(&self.of), self.place.take(), self.state);
        if matches!(state, State::Settled) {
            of.keep(open);
            return;
        }
        // Outside a runtime nobody is left to wait for the server, which undoes what a lost connection had open.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let settled = async {
                match state {
                    State::Open => open.connection.execute("rollback").await.map(drop),
                    State::Asked | State::Settled => open.connection.ping().await,
                }
            };
            match tokio::time::timeout(PATIENCE, settled).await {
                Ok(Ok(())) => of.keep(open),
                Ok(Err(_)) | Err(_) => drop(open),
            }
            drop(place);
        });
    }
}

/// Whether the connection is gone.
fn is_loss(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Exceptions of the connection, and the server's word that it shuts down or ends the session.
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
        }
        _ => false,
    }
}

/// Whether a server that refused a connection may take one in a moment: nobody listens yet, it starts, it is full, or it
/// hung up before anything was said.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::UnexpectedEof
        ),
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| code == "57P03" || code == "53300")
        }
        _ => false,
    }
}
