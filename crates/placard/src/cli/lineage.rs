//! `placard lineage`: from a prompt to what was sold.

use super::{ExitCode, failure::WrongInput, office::Office, paint::Paint, words::terminal_width};
use crate::{
    api::view::LineageView,
    lineage::{Archive, LineageError, Root},
    settings::Settings,
};
use anyhow::Result;
use chrono::Utc;
use placard_domain::AssetId;
use serde_json::json;
use uuid::Uuid;

/// How many ads are read at once.
const PART: usize = 200;

/// `placard lineage`
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Only ads of this campaign.
    #[arg(long, value_name = "KEY", group = "root")]
    campaign: Option<String>,
    /// Only ads with the words of this copy.
    #[arg(long, value_name = "ID", group = "root")]
    copy: Option<Uuid>,
    /// Only ads whose words came of this call, as `placard copy prompts` names it.
    #[arg(long, value_name = "ID", group = "root")]
    prompt: Option<String>,
    /// Only ads that show this asset.
    #[arg(long, value_name = "ID", group = "root")]
    asset: Option<Uuid>,
    /// How many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
}

impl Args {
    fn root(&self) -> Root {
        let campaign = self.campaign.clone().map(Root::Campaign);
        let copy = self.copy.map(Root::Copy);
        let prompt = self.prompt.clone().map(Root::Prompt);
        let asset = self.asset.map(|id| Root::Asset(AssetId(id)));
        campaign.or(copy).or(prompt).or(asset).unwrap_or(Root::All)
    }
}

pub(super) async fn run(settings: &Settings, args: Args) -> Result<ExitCode> {
    let (lines, more) =
        Office::at(settings, "placard lineage", async |office| told(office, &args).await).await?;
    if settings.json {
        println!("{}", json!({"items": lines, "more": more}));
        return Ok(ExitCode::Done);
    }
    print(&lines, &args.root());
    if more {
        println!("{}", Paint::for_stdout().dim("… and more; --limit shows them"));
    }
    Ok(ExitCode::Done)
}

/// The lines, and whether there are more.
async fn told(office: &Office, args: &Args) -> Result<(Vec<LineageView>, bool)> {
    let documents = office.session.documents().await?;
    let archive = Archive { documents, tenant: office.tenant, today: Utc::now().date_naive() };
    let (root, most) = (args.root(), usize::from(args.limit));
    let mut tx = office.tx().await?;
    let (mut lines, mut after): (Vec<LineageView>, Option<String>) = (Vec::new(), None);
    loop {
        let part = PART.min(most - lines.len());
        let page = archive.trace(&mut tx, &root, after.as_deref(), part).await.map_err(refusal)?;
        lines.extend(page.chains.into_iter().map(LineageView::from));
        after = page.next;
        if after.is_none() || lines.len() >= most {
            tx.commit().await?;
            return Ok((lines, after.is_some()));
        }
    }
}

fn refusal(error: LineageError) -> anyhow::Error {
    let list = match error {
        LineageError::Unknown("campaign") => "placard status",
        LineageError::Unknown("copy") => "placard copy list",
        LineageError::Unknown("prompt") => "placard copy prompts",
        LineageError::Unknown(_) => "placard assets list",
        LineageError::Documents(error) => return error.into(),
        LineageError::Store(error) => return error.into(),
    };
    WrongInput(format!("{error}; `{list}` shows them")).into()
}

fn print(lines: &[LineageView], root: &Root) {
    let paint = Paint::for_stdout();
    if lines.is_empty() {
        println!(
            "{}",
            match root {
                Root::All => "There are no ads yet.",
                Root::Campaign(_) => "The campaign has no ads yet.",
                Root::Copy(_) => "No ad has these words.",
                Root::Prompt(_) => "No ad has words that came of it.",
                Root::Asset(_) => "No ad shows it.",
            }
        );
        return;
    }
    let wide = terminal_width().saturating_sub(78).clamp(20, 44);
    println!(
        "{}",
        paint.dim(format!(
            "{:<wide$} {:<10} {:>12} {:>10} {:>7} {:>6} {:>4} {:>14} {:>6}",
            "AD", "PLATFORM", "SPEND", "IMPR.", "CLICKS", "LEADS", "WON", "REVENUE", "ROAS"
        ))
    );
    for line in lines {
        figures(line, wide);
        made_of(line, paint);
    }
}

/// The ad, and what came of it. Several currencies stand below each other, never in one sum.
fn figures(line: &LineageView, wide: usize) {
    let name = format!("{}/{}/{}", line.campaign, line.ad_group, line.ad);
    // A name that is too long for its column has a line of its own.
    let name = if name.chars().count() > wide {
        println!("{name}");
        String::new()
    } else {
        name
    };
    let platform = line.place.as_ref().map_or("–", |place| place.platform.as_str());
    let count = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    let amount = |amounts: &[crate::api::view::CostView], at: usize| match amounts.get(at) {
        Some(one) => format!("{} {}", short(&one.amount), one.currency),
        None if at == 0 => "–".to_owned(),
        None => String::new(),
    };
    println!(
        "{name:<wide$} {platform:<10} {:>12} {:>10} {:>7} {:>6} {:>4} {:>14} {:>6}",
        amount(&line.spend, 0),
        count(line.impressions),
        count(line.clicks),
        line.leads,
        line.won,
        amount(&line.revenue, 0),
        line.roas.as_deref().map_or_else(|| "–".to_owned(), short),
    );
    for at in 1..line.spend.len().max(line.revenue.len()) {
        println!(
            "{:<wide$} {:<10} {:>12} {:>30} {:>14}",
            "",
            "",
            amount(&line.spend, at),
            "",
            amount(&line.revenue, at)
        );
    }
}

/// A decimal as people read it, with two digits behind the point.
fn short(amount: &str) -> String {
    match amount.parse::<rust_decimal::Decimal>() {
        Ok(amount) => format!("{:.2}", amount.round_dp(2)),
        Err(_) => amount.to_owned(),
    }
}

/// What the ad is made of, and what is missing.
fn made_of(line: &LineageView, paint: Paint) {
    let mut links = Vec::new();
    if let Some(prompt) = &line.prompt {
        links.push(format!(
            "prompt {} ({}, {})",
            prompt.request_id,
            prompt.model,
            prompt.asked_at.date_naive()
        ));
    }
    if let Some(copy) = &line.copy {
        let first: String = copy.text.lines().next().unwrap_or_default().chars().take(40).collect();
        links.push(format!("copy {} “{first}”", copy.id));
    }
    for asset in &line.assets {
        let aside = if asset.deleted { ", put aside" } else { "" };
        links.push(format!("{} {} ({}{aside})", asset.role.replace('_', " "), asset.name, asset.id));
    }
    if let Some(place) = &line.place {
        let presence = if place.presence == "present" { "" } else { place.presence };
        links.push(format!("ad {} in {} {presence}", place.id, place.account).trim_end().to_owned());
    }
    for link in links {
        println!("    {}", paint.dim(link));
    }
    let missing: Vec<&str> = line.missing.iter().map(|gap| gap.message.as_str()).collect();
    if !missing.is_empty() {
        println!("    {}", paint.yellow(missing.join("; ")));
    }
    for rate in &line.rates {
        println!("    {}", paint.dim(rate));
    }
}
