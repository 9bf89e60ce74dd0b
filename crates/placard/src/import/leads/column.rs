//! What the columns of a list of leads mean.

use super::super::field::normalise;
use placard_domain::crm::{ClickId, UtmField, contact::ContactField};
use std::collections::HashMap;

/// What a column means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something known of the person.
    Contact(ContactField),
    /// The mark of a click.
    Click(ClickId),
    /// A parameter of the address.
    Utm(UtmField),
    /// From which platform.
    Platform,
    /// From which ad account.
    Account,
    /// By which campaign, as the platform calls it.
    Campaign,
    /// By which ad group.
    AdGroup,
    /// By which ad.
    Ad,
    /// By which form.
    Form,
    /// The sender's id of the row.
    Id,
    /// When.
    When,
    /// Whether the person may be written to.
    Consent,
    /// When that was said.
    ConsentAt,
    /// Why it is allowed.
    ConsentBasis,
    /// How that can be proven.
    ConsentEvidence,
    /// The answer to a question, which is the header.
    Answer(String),
    /// Left out: names of what has an id, and columns without a header.
    Ignored,
}

impl Meaning {
    /// Whether a person can be found again by it.
    pub const fn finds_a_person(&self) -> bool {
        matches!(self, Self::Contact(ContactField::Email | ContactField::Phone))
    }
}

impl std::fmt::Display for Meaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Contact(field) => field.as_str(),
            Self::Click(id) => id.as_str(),
            Self::Utm(field) => field.as_str(),
            Self::Platform => "platform",
            Self::Account => "account",
            Self::Campaign => "campaign_id",
            Self::AdGroup => "ad_group_id",
            Self::Ad => "ad_id",
            Self::Form => "form_id",
            Self::Id => "id",
            Self::When => "when",
            Self::Consent => "consent",
            Self::ConsentAt => "consent_at",
            Self::ConsentBasis => "consent_basis",
            Self::ConsentEvidence => "consent_evidence",
            Self::Answer(_) => "an answer",
            Self::Ignored => "left out",
        })
    }
}

/// Headers as [`normalise`] spells them: what lead forms' downloads, spreadsheets and customer systems call these
/// things, in English and German. No platform documents its download; a header that is not here is an answer.
fn known(header: &str) -> Option<Meaning> {
    use {ContactField as C, Meaning as M};
    Some(match header {
        "email" | "e mail" | "email address" | "e mail address" | "mail" | "work email"
        | "e mail adresse" => M::Contact(C::Email),
        "phone" | "phone number" | "telephone" | "tel" | "mobile" | "mobile phone" | "mobile number"
        | "telefon" | "telefonnummer" | "work phone number" => M::Contact(C::Phone),
        "first name" | "given name" | "vorname" => M::Contact(C::FirstName),
        "last name" | "surname" | "family name" | "nachname" => M::Contact(C::LastName),
        "name" | "full name" => M::Contact(C::FullName),
        "company" | "company name" | "organisation" | "organization" | "firma" => M::Contact(C::Company),
        "job title" | "title" | "position" => M::Contact(C::JobTitle),
        "street" | "street address" | "address" | "straße" | "strasse" => M::Contact(C::Street),
        "city" | "town" | "ort" | "stadt" => M::Contact(C::City),
        "zip" | "zip code" | "post code" | "postcode" | "postal code" | "plz" => M::Contact(C::PostalCode),
        "state" | "province" | "region" => M::Contact(C::Region),
        "country" | "land" => M::Contact(C::Country),
        "message" | "comment" | "comments" | "nachricht" => M::Contact(C::Message),
        "gclid" => M::Click(ClickId::Gclid),
        "msclkid" => M::Click(ClickId::Msclkid),
        "fbclid" => M::Click(ClickId::Fbclid),
        "ttclid" => M::Click(ClickId::Ttclid),
        "utm source" => M::Utm(UtmField::Source),
        "utm medium" => M::Utm(UtmField::Medium),
        "utm campaign" => M::Utm(UtmField::Campaign),
        "utm term" => M::Utm(UtmField::Term),
        "utm content" => M::Utm(UtmField::Content),
        "platform" => M::Platform,
        "account" | "account id" | "ad account" | "ad account id" => M::Account,
        "campaign id" => M::Campaign,
        "ad group id" | "adset id" | "adgroup id" | "ad set id" => M::AdGroup,
        "ad id" => M::Ad,
        "form id" => M::Form,
        "id" | "lead id" | "external id" => M::Id,
        "created time" | "created at" | "created" | "date" | "submitted at" | "timestamp" | "datum" => {
            M::When
        }
        "consent" | "opt in" | "marketing consent" | "einwilligung" => M::Consent,
        "consent at" | "consent date" | "opt in date" => M::ConsentAt,
        "consent basis" => M::ConsentBasis,
        "consent evidence" | "consent text" => M::ConsentEvidence,
        "campaign name" | "ad name" | "adset name" | "ad group name" | "form name" | "is organic" => {
            M::Ignored
        }
        "lead status" | "inbox url" | "rejected line" | "rejected because" => M::Ignored,
        _ => return None,
    })
}

/// What a header means, if it is a known one.
pub(super) fn meaning(header: &str) -> Option<Meaning> {
    known(&normalise(header))
}

/// What every column means. Of two questions with one header, the second is told apart by its number.
pub(super) fn meanings(headers: &[String]) -> Vec<(String, Meaning)> {
    let mut asked = HashMap::<&str, usize>::new();
    let mut columns = Vec::with_capacity(headers.len());
    for header in headers {
        let meaning = meaning(header).unwrap_or_else(|| {
            let question: String = header.chars().take(200).collect();
            let number = asked.entry(header).and_modify(|number| *number += 1).or_insert(1);
            Meaning::Answer(if *number == 1 { question } else { format!("{question} ({number})") })
        });
        let meaning = if header.is_empty() { Meaning::Ignored } else { meaning };
        columns.push((header.clone(), meaning));
    }
    columns
}
