//! One row of numbers, typed.

use chrono::NaiveDate;
use placard_domain::{Currency, metric::Level};
use rust_decimal::Decimal;
use std::{collections::HashSet, sync::Arc};

/// The numbers of one entity on one day, for one segment of the audience.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the file it starts on, counted from 1.
    pub line: u64,
    /// The deepest level the file names; the same for all its rows.
    pub level: Level,
    /// What the numbers are about. Nothing in a file that names no entity: then it is the account the caller
    /// imports into.
    pub entity: Option<Entity>,
    /// What that belongs to, as far as the file says.
    pub parents: Parents,
    /// The day, in the account's time zone.
    pub date: NaiveDate,
    /// The part of the audience.
    pub segments: Segments,
    /// Times shown.
    pub impressions: i64,
    /// Clicks of every kind.
    pub clicks: i64,
    /// Spend in major units of `currency`, with every digit of the file.
    pub spend: Decimal,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Results. Fractions occur with modelled conversions.
    pub conversions: Decimal,
    /// Their value in major units of `currency`.
    pub conversion_value: Decimal,
    /// The cells kept as written, in the order of [`super::Understood::extras`].
    pub extras: Vec<Arc<str>>,
}

/// An account, campaign, ad group or ad of the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The platform's id; where the file has only names, the names from the campaign down, joined by ` › `.
    pub id: Arc<str>,
    /// Its name, if the file has one.
    pub name: Option<Arc<str>>,
}

/// What an entity belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parents {
    /// The ad account.
    pub account: Option<Entity>,
    /// The campaign of an ad group or ad.
    pub campaign: Option<Entity>,
    /// The ad group of an ad.
    pub ad_group: Option<Entity>,
}

/// The part of the audience that a row is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Segments {
    /// The age band, such as `30-34`.
    pub age: Option<Arc<str>>,
    /// `male`, `female`, `unknown`, or the file's own word.
    pub gender: Option<Arc<str>>,
    /// Values of the other splits, in the order of [`super::Understood::breakdowns`].
    pub other: Vec<Arc<str>>,
}

impl Segments {
    /// All parts joined by `/`, such as `30-34/male`; nothing for the whole audience.
    pub fn key(&self) -> Option<String> {
        let named = self.age.iter().chain(&self.gender).chain(&self.other);
        let parts: Vec<&str> = named.map(AsRef::as_ref).collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }
}

/// One allocation for each distinct text of a file, however many rows repeat it.
#[derive(Debug, Default)]
pub(super) struct Interner {
    known: HashSet<Arc<str>>,
    /// Texts seen last, by [`place`]: neighbouring rows are mostly of one campaign and ad group.
    recent: [Option<Arc<str>>; RECENT],
}

const RECENT: usize = 32;

impl Interner {
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        let recent = &mut self.recent[place(text)];
        if let Some(known) = recent.as_ref().filter(|known| known.as_ref() == text) {
            return Arc::clone(known);
        }
        let found = match self.known.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = text.into();
                self.known.insert(Arc::clone(&new));
                new
            }
        };
        *recent = Some(Arc::clone(&found));
        found
    }
}

/// Cheap, and different for most texts of one row.
fn place(text: &str) -> usize {
    let last = text.bytes().next_back().unwrap_or_default();
    (text.len() * 7 + usize::from(last)) % RECENT
}
