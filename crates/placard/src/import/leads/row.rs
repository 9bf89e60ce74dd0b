//! From cells to a touch.

use super::{Meaning, Options};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use csv::StringRecord;
use placard_domain::{
    Platform,
    crm::{
        Touch,
        consent::{Consent, ConsentBasis, ConsentState},
        lead::LeadSource,
    },
};

/// Why one row is not taken in.
type Reason = String;

/// What of a row is put together at its end.
#[derive(Default)]
struct Rest<'r> {
    consent: Option<&'r str>,
    consent_at: Option<&'r str>,
    basis: Option<&'r str>,
    evidence: Option<&'r str>,
}

/// Reads one row.
pub(super) fn read(
    columns: &[(String, Meaning)],
    cells: &StringRecord,
    options: &Options,
) -> Result<Touch, Reason> {
    if cells.len() != columns.len() {
        return Err(format!("has {} cells, and the header has {}", cells.len(), columns.len()));
    }
    let mut touch = Touch::new(LeadSource::Csv);
    let mut rest = Rest::default();
    for ((header, meaning), cell) in columns.iter().zip(cells) {
        let cell = cell.trim();
        if !cell.is_empty() {
            take(&mut touch, &mut rest, meaning, cell).map_err(|reason| format!("{header}: {reason}"))?;
        }
    }
    let from = &mut touch.attribution;
    let anywhere =
        from.ad.is_some() || from.ad_group.is_some() || from.campaign.is_some() || from.form.is_some();
    if anywhere || from.platform.is_some() || from.account.is_some() {
        from.platform = from.platform.or(options.platform);
        from.account = from.account.take().or_else(|| options.account.clone());
    }
    if anywhere && from.platform.is_none() {
        return Err("names an ad, campaign or form and no platform; add --platform".to_owned());
    }
    touch.consent = consent(&rest, touch.occurred_at)?;
    touch.normalise(options.country).map_err(|error| error.to_string())
}

fn take<'r>(touch: &mut Touch, rest: &mut Rest<'r>, meaning: &Meaning, cell: &'r str) -> Result<(), Reason> {
    let text = cell.to_owned();
    let from = &mut touch.attribution;
    match meaning {
        Meaning::Contact(field) => {
            let before = touch.contact.insert(*field, text);
            only_one(before.as_deref(), cell)?;
        }
        Meaning::Answer(question) => only_one(touch.answers.insert(question.clone(), text).as_deref(), cell)?,
        Meaning::Click(id) => only_one(touch.clicks.insert(*id, text).as_deref(), cell)?,
        Meaning::Utm(field) => only_one(from.utm.insert(*field, text).as_deref(), cell)?,
        Meaning::Platform => from.platform = Some(platform(cell)?),
        Meaning::Account => one(&mut from.account, text)?,
        Meaning::Campaign => one(&mut from.campaign, plain_id(cell))?,
        Meaning::AdGroup => one(&mut from.ad_group, plain_id(cell))?,
        Meaning::Ad => one(&mut from.ad, plain_id(cell))?,
        Meaning::Form => one(&mut from.form, plain_id(cell))?,
        Meaning::Id => one(&mut touch.external_id, plain_id(cell))?,
        Meaning::When => touch.occurred_at = Some(moment(cell)?),
        Meaning::Consent => rest.consent = Some(cell),
        Meaning::ConsentAt => rest.consent_at = Some(cell),
        Meaning::ConsentBasis => rest.basis = Some(cell),
        Meaning::ConsentEvidence => rest.evidence = Some(cell),
        Meaning::Ignored => {}
    }
    Ok(())
}

/// Two columns may say the same, and may not say two things.
fn only_one(before: Option<&str>, now: &str) -> Result<(), Reason> {
    match before {
        Some(before) if before != now => Err(format!("two columns say two things: `{before}` and `{now}`")),
        _ => Ok(()),
    }
}

fn one(into: &mut Option<String>, text: String) -> Result<(), Reason> {
    only_one(into.as_deref(), &text)?;
    *into = Some(text);
    Ok(())
}

/// Downloads of Meta's lead forms write `c:123` for a campaign, `as:` for an ad set, `ag:` for an ad, `f:` for a form and
/// `l:` for a lead, so that spreadsheets do not take ids for numbers. Not documented; an id never begins like that.
fn plain_id(cell: &str) -> String {
    let known = ["ag:", "as:", "c:", "f:", "l:"];
    known.iter().find_map(|prefix| cell.strip_prefix(prefix)).unwrap_or(cell).to_owned()
}

/// Downloads of Meta's lead forms say on which of its surfaces the form was. Not documented.
fn platform(cell: &str) -> Result<Platform, Reason> {
    let word = cell.to_lowercase();
    match word.as_str() {
        "fb" | "ig" | "facebook" | "instagram" | "msg" | "an" => Ok(Platform::Meta),
        "google ads" => Ok(Platform::Google),
        "bing" | "microsoft advertising" => Ok(Platform::Microsoft),
        _ => word.parse().map_err(|error: placard_domain::platform::UnknownPlatform| error.to_string()),
    }
}

/// A moment as exports write it; without a zone it is UTC, and a day is its first moment.
fn moment(cell: &str) -> Result<DateTime<Utc>, Reason> {
    let zoned =
        DateTime::parse_from_rfc3339(cell).or_else(|_| DateTime::parse_from_str(cell, "%Y-%m-%dT%H:%M:%S%z"));
    if let Ok(moment) = zoned {
        return Ok(moment.to_utc());
    }
    let plain = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    if let Some(moment) = plain.iter().find_map(|form| NaiveDateTime::parse_from_str(cell, form).ok()) {
        return Ok(moment.and_utc());
    }
    let day: Result<NaiveDate, _> = cell.parse();
    day.map(|day| day.and_time(NaiveTime::MIN).and_utc())
        .map_err(|_| format!("`{cell}` is no moment; write it as 2026-03-31 18:05:00 or 2026-03-31"))
}

fn consent(rest: &Rest<'_>, occurred_at: Option<DateTime<Utc>>) -> Result<Option<Consent>, Reason> {
    let Some(word) = rest.consent else { return Ok(None) };
    let state = match word.to_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "ja" | "given" | "opted in" | "granted" => ConsentState::Given,
        "withdrawn" | "revoked" | "opted out" | "unsubscribed" => ConsentState::Withdrawn,
        // Not to have been asked, or not to have agreed, is no word that could be proven.
        "no" | "false" | "0" | "n" | "nein" => return Ok(None),
        _ => return Err(format!("consent: `{word}` is neither yes, no nor withdrawn")),
    };
    let at = match rest.consent_at {
        Some(cell) => Some(moment(cell).map_err(|reason| format!("consent_at: {reason}"))?),
        None => occurred_at,
    };
    let at = at.ok_or("consent: says not when; add a column consent_at or created_at")?;
    let basis = match rest.basis {
        None => ConsentBasis::Consent,
        Some(word) => word.to_lowercase().replace(' ', "_").parse().map_err(|_| {
            format!("consent_basis: `{word}` is not consent, contract or legitimate_interest")
        })?,
    };
    let evidence = rest.evidence.map_or_else(|| format!("imported: consent `{word}`"), str::to_owned);
    Ok(Some(Consent { state, basis, at, evidence }))
}
