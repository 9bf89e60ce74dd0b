//! What Microsoft's errors mean for us (Microsoft, `platforms/microsoft.md` §8, §9).

use super::{
    advice::advice,
    wire::{at, plain, text_at},
};
use crate::{ErrorCode, ErrorKind, PlatformError, Request};
use placard_domain::Platform;
use serde_json::Value;
use std::time::Duration;

/// How long calls rest after too many: limits count a sliding minute (§9).
const MINUTE: Duration = Duration::from_secs(60);

/// How long changes rest while Microsoft only lets read (§8, 1010).
pub(super) const MAINTENANCE: Duration = Duration::from_secs(5 * 60);

/// A failure without a code of Microsoft's.
pub(super) fn ours(operation: &str, kind: ErrorKind, message: impl Into<String>) -> PlatformError {
    PlatformError::new(Platform::Microsoft, operation, kind, message)
}

/// One refused item of a call.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// Its place in the call's list.
    pub(super) index: Option<usize>,
    pub(super) error: PlatformError,
}

/// The refusals in an answer that came under HTTP 200 (§4, partial errors).
pub(super) fn partial(operation: &str, answer: &Value) -> Vec<Refusal> {
    let lists = ["PartialErrors", "NestedPartialErrors"];
    let entries = lists.iter().filter_map(|name| at(answer, name)?.as_array()).flatten();
    let refusal = |entry: &Value| {
        // A collection says of what it is about, and its first error why (§4).
        let first = at(entry, "BatchErrors").and_then(|list| list.get(0)).filter(|first| !first.is_null());
        let told = first.unwrap_or(entry);
        let index = at(entry, "Index").or(at(told, "Index")).and_then(Value::as_u64);
        let error = from_entry(operation, told, text_at(answer, "TrackingId"));
        Refusal { index: index.and_then(|index| usize::try_from(index).ok()), error }
    };
    entries.filter(|entry| !entry.is_null()).map(refusal).collect()
}

/// The failure that a fault describes (§8); `None` if `body` is no fault.
pub(super) fn from_fault(operation: &str, body: &Value) -> Option<PlatformError> {
    let fault = at(body, "ApplicationFault").unwrap_or(body);
    let tracking = text_at(fault, "TrackingId");
    let lists = ["Errors", "OperationErrors", "BatchErrors", "EditorialErrors"];
    let entries = lists.iter().filter_map(|name| at(fault, name)?.as_array()).flatten();
    let errors =
        entries.filter(|entry| !entry.is_null()).map(|entry| from_entry(operation, entry, tracking.clone()));
    let flat = || at(fault, "Code").is_some().then(|| from_entry(operation, fault, tracking.clone()));
    errors
        .reduce(|known, other| if weight(other.kind) > weight(known.kind) { other } else { known })
        .or_else(flat)
}

/// The failure that one entry describes, in Microsoft's words.
fn from_entry(operation: &str, entry: &Value, tracking: Option<String>) -> PlatformError {
    let number = at(entry, "Code").and_then(|code| plain(code).parse::<i64>().ok());
    let word = text_at(entry, "ErrorCode");
    let mut message = text_at(entry, "Message")
        .or_else(|| word.clone())
        .unwrap_or_else(|| "Microsoft gave no reason".to_owned());
    let details =
        ["Details", "Detail", "DisapprovedText"].into_iter().filter_map(|name| text_at(entry, name));
    for detail in details.filter(|detail| !detail.is_empty()) {
        message = format!("{message} ({detail})");
    }
    PlatformError {
        code: number.map(ErrorCode::Number).or(word.map(ErrorCode::Name)),
        trace_id: tracking,
        user_message: number.and_then(advice).map(str::to_owned),
        field: text_at(entry, "FieldPath").filter(|path| !path.is_empty()),
        ..ours(operation, number.map_or(ErrorKind::Refused, classify), message)
    }
}

fn classify(code: i64) -> ErrorKind {
    match code {
        105 | 109 | 120 | 122..=126 => ErrorKind::Unauthenticated,
        106 | 1001 => ErrorKind::Forbidden,
        117 | 207 => ErrorKind::Throttled { retry_after: Some(MINUTE) },
        3227 | 4204 => ErrorKind::Throttled { retry_after: None },
        // Nothing is written then; reading goes on.
        1010 => ErrorKind::Throttled { retry_after: Some(MAINTENANCE) },
        0 | 202 => ErrorKind::ServerFault,
        210 | 1044 | 1100 | 1308 | 1394 | 2100 | 2101 | 4000 => ErrorKind::NotFound,
        _ => ErrorKind::Refused,
    }
}

/// What an answer's HTTP status says where nothing else does (§8).
pub(super) const fn kind_of_http(http: u16) -> ErrorKind {
    match http {
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Forbidden,
        429 => ErrorKind::Throttled { retry_after: Some(MINUTE) },
        500.. => ErrorKind::ServerFault,
        200..300 => ErrorKind::LostAnswer,
        _ => ErrorKind::Refused,
    }
}

/// Whether a throttle is about everything of a customer rather than one object (§9).
pub(super) fn closes_customer(error: &PlatformError) -> bool {
    error.number() == Some(117)
}

/// Whether `error` finds that it is there already, which can only be our own from an earlier attempt (§10).
fn is_taken(error: &PlatformError) -> bool {
    matches!(error.number(), Some(1043 | 1115 | 1129 | 1214 | 1517 | 1542))
}

/// The same failure, of a create: where it is there already, an earlier attempt may have made it.
fn of_create(error: PlatformError) -> PlatformError {
    if is_taken(&error) { PlatformError { kind: ErrorKind::LostAnswer, ..error } } else { error }
}

/// `error` in the words of one request.
pub(super) fn about(request: &Request, error: &PlatformError) -> PlatformError {
    let error = PlatformError { operation: request.prepared.operation.clone(), ..error.clone() };
    if request.prepared.method == "POST" { of_create(error) } else { error }
}

/// How much one kind of failure decides beside others of the same answer.
const fn weight(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::AccountBlocked => 4,
        ErrorKind::Throttled { .. } => 3,
        ErrorKind::Refused | ErrorKind::NotFound => 2,
        ErrorKind::LostAnswer | ErrorKind::ServerFault | ErrorKind::Malformed => 1,
        ErrorKind::Unreachable | ErrorKind::Withheld => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(code: i64) -> PlatformError {
        let body = json!({"Type": "ApiFaultDetail", "TrackingId": "t1", "BatchErrors": [], "OperationErrors":
            [{"Code": code, "ErrorCode": "Word", "Message": "m", "Details": null}]});
        from_fault("create campaign", &body).unwrap()
    }

    #[test]
    fn every_documented_code_has_its_class() {
        let throttled =
            |seconds: Option<u64>| ErrorKind::Throttled { retry_after: seconds.map(Duration::from_secs) };
        let table: &[(&[i64], ErrorKind)] = &[
            (&[105, 109, 120, 122, 126], ErrorKind::Unauthenticated),
            (&[106, 1001], ErrorKind::Forbidden),
            (&[117, 207], throttled(Some(60))),
            (&[1010], throttled(Some(300))),
            (&[3227, 4204], throttled(None)),
            (&[0, 202], ErrorKind::ServerFault),
            (&[210, 1044, 1100, 1394, 2101], ErrorKind::NotFound),
            (
                &[100, 201, 1004, 1042, 1101, 1102, 1106, 1115, 1155, 1214, 1515, 1542, 6226],
                ErrorKind::Refused,
            ),
            (&[119, 999_999], ErrorKind::Refused),
        ];
        for (codes, kind) in table {
            for code in *codes {
                assert_eq!(fault(*code).kind, *kind, "{code}");
            }
        }
    }

    #[test]
    fn both_kinds_of_fault_are_read_and_a_wrapped_one_too() {
        let body = json!({"Type": "AdApiFaultDetail", "TrackingId": "t2", "Errors": [
            {"Code": 109, "ErrorCode": "AuthenticationTokenExpired", "Message": "Expired.", "Detail": "an hour"}]});
        for body in [body.clone(), json!({"ApplicationFault": body})] {
            let error = from_fault("read campaigns", &body).unwrap();
            assert_eq!((error.kind, error.trace_id.as_deref()), (ErrorKind::Unauthenticated, Some("t2")));
            assert_eq!(error.message, "Expired. (an hour)");
        }
        assert!(from_fault("read", &json!({"CampaignIds": []})).is_none());
    }

    #[test]
    fn what_decides_most_speaks_for_a_fault_with_several_errors() {
        let entry = |code: i64| json!({"Code": code, "Message": code.to_string()});
        let body = json!({"OperationErrors": [entry(1101), entry(106), entry(0)]});
        assert_eq!(from_fault("x", &body).unwrap().kind, ErrorKind::Forbidden);
    }

    #[test]
    fn an_unknown_code_keeps_microsofts_words_and_a_known_one_gains_a_way_out() {
        let unknown = fault(999_999);
        assert_eq!((unknown.message.as_str(), unknown.user_message), ("m", None));
        assert_eq!(unknown.trace_id.as_deref(), Some("t1"));
        assert!(fault(1515).user_message.is_some());
    }

    #[test]
    fn a_refused_item_names_its_place_and_its_field() {
        let answer = json!({"PartialErrors": [null, {"Type": "EditorialError", "Index": 2, "Code": 1042,
            "ErrorCode": "E", "Message": "No.", "DisapprovedText": "free!!!", "FieldPath": "Headlines"}]});
        let found = partial("create ads", &answer);
        assert_eq!((found.len(), found[0].index), (1, Some(2)));
        assert_eq!(found[0].error.field.as_deref(), Some("Headlines"));
        assert_eq!(found[0].error.message, "No. (free!!!)");
    }
}
