//! What people search for.

use super::Checker;
use crate::{
    Currency,
    spec::{campaign::Keyword, model::KeywordSpec},
};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// The keywords of the ad group at `path`. Two that differ only in capitals or spaces are one, and refused.
    pub(super) fn keywords(
        &mut self,
        keywords: &[KeywordSpec],
        currency: Currency,
        path: &str,
    ) -> Vec<Keyword> {
        let mut seen = BTreeSet::new();
        let mut checked = Vec::with_capacity(keywords.len());
        for (index, keyword) in keywords.iter().enumerate() {
            let path = format!("{path}.keywords[{index}]");
            let text = keyword.text.split_whitespace().collect::<Vec<_>>().join(" ");
            if text.is_empty() {
                self.error(format!("{path}.text"), "a keyword needs words", "write what people search for");
                continue;
            }
            if !seen.insert((text.to_lowercase(), keyword.match_type)) {
                let message = format!("`{text}` ({}) is here already", keyword.match_type);
                self.error(path.as_str(), message, "keep one of the two");
                continue;
            }
            if keyword.negative && keyword.bid.is_some() {
                self.error(format!("{path}.bid"), "what is left out costs nothing", "remove the bid");
            }
            let bid = keyword.bid.and_then(|bid| self.positive(bid, currency, &format!("{path}.bid")));
            checked.push(Keyword { text, match_type: keyword.match_type, negative: keyword.negative, bid });
        }
        checked
    }
}
