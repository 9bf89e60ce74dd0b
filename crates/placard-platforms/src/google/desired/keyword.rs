//! Keywords (Google, `platforms/google.md` §4, ad group criteria).

use super::{Mapper, fields, names};
use crate::google::words;
use placard_domain::{
    plan::{DesiredObject, FieldRules, ObjectKey, ObjectKind, reference},
    spec::{AdGroup, Diagnostic, Keyword},
};

/// Characters and words of a keyword (§4).
const LONGEST: usize = 80;
const MOST_WORDS: usize = 10;

/// Characters that a keyword cannot have (§4).
const REFUSED: &[char] = &['!', '@', '%', ',', '*'];

impl Mapper<'_> {
    /// Adds the keywords of `group`, without which it is not shown beside search results.
    pub(super) fn keywords(&mut self, index: usize, group: &AdGroup, group_key: &ObjectKey) {
        let path = format!("{}.keywords", self.paths.group(index));
        if !self.searches() {
            if !group.keywords.is_empty() {
                let finding = Diagnostic::error(path, "Placard uses keywords beside search results only");
                self.found(finding.help("Remove them, or set `channel: search`."));
            }
            return;
        }
        if group.keywords.iter().all(|keyword| keyword.negative) {
            let finding =
                Diagnostic::error(path.as_str(), "beside search results, Google shows ads for keywords");
            self.found(finding.help("Add at least one, such as `keywords: [{text: camping tent}]`."));
        }
        for (position, keyword) in group.keywords.iter().enumerate() {
            self.check_keyword(&format!("{path}[{position}]"), keyword);
            self.keyword(group, keyword, group_key);
        }
    }

    fn keyword(&mut self, group: &AdGroup, keyword: &Keyword, group_key: &ObjectKey) {
        // Capitals make no difference to Google.
        let text = keyword.text.to_lowercase();
        let key = ObjectKey::new(ObjectKind::Keyword, format!("{}/{}:{text}", group.key, keyword.match_type));
        let mut fields = fields([
            ("adGroup", reference(group_key)),
            ("keyword.text", text.into()),
            ("keyword.matchType", words::match_type(keyword.match_type).into()),
            ("negative", keyword.negative.into()),
        ]);
        if !keyword.negative {
            fields.insert("status".to_owned(), "ENABLED".into());
        }
        let create_only = names(&["adGroup", "keyword.text", "keyword.matchType", "negative"]);
        self.object(DesiredObject {
            key,
            name: keyword.text.clone(),
            fields,
            run: None,
            rules: FieldRules { create_only, ..FieldRules::default() },
            upload: None,
            daily_cost: None,
        });
    }

    fn check_keyword(&mut self, path: &str, keyword: &Keyword) {
        let (length, words) = (keyword.text.chars().count(), keyword.text.split(' ').count());
        let path_of_text = format!("{path}.text");
        if length > LONGEST {
            self.error(
                path_of_text.as_str(),
                format!("Google takes keywords of up to {LONGEST} characters, this has {length}"),
            );
        }
        if words > MOST_WORDS {
            self.error(
                path_of_text.as_str(),
                format!("Google takes keywords of up to {MOST_WORDS} words, this has {words}"),
            );
        }
        if let Some(refused) = keyword.text.chars().find(|letter| REFUSED.contains(letter)) {
            self.error(path_of_text, format!("Google takes no `{refused}` in keywords"));
        }
        if keyword.bid.is_some() {
            let message = "Google's strategies bid for every keyword by themselves, so a bid of its own would count for nothing";
            let finding = Diagnostic::error(format!("{path}.bid"), message);
            self.found(finding.help(
                "Remove it. For traffic, `bid: {strategy: bid_cap}` at the campaign limits every click.",
            ));
        }
    }
}
