//! A wrong spec is refused with file, line and column; nobody is called and nothing is kept.

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};

const WRONG: i32 = 2;

/// What is wrong, what stands in the spec, what is put there instead, and a word that the finding must hold.
struct Case {
    name: &'static str,
    before: &'static str,
    after: &'static str,
    says: &'static str,
}

const fn case(name: &'static str, before: &'static str, after: &'static str, says: &'static str) -> Case {
    Case { name, before, after, says }
}

const CASES: &[Case] = &[
    case("an unknown key", "goal: leads", "goal: leads\nbuget: {daily: 1.00}", "budget"),
    case("a wrong type", "age_min: 25", "age_min: young", "age_min"),
    case("a negative budget", "daily: 120.00", "daily: -5.00", "budget.daily"),
    case("a budget of too many digits", "daily: 120.00", "daily: 120.005", "budget.daily"),
    case("a budget of nothing", "daily: 120.00", "daily: 0", "budget.daily"),
    case(
        "an end before its start",
        "destination:",
        "schedule: {start: \"2030-05-10\", end: \"2030-05-01\"}\ndestination:",
        "schedule",
    ),
    case("another currency than the account's", "currency: EUR", "currency: USD", "EUR"),
    case("no such currency", "currency: EUR", "currency: EURO", "currency"),
    case("no such country", "country: AT", "country: ZZ", "ZZ"),
    case("a picture that is missing", "0-0.png", "nowhere.png", "ad_groups[0].ads[0].image"),
    case("a picture that is none", "0-0.png", "words.png", "ad_groups[0].ads[0].image"),
    case("a picture that is too small", "0-0.png", "small.png", "200 pixels"),
    case("no such goal", "goal: leads", "goal: leeds", "leads"),
    case("an unfinished document", "ad_groups:", "ad_groups: [", "YAML"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_spec_is_refused_at_its_place_and_nobody_is_called() -> Result<()> {
    let installation = Installation::open().await?;
    pictures(&installation)?;
    let before = installation.seq();
    let mut faults = Vec::new();
    for case in CASES {
        for command in [&["validate"] as &[&str], &["plan", "-f"], &["apply", "--yes", "-f"]] {
            if let Err(error) = refused(&installation, case, command).await {
                faults.push(format!("{}: {error:#}", case.name));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    ensure!(installation.seq() == before, "the platform was called");
    ensure!(installation.on_record("spring-sale").await.is_err(), "a wrong spec was stored");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_too_long_is_refused_at_its_place() -> Result<()> {
    let installation = Installation::open().await?;
    let before = installation.seq();
    let long = "Ride ".repeat(200);
    let text = Spec::default().text().replace("Ride into spring", &long);
    finds(&installation, &text, &["validate"], "headline").await?;
    ensure!(installation.seq() == before, "the platform was called");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_not_connected_is_refused_at_its_place() -> Result<()> {
    let installation = Installation::open().await?;
    let before = installation.seq();
    let text = Spec::default().text().replace("act_1001", "act_4711");
    finds(&installation, &text, &["validate"], "act_4711").await?;
    ensure!(installation.seq() == before, "the platform was called");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_is_said_at_once() -> Result<()> {
    let installation = Installation::open().await?;
    pictures(&installation)?;
    let text = Spec::default().text().replace("daily: 120.00", "daily: -5.00");
    let text = text.replace("country: AT", "country: ZZ").replace("0-0.png", "nowhere.png");
    let said = finds(&installation, &text, &["validate"], "budget.daily").await?;
    ensure!(said.contains("ZZ") && said.contains("nowhere.png"), "only a part is said: {said}");
    Ok(())
}

async fn refused(installation: &Installation, case: &Case, command: &[&str]) -> Result<()> {
    let right = Spec::default().text();
    ensure!(right.contains(case.before), "the case fits no spec");
    let wrong = right.replacen(case.before, case.after, 1);
    finds(installation, &wrong, command, case.says).await.map(drop)
}

/// Fails unless the command refuses `text` at a line and column and says `word`. Gives all that it says.
async fn finds(installation: &Installation, text: &str, command: &[&str], word: &str) -> Result<String> {
    Spec::default().write(installation.folder(), "right")?;
    std::fs::write(installation.folder().join("wrong.yaml"), text)?;
    let arguments = [command, &["wrong.yaml"]].concat();
    let said = installation.refuses(&arguments, WRONG).await?;
    ensure!(said.contains(word), "{command:?} does not say `{word}`: {said}");
    let place = said.lines().find_map(|line| line.strip_prefix("wrong.yaml:"));
    let place = place.with_context(|| format!("{command:?} names no place: {said}"))?;
    let mut numbers = place.split(':').map(str::parse::<u32>);
    let found = matches!((numbers.next(), numbers.next()), (Some(Ok(1..)), Some(Ok(1..))));
    ensure!(found, "{command:?} names no line and column: {said}");
    Ok(said)
}

fn pictures(installation: &Installation) -> Result<()> {
    std::fs::write(installation.folder().join("words.png"), "no picture")?;
    let mut small = include_bytes!("../support/soak/plain.png").to_vec();
    // Width and height stand behind the signature and the first chunk's head.
    small[16..24].copy_from_slice(&[0, 0, 0, 200, 0, 0, 0, 200]);
    Ok(std::fs::write(installation.folder().join("small.png"), small)?)
}
