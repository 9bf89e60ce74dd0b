//! Loading what a file says into the store: the rows, their parts of the audience, and the levels above them.

use crate::import::{Import, Row as FileRow};
use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use placard_domain::{AccountRef, AdAccount, Currency, Platform, metric::Level};
use placard_store::{
    Db, ad_account,
    audit::{self, Actor},
    connection,
    metrics::{self, Ingested, Row, Slice, import_file},
    tenant::Tenant,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Where rows go.
#[derive(Clone, Debug)]
pub struct Target {
    /// A connected account's id, or a name for numbers from elsewhere.
    pub account: String,
    /// The file's name, for the record.
    pub file_name: String,
}

/// What was loaded.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Where to.
    pub account: AccountRef,
    /// What became of the rows.
    pub ingested: Ingested,
    /// Whether a file with the same content was loaded before; then nothing was done.
    pub known_file: bool,
}

/// The dimension under which a file's parts of the audience are stored.
fn dimension(row: &FileRow) -> Option<&'static str> {
    let segments = &row.segments;
    match (&segments.age, &segments.gender, segments.other.is_empty()) {
        (None, None, true) => None,
        (Some(_), Some(_), true) => Some("age_gender"),
        (Some(_), None, true) => Some("age"),
        (None, Some(_), true) => Some("gender"),
        _ => Some("other"),
    }
}

/// Numbers of one entity on one day, added up over the parts of the audience.
#[derive(Clone, Copy, Default)]
struct Sum {
    impressions: i64,
    clicks: i64,
    spend: Decimal,
    conversions: Decimal,
    value: Decimal,
}

impl Sum {
    fn add(&mut self, row: &FileRow) {
        self.impressions += row.impressions;
        self.clicks += row.clicks;
        self.spend += row.spend;
        self.conversions += row.conversions;
        self.value += row.conversion_value;
    }
}

/// A row to store. What it is about is borrowed from the file's rows.
struct Line<'a> {
    about: Step<'a>,
    date: NaiveDate,
    segment: Option<(&'static str, String)>,
    currency: Currency,
    sum: Sum,
    extras: Value,
}

/// Loads every row of `read` in one transaction.
///
/// Into an account that is not connected, the levels above the file's rows are added up from them. A connected
/// account has its own numbers there, so only the file's own level is loaded.
pub async fn load(
    db: &Db,
    tenant: &Tenant,
    actor: &Actor,
    target: &Target,
    content: &[u8],
    read: &Import,
    now: DateTime<Utc>,
) -> Result<Loaded> {
    let account = AccountRef { platform: Platform::Meta, id: target.account.clone() };
    let sha256 = hex::encode(Sha256::digest(content));
    let mut tx = db.tenant(tenant.id).await?;
    if import_file::find(&mut tx, &account, &sha256).await?.is_some() {
        return Ok(Loaded { account, ingested: Ingested::default(), known_file: true });
    }
    let connected = connection::find(&mut tx, &account).await?.is_some();
    if let Some(currency) = read.rows.first().map(|row| row.currency).filter(|_| !connected) {
        ad_account::upsert(&mut tx, &from_file(&account, target, currency), now).await?;
    }
    let lines = lines(read, &account, !connected);
    let rows: Vec<Row<'_>> = lines.iter().map(Line::row).collect();
    let ingested = metrics::ingest(&mut tx, &account, now, &rows).await?;
    let count = i64::try_from(read.rows.len())?;
    import_file::record(&mut tx, actor, &account, &sha256, &target.file_name, count).await?;
    let entry = audit::Entry {
        action: audit::Action::Import,
        entity_type: "ad_account",
        entity_id: account.to_string(),
        old: None,
        new: Some(json!({"file": target.file_name, "sha256": sha256, "rows": count})),
    };
    audit::append(&mut tx, actor, &entry).await?;
    tx.commit().await?;
    Ok(Loaded { account, ingested, known_file: false })
}

fn from_file(account: &AccountRef, target: &Target, currency: Currency) -> AdAccount {
    AdAccount {
        account: account.clone(),
        name: format!("from {}", target.file_name),
        currency,
        zone: Tz::UTC,
        status: "imported".into(),
        active: false,
        payment_connected: false,
        business_id: None,
        spend_cap_minor: None,
    }
}

/// Each entity once a day for everybody, and once a day for each part of the audience.
fn lines<'a>(read: &'a Import, account: &'a AccountRef, with_levels_above: bool) -> Vec<Line<'a>> {
    let mut days: Vec<Line<'a>> = Vec::with_capacity(read.rows.len());
    let mut places: HashMap<(Level, &'a str, NaiveDate), usize> = HashMap::with_capacity(read.rows.len());
    let mut parts = Vec::new();
    let extra_names: Vec<&str> = read.understood.extras().collect();
    for row in &read.rows {
        let steps = chain(row, account);
        let depth = if with_levels_above { steps.len() } else { 1 };
        for (height, step) in steps.into_iter().take(depth).enumerate() {
            let place = *places.entry((step.level, step.id, row.date)).or_insert_with(|| {
                days.push(Line::empty(step, row));
                days.len() - 1
            });
            let line = &mut days[place];
            line.sum.add(row);
            if height == 0 {
                line.extras = extras(&extra_names, row);
                parts.extend(part(row, step));
            }
        }
    }
    days.append(&mut parts);
    days
}

/// An entity of a row and what it belongs to.
#[derive(Clone, Copy)]
struct Step<'a> {
    level: Level,
    id: &'a str,
    name: Option<&'a str>,
    parent: Option<&'a str>,
}

/// The row's own entity first, then what lies above it, up to the account.
fn chain<'a>(row: &'a FileRow, account: &'a AccountRef) -> Vec<Step<'a>> {
    let own = |level| row.entity.as_ref().filter(|_| row.level == level);
    let levels = [
        (Level::Ad, own(Level::Ad)),
        (Level::AdGroup, row.parents.ad_group.as_ref().or(own(Level::AdGroup))),
        (Level::Campaign, row.parents.campaign.as_ref().or(own(Level::Campaign))),
    ];
    let mut steps = Vec::with_capacity(levels.len() + 1);
    for (level, entity) in levels {
        let Some(entity) = entity else { continue };
        steps.push(Step { level, id: entity.id.as_ref(), name: entity.name.as_deref(), parent: None });
    }
    steps.push(Step { level: Level::Account, id: account.id.as_str(), name: None, parent: None });
    for index in 0..steps.len() - 1 {
        // A level that the file skips is no parent: the store knows parents as exactly one level up.
        let direct = steps[index + 1].level as usize + 1 == steps[index].level as usize;
        steps[index].parent = direct.then_some(steps[index + 1].id);
    }
    steps
}

fn part<'a>(row: &FileRow, step: Step<'a>) -> Option<Line<'a>> {
    let segment = (dimension(row)?, row.segments.key()?);
    let mut line = Line { segment: Some(segment), ..Line::empty(step, row) };
    line.sum.add(row);
    Some(line)
}

fn extras(names: &[&str], row: &FileRow) -> Value {
    if names.is_empty() {
        return Value::Null;
    }
    names.iter().zip(&row.extras).map(|(name, value)| ((*name).to_owned(), json!(value.as_ref()))).collect()
}

impl<'a> Line<'a> {
    /// Nothing yet about `step` on the day of `row`.
    fn empty(step: Step<'a>, row: &FileRow) -> Self {
        Self {
            about: step,
            date: row.date,
            segment: None,
            currency: row.currency,
            sum: Sum::default(),
            extras: Value::Null,
        }
    }

    fn row(&self) -> Row<'_> {
        let slice = match &self.segment {
            None => Slice::Day,
            Some((dimension, segment)) => Slice::Segment { dimension, segment },
        };
        Row {
            level: self.about.level,
            entity_id: self.about.id,
            name: self.about.name,
            parent_id: self.about.parent,
            date: self.date,
            slice,
            impressions: self.sum.impressions,
            clicks: self.sum.clicks,
            spend: self.sum.spend,
            currency: self.currency,
            conversions: self.sum.conversions,
            conversion_value: self.sum.value,
            extras: &self.extras,
        }
    }
}
