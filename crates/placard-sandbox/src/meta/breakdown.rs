//! Breakdowns of insights and which go together (Meta, `platforms/meta.md` §19).

use super::envelope::{MetaError, MetaResult};
use super::params::parse_enum;
use super::segments::Split;
use crate::wire::wire_enum;

wire_enum! {
    /// A dimension that rows can be broken down by.
    pub(crate) enum Breakdown {
        Age = "age",
        Gender = "gender",
        Country = "country",
        Region = "region",
        Dma = "dma",
        PublisherPlatform = "publisher_platform",
        PlatformPosition = "platform_position",
        ImpressionDevice = "impression_device",
        DevicePlatform = "device_platform",
        ProductId = "product_id",
        HourlyAdvertiser = "hourly_stats_aggregated_by_advertiser_time_zone",
        HourlyAudience = "hourly_stats_aggregated_by_audience_time_zone",
        FrequencyValue = "frequency_value",
    }
}

use Breakdown as B;

/// The sets that are allowed, in any order.
const SETS: &[&[Breakdown]] = &[
    &[],
    &[B::Age],
    &[B::Gender],
    &[B::Age, B::Gender],
    &[B::Country],
    &[B::Region],
    &[B::Dma],
    &[B::PublisherPlatform],
    &[B::PublisherPlatform, B::ImpressionDevice],
    &[B::PublisherPlatform, B::PlatformPosition],
    &[B::PublisherPlatform, B::PlatformPosition, B::ImpressionDevice],
    &[B::DevicePlatform],
    &[B::ProductId],
    &[B::HourlyAdvertiser],
    &[B::HourlyAudience],
    &[B::FrequencyValue],
];

/// How rows are cut up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Not at all.
    Whole,
    /// By the account's local hour.
    Hour,
    /// By segments; the positions are those of the split's labels that are shown.
    Segments(Split, Vec<usize>),
    /// By something that has no rows here: what an account must opt in to, or what nothing was made for.
    Nothing,
}

/// Reads a list of breakdowns and refuses combinations outside the table.
pub(crate) fn parse(words: &[String]) -> MetaResult<Vec<Breakdown>> {
    let mut breakdowns: Vec<Breakdown> = Vec::new();
    for word in words {
        breakdowns.push(parse_enum("breakdowns", word)?);
    }
    let same =
        |set: &[Breakdown]| set.len() == breakdowns.len() && set.iter().all(|item| breakdowns.contains(item));
    if SETS.iter().copied().any(same) {
        return Ok(breakdowns);
    }
    Err(MetaError::new(
        100,
        format!("(#100) Current combination of data breakdown columns ({}) is invalid", words.join(", ")),
    ))
}

/// How the rows of a set are cut up.
pub(crate) fn cut(breakdowns: &[Breakdown]) -> Cut {
    let has = |breakdown| breakdowns.contains(&breakdown);
    match () {
        () if breakdowns.is_empty() => Cut::Whole,
        () if has(B::HourlyAdvertiser) => Cut::Hour,
        () if has(B::ImpressionDevice) || has(B::HourlyAudience) || has(B::FrequencyValue) => Cut::Nothing,
        () if has(B::Dma) || has(B::ProductId) => Cut::Nothing,
        () if has(B::Country) => Cut::Segments(Split::Country, vec![0]),
        () if has(B::Region) => Cut::Segments(Split::Region, vec![0]),
        () if has(B::DevicePlatform) => Cut::Segments(Split::Device, vec![0]),
        () if has(B::Age) && has(B::Gender) => Cut::Segments(Split::AgeGender, vec![0, 1]),
        () if has(B::Age) => Cut::Segments(Split::AgeGender, vec![0]),
        () if has(B::Gender) => Cut::Segments(Split::AgeGender, vec![1]),
        () if has(B::PlatformPosition) => Cut::Segments(Split::Position, vec![0, 1]),
        () => Cut::Segments(Split::Position, vec![0]),
    }
}

/// The names of a cut's labels, in their order.
pub(crate) fn label_names(cut: &Cut) -> Vec<&'static str> {
    let of = |split: Split| -> &'static [&'static str] {
        match split {
            Split::AgeGender => &["age", "gender"],
            Split::Country => &["country"],
            Split::Region => &["region"],
            Split::Position => &["publisher_platform", "platform_position"],
            Split::Device => &["device_platform"],
        }
    };
    match cut {
        Cut::Whole | Cut::Nothing => Vec::new(),
        Cut::Hour => vec!["hourly_stats_aggregated_by_advertiser_time_zone"],
        Cut::Segments(split, shown) => shown.iter().filter_map(|at| of(*split).get(*at).copied()).collect(),
    }
}

/// Whether off-platform actions are left out: by region and by hour.
pub(crate) fn hides_offsite(cut: &Cut) -> bool {
    matches!(cut, Cut::Hour | Cut::Segments(Split::Region, _))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn sets_outside_the_table_are_refused() {
        for set in ["", "age", "gender,age", "platform_position,publisher_platform"] {
            assert!(parse(&words(set)).is_ok(), "{set}");
        }
        for set in ["age,region", "platform_position", "age,country", "age,age", "impression_device"] {
            assert_eq!(parse(&words(set)).unwrap_err().code, 100, "{set}");
        }
        assert_eq!(parse(&words("postcode")).unwrap_err().code, 100);
    }
}
