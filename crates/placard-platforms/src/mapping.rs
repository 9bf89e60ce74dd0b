//! The words of platforms for ours, as tables for people: `docs/mapping.md` is rendered from what the adapters send.

use crate::{google, meta, microsoft, tiktok};
use std::fmt::Write;

/// All tables, as Markdown.
pub fn document() -> String {
    let mut text = "# What our words are to each platform

This page is rendered from the tables in the adapters. A test keeps it so; `PLACARD_UPDATE_MAPPING=1` renews it. What
stands behind the words, and what differs, is told in [platforms.md](platforms.md). Of several rows for one goal and
target the first is what a spec without `optimize_for` means. **error**: the platform has no such thing, and a spec that
wants it is refused before anything is sent.
"
    .to_owned();
    let platforms = [
        ("Meta", meta::mapping::tables()),
        ("Google Ads", google::mapping::tables()),
        ("Microsoft Advertising", microsoft::mapping::tables()),
        ("TikTok", tiktok::mapping::tables()),
    ];
    for (name, tables) in platforms {
        let _ = writeln!(text, "\n## {name}");
        tables.iter().for_each(|table| table.write(&mut text));
    }
    text
}
