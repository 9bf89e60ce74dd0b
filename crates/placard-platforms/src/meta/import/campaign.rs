//! A campaign with its ad sets and ads (Meta, `platforms/meta.md` §8).

use super::{
    Rows,
    ad::{self, Drawn},
    ad_group, id, marker, text,
};
use crate::{
    AccountView,
    import::{Holding, Keys, Left, draft_of, ours, tidy, written},
    meta::{
        goals::{self, TargetKind},
        money,
        wire::plain,
        words,
    },
};
use placard_domain::{
    RemoteId,
    objective::{BidStrategy, ConversionEvent, Objective},
    plan::{ObjectKey, ObjectKind},
    spec::{AdGroupSpec, Bid, BudgetSpec, Conversion, MetaSpec, Platforms, RunState, SpecialAdCategory},
};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where a draft comes into being.
pub(super) struct Draft<'a> {
    pub(super) view: &'a AccountView,
    pub(super) campaign: &'a Value,
    pub(super) objective: Objective,
    pub(super) meta: MetaSpec,
    pub(super) conversion: Option<Conversion>,
    pub(super) holding: Holding,
}

/// The campaign as a spec, or why none can say it.
pub(super) fn draft(
    view: &AccountView,
    rows: &Rows,
    forms: &BTreeMap<String, Value>,
) -> Result<Holding, String> {
    let campaign = &rows.campaign;
    if campaign.is_null() {
        return Err("it is gone".to_owned());
    }
    if let Some(buying) = text(campaign, "buying_type").filter(|buying| *buying != "AUCTION") {
        return Err(format!("it buys by {buying}, and a spec buys by auction"));
    }
    let ads: Vec<Result<Drawn, Left>> = rows.ads.iter().map(|row| ad::draw(row, forms)).collect();
    let drawn: Vec<&Drawn> = ads.iter().filter_map(|ad| ad.as_ref().ok()).collect();
    let Some(first) = drawn.first() else {
        let why = ads.iter().find_map(|ad| ad.as_ref().err());
        return Err(match why.map(|left| &left.what) {
            Some(crate::import::LeftWhat::Object { reason }) => format!("no ad of it can be said: {reason}"),
            _ => "it has no ads".to_owned(),
        });
    };
    let mut draft = Draft {
        view,
        campaign,
        objective: objective(campaign, &drawn)?,
        meta: MetaSpec {
            account: Some(view.account.id.clone()),
            page: first.page.clone(),
            instagram: first.instagram.clone(),
            special_ad_categories: categories(campaign),
            ..MetaSpec::default()
        },
        conversion: None,
        holding: draft_of(view, id(campaign), text(campaign, "name").unwrap_or_default().to_owned()),
    };
    draft.note(ObjectKind::Campaign, campaign);
    let groups = draft.groups(rows, ads);
    if groups.is_empty() {
        return Err("none of its ad sets can be said".to_owned());
    }
    draft.finish(groups)
}

impl Draft<'_> {
    /// Keeps `row` for comparing.
    pub(super) fn note(&mut self, kind: ObjectKind, row: &Value) {
        let id = id(row);
        self.holding.markers.extend(marker(row).map(|marker| (id.clone(), marker)));
        self.holding.rows.insert((kind, id), row.clone());
    }

    fn groups(&mut self, rows: &Rows, ads: Vec<Result<Drawn, Left>>) -> Vec<AdGroupSpec> {
        let mut of_set: BTreeMap<String, Vec<Drawn>> = BTreeMap::new();
        for (row, ad) in rows.ads.iter().zip(ads) {
            match ad {
                Ok(ad) => {
                    of_set.entry(row.get("adset_id").map(plain).unwrap_or_default()).or_default().push(ad)
                }
                Err(left) => self.holding.left.push(left),
            }
        }
        let mut keys = Keys::default();
        let mut groups = Vec::new();
        for row in &rows.ad_sets {
            let ads = of_set.remove(&id(row).0).unwrap_or_default();
            match ad_group::draw(self, row, ads, &mut keys) {
                Ok(group) => groups.push(group),
                Err(reason) => {
                    let name = text(row, "name").unwrap_or_default();
                    self.holding.left.push(Left::object(ObjectKind::AdGroup, &id(row).0, name, reason));
                }
            }
        }
        groups
    }

    fn finish(mut self, groups: Vec<AdGroupSpec>) -> Result<Holding, String> {
        let campaign = self.campaign;
        let spec = &mut self.holding.spec;
        spec.goal = self.objective;
        spec.status = run(campaign);
        spec.budget = budget(campaign, self.view);
        spec.ad_groups = groups;
        spec.conversion = self.conversion;
        tidy(spec);
        if let (Some(_), Some(bid)) = (&spec.budget, &mut spec.bid)
            && let Some(strategy) = strategy(campaign)
        {
            bid.strategy = strategy;
        }
        spec.bid =
            spec.bid.take().filter(|bid| bid.strategy != BidStrategy::LowestCost || differs(&spec.ad_groups));
        spec.platforms = Platforms { meta: Some(self.meta), ..Platforms::default() };
        Ok(self.holding)
    }

    /// An amount in the account's currency.
    pub(super) fn bid(&self, row: &Value) -> Bid {
        let strategy = strategy(self.campaign).or_else(|| strategy(row)).unwrap_or(BidStrategy::LowestCost);
        let amount = row.get("bid_amount").and_then(|value| money::from_wire(value, self.view.currency));
        let floor = row.pointer("/bid_constraints/roas_average_floor").and_then(Value::as_i64);
        let capped = matches!(strategy, BidStrategy::CostCap | BidStrategy::BidCap);
        Bid {
            strategy,
            amount: amount.filter(|_| capped).map(written),
            roas: floor
                .filter(|_| strategy == BidStrategy::MinRoas)
                .map(|floor| placard_domain::spec::Amount(Decimal::new(floor, 2))),
        }
    }

    /// The pixel and event that an ad set counts. The spec names one of each.
    pub(super) fn count(&mut self, row: &Value, chooses_windows: bool) {
        let promoted = row.get("promoted_object");
        let pixel = promoted.and_then(|promoted| text(promoted, "pixel_id"));
        let event = promoted.and_then(|promoted| text(promoted, "custom_event_type"));
        let event = event.and_then(|word| ours(ConversionEvent::ALL, words::event, word));
        let (Some(pixel), Some(event)) = (pixel, event) else { return };
        self.meta.pixel.get_or_insert_with(|| pixel.to_owned());
        let conversion =
            self.conversion.get_or_insert(Conversion { event, click_days: None, view_days: None });
        if chooses_windows && conversion.click_days.is_none() {
            let days = |kind: &str| {
                let windows = row.get("attribution_spec").and_then(Value::as_array).into_iter().flatten();
                let mut days = windows.filter(|window| text(window, "event_type") == Some(kind));
                days.next()?.get("window_days")?.as_u64().and_then(|days| u32::try_from(days).ok())
            };
            conversion.click_days = days("CLICK_THROUGH").filter(|days| matches!(days, 1 | 7));
            conversion.view_days = days("VIEW_THROUGH").filter(|days| *days == 1);
        }
    }

    pub(super) fn bind(&mut self, kind: ObjectKind, path: String, id: RemoteId) {
        self.holding.ids.insert(ObjectKey::new(kind, path), id);
    }
}

/// Whether any ad group bids otherwise than the campaign.
fn differs(groups: &[AdGroupSpec]) -> bool {
    groups.iter().any(|group| group.bid.is_some())
}

/// Calls go as leads at Meta; a campaign of nothing else is for calls (§13).
fn objective(campaign: &Value, ads: &[&Drawn]) -> Result<Objective, String> {
    let sent = text(campaign, "objective").unwrap_or_default();
    let fits = |objective: &&Objective| {
        ads.iter().any(|ad| goals::allowed(**objective, ad.target).any(|row| row.sent_objective == sent))
    };
    let fitting: Vec<Objective> = Objective::ALL.iter().filter(fits).copied().collect();
    let only_calls = ads.iter().all(|ad| ad.target == TargetKind::Call);
    let calls = fitting.iter().find(|objective| only_calls && **objective == Objective::Calls);
    let found = calls.or_else(|| fitting.iter().find(|objective| **objective != Objective::Calls));
    found.copied().ok_or_else(|| format!("its objective {sent} is none that a spec can say with these ads"))
}

fn categories(campaign: &Value) -> Vec<SpecialAdCategory> {
    let words = campaign.get("special_ad_categories").and_then(Value::as_array).into_iter().flatten();
    words
        .filter_map(Value::as_str)
        .filter_map(|word| ours(SpecialAdCategory::ALL, words::category, word))
        .collect()
}

fn strategy(row: &Value) -> Option<BidStrategy> {
    ours(BidStrategy::ALL, words::bid_strategy, text(row, "bid_strategy")?)
}

/// Whether it is switched on.
pub(super) fn run(row: &Value) -> RunState {
    if text(row, "status") == Some("ACTIVE") { RunState::Active } else { RunState::Paused }
}

/// The budget that `row` holds.
pub(super) fn budget(row: &Value, view: &AccountView) -> Option<BudgetSpec> {
    let amount = |field: &str| {
        let amount = row.get(field).and_then(|value| money::from_wire(value, view.currency))?;
        (amount.minor() != 0).then(|| written(amount))
    };
    let (daily, lifetime) = (amount("daily_budget"), amount("lifetime_budget"));
    (daily.is_some() || lifetime.is_some()).then_some(BudgetSpec { daily, lifetime })
}
