//! The cluster's configuration files, written anew at every start.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::error::ClusterError;
use super::layout::Home;

/// Modest on purpose: the cluster shares its machine with placard and much else.
const DEFAULTS: &[(&str, &str)] = &[
    ("shared_buffers", "128MB"),
    ("max_connections", "60"),
    ("wal_level", "replica"),
    ("fsync", "on"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    ("default_text_search_config", "pg_catalog.english"),
    ("password_encryption", "scram-sha-256"),
    ("logging_collector", "on"),
    ("log_destination", "stderr"),
    // A ring of seven files: the name repeats every week and is emptied when it does.
    ("log_filename", "postgresql-%a.log"),
    ("log_rotation_age", "1d"),
    ("log_rotation_size", "0"),
    ("log_truncate_on_rotation", "on"),
    ("log_file_mode", "0600"),
];

/// What placard decides itself, because supervision or safety rests on it.
const RESERVED: &[&str] = &[
    "cluster_name",
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "listen_addresses",
    "log_directory",
    "port",
    "unix_socket_directories",
    "unix_socket_permissions",
];

/// Only loopback, only with a password.
const ACCESS: &str = "\
# Written by placard at every start; changes are lost.
# type  database     user  address       method
host    all          all   127.0.0.1/32  scram-sha-256
host    replication  all   127.0.0.1/32  scram-sha-256
";

/// Server settings in `postgresql.conf` terms.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    values: Vec<(String, String)>,
}

impl Settings {
    /// The defaults, replaced and extended by `chosen`.
    pub(super) fn new(chosen: &[(String, String)]) -> Result<Self, ClusterError> {
        let mut values: Vec<(String, String)> =
            DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for (name, value) in chosen {
            let name = name.to_ascii_lowercase();
            let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
                && !value.contains(['\n', '\r', '\0']);
            if !well_formed || RESERVED.contains(&name.as_str()) {
                return Err(ClusterError::RefusedSetting(name));
            }
            values.retain(|(known, _)| *known != name);
            values.push((name, value.clone()));
        }
        Ok(Self { values })
    }

    /// Whether durability was given up, so that creating the cluster need not sync either.
    pub(super) fn is_durable(&self) -> bool {
        !self.values.iter().any(|(name, value)| name == "fsync" && value == "off")
    }

    /// Writes `postgresql.conf` and `pg_hba.conf`, beside the cluster so that its user cannot change them.
    pub(super) fn write(&self, home: &Home) -> Result<(), ClusterError> {
        write_readable(&home.config_file(), &self.render(home))?;
        write_readable(&home.access_file(), ACCESS)
    }

    fn render(&self, home: &Home) -> String {
        let fixed = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("unix_socket_directories", String::new()),
            ("hba_file", home.access_file().display().to_string()),
            ("log_directory", home.log().display().to_string()),
        ];
        let chosen = self.values.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut text = String::from("# Written by placard at every start; changes are lost.\n");
        for (name, value) in chosen.chain(fixed) {
            text.push_str(&format!("{name} = {}\n", quote(&value)));
        }
        text
    }
}

/// Quotes as `postgresql.conf` wants it. Source: PostgreSQL manual, "Setting Parameters".
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

fn write_readable(path: &Path, text: &str) -> Result<(), ClusterError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        // Set apart from creation, where the umask would have a say; there is no secret inside.
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(ClusterError::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str, value: &str) -> Result<Settings, ClusterError> {
        Settings::new(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_chosen_setting_replaces_the_default() {
        assert!(Settings::new(&[]).unwrap().is_durable());
        let relaxed = settings("FSync", "off").unwrap();
        assert!(!relaxed.is_durable());
        assert_eq!(relaxed.values.iter().filter(|(name, _)| name == "fsync").count(), 1);
    }

    #[test]
    fn settings_that_supervision_rests_on_and_smuggled_lines_are_refused() {
        for (name, value) in
            [("port", "1"), ("Listen_Addresses", "*"), ("a b", "1"), ("", "1"), ("jit", "on\nport = 1")]
        {
            assert!(
                matches!(settings(name, value), Err(ClusterError::RefusedSetting(_))),
                "{name:?} = {value:?}"
            );
        }
    }

    #[test]
    fn quotes_and_backslashes_in_values_are_kept() {
        assert_eq!(quote(r"it's a\b"), r"'it''s a\\b'");
    }
}
