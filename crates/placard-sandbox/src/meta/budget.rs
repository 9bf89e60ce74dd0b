//! Budgets of campaigns and ad sets (Meta, `platforms/meta.md` §9).

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::envelope::{MetaError, MetaResult};
use super::money::{self, Floor};
use super::params::{Params, parse_enum};
use crate::object::Object;
use crate::wire::wire_enum;
use crate::world::World;

/// Four changes are allowed in this time.
pub(crate) const CHANGE_WINDOW: TimeDelta = TimeDelta::hours(1);
const CHANGES: usize = 4;

wire_enum! {
    pub(crate) enum Pacing { Standard = "standard", DayParting = "day_parting" }
}

/// The budget a call sets; never both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budgets {
    pub(crate) daily: Option<i64>,
    pub(crate) lifetime: Option<i64>,
}

impl Budgets {
    /// Reads both parameters; zero means "not set", as on read.
    pub(crate) fn from_params(params: &Params) -> MetaResult<Self> {
        let positive = |budget: Option<i64>| budget.filter(|budget| *budget > 0);
        let daily = positive(params.uint("daily_budget")?);
        let lifetime = positive(params.uint("lifetime_budget")?);
        if daily.is_some() && lifetime.is_some() {
            return Err(MetaError::rule(
                1885621,
                "daily_budget",
                "Only one budget can be set",
                "You can set a daily budget or a lifetime budget, not both.",
            ));
        }
        Ok(Self { daily, lifetime })
    }

    pub(crate) fn any(&self) -> bool {
        self.daily.is_some() || self.lifetime.is_some()
    }

    /// Refuses a budget below the minimum; a lifetime budget needs the minimum for each of `days`.
    pub(crate) fn at_least(
        &self,
        account: &Account,
        floor: Floor,
        doubled: bool,
        days: i64,
    ) -> MetaResult<()> {
        self.at_least_minor(account, money::minimum_daily(&account.currency, floor, doubled), days)
    }

    /// As [`Self::at_least`], for a minimum that is already worked out.
    pub(crate) fn at_least_minor(&self, account: &Account, least: i64, days: i64) -> MetaResult<()> {
        let spoken = |minor| money::spoken(minor, &account.currency);
        if let Some(daily) = self.daily.filter(|daily| *daily < least) {
            return Err(MetaError::rule(
                1885272,
                "daily_budget",
                "Your budget is too low",
                format!("The daily budget of {} is below the minimum of {}.", spoken(daily), spoken(least)),
            ));
        }
        let least = least * days.max(1);
        match self.lifetime.filter(|lifetime| *lifetime < least) {
            Some(lifetime) => Err(MetaError::rule(
                1885650,
                "lifetime_budget",
                "Your budget is too low",
                format!(
                    "The lifetime budget of {} is below the minimum of {}.",
                    spoken(lifetime),
                    spoken(least)
                ),
            )),
            None => Ok(()),
        }
    }

    /// Checks a change of `object`'s budget: kind, frequency, and what is already spent.
    pub(crate) fn replaceable(&self, world: &World, account: &Account, object: &Object) -> MetaResult<()> {
        let switches = (self.daily.is_some() && object.minor("lifetime_budget").is_some())
            || (self.lifetime.is_some() && object.minor("daily_budget").is_some());
        if switches {
            return Err(MetaError::field(
                "daily_budget",
                "The kind of budget cannot be switched after creation",
            ));
        }
        may_change_budget(world, object)?;
        let enough = |spent: i64| (spent * 11 + 9) / 10;
        let low = |field: &str, least: i64| {
            MetaError::rule(
                1885272,
                field,
                "Your budget is too low",
                format!(
                    "The new budget must be at least {}, 10% above what is already spent.",
                    money::spoken(least, &account.currency)
                ),
            )
        };
        let (today, total) = (enough(world.spent_today(object)), enough(world.spent_by(object)));
        let lowers = |new: i64, field: &str| object.minor(field).is_some_and(|old| new < old);
        if self.daily.is_some_and(|daily| daily < today && lowers(daily, "daily_budget")) {
            return Err(low("daily_budget", today));
        }
        match self.lifetime.filter(|lifetime| *lifetime < total) {
            Some(_) => Err(low("lifetime_budget", total)),
            None => Ok(()),
        }
    }

    /// Puts the budget into an object's fields as it is read back: text of minor units.
    pub(crate) fn write(&self, fields: &mut Map<String, Value>) {
        for (name, budget) in [("daily_budget", self.daily), ("lifetime_budget", self.lifetime)] {
            if let Some(budget) = budget {
                fields.insert(name.into(), json!(budget.to_string()));
            }
        }
    }
}

/// Four budget changes an hour (613 / 1487632).
fn may_change_budget(world: &World, object: &Object) -> MetaResult<()> {
    let recent = object.budget_changes.iter().filter(|at| world.now() - **at < CHANGE_WINDOW).count();
    if recent < CHANGES {
        return Ok(());
    }
    Err(MetaError::new(613, "(#613) Calls to this api have exceeded the rate limit.").subcode(1487632).user(
        "Budget changed too often",
        "You can change a budget four times an hour. Wait before changing it again.",
    ))
}

/// The `pacing_type` list.
pub(crate) fn pacing(params: &Params) -> MetaResult<Option<Value>> {
    let Some(words) = params.words("pacing_type")? else { return Ok(None) };
    let pacing: MetaResult<Vec<Pacing>> = words.iter().map(|word| parse_enum("pacing_type", word)).collect();
    Ok(Some(json!(pacing?)))
}
