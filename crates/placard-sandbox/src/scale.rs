//! Windows of limits, in real time that may pass faster.

use std::time::Duration;

/// How long `seconds` of a limit are where time passes `scale` times as fast; a scale that is none counts as 1.
pub(crate) fn scaled(seconds: u64, scale: f64) -> Duration {
    let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
    Duration::from_secs(seconds).div_f64(scale)
}
