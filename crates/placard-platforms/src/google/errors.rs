//! What Google's errors mean for us (Google, `platforms/google.md` §7, §8).

use super::{
    advice::advice,
    money,
    wire::{AdsError, Details, Failure, Location, Status, integer},
};
use crate::{ErrorCode, ErrorKind, PlatformError};
use placard_domain::Platform;
use std::time::Duration;

/// The wait that Google's documents begin with where an answer names none (§8).
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// A call that was refused, with what is wrong in each of its operations.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    /// The failure of the call as a whole.
    pub(super) error: PlatformError,
    /// The errors that Google names, each with the operation that it is about.
    pub(super) parts: Vec<Part>,
    /// Whether a limit of the whole project was met, so that every account waits (§8).
    pub(super) for_everybody: bool,
}

/// One error of a call.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The operation's place among those sent; `None` if it is about the call itself.
    pub(super) operation: Option<usize>,
    pub(super) error: PlatformError,
}

impl From<PlatformError> for Failed {
    fn from(error: PlatformError) -> Self {
        Self { error, parts: Vec::new(), for_everybody: false }
    }
}

/// A failure without an error of Google Ads.
pub(super) fn ours(operation: &str, kind: ErrorKind, message: impl Into<String>) -> PlatformError {
    PlatformError::new(Platform::Google, operation, kind, message)
}

/// The failure that `failure` describes, of a call that did `operation`. An answer may name many errors; the one that
/// decides most speaks for the call.
pub(super) fn from_failure(operation: &str, failure: Failure, header_id: Option<String>) -> Option<Failed> {
    let trace_id = failure.request_id.or(header_id);
    let part = |error: &AdsError| Part {
        operation: operation_index(&error.location),
        error: from_error(operation, error, trace_id.clone()),
    };
    let parts: Vec<Part> = failure.errors.iter().map(part).collect();
    let worst = parts.iter().map(|part| &part.error).max_by_key(|error| weight(error.kind))?;
    // The first of equals is the one that Google names first.
    let first =
        parts.iter().map(|part| &part.error).find(|error| weight(error.kind) == weight(worst.kind))?;
    let for_everybody = failure.errors.iter().any(|error| {
        let quota = error.details.quota_error_details.as_ref();
        quota.and_then(|quota| quota.rate_scope.as_deref()) == Some("DEVELOPER")
    });
    Some(Failed { error: first.clone(), parts: parts.clone(), for_everybody })
}

/// The failure behind an answer without an error of Google Ads (§7).
pub(super) fn from_status(
    operation: &str,
    http: u16,
    status: Status,
    header_id: Option<String>,
) -> PlatformError {
    let violation = status.details.iter().find_map(|detail| {
        Some(detail.get("fieldViolations")?.get(0)?.get("description")?.as_str()?.to_owned())
    });
    let (word, message) = (status.status, violation.unwrap_or(status.message));
    let code = (!word.is_empty()).then_some(ErrorCode::Name(word));
    PlatformError { code, trace_id: header_id, ..ours(operation, kind_of_http(http), message) }
}

/// What an answer's HTTP status says where nothing else does.
pub(super) const fn kind_of_http(http: u16) -> ErrorKind {
    match http {
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Forbidden,
        429 => ErrorKind::Throttled { retry_after: None },
        499 | 504 => ErrorKind::LostAnswer,
        409 | 500.. => ErrorKind::ServerFault,
        _ => ErrorKind::Refused,
    }
}

fn from_error(operation: &str, error: &AdsError, trace_id: Option<String>) -> PlatformError {
    let (family, name) = error
        .error_code
        .iter()
        .next()
        .map_or(("", ""), |(family, name)| (family.as_str(), name.as_str().unwrap_or_default()));
    let code = format!("{family}.{name}");
    let mut message = error.message.clone();
    if let Some(hidden) = &error.details.unpublished_error_code {
        message = format!("{message} ({hidden})");
    }
    PlatformError {
        code: (!family.is_empty()).then(|| ErrorCode::Name(code.clone())),
        trace_id,
        user_message: told(&error.details).or_else(|| advice(&code).map(str::to_owned)),
        field: field_path(&error.location),
        ..ours(operation, classify(family, name, &error.details), message)
    }
}

fn classify(family: &str, name: &str, details: &Details) -> ErrorKind {
    let delay = details
        .quota_error_details
        .as_ref()
        .and_then(|quota| quota.retry_delay.as_deref())
        .and_then(duration);
    match (family, name) {
        ("quotaError", "ACCESS_PROHIBITED") => ErrorKind::Forbidden,
        ("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED") => {
            ErrorKind::Throttled { retry_after: delay.or(Some(FIRST_WAIT)) }
        }
        ("quotaError", _) => ErrorKind::Throttled { retry_after: delay },
        ("authenticationError", "NOT_ADS_USER" | "TWO_STEP_VERIFICATION_NOT_ENROLLED") => {
            ErrorKind::Forbidden
        }
        ("authenticationError", "CUSTOMER_NOT_FOUND") => ErrorKind::NotFound,
        ("authenticationError", "CLIENT_CUSTOMER_ID_INVALID") => ErrorKind::Refused,
        ("authenticationError", _) => ErrorKind::Unauthenticated,
        (
            "authorizationError",
            "CUSTOMER_NOT_ENABLED"
            | "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT"
            | "MISSING_TOS"
            | "INCOMPLETE_SIGNUP",
        )
        | ("mutateError", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED") => ErrorKind::AccountBlocked,
        ("authorizationError", _) => ErrorKind::Forbidden,
        ("internalError", "DEADLINE_EXCEEDED") => ErrorKind::LostAnswer,
        // Nothing was written, most probably; looking first costs little (§7, §12).
        ("internalError", _) | ("databaseError", "CONCURRENT_MODIFICATION" | "DATA_CONSTRAINT_VIOLATION") => {
            ErrorKind::ServerFault
        }
        ("mutateError" | "requestError", "RESOURCE_NOT_FOUND")
        | ("requestError", "BAD_RESOURCE_ID")
        | ("contextError" | "operationAccessDeniedError", "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE")
        | ("campaignBudgetError", "CAMPAIGN_BUDGET_REMOVED") => ErrorKind::NotFound,
        _ => ErrorKind::Refused,
    }
}

/// Whether the name that `error` finds taken can be one that we gave in an attempt whose answer was lost (§9).
pub(super) fn is_taken_name(error: &PlatformError) -> bool {
    let Some(ErrorCode::Name(code)) = &error.code else { return false };
    matches!(
        code.as_str(),
        "campaignError.DUPLICATE_CAMPAIGN_NAME"
            | "adGroupError.DUPLICATE_ADGROUP_NAME"
            | "campaignBudgetError.DUPLICATE_NAME"
    )
}

/// Whether `error` only follows from one in another operation of the same call (§3, temporary ids).
pub(super) fn is_consequence(error: &PlatformError) -> bool {
    matches!(&error.code, Some(ErrorCode::Name(code)) if code == "newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS")
}

/// Whether `error` closes its account, or all of them, until its wait is over (§8).
pub(super) fn closes_account(error: &PlatformError) -> bool {
    matches!(&error.code, Some(ErrorCode::Name(code)) if code == "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED")
}

/// Whether a page's token is no longer good, so that reading must begin again (§6).
pub(super) fn page_expired(error: &PlatformError) -> bool {
    matches!(&error.code, Some(ErrorCode::Name(code))
        if matches!(code.as_str(), "requestError.EXPIRED_PAGE_TOKEN" | "requestError.INVALID_PAGE_TOKEN"))
}

/// How much one kind of failure decides beside others of the same call.
const fn weight(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::AccountBlocked => 4,
        ErrorKind::Throttled { .. } => 3,
        ErrorKind::Refused | ErrorKind::NotFound => 2,
        ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Malformed => 1,
        ErrorKind::Unreachable | ErrorKind::Withheld => 0,
    }
}

/// What the details say that no table can.
fn told(details: &Details) -> Option<String> {
    if let Some(finding) = &details.policy_finding_details {
        let topics: Vec<&str> =
            finding.policy_topic_entries.iter().map(|entry| entry.topic.as_str()).collect();
        return (!topics.is_empty()).then(|| {
            format!(
                "Google's policies object to this ad: {}. Change its words or its page.",
                topics.join(", ")
            )
        });
    }
    if let Some(violation) = &details.policy_violation_details {
        let name = violation.external_policy_name.as_deref().unwrap_or("a policy");
        let text = violation.external_policy_description.as_deref().unwrap_or("Choose other words.");
        return Some(format!("Google's policy `{name}` objects to this. {text}"));
    }
    let minimum = details.budget_per_day_minimum_error_details.as_ref()?;
    let micros =
        minimum.budget_per_day_minimum_micros.as_ref().or(minimum.minimum_budget_amount_micros.as_ref())?;
    let currency = minimum.currency_code.as_deref().unwrap_or_default();
    let least = money::to_major(integer(micros)?);
    Some(format!("Google wants a budget of at least {least} {currency} a day here. Raise it."))
}

/// Where the blamed operation stands; a missing index is the first (§3).
fn operation_index(location: &Location) -> Option<usize> {
    let first = location.field_path_elements.first()?;
    if !matches!(first.field_name.as_str(), "mutate_operations" | "operations") {
        return None;
    }
    usize::try_from(first.index.as_ref().and_then(integer).unwrap_or(0)).ok()
}

/// The blamed field within its object, dotted: `ad.responsive_search_ad.headlines[3].text`.
fn field_path(location: &Location) -> Option<String> {
    let elements = &location.field_path_elements;
    let verb = elements
        .iter()
        .position(|element| matches!(element.field_name.as_str(), "create" | "update" | "remove"));
    let start = verb.map_or(0, |verb| verb + 1);
    let word = |element: &super::wire::PathElement| match element.index.as_ref().and_then(integer) {
        Some(index) => format!("{}[{index}]", element.field_name),
        None => element.field_name.clone(),
    };
    let path: Vec<String> = elements.iter().skip(start).map(word).collect();
    (!path.is_empty()).then(|| path.join("."))
}

/// A duration as JSON carries it: `40591s`, perhaps with a fraction (§1, JSON rules). Fractions count as a second.
fn duration(text: &str) -> Option<Duration> {
    let (seconds, fraction) =
        text.strip_suffix('s').map(|text| text.split_once('.').unwrap_or((text, "")))?;
    let more = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(Duration::from_secs(seconds.parse::<u64>().ok()?.checked_add(more)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;
    use serde_json::{Value, json};

    fn failed(errors: Value) -> Failed {
        let failure = json!({"errors": errors, "requestId": "abc"});
        from_failure("create campaign", serde_json::from_value(failure).unwrap(), None).unwrap()
    }

    fn error(family: &str, name: &str) -> PlatformError {
        failed(json!([{"errorCode": {family: name}, "message": "m"}])).error
    }

    #[test]
    fn an_error_names_its_code_its_field_and_its_operation() {
        let failed = failed(json!([{
            "errorCode": {"adError": "LINE_TOO_WIDE"}, "message": "Too long.", "trigger": {"stringValue": "x"},
            "location": {"fieldPathElements": [{"fieldName": "mutate_operations", "index": 3},
                {"fieldName": "ad_group_ad_operation"}, {"fieldName": "create"}, {"fieldName": "ad"},
                {"fieldName": "responsive_search_ad"}, {"fieldName": "headlines", "index": 2}, {"fieldName": "text"}]}
        }]));
        let error = &failed.error;
        assert_eq!(failed.parts[0].operation, Some(3));
        assert_eq!(error.field.as_deref(), Some("ad.responsive_search_ad.headlines[2].text"));
        assert_eq!(error.code, Some(ErrorCode::Name("adError.LINE_TOO_WIDE".to_owned())));
        assert_eq!(error.trace_id.as_deref(), Some("abc"));
        assert_eq!(
            error.to_string(),
            "Google Ads could not create campaign: Too long. (code adError.LINE_TOO_WIDE)"
        );
    }

    #[test]
    fn a_missing_index_is_the_first_operation_and_other_places_are_the_call() {
        let at = |name: &str| {
            let location = json!({"fieldPathElements": [{"fieldName": name}]});
            failed(json!([{"errorCode": {"fieldError": "REQUIRED"}, "location": location}])).parts[0]
                .operation
        };
        assert_eq!(at("operations"), Some(0));
        assert_eq!(at("customer_id"), None);
    }

    #[test]
    fn every_documented_code_has_its_class() {
        let throttled = |retry_after| ErrorKind::Throttled { retry_after };
        let table = [
            ("quotaError", "RESOURCE_EXHAUSTED", throttled(None)),
            ("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", throttled(Some(FIRST_WAIT))),
            ("quotaError", "ACCESS_PROHIBITED", ErrorKind::Forbidden),
            ("authenticationError", "OAUTH_TOKEN_EXPIRED", ErrorKind::Unauthenticated),
            ("authenticationError", "OAUTH_TOKEN_REVOKED", ErrorKind::Unauthenticated),
            ("authenticationError", "NOT_ADS_USER", ErrorKind::Forbidden),
            ("authenticationError", "CUSTOMER_NOT_FOUND", ErrorKind::NotFound),
            ("authorizationError", "USER_PERMISSION_DENIED", ErrorKind::Forbidden),
            ("authorizationError", "CUSTOMER_NOT_ENABLED", ErrorKind::AccountBlocked),
            ("authorizationError", "MISSING_TOS", ErrorKind::AccountBlocked),
            ("internalError", "TRANSIENT_ERROR", ErrorKind::ServerFault),
            ("internalError", "DEADLINE_EXCEEDED", ErrorKind::LostAnswer),
            ("databaseError", "CONCURRENT_MODIFICATION", ErrorKind::ServerFault),
            ("databaseError", "REQUEST_TOO_LARGE", ErrorKind::Refused),
            ("mutateError", "RESOURCE_NOT_FOUND", ErrorKind::NotFound),
            ("mutateError", "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", ErrorKind::AccountBlocked),
            ("contextError", "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE", ErrorKind::NotFound),
            ("campaignError", "DUPLICATE_CAMPAIGN_NAME", ErrorKind::Refused),
            ("requestError", "UNSUPPORTED_VERSION", ErrorKind::Refused),
            ("neverHeardOf", "THIS", ErrorKind::Refused),
        ];
        for (family, name, kind) in table {
            assert_eq!(error(family, name).kind, kind, "{family}.{name}");
        }
    }

    #[test]
    fn what_decides_most_speaks_for_a_call_with_several_errors() {
        let mixed = failed(json!([
            {"errorCode": {"fieldError": "REQUIRED"}, "message": "first"},
            {"errorCode": {"authorizationError": "USER_PERMISSION_DENIED"}, "message": "second"},
            {"errorCode": {"authorizationError": "ACTION_NOT_PERMITTED"}, "message": "third"}
        ]));
        assert_eq!((mixed.error.kind, mixed.error.message.as_str()), (ErrorKind::Forbidden, "second"));
    }

    #[test]
    fn the_delay_that_google_asks_for_is_kept() {
        let quota = failed(json!([{"errorCode": {"quotaError": "RESOURCE_EXHAUSTED"}, "message": "m",
            "details": {"quotaErrorDetails": {"rateScope": "DEVELOPER", "rateName": "n", "retryDelay": "40591s"}}}]));
        assert_eq!(quota.error.kind.retry_write(), Retry::Again(Some(Duration::from_secs(40_591))));
        assert_eq!(duration("1.5s"), Some(Duration::from_secs(2)));
        assert_eq!(duration("soon"), None);
    }

    #[test]
    fn an_unknown_code_keeps_googles_words_and_a_known_one_gains_a_way_out() {
        assert_eq!(error("neverHeardOf", "THIS").user_message, None);
        assert!(error("adError", "LINE_TOO_WIDE").user_message.is_some());
    }

    #[test]
    fn policies_and_minimums_are_told_with_what_google_says_of_them() {
        let finding = failed(json!([{"errorCode": {"policyFindingError": "POLICY_FINDING"}, "message": "m",
            "details": {"policyFindingDetails": {"policyTopicEntries": [
                {"topic": "MISLEADING_CLAIMS", "type": "PROHIBITED"}]}}}]));
        assert!(finding.error.user_message.unwrap().contains("MISLEADING_CLAIMS"));
        let minimum = failed(
            json!([{"errorCode": {"campaignBudgetError": "BUDGET_BELOW_PER_DAY_MINIMUM"}, "message": "m",
            "details": {"budgetPerDayMinimumErrorDetails": {
                "currencyCode": "EUR", "budgetPerDayMinimumMicros": "1500000"}}}]),
        );
        assert!(minimum.error.user_message.unwrap().contains("at least 1.5 EUR a day"));
    }

    #[test]
    fn answers_without_an_error_of_google_ads_are_judged_by_their_status() {
        let status: Status = serde_json::from_value(
            json!({"code": 400, "message": "Invalid JSON", "status": "INVALID_ARGUMENT",
            "details": [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations":
                [{"description": "Unknown name \"x\" at 'operations[0].create'"}]}]}),
        )
        .unwrap();
        let error = from_status("create campaign", 400, status, None);
        assert_eq!(error.kind, ErrorKind::Refused);
        assert!(error.message.contains("Unknown name"));
        for (http, kind) in
            [(401, ErrorKind::Unauthenticated), (503, ErrorKind::ServerFault), (504, ErrorKind::LostAnswer)]
        {
            assert_eq!(kind_of_http(http), kind);
        }
    }
}
