//! A campaign with its ad groups and ads (TikTok, `platforms/tiktok.md` §7, §8, §12).

use super::{
    Rows,
    words::{people, places, tags, texts},
};
use crate::{
    AccountView,
    import::{Holding, Keys, Left, draft_of, flight, ours, spec_name, tidy, written},
    tiktok::{
        canonical::{self, END, START},
        goals::{self, Row, TargetKind},
        money,
        requests::SWITCH,
        wire::{at, decimal, text_at},
        words,
    },
};
use placard_domain::{
    Platform, RemoteId,
    marker::Marker,
    objective::{BidStrategy, CallToAction, ConversionEvent, Objective},
    plan::{ObjectKey, ObjectKind},
    spec::{
        AdGroupSpec, AdSpec, Amount, Bid, BudgetSpec, Call, Conversion, Copy, Destination, HeldMedia,
        Platforms, RunState, TiktokIdentity, TiktokSpec, Website,
    },
};
use serde_json::Value;

/// The campaign as a spec, or why none can say it.
pub(super) fn draft(view: &AccountView, rows: &Rows) -> Result<Holding, String> {
    let entry = &rows.campaign;
    if entry.is_null() {
        return Err("it is gone".to_owned());
    }
    let word = text_at(entry, "objective_type").unwrap_or_default();
    let dials = |group: &Value| text_at(group, "promotion_type").is_some_and(|word| goals::dials(&word));
    let objective = goals::objective(&word, rows.ad_groups.iter().any(dials));
    let objective = objective.ok_or_else(|| format!("its objective {word} is none that a spec can say"))?;
    let id = RemoteId(text_at(entry, "campaign_id").unwrap_or_default());
    let mut drawing = Drawing {
        view,
        rows,
        objective,
        holding: draft_of(view, id, text_at(entry, "campaign_name").unwrap_or_default()),
        tiktok: TiktokSpec { account: Some(view.account.id.clone()), ..TiktokSpec::default() },
        conversion: None,
    };
    drawing.note(ObjectKind::Campaign, entry);
    drawing.holding.spec.goal = objective;
    drawing.holding.spec.status = run(entry);
    drawing.holding.spec.budget = drawing.common_budget();
    let mut keys = Keys::default();
    for group in &rows.ad_groups {
        match drawing.group(group, &mut keys) {
            Ok(group) => drawing.holding.spec.ad_groups.push(group),
            Err(reason) => drawing.leave(ObjectKind::AdGroup, group, reason),
        }
    }
    let Drawing { mut holding, tiktok, conversion, .. } = drawing;
    if holding.spec.ad_groups.is_empty() {
        let why = holding.left.iter().find_map(|left| match &left.what {
            crate::import::LeftWhat::Object { reason } => Some(reason.as_str()),
            crate::import::LeftWhat::Field { .. } => None,
        });
        return Err(
            why.map_or("it has no ad groups".to_owned(), |why| format!("nothing of it can be said: {why}"))
        );
    }
    let spec = &mut holding.spec;
    spec.conversion = conversion;
    tidy(spec);
    let others = spec.ad_groups.iter().any(|group| group.bid.is_some());
    spec.bid = spec.bid.take().filter(|bid| others || bid.strategy != BidStrategy::LowestCost);
    spec.platforms = Platforms { tiktok: Some(tiktok), ..Platforms::default() };
    Ok(holding)
}

struct Drawing<'a> {
    view: &'a AccountView,
    rows: &'a Rows,
    objective: Objective,
    holding: Holding,
    tiktok: TiktokSpec,
    conversion: Option<Conversion>,
}

impl Drawing<'_> {
    /// Keeps `entry` for comparing.
    fn note(&mut self, kind: ObjectKind, entry: &Value) -> RemoteId {
        let id = id(kind, entry);
        let marker = Marker::find_in(&name(kind, entry));
        self.holding.markers.extend(marker.map(|marker| (id.clone(), marker)));
        self.holding.rows.insert((kind, id.clone()), entry.clone());
        id
    }

    fn leave(&mut self, kind: ObjectKind, entry: &Value, reason: String) {
        self.holding.left.push(Left::object(kind, &id(kind, entry).0, &name(kind, entry), reason));
    }

    /// The budget, where the campaign holds it for its ad groups.
    fn common_budget(&self) -> Option<BudgetSpec> {
        let shares = at(&self.rows.campaign, "budget_optimize_on").and_then(Value::as_bool)?;
        shares.then(|| self.budget(&self.rows.campaign)).flatten()
    }

    fn budget(&self, entry: &Value) -> Option<BudgetSpec> {
        let amount = money::from_wire(entry.get("budget")?, self.view.currency).map(written);
        match text_at(entry, "budget_mode")?.as_str() {
            "BUDGET_MODE_TOTAL" => Some(BudgetSpec { daily: None, lifetime: amount }),
            "BUDGET_MODE_DAY" | "BUDGET_MODE_DYNAMIC_DAILY_BUDGET" => {
                Some(BudgetSpec { daily: amount, lifetime: None })
            }
            _ => None,
        }
    }

    fn group(&mut self, entry: &Value, keys: &mut Keys) -> Result<AdGroupSpec, String> {
        let row = self.goal(entry)?;
        let locations = places(entry)?;
        let own = id(ObjectKind::AdGroup, entry).0;
        let name = spec_name(&name(ObjectKind::AdGroup, entry));
        let key = keys.give(&name, "ad-group");
        let rows = self.rows;
        let mut ads = Vec::new();
        let mut ad_keys = Keys::default();
        for ad in rows.ads.iter().filter(|ad| text_at(ad, "adgroup_id").as_deref() == Some(&own)) {
            match self.ad(ad, row.target, &key.key, &mut ad_keys) {
                Ok(ad) => ads.push(ad),
                Err(reason) => self.leave(ObjectKind::Ad, ad, reason),
            }
        }
        if ads.is_empty() {
            return Err("it has no ad that a spec can say".to_owned());
        }
        let id = self.note(ObjectKind::AdGroup, entry);
        self.holding.ids.insert(ObjectKey::new(ObjectKind::AdGroup, key.key), id);
        self.count(entry);
        let common = self.common_budget();
        let budget = if common.is_none() { self.budget(entry) } else { None };
        let spread = common.or_else(|| budget.clone()).is_some_and(|budget| budget.lifetime.is_some());
        let moment = |field: &str| entry.get(field).and_then(canonical::moment);
        let endless = text_at(entry, "schedule_type").as_deref() == Some("SCHEDULE_FROM_NOW");
        let usual = goals::find(self.objective, row.target, None).is_some_and(|usual| usual.goal == row.goal);
        Ok(AdGroupSpec {
            name,
            key: key.written,
            status: run(entry),
            budget,
            bid: Some(self.bid(entry)),
            schedule: Some(flight(self.view, moment(START), moment(END).filter(|_| !endless), spread)),
            locations: Some(locations),
            audience: Some(people(entry)),
            optimize_for: (!usual).then_some(row.goal),
            keywords: Vec::new(),
            ads,
        })
    }

    fn goal(&self, entry: &Value) -> Result<&'static Row, String> {
        let sent = text_at(entry, "optimization_goal").unwrap_or_default();
        let target = text_at(entry, "promotion_target_type");
        let dials = text_at(entry, "promotion_type").is_some_and(|word| goals::dials(&word));
        let fits = |row: &&Row| {
            row.optimization_goal == sent
                && (row.promotion_target.is_none() || row.promotion_target == target.as_deref())
                && (row.target == TargetKind::Call) == dials
        };
        let found =
            TargetKind::ALL.into_iter().find_map(|kind| goals::allowed(self.objective, kind).find(fits));
        found.ok_or_else(|| format!("it is optimised for {sent}, which a spec cannot say"))
    }

    fn bid(&self, entry: &Value) -> Bid {
        let amount = |field: &str| {
            let value = entry.get(field).and_then(|value| canonical::field(field, value))?;
            money::from_wire(&value, self.view.currency).map(written)
        };
        let free = Bid { strategy: BidStrategy::LowestCost, amount: None, roas: None };
        if text_at(entry, "bid_type").as_deref() == Some("BID_TYPE_CUSTOM") {
            if let Some(price) = amount("conversion_bid_price") {
                return Bid { strategy: BidStrategy::CostCap, amount: Some(price), roas: None };
            }
            let Some(price) = amount("bid_price") else { return free };
            return Bid { strategy: BidStrategy::BidCap, amount: Some(price), roas: None };
        }
        let floor = entry.get("roas_bid").and_then(decimal).filter(|floor| !floor.is_zero());
        match floor.filter(|_| text_at(entry, "deep_bid_type").as_deref() == Some("VO_MIN_ROAS")) {
            Some(floor) => Bid { strategy: BidStrategy::MinRoas, amount: None, roas: Some(Amount(floor)) },
            None => free,
        }
    }

    /// The pixel and event that an ad group counts. The spec names one of each.
    fn count(&mut self, entry: &Value) {
        if self.tiktok.pixel.is_none() {
            self.tiktok.pixel = text_at(entry, "pixel_id").filter(|id| !id.is_empty() && id != "0");
        }
        let word = text_at(entry, "optimization_event").unwrap_or_default();
        let event =
            ConversionEvent::ALL.iter().copied().find(|one| words::event(*one) == Some(word.as_str()));
        let days = |field: &str, possible: &[u32]| {
            let word = text_at(entry, field)?;
            possible.iter().copied().find(|days| words::window(*days) == Some(word.as_str()))
        };
        let (click_days, view_days) =
            (days("click_attribution_window", &[1, 7]), days("view_attribution_window", &[1]));
        if let Some(event) = event {
            self.conversion.get_or_insert(Conversion { event, click_days, view_days });
        }
    }

    fn ad(
        &mut self,
        entry: &Value,
        target: TargetKind,
        group: &str,
        keys: &mut Keys,
    ) -> Result<AdSpec, String> {
        let format = text_at(entry, "ad_format").unwrap_or_default();
        let images = texts(entry, "image_ids");
        let [image] = images.as_slice() else {
            return Err(format!("its format {format} is none that a spec can say"));
        };
        let held = |id: String| HeldMedia { platform: Platform::Tiktok, id }.to_string();
        let video = match format.as_str() {
            words::IMAGE_AD => None,
            words::VIDEO_AD => Some(text_at(entry, "video_id").ok_or("its video is not told")?),
            _ => return Err(format!("its format {format} is none that a spec can say")),
        };
        let destination = destination(entry, target)?;
        let kind = ours(
            TiktokIdentity::ALL,
            words::identity_type,
            &text_at(entry, "identity_type").unwrap_or_default(),
        );
        let (Some(identity), Some(kind)) = (text_at(entry, "identity_id"), kind) else {
            return Err("who speaks in it cannot be said".to_owned());
        };
        if self.tiktok.identity.is_empty() {
            self.tiktok.identity = identity;
            self.tiktok.identity_type = kind;
            self.tiktok.business_center =
                text_at(entry, "identity_authorized_bc_id").filter(|_| kind == TiktokIdentity::BcAuthTt);
        }
        let name = spec_name(&name(ObjectKind::Ad, entry));
        let key = keys.give(&name, "ad");
        let id = self.note(ObjectKind::Ad, entry);
        self.holding.ids.insert(ObjectKey::new(ObjectKind::Ad, format!("{group}/{}", key.key)), id);
        let usual = match self.objective {
            Objective::Sales => CallToAction::ShopNow,
            Objective::Calls => CallToAction::CallNow,
            _ => CallToAction::LearnMore,
        };
        let word = text_at(entry, "call_to_action").unwrap_or_default();
        let button =
            CallToAction::ALL.iter().copied().find(|one| words::call_to_action(*one) == Some(word.as_str()));
        Ok(AdSpec {
            key: key.written,
            status: run(entry),
            image: Some(held(image.clone())),
            video: video.map(held),
            copy: Some(Copy {
                primary_text: Some(text_at(entry, "ad_text").unwrap_or_else(|| name.clone())),
                // TikTok shows none, and a spec wants one.
                headline: Some(name.clone()),
                call_to_action: button.filter(|button| *button != usual),
                ..Copy::default()
            }),
            destination: Some(destination),
            name,
        })
    }
}

/// Where an ad leads.
fn destination(entry: &Value, target: TargetKind) -> Result<Destination, String> {
    let told = |field: &str| text_at(entry, field).unwrap_or_default();
    match target {
        TargetKind::Form => Err("it leads to a form, and TikTok does not tell what that asks".to_owned()),
        TargetKind::Call => {
            let phone = format!("{}{}", told("phone_region_calling_code"), told("phone_number"));
            Ok(Destination { call: Some(Call { phone }), ..Destination::default() })
        }
        TargetKind::Website => {
            let url = told("landing_page_url");
            if !url.starts_with("https://") {
                return Err(format!("it leads to {url}, and a spec leads to https"));
            }
            let website = Website { url, url_tags: tags(entry), display_url: None };
            Ok(Destination { website: Some(website), ..Destination::default() })
        }
    }
}

fn id(kind: ObjectKind, entry: &Value) -> RemoteId {
    RemoteId(text_at(entry, &format!("{}_id", words::noun(kind))).unwrap_or_default())
}

fn name(kind: ObjectKind, entry: &Value) -> String {
    text_at(entry, &format!("{}_name", words::noun(kind))).unwrap_or_default()
}

fn run(entry: &Value) -> RunState {
    if text_at(entry, SWITCH).as_deref() == Some("ENABLE") { RunState::Active } else { RunState::Paused }
}
