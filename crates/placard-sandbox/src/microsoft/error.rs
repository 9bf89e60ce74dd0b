//! What is refused, and how it is told (Microsoft, `platforms/microsoft.md` §8).

use serde_json::{Value, json};

/// Declares the codes with their numbers and names.
macro_rules! codes {
    ($($(#[$inner:meta])* $name:ident = $number:literal $text:literal),+ $(,)?) => {
        /// `Code` and `ErrorCode` of a fault or a partial error. Where the fact sheet gives a number without a
        /// name, the name is the sandbox's; whoever reads judges by the number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$inner])* $name,)+ /** Any other code, which only faults answer with. */ Other(i64) }

        impl Code {
            pub(crate) fn number(self) -> i64 {
                match self { $(Self::$name => $number,)+ Self::Other(number) => number }
            }

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ Self::Other(_) => "Unknown" }
            }

            /// The code with a number.
            pub(crate) fn of(number: i64) -> Self {
                match number { $($number => Self::$name,)+ other => Self::Other(other) }
            }
        }
    };
}

codes! {
    Internal = 0 "InternalError",
    NullRequest = 100 "NullRequest",
    InvalidCredentials = 105 "InvalidCredentials",
    NotAuthorized = 106 "UserIsNotAuthorized",
    TokenExpired = 109 "AuthenticationTokenExpired",
    InvalidDate = 113 "InvalidDateObject",
    MissingHeaders = 116 "RequestMissingHeaders",
    CallRateExceeded = 117 "CallRateExceeded",
    LoginDenied = 120 "UserLoginAccessDenied",
    InvalidInput = 201 "ApiInputValidationError",
    NullParameter = 203 "NullParameter",
    NotSupported = 204 "OperationNotSupported",
    NullArray = 206 "NullArrayArgument",
    TooManyJobs = 207 "ConcurrentRequestOverLimit",
    EntityNotExistent = 210 "EntityNotExistent",
    ArrayTooLong = 513 "CampaignServiceArrayExceedsLimit",
    IdsNotPassed = 516 "CampaignServiceIdsNotPassed",
    IdNotNull = 1004 "CampaignServiceIdShouldBeNullOnAdd",
    ReadOnlyMode = 1010 "CampaignServiceSystemInReadOnlyMode",
    AccountIdMissing = 1030 "CampaignServiceAccountIdHasToBeSpecified",
    Editorial = 1042 "CampaignServiceEditorialValidationError",
    EntityExists = 1043 "CampaignServiceEntityAlreadyExists",
    NoEntity = 1044 "CampaignServiceEntityDoesNotExist",
    EntityLimit = 1045 "CampaignServiceEntityMaxLimitReached",
    InvalidCampaignId = 1100 "CampaignServiceInvalidCampaignId",
    InvalidCampaignName = 1101 "CampaignServiceInvalidCampaignName",
    InvalidAccountId = 1102 "CampaignServiceInvalidAccountId",
    InvalidDailyBudget = 1106 "CampaignServiceInvalidDailyBudget",
    CampaignsEmpty = 1113 "CampaignServiceCampaignsArrayShouldNotBeNullOrEmpty",
    CampaignsTooMany = 1114 "CampaignServiceCampaignsArrayExceedsLimit",
    DuplicateCampaign = 1115 "CampaignServiceCannotCreateDuplicateCampaign",
    MaximumCampaigns = 1117 "CampaignServiceMaximumCampaignsReached",
    InvalidBudgetType = 1121 "CampaignServiceInvalidBudgetType",
    BudgetBelowSpend = 1123 "CampaignServiceCampaignBudgetAmountIsLessThanSpendAmount",
    CampaignTypeImmutable = 1155 "CampaignServiceCampaignTypeImmutable",
    /// The fact sheet gives this name without a number; the number is the sandbox's own.
    PoliticalCampaign = 1199 "PoliticalCampaignsAreNotSupported",
    InvalidAdGroupName = 1202 "CampaignServiceInvalidAdGroupName",
    AdGroupsTooMany = 1210 "CampaignServiceAdGroupsArrayExceedsLimit",
    MaximumAdGroups = 1213 "CampaignServiceMaximumAdGroupsReached",
    DuplicateAdGroup = 1214 "CampaignServiceCannotCreateDuplicateAdGroup",
    InvalidAdId = 1308 "CampaignServiceInvalidAdId",
    AdsTooMany = 1311 "CampaignServiceAdsArrayExceedsLimit",
    EditorialTitle = 1376 "CampaignServiceEditorialErrorInAdTitle",
    EditorialText = 1377 "CampaignServiceEditorialErrorInAdText",
    EditorialUrl = 1379 "CampaignServiceEditorialErrorInAdDestinationUrl",
    AdDeleted = 1394 "CampaignServiceAdDeleted",
    KeywordsTooMany = 1506 "CampaignServiceKeywordsArrayExceedsLimit",
    BidBelowFloor = 1515 "CampaignServiceBidAmountsLessThanFloorPrice",
    BidAboveCeiling = 1516 "CampaignServiceBidAmountsGreaterThanCeilingPrice",
    InvalidBid = 1538 "CampaignServiceInvalidBidAmount",
    DuplicateKeyword = 1542 "CampaignServiceKeywordAndMatchTypeCombinationAlreadyExists",
    NullReport = 2001 "ReportingServiceNullReportRequest",
    UnknownReport = 2002 "ReportingServiceUnknownReportType",
    ReportAccount = 2003 "ReportingServiceAccountNotAuthorized",
    NoCompleteData = 2004 "ReportingServiceNoCompleteDataAvaliable",
    IncompletePeriod = 2005 "ReportingServiceInvalidDataAvailabilityAndTimePeriodCombination",
    InvalidReportName = 2006 "ReportingServiceInvalidReportName",
    InvalidAggregation = 2007 "ReportingServiceInvalidReportAggregation",
    InvalidCustomEnd = 2010 "ReportingServiceInvalidCustomDateRangeEnd",
    NullColumns = 2014 "ReportingServiceNullReportColumns",
    RequiredColumns = 2015 "ReportingServiceRequiredColumnsNotSelected",
    DuplicateColumns = 2016 "ReportingServiceDuplicateColumns",
    NoMeasure = 2017 "ReportingServiceNoMeasureSelected",
    InvalidScope = 2018 "ReportingServiceInvalidAccountIdInReportScope",
    PeriodWithSummary = 2034 "ReportingServiceTimePeriodColumnWithSummaryAggregation",
    UnsupportedGrain = 2059 "ReportingServiceUnsupportedAggregation",
    InvalidReportId = 2100 "ReportingServiceInvalidReportId",
    ReportNotFound = 2101 "ReportingServiceReportNotFound",
    InvalidMediaId = 4000 "CampaignServiceInvalidMediaId",
    ImageTooLarge = 4004 "CampaignServiceImageTooLarge",
    ImageTooHeavy = 4005 "CampaignServiceImageDataTooLong",
    ConversionsEmpty = 5600 "OfflineConversionsNullOrEmpty",
    ConversionsTooMany = 5601 "OfflineConversionsLimitExceeded",
    ConversionNull = 5602 "OfflineConversionIsNull",
    NoClickId = 5603 "OfflineConversionMicrosoftClickIdNullOrEmpty",
    InvalidClickId = 5604 "OfflineConversionMicrosoftClickIdInvalid",
    NoConversionName = 5605 "OfflineConversionNameNullOrEmpty",
    InvalidConversionName = 5606 "OfflineConversionNameInvalid",
    InvalidConversionTime = 5607 "OfflineConversionTimeInvalid",
    NoConversionTime = 5608 "OfflineConversionTimeNullOrEmpty",
    ConversionOutOfWindow = 5609 "OfflineConversionTimeOutOfWindow",
    InvalidConversionValue = 5610 "OfflineConversionValueInvalid",
    InvalidConversionCurrency = 5611 "OfflineConversionCurrencyCodeInvalid",
    FutureConversion = 5614 "FutureConversionTimeCannotBeSet",
    GoalTooYoung = 5615 "OfflineConversionNotAcceptedForGoal",
    ConversionBeforeClick = 5616 "ConversionTimeEarlierThanClickTime",
    ClickOutsideWindow = 5617 "ClickIdDateTimeOutsideGoalConversionWindow",
    DuplicateHeadlines = 6202 "CampaignServiceResponsiveSearchAdDuplicateHeadlines",
    DuplicateDescriptions = 6203 "CampaignServiceResponsiveSearchAdDuplicateDescriptions",
    InvalidHeadlinePin = 6204 "CampaignServiceResponsiveSearchAdInvalidHeadlinePinnedField",
    InvalidDescriptionPin = 6205 "CampaignServiceResponsiveSearchAdInvalidDescriptionPinnedField",
    HeadlineTooLong = 6208 "CampaignServiceResponsiveSearchAdHeadlineTooLong",
    DescriptionTooLong = 6209 "CampaignServiceResponsiveSearchAdDescriptionTooLong",
    TooManyHeadlines = 6210 "CampaignServiceResponsiveSearchAdTooManyHeadlines",
    TooManyDescriptions = 6211 "CampaignServiceResponsiveSearchAdTooManyDescriptions",
    TooFewHeadlines = 6212 "CampaignServiceResponsiveSearchAdTooFewHeadlines",
    TooFewDescriptions = 6213 "CampaignServiceResponsiveSearchAdTooFewDescriptions",
    Path1TooLong = 6217 "CampaignServiceResponsiveSearchAdPath1TooLong",
    Path2TooLong = 6218 "CampaignServiceResponsiveSearchAdPath2TooLong",
    ActiveAds = 6226 "CampaignServiceResponsiveSearchAdActiveLimitReached",
}

impl Code {
    /// Authentication, throttling and requests that could not be read have an envelope of their own.
    fn is_general(self) -> bool {
        self.number() < 500
    }

    /// 117 and 207 come as 400: that is what clients have seen.
    fn http(self) -> u16 {
        match self {
            Self::Internal => 500,
            Self::InvalidCredentials | Self::TokenExpired | Self::LoginDenied => 401,
            Self::NotAuthorized => 403,
            _ => 400,
        }
    }
}

/// Why a whole call was refused.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Told {
        code: Code,
        message: String,
    },
    /// The token endpoint's own form (§1).
    OAuth {
        error: &'static str,
        number: i64,
        description: String,
    },
    /// A page of a machine in front of the API, or of a path that does not exist.
    Html(u16),
}

pub(crate) type MicrosoftResult<T> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self::Told { code, message: message.into() }
    }

    /// 201: what came could not be read as what it should be.
    pub(crate) fn input(path: &str, message: impl std::fmt::Display) -> Self {
        Self::new(Code::InvalidInput, format!("{path}: {message}"))
    }

    pub(crate) fn unserved(what: impl std::fmt::Display) -> Self {
        Self::new(Code::NotSupported, format!("Not served by the sandbox: {what}"))
    }

    pub(crate) fn code(&self) -> Option<i64> {
        match self {
            Self::Told { code, .. } => Some(code.number()),
            Self::OAuth { number, .. } => Some(*number),
            Self::Html(_) => None,
        }
    }

    pub(crate) fn http(&self) -> u16 {
        match self {
            Self::Told { code, .. } => code.http(),
            Self::OAuth { error: "invalid_client", .. } => 401,
            Self::OAuth { .. } => 400,
            Self::Html(status) => *status,
        }
    }

    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Told { code, message } => format!("{}: {message}", code.name()),
            Self::OAuth { error, description, .. } => format!("{error}: {description}"),
            Self::Html(status) => format!("HTTP {status}"),
        }
    }

    pub(crate) fn body(&self, tracking_id: &str) -> Value {
        match self {
            Self::Told { code, message } if code.is_general() => json!({
                "Type": "AdApiFaultDetail", "TrackingId": tracking_id,
                "Errors": [{ "Code": code.number(), "ErrorCode": code.name(), "Message": message, "Detail": null }],
            }),
            Self::Told { code, message } => json!({
                "Type": "ApiFaultDetail", "TrackingId": tracking_id, "BatchErrors": [],
                "OperationErrors": [
                    { "Code": code.number(), "ErrorCode": code.name(), "Message": message, "Details": null },
                ],
            }),
            Self::OAuth { error, number, description } => json!({
                "error": error, "error_description": format!("AADSTS{number}: {description}"),
                "error_codes": [number], "trace_id": tracking_id, "correlation_id": tracking_id,
            }),
            Self::Html(_) => Value::Null,
        }
    }
}

/// Why one item of a list was refused.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: Code,
    field: Option<String>,
    message: String,
    /// The words that a quick check found, and where.
    editorial: Option<(&'static str, String)>,
}

pub(crate) type Judged<T> = Result<T, Problem>;

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into(), editorial: None }
    }

    pub(crate) fn at(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(code, message) }
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::at(Code::NullParameter, field, format!("{field} is required."))
    }

    /// What the quick editorial check refuses (§5).
    pub(crate) fn editorial(code: Code, term: &'static str, location: &str) -> Self {
        let message = format!("The text contains words that are not allowed: {term}.");
        Self { editorial: Some((term, location.to_owned())), ..Self::at(code, location, message) }
    }

    pub(crate) fn told(&self, index: usize) -> Value {
        let mut out = json!({
            "Type": "BatchError", "Index": index, "Code": self.code.number(), "ErrorCode": self.code.name(),
            "Message": self.message, "Details": null, "FieldPath": self.field, "ForwardCompatibilityMap": null,
        });
        if let Some((term, location)) = &self.editorial {
            out["Type"] = json!("EditorialError");
            out["Appealable"] = json!(true);
            out["DisapprovedText"] = json!(term);
            out["Location"] = json!(location);
            out["PublisherCountry"] = json!("US");
            out["ReasonCode"] = json!(REASON);
        }
        out
    }
}

/// The one reason for which the sandbox finds words unfit.
pub(crate) const REASON: i64 = 17;
