//! The address of a server, as people write it.

use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

/// Where a server is: scheme, host, port and perhaps a path before `/api/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(Url);

/// Why an address cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no address.
    #[error("`{0}` is no address of a server; write it like https://ads.example.com")]
    Unreadable(String),
    /// It is no address of the web.
    #[error("`{scheme}:` is not spoken here; did you mean `{meant}`?")]
    Scheme {
        /// What stands there.
        scheme: String,
        /// What was probably meant.
        meant: String,
    },
    /// A password would travel where anybody on the way reads it.
    #[error("{0} is not encrypted, so that anybody on the way could read the password")]
    InTheClear(String),
    /// A name or password is part of it.
    #[error("leave the name and the password out of the address; they are asked for")]
    HoldsSecrets,
}

impl Address {
    /// Reads what a person wrote. Without a scheme it is https, on this machine http.
    ///
    /// # Errors
    /// See [`BadAddress`]. Plain http is taken from this machine, or if `in_the_clear`.
    pub fn parse(text: &str, in_the_clear: bool) -> Result<Self, BadAddress> {
        let text = text.trim();
        let unreadable = || BadAddress::Unreadable(text.to_owned());
        let mut url = if text.contains("://") {
            Url::parse(text).map_err(|_| unreadable())?
        } else {
            let secure = Url::parse(&format!("https://{text}")).map_err(|_| unreadable())?;
            if is_here(&secure) {
                Url::parse(&format!("http://{text}")).map_err(|_| unreadable())?
            } else {
                secure
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::HoldsSecrets);
        }
        if !matches!(url.scheme(), "http" | "https") {
            let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
            let meant = format!("https://{rest}");
            return Err(BadAddress::Scheme { scheme: url.scheme().to_owned(), meant });
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(unreadable());
        }
        if url.scheme() == "http" && !is_here(&url) && !in_the_clear {
            return Err(BadAddress::InTheClear(url.to_string()));
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let path =
            path.strip_suffix(crate::api::PREFIX).or_else(|| path.strip_suffix("/api/docs")).unwrap_or(path);
        let path = format!("{}/", path.trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Where the API's path `path` is: `/campaigns`, perhaps with a query.
    pub(super) fn api(&self, path: &str) -> String {
        format!("{}{}{path}", self.0.as_str().trim_end_matches('/'), crate::api::PREFIX)
    }

    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        is_here(&self.0)
    }

    /// A name for a profile.
    pub fn name(&self) -> String {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']).replace(':', "-");
        match self.0.port() {
            Some(port) => format!("{host}-{port}"),
            None => host,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        Address::parse(text, false).unwrap().to_string()
    }

    #[test]
    fn what_is_left_out_is_what_people_mean() {
        assert_eq!(written("ads.example.com"), "https://ads.example.com");
        assert_eq!(written("localhost:7070"), "http://localhost:7070");
        assert_eq!(written("https://example.com/ads/api/v1/"), "https://example.com/ads");
        assert_eq!(written("http://[::1]:7070/api/docs"), "http://[::1]:7070");
        let below = Address::parse("https://example.com/ads", false).unwrap();
        assert_eq!(below.api("/me"), "https://example.com/ads/api/v1/me");
        assert_eq!(Address::parse("[::1]:70", false).unwrap().name(), "--1-70");
    }

    #[test]
    fn a_password_never_travels_in_the_clear_unless_told() {
        let plain = "http://ads.example.com";
        assert!(matches!(Address::parse(plain, false), Err(BadAddress::InTheClear(_))));
        assert!(matches!(
            Address::parse("http://localhost.example.com", false),
            Err(BadAddress::InTheClear(_))
        ));
        assert!(Address::parse(plain, true).is_ok());
    }

    #[test]
    fn typing_errors_are_answered_with_what_was_meant() {
        let said = Address::parse("htps://ads.example.com", false).unwrap_err().to_string();
        assert!(said.contains("did you mean `https://ads.example.com`"), "{said}");
        assert!(matches!(Address::parse("https://", false), Err(BadAddress::Unreadable(_))));
        assert!(matches!(Address::parse("https://ada:pass@x.example", false), Err(BadAddress::HoldsSecrets)));
    }
}
