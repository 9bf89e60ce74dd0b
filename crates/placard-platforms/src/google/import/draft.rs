//! A campaign with its ad groups, ads and keywords (Google, `platforms/google.md` §4).

use super::{Rows, aim, id, kept};
use crate::{
    AccountView,
    google::{
        canonical,
        goals::Bidding,
        money,
        survey::parameter,
        wire::{at, decimal, text_at},
        words,
    },
    import::{Holding, Keys, Left, draft_of, ours, spec_name, tidy, written},
};
use chrono::{NaiveDate, NaiveDateTime};
use placard_domain::{
    Platform, RemoteId,
    marker::Marker,
    objective::{BidStrategy, Objective, OptimizationGoal},
    plan::{ObjectKey, ObjectKind},
    spec::{
        AdGroupSpec, AdSpec, Amount, Bid, BudgetSpec, Copy, Destination, GoogleChannel, GoogleSpec,
        HeldMedia, KeywordSpec, MatchType, Platforms, RunState, Schedule, Website,
    },
};
use serde_json::Value;

/// The campaign as a spec, or why none can say it.
pub(super) fn draft(view: &AccountView, rows: &Rows) -> Result<Holding, String> {
    let row = &rows.campaign;
    if row.is_null() {
        return Err("it is gone".to_owned());
    }
    let word = text_at(row, "campaign.advertisingChannelType").unwrap_or_default();
    let channel = ours(GoogleChannel::ALL, words::channel, &word)
        .ok_or_else(|| format!("its channel {word} is none that a spec can say"))?;
    let political = text_at(row, "campaign.containsEuPoliticalAdvertising");
    let google = GoogleSpec {
        account: Some(view.account.id.clone()),
        channel,
        search_partners: at(row, "campaign.networkSettings.targetSearchNetwork")
            .and_then(Value::as_bool)
            .unwrap_or_default()
            && channel == GoogleChannel::Search,
        eu_political_advertising: political.as_deref() == Some(words::political(true)),
        ..GoogleSpec::default()
    };
    let strategy = Strategy::of(row, view);
    let mut holding = draft_of(
        view,
        id(ObjectKind::Campaign, row).unwrap_or(RemoteId(String::new())),
        text_at(row, "campaign.name").unwrap_or_default(),
    );
    let all: Vec<&Value> = rows.criteria.iter().collect();
    holding.rows.insert((ObjectKind::Campaign, holding.remote_id.clone()), kept(row, &all));
    holding.markers.extend(Marker::find_in(&holding.name).map(|marker| (holding.remote_id.clone(), marker)));
    holding.spec.goal = strategy.objective;
    holding.spec.status = run(row, "campaign.status");
    holding.spec.budget = Some(budget(row, view)?);
    let mut drawing = Drawing {
        rows,
        holding,
        google,
        strategy,
        locations: aim::locations(&rows.criteria)?,
        languages: aim::languages(&rows.criteria),
        schedule: schedule(row, view),
    };
    let mut keys = Keys::default();
    for group in &rows.ad_groups {
        match drawing.group(group, &mut keys) {
            Ok(group) => drawing.holding.spec.ad_groups.push(group),
            Err(reason) => drawing.leave(ObjectKind::AdGroup, group, "adGroup.name", reason),
        }
    }
    let Drawing { mut holding, google, .. } = drawing;
    if holding.spec.ad_groups.is_empty() {
        return Err("none of its ad groups can be said".to_owned());
    }
    tidy(&mut holding.spec);
    holding.spec.bid = holding.spec.bid.filter(|bid| bid.strategy != BidStrategy::LowestCost);
    holding.spec.platforms = Platforms { google: Some(google), ..Platforms::default() };
    Ok(holding)
}

struct Drawing<'a> {
    rows: &'a Rows,
    holding: Holding,
    google: GoogleSpec,
    strategy: Strategy,
    locations: placard_domain::spec::Locations,
    languages: Vec<String>,
    schedule: Schedule,
}

impl Drawing<'_> {
    fn leave(&mut self, kind: ObjectKind, row: &Value, name: &str, reason: String) {
        let name = text_at(row, name).unwrap_or_default();
        let id = id(kind, row).map(|id| id.0).unwrap_or_default();
        self.holding.left.push(Left::object(kind, &id, &name, reason));
    }

    fn group(&mut self, row: &Value, keys: &mut Keys) -> Result<AdGroupSpec, String> {
        let own = text_at(row, "adGroup.id").unwrap_or_default();
        let word = text_at(row, "adGroup.type").unwrap_or_default();
        if word != words::ad_group_type(self.google.channel) {
            return Err(format!("its type {word} is none that a spec can say"));
        }
        let rows = self.rows;
        let is_own = |row: &&Value| text_at(row, "adGroup.id").as_deref() == Some(&own);
        let parts: Vec<&Value> = rows.parts.iter().filter(is_own).collect();
        let (words_of, others): (Vec<&Value>, Vec<&Value>) =
            parts.into_iter().partition(|row| at(row, "adGroupCriterion.keyword").is_some());
        let positive = |row: &&&Value| !negative(row);
        if self.google.channel == GoogleChannel::Search && words_of.iter().find(positive).is_none() {
            return Err("it has no keywords, without which a spec has no search ads".to_owned());
        }
        let name = spec_name(&text_at(row, "adGroup.name").unwrap_or_default());
        let key = keys.give(&name, "ad-group");
        let mut ads = Vec::new();
        let mut ad_keys = Keys::default();
        for ad in rows.ads.iter().filter(is_own) {
            match self.ad(ad, &key.key, &mut ad_keys) {
                Ok(ad) => ads.push(ad),
                Err(reason) => self.leave(ObjectKind::Ad, ad, "adGroupAd.ad.name", reason),
            }
        }
        if ads.is_empty() {
            return Err("it has no ad that a spec can say".to_owned());
        }
        if let Some(id) = id(ObjectKind::AdGroup, row) {
            let marker = text_at(row, "adGroup.name").as_deref().and_then(Marker::find_in);
            self.holding.markers.extend(marker.map(|marker| (id.clone(), marker)));
            self.holding.ids.insert(ObjectKey::new(ObjectKind::AdGroup, key.key.clone()), id.clone());
            self.holding.rows.insert((ObjectKind::AdGroup, id), kept(row, &others));
        }
        let mut audience = aim::people(&others);
        audience.languages.clone_from(&self.languages);
        Ok(AdGroupSpec {
            name,
            status: run(row, "adGroup.status"),
            budget: None,
            bid: Some(self.strategy.bid.clone()),
            schedule: Some(self.schedule.clone()),
            locations: Some(self.locations.clone()),
            audience: Some(audience),
            optimize_for: self.strategy.optimize_for,
            keywords: words_of.into_iter().filter_map(|row| self.keyword(row, &key.key)).collect(),
            ads,
            key: key.written,
        })
    }

    fn keyword(&mut self, row: &Value, group: &str) -> Option<KeywordSpec> {
        let text = text_at(row, "adGroupCriterion.keyword.text")?;
        let word = text_at(row, "adGroupCriterion.keyword.matchType")?;
        let match_type = ours(MatchType::ALL, words::match_type, &word)?;
        let path = format!("{group}/{match_type}:{}", text.to_lowercase());
        let id = id(ObjectKind::Keyword, row)?;
        let marker = parameter(row, "adGroupCriterion.urlCustomParameters");
        self.holding.markers.extend(marker.map(|marker| (id.clone(), marker)));
        self.holding.ids.insert(ObjectKey::new(ObjectKind::Keyword, path), id.clone());
        self.holding.rows.insert((ObjectKind::Keyword, id), kept(row, &[]));
        Some(KeywordSpec { text, match_type, negative: negative(row), bid: None })
    }

    fn ad(&mut self, row: &Value, group: &str, keys: &mut Keys) -> Result<AdSpec, String> {
        let ad = at(row, "adGroupAd.ad").ok_or("it shows nothing")?;
        let member = match self.google.channel {
            GoogleChannel::Search => "responsiveSearchAd",
            GoogleChannel::Display => "responsiveDisplayAd",
        };
        let Some(own) = ad.get(member) else {
            let word = text_at(ad, "type").unwrap_or_default();
            return Err(format!("its type {word} is none that a spec can say"));
        };
        let url = at(ad, "finalUrls").and_then(|urls| urls.get(0)?.as_str()).unwrap_or_default();
        if !url.starts_with("https://") {
            return Err(format!("it leads to {url}, and a spec leads to https"));
        }
        let (headlines, descriptions) = (lines(own, "headlines"), lines(own, "descriptions"));
        let (Some(headline), Some(description)) = (headlines.first(), descriptions.first()) else {
            return Err("it has no words".to_owned());
        };
        let long = text_at(own, "longHeadline.text");
        let image = match self.google.channel {
            GoogleChannel::Search => None,
            GoogleChannel::Display => Some(held(own)?.to_string()),
        };
        self.note_what_is_said_once(own);
        let name = text_at(ad, "name").filter(|name| !name.is_empty()).unwrap_or_else(|| headline.clone());
        let name = spec_name(&name);
        let key = keys.give(&name, "ad");
        if let Some(id) = id(ObjectKind::Ad, row) {
            let marker = parameter(row, "adGroupAd.ad.urlCustomParameters");
            self.holding.markers.extend(marker.map(|marker| (id.clone(), marker)));
            let path = format!("{group}/{}", key.key);
            self.holding.ids.insert(ObjectKey::new(ObjectKind::Ad, path), id.clone());
            self.holding.rows.insert((ObjectKind::Ad, id), kept(row, &[]));
        }
        let website = Website {
            url: url.to_owned(),
            url_tags: text_at(ad, "finalUrlSuffix").filter(|tags| !tags.is_empty()),
            display_url: None,
        };
        Ok(AdSpec {
            name,
            key: key.written,
            status: run(row, "adGroupAd.status"),
            image,
            video: None,
            copy: Some(Copy {
                // Search ads have no such text, and a spec wants one.
                primary_text: Some(long.unwrap_or_else(|| description.clone())),
                headline: Some(headline.clone()),
                description: Some(description.clone()),
                more_headlines: headlines[1..].to_vec(),
                more_descriptions: descriptions[1..].to_vec(),
                call_to_action: None,
            }),
            destination: Some(Destination { website: Some(website), ..Destination::default() }),
        })
    }

    /// What a spec says once for all ads.
    fn note_what_is_said_once(&mut self, own: &Value) {
        if self.google.paths.is_empty() {
            let paths = ["path1", "path2"].into_iter().filter_map(|name| text_at(own, name));
            self.google.paths = paths.filter(|path| !path.is_empty()).collect();
        }
        if self.google.business_name.is_none() {
            self.google.business_name = text_at(own, "businessName");
        }
    }
}

/// The wide and the square picture of a display ad.
fn held(own: &Value) -> Result<HeldMedia, String> {
    let first = |field: &str| {
        let ids = own.get(field).map(canonical::images)?;
        ids.get(0)?.as_str().map(str::to_owned)
    };
    let (wide, square) = first("marketingImages")
        .zip(first("squareMarketingImages"))
        .ok_or("it has no wide and square picture")?;
    Ok(HeldMedia { platform: Platform::Google, id: format!("{wide}+{square}") })
}

fn negative(row: &Value) -> bool {
    at(row, "adGroupCriterion.negative").and_then(Value::as_bool).unwrap_or_default()
}

fn lines(own: &Value, field: &str) -> Vec<String> {
    let lines = own.get(field).and_then(Value::as_array).into_iter().flatten();
    lines.filter_map(|line| text_at(line, "text")).collect()
}

fn run(row: &Value, path: &str) -> RunState {
    text_at(row, path).as_deref().and_then(words::run).unwrap_or(RunState::Paused)
}

/// How a campaign bids, and for what.
struct Strategy {
    objective: Objective,
    optimize_for: Option<OptimizationGoal>,
    bid: Bid,
}

impl Strategy {
    /// One that no spec can say is taken for clicks; the difference shows.
    fn of(row: &Value, view: &AccountView) -> Self {
        let campaign = row.get("campaign").unwrap_or(&Value::Null);
        let shown = canonical::bidding_of(campaign).unwrap_or_default();
        let member = shown.as_object().and_then(|members| members.keys().next());
        let bidding = member.and_then(|name| Bidding::of_member(name)).unwrap_or(Bidding::TargetSpend);
        let setting = shown.pointer(&format!("/{}/{}", bidding.member(), bidding.setting()));
        let (objective, optimize_for) = match bidding {
            Bidding::TargetSpend => (Objective::Traffic, None),
            Bidding::MaximizeConversions => (Objective::Leads, None),
            Bidding::MaximizeConversionValue => (Objective::Sales, Some(OptimizationGoal::Value)),
        };
        let amount = setting.and_then(|value| money::from_micros(value, view.currency)).map(written);
        let roas = setting.and_then(decimal).map(Amount);
        let is_roas = bidding == Bidding::MaximizeConversionValue;
        let given = if is_roas { roas.is_some() } else { amount.is_some() };
        let bid = Bid {
            strategy: if given { bidding.bid() } else { BidStrategy::LowestCost },
            amount: amount.filter(|_| !is_roas),
            roas: roas.filter(|_| is_roas),
        };
        Self { objective, optimize_for, bid }
    }
}

fn budget(row: &Value, view: &AccountView) -> Result<BudgetSpec, String> {
    let amount = |field: &str| {
        let value = at(row, &format!("campaignBudget.{field}"))?;
        money::from_micros(value, view.currency).filter(|amount| amount.minor() > 0).map(written)
    };
    let total = text_at(row, "campaignBudget.period").as_deref() == Some("CUSTOM_PERIOD");
    let budget = match total {
        true => BudgetSpec { daily: None, lifetime: amount("totalAmountMicros") },
        false => BudgetSpec { daily: amount("amountMicros"), lifetime: None },
    };
    if budget.daily.is_none() && budget.lifetime.is_none() {
        return Err("its budget is none, or finer than the currency's smallest unit".to_owned());
    }
    Ok(budget)
}

/// The flight in whole days. A start that has passed says nothing any more, unless a budget is spread from it on.
fn schedule(row: &Value, view: &AccountView) -> Schedule {
    let day = |field: &str| -> Option<NaiveDate> {
        let text = text_at(row, &format!("campaign.{field}"))?;
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok().map(|moment| moment.date())
    };
    let spread = text_at(row, "campaignBudget.period").as_deref() == Some("CUSTOM_PERIOD");
    let today = view.now.with_timezone(&view.zone).date_naive();
    Schedule {
        start: day("startDateTime").filter(|day| spread || *day > today).map(|day| day.to_string()),
        end: day("endDateTime").map(|day| day.to_string()),
    }
}
