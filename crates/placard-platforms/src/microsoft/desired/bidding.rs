//! The bidding scheme, which is the campaign's: those of ad groups and keywords are ignored without a word (Microsoft,
//! `platforms/microsoft.md` §4, bidding).

use super::Mapper;
use crate::microsoft::{
    canonical,
    goals::{self, Row, TARGET_ROAS},
    money,
};
use placard_domain::{
    Money,
    objective::{BidStrategy, OptimizationGoal},
    spec::{BidRule, Diagnostic},
};
use rust_decimal::Decimal;
use serde_json::Value;

/// Returns on ad spend: 0.01 to 1000, where 2.5 means 250 %.
const LEAST_ROAS: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const MOST_ROAS: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);

impl Mapper<'_> {
    /// The scheme that the goal and the bid come to. Every ad group must agree.
    pub(super) fn bidding(&mut self) -> Option<Value> {
        let objective = self.campaign.objective;
        if goals::allowed(objective).next().is_none() {
            let message = format!("Placard cannot publish the goal `{objective}` to Microsoft");
            self.found(Diagnostic::error("goal", message).help("Use traffic, leads, sales or awareness."));
            return None;
        }
        let mut rows = Vec::new();
        for index in 0..self.campaign.ad_groups.len() {
            rows.extend(self.row(index));
        }
        let row = *rows.first()?;
        self.check_agreement(row);
        if self.campaign.conversion.is_some() {
            let message = format!(
                "Microsoft counts the conversion goals that the account has; what is written here does not reach it, and \
                 delivery is optimised for `{}` by those",
                row.goal
            );
            self.found(Diagnostic::warning("conversion", message));
        }
        if row.goal == OptimizationGoal::Impressions {
            let message =
                "Microsoft has no scheme that buys attention for a budget; it will look for most clicks";
            self.found(Diagnostic::warning("goal", message));
        }
        self.scheme(row)
    }

    /// The row of the goal table that ad group `index` asks for.
    fn row(&mut self, index: usize) -> Option<&'static Row> {
        let (objective, group) = (self.campaign.objective, &self.campaign.ad_groups[index]);
        let row = goals::find(objective, group.optimize_for, self.campaign.bid.strategy());
        if row.is_none() {
            let names: Vec<&str> = goals::allowed(objective).map(|row| row.goal.as_str()).collect();
            let (path, message) = match group.optimize_for {
                Some(goal) => (
                    format!("{}.optimize_for", self.paths.group(index)),
                    format!("Microsoft cannot optimise `{objective}` for `{goal}`"),
                ),
                None => (
                    "bid.strategy".to_owned(),
                    format!("`min_roas` needs values, and `{objective}` has none"),
                ),
            };
            self.found(Diagnostic::error(path, message).help(format!("It can for: {}.", names.join(", "))));
        }
        row
    }

    fn check_agreement(&mut self, row: &Row) {
        for (index, group) in self.campaign.ad_groups.iter().enumerate() {
            if group.bid != self.campaign.bid {
                let finding =
                    Diagnostic::error(self.paths.bid(index), "Microsoft bids for a campaign as a whole");
                self.found(finding.help("Write the bid once, at the campaign."));
            }
            let own = goals::find(row.objective, group.optimize_for, self.campaign.bid.strategy());
            if own.is_some_and(|own| own.goal != row.goal) {
                let path = format!("{}.optimize_for", self.paths.group(index));
                let message = format!(
                    "Microsoft optimises a campaign as a whole, and the first ad group says `{}`",
                    row.goal
                );
                self.found(Diagnostic::error(path, message).help("Give each goal a campaign of its own."));
            }
        }
    }

    fn scheme(&mut self, row: &Row) -> Option<Value> {
        let (bid, bidding) = (self.campaign.bid, row.bidding);
        if bid == BidRule::LowestCost {
            return Some(canonical::scheme(bidding, None));
        }
        let Some(setting) = bidding.setting(bid.strategy()) else {
            let message = format!(
                "Microsoft has no `{}` where delivery is optimised for `{}`",
                bid.strategy(),
                row.goal
            );
            let able = BidStrategy::ALL.iter().filter(|strategy| bidding.setting(**strategy).is_some());
            let able: Vec<String> = able.map(|strategy| format!("`{strategy}`")).collect();
            let help = format!("It has `lowest_cost`, {}.", able.join(", "));
            self.found(Diagnostic::error("bid.strategy", message).help(help));
            return None;
        };
        let value = match bid {
            BidRule::BidCap(amount) => {
                self.check_bid(amount);
                self.amount("bid.amount", amount)?
            }
            BidRule::CostCap(amount) => self.amount("bid.amount", amount)?,
            BidRule::MinRoas(ratio) => {
                if setting == TARGET_ROAS && (ratio < LEAST_ROAS || ratio > MOST_ROAS) {
                    self.error(
                        "bid.roas",
                        format!("Microsoft takes a return of {LEAST_ROAS} to {MOST_ROAS}"),
                    );
                }
                ratio.normalize().to_string()
            }
            BidRule::LowestCost => return None,
        };
        Some(canonical::scheme(bidding, Some((setting, value))))
    }

    fn check_bid(&mut self, amount: Money) {
        let (least, most) = money::bid_limits(amount.currency());
        let (bid, currency) = (amount.to_major(), amount.currency());
        if let Some(least) = least.filter(|least| bid < *least) {
            self.error("bid.amount", format!("Microsoft takes bids of {least} {currency} or more"));
        }
        if let Some(most) = most.filter(|most| bid > *most) {
            self.error("bid.amount", format!("Microsoft takes bids of {most} {currency} at most"));
        }
    }
}
