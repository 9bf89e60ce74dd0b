//! The words of an ad: TikTok shows one text beside the name of who speaks (TikTok, `platforms/tiktok.md` §12).

use super::{Mapper, Place};
use crate::tiktok::words;
use placard_domain::{
    copy::{REFUSED_BY_TIKTOK, emoji, limits},
    objective::{CallToAction, Objective},
    spec::{Creative, Diagnostic, Target},
};

/// Characters of the text (§12).
const LONGEST_TEXT: usize = limits::TIKTOK_TEXT.length;

impl Mapper<'_> {
    /// The text, checked.
    pub(super) fn ad_text(&mut self, place: Place, creative: &Creative) -> String {
        let path = self.paths.copy(place.group, place.ad, "primary_text");
        let text = &creative.primary_text;
        let length = text.chars().count();
        if length > LONGEST_TEXT || length == 0 {
            let message = format!("TikTok takes 1 to {LONGEST_TEXT} characters here, this has {length}");
            self.error(path.as_str(), message);
        }
        if let Some(sign) = emoji(text) {
            self.error(path.as_str(), format!("TikTok takes no emoji in texts, and this has {sign}"));
        }
        if let Some(sign) = text.chars().find(|letter| REFUSED_BY_TIKTOK.contains(letter)) {
            self.error(path, format!("TikTok takes no `{sign}` in texts"));
        }
        self.check_unused(place, creative);
        text.clone()
    }

    /// What TikTok has no place for is said, once for each place in the spec. The headline, which it does not show
    /// either, is not: every spec has to have one.
    fn check_unused(&mut self, place: Place, creative: &Creative) {
        let unused = [
            ("description", creative.description.is_some()),
            ("more_headlines", !creative.more_headlines.is_empty()),
            ("more_descriptions", !creative.more_descriptions.is_empty()),
        ];
        for (part, _) in unused.into_iter().filter(|(_, is_given)| *is_given) {
            let path = self.paths.copy(place.group, place.ad, part);
            self.found(Diagnostic::warning(
                path,
                "TikTok shows `primary_text` alone; this is not shown there",
            ));
        }
    }

    /// The button that the spec asks for, or the usual one of the target.
    pub(super) fn button(&mut self, place: Place, creative: &Creative) -> Option<&'static str> {
        let usual = match (&creative.target, self.campaign.objective) {
            (Target::Form(_), _) => CallToAction::SignUp,
            (Target::Call(_), _) => CallToAction::CallNow,
            (Target::Website(_), Objective::Sales) => CallToAction::ShopNow,
            (Target::Website(_), _) => CallToAction::LearnMore,
        };
        let button = creative.call_to_action.unwrap_or(usual);
        let word = words::call_to_action(button);
        let path = self.paths.copy(place.group, place.ad, "call_to_action");
        if word.is_none() {
            let known = CallToAction::ALL.iter().filter(|button| words::call_to_action(**button).is_some());
            let known: Vec<&str> = known.map(|button| button.as_str()).collect();
            let finding = Diagnostic::error(path, format!("TikTok has no button `{button}`"));
            self.found(finding.help(format!("It has: {}.", known.join(", "))));
        } else if button == CallToAction::CallNow && !matches!(creative.target, Target::Call(_)) {
            self.error(path, "`call_now` dials, and this ad does not lead to a telephone");
        }
        word
    }
}
