//! A campaign with what it is aimed at, its ad groups, ads and keywords (Microsoft, `platforms/microsoft.md` §4).

use super::{GroupRows, Rows};
use crate::{
    AccountView,
    import::{Holding, Keys, Left, ages, draft_of, ours, spec_name, tidy, written},
    microsoft::{
        canonical::{self, BIDDING, END, START, STRICT},
        geo,
        goals::{Bidding, MAX_CPC, TARGET_CPA, TARGET_ROAS},
        money, negative,
        survey::parameter,
        target::{self, CRITERION, LEFT_OUT, TYPE},
        wire::{at, below, decimal, text_at},
        words,
    },
};
use placard_domain::{
    RemoteId,
    marker::Marker,
    objective::{BidStrategy, Objective, OptimizationGoal},
    plan::{ObjectKey, ObjectKind},
    spec::{
        AdGroupSpec, AdSpec, Amount, Audience, Bid, BudgetSpec, Copy, Destination, Gender, KeywordSpec,
        Location, Locations, MatchType, MicrosoftSpec, Place, Platforms, Point, RunState, Schedule, Website,
    },
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The campaign as a spec, or why none can say it.
pub(super) fn draft(view: &AccountView, rows: &Rows) -> Result<Holding, String> {
    let entry = &rows.campaign;
    let word = text_at(entry, "CampaignType").unwrap_or_default();
    if word != "Search" {
        return Err(format!("its kind {word} is none that a spec can say"));
    }
    let id = RemoteId(text_at(entry, "Id").unwrap_or_default());
    let mut drawing = Drawing {
        holding: draft_of(view, id.clone(), text_at(entry, "Name").unwrap_or_default()),
        microsoft: MicrosoftSpec { account: Some(view.account.id.clone()), ..MicrosoftSpec::default() },
        strategy: Strategy::of(entry, view),
        locations: Locations { include: Vec::new(), exclude: Vec::new() },
        audience: Audience { languages: languages(entry), ..Audience::default() },
        today: view.now.with_timezone(&view.zone).date_naive().to_string(),
    };
    drawing.note(ObjectKind::Campaign, id.clone(), entry, Marker::find_in(&drawing.holding.name));
    drawing.aim(rows);
    for keyword in &rows.negatives {
        let reason = "a spec keeps searches away from ad groups, not from a campaign as a whole";
        drawing.leave(ObjectKind::Keyword, keyword, "Text", reason.to_owned());
    }
    if drawing.locations.include.is_empty() {
        return Err("it is shown everywhere, and a spec names places".to_owned());
    }
    let spec = &mut drawing.holding.spec;
    spec.goal = drawing.strategy.objective;
    spec.status = run(entry);
    let daily = entry.get("DailyBudget").and_then(|value| money::from_wire(value, view.currency));
    let daily = daily.ok_or("its budget is finer than the currency's smallest unit")?;
    spec.budget = Some(BudgetSpec { daily: Some(written(daily)), lifetime: None });
    let mut keys = Keys::default();
    for group in &rows.groups {
        match drawing.group(&id, group, &mut keys) {
            Ok(group) => drawing.holding.spec.ad_groups.push(group),
            Err(reason) => drawing.leave(ObjectKind::AdGroup, &group.group, "Name", reason),
        }
    }
    let Drawing { mut holding, microsoft, .. } = drawing;
    if holding.spec.ad_groups.is_empty() {
        return Err("none of its ad groups can be said".to_owned());
    }
    tidy(&mut holding.spec);
    holding.spec.bid = holding.spec.bid.filter(|bid| bid.strategy != BidStrategy::LowestCost);
    holding.spec.platforms = Platforms { microsoft: Some(microsoft), ..Platforms::default() };
    Ok(holding)
}

struct Drawing {
    holding: Holding,
    microsoft: MicrosoftSpec,
    strategy: Strategy,
    locations: Locations,
    audience: Audience,
    today: String,
}

impl Drawing {
    /// Keeps `entry` for comparing.
    fn note(&mut self, kind: ObjectKind, id: RemoteId, entry: &Value, marker: Option<Marker>) {
        self.holding.markers.extend(marker.map(|marker| (id.clone(), marker)));
        self.holding.rows.insert((kind, id), entry.clone());
    }

    fn leave(&mut self, kind: ObjectKind, entry: &Value, name: &str, reason: String) {
        let name = text_at(entry, name).unwrap_or_default();
        self.holding.left.push(Left::object(kind, &text_at(entry, "Id").unwrap_or_default(), &name, reason));
    }

    /// Places, ages and genders. By themselves ages and genders only change bids; a setting makes them count.
    fn aim(&mut self, rows: &Rows) {
        let strict = canonical::shown(&rows.campaign, STRICT).unwrap_or_default();
        let counts = |group: &str| strict.as_array().into_iter().flatten().any(|known| known == group);
        let (mut bands, mut genders) = (Vec::new(), Vec::new());
        for entry in &rows.targets {
            let word = text_at(entry, TYPE).unwrap_or_default();
            let criterion = at(entry, CRITERION).and_then(target::canonical);
            let Some((criterion, key)) =
                criterion.and_then(|one| target::key(&word, &one).map(|key| (one, key)))
            else {
                // What comes along with the first place is nobody's wish (§4).
                if text_at(entry, "Criterion.Type").as_deref() != Some("LocationIntentCriterion") {
                    self.leave(
                        ObjectKind::Targeting,
                        entry,
                        "Criterion.Type",
                        "a spec cannot say it".to_owned(),
                    );
                }
                continue;
            };
            let text = |name: &str| text_at(&criterion, name);
            let said = match (text("AgeRange"), text("GenderType")) {
                (Some(band), _) if counts("Age") => {
                    bands.push(band);
                    true
                }
                (_, Some(gender)) if counts("Gender") => {
                    genders.extend(ours(Gender::ALL, words::gender, &gender));
                    true
                }
                (None, None) => self.place(&criterion, word == LEFT_OUT),
                _ => false,
            };
            if said {
                let id =
                    RemoteId(below(&self.holding.remote_id.0, &text_at(entry, "Id").unwrap_or_default()));
                self.holding.ids.insert(key, id.clone());
                self.note(ObjectKind::Targeting, id, entry, None);
            } else {
                self.leave(ObjectKind::Targeting, entry, "Criterion.Type", "it only changes bids".to_owned());
            }
        }
        if !bands.is_empty() {
            let reached = |band: &str| bands.iter().any(|one| one == band);
            (self.audience.age_min, self.audience.age_max) = ages(words::AGES, reached);
        }
        self.audience.genders = genders;
    }

    fn place(&mut self, criterion: &Value, left_out: bool) -> bool {
        let location = match (text_at(criterion, "LocationId"), circle(criterion)) {
            (Some(id), _) => match geo::country_of(&id) {
                Some(code) => Location { country: Some(code.to_owned()), ..Location::default() },
                None => {
                    let keys = BTreeMap::from([("microsoft".to_owned(), id.clone())]);
                    let region = Some(Place { name: id, keys, radius_km: None });
                    Location { region, ..Location::default() }
                }
            },
            (None, Some(point)) => Location { point: Some(point), ..Location::default() },
            (None, None) => return false,
        };
        let side = if left_out { &mut self.locations.exclude } else { &mut self.locations.include };
        side.push(location);
        true
    }

    fn group(
        &mut self,
        campaign: &RemoteId,
        rows: &GroupRows,
        keys: &mut Keys,
    ) -> Result<AdGroupSpec, String> {
        let entry = &rows.group;
        if rows.keywords.is_empty() {
            return Err("it has no keywords, without which a spec has no search ads".to_owned());
        }
        let id = RemoteId(below(&campaign.0, &text_at(entry, "Id").unwrap_or_default()));
        let full_name = text_at(entry, "Name").unwrap_or_default();
        let name = spec_name(&full_name);
        let key = keys.give(&name, "ad-group");
        let mut ads = Vec::new();
        let mut ad_keys = Keys::default();
        for ad in &rows.ads {
            match self.ad(ad, &id, &key.key, &mut ad_keys) {
                Ok(ad) => ads.push(ad),
                Err(reason) => self.leave(ObjectKind::Ad, ad, "Type", reason),
            }
        }
        if ads.is_empty() {
            return Err("it has no ad that a spec can say".to_owned());
        }
        let mut keywords: Vec<KeywordSpec> =
            rows.keywords.iter().filter_map(|word| self.keyword(word, &id, &key.key)).collect();
        keywords.extend(rows.negatives.iter().filter_map(|word| self.negative(word, &id, &key.key)));
        self.holding.ids.insert(ObjectKey::new(ObjectKind::AdGroup, key.key), id.clone());
        self.note(ObjectKind::AdGroup, id, entry, Marker::find_in(&full_name));
        self.microsoft.search_partners |=
            text_at(entry, "Network").as_deref() == Some("OwnedAndOperatedAndSyndicatedSearch");
        let day =
            |field: &str| canonical::shown(entry, field).and_then(|day| day.as_str().map(str::to_owned));
        Ok(AdGroupSpec {
            name,
            key: key.written,
            status: run(entry),
            budget: None,
            bid: Some(self.strategy.bid.clone()),
            // A start that has passed says nothing any more.
            schedule: Some(Schedule { start: day(START).filter(|day| *day > self.today), end: day(END) }),
            locations: Some(self.locations.clone()),
            audience: Some(self.audience.clone()),
            optimize_for: self.strategy.optimize_for,
            keywords,
            ads,
        })
    }

    fn keyword(&mut self, entry: &Value, parent: &RemoteId, group: &str) -> Option<KeywordSpec> {
        let text = text_at(entry, "Text")?;
        let match_type = ours(MatchType::ALL, words::match_type, &text_at(entry, "MatchType")?)?;
        let id = RemoteId(below(&parent.0, &text_at(entry, "Id")?));
        let path = format!("{group}/{match_type}:{}", text.to_lowercase());
        self.holding.ids.insert(ObjectKey::new(ObjectKind::Keyword, path), id.clone());
        self.note(ObjectKind::Keyword, id, entry, parameter(entry));
        Some(KeywordSpec { text, match_type, negative: false, bid: None })
    }

    fn negative(&mut self, entry: &Value, parent: &RemoteId, group: &str) -> Option<KeywordSpec> {
        let text = text_at(entry, "Text")?;
        let match_type = ours(MatchType::ALL, words::match_type, &text_at(entry, "MatchType")?)?;
        let id = RemoteId(below(&parent.0, &text_at(entry, "Id")?));
        self.holding.ids.insert(negative::key(group, match_type, &text.to_lowercase()), id.clone());
        self.note(ObjectKind::Keyword, id, entry, None);
        Some(KeywordSpec { text, match_type, negative: true, bid: None })
    }

    fn ad(
        &mut self,
        entry: &Value,
        parent: &RemoteId,
        group: &str,
        keys: &mut Keys,
    ) -> Result<AdSpec, String> {
        let [headlines, descriptions] = canonical::LINES.map(|field| lines(entry, field));
        let (Some(headline), Some(description)) = (headlines.first(), descriptions.first()) else {
            return Err("it has no words that a spec can say".to_owned());
        };
        let url = at(entry, "FinalUrls").and_then(|urls| urls.get(0)?.as_str()).unwrap_or_default();
        if !url.starts_with("https://") {
            return Err(format!("it leads to {url}, and a spec leads to https"));
        }
        if self.microsoft.paths.is_empty() {
            let paths = ["Path1", "Path2"].into_iter().filter_map(|name| text_at(entry, name));
            self.microsoft.paths = paths.filter(|path| !path.is_empty()).collect();
        }
        let name = spec_name(headline);
        let key = keys.give(&name, "ad");
        let id = RemoteId(below(&parent.0, &text_at(entry, "Id").unwrap_or_default()));
        self.holding.ids.insert(ObjectKey::new(ObjectKind::Ad, format!("{group}/{}", key.key)), id.clone());
        self.note(ObjectKind::Ad, id, entry, parameter(entry));
        let url_tags = text_at(entry, canonical::SUFFIX).filter(|tags| !tags.is_empty());
        let website = Website { url: url.to_owned(), url_tags, display_url: None };
        Ok(AdSpec {
            name,
            key: key.written,
            status: run(entry),
            image: None,
            video: None,
            copy: Some(Copy {
                // Search ads have no such text, and a spec wants one.
                primary_text: Some(description.clone()),
                headline: Some(headline.clone()),
                description: Some(description.clone()),
                more_headlines: headlines[1..].to_vec(),
                more_descriptions: descriptions[1..].to_vec(),
                call_to_action: None,
            }),
            destination: Some(Destination { website: Some(website), ..Destination::default() }),
        })
    }
}

fn circle(criterion: &Value) -> Option<Point> {
    let degrees = |name: &str| Some(Amount(decimal(at(criterion, name)?)?));
    let (latitude, longitude) = (degrees("LatitudeDegrees")?, degrees("LongitudeDegrees")?);
    let radius_km = text_at(criterion, "Radius")?.parse().ok()?;
    (text_at(criterion, "RadiusUnit")? == "Kilometers").then_some(Point { latitude, longitude, radius_km })
}

fn languages(entry: &Value) -> Vec<String> {
    let names = entry.get("Languages").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let is_there = |code: &&str| geo::of_language(code).is_some_and(|name| names.contains(&name));
    geo::languages().into_iter().filter(|code| is_there(code)).map(str::to_owned).collect()
}

fn lines(entry: &Value, field: &str) -> Vec<String> {
    let links = at(entry, field).and_then(Value::as_array).into_iter().flatten();
    links.filter_map(|link| text_at(link, "Asset.Text")).collect()
}

fn run(entry: &Value) -> RunState {
    text_at(entry, "Status").as_deref().and_then(words::run).unwrap_or(RunState::Paused)
}

/// How a campaign bids, and for what.
struct Strategy {
    objective: Objective,
    optimize_for: Option<OptimizationGoal>,
    bid: Bid,
}

impl Strategy {
    /// One that no spec can say is taken for clicks; the difference shows.
    fn of(entry: &Value, view: &AccountView) -> Self {
        let scheme = canonical::shown(entry, BIDDING).unwrap_or_default();
        let word = text_at(&scheme, "Type").unwrap_or_default();
        let bidding = ours(&Bidding::ALL, Bidding::word, &word).unwrap_or(Bidding::Clicks);
        let (objective, optimize_for) = match bidding {
            Bidding::Clicks => (Objective::Traffic, None),
            Bidding::Conversions => (Objective::Leads, None),
            Bidding::Value => (Objective::Sales, Some(OptimizationGoal::Value)),
        };
        let amount = |path: &str| at(&scheme, path).and_then(|value| money::from_wire(value, view.currency));
        let roas = at(&scheme, TARGET_ROAS).and_then(decimal).map(Amount);
        let capped = |strategy, amount| Bid { strategy, amount: Some(written(amount)), roas: None };
        let bid = match (amount(TARGET_CPA), amount(&format!("{MAX_CPC}.Amount")), roas) {
            (Some(target), _, _) => capped(BidStrategy::CostCap, target),
            (None, _, Some(roas)) => Bid { strategy: BidStrategy::MinRoas, amount: None, roas: Some(roas) },
            (None, Some(most), None) => capped(BidStrategy::BidCap, most),
            (None, None, None) => Bid { strategy: BidStrategy::LowestCost, amount: None, roas: None },
        };
        Self { objective, optimize_for, bid }
    }
}
