//! What a report can tell: attributes that rows are grouped by, and measures.

use rust_decimal::Decimal;

use crate::auction::facts::Counts;
use crate::microsoft::geo;
use crate::microsoft::money;
use crate::microsoft::split::{Cell, Side};
use crate::microsoft::store::{Account, Object};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// Report types that are served.
    pub(super) enum Report {
        Account = "AccountPerformanceReportRequest",
        Campaign = "CampaignPerformanceReportRequest",
        AdGroup = "AdGroupPerformanceReportRequest",
        Ad = "AdPerformanceReportRequest",
        AgeGender = "AgeGenderAudienceReportRequest",
        Geographic = "GeographicPerformanceReportRequest",
        UserLocation = "UserLocationPerformanceReportRequest",
    }
}

/// Types that the platform has and the sandbox does not.
pub(super) const NOT_SERVED: &[&str] = &[
    "KeywordPerformanceReportRequest",
    "SearchQueryPerformanceReportRequest",
    "AssetGroupPerformanceReportRequest",
    "ConversionPerformanceReportRequest",
    "BudgetSummaryReportRequest",
    "SearchCampaignChangeHistoryReportRequest",
];

wire_enum! {
    /// Columns that say what a row is about.
    pub(super) enum Attribute {
        TimePeriod = "TimePeriod",
        AccountId = "AccountId",
        AccountName = "AccountName",
        AccountNumber = "AccountNumber",
        CurrencyCode = "CurrencyCode",
        CampaignId = "CampaignId",
        CampaignName = "CampaignName",
        CampaignStatus = "CampaignStatus",
        CampaignType = "CampaignType",
        AdGroupId = "AdGroupId",
        AdGroupName = "AdGroupName",
        AdId = "AdId",
        AdType = "AdType",
        AdStatus = "AdStatus",
        FinalUrl = "FinalUrl",
        AgeGroup = "AgeGroup",
        Gender = "Gender",
        Country = "Country",
        DeviceType = "DeviceType",
        Network = "Network",
    }
}

wire_enum! {
    /// Columns that are added up or follow from sums.
    pub(super) enum Measure {
        Impressions = "Impressions",
        Clicks = "Clicks",
        Ctr = "Ctr",
        AverageCpc = "AverageCpc",
        Spend = "Spend",
        Conversions = "Conversions",
        ConversionsQualified = "ConversionsQualified",
        ConversionRate = "ConversionRate",
        CostPerConversion = "CostPerConversion",
        Revenue = "Revenue",
        AllConversions = "AllConversions",
        AllRevenue = "AllRevenue",
        ViewThroughConversions = "ViewThroughConversions",
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Attribute(Attribute),
    Measure(Measure),
}

/// How deep an object lies, from the account on.
fn depth(report: Report) -> u8 {
    match report {
        Report::Account => 0,
        Report::Campaign => 1,
        Report::AdGroup | Report::AgeGender | Report::Geographic | Report::UserLocation => 2,
        Report::Ad => 3,
    }
}

impl Attribute {
    /// Whether a report has this column.
    pub(super) fn is_in(self, report: Report) -> bool {
        use Attribute as A;
        match self {
            A::TimePeriod | A::AccountId | A::AccountName | A::AccountNumber => true,
            A::CurrencyCode => report != Report::AgeGender,
            A::CampaignId | A::CampaignName | A::CampaignType => depth(report) >= 1,
            A::CampaignStatus => depth(report) >= 1 && report != Report::UserLocation,
            A::AdGroupId | A::AdGroupName => depth(report) >= 2,
            A::AdId | A::AdType | A::AdStatus | A::FinalUrl => depth(report) >= 3,
            A::AgeGroup | A::Gender => report == Report::AgeGender,
            A::Country => matches!(report, Report::Geographic | Report::UserLocation),
            A::DeviceType => report != Report::AgeGender,
            A::Network => report == Report::Campaign,
        }
    }

    /// The side of an audience that it divides by.
    pub(super) fn side(self) -> Option<Side> {
        match self {
            Self::AgeGroup => Some(Side::Age),
            Self::Gender => Some(Side::Gender),
            Self::Country => Some(Side::Country),
            Self::DeviceType => Some(Side::Device),
            Self::Network => Some(Side::Network),
            _ => None,
        }
    }
}

impl Measure {
    /// Whether a report has this column: that of ages has no ratios.
    pub(super) fn is_in(self, report: Report) -> bool {
        use Measure as M;
        !matches!(self, M::Ctr | M::AverageCpc | M::ConversionRate | M::CostPerConversion)
            || report != Report::AgeGender
    }
}

/// Groups of columns of which a report needs one each (code 2015).
pub(super) fn required(report: Report) -> &'static [&'static [Attribute]] {
    use Attribute as A;
    match report {
        Report::Account => &[&[A::AccountId, A::AccountName, A::AccountNumber]],
        Report::Campaign => &[&[A::CampaignId, A::CampaignName]],
        Report::AdGroup => &[&[A::AdGroupId, A::AdGroupName]],
        Report::Ad => &[&[A::AdId]],
        Report::AgeGender => &[&[A::AgeGroup], &[A::Gender], &[A::TimePeriod]],
        Report::Geographic | Report::UserLocation => &[&[A::AccountId, A::AccountName, A::AccountNumber]],
    }
}

/// One ad with what is above it.
pub(super) struct Chain<'w> {
    pub(super) account: &'w Account,
    pub(super) campaign: &'w Object,
    pub(super) group: &'w Object,
    pub(super) ad: &'w Object,
}

/// The text of an attribute.
pub(super) fn attribute(
    world: &World,
    attribute: Attribute,
    chain: &Chain<'_>,
    cell: &Cell,
    period: &str,
) -> String {
    use Attribute as A;
    let Chain { account, campaign, group, ad } = chain;
    match attribute {
        A::TimePeriod => period.to_owned(),
        A::AccountId => account.id.clone(),
        A::AccountName => account.name.clone(),
        A::AccountNumber => account.number.clone(),
        A::CurrencyCode => account.currency.clone(),
        A::CampaignId => campaign.id.to_string(),
        A::CampaignName => campaign.text("Name").to_owned(),
        A::CampaignStatus => world.microsoft_status(campaign).to_owned(),
        A::CampaignType => "Search & content".to_owned(),
        A::AdGroupId => group.id.to_string(),
        A::AdGroupName => group.text("Name").to_owned(),
        A::AdId => ad.id.to_string(),
        A::AdType => "Responsive search ad".to_owned(),
        A::AdStatus => world.microsoft_status(ad).to_owned(),
        A::FinalUrl => {
            let urls = ad.fields.get("FinalUrls");
            urls.and_then(|urls| urls[0].as_str()).unwrap_or_default().to_owned()
        }
        A::AgeGroup | A::Gender | A::Country | A::DeviceType | A::Network => {
            let side = attribute.side();
            let value = cell.iter().find(|(known, _)| Some(*known) == side).map_or("", |(_, value)| *value);
            if attribute == A::Country { geo::country_name(value).to_owned() } else { value.to_owned() }
        }
    }
}

/// Thousands are separated in revenue, in format version 1.0.
fn separated(text: &str) -> String {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let mut out = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out}.{cents}")
}

/// The text of a measure: percents with their sign, `--` where there is nothing to divide by. `old` is format
/// version 1.0.
pub(super) fn measure(measure: Measure, counts: &Counts, old: bool) -> String {
    const NONE: &str = "--";
    let two = |value: Decimal| {
        let mut value = value.round_dp(2);
        value.rescale(2);
        value.to_string()
    };
    let part = |of: i64, by: i64, factor: i64| {
        (by > 0).then(|| two(Decimal::from(of) * Decimal::from(factor) / Decimal::from(by)))
    };
    let percent = |of: i64, by: i64| part(of, by, 100).map_or(NONE.to_owned(), |text| format!("{text}%"));
    let each = |micros: i64, by: i64| {
        let text = (by > 0).then(|| two(Decimal::new(micros, 6) / Decimal::from(by)));
        text.unwrap_or_else(|| NONE.to_owned())
    };
    match measure {
        Measure::Impressions => counts.impressions.to_string(),
        Measure::Clicks => counts.clicks.to_string(),
        Measure::Ctr => percent(counts.clicks, counts.impressions),
        Measure::AverageCpc => each(counts.cost_micros, counts.clicks),
        Measure::Spend => money::told(counts.cost_micros).to_string(),
        Measure::Conversions | Measure::AllConversions => counts.conversions.to_string(),
        Measure::ConversionsQualified => two(Decimal::from(counts.conversions)),
        Measure::ConversionRate => percent(counts.conversions, counts.clicks),
        Measure::CostPerConversion => each(counts.cost_micros, counts.conversions),
        Measure::Revenue | Measure::AllRevenue => {
            let text = money::told(counts.value_micros).to_string();
            if old { separated(&text) } else { text }
        }
        Measure::ViewThroughConversions => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_look_as_each_format_version_says() {
        let counts = Counts {
            impressions: 400,
            clicks: 10,
            cost_micros: 12_340_000,
            conversions: 0,
            value_micros: 1_234_567_890_000,
        };
        let told = |it, old| measure(it, &counts, old);
        assert_eq!(told(Measure::Revenue, false), "1234567.89");
        assert_eq!(told(Measure::Revenue, true), "1,234,567.89");
        assert_eq!(told(Measure::Spend, true), "12.34");
        assert_eq!(told(Measure::Ctr, false), "2.50%");
        assert_eq!(told(Measure::AverageCpc, false), "1.23");
        assert_eq!(told(Measure::CostPerConversion, false), "--");
    }
}
