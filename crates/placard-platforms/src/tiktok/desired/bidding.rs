//! How an ad group bids (TikTok, `platforms/tiktok.md` §8).

use super::{Group, Mapper};
use crate::tiktok::goals::{Billing, Row};
use placard_domain::{
    Money,
    objective::BidStrategy,
    spec::{BidRule, Diagnostic},
};
use serde_json::Value;

const FREE: &str = "BID_TYPE_NO_BID";
const CUSTOM: &str = "BID_TYPE_CUSTOM";

impl Mapper<'_> {
    /// The fields of a bid. What is paid by the result has a price for the result, what is paid by the click or by
    /// impressions one for those.
    pub(super) fn bid_fields(&mut self, group: Group<'_>, row: &Row) -> Vec<(&'static str, Value)> {
        let path = self.paths.bid(group.index);
        let rule = group.group.bid;
        match (rule, row.billing) {
            (BidRule::LowestCost, _) => {
                let mut fields = vec![("bid_type", FREE.into())];
                fields.extend(row.is_for_value().then(|| ("deep_bid_type", "VO_HIGHEST_VALUE".into())));
                fields
            }
            (BidRule::MinRoas(ratio), _) if row.is_for_value() => vec![
                ("bid_type", FREE.into()),
                ("deep_bid_type", "VO_MIN_ROAS".into()),
                ("roas_bid", ratio.normalize().to_string().into()),
            ],
            (BidRule::CostCap(amount), Billing::Ocpm) if !row.is_for_value() => {
                self.priced(&path, "conversion_bid_price", amount, group)
            }
            (BidRule::BidCap(amount), Billing::Cpc | Billing::Cpm) => {
                self.priced(&path, "bid_price", amount, group)
            }
            (rule, _) => {
                self.refuse_strategy(&path, rule.strategy(), row);
                Vec::new()
            }
        }
    }

    fn priced(
        &mut self,
        path: &str,
        field: &'static str,
        amount: Money,
        group: Group<'_>,
    ) -> Vec<(&'static str, Value)> {
        let path = format!("{path}.amount");
        let budget = group.group.budget.or(self.campaign.budget);
        let flight = &group.group.flight;
        let a_day = budget.map(|budget| budget.per_day(flight, self.context.today));
        if a_day.is_some_and(|a_day| a_day.minor() <= amount.minor()) {
            self.error(path.as_str(), "TikTok takes a bid only below the budget of a day");
        }
        let price = self.amount(&path, amount);
        [("bid_type", CUSTOM.into())].into_iter().chain(price.map(|price| (field, price))).collect()
    }

    fn refuse_strategy(&mut self, path: &str, strategy: BidStrategy, row: &Row) {
        let instead = match (row.is_for_value(), row.billing) {
            (true, _) => "`lowest_cost` or `min_roas`",
            (false, Billing::Ocpm) => "`lowest_cost` or `cost_cap`",
            (false, Billing::Cpc | Billing::Cpm) => "`lowest_cost` or `bid_cap`",
        };
        let message =
            format!("TikTok cannot bid by `{strategy}` where delivery is optimised for `{}`", row.goal);
        let finding = Diagnostic::error(format!("{path}.strategy"), message);
        self.found(finding.help(format!("Use {instead}.")));
    }
}
