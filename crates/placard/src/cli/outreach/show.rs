//! What `placard outreach` shows.

use crate::{
    cli::{paint::Paint, words::counted},
    outreach::{OutMessage, Pass, Picked},
};
use anyhow::Result;
use placard_domain::outreach::EnrolmentStatus;
use placard_store::outreach::{Campaign, Queued, Stats};
use serde_json::json;

/// Every campaign.
pub(super) fn campaigns(all: &[Campaign], as_json: bool) {
    if all.is_empty() && !as_json {
        let command = Paint::for_stdout().cyan("placard outreach save FILE");
        println!("There is no outreach campaign yet; {command} makes one");
    }
    for Campaign { id, made_of, status, version, resumes_at } in all {
        if as_json {
            let line = json!({
                "id": id, "name": made_of.name, "status": status, "version": version, "resumes_at": resumes_at,
            });
            println!("{line}");
            continue;
        }
        let steps = counted(made_of.sequence.steps().len(), "step");
        println!("{:<32} {status:<10} {}", made_of.name, Paint::for_stdout().dim(&steps));
    }
}

/// People who stand at `status` in a campaign.
pub(super) fn people(found: &[Queued], status: EnrolmentStatus, campaign: &Campaign, as_json: bool) {
    if found.is_empty() && !as_json {
        println!("Nobody in `{}` is {status}", campaign.made_of.name);
    }
    for Queued { id, recipient, status, stop_reason, step, due_at } in found {
        if as_json {
            let line = json!({
                "id": id, "address": recipient.address, "status": status, "stop_reason": stop_reason, "step": step,
                "due_at": due_at,
            });
            println!("{line}");
            continue;
        }
        let reason = stop_reason.map_or("", |reason| reason.as_str());
        let at = due_at.format("%Y-%m-%d %H:%M UTC");
        let line = format!("{id}  {:<36} {status:<9} step {}  {at}  {reason}", recipient.address, step + 1);
        println!("{}", line.trim_end());
    }
}

/// A message that the sandbox kept.
pub(super) fn message(message: &OutMessage) {
    println!("to {}  {}\n{}\n", message.to, message.subject, message.body);
}

/// What was sent.
pub(super) fn pass(pass: &Pass, as_json: bool) {
    let Pass { sent, refused, unknown, over, refusal, unfinished: _ } = pass;
    if as_json {
        let line = json!({
            "sent": sent, "refused": refused, "unknown": unknown, "over": over, "refusal": refusal,
        });
        return println!("{line}");
    }
    let paint = Paint::for_stdout();
    println!("{sent} sent, {refused} refused, {unknown} unknown, {over} sequences over.");
    if let Some(refusal) = refusal {
        println!("    {}", paint.yellow(format!("last answer: {refusal}")));
    }
    if *unknown > 0 {
        println!(
            "    nobody knows whether {unknown} arrived; `placard outreach queue CAMPAIGN --status held` shows whom"
        );
    }
}

/// What came of a campaign.
pub(super) fn stats(stats: &Stats, as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string(stats)?);
        return Ok(());
    }
    let Stats { found, approved, sent, delivered, unknown, responses, converted } = stats;
    println!("found {found} · approved {approved} · sent {sent} · delivered {delivered} · unknown {unknown}");
    // Per mille of those approved, so that no float is needed to show one digit.
    let rate = (1_000 * converted).checked_div(*approved).unwrap_or_default();
    println!("responses {responses} · converted {converted} ({}.{} %)", rate / 10, rate % 10);
    Ok(())
}

/// What came of looking through profiles.
pub(super) fn picked(picked: &Picked, as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string(picked)?);
        return Ok(());
    }
    let Picked { read, scored, fit, new, rejected, no_address, missed, untold } = picked;
    println!(
        "{read} profiles read, {scored} scored anew; {fit} fit, {new} of them are new and wait for approval."
    );
    let reasons = missed.iter().map(|(criterion, count)| format!("{criterion} missed: {count}"));
    let untold = untold.iter().map(|(criterion, count)| format!("{criterion} not told: {count}"));
    let others =
        [("rejected", rejected), ("no address", no_address)].into_iter().filter(|(_, count)| **count > 0);
    let others = others.map(|(what, count)| format!("{what}: {count}"));
    for line in reasons.chain(untold).chain(others) {
        println!("    {}", Paint::for_stdout().dim(line));
    }
    Ok(())
}
