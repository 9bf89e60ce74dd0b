//! What bodies of calls about criterions hold.

use crate::microsoft::shape::{Field, Shape};

const AGES: &[&str] = &[
    "EighteenToTwentyFour",
    "TwentyFiveToThirtyFour",
    "ThirtyFiveToFourtyNine",
    "FiftyToSixtyFour",
    "SixtyFiveAndAbove",
    "ThirtyFiveToFiftyFour",
    "FiftyFiveAndAbove",
    "Unknown",
];
pub(super) const DAYS: &[&str] =
    &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const MINUTES: &[&str] = &["Zero", "Fifteen", "Thirty", "FortyFive"];
const INTENTS: &[&str] =
    &["PeopleIn", "PeopleInOrSearchingForOrViewingPages", "PeopleSearchingForOrViewingPages"];

const CRITERION: Shape = Shape::Tagged(&[
    ("LocationCriterion", &[("LocationId", Shape::Id)]),
    ("LocationIntentCriterion", &[("IntentOption", Shape::Word(INTENTS))]),
    (
        "RadiusCriterion",
        &[
            ("LatitudeDegrees", Shape::Number),
            ("LongitudeDegrees", Shape::Number),
            ("Radius", Shape::Number),
            ("RadiusUnit", Shape::Word(&["Miles", "Kilometers"])),
            ("Name", Shape::Text),
        ],
    ),
    ("AgeCriterion", &[("AgeRange", Shape::Word(AGES))]),
    ("GenderCriterion", &[("GenderType", Shape::Word(&["Male", "Female", "Unknown"]))]),
    (
        "DayTimeCriterion",
        &[
            ("Day", Shape::Word(DAYS)),
            ("FromHour", Shape::Int),
            ("FromMinute", Shape::Word(MINUTES)),
            ("ToHour", Shape::Int),
            ("ToMinute", Shape::Word(MINUTES)),
        ],
    ),
    ("DeviceCriterion", &[("DeviceName", Shape::Word(&["Computers", "Smartphones", "Tablets"]))]),
]);

const BID: Shape = Shape::Tagged(&[("BidMultiplier", &[("Multiplier", Shape::Number)])]);

const CAMPAIGN_MEMBERS: &[Field] =
    &[("Id", Shape::Id), ("CampaignId", Shape::Id), ("Criterion", CRITERION), ("CriterionBid", BID)];
const AD_GROUP_MEMBERS: &[Field] = &[
    ("Id", Shape::Id),
    ("AdGroupId", Shape::Id),
    ("Criterion", CRITERION),
    ("CriterionBid", BID),
    ("Status", Shape::Word(&["Active", "Paused"])),
];

const TARGETS: Shape = Shape::Word(&["Targets"]);
/// The kinds by which a query asks for criterions.
const SINGLE: Shape =
    Shape::Word(&["Location", "LocationIntent", "Radius", "Age", "Gender", "DayTime", "Device"]);

pub(in crate::microsoft) const WRITE_CAMPAIGN: &[Field] = &[
    ("CriterionType", TARGETS),
    (
        "CampaignCriterions",
        Shape::List(&Shape::Tagged(&[
            ("BiddableCampaignCriterion", CAMPAIGN_MEMBERS),
            ("NegativeCampaignCriterion", CAMPAIGN_MEMBERS),
        ])),
    ),
];
pub(in crate::microsoft) const WRITE_AD_GROUP: &[Field] = &[
    ("CriterionType", TARGETS),
    (
        "AdGroupCriterions",
        Shape::List(&Shape::Tagged(&[
            ("BiddableAdGroupCriterion", AD_GROUP_MEMBERS),
            ("NegativeAdGroupCriterion", AD_GROUP_MEMBERS),
        ])),
    ),
];
pub(in crate::microsoft) const DELETE_CAMPAIGN: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("CriterionType", TARGETS),
    ("CampaignCriterionIds", Shape::List(&Shape::Id)),
];
pub(in crate::microsoft) const DELETE_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("CriterionType", TARGETS), ("AdGroupCriterionIds", Shape::List(&Shape::Id))];
pub(in crate::microsoft) const QUERY_CAMPAIGN: &[Field] = &[
    ("CampaignId", Shape::Id),
    ("CriterionType", SINGLE),
    ("CampaignCriterionIds", Shape::List(&Shape::Id)),
];
pub(in crate::microsoft) const QUERY_AD_GROUP: &[Field] =
    &[("AdGroupId", Shape::Id), ("CriterionType", SINGLE), ("AdGroupCriterionIds", Shape::List(&Shape::Id))];
