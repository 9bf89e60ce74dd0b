//! What a form of an ad asked, as something known of a person.

use super::{
    ClickId, Touch,
    contact::ContactField,
    lead::LeadSource,
    touch::{Attribution, TouchError},
};
use crate::{AccountRef, RemoteId};
use chrono::{DateTime, Utc};

/// A form that somebody sent, as its platform told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentForm {
    /// The ad account.
    pub account: AccountRef,
    /// The platform's id of the lead.
    pub id: String,
    /// The form.
    pub form: Option<String>,
    /// The ad that showed the form.
    pub ad: Option<RemoteId>,
    /// When it was sent.
    pub at: Option<DateTime<Utc>>,
    /// Each field's name with what was filled in, several values where several may be chosen.
    pub answers: Vec<(String, Vec<String>)>,
}

impl SentForm {
    /// What became known of the person. `meaning` says which field of a contact a name is; every other is an answer to
    /// a question of the form's own.
    ///
    /// # Errors
    /// [`TouchError`], for instance if there is neither an address nor a number.
    pub fn touch(self, meaning: impl Fn(&str) -> Option<ContactField>) -> Result<Touch, TouchError> {
        let mut touch = Touch {
            external_id: Some(self.id),
            occurred_at: self.at,
            attribution: Attribution {
                platform: Some(self.account.platform),
                account: Some(self.account.id),
                ad: self.ad.map(|ad| ad.0),
                form: self.form,
                ..Attribution::default()
            },
            ..Touch::new(LeadSource::Form)
        };
        for (name, values) in self.answers {
            let value = values.join(", ");
            match (meaning(&name), ClickId::ALL.iter().find(|mark| mark.as_str() == name)) {
                (Some(field), _) => {
                    touch.contact.entry(field).or_insert(value);
                }
                // A field that nobody sees, filled in from the page's address.
                (None, Some(mark)) if !value.trim().is_empty() => {
                    touch.clicks.insert(*mark, value.trim().to_owned());
                }
                (None, _) => {
                    touch.answers.insert(name, value);
                }
            }
        }
        // Platforms give numbers with their country's code. One that is none is kept as an answer, if there is an
        // address by which the person is found.
        match touch.clone().normalise(None) {
            Err(TouchError::Phone(_)) if touch.contact.contains_key(&ContactField::Email) => {
                if let Some(phone) = touch.contact.remove(&ContactField::Phone) {
                    touch.answers.insert(ContactField::Phone.as_str().to_owned(), phone);
                }
                touch.normalise(None)
            }
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;

    fn form(answers: &[(&str, &str)]) -> SentForm {
        let answer = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![(*value).to_owned()]);
        SentForm {
            account: AccountRef { platform: Platform::Meta, id: "act_1".to_owned() },
            id: "77".to_owned(),
            form: Some("5".to_owned()),
            ad: Some(RemoteId("9".to_owned())),
            at: None,
            answers: answers.iter().map(answer).collect(),
        }
    }

    fn meaning(name: &str) -> Option<ContactField> {
        (name == "email").then_some(ContactField::Email)
    }

    #[test]
    fn a_form_becomes_a_touch_with_the_ad_that_showed_it() {
        let touch = form(&[("email", " Ann@Example.com "), ("Budget", "5000")]).touch(meaning).unwrap();
        assert_eq!(touch.external_id.as_deref(), Some("77"));
        assert_eq!(touch.attribution.ad.as_deref(), Some("9"));
        assert_eq!(touch.answers["Budget"], "5000");
        assert!(touch.contact.contains_key(&ContactField::Email));
    }

    #[test]
    fn a_field_that_holds_the_mark_of_a_click_is_kept_as_one() {
        let touch = form(&[("email", "ann@example.com"), ("msclkid", " f894 "), ("gclid", "")])
            .touch(meaning)
            .unwrap();
        assert_eq!(touch.clicks, [(ClickId::Msclkid, "f894".to_owned())].into());
        assert!(!touch.answers.contains_key("msclkid"), "{touch:?}");
    }

    #[test]
    fn a_number_that_is_none_loses_no_lead() {
        let both = |name: &str| match name {
            "email" => Some(ContactField::Email),
            "phone" => Some(ContactField::Phone),
            _ => None,
        };
        let touch = form(&[("email", "ann@example.com"), ("phone", "call me")]).touch(both).unwrap();
        assert_eq!(touch.answers["phone"], "call me");
        assert!(matches!(form(&[("phone", "call me")]).touch(both), Err(TouchError::Phone(_))));
    }

    #[test]
    fn a_form_without_an_address_or_number_is_nobodys() {
        assert_eq!(form(&[("Budget", "5000")]).touch(meaning), Err(TouchError::Nobody));
    }
}
