//! TikTok's words for ours, one table each.

use placard_domain::{
    objective::{CallToAction, ConversionEvent},
    plan::ObjectKind,
    spec::{Gender, RunState, TiktokIdentity},
};

/// Ids in one question (TikTok, `platforms/tiktok.md` §6, §13).
pub(super) const MOST_IDS: usize = 100;

/// The button (TikTok, `platforms/tiktok.md` §12); `None` for one that TikTok lacks.
pub(super) const fn call_to_action(button: CallToAction) -> Option<&'static str> {
    Some(match button {
        CallToAction::LearnMore => "LEARN_MORE",
        CallToAction::ShopNow => "SHOP_NOW",
        CallToAction::SignUp => "SIGN_UP",
        CallToAction::ApplyNow => "APPLY_NOW",
        CallToAction::BookNow => "BOOK_NOW",
        CallToAction::CallNow => "CALL_NOW",
        CallToAction::ContactUs => "CONTACT_US",
        CallToAction::Download => "DOWNLOAD_NOW",
        CallToAction::GetQuote => "GET_QUOTE",
        CallToAction::Subscribe => "SUBSCRIBE",
        CallToAction::OrderNow => "ORDER_NOW",
        CallToAction::BuyTickets => "GET_TICKETS_NOW",
        CallToAction::SeeMore => "VIEW_NOW",
        CallToAction::GetOffer | CallToAction::NoButton => return None,
    })
}

/// The event that the pixel sees (§10); `None` for one that TikTok lacks.
pub(super) const fn event(event: ConversionEvent) -> Option<&'static str> {
    Some(match event {
        ConversionEvent::Purchase => "SHOPPING",
        ConversionEvent::Lead => "FORM",
        ConversionEvent::CompleteRegistration => "ON_WEB_REGISTER",
        ConversionEvent::AddToCart => "ON_WEB_CART",
        ConversionEvent::InitiateCheckout => "INITIATE_ORDER",
        ConversionEvent::AddPaymentInfo => "ADD_BILLING",
        ConversionEvent::ViewContent => "ON_WEB_DETAIL",
        ConversionEvent::Subscribe => "ON_WEB_SUBSCRIBE",
        ConversionEvent::Contact => "CONSULT",
        ConversionEvent::StartTrial
        | ConversionEvent::SubmitApplication
        | ConversionEvent::Schedule
        | ConversionEvent::Donate => return None,
    })
}

/// Switched on or off (§14).
pub(super) const fn status(run: RunState) -> &'static str {
    match run {
        RunState::Active => "ENABLE",
        RunState::Paused => "DISABLE",
    }
}

/// The kind of an identity (§4).
pub(super) const fn identity_type(kind: TiktokIdentity) -> &'static str {
    match kind {
        TiktokIdentity::CustomizedUser => "CUSTOMIZED_USER",
        TiktokIdentity::TtUser => "TT_USER",
        TiktokIdentity::BcAuthTt => "BC_AUTH_TT",
        TiktokIdentity::AuthCode => "AUTH_CODE",
    }
}

/// Whom an ad group reaches (§8).
pub(super) const fn gender(genders: &[Gender]) -> &'static str {
    match genders {
        [Gender::Male] => "GENDER_MALE",
        [Gender::Female] => "GENDER_FEMALE",
        _ => UNLIMITED,
    }
}

/// Everybody, whatever their gender.
pub(super) const UNLIMITED: &str = "GENDER_UNLIMITED";

/// A band of ages: its word, its first year and its last; the last band goes on to the oldest (§8).
pub(super) const AGES: &[(&str, u32, u32)] = &[
    ("AGE_13_17", 13, 17),
    ("AGE_18_24", 18, 24),
    ("AGE_25_34", 25, 34),
    ("AGE_35_44", 35, 44),
    ("AGE_45_54", 45, 54),
    ("AGE_55_100", 55, 65),
];

/// Days after a click or a view in which a conversion counts (§8); `None` for a span that TikTok lacks.
pub(super) const fn window(days: u32) -> Option<&'static str> {
    Some(match days {
        0 => "OFF",
        1 => "ONE_DAY",
        7 => "SEVEN_DAYS",
        14 => "FOURTEEN_DAYS",
        28 => "TWENTY_EIGHT_DAYS",
        _ => return None,
    })
}

/// Formats of ads (§12).
pub(super) const IMAGE_AD: &str = "SINGLE_IMAGE";
pub(super) const VIDEO_AD: &str = "SINGLE_VIDEO";

/// The word for a kind of object in addresses and names of fields (§7, §8, §12). Whatever else there is has none:
/// nothing maps to it, and TikTok would refuse the address.
pub(super) const fn noun(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Campaign => "campaign",
        ObjectKind::AdGroup => "adgroup",
        ObjectKind::Ad => "ad",
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting
        | ObjectKind::Keyword => kind.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_injective(words: impl Iterator<Item = &'static str>) -> bool {
        let mut words: Vec<_> = words.collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        words.len() == all
    }

    #[test]
    fn no_two_of_our_words_are_one_of_tiktoks() {
        assert!(is_injective(CallToAction::ALL.iter().filter_map(|button| call_to_action(*button))));
        assert!(is_injective(ConversionEvent::ALL.iter().filter_map(|one| event(*one))));
        assert!(is_injective(TiktokIdentity::ALL.iter().map(|kind| identity_type(*kind))));
        assert!(is_injective([0, 1, 7, 14, 28].into_iter().filter_map(window)));
    }

    #[test]
    fn bands_of_age_follow_each_other_without_a_gap() {
        for pair in AGES.windows(2) {
            assert_eq!(pair[0].2 + 1, pair[1].1);
        }
        assert_eq!((AGES[0].1, AGES[AGES.len() - 1].2), (13, 65));
    }

    #[test]
    fn both_genders_are_everybody() {
        assert_eq!(gender(&[Gender::Female, Gender::Male]), UNLIMITED);
        assert_eq!(gender(&[]), UNLIMITED);
        assert_eq!(gender(&[Gender::Male]), "GENDER_MALE");
    }
}
