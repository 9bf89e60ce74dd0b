//! From names to addresses, looked at in the moment they are connected to.

use super::{
    address::not_public,
    target::{Refusal, Trust},
};
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Whoever knows the addresses of names.
pub trait Lookup: Send + Sync + fmt::Debug {
    /// The addresses of `name`.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The resolver that connections are made with: what it answers is what is connected to, so that nothing lies between
/// the check and the connection.
pub(super) struct AtConnect {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) trust: Trust,
}

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no address")]
pub(super) struct NoAddress(String);

impl Resolve for AtConnect {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, trust, name) = (self.lookup.clone(), self.trust, name.as_str().to_owned());
        Box::pin(async move {
            let found = lookup.lookup(name.clone()).await.map_err(|_| NoAddress(name.clone()))?;
            if found.is_empty() {
                return Err(NoAddress(name).into());
            }
            if trust == Trust::Checked {
                // One that is not public is enough: a public name has no reason to lead inside.
                let inside = found.iter().find_map(|address| Some((*address, not_public(*address)?)));
                if let Some((address, range)) = inside {
                    return Err(Refusal::Address { host: name, address, range }.into());
                }
            }
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
