//! Budgets and bids.

use super::{Checker, Diagnostic};
use crate::{
    Currency, Money,
    objective::BidStrategy,
    spec::{
        campaign::{BidRule, Budget, Flight},
        model::{Amount, Bid, Budget as BudgetSpec, CampaignSpec},
    },
};

impl Checker<'_> {
    /// Budgets live on the campaign or on every ad group, never on both.
    pub(super) fn budget_levels(&mut self, spec: &CampaignSpec) {
        for (index, group) in spec.ad_groups.iter().enumerate() {
            let path = format!("ad_groups[{index}].budget");
            match (&spec.budget, &group.budget) {
                (Some(_), Some(_)) => {
                    self.error(path, "the campaign has a budget already", "keep one of the two");
                }
                (None, None) => self.error(
                    path,
                    format!("`{}` has no budget, and the campaign has none either", group.name),
                    "add `budget: {daily: 20.00}` here or to the campaign",
                ),
                _ => {}
            }
        }
    }

    pub(super) fn budget(
        &mut self,
        budget: Option<&BudgetSpec>,
        currency: Currency,
        flight: &Flight,
        path: &str,
    ) -> Option<Budget> {
        match budget? {
            BudgetSpec { daily: Some(daily), lifetime: None } => {
                self.positive(*daily, currency, &format!("{path}.daily")).map(Budget::Daily)
            }
            BudgetSpec { daily: None, lifetime: Some(lifetime) } => {
                if flight.end.is_none() {
                    self.error(
                        format!("{path}.lifetime"),
                        "a lifetime budget needs an end",
                        "add `schedule.end`, or use `daily`",
                    );
                }
                self.positive(*lifetime, currency, &format!("{path}.lifetime")).map(Budget::Lifetime)
            }
            BudgetSpec { daily: Some(_), lifetime: Some(_) } => {
                self.error(path, "`daily` and `lifetime` exclude each other", "keep one of the two");
                None
            }
            BudgetSpec { daily: None, lifetime: None } => {
                self.error(path, "no amount is given", "add `daily: 20.00` or `lifetime: 600.00`");
                None
            }
        }
    }

    pub(super) fn bid(&mut self, bid: Option<&Bid>, currency: Currency, path: &str) -> BidRule {
        let Some(bid) = bid else { return BidRule::LowestCost };
        let (wants_amount, wants_roas) = match bid.strategy {
            BidStrategy::LowestCost => (false, false),
            BidStrategy::CostCap | BidStrategy::BidCap => (true, false),
            BidStrategy::MinRoas => (false, true),
        };
        self.wanted(bid.amount, wants_amount, bid.strategy, &format!("{path}.amount"));
        self.wanted(bid.roas, wants_roas, bid.strategy, &format!("{path}.roas"));
        if wants_amount && let Some(amount) = bid.amount {
            self.positive(amount, currency, &format!("{path}.amount"));
        }
        if wants_roas && bid.roas.is_some_and(|roas| roas.0 <= rust_decimal::Decimal::ZERO) {
            self.error(format!("{path}.roas"), "the floor must be above zero", "2.5 means 250 %");
        }
        bid_rule(Some(bid), currency)
    }

    fn wanted(&mut self, value: Option<Amount>, wanted: bool, strategy: BidStrategy, path: &str) {
        if wanted && value.is_none() {
            self.error(path, format!("`{strategy}` needs this"), "add the amount");
        } else if !wanted && value.is_some() {
            self.error(
                path,
                format!("`{strategy}` has no such setting"),
                "remove it, or choose another strategy",
            );
        }
    }

    pub(super) fn positive(&mut self, amount: Amount, currency: Currency, path: &str) -> Option<Money> {
        let money = match Money::from_major(amount.0, currency) {
            Ok(money) => money,
            Err(error) => {
                self.findings.push(Diagnostic::error(path, error.to_string()));
                return None;
            }
        };
        if money.minor() <= 0 {
            self.error(
                path,
                format!("the amount must be above zero, found {}", amount.0),
                "write what you want to spend",
            );
            return None;
        }
        Some(money)
    }
}

/// The rule that a bid section means, for one whose errors are reported elsewhere.
pub(super) fn bid_rule(bid: Option<&Bid>, currency: Currency) -> BidRule {
    let Some(bid) = bid else { return BidRule::LowestCost };
    let money = bid.amount.and_then(|amount| Money::from_major(amount.0, currency).ok());
    match (bid.strategy, money, bid.roas) {
        (BidStrategy::CostCap, Some(money), _) => BidRule::CostCap(money),
        (BidStrategy::BidCap, Some(money), _) => BidRule::BidCap(money),
        (BidStrategy::MinRoas, _, Some(roas)) => BidRule::MinRoas(roas.0),
        _ => BidRule::LowestCost,
    }
}
