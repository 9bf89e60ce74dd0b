//! What Meta's errors mean for us (Meta, `platforms/meta.md` §20).

use super::wire::{ErrorData, GraphError, UploadOffsets};
use crate::{ErrorCode, ErrorKind, PlatformError};
use placard_domain::Platform;
use std::{sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The failure that `error` describes. `wait` is what the answer's headers ask for.
pub(super) fn from_envelope(operation: &str, error: GraphError, wait: Option<Duration>) -> PlatformError {
    let kind = classify(&error, wait);
    let beneath = WrongOffset::beneath(&error);
    let user_message = match (&error.error_user_title, &error.error_user_msg) {
        (Some(title), Some(message)) => Some(format!("{title}: {message}")),
        (title, message) => title.clone().or_else(|| message.clone()),
    };
    PlatformError {
        platform: Platform::Meta,
        operation: operation.to_owned(),
        kind,
        code: Some(ErrorCode::Number(error.code)),
        subcode: error.error_subcode,
        trace_id: error.fbtrace_id,
        field: error.error_data.and_then(ErrorData::blamed_field),
        message: error.message,
        user_message,
        source: beneath.map(|cause| Arc::new(cause) as Arc<dyn std::error::Error + Send + Sync>),
    }
}

/// Where an upload in parts is to go on, beneath an error that says that another part was wanted (§7).
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("another part of the file is wanted")]
pub(super) struct WrongOffset(pub(super) UploadOffsets);

impl WrongOffset {
    const SUBCODE: i64 = 1_363_037;

    /// What lies beneath `error`, if it is such a one.
    pub(super) fn of(error: &PlatformError) -> Option<Self> {
        error.source.as_ref()?.downcast_ref::<Self>().copied()
    }

    fn beneath(error: &GraphError) -> Option<Self> {
        let data = error.error_data.as_ref().filter(|_| error.error_subcode == Some(Self::SUBCODE))?;
        data.offsets().map(Self)
    }
}

/// A failure without an envelope of Meta's.
pub(super) fn ours(operation: &str, kind: ErrorKind, message: impl Into<String>) -> PlatformError {
    PlatformError::new(Platform::Meta, operation, kind, message)
}

fn classify(error: &GraphError, wait: Option<Duration>) -> ErrorKind {
    let (code, subcode) = (error.code, error.error_subcode.unwrap_or_default());
    if let Some(own) = throttle(code, subcode) {
        return ErrorKind::Throttled { retry_after: wait.or(own) };
    }
    match (code, subcode) {
        (100, 33) => ErrorKind::NotFound,
        // Terms to be accepted, blocks for policy: a person settles them on the platform.
        (100, 1_870_090 | 1_870_092) | (200, 1_870_034) => ErrorKind::AccountBlocked,
        (368 | 1_404_078 | 2_859_015 | 1_404_163 | 3_910_001, _) => ErrorKind::AccountBlocked,
        (200, 1_870_047) => ErrorKind::Refused,
        // A video, or the file that it was to be made from (§7); among the numbers of missing permissions.
        (222, _) => ErrorKind::Refused,
        (102 | 104 | 190, _) => ErrorKind::Unauthenticated,
        // The app lacks a capability or is in development mode.
        (3 | 10 | 200..=299, _) | (100, 1_885_183) => ErrorKind::Forbidden,
        // The batch ran out of time: what it did is unknown.
        (960, _) => ErrorKind::LostAnswer,
        (1 | 2, sub) if !INSIGHTS_MISTAKES.contains(&sub) => ErrorKind::ServerFault,
        (-2 | -3, _) | (_, 99) => ErrorKind::ServerFault,
        _ if error.is_transient => ErrorKind::ServerFault,
        _ => ErrorKind::Refused,
    }
}

/// Breakdowns and metrics that do not go together; the same question is refused again.
const INSIGHTS_MISTAKES: &[i64] = &[1_504_041, 1_504_042];

/// `Some` for an error that says "too many calls", with the wait that the documents name, if they name one.
fn throttle(code: i64, subcode: i64) -> Option<Option<Duration>> {
    match (code, subcode) {
        (17, 1_885_172) => Some(Some(DAY)),
        (613, 1_487_632) => Some(Some(HOUR)),
        (613, 5_044_001) => Some(Some(Duration::from_secs(1))),
        (4 | 17 | 32 | 341 | 613, _) | (200, 4_841_013) => Some(None),
        (80_000..=80_006 | 80_008 | 80_009 | 80_014, _) => Some(None),
        _ => None,
    }
}

/// Whether a throttle is about the whole account rather than one object or one kind of change (§9, §20).
pub(super) fn closes_account(error: &PlatformError) -> bool {
    !matches!(
        (error.number(), error.subcode),
        (Some(613), Some(1_487_632 | 1_487_225)) | (Some(17), Some(1_885_172))
    )
}

/// Whether Meta asks for less data at a time (§17, §19): a smaller page, or an asynchronous report.
pub(super) fn wants_less_data(error: &PlatformError) -> bool {
    match (error.number(), error.subcode) {
        (Some(100), Some(1_487_534 | 1_504_018)) | (Some(2), Some(1_504_038)) => true,
        (Some(1), _) => error.message.contains("reduce the amount of data"),
        _ => false,
    }
}

/// Whether a page's cursor is no longer valid, so that reading must begin again (§17).
pub(super) fn cursor_expired(error: &PlatformError) -> bool {
    error.number() == Some(2642)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;
    use serde_json::json;

    fn error(body: serde_json::Value) -> PlatformError {
        from_envelope("create ad set", serde_json::from_value(body).unwrap(), None)
    }

    #[test]
    fn a_refusal_names_the_blamed_field_and_speaks_the_users_language() {
        let error = error(json!({
            "message": "Invalid parameter", "type": "OAuthException", "code": 100, "error_subcode": 1885272,
            "is_transient": false, "error_user_title": "Budget too low", "error_user_msg": "Raise it.",
            "error_data": {"blame_field_specs": [["targeting", "geo_locations"]]}, "fbtrace_id": "A1"
        }));
        assert_eq!(error.kind, ErrorKind::Refused);
        assert_eq!(error.field.as_deref(), Some("targeting.geo_locations"));
        assert_eq!(error.user_message.as_deref(), Some("Budget too low: Raise it."));
        assert_eq!(
            error.to_string(),
            "Meta could not create ad set: Invalid parameter (code 100, subcode 1885272)"
        );
    }

    #[test]
    fn error_data_may_be_json_inside_a_string() {
        let error = error(json!({"message": "m", "type": "t", "code": 100,
            "error_data": "{\"blame_field_specs\":[[\"daily_budget\"]]}"}));
        assert_eq!(error.field.as_deref(), Some("daily_budget"));
    }

    #[test]
    fn a_wrong_offset_tells_where_to_go_on_whether_in_an_object_or_in_text() {
        let offsets = json!({"start_offset": "1048576", "end_offset": 2097152});
        for data in [offsets.clone(), offsets.to_string().into()] {
            let error =
                error(json!({"message": "m", "code": 6000, "error_subcode": 1363037, "error_data": data}));
            let WrongOffset(wanted) = WrongOffset::of(&error).unwrap();
            assert_eq!((wanted.start, wanted.end), (1_048_576, 2_097_152));
        }
        let other = error(json!({"message": "m", "code": 6000, "error_data": offsets}));
        assert!(WrongOffset::of(&other).is_none());
    }

    #[test]
    fn every_documented_code_has_its_class() {
        let throttled = |wait| ErrorKind::Throttled { retry_after: wait };
        let table = [
            (1, None, ErrorKind::ServerFault),
            (1, Some(99), ErrorKind::ServerFault),
            (2, None, ErrorKind::ServerFault),
            (2, Some(1_504_041), ErrorKind::Refused),
            (3, None, ErrorKind::Forbidden),
            (4, Some(1_504_022), throttled(None)),
            (10, None, ErrorKind::Forbidden),
            (17, Some(2_446_079), throttled(None)),
            (17, Some(1_885_172), throttled(Some(DAY))),
            (32, None, throttled(None)),
            (100, None, ErrorKind::Refused),
            (100, Some(33), ErrorKind::NotFound),
            (100, Some(1_885_183), ErrorKind::Forbidden),
            (100, Some(1_870_090), ErrorKind::AccountBlocked),
            (102, None, ErrorKind::Unauthenticated),
            (222, None, ErrorKind::Refused),
            (351, None, ErrorKind::Refused),
            (352, None, ErrorKind::Refused),
            (382, None, ErrorKind::Refused),
            (389, None, ErrorKind::Refused),
            (6000, None, ErrorKind::Refused),
            (6001, None, ErrorKind::Refused),
            (190, Some(463), ErrorKind::Unauthenticated),
            (200, None, ErrorKind::Forbidden),
            (200, Some(4_841_013), throttled(None)),
            (294, None, ErrorKind::Forbidden),
            (341, None, throttled(None)),
            (368, None, ErrorKind::AccountBlocked),
            (613, Some(1_487_742), throttled(None)),
            (613, Some(1_487_632), throttled(Some(HOUR))),
            (960, None, ErrorKind::LostAnswer),
            (2635, None, ErrorKind::Refused),
            (80_004, Some(2_446_079), throttled(None)),
            (1_404_078, None, ErrorKind::AccountBlocked),
        ];
        for (code, subcode, kind) in table {
            let error = error(json!({"message": "m", "type": "t", "code": code, "error_subcode": subcode}));
            assert_eq!(error.kind, kind, "code {code}, subcode {subcode:?}");
        }
    }

    #[test]
    fn a_transient_refusal_of_a_write_is_looked_up_before_it_is_sent_again() {
        let error = error(json!({"message": "m", "type": "t", "code": 100, "is_transient": true}));
        assert_eq!(error.kind.retry_write(), Retry::ProbeFirst);
    }

    #[test]
    fn the_headers_wait_goes_before_the_documents() {
        let wait = Some(Duration::from_secs(7));
        let throttle = serde_json::from_value(json!({"message": "m", "code": 17})).unwrap();
        let error = from_envelope("read", throttle, wait);
        assert_eq!(error.kind, ErrorKind::Throttled { retry_after: wait });
    }
}
