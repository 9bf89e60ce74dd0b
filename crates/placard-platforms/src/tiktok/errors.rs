//! What TikTok's errors mean for us (TikTok, `platforms/tiktok.md` §20, §21).

use super::advice::advice;
use crate::{ErrorCode, ErrorKind, PlatformError};
use chrono::{DateTime, Days, NaiveTime, Utc};
use placard_domain::Platform;
use std::time::Duration;

/// How long calls rest after too many in a second or a minute (§20, 40100).
const SECOND: Duration = Duration::from_secs(1);
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);

/// A failure without a code of TikTok's.
pub(super) fn ours(operation: &str, kind: ErrorKind, message: impl Into<String>) -> PlatformError {
    PlatformError::new(Platform::Tiktok, operation, kind, message)
}

/// The failure that an answer with `code` describes. `now` decides how long a day's limit still holds.
pub(super) fn from_answer(
    operation: &str,
    code: i64,
    message: &str,
    request_id: Option<String>,
    now: DateTime<Utc>,
) -> PlatformError {
    PlatformError {
        code: Some(ErrorCode::Number(code)),
        trace_id: request_id,
        user_message: advice(code).map(str::to_owned),
        ..ours(operation, classify(code, message, now), message)
    }
}

fn classify(code: i64, message: &str, now: DateTime<Utc>) -> ErrorKind {
    match code {
        40_100 => ErrorKind::Throttled { retry_after: Some(rest(message, now)) },
        // Another write of the same object is under way; nothing happened.
        40_202 => ErrorKind::Throttled { retry_after: Some(SECOND) },
        40_016 | 40_132 | 40_133 | 40_201 | 61_000 => ErrorKind::Throttled { retry_after: None },
        40_101..=40_105 | 40_107 | 40_108 | 40_110 => ErrorKind::Unauthenticated,
        40_001
        | 40_003
        | 40_010
        | 40_106
        | 40_112
        | 40_114..=40_120
        | 40_124
        | 40_125
        | 40_130
        | 40_131
        | 40_301
        | 40_309 => ErrorKind::Forbidden,
        40_113 | 40_300 | 40_302 | 41_000 => ErrorKind::AccountBlocked,
        40_007 => ErrorKind::NotFound,
        // Sent again within TikTok's memory: the first attempt made it, or is about to (§17).
        40_050 => ErrorKind::LostAnswer,
        // What maintenance interrupts may have been carried out.
        40_901..=40_903 | 40_912..=40_914 | 50_000..=59_999 | 60_001 => ErrorKind::ServerFault,
        _ => ErrorKind::Refused,
    }
}

/// How long TikTok wants the app to rest. Its limits are by second, minute and day, and only the message tells which
/// was met (§20, §21).
fn rest(message: &str, now: DateTime<Utc>) -> Duration {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["qpd", "per day", "daily"]) {
        let midnight =
            now.date_naive().checked_add_days(Days::new(1)).map(|day| day.and_time(NaiveTime::MIN));
        let left = midnight.and_then(|midnight| (midnight.and_utc() - now).to_std().ok());
        return left.unwrap_or(FIVE_MINUTES);
    }
    if says(&["qpm", "per minute"]) { FIVE_MINUTES } else { SECOND }
}

/// Whether a throttle is about the account or app rather than one object (§20).
pub(super) fn closes_account(error: &PlatformError) -> bool {
    matches!(error.number(), Some(40_016 | 40_100 | 40_132 | 40_133 | 61_000))
}

/// Whether `error` says that nothing had to be changed, which is what an update wants (§20).
pub(super) fn is_nothing_to_do(error: &PlatformError) -> bool {
    error.number() == Some(40_012)
}

/// Whether a file of this name is there already, so that nothing was stored (§6).
pub(super) fn is_taken_file_name(error: &PlatformError) -> bool {
    error.number() == Some(40_911)
}

/// Whether `error` finds a name taken, which with our marker in it can only be our own from an earlier attempt (§17).
pub(super) fn is_taken_name(error: &PlatformError) -> bool {
    let message = error.message.to_lowercase();
    let exists =
        message.contains("exist") && !message.contains("not exist") && !message.contains("n't exist");
    error.number() == Some(40_002) && exists && message.contains("name")
}

/// The same failure, of a create: whether it happened is unknown where TikTok failed on its side, and where the name is
/// there already.
pub(super) fn of_create(error: PlatformError) -> PlatformError {
    if error.kind == ErrorKind::ServerFault || is_taken_name(&error) {
        return PlatformError { kind: ErrorKind::LostAnswer, ..error };
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;

    fn now() -> DateTime<Utc> {
        "2026-11-21T23:50:00Z".parse().unwrap()
    }

    fn error(code: i64, message: &str) -> PlatformError {
        from_answer("create ad group", code, message, Some("20261120A".to_owned()), now())
    }

    #[test]
    fn every_documented_code_has_its_class() {
        let throttled = |wait| ErrorKind::Throttled { retry_after: wait };
        let table: &[(&[i64], ErrorKind)] = &[
            (&[40_000, 40_002, 40_006, 40_051, 40_008, 40_009, 40_011, 40_061, 40_065], ErrorKind::Refused),
            (&[40_400, 40_502, 40_700, 40_900, 40_904, 40_911, 40_916, 41_001, 41_002], ErrorKind::Refused),
            (&[40_001, 40_003, 40_106, 40_117, 40_125, 40_130, 40_131, 40_301], ErrorKind::Forbidden),
            (&[40_101, 40_102, 40_103, 40_104, 40_105, 40_107, 40_110], ErrorKind::Unauthenticated),
            (&[40_113, 40_300, 40_302, 41_000], ErrorKind::AccountBlocked),
            (&[40_007], ErrorKind::NotFound),
            (&[40_050], ErrorKind::LostAnswer),
            (&[40_901, 40_913, 50_000, 50_002, 51_010, 52_204, 53_102, 60_001], ErrorKind::ServerFault),
            (&[40_016, 40_132, 40_133, 40_201, 61_000], throttled(None)),
            (&[40_202], throttled(Some(SECOND))),
        ];
        for (codes, kind) in table {
            for code in *codes {
                assert_eq!(error(*code, "m").kind, *kind, "{code}");
            }
        }
    }

    #[test]
    fn a_limit_rests_as_long_as_the_one_that_was_met() {
        let wait = |message: &str| error(40_100, message).kind;
        let throttled = |seconds| ErrorKind::Throttled { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(wait("Too many requests: QPS limit"), throttled(1));
        assert_eq!(wait("You have reached the QPM limit"), throttled(300));
        assert_eq!(wait("Requests per day used up"), throttled(600));
        assert!(closes_account(&error(40_100, "m")) && !closes_account(&error(40_202, "m")));
    }

    #[test]
    fn a_create_whose_name_is_taken_or_that_failed_over_there_is_looked_up() {
        for (code, message) in [
            (40_002, "Campaign name already exists. Please try another one."),
            (51_010, "inner service"),
            (50_000, "system error"),
            (60_001, "maintenance"),
            (40_050, "duplicate request"),
        ] {
            assert_eq!(of_create(error(code, message)).kind.retry_write(), Retry::ProbeFirst, "{code}");
        }
        for message in
            ["budget: too low", "identity_id does not exist", "campaign_id doesn't exist by that name"]
        {
            assert_eq!(of_create(error(40_002, message)).kind, ErrorKind::Refused, "{message}");
        }
    }

    #[test]
    fn an_unknown_code_keeps_tiktoks_words_and_its_trace() {
        let error = error(49_999, "Something new.");
        assert_eq!(
            (error.kind, error.user_message.as_deref(), error.trace_id.as_deref()),
            (ErrorKind::Refused, None, Some("20261120A"))
        );
        assert_eq!(error.to_string(), "TikTok could not create ad group: Something new. (code 49999)");
    }
}
