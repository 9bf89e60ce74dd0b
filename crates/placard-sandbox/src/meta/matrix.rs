//! Which optimisation goal goes with which objective and destination (Meta, `platforms/meta.md` §9).

use super::campaigns::Objective;
use crate::wire::wire_enum;

wire_enum! {
    /// The 33 goals that can be written.
    pub(crate) enum Goal {
        AdvertiserSiloedValue = "ADVERTISER_SILOED_VALUE",
        AdRecallLift = "AD_RECALL_LIFT",
        AppInstalls = "APP_INSTALLS",
        AppInstallsAndConversions = "APP_INSTALLS_AND_OFFSITE_CONVERSIONS",
        AutomaticObjective = "AUTOMATIC_OBJECTIVE",
        Conversations = "CONVERSATIONS",
        DerivedEvents = "DERIVED_EVENTS",
        EngagedPageViews = "ENGAGED_PAGE_VIEWS",
        EngagedUsers = "ENGAGED_USERS",
        EventResponses = "EVENT_RESPONSES",
        Impressions = "IMPRESSIONS",
        InAppValue = "IN_APP_VALUE",
        LandingPageViews = "LANDING_PAGE_VIEWS",
        LeadGeneration = "LEAD_GENERATION",
        LinkClicks = "LINK_CLICKS",
        MeaningfulCallAttempt = "MEANINGFUL_CALL_ATTEMPT",
        MessagingAppointment = "MESSAGING_APPOINTMENT_CONVERSION",
        MessagingDeep = "MESSAGING_DEEP_CONVERSATION_AND_FOLLOW",
        MessagingPurchase = "MESSAGING_PURCHASE_CONVERSION",
        None = "NONE",
        OffsiteConversions = "OFFSITE_CONVERSIONS",
        PageLikes = "PAGE_LIKES",
        PostEngagement = "POST_ENGAGEMENT",
        ProfileAndPageEngagement = "PROFILE_AND_PAGE_ENGAGEMENT",
        ProfileVisit = "PROFILE_VISIT",
        QualityCall = "QUALITY_CALL",
        QualityLead = "QUALITY_LEAD",
        Reach = "REACH",
        RemindersSet = "REMINDERS_SET",
        Subscribers = "SUBSCRIBERS",
        Thruplay = "THRUPLAY",
        Value = "VALUE",
        VisitInstagramProfile = "VISIT_INSTAGRAM_PROFILE",
    }
}

wire_enum! {
    /// Where an ad leads. `PHONE_CALL` stands in Meta's tables though not in the SDK's enum.
    pub(crate) enum Destination {
        Website = "WEBSITE",
        App = "APP",
        Messenger = "MESSENGER",
        Whatsapp = "WHATSAPP",
        InstagramDirect = "INSTAGRAM_DIRECT",
        OnAd = "ON_AD",
        OnPage = "ON_PAGE",
        OnPost = "ON_POST",
        OnVideo = "ON_VIDEO",
        OnEvent = "ON_EVENT",
        InstagramProfile = "INSTAGRAM_PROFILE",
        InstagramProfileAndPage = "INSTAGRAM_PROFILE_AND_FACEBOOK_PAGE",
        Facebook = "FACEBOOK",
        FacebookPage = "FACEBOOK_PAGE",
        FacebookLive = "FACEBOOK_LIVE",
        InstagramLive = "INSTAGRAM_LIVE",
        ApplinksAutomatic = "APPLINKS_AUTOMATIC",
        ShopAutomatic = "SHOP_AUTOMATIC",
        Imagine = "IMAGINE",
        MessengerWhatsapp = "MESSAGING_MESSENGER_WHATSAPP",
        InstagramMessenger = "MESSAGING_INSTAGRAM_DIRECT_MESSENGER",
        InstagramWhatsapp = "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP",
        AllMessaging = "MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP",
        PhoneCall = "PHONE_CALL",
    }
}

wire_enum! {
    /// What the platform charges for.
    pub(crate) enum BillingEvent {
        Impressions = "IMPRESSIONS",
        LinkClicks = "LINK_CLICKS",
        Thruplay = "THRUPLAY",
        AppInstalls = "APP_INSTALLS",
        Clicks = "CLICKS",
        PageLikes = "PAGE_LIKES",
        PostEngagement = "POST_ENGAGEMENT",
        OfferClaims = "OFFER_CLAIMS",
        Purchase = "PURCHASE",
        ListingInteraction = "LISTING_INTERACTION",
        None = "NONE",
    }
}

/// The group of destinations that one row of the table covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Venue {
    Nothing,
    Website,
    App,
    Messaging,
    InstantForm,
    Post,
    Video,
    Page,
    Event,
    Profile,
    Calls,
    Catalog,
}

/// What `promoted_object` has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promoted {
    Nothing,
    Page,
    /// A page, and a pixel if wanted.
    PageAndPixel,
    App,
    AppEvent,
    Event,
    ProductSet,
    /// A pixel with one of these events for conversion goals, optional for the others.
    Pixel(&'static [&'static str]),
}

/// One row of the goal matrix.
pub(crate) struct Row {
    pub(crate) objective: Objective,
    pub(crate) venue: Venue,
    pub(crate) goals: &'static [Goal],
    pub(crate) promoted: Promoted,
}

const LEAD_EVENTS: &[&str] = &[
    "LEAD",
    "COMPLETE_REGISTRATION",
    "CONTACT",
    "FIND_LOCATION",
    "SCHEDULE",
    "START_TRIAL",
    "SUBMIT_APPLICATION",
    "SUBSCRIBE",
    "OTHER",
];
const SALES_EVENTS: &[&str] = &[
    "PURCHASE",
    "ADD_TO_CART",
    "INITIATED_CHECKOUT",
    "ADD_PAYMENT_INFO",
    "COMPLETE_REGISTRATION",
    "CONTENT_VIEW",
    "DONATE",
    "START_TRIAL",
    "SUBSCRIBE",
    "SEARCH",
    "ADD_TO_WISHLIST",
    "CUSTOMIZE_PRODUCT",
    "OTHER",
];
const ANY_EVENTS: &[&str] = &[
    "PURCHASE",
    "ADD_TO_CART",
    "INITIATED_CHECKOUT",
    "ADD_PAYMENT_INFO",
    "COMPLETE_REGISTRATION",
    "CONTENT_VIEW",
    "DONATE",
    "START_TRIAL",
    "SUBSCRIBE",
    "SEARCH",
    "ADD_TO_WISHLIST",
    "CUSTOMIZE_PRODUCT",
    "LEAD",
    "CONTACT",
    "FIND_LOCATION",
    "SCHEDULE",
    "SUBMIT_APPLICATION",
    "OTHER",
];

const fn row(objective: Objective, venue: Venue, goals: &'static [Goal], promoted: Promoted) -> Row {
    Row { objective, venue, goals, promoted }
}

use Goal as G;
use Objective as O;
use Venue as V;

/// The matrix; the first goal of a row is the usual one.
pub(crate) const ROWS: &[Row] = &[
    row(O::Awareness, V::Nothing, &[G::Reach, G::Impressions, G::AdRecallLift, G::Thruplay], Promoted::Page),
    row(
        O::Traffic,
        V::Website,
        &[G::LinkClicks, G::LandingPageViews, G::Reach, G::Impressions],
        Promoted::Nothing,
    ),
    row(O::Traffic, V::App, &[G::LinkClicks, G::Reach], Promoted::App),
    row(
        O::Traffic,
        V::Messaging,
        &[G::LinkClicks, G::Conversations, G::Reach, G::Impressions],
        Promoted::Page,
    ),
    row(O::Traffic, V::Profile, &[G::VisitInstagramProfile, G::ProfileVisit], Promoted::Page),
    row(O::Traffic, V::Calls, &[G::QualityCall, G::LinkClicks, G::MeaningfulCallAttempt], Promoted::Page),
    row(O::Engagement, V::Post, &[G::PostEngagement, G::Reach], Promoted::Nothing),
    row(O::Engagement, V::Video, &[G::Thruplay], Promoted::Nothing),
    row(O::Engagement, V::Page, &[G::PageLikes], Promoted::Page),
    row(
        O::Engagement,
        V::Event,
        &[G::EventResponses, G::PostEngagement, G::Reach, G::Impressions],
        Promoted::Event,
    ),
    row(O::Engagement, V::Messaging, &[G::Conversations, G::LinkClicks], Promoted::Page),
    row(
        O::Engagement,
        V::Website,
        &[G::OffsiteConversions, G::LandingPageViews, G::LinkClicks, G::Reach, G::Impressions],
        Promoted::Pixel(ANY_EVENTS),
    ),
    row(O::Engagement, V::App, &[G::AppInstallsAndConversions, G::LinkClicks, G::Reach], Promoted::App),
    row(O::Engagement, V::Calls, &[G::QualityCall, G::MeaningfulCallAttempt], Promoted::Page),
    row(O::Leads, V::InstantForm, &[G::LeadGeneration, G::QualityLead], Promoted::Page),
    row(
        O::Leads,
        V::Website,
        &[G::OffsiteConversions, G::LandingPageViews, G::LinkClicks, G::Reach, G::Impressions],
        Promoted::Pixel(LEAD_EVENTS),
    ),
    row(O::Leads, V::Messaging, &[G::Conversations], Promoted::Page),
    row(O::Leads, V::Calls, &[G::QualityCall, G::MeaningfulCallAttempt], Promoted::Page),
    row(O::Leads, V::App, &[G::AppInstallsAndConversions, G::LinkClicks, G::Reach], Promoted::App),
    row(
        O::AppPromotion,
        V::App,
        &[G::AppInstalls, G::AppInstallsAndConversions, G::OffsiteConversions, G::Value, G::LinkClicks],
        Promoted::App,
    ),
    row(
        O::Sales,
        V::Website,
        &[G::OffsiteConversions, G::Value, G::LandingPageViews, G::LinkClicks, G::Reach, G::Impressions],
        Promoted::Pixel(SALES_EVENTS),
    ),
    row(O::Sales, V::App, &[G::OffsiteConversions, G::LinkClicks, G::Reach], Promoted::AppEvent),
    row(
        O::Sales,
        V::Messaging,
        &[G::Conversations, G::OffsiteConversions, G::MessagingPurchase],
        Promoted::PageAndPixel,
    ),
    row(O::Sales, V::Calls, &[G::QualityCall, G::MeaningfulCallAttempt], Promoted::Page),
    row(O::Sales, V::Catalog, &[G::OffsiteConversions, G::Value, G::LinkClicks], Promoted::ProductSet),
];

/// The venue of a call: as its destination says, else as its goal implies.
pub(crate) fn venue(
    objective: Objective,
    destination: Option<Destination>,
    goal: Goal,
    has_product_set: bool,
) -> Option<Venue> {
    use Destination as D;
    if has_product_set {
        return Some(V::Catalog);
    }
    let Some(destination) = destination else { return Some(implied(objective, goal)) };
    Some(match destination {
        D::Website => V::Website,
        D::App | D::ApplinksAutomatic => V::App,
        D::Messenger if objective == O::Leads => return None,
        D::InstagramDirect if objective == O::Leads => return None,
        D::Messenger
        | D::Whatsapp
        | D::InstagramDirect
        | D::MessengerWhatsapp
        | D::InstagramMessenger
        | D::InstagramWhatsapp
        | D::AllMessaging => V::Messaging,
        D::OnAd => V::InstantForm,
        D::OnPage => V::Page,
        D::OnPost => V::Post,
        D::OnVideo => V::Video,
        D::OnEvent => V::Event,
        D::InstagramProfile | D::InstagramProfileAndPage => V::Profile,
        D::PhoneCall => V::Calls,
        D::Facebook
        | D::FacebookPage
        | D::FacebookLive
        | D::InstagramLive
        | D::ShopAutomatic
        | D::Imagine => {
            return None;
        }
    })
}

fn implied(objective: Objective, goal: Goal) -> Venue {
    match (objective, goal) {
        (O::Awareness, _) => V::Nothing,
        (O::AppPromotion, _) => V::App,
        (_, G::QualityCall | G::MeaningfulCallAttempt) => V::Calls,
        (_, G::Conversations | G::MessagingPurchase) => V::Messaging,
        (O::Engagement, G::PostEngagement) => V::Post,
        (O::Engagement, G::Thruplay) => V::Video,
        (O::Engagement, G::PageLikes) => V::Page,
        (O::Engagement, G::EventResponses) => V::Event,
        (O::Leads, G::LeadGeneration | G::QualityLead) => V::InstantForm,
        (O::Traffic, G::VisitInstagramProfile | G::ProfileVisit) => V::Profile,
        (_, G::AppInstalls | G::AppInstallsAndConversions) => V::App,
        _ => V::Website,
    }
}

/// The row for an objective at a venue, if the goal is in it.
pub(crate) fn find(objective: Objective, venue: Venue, goal: Goal) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.objective == objective && row.venue == venue && row.goals.contains(&goal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WireEnum;

    #[test]
    fn every_goal_of_the_matrix_is_found_in_its_row_and_no_other_is() {
        for row in ROWS {
            for goal in Goal::ALL {
                let found = find(row.objective, row.venue, *goal).is_some();
                assert_eq!(found, row.goals.contains(goal), "{:?} {goal}", row.objective);
            }
        }
    }
}
