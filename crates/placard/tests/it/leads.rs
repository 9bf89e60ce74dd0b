//! Leads through the real binary: taken in, merged, sold to, forgotten.

use crate::support::Installation;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs;

const LIST: &str = "email;phone;first_name;platform;ad_id;Budget\n\
    ann@example.com;030 1234567;Ann;fb;ag:77;5000\n\
    nobody;;Bob;;;\n\
    ;+43 1 234567;Cat;;;\n\
    ANN@example.com;;;;;\n\
    dan@example.com;;=HYPERLINK(1);;;\n";

fn values(text: &str) -> Result<Vec<Value>> {
    text.lines().map(|line| serde_json::from_str(line).context(line.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_taken_in_once_row_by_row_and_a_person_is_forgotten() -> Result<()> {
    let installation = Installation::open().await?;
    let file = installation.folder().join("list.csv");
    fs::write(&file, LIST)?;
    let file = file.display().to_string();
    let rejects = installation.folder().join("rejects.csv").display().to_string();
    let import = ["leads", "import", &file, "--country", "DE"];

    let dry = installation.refuses(&[&import[..], &["--dry-run"]].concat(), 1).await?;
    ensure!(!dry.contains("panicked"));
    ensure!(
        installation.must(&["leads", "list"]).await?.contains("no leads yet"),
        "a dry run takes nothing in"
    );

    for (round, made) in [(1, 2), (2, 0)] {
        let run = installation.run(&[&import[..], &["--json", "--rejects", &rejects]].concat()).await?;
        let told: Value = serde_json::from_str(&run.stdout)?;
        ensure!(run.code() == Some(1), "two rows are refused: {told}");
        ensure!(told["made"] == made && told["known"] == if round == 1 { 0 } else { 3 }, "{round}: {told}");
        let lines: Vec<_> =
            told["rejects"].as_array().context("no list")?.iter().map(|one| &one["line"]).collect();
        ensure!(lines == [&json!(3), &json!(6)], "{told}");
    }
    let refused = fs::read_to_string(&rejects)?;
    ensure!(refused.lines().count() == 3 && refused.contains("nobody"), "{refused}");

    let ann = &values(&installation.must(&["leads", "show", "ann@example.com", "--json"]).await?)?[0]["lead"];
    ensure!(ann["contact"]["phone"] == "+49301234567" && ann["answers"]["Budget"] == "5000", "{ann}");
    ensure!(ann["platform"] == "meta" && ann["remote_ad_id"] == "77", "{ann}");

    let exported = installation.must(&["leads", "export"]).await?;
    ensure!(exported.lines().count() == 3 && exported.contains("+49301234567"), "{exported}");
    let none = installation.refuses(&["leads", "erase", "eve@example", "--yes"], 2).await?;
    ensure!(none.contains("no domain name"), "{none}");
    let erased = installation.must(&["leads", "erase", "ann@example.com", "--yes", "--json"]).await?;
    let erased = &values(&erased)?[0];
    ensure!(erased["leads"] == 1 && erased["touches"] == 2 && erased["left"] == 0, "{erased}");
    installation.refuses(&["leads", "show", "ann@example.com"], 2).await?;
    ensure!(!installation.must(&["leads", "export"]).await?.contains("ann@"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_leads_are_merged_parted_and_sold_to() -> Result<()> {
    let installation = Installation::open().await?;
    let file = installation.folder().join("list.csv");
    fs::write(&file, "email,city\nann@example.com,Bonn\nanna@example.com,Berlin\n")?;
    installation.must(&["leads", "import", &file.display().to_string()]).await?;
    let merged =
        installation.must(&["leads", "merge", "ann@example.com", "anna@example.com", "--json"]).await?;
    let merge = values(&merged)?[0]["merge"].as_str().context("no id")?.to_owned();
    let shown = installation.must(&["leads", "show", "anna@example.com"]).await?;
    ensure!(shown.contains("Berlin") && shown.contains("ann@example.com"), "{shown}");
    installation.must(&["leads", "unmerge", &merge]).await?;
    let shown = installation.must(&["leads", "show", "ann@example.com"]).await?;
    ensure!(shown.contains("Bonn") && !shown.contains("Berlin"), "{shown}");

    let made =
        installation.must(&["deals", "add", "ann@example.com", "Roof", "99.90", "EUR", "--json"]).await?;
    let deal = values(&made)?[0]["id"].as_str().context("no id")?.to_owned();
    let typo = installation.refuses(&["deals", "move", &deal, "Wonn"], 2).await?;
    ensure!(typo.contains("New, Qualified, Offer, Won, Lost"), "{typo}");
    installation.must(&["deals", "move", &deal, "won"]).await?;
    let lead =
        &values(&installation.must(&["leads", "show", "ann@example.com", "--json"]).await?)?[0]["lead"];
    ensure!(lead["status"] == "won", "{lead}");
    let told = installation.must(&["report", "revenue", "--json"]).await?;
    let told = &values(&told)?[0];
    let row = &told["rows"][0];
    ensure!(told["currency"] == "EUR" && row["revenue"] == "99.9" && row["won"] == 1, "{told}");
    ensure!(row["leads"] == 2 && row.get("roas").is_none(), "{told}");
    Ok(())
}
