//! A campaign whose spec was checked: inheritance resolved, amounts exact, dates real, images looked at.

use super::model::{
    Audience, Call, CampaignSpec, Conversion, LeadForm, Locations, MatchType, RunState, Website,
};
use super::{
    media::{ImageFacts, VideoFacts},
    platforms::Platforms,
};
use crate::{
    Currency, Money, Platform,
    objective::{BidStrategy, CallToAction, Objective, OptimizationGoal},
};
use chrono::{DateTime, Days, FixedOffset, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

/// A campaign that can be planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// What makes it the same campaign when its name changes.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub objective: Objective,
    /// Whether it should run.
    pub run: RunState,
    /// The currency of every amount inside.
    pub currency: Currency,
    /// The campaign's budget; if `None`, every ad group has one.
    pub budget: Option<Budget>,
    /// How to bid when the campaign holds the budget.
    pub bid: BidRule,
    /// What counts as a conversion.
    pub conversion: Option<Conversion>,
    /// The ad groups, at least one.
    pub ad_groups: Vec<AdGroup>,
    /// What single platforms need.
    pub platforms: Platforms,
    /// The document it came from.
    pub spec: CampaignSpec,
}

impl Campaign {
    /// The flight that covers those of all ad groups.
    pub fn flight(&self) -> Flight {
        let starts = self.ad_groups.iter().map(|group| group.flight.start);
        let ends = self.ad_groups.iter().map(|group| group.flight.end);
        Flight {
            start: starts.reduce(|left, right| if earlier(left, right) { left } else { right }).flatten(),
            end: ends.reduce(|left, right| if later(left, right) { left } else { right }).flatten(),
        }
    }
}

fn earlier(left: Option<Moment>, right: Option<Moment>) -> bool {
    match (left, right) {
        (None, _) => true,
        (_, None) => false,
        (Some(left), Some(right)) => left.approximate() <= right.approximate(),
    }
}

fn later(left: Option<Moment>, right: Option<Moment>) -> bool {
    match (left, right) {
        (None, _) => true,
        (_, None) => false,
        (Some(left), Some(right)) => left.approximate() >= right.approximate(),
    }
}

/// Ads that share one audience, flight and bid.
#[derive(Clone, Debug, PartialEq)]
pub struct AdGroup {
    /// Identity within the campaign.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// Whether it should run.
    pub run: RunState,
    /// Its budget, when the campaign has none.
    pub budget: Option<Budget>,
    /// How it bids.
    pub bid: BidRule,
    /// When it runs.
    pub flight: Flight,
    /// Where people are.
    pub locations: Locations,
    /// Who they are.
    pub audience: Audience,
    /// What delivery is optimised for; `None` leaves the platform's usual choice for the objective.
    pub optimize_for: Option<OptimizationGoal>,
    /// What people search for.
    pub keywords: Vec<Keyword>,
    /// The ads, at least one. All lead to the same kind of [`Target`].
    pub ads: Vec<Ad>,
}

/// Words that people search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// The words, single spaces between them.
    pub text: String,
    /// How closely a search must resemble them.
    pub match_type: MatchType,
    /// Whether such searches are left out instead.
    pub negative: bool,
    /// The most to pay for a click, where it differs from the ad group's.
    pub bid: Option<Money>,
}

/// One ad.
#[derive(Clone, Debug, PartialEq)]
pub struct Ad {
    /// Identity within the ad group.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// Whether it should run.
    pub run: RunState,
    /// What it shows.
    pub creative: Creative,
}

/// What an ad shows and where it leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Creative {
    /// The picture, where there is one.
    pub picture: Option<Picture>,
    /// The video, of which the picture is the cover.
    pub video: Option<Video>,
    /// The text beside the picture.
    pub primary_text: String,
    /// The line under the picture.
    pub headline: String,
    /// The smaller line.
    pub description: Option<String>,
    /// Headlines to choose from beside the first.
    pub more_headlines: Vec<String>,
    /// Descriptions to choose from beside the first.
    pub more_descriptions: Vec<String>,
    /// The button; `None` leaves the usual one for the target.
    pub call_to_action: Option<CallToAction>,
    /// Where a click leads.
    pub target: Target,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// A file.
    File(PictureFile),
    /// One that a platform holds already and that only its ads can show.
    Held(HeldMedia),
}

/// An image file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    /// The file, as the spec names it; an asset's name ends as its format does.
    pub source: String,
    /// Facts of it.
    pub facts: ImageFacts,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Video {
    /// One of the library.
    File(VideoFile),
    /// One that a platform holds already and that only its ads can show.
    Held(HeldMedia),
}

/// A video of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFile {
    /// The asset, as the spec names it: `asset:clip.mp4`.
    pub source: String,
    /// Facts of it.
    pub facts: VideoFacts,
}

/// A picture or video that a platform holds already, written `meta:0a1b2c` in a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMedia {
    /// The platform.
    pub platform: Platform,
    /// The platform's id of it, or its ids where an ad shows a picture in several shapes.
    pub id: String,
}

impl HeldMedia {
    /// Reads what a spec names. `None` if it names a file or an asset.
    pub fn parse(named: &str) -> Option<Self> {
        let (platform, id) = named.split_once(':')?;
        Some(Self { platform: platform.parse().ok()?, id: id.to_owned() })
    }
}

impl std::fmt::Display for HeldMedia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl Picture {
    /// What the spec names.
    pub fn source(&self) -> String {
        match self {
            Self::File(file) => file.source.clone(),
            Self::Held(held) => held.to_string(),
        }
    }

    /// Facts of the file; none are known of what a platform holds.
    pub const fn facts(&self) -> Option<&ImageFacts> {
        match self {
            Self::File(file) => Some(&file.facts),
            Self::Held(_) => None,
        }
    }
}

impl Video {
    /// What the spec names.
    pub fn source(&self) -> String {
        match self {
            Self::File(file) => file.source.clone(),
            Self::Held(held) => held.to_string(),
        }
    }

    /// Facts of the file; none are known of what a platform holds.
    pub const fn facts(&self) -> Option<&VideoFacts> {
        match self {
            Self::File(file) => Some(&file.facts),
            Self::Held(_) => None,
        }
    }
}

/// Where a click leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// To a page on the web.
    Website(Website),
    /// To a form inside the platform.
    Form(LeadForm),
    /// To a telephone.
    Call(Call),
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// For each day on average.
    Daily(Money),
    /// For the whole flight.
    Lifetime(Money),
}

impl Budget {
    /// What a day costs on average; a lifetime budget is spread over the days of `flight`.
    pub fn per_day(self, flight: &Flight, today: NaiveDate) -> Money {
        match self {
            Self::Daily(amount) => amount,
            Self::Lifetime(amount) => amount.div_ceil(flight.days(today).max(1)),
        }
    }
}

/// How to bid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BidRule {
    /// Spend the budget for the most results.
    #[default]
    LowestCost,
    /// Keep the average cost of a result around this.
    CostCap(Money),
    /// Never bid more than this.
    BidCap(Money),
    /// Keep the return on ad spend above this ratio.
    MinRoas(Decimal),
}

impl BidRule {
    /// The strategy's word.
    pub const fn strategy(self) -> BidStrategy {
        match self {
            Self::LowestCost => BidStrategy::LowestCost,
            Self::CostCap(_) => BidStrategy::CostCap,
            Self::BidCap(_) => BidStrategy::BidCap,
            Self::MinRoas(_) => BidStrategy::MinRoas,
        }
    }
}

/// When ads run. The start lies before the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// First moment; at once if `None`.
    pub start: Option<Moment>,
    /// Last moment; never if `None`.
    pub end: Option<Moment>,
}

impl Flight {
    /// The number of days it covers, counted from `today` if it has no start; zero without an end.
    pub fn days(&self, today: NaiveDate) -> i64 {
        let Some(end) = self.end else { return 0 };
        let start = self.start.map_or(today, Moment::date);
        (end.date() - start).num_days() + 1
    }
}

/// A day in the account's time zone, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A whole day, in the ad account's time zone.
    Day(NaiveDate),
    /// An instant, with the offset it was written with.
    Instant(DateTime<FixedOffset>),
}

impl Moment {
    /// The date as written.
    pub fn date(self) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => instant.date_naive(),
        }
    }

    /// The instant at which something that starts with this moment starts, in `zone`.
    pub fn starts(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Day(day) => midnight(day, zone),
            Self::Instant(instant) => instant.to_utc(),
        }
    }

    /// The instant at which something that ends with this moment ends: for a day, the midnight after it.
    pub fn ends(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Day(day) => midnight(day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX), zone),
            Self::Instant(instant) => instant.to_utc(),
        }
    }

    pub(super) fn approximate(self) -> DateTime<Utc> {
        self.starts(Tz::UTC)
    }
}

/// The first instant of `day` in `zone`; where clocks skip midnight, the first one that exists.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut naive = day.and_time(NaiveTime::MIN);
    for _ in 0..8 {
        match zone.from_local_datetime(&naive) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => return instant.to_utc(),
            LocalResult::None => naive += chrono::TimeDelta::minutes(30),
        }
    }
    naive.and_utc()
}
