//! The one market in which every platform's ads are shown: people, prices, the hours of a day, chance.
//!
//! A platform decides which ads may be shown and what they bid; what attention costs, how people answer to
//! what an ad says, and when conversions become known is the same for all of them.

pub(crate) mod chance;
pub(crate) mod divide;
pub(crate) mod facts;
pub(crate) mod late;
pub(crate) mod market;
pub(crate) mod pace;
pub(crate) mod people;
