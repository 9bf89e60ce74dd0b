//! A report as one page that needs nothing else: no other file, no network.

mod audience;
mod frame;
mod palette;
mod scale;
mod tables;
mod tiles;
mod timeline;

use super::{Head, ReportData, Section, findings, format};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use placard_domain::metric::find;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be loaded from anywhere, whatever a campaign's name contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The report as an HTML document.
pub fn render(report: &ReportData) -> String {
    let head = &report.head;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (head.title) " · " (head.period) }
                style { (PreEscaped(palette::rules())) (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (masthead(head))
                    @for section in &report.sections { (currency(report, section)) }
                    (notes(report))
                }
                div #tip role="status" hidden {}
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn masthead(head: &Head) -> Markup {
    html! {
        header {
            div {
                @if let Some(account) = &head.account { p.account { (account) } }
                h1 { (head.title) }
                p.period {
                    (head.period)
                    @if let Some(previous) = head.previous { span.muted { " compared with " (previous) } }
                    @if let Some(known_at) = head.known_at {
                        span.muted { ", as known on " (known_at.format("%-d %B %Y, %H:%M UTC")) }
                    }
                }
            }
            button #theme type="button" hidden aria-label="Switch between light and dark" { span aria-hidden="true" { "◐" } }
        }
    }
}

fn currency(report: &ReportData, section: &Section) -> Markup {
    let is_alone = report.sections.len() == 1;
    html! {
        section aria-label={ "Numbers in " (section.currency) } {
            @if !is_alone { h2.currency { (section.currency) } }
            (lead(&report.head, section))
            (tiles::tiles(section))
            @if let Some(restatement) = section.restatement() { p.note { (restatement) } }
            (timeline::spend_and_conversions(section))
            (trends(section))
            @if let Some(audience) = audience::charts(section) { (audience) }
            @if !section.splits.is_empty() {
                div.splits { @for split in &section.splits { (tables::split(section, split)) } }
            }
            @for table in &section.entities { (tables::ranking(section, table)) }
            @if let Some(extremes) = tables::extremes(section) { (extremes) }
        }
    }
}

/// What happened, in a sentence, and what stands out.
fn lead(head: &Head, section: &Section) -> Markup {
    let findings = findings::of(head, section);
    html! {
        p.lead { (findings::summary(section)) }
        @if !findings.is_empty() {
            ul.findings { @for finding in &findings { li { (finding) } } }
        }
    }
}

fn trends(section: &Section) -> Markup {
    let has_value = !section.totals.conversion_value.is_zero();
    let second = if has_value {
        ("roas", "value for each unit of spend")
    } else {
        ("ctr", "clicks for each impression")
    };
    html! {
        div.pair {
            @for (name, caption) in [("cpa", "spend for each conversion"), second] {
                @if let Some(metric) = find(name) { (timeline::trend(section, metric, caption)) }
            }
        }
    }
}

/// How to read the numbers, and how they came about.
fn notes(report: &ReportData) -> Markup {
    let head = &report.head;
    html! {
        footer {
            @if !report.warnings.is_empty() {
                h2 { "Before you read on" }
                ul { @for warning in &report.warnings { li { (warning) } } }
            }
            p {
                "Rates and prices are computed from sums, never averaged. Amounts are rounded only where they are shown. "
                @if let Some(zone) = head.zone { "Days are days in " (zone.name()) ". " }
                @if let Some(settled) = head.settled_until {
                    "Numbers after " (settled.format("%-d %B %Y")) " may still be restated by the platform. "
                }
            }
            p.made {
                "Made by Placard on " (head.generated_at.format("%-d %B %Y, %H:%M UTC")) "."
            }
        }
    }
}
