//! The rows of a report: figures added up by all attributes that were asked for.

use std::collections::BTreeMap;

use super::columns::{self, Attribute, Chain, Column};
use super::request::Query;
use crate::auction::facts::Counts;
use crate::microsoft::money;
use crate::microsoft::split::{self, Side};
use crate::microsoft::store::Kind;
use crate::world::World;

/// The cells of all rows, in the order of the columns. What had no activity is left out.
pub(super) fn all(world: &World, query: &Query) -> Vec<Vec<String>> {
    let attributes: Vec<Attribute> = query
        .columns
        .iter()
        .filter_map(|column| match column {
            Column::Attribute(attribute) => Some(*attribute),
            Column::Measure(_) => None,
        })
        .collect();
    // One division whatever the order in which the columns were named.
    let mut sides: Vec<Side> = attributes.iter().filter_map(|attribute| attribute.side()).collect();
    sides.sort_unstable();
    let mut sums: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
    for chain in chains(world, query) {
        let ad = chain.ad.id;
        let today = query.at.with_timezone(&chain.account.zone()).date_naive();
        let unit = money::unit(&chain.account.currency);
        for ((_, date), day) in world.microsoft.facts.range((ad, query.range.0)..=(ad, query.range.1)) {
            for (hour, mut counts) in day.reported(&ad.to_string(), *date, today) {
                // The part that is known so far, in whole units of the currency, as it is told.
                counts.value_micros -= counts.value_micros % unit;
                let period = query.aggregation.label(*date, hour, query.old);
                for (cell, counts) in split::cells(world, chain.ad, (*date, hour), counts, &sides) {
                    let key = attributes
                        .iter()
                        .map(|it| columns::attribute(world, *it, &chain, &cell, &period))
                        .collect();
                    *sums.entry(key).or_default() += counts;
                }
            }
        }
    }
    let row = |(attributes, counts): (Vec<String>, Counts)| {
        let mut attributes = attributes.into_iter();
        let cell = |column: &Column| match column {
            Column::Attribute(_) => attributes.next().unwrap_or_default(),
            Column::Measure(measure) => columns::measure(*measure, &counts, query.old),
        };
        query.columns.iter().map(cell).collect()
    };
    sums.into_iter().map(row).collect()
}

/// All ads in scope, deleted ones too.
fn chains<'w>(world: &'w World, query: &Query) -> Vec<Chain<'w>> {
    let scope = &query.scope;
    let ads = world.microsoft.all().filter(|object| object.kind == Kind::Ad);
    let chain = ads.filter_map(|ad| {
        let account = world.microsoft.accounts.get(&ad.account)?;
        let campaign = world.microsoft.get(ad.campaign?)?;
        let group = world.microsoft.get(ad.ad_group?)?;
        let named = scope.accounts.contains(&account.id)
            || scope.campaigns.contains(&campaign.id)
            || scope.ad_groups.contains(&group.id);
        named.then_some(Chain { account, campaign, group, ad })
    });
    chain.collect()
}
