//! Checking a PostgreSQL that someone else runs.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::version::{MINIMUM_MAJOR, ServerVersion};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Why `PLACARD_DATABASE_URL` cannot be used, each as one sentence with its remedy. Never contains the password.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// Not a URL, or not one for PostgreSQL.
    #[error(
        "PLACARD_DATABASE_URL is not a PostgreSQL URL ({reason}): it looks like postgres://user:password@host:5432/database"
    )]
    InvalidUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The host name is unknown.
    #[error("The host {host} in PLACARD_DATABASE_URL was not found: check its spelling and your name server")]
    UnknownHost {
        /// The name that has no address.
        host: String,
    },
    /// Nothing listens there, or a firewall is between.
    #[error("No PostgreSQL answers at {address}: start it, or correct host and port in PLACARD_DATABASE_URL")]
    Unreachable {
        /// Host and port, or the path of a socket.
        address: String,
        /// The operating system's word.
        #[source]
        source: io::Error,
    },
    /// Nobody answered in time.
    #[error(
        "{address} did not answer within {} s: correct PLACARD_DATABASE_URL, or let placard through the firewall",
        CONNECT_LIMIT.as_secs()
    )]
    TimedOut {
        /// Host and port, or the path of a socket.
        address: String,
    },
    /// Something answers, but it does not speak PostgreSQL, or its encryption is not what the URL asks for.
    #[error(
        "{address} does not speak PostgreSQL as PLACARD_DATABASE_URL expects: check host, port and `sslmode`"
    )]
    NotPostgres {
        /// Host and port, or the path of a socket.
        address: String,
        /// What was wrong.
        #[source]
        source: sqlx::Error,
    },
    /// User or password is wrong, or the server's access rules exclude us.
    #[error(
        "PostgreSQL at {address} refuses the user {user}: correct user and password in PLACARD_DATABASE_URL, or \
         allow this host in the server's pg_hba.conf"
    )]
    LoginRefused {
        /// Host and port, or the path of a socket.
        address: String,
        /// Who tried.
        user: String,
        /// The server's answer.
        #[source]
        source: sqlx::Error,
    },
    /// The database does not exist.
    #[error(
        "There is no database {database} at {address}: create it with `create database \"{database}\" owner \
         \"{user}\"`, or correct PLACARD_DATABASE_URL"
    )]
    NoDatabase {
        /// Host and port, or the path of a socket.
        address: String,
        /// The missing database.
        database: String,
        /// Who tried.
        user: String,
    },
    /// The server is there but turns us away for now.
    #[error("PostgreSQL at {address} accepts no connection now: try again, or raise its max_connections")]
    Busy {
        /// Host and port, or the path of a socket.
        address: String,
        /// The server's answer.
        #[source]
        source: sqlx::Error,
    },
    /// The server is older than [`MINIMUM_MAJOR`].
    #[error(
        "PostgreSQL at {address} is {found}: placard needs {MINIMUM_MAJOR} or newer; upgrade it or use another"
    )]
    TooOld {
        /// Host and port, or the path of a socket.
        address: String,
        /// Its version.
        found: ServerVersion,
    },
    /// A standby, or a database set to read only.
    #[error("PostgreSQL at {address} is read only: point PLACARD_DATABASE_URL at the primary server")]
    ReadOnly {
        /// Host and port, or the path of a socket.
        address: String,
    },
    /// The server answered with something else.
    #[error("PostgreSQL at {address} could not be asked for its version")]
    Other {
        /// Host and port, or the path of a socket.
        address: String,
        /// The server's answer.
        #[source]
        source: sqlx::Error,
    },
}

/// Connects to `url` once and returns the server's version if placard can work with it.
pub async fn check_external(url: &SecretString) -> Result<ServerVersion, ExternalError> {
    let target = Target::parse(url)?;
    let checked = tokio::time::timeout(CONNECT_LIMIT, target.check()).await;
    checked.unwrap_or_else(|_| Err(ExternalError::TimedOut { address: target.address() }))
}

struct Target {
    options: PgConnectOptions,
}

impl Target {
    fn parse(url: &SecretString) -> Result<Self, ExternalError> {
        let invalid = |reason: String| ExternalError::InvalidUrl { reason };
        let parsed =
            url::Url::parse(url.expose_secret().trim()).map_err(|error| invalid(error.to_string()))?;
        if !matches!(parsed.scheme(), "postgres" | "postgresql") {
            return Err(invalid(format!("it begins with `{}:`", parsed.scheme())));
        }
        let options =
            PgConnectOptions::from_str(parsed.as_str()).map_err(|error| invalid(error.to_string()))?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(invalid("it names no database".to_owned()));
        }
        Ok(Self { options })
    }

    fn address(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    async fn check(&self) -> Result<ServerVersion, ExternalError> {
        let mut connection =
            PgConnection::connect_with(&self.options).await.map_err(|error| self.connect_error(error))?;
        let other = |source| ExternalError::Other { address: self.address(), source };
        let (number, read_only): (i32, bool) = sqlx::query_as(
            "select current_setting('server_version_num')::int, \
             pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool",
        )
        .fetch_one(&mut connection)
        .await
        .map_err(other)?;
        connection.close().await.map_err(other)?;

        self.judge(ServerVersion::from_number(number.unsigned_abs()), read_only)
    }

    fn judge(&self, found: ServerVersion, read_only: bool) -> Result<ServerVersion, ExternalError> {
        match () {
            () if !found.is_supported() => Err(ExternalError::TooOld { address: self.address(), found }),
            () if read_only => Err(ExternalError::ReadOnly { address: self.address() }),
            () => Ok(found),
        }
    }

    fn connect_error(&self, error: sqlx::Error) -> ExternalError {
        let address = self.address();
        let user = self.options.get_username().to_owned();
        // SQLSTATE codes: PostgreSQL manual, appendix A.
        let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
        match (code.as_deref(), error) {
            (Some("28000" | "28P01"), source) => ExternalError::LoginRefused { address, user, source },
            (Some("3D000"), _) => {
                let database = self.options.get_database().unwrap_or(&user).to_owned();
                ExternalError::NoDatabase { address, database, user }
            }
            (Some("53300" | "57P03"), source) => ExternalError::Busy { address, source },
            (None, sqlx::Error::Io(source)) => self.io_error(source),
            (None, source @ (sqlx::Error::Tls(_) | sqlx::Error::Protocol(_))) => {
                ExternalError::NotPostgres { address, source }
            }
            (_, source) => ExternalError::Other { address, source },
        }
    }

    fn io_error(&self, source: io::Error) -> ExternalError {
        let address = self.address();
        match source.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::ConnectionReset => {
                ExternalError::NotPostgres { address, source: sqlx::Error::Io(source) }
            }
            // Only the resolver's errors carry no number of the operating system.
            _ if source.raw_os_error().is_none() => {
                ExternalError::UnknownHost { host: self.options.get_host().to_owned() }
            }
            _ => ExternalError::Unreachable { address, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_refused_by_version_even_if_it_is_read_only_too() {
        let target = Target::parse(&SecretString::from("postgres://u:s3cret@db.example.com/d")).unwrap();
        let old = ServerVersion { major: 14, minor: 9 };
        let refusal = target.judge(old, true).unwrap_err().to_string();
        assert!(
            refusal.starts_with("PostgreSQL at db.example.com:5432 is 14.9: placard needs 15"),
            "{refusal}"
        );

        let oldest_supported = ServerVersion { major: 15, minor: 0 };
        assert_eq!(target.judge(oldest_supported, false).unwrap(), oldest_supported);
    }
}
