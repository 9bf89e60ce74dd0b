//! The adapters against the sandbox, over real HTTP.
//!
//! With `PLACARD_REQUEST_LOG=<file>` every request to Meta is written down there, for `tests/sdk/check_requests.py`, and
//! with `PLACARD_GOOGLE_REQUEST_LOG=<file>` every one to Google, for `tests/sdk/check_google.py`, and with
//! `PLACARD_TIKTOK_REQUEST_LOG=<file>` every one to TikTok, for `tests/sdk/check_tiktok.py`.
//! `PLACARD_MICROSOFT_REQUEST_LOG=<file>` does the same for `tests/sdk/check_microsoft.py`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod checks;
mod connect;
mod desk;
mod faults;
mod google_connect;
mod google_desk;
mod google_drift;
mod google_faults;
mod google_insights;
mod google_matrix;
mod google_publish;
mod insights;
mod mapping;
mod matrix;
mod meta_desk;
mod meta_videos;
mod microsoft_connect;
mod microsoft_conversions;
mod microsoft_desk;
mod microsoft_faults;
mod microsoft_insights;
mod microsoft_publish;
mod publish;
mod specs;
mod tiktok_connect;
mod tiktok_desk;
mod tiktok_faults;
mod tiktok_insights;
mod tiktok_matrix;
mod tiktok_publish;
