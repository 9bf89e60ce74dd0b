//! The fields a column can mean, and the headers by which each is known.

use super::MappingError;
use placard_domain::suggest;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a column can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant),+
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used in `--map` and in messages.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

fields! {
    /// The day, in the account's time zone.
    Date = "date",
    /// The last day of the row's period; a row is a day only if it equals [`Field::Date`].
    PeriodEnd = "period_end",
    /// The currency of the row's amounts.
    Currency = "currency",
    /// The platform's id of the ad account.
    AccountId = "account_id",
    /// The ad account's name.
    Account = "account",
    /// The platform's id of the campaign.
    CampaignId = "campaign_id",
    /// The campaign's name.
    Campaign = "campaign",
    /// The platform's id of the ad group.
    AdGroupId = "ad_group_id",
    /// The ad group's name.
    AdGroup = "ad_group",
    /// The platform's id of the ad.
    AdId = "ad_id",
    /// The ad's name.
    Ad = "ad",
    /// The age band.
    Age = "age",
    /// The gender.
    Gender = "gender",
    /// Any other split of the audience; the only field that several columns can be.
    Breakdown = "breakdown",
    /// Times shown.
    Impressions = "impressions",
    /// Clicks of every kind.
    Clicks = "clicks",
    /// Spend in major units.
    Spend = "spend",
    /// Results by the platform's attribution.
    Conversions = "conversions",
    /// Their value in major units.
    ConversionValue = "conversion_value",
}

impl Field {
    /// The numbers, in the order in which they are shown.
    pub const NUMBERS: [Self; 5] =
        [Self::Impressions, Self::Clicks, Self::Spend, Self::Conversions, Self::ConversionValue];

    /// Whether the field is an amount of money.
    pub const fn is_money(self) -> bool {
        matches!(self, Self::Spend | Self::ConversionValue)
    }

    /// Whether the field can only be a whole number.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Impressions | Self::Clicks)
    }

    /// All names, for messages.
    pub fn names() -> String {
        Self::ALL.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Field {
    type Err = MappingError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|field| field.name() == text);
        known.copied().ok_or_else(|| MappingError::UnknownField {
            given: text.to_owned(),
            suggestion: suggest::closest(text, Self::ALL.iter().map(|field| field.name())),
        })
    }
}

/// One `--map FIELD=COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What the column means.
    pub field: Field,
    /// The column's header.
    pub column: String,
}

impl std::str::FromStr for Mapping {
    type Err = MappingError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, column) = text.split_once('=').ok_or_else(|| MappingError::NoEquals(text.to_owned()))?;
        Ok(Self { field: field.trim().parse()?, column: column.trim().to_owned() })
    }
}

/// What a header is known to mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A field. Of two headers for one field the lower rank is taken; equal ranks are a question for a person.
    Field { field: Field, rank: u8, note: Option<&'static str> },
    /// A ratio, which is computed again from sums.
    Ratio,
    /// A count of people, which is never summed.
    People,
    /// The columns that [`super::write_rejects`] adds.
    Reject,
}

const fn field(field: Field) -> Meaning {
    Meaning::Field { field, rank: 0, note: None }
}

const fn second(field: Field, note: &'static str) -> Meaning {
    Meaning::Field { field, rank: 1, note: Some(note) }
}

const LINK_CLICKS: &str = "clicks on links only; the file has no column of all clicks";
const REPORTING_STARTS: &str = "each row must start and end on the same day";
const FB_CAMPAIGN: &str = "Facebook's own id; a targeting unit inside the campaign, so an ad group";

/// Headers after [`normalise`]: Ads Manager and Insights names (Meta, `platforms/meta.md` §19), Google Ads and
/// Microsoft Advertising report headers, plain words, and those of the public KAG export in `examples/data`.
#[rustfmt::skip]
const HEADERS: &[(&str, Meaning)] = &[
    ("date", field(Field::Date)), ("day", field(Field::Date)), ("stat date", field(Field::Date)),
    ("reporting starts", second(Field::Date, REPORTING_STARTS)),
    ("date start", second(Field::Date, REPORTING_STARTS)),
    ("reporting ends", field(Field::PeriodEnd)), ("date stop", field(Field::PeriodEnd)),
    ("currency", field(Field::Currency)), ("currency code", field(Field::Currency)),
    ("account currency", field(Field::Currency)),
    ("account id", field(Field::AccountId)), ("customer id", field(Field::AccountId)),
    ("account", field(Field::Account)), ("account name", field(Field::Account)),
    ("campaign id", field(Field::CampaignId)), ("xyz campaign id", field(Field::CampaignId)),
    ("campaign", field(Field::Campaign)), ("campaign name", field(Field::Campaign)),
    ("ad set id", field(Field::AdGroupId)), ("adset id", field(Field::AdGroupId)),
    ("ad group id", field(Field::AdGroupId)), ("adgroup id", field(Field::AdGroupId)),
    ("fb campaign id", Meaning::Field { field: Field::AdGroupId, rank: 1, note: Some(FB_CAMPAIGN) }),
    ("ad set", field(Field::AdGroup)), ("ad set name", field(Field::AdGroup)), ("adset name", field(Field::AdGroup)),
    ("ad group", field(Field::AdGroup)), ("ad group name", field(Field::AdGroup)),
    ("adgroup name", field(Field::AdGroup)),
    ("ad id", field(Field::AdId)), ("ad", field(Field::Ad)), ("ad name", field(Field::Ad)),
    ("age", field(Field::Age)), ("age group", field(Field::Age)), ("age range", field(Field::Age)),
    ("gender", field(Field::Gender)),
    ("country", field(Field::Breakdown)), ("region", field(Field::Breakdown)), ("platform", field(Field::Breakdown)),
    ("publisher platform", field(Field::Breakdown)), ("placement", field(Field::Breakdown)),
    ("platform position", field(Field::Breakdown)), ("device", field(Field::Breakdown)),
    ("device platform", field(Field::Breakdown)), ("impression device", field(Field::Breakdown)),
    ("network", field(Field::Breakdown)),
    ("impressions", field(Field::Impressions)), ("impr", field(Field::Impressions)),
    ("clicks", field(Field::Clicks)), ("clicks all", field(Field::Clicks)),
    ("link clicks", second(Field::Clicks, LINK_CLICKS)), ("inline link clicks", second(Field::Clicks, LINK_CLICKS)),
    ("spend", field(Field::Spend)), ("spent", field(Field::Spend)), ("amount spent", field(Field::Spend)),
    ("cost", field(Field::Spend)), ("total cost", field(Field::Spend)), ("total spent", field(Field::Spend)),
    ("conversions", field(Field::Conversions)), ("conversion", field(Field::Conversions)),
    ("total conversion", field(Field::Conversions)), ("total conversions", field(Field::Conversions)),
    ("results", field(Field::Conversions)), ("purchases", field(Field::Conversions)),
    ("website purchases", field(Field::Conversions)), ("leads", field(Field::Conversions)),
    ("approved conversion", second(Field::Conversions, "approved conversions only")),
    ("approved conversions", second(Field::Conversions, "approved conversions only")),
    ("conversion value", field(Field::ConversionValue)), ("conversions value", field(Field::ConversionValue)),
    ("conv value", field(Field::ConversionValue)), ("total conversion value", field(Field::ConversionValue)),
    ("purchases conversion value", field(Field::ConversionValue)),
    ("website purchases conversion value", field(Field::ConversionValue)),
    ("purchase conversion value", field(Field::ConversionValue)),
    ("revenue", field(Field::ConversionValue)), ("total revenue", field(Field::ConversionValue)),
    ("reach", Meaning::People), ("unique clicks", Meaning::People), ("unique link clicks", Meaning::People),
    ("frequency", Meaning::Ratio), ("cvr", Meaning::Ratio), ("cpa", Meaning::Ratio), ("cpp", Meaning::Ratio),
    ("conversion rate", Meaning::Ratio), ("conv rate", Meaning::Ratio), ("avg cpc", Meaning::Ratio),
    ("avg cpm", Meaning::Ratio), ("cost conv", Meaning::Ratio),
    (REJECT_LINE, Meaning::Reject), (REJECT_REASON, Meaning::Reject),
];

/// Headers that begin so are ratios, whatever follows: `Cost per result`, `CTR (all)`.
const RATIO_PREFIXES: [&str; 6] = ["cost per ", "ctr", "cpc", "cpm", "roas", "average "];

/// The header of the line number in a file of rejects, normalised.
pub(super) const REJECT_LINE: &str = "rejected line";
/// The header of the reason in a file of rejects, normalised.
pub(super) const REJECT_REASON: &str = "rejected because";

/// What a normalised header means, if it is known.
pub(super) fn meaning(header: &str) -> Option<Meaning> {
    let known = HEADERS.iter().find(|(name, _)| *name == header).map(|(_, meaning)| *meaning);
    let is_ratio = || {
        RATIO_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
            || header.ends_with(" roas return on ad spend")
    };
    known.or_else(|| is_ratio().then_some(Meaning::Ratio))
}

/// Lower case, words separated by single blanks, punctuation gone: `xyz_campaign_id` is `xyz campaign id`.
pub(super) fn normalise(header: &str) -> String {
    let mut words = String::with_capacity(header.len());
    for word in header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
    words
}

/// `a, b and c`, each in quotes.
pub(super) fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
