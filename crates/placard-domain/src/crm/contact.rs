//! E-mail addresses in one spelling, and the other things that are known of a person.

use crate::phone::PhoneNumber;
use crate::{objective::words, status::parse_words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// What is known of a person.
    ContactField {
        /// First name.
        FirstName = "first_name",
        /// Family name.
        LastName = "last_name",
        /// The name in one piece, where nobody knows its parts.
        FullName = "full_name",
        /// E-mail address, as [`Email`] spells it.
        Email = "email",
        /// Phone number, as [`PhoneNumber`] spells it.
        Phone = "phone",
        /// Company.
        Company = "company",
        /// What the person does there.
        JobTitle = "job_title",
        /// Street and number.
        Street = "street",
        /// Town.
        City = "city",
        /// Postal code.
        PostalCode = "postal_code",
        /// State or province.
        Region = "region",
        /// Country.
        Country = "country",
        /// What the person wrote.
        Message = "message",
    }
}

parse_words!(ContactField);

/// What is known of a person. An empty text means: known to have none.
pub type Contact = BTreeMap<ContactField, String>;

/// An e-mail address in the one spelling by which a person is found again.
///
/// Assumed: the part before the `@` is the same in capitals and small letters. RFC 5321 §2.4 leaves that to the
/// receiving server; no provider in wide use tells them apart. Dots and `+tags` are left as they are, because what
/// they mean differs from one provider to the next.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no `@`, or nothing on one side of it.
    #[error("an e-mail address has a name, an @ and a domain")]
    Shape,
    /// The part before the `@` cannot stand there.
    #[error("the part before the @ is longer than 64 characters or holds spaces, quotes or commas")]
    Local,
    /// The part behind the `@` is no public domain.
    #[error("the part behind the @ is no domain name")]
    Domain,
}

impl Email {
    /// Reads an address as people write it: with spaces around, `mailto:`, angle brackets, capitals.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let text =
            text.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:")).map_or(text, |_| &text[7..]);
        let text = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text).trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(EmailError::Shape);
        }
        let local = local.to_lowercase();
        let strange =
            |char: char| char.is_whitespace() || char.is_control() || "\"(),:;<>@[\\]".contains(char);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.len() > 64 || local.contains(strange) || dots {
            return Err(EmailError::Local);
        }
        Ok(Self(format!("{local}@{}", domain_name(domain).ok_or(EmailError::Domain)?)))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A domain in small ASCII letters: `MÜLLER.de` is `xn--mller-kva.de`.
fn domain_name(text: &str) -> Option<String> {
    let url::Host::Domain(name) = url::Host::parse(text.trim_end_matches('.')).ok()? else { return None };
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let (_, last) = name.rsplit_once('.')?;
    let public = last.len() >= 2 && !last.bytes().all(|byte| byte.is_ascii_digit());
    (public && name.len() <= 253 && name.split('.').all(label_fits)).then_some(name)
}

/// Not the address, so that it does not end up in a log.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

/// By what a person is found again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// By an e-mail address.
    Email(Email),
    /// By a phone number.
    Phone(PhoneNumber),
}

words! {
    /// What kind of identity it is.
    IdentityKind {
        /// An e-mail address.
        Email = "email",
        /// A phone number.
        Phone = "phone",
    }
}

parse_words!(IdentityKind);

impl Identity {
    /// Whether `text` names the person: the address as a whole word, or the number however it is written, with its
    /// country code or without.
    pub fn stands_in(&self, text: &str) -> bool {
        match self {
            Self::Email(email) => is_word_of(&text.to_lowercase(), email.as_str()),
            Self::Phone(number) => numbers_in(text).any(|digits| is_same_number(&digits, number.as_str())),
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> IdentityKind {
        match self {
            Self::Email(_) => IdentityKind::Email,
            Self::Phone(_) => IdentityKind::Phone,
        }
    }

    /// The address or number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
        }
    }
}

/// What people see who may not see personal data: enough to tell two entries apart, not enough to reach anybody.
pub fn masked(field: ContactField, value: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    match field {
        ContactField::Email => match value.rsplit_once('@') {
            Some((local, domain)) => {
                let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
                format!("{}…@{}….{ending}", first(local), first(domain))
            }
            None => "…".to_owned(),
        },
        ContactField::Phone => {
            let chars: Vec<char> = value.chars().collect();
            let ends: String = chars.iter().skip(chars.len().saturating_sub(2)).collect();
            format!("{}…{ends}", chars.iter().take(3).collect::<String>())
        }
        ContactField::FirstName | ContactField::LastName | ContactField::FullName => {
            format!("{}…", first(value))
        }
        ContactField::Country => value.to_owned(),
        _ => "…".to_owned(),
    }
}

/// Whether `address` stands in `text` and is not the end or the beginning of another one.
fn is_word_of(text: &str, address: &str) -> bool {
    text.match_indices(address).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + address.len()..].chars();
        let goes_on = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '+' | '@');
        let ends = match after.next() {
            // A dot ends a sentence, or goes on with a domain.
            Some('.') => !after.next().is_some_and(char::is_alphanumeric),
            next => !next.is_some_and(goes_on),
        };
        ends && !before.is_some_and(|letter| letter == '.' || goes_on(letter))
    })
}

/// Runs of digits in `text`, with what people write between the digits of a number left out.
fn numbers_in(text: &str) -> impl Iterator<Item = String> {
    const BETWEEN: &[char] = &[' ', '\u{a0}', '-', '.', '/', '(', ')', '+'];
    let runs = text.split(|letter: char| !letter.is_ascii_digit() && !BETWEEN.contains(&letter));
    runs.map(|run| run.chars().filter(char::is_ascii_digit).collect())
}

/// Whether digits are a number of the form `+4915112345678`, as it is dialled from anywhere or within its country.
fn is_same_number(digits: &str, number: &str) -> bool {
    /// Fewer digits without a country code could be anybody's.
    const LEAST: usize = 8;
    let whole = number.trim_start_matches('+');
    let abroad = digits.strip_prefix("00").unwrap_or(digits);
    let within = digits.strip_prefix('0').filter(|rest| rest.len() >= LEAST && !rest.starts_with('0'));
    abroad == whole || within.is_some_and(|rest| whole.ends_with(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_person_is_found_in_a_text_and_nobody_else_is() {
        let ann = Identity::Email(Email::parse("ann@example.com").unwrap());
        for text in
            ["ann@example.com", "Write to ANN@Example.com.", "<ann@example.com>", "a, ann@example.com; b"]
        {
            assert!(ann.stands_in(text), "{text}");
        }
        for text in
            ["", "joann@example.com", "ann@example.com.au", "x.ann@example.com", "ann@example.company"]
        {
            assert!(!ann.stands_in(text), "{text}");
        }
        let number = Identity::Phone(PhoneNumber::parse("+49 30 1234567", None).unwrap());
        for text in ["+49301234567", "0049 (30) 123-4567", "call 030/1234567 now", "[\"030 1234567\"]"] {
            assert!(number.stands_in(text), "{text}");
        }
        for text in ["1234567", "0301234568", "+43301234567", "99049301234567"] {
            assert!(!number.stands_in(text), "{text}");
        }
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for text in [
            "Ann@Example.COM",
            " ann@example.com ",
            "mailto:ann@example.com",
            "<ANN@example.com>",
            "ann@example.com.",
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "ann@example.com", "{text}");
        }
    }

    #[test]
    fn a_domain_with_an_umlaut_is_written_in_ascii() {
        assert_eq!(Email::parse("info@MÜLLER.de").unwrap().as_str(), "info@xn--mller-kva.de");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ann",
            "@",
            "ann@",
            "@example.com",
            "ann@localhost",
            "a b@example.com",
            "ann@127.0.0.1",
            "=cmd|'/c calc'!A1",
            "a..b@example.com",
            "ann@exa mple.com",
            "ann@-a.com",
            "ann@[::1]",
            "a,b@example.com",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_masked_address_reaches_nobody() {
        assert_eq!(masked(ContactField::Email, "ann@example.com"), "a…@e….com");
        assert_eq!(masked(ContactField::Phone, "+493012345678"), "+49…78");
    }

    proptest! {
        #[test]
        fn reading_never_fails_loudly_and_reading_twice_changes_nothing(text in "\\PC{0,40}(@\\PC{0,40})?") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email);
            }
        }

        #[test]
        fn capitals_and_spaces_make_no_other_person(local in "[a-z0-9]{1,10}", domain in "[a-z]{1,10}\\.(com|de)") {
            let plain = Email::parse(&format!("{local}@{domain}")).unwrap();
            let loud = format!("  {}@{} ", local.to_uppercase(), domain.to_uppercase());
            prop_assert_eq!(Email::parse(&loud).unwrap(), plain);
        }
    }
}
