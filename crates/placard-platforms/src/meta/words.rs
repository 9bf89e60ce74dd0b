//! Meta's words for ours, one table each.

use placard_domain::{
    objective::{BidStrategy, CallToAction, ConversionEvent},
    spec::{Gender, MetaPublisher, QuestionKind, RunState, SpecialAdCategory},
};

/// The button (Meta, `platforms/meta.md` §11).
pub(super) const fn call_to_action(button: CallToAction) -> &'static str {
    match button {
        CallToAction::LearnMore => "LEARN_MORE",
        CallToAction::ShopNow => "SHOP_NOW",
        CallToAction::SignUp => "SIGN_UP",
        CallToAction::ApplyNow => "APPLY_NOW",
        CallToAction::BookNow => "BOOK_NOW",
        CallToAction::CallNow => "CALL_NOW",
        CallToAction::ContactUs => "CONTACT_US",
        CallToAction::Download => "DOWNLOAD",
        CallToAction::GetOffer => "GET_OFFER",
        CallToAction::GetQuote => "GET_QUOTE",
        CallToAction::Subscribe => "SUBSCRIBE",
        CallToAction::OrderNow => "ORDER_NOW",
        CallToAction::BuyTickets => "BUY_TICKETS",
        CallToAction::SeeMore => "SEE_MORE",
        CallToAction::NoButton => "NO_BUTTON",
    }
}

/// Buttons that open an instant form (§14).
pub(super) const FORM_BUTTONS: &[CallToAction] = &[
    CallToAction::SignUp,
    CallToAction::ApplyNow,
    CallToAction::LearnMore,
    CallToAction::GetQuote,
    CallToAction::Subscribe,
    CallToAction::Download,
    CallToAction::GetOffer,
    CallToAction::ContactUs,
];

/// The event on the pixel, `custom_event_type` (§9).
pub(super) const fn event(event: ConversionEvent) -> &'static str {
    match event {
        ConversionEvent::Purchase => "PURCHASE",
        ConversionEvent::Lead => "LEAD",
        ConversionEvent::CompleteRegistration => "COMPLETE_REGISTRATION",
        ConversionEvent::AddToCart => "ADD_TO_CART",
        ConversionEvent::InitiateCheckout => "INITIATED_CHECKOUT",
        ConversionEvent::AddPaymentInfo => "ADD_PAYMENT_INFO",
        ConversionEvent::ViewContent => "CONTENT_VIEW",
        ConversionEvent::Subscribe => "SUBSCRIBE",
        ConversionEvent::StartTrial => "START_TRIAL",
        ConversionEvent::Contact => "CONTACT",
        ConversionEvent::SubmitApplication => "SUBMIT_APPLICATION",
        ConversionEvent::Schedule => "SCHEDULE",
        ConversionEvent::Donate => "DONATE",
    }
}

/// Events that a leads campaign may count on a website (§9, goal matrix).
pub(super) const LEAD_EVENTS: &[ConversionEvent] = &[
    ConversionEvent::Lead,
    ConversionEvent::CompleteRegistration,
    ConversionEvent::Contact,
    ConversionEvent::Schedule,
    ConversionEvent::StartTrial,
    ConversionEvent::SubmitApplication,
    ConversionEvent::Subscribe,
];

/// The special ad category (§8).
pub(super) const fn category(category: SpecialAdCategory) -> &'static str {
    match category {
        SpecialAdCategory::FinancialProducts => "FINANCIAL_PRODUCTS_SERVICES",
        SpecialAdCategory::Employment => "EMPLOYMENT",
        SpecialAdCategory::Housing => "HOUSING",
        SpecialAdCategory::Politics => "ISSUES_ELECTIONS_POLITICS",
        SpecialAdCategory::Gambling => "ONLINE_GAMBLING_AND_GAMING",
    }
}

/// The bid strategy (§8).
pub(super) const fn bid_strategy(strategy: BidStrategy) -> &'static str {
    match strategy {
        BidStrategy::LowestCost => "LOWEST_COST_WITHOUT_CAP",
        BidStrategy::CostCap => "COST_CAP",
        BidStrategy::BidCap => "LOWEST_COST_WITH_BID_CAP",
        BidStrategy::MinRoas => "LOWEST_COST_WITH_MIN_ROAS",
    }
}

/// Switched on or off (§8).
pub(super) const fn status(run: RunState) -> &'static str {
    match run {
        RunState::Active => "ACTIVE",
        RunState::Paused => "PAUSED",
    }
}

/// What a form asks (§14).
pub(super) const fn question(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::FullName => "FULL_NAME",
        QuestionKind::FirstName => "FIRST_NAME",
        QuestionKind::LastName => "LAST_NAME",
        QuestionKind::Email => "EMAIL",
        QuestionKind::Phone => "PHONE",
        QuestionKind::City => "CITY",
        QuestionKind::PostalCode => "POST_CODE",
        QuestionKind::Country => "COUNTRY",
        QuestionKind::Company => "COMPANY_NAME",
        QuestionKind::JobTitle => "JOB_TITLE",
        QuestionKind::WorkEmail => "WORK_EMAIL",
        QuestionKind::Custom => "CUSTOM",
    }
}

/// The publisher (§10).
pub(super) const fn publisher(publisher: MetaPublisher) -> &'static str {
    match publisher {
        MetaPublisher::Facebook => "facebook",
        MetaPublisher::Instagram => "instagram",
        MetaPublisher::Messenger => "messenger",
        MetaPublisher::AudienceNetwork => "audience_network",
        MetaPublisher::Threads => "threads",
    }
}

/// The gender's number (§10).
pub(super) const fn gender(gender: Gender) -> i64 {
    match gender {
        Gender::Male => 1,
        Gender::Female => 2,
    }
}

/// Meta's keys of the languages that specs name by two letters. Where Meta has a key for all variants of a language it
/// stands alone; otherwise each variant is named (search `type=adlocale`, §4, keys as read in 2026).
pub(super) fn locales(language: &str) -> Option<&'static [i64]> {
    Some(match language {
        "ar" => &[28],
        "de" => &[5],
        "en" => &[1001],
        "es" => &[1002],
        "fr" => &[1003],
        "it" => &[10],
        "ja" => &[11],
        "ko" => &[12],
        "nl" => &[14],
        "pl" => &[15],
        "pt" => &[16, 31],
        "ru" => &[17],
        "sv" => &[18],
        "tr" => &[19],
        _ => return None,
    })
}

/// The languages that [`locales`] knows.
pub(super) const LANGUAGES: &[&str] =
    &["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr"];

/// Languages of instant forms (§14; the official SDK's list for v26.0).
pub(super) const FORM_LOCALES: &[&str] = &[
    "AR_AR", "CS_CZ", "DA_DK", "DE_DE", "EL_GR", "EN_GB", "EN_US", "ES_ES", "ES_LA", "FI_FI", "FR_FR",
    "HE_IL", "HI_IN", "HU_HU", "ID_ID", "IT_IT", "JA_JP", "KO_KR", "NB_NO", "NL_NL", "PL_PL", "PT_BR",
    "PT_PT", "RO_RO", "RU_RU", "SV_SE", "TH_TH", "TR_TR", "VI_VN", "ZH_CN", "ZH_HK", "ZH_TW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_that_is_offered_has_keys() {
        assert!(LANGUAGES.iter().all(|language| locales(language).is_some()));
        assert_eq!(locales("xx"), None);
    }
}
