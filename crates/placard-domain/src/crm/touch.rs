//! One occasion on which something became known of a person.

use super::{
    consent::Consent,
    contact::{Contact, ContactField, Email, EmailError, Identity},
    lead::LeadSource,
};
use crate::{
    Platform,
    objective::words,
    phone::{Country, PhoneError, PhoneNumber},
    status::parse_words,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest value, in characters.
const LONGEST: usize = 2_000;

words! {
    /// Which platform's mark of a click.
    ClickId {
        /// Google's.
        Gclid = "gclid",
        /// Microsoft's.
        Msclkid = "msclkid",
        /// Meta's.
        Fbclid = "fbclid",
        /// TikTok's.
        Ttclid = "ttclid",
    }
}

words! {
    /// The parameters of an address by which visits are told apart.
    UtmField {
        /// `utm_source`
        Source = "utm_source",
        /// `utm_medium`
        Medium = "utm_medium",
        /// `utm_campaign`
        Campaign = "utm_campaign",
        /// `utm_term`
        Term = "utm_term",
        /// `utm_content`
        Content = "utm_content",
    }
}

parse_words!(ClickId, UtmField);

/// Marks of clicks. They point at a person, so they rest sealed.
pub type ClickIds = BTreeMap<ClickId, String>;

/// Parameters of the address that was visited.
pub type Utm = BTreeMap<UtmField, String>;

/// Which ad someone came from, in the platform's own ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attribution {
    /// The platform.
    pub platform: Option<Platform>,
    /// The ad account.
    pub account: Option<String>,
    /// The campaign.
    pub campaign: Option<String>,
    /// The ad group.
    pub ad_group: Option<String>,
    /// The ad.
    pub ad: Option<String>,
    /// The lead form.
    pub form: Option<String>,
    /// Parameters of the address.
    pub utm: Utm,
}

/// One occasion on which something became known of a person: a form, a row of a file, an edit by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// How it came in.
    pub source: LeadSource,
    /// The sender's own id of it: the platform's of a lead, a file's of a row.
    #[serde(default)]
    pub external_id: Option<String>,
    /// When it happened; `None` if the sender does not say.
    #[serde(default)]
    pub occurred_at: Option<DateTime<Utc>>,
    /// What became known of the person.
    pub contact: Contact,
    /// Answers to a form's own questions.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Marks of clicks.
    #[serde(default)]
    pub clicks: ClickIds,
    /// Which ad it came from.
    #[serde(default)]
    pub attribution: Attribution,
    /// What was said on being contacted.
    #[serde(default)]
    pub consent: Option<Consent>,
}

/// Why a touch cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TouchError {
    /// The address is none.
    #[error("email: {0}")]
    Email(#[from] EmailError),
    /// The number is none.
    #[error("phone: {0}")]
    Phone(#[from] PhoneError),
    /// Nobody could be found again by it.
    #[error("there is neither an e-mail address nor a phone number")]
    Nobody,
    /// A value that a spreadsheet would carry out.
    #[error("{field}: begins like a formula (`{sign}`), and a spreadsheet would carry it out")]
    Formula {
        /// Which value.
        field: String,
        /// With what it begins.
        sign: char,
    },
    /// A value of a length that none has.
    #[error("{field}: is longer than {LONGEST} characters")]
    TooLong {
        /// Which value.
        field: String,
    },
    /// Unprintable characters.
    #[error("{field}: holds control characters")]
    Control {
        /// Which value.
        field: String,
    },
}

impl Touch {
    /// An empty touch of this source.
    pub fn new(source: LeadSource) -> Self {
        Self {
            source,
            external_id: None,
            occurred_at: None,
            contact: Contact::new(),
            answers: BTreeMap::new(),
            clicks: ClickIds::new(),
            attribution: Attribution::default(),
            consent: None,
        }
    }

    /// Brings every value into its one spelling. Empty values go, except where a person emptied them. A number without
    /// a country code is one of `country`.
    ///
    /// # Errors
    /// [`TouchError`]; [`TouchError::Nobody`] unless a person's edit.
    pub fn normalise(mut self, country: Option<Country>) -> Result<Self, TouchError> {
        let by_hand = self.source == LeadSource::Person;
        let mut contact = Contact::new();
        for (field, value) in std::mem::take(&mut self.contact) {
            let value = value.trim();
            if value.is_empty() {
                if by_hand {
                    contact.insert(field, String::new());
                }
                continue;
            }
            let value = match field {
                ContactField::Email => Email::parse(value)?.as_str().to_owned(),
                ContactField::Phone => PhoneNumber::parse(value, country)?.as_str().to_owned(),
                _ => {
                    plain(field.as_str(), value)?;
                    value.to_owned()
                }
            };
            contact.insert(field, value);
        }
        self.contact = contact;
        for (name, value) in &self.answers {
            plain("answers", name)?;
            plain(name, value)?;
        }
        for (name, value) in self.clicks.iter().map(|(id, value)| (id.as_str(), value)) {
            plain(name, value)?;
        }
        for (name, value) in self.attribution.texts() {
            plain(name, value)?;
        }
        if let Some(consent) = &self.consent {
            plain("consent_evidence", &consent.evidence)?;
        }
        if let Some(id) = &self.external_id {
            plain("external_id", id)?;
        }
        if !by_hand && self.identities().is_empty() {
            return Err(TouchError::Nobody);
        }
        Ok(self)
    }

    /// By what the person is found again. Only of a touch that was normalised.
    pub fn identities(&self) -> Vec<Identity> {
        let email = self.contact.get(&ContactField::Email).and_then(|text| Email::parse(text).ok());
        let phone =
            self.contact.get(&ContactField::Phone).and_then(|text| PhoneNumber::parse(text, None).ok());
        email.map(Identity::Email).into_iter().chain(phone.map(Identity::Phone)).collect()
    }
}

impl Attribution {
    /// Each text with its name.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let ids = [
            ("account", &self.account),
            ("campaign_id", &self.campaign),
            ("ad_group_id", &self.ad_group),
            ("ad_id", &self.ad),
            ("form_id", &self.form),
        ];
        let ids = ids.into_iter().filter_map(|(name, text)| text.as_ref().map(|text| (name, text)));
        ids.chain(self.utm.iter().map(|(field, text)| (field.as_str(), text)))
    }

    /// Whether it names an ad or something around one.
    pub(super) const fn names_ad(&self) -> bool {
        self.campaign.is_some() || self.ad_group.is_some() || self.ad.is_some() || self.form.is_some()
    }
}

/// The sign that makes a formula of a text. `+49 30 1234`, `@ann` and `-5` are none: they call nothing.
fn formula(value: &str) -> Option<char> {
    let sign = value.trim_start().chars().next()?;
    let calls = sign == '=' || matches!(sign, '@' | '+' | '-') && value.contains(['(', '!', '|']);
    calls.then_some(sign)
}

/// Refuses what a spreadsheet would carry out once it is exported again, and what nobody writes.
fn plain(field: &str, value: &str) -> Result<(), TouchError> {
    let field = || field.chars().take(60).collect::<String>();
    if let Some(sign) = formula(value) {
        return Err(TouchError::Formula { field: field(), sign });
    }
    if value.chars().count() > LONGEST {
        return Err(TouchError::TooLong { field: field() });
    }
    if value.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t')) {
        return Err(TouchError::Control { field: field() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(field: ContactField, value: &str) -> Touch {
        let mut touch = Touch::new(LeadSource::Csv);
        touch.contact.insert(ContactField::Email, "Ann@Example.com".to_owned());
        touch.contact.insert(field, value.to_owned());
        touch
    }

    #[test]
    fn a_formula_is_refused_and_a_plus_before_a_number_is_fine() {
        let refused = with(ContactField::Company, "=cmd|'/c calc'!A1").normalise(None).unwrap_err();
        assert!(matches!(refused, TouchError::Formula { sign: '=', .. }));
        let touch = with(ContactField::Phone, "+49 30 1234567").normalise(None).unwrap();
        assert_eq!(touch.contact[&ContactField::Phone], "+49301234567");
    }

    #[test]
    fn nobody_can_be_found_again_without_an_address_or_number() {
        let mut touch = Touch::new(LeadSource::Api);
        touch.contact.insert(ContactField::FirstName, "Ann".to_owned());
        assert_eq!(touch.normalise(None), Err(TouchError::Nobody));
    }

    #[test]
    fn a_sign_makes_a_formula_only_of_what_calls_something() {
        for formula in ["=1", "-cmd|' /C calc'!A0", "@SUM(1)", " +HYPERLINK(1)"] {
            assert!(with(ContactField::Message, formula).normalise(None).is_err(), "{formula}");
        }
        for text in ["Berlin-Mitte", "- please call", "@ann", "+49 30 123"] {
            assert!(with(ContactField::Message, text).normalise(None).is_ok(), "{text}");
        }
    }
}
