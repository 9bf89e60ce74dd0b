//! The sandbox over real HTTP: what it accepts, what it refuses, and what it makes up.

#![expect(clippy::unwrap_used, reason = "a step that fails should fail its test")]

mod batch;
mod delivery;
mod faults;
mod google_delivery;
mod google_faults;
mod google_login;
mod google_publish;
mod google_queries;
mod google_refusals;
mod google_support;
mod insights;
mod login;
mod microsoft_conversions;
mod microsoft_delivery;
mod microsoft_faults;
mod microsoft_login;
mod microsoft_publish;
mod microsoft_refusals;
mod microsoft_reports;
mod microsoft_support;
mod objects;
mod paging;
mod persistence;
mod rates;
mod refusals;
mod support;
mod tiktok_delivery;
mod tiktok_faults;
mod tiktok_leads;
mod tiktok_login;
mod tiktok_publish;
mod tiktok_refusals;
mod tiktok_reports;
mod tiktok_support;
mod videos;
mod webhooks;
