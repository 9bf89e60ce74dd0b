//! Keywords (Microsoft, `platforms/microsoft.md` §4, keyword).

use super::{Mapper, canonical_fields, names};
use crate::microsoft::{negative, words};
use placard_domain::{
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind, reference},
    spec::{AdGroup, Diagnostic, Keyword},
};
use serde_json::Value;

/// Characters of a keyword.
const LONGEST: usize = 100;

impl Mapper<'_> {
    /// Adds the keywords of `group`, without which it is not shown.
    pub(super) fn keywords(&mut self, index: usize, group: &AdGroup, group_key: &ObjectKey) {
        let path = format!("{}.keywords", self.paths.group(index));
        if group.keywords.iter().all(|keyword| keyword.negative) {
            let finding =
                Diagnostic::error(path.as_str(), "beside search results, Microsoft shows ads for keywords");
            self.found(finding.help("Add at least one, such as `keywords: [{text: camping tent}]`."));
        }
        for (position, keyword) in group.keywords.iter().enumerate() {
            let path = format!("{path}[{position}]");
            self.check_keyword(&path, keyword);
            if keyword.negative {
                self.negative(&path, group, keyword, group_key);
            } else {
                self.keyword(group, keyword, group_key);
            }
        }
    }

    fn keyword(&mut self, group: &AdGroup, keyword: &Keyword, group_key: &ObjectKey) {
        // Capitals make no difference to Microsoft.
        let text = keyword.text.to_lowercase();
        let key = ObjectKey::new(ObjectKind::Keyword, format!("{}/{}:{text}", group.key, keyword.match_type));
        let fields = [
            ("AdGroupId", reference(group_key)),
            ("Text", Value::from(text)),
            ("MatchType", words::match_type(keyword.match_type).into()),
            ("Status", "Active".into()),
        ];
        self.words_of(keyword, key, canonical_fields(fields));
    }

    /// A keyword that keeps searches away, which has no state of its own.
    fn negative(&mut self, path: &str, group: &AdGroup, keyword: &Keyword, group_key: &ObjectKey) {
        let text = keyword.text.to_lowercase();
        let kind = negative::closest(keyword.match_type);
        if kind != keyword.match_type {
            let message =
                "Microsoft keeps searches away by phrases or exact words; this counts as a phrase there";
            self.found(Diagnostic::warning(format!("{path}.match"), message));
            let phrase = |other: &Keyword| {
                other.negative && other.match_type == kind && other.text.to_lowercase() == text
            };
            if group.keywords.iter().any(phrase) {
                return;
            }
        }
        let key = negative::key(&group.key, kind, &text);
        let fields = [
            ("AdGroupId", reference(group_key)),
            ("Text", Value::from(text)),
            ("MatchType", words::match_type(kind).into()),
        ];
        self.words_of(keyword, key, canonical_fields(fields));
    }

    /// Wants the object of `keyword`, which can be made and removed but says the same words as long as it is there.
    fn words_of(&mut self, keyword: &Keyword, key: ObjectKey, fields: Fields) {
        self.object(DesiredObject {
            key,
            name: keyword.text.clone(),
            fields,
            run: None,
            rules: FieldRules {
                create_only: names(&["AdGroupId", "Text", "MatchType"]),
                ..FieldRules::default()
            },
            upload: None,
            daily_cost: None,
        });
    }

    fn check_keyword(&mut self, path: &str, keyword: &Keyword) {
        let length = keyword.text.chars().count();
        if length > LONGEST {
            let message =
                format!("Microsoft takes keywords of up to {LONGEST} characters, this has {length}");
            self.error(format!("{path}.text"), message);
        }
        if keyword.bid.is_some() {
            let message = "Microsoft's schemes bid for every keyword by themselves, so a bid of its own would count for nothing";
            let finding = Diagnostic::error(format!("{path}.bid"), message);
            self.found(
                finding.help("Remove it. `bid: {strategy: bid_cap}` at the campaign limits every click."),
            );
        }
    }
}
