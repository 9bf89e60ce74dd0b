//! Where a request may go, as far as its address tells.

use super::{
    FetchConfig,
    address::{Range, not_public},
};
use std::{net::IpAddr, str::FromStr};
use url::{Host, Url};

/// Why nothing is sent to an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only http and https are fetched.
    #[error("{0}: addresses are not fetched, only http: and https:")]
    Scheme(String),
    /// A name or password stands in the address.
    #[error("the address carries a user name or password")]
    Credentials,
    /// Only the usual ports are fetched.
    #[error("port {0} is not fetched")]
    Port(u16),
    /// The address names no host.
    #[error("the address names no host")]
    NoHost,
    /// A name that has a meaning only inside some network.
    #[error("{0} is a name for private networks")]
    LocalName(String),
    /// The host is, or its name leads to, an address that is not public.
    #[error("{host} leads to {address}, {range}")]
    Address {
        /// The host as the address names it.
        host: String,
        /// What it leads to.
        address: IpAddr,
        /// What is wrong with that.
        range: Range,
    },
}

/// One host and port that whoever runs this vouches for, although it is not public: a staging site, say.
///
/// Never from what a tenant says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vouched {
    host: String,
    port: u16,
}

/// What should be a host and port and is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not HOST:PORT")]
pub struct NotVouched(String);

impl FromStr for Vouched {
    type Err = NotVouched;

    fn from_str(text: &str) -> Result<Self, NotVouched> {
        let wrong = || NotVouched(text.to_owned());
        let (_, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| wrong())?;
        let alone = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        let host = url.host_str().filter(|_| alone && url.query().is_none()).ok_or_else(wrong)?;
        Ok(Self { host: bare(host), port })
    }
}

impl Vouched {
    fn is(&self, url: &Url) -> bool {
        url.port_or_known_default() == Some(self.port)
            && url.host_str().is_some_and(|host| bare(host) == self.host)
    }
}

/// Who has to look at the addresses behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whoever connects.
    Checked,
    /// Nobody: it is vouched for.
    Vouched,
}

/// Looks at `url`, and at an address that stands in it instead of a name.
///
/// An address in numbers never passes the resolver, so it must be looked at here. `url` has read all its forms
/// (decimal, octal, hexadecimal, with parts left out, in full-width digits) as WHATWG's URL standard says.
pub(super) fn check(url: &Url, config: &FetchConfig) -> Result<Trust, Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    if config.vouched.iter().any(|one| one.is(url)) {
        return Ok(Trust::Vouched);
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if !config.ports.contains(&port) {
        return Err(Refusal::Port(port));
    }
    match url.host().ok_or(Refusal::NoHost)? {
        Host::Domain(name) if is_local(&bare(name)) => Err(Refusal::LocalName(name.to_owned())),
        Host::Domain(_) => Ok(Trust::Checked),
        Host::Ipv4(address) => public(url, address.into()),
        Host::Ipv6(address) => public(url, address.into()),
    }
}

fn public(url: &Url, address: IpAddr) -> Result<Trust, Refusal> {
    let host = url.host_str().unwrap_or_default().to_owned();
    not_public(address).map_or(Ok(Trust::Checked), |range| Err(Refusal::Address { host, address, range }))
}

/// Names that are not asked for, so that the question does not leave the house either (RFC 6761, RFC 6762, RFC 7686,
/// RFC 8375; `internal` is kept for this by ICANN). A name without a dot depends on where one asks.
fn is_local(name: &str) -> bool {
    const ENDS: [&str; 7] =
        [".localhost", ".local", ".internal", ".home.arpa", ".onion", ".test", ".invalid"];
    !name.contains('.') || ENDS.iter().any(|end| name.ends_with(end))
}

/// A host without the dot that may end it.
fn bare(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}
