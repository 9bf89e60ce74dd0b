//! What a campaign is for, how it bids and what its delivery is optimised towards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the order in which people see them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in specs and columns.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a campaign is for.
    Objective {
        /// Be seen and remembered.
        Awareness = "awareness",
        /// Send people to a destination.
        Traffic = "traffic",
        /// Reactions, comments, views.
        Engagement = "engagement",
        /// Contact details of interested people.
        Leads = "leads",
        /// Phone calls.
        Calls = "calls",
        /// Installs and use of an app.
        AppPromotion = "app_promotion",
        /// Purchases.
        Sales = "sales",
    }
}

words! {
    /// What the platform's delivery tries to get most of for the budget.
    OptimizationGoal {
        /// As many times shown as possible.
        Impressions = "impressions",
        /// As many people as possible.
        Reach = "reach",
        /// Clicks on the link.
        LinkClicks = "link_clicks",
        /// Visits that waited for the page to load.
        LandingPageViews = "landing_page_views",
        /// Reactions, comments and shares.
        Engagement = "engagement",
        /// Instant forms sent.
        Leads = "leads",
        /// Instant forms sent by people likely to become customers.
        QualityLeads = "quality_leads",
        /// The conversion event named in the spec.
        Conversions = "conversions",
        /// The value of purchases.
        Value = "value",
        /// Calls that last.
        Calls = "calls",
    }
}

words! {
    /// How to bid.
    BidStrategy {
        /// Spend the budget for the most results.
        LowestCost = "lowest_cost",
        /// Keep the average cost of a result around `amount`.
        CostCap = "cost_cap",
        /// Never bid more than `amount` in an auction.
        BidCap = "bid_cap",
        /// Keep the return on ad spend above `roas`.
        MinRoas = "min_roas",
    }
}

words! {
    /// What a visitor does that counts as a conversion.
    ConversionEvent {
        /// A purchase.
        Purchase = "purchase",
        /// A form sent on the website.
        Lead = "lead",
        /// An account made.
        CompleteRegistration = "complete_registration",
        /// Something put into the basket.
        AddToCart = "add_to_cart",
        /// Checkout begun.
        InitiateCheckout = "initiate_checkout",
        /// Payment details given.
        AddPaymentInfo = "add_payment_info",
        /// A page of interest seen.
        ViewContent = "view_content",
        /// A subscription taken.
        Subscribe = "subscribe",
        /// A trial begun.
        StartTrial = "start_trial",
        /// Contact made.
        Contact = "contact",
        /// An application handed in.
        SubmitApplication = "submit_application",
        /// A visit booked.
        Schedule = "schedule",
        /// A donation.
        Donate = "donate",
    }
}

words! {
    /// The words on the button.
    CallToAction {
        /// Learn more.
        LearnMore = "learn_more",
        /// Shop now.
        ShopNow = "shop_now",
        /// Sign up.
        SignUp = "sign_up",
        /// Apply now.
        ApplyNow = "apply_now",
        /// Book now.
        BookNow = "book_now",
        /// Call now.
        CallNow = "call_now",
        /// Contact us.
        ContactUs = "contact_us",
        /// Download.
        Download = "download",
        /// Get offer.
        GetOffer = "get_offer",
        /// Get quote.
        GetQuote = "get_quote",
        /// Subscribe.
        Subscribe = "subscribe",
        /// Order now.
        OrderNow = "order_now",
        /// Buy tickets.
        BuyTickets = "buy_tickets",
        /// See menu, product or page.
        SeeMore = "see_more",
        /// No button.
        NoButton = "no_button",
    }
}
