//! PostgreSQL version numbers.

use std::fmt;

/// The oldest major version placard works with.
pub const MINIMUM_MAJOR: u32 = 15;

/// A server's version, such as 15.18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// The major version; data directories are compatible within one.
    pub major: u32,
    /// The minor version; zero for development builds.
    pub minor: u32,
}

impl ServerVersion {
    /// Reads what `postgres --version` prints, e.g. `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub fn parse_banner(banner: &str) -> Option<Self> {
        let number = banner.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
        let mut parts = number.split('.');
        // Pre-releases look like `19beta1` and `19devel`.
        let major = leading_number(parts.next()?)?;
        let minor = parts.next().and_then(leading_number).unwrap_or(0);
        Some(Self { major, minor })
    }

    /// Reads `server_version_num`: 150018 is 15.18, 90624 is 9.6.
    ///
    /// Source: PostgreSQL manual, "Preset Options".
    pub fn from_number(number: u32) -> Self {
        let minor = if number >= 100_000 { number % 10_000 } else { number / 100 % 100 };
        Self { major: number / 10_000, minor }
    }

    /// Whether placard can work with this server.
    pub fn is_supported(self) -> bool {
        self.major >= MINIMUM_MAJOR
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_of_releases_and_pre_releases_are_read() {
        let cases = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", (15, 18)),
            ("postgres (PostgreSQL) 17.0", (17, 0)),
            ("postgres (PostgreSQL) 19beta1", (19, 0)),
            ("postgres (PostgreSQL) 9.6.24", (9, 6)),
        ];
        for (banner, (major, minor)) in cases {
            assert_eq!(ServerVersion::parse_banner(banner), Some(ServerVersion { major, minor }), "{banner}");
        }
        assert_eq!(ServerVersion::parse_banner("bash: postgres: not found"), None);
    }

    #[test]
    fn version_numbers_of_old_and_new_schemes_are_read() {
        assert_eq!(ServerVersion::from_number(150_018), ServerVersion { major: 15, minor: 18 });
        assert_eq!(ServerVersion::from_number(90_624), ServerVersion { major: 9, minor: 6 });
    }
}
