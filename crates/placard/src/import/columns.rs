//! Which column means what.

use super::{
    Field, ImportError, Options,
    field::{Meaning, meaning, normalise},
};
use csv::StringRecord;
use placard_domain::{Currency, metric::Level, suggest};

/// One column of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header, as written.
    pub header: String,
    /// What becomes of it.
    pub role: Role,
    /// What a person should know about that.
    pub note: Option<String>,
}

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is read as this field.
    Field(Field),
    /// It is kept as written beside the row; `rival_of` is the field that another column was taken for.
    Extra {
        /// The field it could have been.
        rival_of: Option<Field>,
    },
    /// It is left out; [`Column::note`] says why.
    Ignored,
}

/// All columns, and where each field is.
pub(super) struct Columns {
    pub(super) all: Vec<Column>,
    /// Places of the columns that split the audience, besides age and gender.
    pub(super) breakdowns: Vec<usize>,
    /// Places of the columns kept as written.
    pub(super) extras: Vec<usize>,
    /// The currency in the headers of amounts, and the header that says it.
    pub(super) currency: Option<(Currency, String)>,
    pub(super) level: Level,
    places: Vec<Option<usize>>,
}

impl Columns {
    /// Reads the headers, with `--map` first.
    pub(super) fn recognise(headers: &[String], options: &Options) -> Result<Self, ImportError> {
        let mut draft = Draft::new(headers);
        draft.map(options)?;
        for field in Field::ALL {
            draft.settle(*field)?;
        }
        draft.drop_needless_period();
        let columns = draft.finish()?;
        columns.require(headers)?;
        Ok(columns)
    }

    /// Where `field` is.
    pub(super) fn place(&self, field: Field) -> Option<usize> {
        self.places[field as usize]
    }

    /// The trimmed cell of `field`; a blank cell or no column is `None`.
    pub(super) fn cell<'r>(&self, record: &'r StringRecord, field: Field) -> Option<&'r str> {
        let cell = record.get(self.place(field)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The columns that name entities and segments.
    pub(super) fn dimensions(&self) -> impl Iterator<Item = usize> {
        const NAMED: [Field; 10] = [
            Field::AccountId,
            Field::Account,
            Field::CampaignId,
            Field::Campaign,
            Field::AdGroupId,
            Field::AdGroup,
            Field::AdId,
            Field::Ad,
            Field::Age,
            Field::Gender,
        ];
        NAMED.into_iter().filter_map(|field| self.place(field)).chain(self.breakdowns.iter().copied())
    }

    /// The header of `field`'s column.
    pub(super) fn header(&self, field: Field) -> Option<&str> {
        self.place(field).map(|place| self.all[place].header.as_str())
    }

    fn require(&self, headers: &[String]) -> Result<(), ImportError> {
        let missing = |needed, field| ImportError::MissingColumn { needed, field, headers: headers.to_vec() };
        if self.place(Field::Date).is_none() {
            return Err(missing("the day", Field::Date));
        }
        if Field::NUMBERS.iter().all(|field| self.place(*field).is_none()) {
            return Err(missing("any number", Field::Spend));
        }
        Ok(())
    }
}

/// Columns while their roles are being decided.
struct Draft {
    columns: Vec<DraftColumn>,
    places: Vec<Option<usize>>,
}

struct DraftColumn {
    header: String,
    currency: Option<Currency>,
    meaning: Option<Meaning>,
    role: Option<Role>,
    note: Option<String>,
}

impl Draft {
    fn new(headers: &[String]) -> Self {
        let column = |header: &String| {
            let (name, currency) = split_currency(header);
            let meaning = meaning(&normalise(name));
            DraftColumn { header: header.clone(), currency, meaning, role: None, note: None }
        };
        Self { columns: headers.iter().map(column).collect(), places: vec![None; Field::ALL.len()] }
    }

    fn map(&mut self, options: &Options) -> Result<(), ImportError> {
        for mapping in &options.map {
            let place = self.find(&mapping.column)?;
            let (field, column) = (mapping.field, &mut self.columns[place]);
            if column.role.is_some() {
                return Err(ImportError::MappedTwice { what: format!("the column \"{}\"", column.header) });
            }
            column.role = Some(Role::Field(field));
            column.note = Some("by --map".to_owned());
            if field != Field::Breakdown && self.places[field as usize].replace(place).is_some() {
                return Err(ImportError::MappedTwice { what: format!("the field `{field}`") });
            }
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize, ImportError> {
        let places = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..self.columns.len()).filter(|place| same(&self.columns[*place].header)).collect()
        };
        let mut found = places(&|header| header == name);
        if found.is_empty() {
            let wanted = normalise(name);
            found = places(&|header| normalise(header) == wanted);
        }
        match found.as_slice() {
            [] => Err(ImportError::UnknownColumn {
                column: name.to_owned(),
                suggestion: suggest::closest(name, self.columns.iter().map(|c| c.header.as_str()))
                    .map(str::to_owned),
            }),
            [place] => Ok(*place),
            several => Err(ImportError::RepeatedColumn { column: name.to_owned(), count: several.len() }),
        }
    }

    /// Gives `field` its column by the headers, unless `--map` did; the others that could be it become extras.
    fn settle(&mut self, field: Field) -> Result<(), ImportError> {
        let mut candidates: Vec<(u8, usize)> = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            if let (None, Some(Meaning::Field { field: meant, rank, .. })) = (column.role, column.meaning)
                && meant == field
            {
                candidates.push((rank, place));
            }
        }
        candidates.sort_unstable();
        if field == Field::Breakdown {
            for (_, place) in candidates {
                self.columns[place].role = Some(Role::Field(field));
            }
            return Ok(());
        }
        if self.places[field as usize].is_none() {
            self.choose(field, &candidates)?;
        }
        self.pass_over(field, &candidates);
        Ok(())
    }

    fn choose(&mut self, field: Field, candidates: &[(u8, usize)]) -> Result<(), ImportError> {
        let Some(&(rank, place)) = candidates.first() else { return Ok(()) };
        let equals = candidates.iter().take_while(|(other, _)| *other == rank);
        let columns: Vec<String> = equals.map(|(_, place)| self.columns[*place].header.clone()).collect();
        if columns.len() > 1 {
            return Err(ImportError::AmbiguousColumn { field, columns });
        }
        let column = &mut self.columns[place];
        column.role = Some(Role::Field(field));
        if let Some(Meaning::Field { note, .. }) = column.meaning {
            column.note = note.map(str::to_owned);
        }
        self.places[field as usize] = Some(place);
        Ok(())
    }

    fn pass_over(&mut self, field: Field, candidates: &[(u8, usize)]) {
        let Some(chosen) = self.places[field as usize] else { return };
        let taken = self.columns[chosen].header.clone();
        for (_, place) in candidates.iter().filter(|(_, place)| *place != chosen) {
            let column = &mut self.columns[*place];
            column.role = Some(Role::Extra { rival_of: Some(field) });
            column.note = Some(format!(
                "{taken} is {field}; for this one instead: --map {field}=\"{}\"",
                column.header
            ));
        }
    }

    /// A period matters only where no column says the day.
    fn drop_needless_period(&mut self) {
        let is_period = |column: &DraftColumn| {
            matches!(column.meaning, Some(Meaning::Field { field: Field::Date, rank: 1, .. }))
        };
        let by_map = |column: &DraftColumn| column.note.as_deref() == Some("by --map");
        let Some(day) = self.places[Field::Date as usize] else { return };
        if is_period(&self.columns[day]) {
            return;
        }
        for column in &mut self.columns {
            let is_end = column.role == Some(Role::Field(Field::PeriodEnd));
            if (is_end && !by_map(column)) || is_period(column) {
                column.role = Some(Role::Ignored);
                column.note = Some("the day is said by another column".to_owned());
            }
        }
        if let Some(end) = self.places[Field::PeriodEnd as usize]
            && self.columns[end].role == Some(Role::Ignored)
        {
            self.places[Field::PeriodEnd as usize] = None;
        }
    }

    fn finish(self) -> Result<Columns, ImportError> {
        let currency = self.header_currency()?;
        let places = self.places;
        let all: Vec<Column> = self.columns.into_iter().map(DraftColumn::finish).collect();
        let with =
            |wanted: &dyn Fn(Role) -> bool| (0..all.len()).filter(|place| wanted(all[*place].role)).collect();
        let breakdowns = with(&|role| role == Role::Field(Field::Breakdown));
        let extras = with(&|role| matches!(role, Role::Extra { .. }));
        let level = level(&places);
        Ok(Columns { all, breakdowns, extras, currency, level, places })
    }

    /// The currency that the headers of spend and value agree on.
    fn header_currency(&self) -> Result<Option<(Currency, String)>, ImportError> {
        let mut said: Option<(Currency, String)> = None;
        for field in [Field::Spend, Field::ConversionValue] {
            let Some(column) = self.places[field as usize].map(|place| &self.columns[place]) else {
                continue;
            };
            match (&said, column.currency) {
                (Some((in_file, header)), Some(other)) if *in_file != other => {
                    return Err(ImportError::CurrencyConflict {
                        header: header.clone(),
                        in_file: *in_file,
                        other,
                    });
                }
                (None, Some(currency)) => said = Some((currency, column.header.clone())),
                _ => {}
            }
        }
        Ok(said)
    }
}

impl DraftColumn {
    fn finish(self) -> Column {
        let ignored = |why: &str| (Role::Ignored, Some(why.to_owned()));
        let extra = Role::Extra { rival_of: None };
        let (role, note) = match (self.role, self.meaning) {
            (Some(role), _) => (role, self.note),
            (None, Some(Meaning::Ratio)) => ignored("a ratio, computed again from sums"),
            (None, Some(Meaning::Reject)) => ignored("written by an earlier import"),
            (None, Some(Meaning::People)) => (extra, Some("counts people, so it is never summed".to_owned())),
            (None, _) if self.header.is_empty() => ignored("a column without a header"),
            (None, _) => (extra, None),
        };
        Column { header: self.header, role, note }
    }
}

/// The deepest level that some column names.
fn level(places: &[Option<usize>]) -> Level {
    let named = |fields: [Field; 2]| fields.iter().any(|field| places[*field as usize].is_some());
    if named([Field::AdId, Field::Ad]) {
        Level::Ad
    } else if named([Field::AdGroupId, Field::AdGroup]) {
        Level::AdGroup
    } else if named([Field::CampaignId, Field::Campaign]) {
        Level::Campaign
    } else {
        Level::Account
    }
}

/// `Amount spent (EUR)` is `Amount spent` in euros.
pub(super) fn split_currency(header: &str) -> (&str, Option<Currency>) {
    let split = || {
        let (name, code) = header.trim().strip_suffix(')')?.rsplit_once('(')?;
        Some((name.trim_end(), code.trim().parse().ok()?))
    };
    match split() {
        Some((name, currency)) => (name, Some(currency)),
        None => (header, None),
    }
}
