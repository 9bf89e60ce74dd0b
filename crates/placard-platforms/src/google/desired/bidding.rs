//! The bidding strategy, which is the campaign's (Google, `platforms/google.md` §4, bidding).

use super::Mapper;
use crate::google::{
    canonical,
    goals::{self, Row},
};
use placard_domain::spec::{BidRule, Diagnostic};
use rust_decimal::Decimal;
use serde_json::Value;

impl Mapper<'_> {
    /// The strategy that the goal and the bid come to. Every ad group must agree.
    pub(super) fn bidding(&mut self) -> Option<Value> {
        let (objective, channel) = (self.campaign.objective, self.own.channel);
        if goals::allowed(objective, channel).next().is_none() {
            let message = format!("Placard cannot publish the goal `{objective}` to Google");
            self.found(Diagnostic::error("goal", message).help("Use traffic, leads, sales or awareness."));
            return None;
        }
        let mut rows = Vec::new();
        for index in 0..self.campaign.ad_groups.len() {
            rows.extend(self.row(index));
        }
        let row = *rows.first()?;
        self.check_agreement(row);
        self.check_conversion(row);
        if row.goal == placard_domain::objective::OptimizationGoal::Impressions {
            let message =
                "Google has no strategy that buys attention for a budget here; it will look for most clicks";
            self.found(Diagnostic::warning("goal", message));
        }
        self.strategy(row)
    }

    /// The row of the goal table that ad group `index` asks for.
    fn row(&mut self, index: usize) -> Option<&'static Row> {
        let group = &self.campaign.ad_groups[index];
        let (objective, channel) = (self.campaign.objective, self.own.channel);
        let row = goals::find(objective, channel, group.optimize_for, self.campaign.bid.strategy());
        if row.is_none() {
            let names: Vec<&str> = goals::allowed(objective, channel).map(|row| row.goal.as_str()).collect();
            let (path, message) = match group.optimize_for {
                Some(goal) => (
                    format!("{}.optimize_for", self.paths.group(index)),
                    format!("Google cannot optimise `{objective}` for `{goal}`"),
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
                    Diagnostic::error(self.paths.bid(index), "Google bids for a campaign as a whole");
                self.found(finding.help("Write the bid once, at the campaign."));
            }
            let own =
                goals::find(row.objective, row.channel, group.optimize_for, self.campaign.bid.strategy());
            if own.is_some_and(|own| own.goal != row.goal) {
                let path = format!("{}.optimize_for", self.paths.group(index));
                let message = format!(
                    "Google optimises a campaign as a whole, and the first ad group says `{}`",
                    row.goal
                );
                self.found(Diagnostic::error(path, message).help("Give each goal a campaign of its own."));
            }
        }
    }

    /// What counts as a conversion is settled in the account (§4, conversion actions).
    fn check_conversion(&mut self, row: &Row) {
        if self.campaign.conversion.is_some() {
            let message = format!(
                "Google counts the conversion actions that the account has as goals; what is written here does not \
                 reach it, and delivery is optimised for `{}` by those",
                row.goal
            );
            self.found(Diagnostic::warning("conversion", message));
        }
    }

    fn strategy(&mut self, row: &Row) -> Option<Value> {
        let (bid, bidding) = (self.campaign.bid, row.bidding);
        if bid != BidRule::LowestCost && bid.strategy() != bidding.bid() {
            let message =
                format!("Google has no `{}` where delivery is optimised for `{}`", bid.strategy(), row.goal);
            let help = format!("It has `lowest_cost` and `{}`.", bidding.bid());
            self.found(Diagnostic::error("bid.strategy", message).help(help));
            return None;
        }
        let setting = match bid {
            BidRule::LowestCost => None,
            BidRule::CostCap(amount) | BidRule::BidCap(amount) => Some(self.micros("bid.amount", amount)?),
            BidRule::MinRoas(ratio) => {
                if ratio < LEAST_ROAS || ratio > MOST_ROAS {
                    self.error("bid.roas", format!("Google takes a return of {LEAST_ROAS} to {MOST_ROAS}"));
                }
                Some(canonical::number(ratio))
            }
        };
        Some(canonical::bidding(bidding, setting))
    }
}

/// Returns on ad spend (§4): 0.01 to 1000, where 2.5 means 250 %.
const LEAST_ROAS: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const MOST_ROAS: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);
