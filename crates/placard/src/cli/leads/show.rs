//! Leads on the terminal.

use crate::{
    api::view::{ActivityView, LeadView, MergeView},
    cli::{office::Office, paint::Paint},
};
use anyhow::Result;
use placard_store::crm::{self, activity};
use serde_json::json;

/// One line of a list.
pub(super) fn line(lead: crm::Lead, as_json: bool) {
    let view = LeadView::of(lead, true);
    if as_json {
        println!("{}", json!(view));
        return;
    }
    let paint = Paint::for_stdout();
    let reach = ["email", "phone"].iter().find_map(|field| view.contact.get(*field));
    let reach = reach.map_or(if view.erased { "(forgotten)" } else { "" }, String::as_str);
    let from = match (&view.platform, &view.remote_ad_id, &view.remote_campaign_id) {
        (Some(platform), Some(ad), _) => format!("{} ad {ad}", platform.title()),
        (Some(platform), None, Some(campaign)) => format!("{} campaign {campaign}", platform.title()),
        (Some(platform), None, None) => platform.title().to_owned(),
        _ => view.source.to_string(),
    };
    let day = view.first_at.format("%Y-%m-%d");
    println!(
        "{} {day} {:<12} {:<28} {:<34} {}",
        paint.dim(view.id),
        view.status,
        name(&view),
        reach,
        paint.dim(from)
    );
}

fn name(view: &LeadView) -> String {
    let part = |field: &str| view.contact.get(field).cloned();
    let parts: Vec<String> = [part("first_name"), part("last_name")].into_iter().flatten().collect();
    if parts.is_empty() {
        part("full_name").or_else(|| part("company")).unwrap_or_default()
    } else {
        parts.join(" ")
    }
}

/// Everything about a lead.
pub(super) async fn whole(office: &Office, as_json: bool, who: &str) -> Result<()> {
    let lead = office.lead(who).await?;
    let (id, vault) = (lead.id, office.session.vault());
    let mut tx = office.tx().await?;
    let touches = crm::touches(&mut tx, vault, id).await?;
    let merges: Vec<MergeView> = crm::merges(&mut tx, id).await?.into_iter().map(Into::into).collect();
    let activities: Vec<ActivityView> =
        activity::list(&mut tx, vault, id, None, 100).await?.into_iter().map(Into::into).collect();
    let view = LeadView::of(lead, true);
    if as_json {
        let touches: Vec<_> =
            touches.iter().map(|known| json!({"at": known.at, "touch": known.touch})).collect();
        println!("{}", json!({"lead": view, "touches": touches, "merges": merges, "activities": activities}));
        return Ok(());
    }
    print(&view);
    let paint = Paint::for_stdout();
    println!("\n  {}", paint.bold("What became known"));
    for known in &touches {
        let fields: Vec<_> =
            known.touch.contact.iter().map(|(field, value)| format!("{field} {value}")).collect();
        println!(
            "    {}  {:<7} {}",
            known.at.format("%Y-%m-%d %H:%M"),
            known.touch.source,
            fields.join(", ")
        );
    }
    for merge in &merges {
        let state = merge.undone_at.map_or("merged", |_| "parted again");
        println!(
            "    {}  {state} {} into {} {}",
            merge.at.format("%Y-%m-%d %H:%M"),
            merge.loser,
            merge.winner,
            paint.dim(format!("({})", merge.id))
        );
    }
    for one in &activities {
        println!("    {}  {:<7} {}", one.at.format("%Y-%m-%d %H:%M"), one.kind, one.text);
    }
    Ok(())
}

fn print(view: &LeadView) {
    let paint = Paint::for_stdout();
    println!("{}  {}  {}", paint.bold(name(view)), view.status, paint.dim(view.id));
    if view.erased {
        println!("    forgotten: what is left says which ad it came by, and not who");
    }
    if let Some(into) = view.merged_into {
        println!("    went into {into}");
    }
    for (field, value) in &view.contact {
        let by_hand =
            if view.by_hand.contains(field) { paint.dim("  written by a person") } else { String::new() };
        println!("    {field:<12} {value}{by_hand}");
    }
    for (question, answer) in view.answers.iter().chain(&view.clicks).chain(&view.utm) {
        println!("    {question:<12} {answer}");
    }
    let places = [
        ("account", &view.account),
        ("campaign", &view.remote_campaign_id),
        ("ad group", &view.remote_ad_group_id),
        ("ad", &view.remote_ad_id),
        ("form", &view.form_id),
    ];
    if let Some(platform) = view.platform {
        println!("    {:<12} {}", "platform", platform.title());
    }
    for (what, id) in places {
        if let Some(id) = id {
            println!("    {what:<12} {id}");
        }
    }
    match &view.consent {
        Some(consent) => {
            let evidence = consent.evidence.as_deref().unwrap_or_default();
            println!(
                "    {:<12} {} ({}) on {}: {evidence}",
                "consent",
                consent.state,
                consent.basis,
                consent.at.format("%Y-%m-%d")
            );
        }
        None => println!("    {:<12} nothing was said; do not write to this person", "consent"),
    }
}
