//! The copy writer, by templates and by a model that misbehaves.

mod model_server;

use crate::support::{Installation, Spec};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use model_server::{Answer, ModelServer};
use placard::{
    copy::{
        CopyProvider, OpenAiCompatible, Patience, ProviderError, ProviderSettings, WriteError, Writing,
        Written,
    },
    session::Session,
};
use placard_domain::{
    Platform,
    copy::{BadAnswer, Brief, TEMPLATE_VERSION, Tone},
    document::{PromptOutcome, PromptRecord},
};
use placard_store::{
    audit::Actor,
    copy::{self, Budget},
    documents::{Query, Sort},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::{fs, time::Duration};

const KEY: &str = "sk-test-4711";

const GOOD: &str = r#"{"variants": [
    {"primary_text": "Sleep dry in any rain.", "headlines": ["Alpine tents", "Dry in any rain", "For hikers"],
     "descriptions": ["Tents for hikers.", "See all sizes."]},
    {"primary_text": "Sleep DRY in any rain!", "headlines": ["Alpine tents", "Dry in any rain", "For hikers"],
     "descriptions": ["Tents for hikers.", "See all sizes."]},
    {"primary_text": "Are you overweight? Our tents carry you.", "headlines": ["Tents", "Strong", "Light"],
     "descriptions": ["Tents for all.", "See all sizes."]}
]}"#;

fn brief() -> Brief {
    Brief {
        product: "Alpine tents".to_owned(),
        audience: "hikers".to_owned(),
        benefit: None,
        offer: None,
        tone: Tone::Plain,
        platforms: Platform::ALL.to_vec(),
        count: 5,
    }
}

/// Asks a model that answers like this, one after the other, and gives how often it was asked.
async fn ask(
    session: &Session,
    tenant: placard_domain::TenantId,
    answers: Vec<Answer>,
) -> Result<(Result<Written, WriteError>, usize)> {
    let server = ModelServer::start(answers).await?;
    let settings = json!({
        "base_url": server.url, "model": "model-1", "key": KEY, "timeout_seconds": 1,
        "price": {"input": "2", "output": "10", "currency": "USD"},
    });
    let provider = OpenAiCompatible::new(ProviderSettings::parse(&settings.to_string())?)?;
    ensure!(provider.model() == "model-1");
    let writing = Writing {
        db: session.db(),
        documents: session.documents().await?,
        tenant,
        user: None,
        provider: &provider,
        patience: Patience { attempts: 3, longest: Duration::from_secs(1), first: Duration::ZERO },
        now: Utc::now,
    };
    let written = writing.write(&brief(), "tents", &["spring".to_owned()]).await;
    let asked = server.asked();
    ensure!(asked.iter().all(|(headers, _)| headers["authorization"] == format!("Bearer {KEY}").as_str()));
    ensure!(
        asked.iter().all(|(_, body)| body["model"] == "model-1" && body["messages"][1]["role"] == "user")
    );
    Ok((written, asked.len()))
}

/// The history of prompts, the first first.
async fn history(session: &Session, tenant: placard_domain::TenantId) -> Result<Vec<PromptRecord>> {
    let query = Query { sort: Sort::OLDEST, ..Query::default() };
    let found = session.documents().await?.find::<PromptRecord>(tenant, &query).await?;
    Ok(found.items.into_iter().map(|stored| stored.document).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_which_a_model_fails_is_told_apart_and_on_record() -> Result<()> {
    let installation = Installation::open().await?;
    let (session, tenant) = (installation.session().await?, installation.tenant.id);
    let provider = |error: &WriteError| match error {
        WriteError::Provider { source, .. } => Some(source.clone()),
        _ => None,
    };
    let bad = |error: &WriteError| match error {
        WriteError::Answer { source, .. } => Some(source.clone()),
        _ => None,
    };
    type Judge<'a> = Box<dyn Fn(&WriteError) -> bool + 'a>;
    let words = |text: &str| Answer::Words(text.to_owned());
    let cases: Vec<(Vec<Answer>, usize, Judge<'_>)> = vec![
        (
            vec![Answer::TooOften(3600)],
            1,
            Box::new(
                |error| matches!(provider(error), Some(ProviderError::RateLimited { retry_after: Some(wait) }) if wait.as_secs() == 3600),
            ),
        ),
        (
            vec![Answer::Status(500); 3],
            3,
            Box::new(|error| matches!(provider(error), Some(ProviderError::Unavailable(_)))),
        ),
        (
            vec![Answer::Status(401)],
            1,
            Box::new(|error| matches!(provider(error), Some(ProviderError::Denied(_)))),
        ),
        (
            vec![Answer::NoJson],
            1,
            Box::new(|error| matches!(provider(error), Some(ProviderError::Malformed(_)))),
        ),
        (vec![Answer::Half], 1, Box::new(|error| matches!(provider(error), Some(ProviderError::Lost(_))))),
        (
            vec![Answer::Endless],
            1,
            Box::new(|error| matches!(provider(error), Some(ProviderError::Malformed(_)))),
        ),
        (
            vec![Answer::Silence],
            1,
            Box::new(|error| matches!(provider(error), Some(ProviderError::TimedOut(_)))),
        ),
        (vec![Answer::Refusal], 1, Box::new(|error| matches!(error, WriteError::Refused { .. }))),
        (
            vec![Answer::CutOff(GOOD[..99].to_owned())],
            1,
            Box::new(|error| bad(error) == Some(BadAnswer::CutOff)),
        ),
        (vec![words(&GOOD[..99])], 1, Box::new(|error| bad(error) == Some(BadAnswer::CutOff))),
        (
            vec![words("Sure! Here are five ideas.")],
            1,
            Box::new(|error| matches!(bad(error), Some(BadAnswer::NotAsAsked(_)))),
        ),
    ];
    let mut calls = 0;
    for (answers, times, judge) in cases {
        let what = format!("{answers:?}");
        let (written, asked) = ask(&session, tenant, answers).await?;
        let error = written.err().with_context(|| format!("{what}: copies were written"))?;
        ensure!(judge(&error), "{what}: {error:?}");
        ensure!(!format!("{error:?} {error:#}").contains(KEY), "{what}: the key is told");
        ensure!(asked == times, "{what}: asked {asked} times");
        calls += asked;
        let history = history(&session, tenant).await?;
        let last = history.last().context("nothing is on record")?;
        ensure!(history.len() == calls, "{what}: {} on record of {calls}", history.len());
        let refused = matches!(error, WriteError::Refused { .. });
        ensure!(
            last.outcome == if refused { PromptOutcome::Refused } else { PromptOutcome::Failed },
            "{last:?}"
        );
        ensure!(last.problem.is_some() && last.prompt_version.as_deref() == Some(TEMPLATE_VERSION.as_str()));
    }
    session.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_asked_again_when_it_is_free_and_its_copies_are_checked_priced_and_kept_once() -> Result<()>
{
    let installation = Installation::open().await?;
    let (session, tenant) = (installation.session().await?, installation.tenant.id);
    let answers = || vec![Answer::TooOften(0), Answer::Status(503), Answer::Words(GOOD.to_owned())];
    let (written, asked) = ask(&session, tenant, answers()).await?;
    let written = written?;
    ensure!(asked == 3 && written.kept.len() == 1 && written.left_out.len() == 1, "{written:?}");
    ensure!(written.left_out[0].1[0].rule.as_str() == "personal_attribute", "{written:?}");
    let cost = written.cost.context("it has a price")?;
    ensure!(cost.amount == Decimal::new(7, 3) && cost.currency == "USD", "{cost:?}");
    let (first, _) = &written.kept[0];
    ensure!(first.document.request_id.as_deref() == Some(written.request_id.as_str()));

    let (again, _) = ask(&session, tenant, answers()).await?;
    ensure!(again?.kept[0].0.id == first.id, "the same words are one copy");
    let mut tx = session.db().tenant(tenant).await?;
    let spent = copy::spending(&mut tx, Utc::now()).await?.spent;
    tx.commit().await?;
    ensure!(spent.len() == 1 && spent[0].1 == Decimal::new(14, 3), "refused calls cost nothing: {spent:?}");
    session.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_not_asked_beyond_its_budget() -> Result<()> {
    let installation = Installation::open().await?;
    let (session, tenant) = (installation.session().await?, installation.tenant.id);
    let mut tx = session.db().tenant(tenant).await?;
    let budget = Budget { amount: Decimal::new(1, 2), currency: "USD".parse()? };
    copy::set_budget(&mut tx, &Actor::System("test".into()), Some(budget)).await?;
    tx.commit().await?;
    let (written, asked) = ask(&session, tenant, vec![Answer::Words(GOOD.to_owned())]).await?;
    ensure!(matches!(written, Err(WriteError::OverBudget(_))), "{written:?}");
    ensure!(asked == 0 && history(&session, tenant).await?.is_empty(), "it was asked");
    session.close().await
}

fn value(text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| text.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_write_say_so_and_a_copy_goes_into_a_spec_in_one_step() -> Result<()> {
    let installation = Installation::open().await?;
    let write = [
        "copy",
        "write",
        "--product",
        "Alpine tents",
        "--audience",
        "hikers",
        "--platforms",
        "meta,google",
        "--count",
        "3",
    ];
    let said = installation.must(&write).await?;
    ensure!(said.contains("no model was asked"), "{said}");
    let told = value(&installation.must(&[&write[..], &["--json"]].concat()).await?)?;
    ensure!(
        told["writer"] == "template" && told["copies"].as_array().is_some_and(|all| all.len() == 3),
        "{told}"
    );
    let id = told["copies"][0]["id"].as_str().context("no id")?.to_owned();
    let listed = installation.must(&["copy", "list", "--json"]).await?;
    ensure!(listed.lines().count() == 3, "written twice, kept once: {listed}");

    let file = Spec::default().write(installation.folder(), "spec")?;
    let path = installation.folder().join(&file);
    let before = fs::read_to_string(&path)?;
    let dry = installation.must(&["copy", "use", &id, "-f", &file, "--dry-run"]).await?;
    ensure!(dry.contains("+ ") && fs::read_to_string(&path)? == before, "{dry}");
    let used = installation.must(&["copy", "use", &id, "-f", &file]).await?;
    ensure!(used.contains("Alpine tents") && fs::read_to_string(&path)?.contains("Alpine tents"), "{used}");
    let again = installation.must(&["copy", "use", &id, "-f", &file]).await?;
    ensure!(again.contains("already"), "{again}");
    let shown = value(&installation.must(&["copy", "show", &id, "--json"]).await?)?;
    ensure!(shown["used_by"][0]["kind"] == "campaign", "{shown}");

    let typo = installation.refuses(&["copy", "show", "0190a0a0-0000-7000-8000-000000000000"], 2).await?;
    ensure!(typo.contains("placard copy list"), "{typo}");
    let nothing = installation
        .refuses(&["copy", "write", "--product", " ", "--audience", "x", "--platforms", "meta"], 2)
        .await?;
    ensure!(nothing.contains("product"), "{nothing}");
    Ok(())
}
