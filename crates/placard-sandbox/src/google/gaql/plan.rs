//! A query checked against its resource: columns, conditions, dates (Google, `platforms/google.md` §6).

use chrono::{Months, NaiveDate, TimeDelta};

use super::catalogue::{self, Column, Source};
use super::compare::{self, Check};
use super::lex::error;
use super::parse::{self, Op, Query};
use super::period;
use crate::google::error::AdsError;
use crate::google::store::Customer;
use crate::world::World;

/// A query that can be carried out.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) source: &'static Source,
    pub(super) select: Vec<Column>,
    pub(super) checks: Vec<Check>,
    pub(super) order: Vec<(Column, bool)>,
    pub(super) limit: Option<usize>,
    pub(super) omit_names: bool,
}

/// Reads a query for a customer.
pub(super) fn plan(world: &World, customer: &Customer, text: &str) -> Result<Plan, AdsError> {
    let query = parse::parse(text)?;
    let source = catalogue::source(&query.from)?;
    let today = world.now().with_timezone(&customer.zone()).date_naive();
    let column = |name: &String| catalogue::column(source, name);
    let select: Vec<Column> = query.select.iter().map(column).collect::<Result<_, _>>()?;
    let mut checks = Vec::new();
    for condition in &query.conditions {
        checks.push(compare::check(column(&condition.field)?, condition.op, &condition.values, today)?);
    }
    let mut order = Vec::new();
    for (name, descending) in &query.order {
        order.push((column(name)?, *descending));
    }
    let plan = Plan { source, select, checks, order, limit: query.limit, omit_names: query.omit_names };
    plan.check_metrics(customer)?;
    plan.check_segments(today)?;
    if source.name == "change_event" {
        change_event(&query, &plan, today)?;
    }
    Ok(plan)
}

impl Plan {
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        let filtered = self.checks.iter().map(|check| &check.column);
        self.select.iter().chain(filtered).chain(self.order.iter().map(|(column, _)| column))
    }

    /// Whether rows carry figures at all.
    pub(super) fn reports(&self) -> bool {
        self.columns().any(|column| column.is_metric() || column.is_segment())
    }

    pub(super) fn selects(&self, resource: &str, first: &str) -> bool {
        self.select.iter().any(|column| column.resource == resource && column.path[0] == first)
    }

    /// Whether any field of a resource is used.
    pub(super) fn uses(&self, resource: &str) -> bool {
        self.columns().any(|column| column.resource == resource)
    }

    fn check_metrics(&self, customer: &Customer) -> Result<(), AdsError> {
        if customer.is_manager && self.columns().any(Column::is_metric) {
            let text = "Metrics cannot be requested for a manager account.";
            return Err(error("REQUESTED_METRICS_FOR_MANAGER", text));
        }
        let by_action = self
            .columns()
            .find(|column| column.is_segment() && column.path[0].starts_with("conversionAction"));
        let counts =
            |column: &&Column| column.is_metric() && !column.path[0].to_lowercase().contains("conversions");
        match (by_action, self.columns().find(counts)) {
            (Some(segment), Some(metric)) => {
                let code = "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE";
                Err(error(code, format!("'{}' does not go with '{}'.", segment.name, metric.name)))
            }
            _ => Ok(()),
        }
    }

    fn check_segments(&self, today: NaiveDate) -> Result<(), AdsError> {
        for check in self.checks.iter().filter(|check| check.column.is_segment()) {
            let name = &check.column.name;
            if !check.column.is_core_date() && !self.select.iter().any(|column| column.name == *name) {
                let code = "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE";
                return Err(error(code, format!("'{name}' must be in the SELECT clause.")));
            }
        }
        let (first, last) = self.dates();
        let dated = self.select.iter().any(|column| column.is_core_date());
        if dated && (first.is_none() || last.is_none()) {
            let text = "A finite range of dates is needed to select a date.";
            return Err(error("EXPECTED_FILTERS_ON_DATE_RANGE", text));
        }
        /// How far back dates, weeks and hours reach.
        const MONTHS: u32 = 37;
        let fine = ["date", "week", "hour"].iter().any(|name| self.selects("segments", name));
        if fine && first.is_some_and(|first| first < today - Months::new(MONTHS)) {
            let code = "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED";
            return Err(AdsError::new("dateRangeError", code, "The dates are more than 37 months ago."));
        }
        Ok(())
    }

    /// The first and last day that the conditions leave, where they set one.
    pub(super) fn dates(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let (mut first, mut last) = (None::<NaiveDate>, None::<NaiveDate>);
        let mut from = |day: NaiveDate| first = Some(first.map_or(day, |known| known.max(day)));
        let mut to = |day: NaiveDate| last = Some(last.map_or(day, |known| known.min(day)));
        for check in self.checks.iter().filter(|check| check.column.is_core_date()) {
            let segment = check.column.path[0];
            let spans: Vec<(NaiveDate, NaiveDate)> =
                check.values.iter().filter_map(|value| span(segment, value)).collect();
            let low = spans.iter().map(|(first, _)| *first).min();
            let high = spans.iter().map(|(_, last)| *last).max();
            let (Some(low), Some(high)) = (low, high) else { continue };
            match check.op {
                Op::Eq | Op::In | Op::Between => {
                    from(low);
                    to(high);
                }
                Op::Ge => from(low),
                Op::Gt => from(high + TimeDelta::days(1)),
                Op::Le => to(high),
                Op::Lt => to(low - TimeDelta::days(1)),
                _ => {}
            }
        }
        (first, last)
    }
}

/// The days that a value of a date segment stands for.
fn span(segment: &str, value: &str) -> Option<(NaiveDate, NaiveDate)> {
    if segment == "year" {
        let year = value.parse().ok()?;
        return Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?));
    }
    let first = value.parse().ok()?;
    Some((first, period::last_of(segment, first)))
}

/// Changes are asked for with a limit and a finite range of the last 30 days.
fn change_event(query: &Query, plan: &Plan, today: NaiveDate) -> Result<(), AdsError> {
    const MOST: usize = 10_000;
    const DAYS: i64 = 30;
    let error = |code, text: &str| AdsError::new("changeEventError", code, text);
    match query.limit {
        None => return Err(error("LIMIT_NOT_SPECIFIED", "The query needs a LIMIT.")),
        Some(limit) if limit > MOST => {
            return Err(error("INVALID_LIMIT_CLAUSE", "The LIMIT is at most 10000."));
        }
        Some(_) => {}
    }
    let dated = plan.checks.iter().filter(|check| check.column.path == ["changeDateTime"]);
    let (mut first, mut last) = (None::<String>, None::<String>);
    for check in dated {
        match (check.op, check.values.as_slice()) {
            (Op::Between, [low, high]) => (first, last) = (Some(low.clone()), Some(high.clone())),
            (Op::Eq, [at]) => (first, last) = (Some(at.clone()), Some(at.clone())),
            (Op::Gt | Op::Ge, [at]) => first = Some(at.clone()),
            (Op::Lt | Op::Le, [at]) => last = Some(at.clone()),
            _ => {}
        }
    }
    let (Some(first), Some(last)) = (first, last) else {
        return Err(error("CHANGE_DATE_RANGE_INFINITE", "The range of dates is not finite."));
    };
    if first > last {
        return Err(error("CHANGE_DATE_RANGE_NEGATIVE", "The range of dates ends before it starts."));
    }
    let day: Option<NaiveDate> = first.get(..10).and_then(|day| day.parse().ok());
    match day {
        Some(day) if day < today - TimeDelta::days(DAYS) => {
            Err(error("START_DATE_TOO_OLD", "Changes are kept for 30 days."))
        }
        _ => Ok(()),
    }
}
