//! From rows to a report.

use super::{
    DayPoint, EntityRow, EntityTable, Head, ReportData, Section, SegmentRow, Side, Split, format::quantity,
    model::Earlier,
};
use crate::import::{Entity, Import, Row};
use chrono::{DateTime, NaiveDate, Utc};
use placard_domain::{
    Currency, Platform,
    metric::{Level, Overflow, Sums},
};
use std::collections::BTreeMap;

/// Sums numbers up into a report.
///
/// Totals come only from [`Builder::day`]: give it every number once, at one level and without breakdown, then the
/// same numbers by entity and by segment to the other two.
#[derive(Debug)]
pub struct Builder {
    head: Head,
    sections: BTreeMap<Currency, Draft>,
    warnings: Vec<String>,
    outside: usize,
}

/// An entity as a row names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct EntityRef<'a> {
    /// The platform's id.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// The name or id of what it belongs to.
    pub parent: Option<&'a str>,
    /// Where it runs.
    pub platform: Option<Platform>,
}

#[derive(Debug, Default)]
struct Draft {
    previous: Option<Sums>,
    earlier: Option<Earlier>,
    days: BTreeMap<NaiveDate, Sums>,
    entities: BTreeMap<Level, BTreeMap<(Option<Platform>, String), EntityDraft>>,
    segments: BTreeMap<(Option<String>, Option<String>), Sums>,
    splits: BTreeMap<Side, BTreeMap<String, Sums>>,
}

#[derive(Debug, Default)]
struct EntityDraft {
    name: Option<String>,
    parent: Option<String>,
    days: BTreeMap<NaiveDate, Sums>,
}

impl Builder {
    /// An empty report.
    pub fn new(head: Head) -> Self {
        Self { head, sections: BTreeMap::new(), warnings: Vec::new(), outside: 0 }
    }

    /// Adds to the totals of a day.
    pub fn day(&mut self, currency: Currency, date: NaiveDate, sums: &Sums) -> Result<(), Overflow> {
        let is_previous = self.head.previous.is_some_and(|previous| previous.contains(date));
        if self.head.period.contains(date) {
            self.section(currency).days.entry(date).or_default().add(sums)
        } else if is_previous {
            self.section(currency).previous.get_or_insert_default().add(sums)
        } else {
            self.outside += 1;
            Ok(())
        }
    }

    /// Adds to an entity, for days of the period.
    pub fn entity(
        &mut self,
        currency: Currency,
        level: Level,
        entity: EntityRef<'_>,
        date: NaiveDate,
        sums: &Sums,
    ) -> Result<(), Overflow> {
        if !self.head.period.contains(date) {
            return Ok(());
        }
        let entities = self.section(currency).entities.entry(level).or_default();
        let draft = entities.entry((entity.platform, entity.id.to_owned())).or_default();
        // The last name is the current one.
        if let Some(name) = entity.name {
            draft.name = Some(name.to_owned());
        }
        if let Some(parent) = entity.parent {
            draft.parent = Some(parent.to_owned());
        }
        draft.days.entry(date).or_default().add(sums)
    }

    /// Adds to a part of the audience, for days of the period.
    pub fn segment(
        &mut self,
        currency: Currency,
        (age, gender): (Option<&str>, Option<&str>),
        date: NaiveDate,
        sums: &Sums,
    ) -> Result<(), Overflow> {
        if !self.head.period.contains(date) {
            return Ok(());
        }
        let key = (age.map(str::to_owned), gender.map(str::to_owned));
        self.section(currency).segments.entry(key).or_default().add(sums)
    }

    /// Adds to a part of what is split by one thing. The caller keeps to the period.
    pub fn part(&mut self, currency: Currency, by: Side, part: &str, sums: &Sums) -> Result<(), Overflow> {
        let parts = self.section(currency).splits.entry(by).or_default();
        parts.entry(part.to_owned()).or_default().add(sums)
    }

    /// The totals of the period as they were known at an earlier moment.
    pub fn earlier(&mut self, currency: Currency, known_at: DateTime<Utc>, sums: Sums) {
        self.section(currency).earlier = Some(Earlier { known_at, sums });
    }

    /// Adds a sentence that the reader must know.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Adds every row of an import, to the totals, its entities and its segment.
    pub fn import(&mut self, import: &Import) -> Result<(), Overflow> {
        for row in &import.rows {
            self.row(row)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), Overflow> {
        let sums = row.sums();
        self.day(row.currency, row.date, &sums)?;
        let own = |level| row.entity.as_ref().filter(|_| row.level == level);
        let campaign = row.parents.campaign.as_ref().or(own(Level::Campaign));
        let ad_group = row.parents.ad_group.as_ref().or(own(Level::AdGroup));
        let chain = [
            (Level::Campaign, campaign, None),
            (Level::AdGroup, ad_group, campaign),
            (Level::Ad, own(Level::Ad), ad_group.or(campaign)),
        ];
        for (level, entity, parent) in chain {
            let Some(entity) = entity else { continue };
            let entity = EntityRef { parent: parent.map(label), ..EntityRef::from(entity) };
            self.entity(row.currency, level, entity, row.date, &sums)?;
        }
        let segment = (row.segments.age.as_deref(), row.segments.gender.as_deref());
        if segment == (None, None) {
            return Ok(());
        }
        self.segment(row.currency, segment, row.date, &sums)
    }

    /// The report.
    pub fn build(mut self) -> Result<ReportData, Overflow> {
        let mut sections = Vec::with_capacity(self.sections.len());
        for (currency, draft) in std::mem::take(&mut self.sections) {
            self.warn_of_gaps(currency, &draft);
            sections.push(draft.build(currency, &self.head)?);
        }
        if self.outside > 0 {
            let count = quantity(self.outside.into());
            self.warnings.push(format!("Rows of other days were left out: {count}."));
        }
        if sections.len() > 1 {
            self.warnings.push("Amounts are in several currencies and are not added up.".to_owned());
        }
        Ok(ReportData { head: self.head, sections, warnings: self.warnings })
    }

    fn section(&mut self, currency: Currency) -> &mut Draft {
        self.sections.entry(currency).or_default()
    }

    /// A day without any row may be a day without ads, or a day that was not read.
    fn warn_of_gaps(&mut self, currency: Currency, draft: &Draft) {
        let missing: Vec<NaiveDate> =
            self.head.period.days().filter(|day| !draft.days.contains_key(day)).collect();
        let Some(first) = missing.first() else { return };
        let days = match missing.len() {
            1 => format!("on {}", first.format("%-d %B %Y")),
            count => format!("on {count} days, the first of them {}", first.format("%-d %B %Y")),
        };
        self.warnings.push(format!("There are no {currency} numbers {days}."));
    }
}

impl Draft {
    fn build(self, currency: Currency, head: &Head) -> Result<Section, Overflow> {
        let mut totals = Sums::default();
        for sums in self.days.values() {
            totals.add(sums)?;
        }
        let day = |date| DayPoint {
            date,
            sums: self.days.get(&date).copied().unwrap_or_default(),
            provisional: head.settled_until.is_some_and(|settled| date > settled),
        };
        let daily = head.period.days().map(day).collect();
        let mut entities = Vec::new();
        for (level, drafts) in self.entities {
            let rows: Result<Vec<EntityRow>, Overflow> =
                drafts.into_iter().map(|(key, draft)| draft.build(key)).collect();
            let mut rows = rows?;
            rows.sort_by(|a, b| {
                b.sums.spend.cmp(&a.sums.spend).then(b.sums.impressions.cmp(&a.sums.impressions))
            });
            entities.push(EntityTable { level, rows });
        }
        let segments =
            self.segments.into_iter().map(|((age, gender), sums)| SegmentRow { age, gender, sums }).collect();
        let split = |(by, parts): (Side, BTreeMap<String, Sums>)| {
            let mut parts: Vec<(String, Sums)> = parts.into_iter().collect();
            parts.sort_by(|(_, a), (_, b)| b.spend.cmp(&a.spend).then(b.impressions.cmp(&a.impressions)));
            Split { by, parts }
        };
        let splits = self.splits.into_iter().map(split).collect();
        let (previous, earlier) = (self.previous, self.earlier);
        Ok(Section { currency, totals, previous, earlier, daily, entities, segments, splits })
    }
}

impl EntityDraft {
    fn build(self, (platform, id): (Option<Platform>, String)) -> Result<EntityRow, Overflow> {
        let mut sums = Sums::default();
        for day in self.days.values() {
            sums.add(day)?;
        }
        let days = self.days.into_iter().collect();
        Ok(EntityRow { id, name: self.name, parent: self.parent, platform, sums, days })
    }
}

impl<'a> From<&'a Entity> for EntityRef<'a> {
    fn from(entity: &'a Entity) -> Self {
        Self { id: &entity.id, name: entity.name.as_deref(), parent: None, platform: None }
    }
}

fn label(entity: &Entity) -> &str {
    entity.name.as_deref().unwrap_or(&entity.id)
}
