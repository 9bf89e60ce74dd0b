//! The learning phase of ad sets, and leads (Meta, `platforms/meta.md` §9, §14).

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};

use super::call::Call;
use super::edges::{self, LIST_PARAMS, Shape};
use super::envelope::{MetaError, MetaResult};
use super::filter::Filter;
use crate::draw;
use crate::object::{Kind, NodeId, Object};
use crate::world::World;

/// Events in seven days that end learning.
const EVENTS: i64 = 50;
const WINDOW: TimeDelta = TimeDelta::days(7);

impl World {
    /// Optimisation events since the last significant edit.
    fn learning_events(&self, ad_set: &Object, at: DateTime<Utc>) -> i64 {
        let zone = self.accounts.get(&ad_set.owner).map_or(chrono_tz::Tz::UTC, |account| account.zone());
        let day = |time: DateTime<Utc>| time.with_timezone(&zone).date_naive();
        let (since, until) = (day(ad_set.learning_since), day(at));
        let goal = ad_set.text("optimization_goal").unwrap_or_default();
        let ads = self.children(ad_set.id);
        let days = ads.iter().flat_map(|ad| self.days_of(*ad, since, until));
        let totals = days.map(|(_, facts)| facts.total());
        totals
            .map(|counts| match goal {
                "LINK_CLICKS" => counts.link_clicks,
                "LANDING_PAGE_VIEWS" => counts.landings,
                "REACH" | "IMPRESSIONS" | "AD_RECALL_LIFT" | "THRUPLAY" => counts.impressions / 50,
                "POST_ENGAGEMENT" | "PAGE_LIKES" => counts.link_clicks + counts.reactions,
                _ => counts.results,
            })
            .sum()
    }

    /// Whether an ad set is still learning.
    pub(crate) fn is_learning(&self, ad_set: &Object, at: DateTime<Utc>) -> bool {
        self.learning_events(ad_set, at) < EVENTS
    }

    /// `learning_stage_info`; absent until something was delivered.
    pub(crate) fn learning(&self, ad_set: &Object) -> Option<Value> {
        if self
            .children(ad_set.id)
            .iter()
            .all(|ad| self.days_of(*ad, NaiveDate::MIN, NaiveDate::MAX).next().is_none())
        {
            return None;
        }
        let events = self.learning_events(ad_set, self.now());
        let status = match events {
            _ if events >= EVENTS => "SUCCESS",
            _ if self.now() - ad_set.learning_since >= WINDOW => "FAIL",
            _ => "LEARNING",
        };
        Some(json!({
            "status": status,
            "conversions": events.min(EVENTS),
            "last_sig_edit_ts": ad_set.learning_since.timestamp(),
            "attribution_windows": ["7d_click", "1d_view"],
        }))
    }

    /// Ads whose creative opens a form.
    pub(crate) fn ads_with(&self, form: &Object) -> Vec<NodeId> {
        let id = form.id.to_string();
        let uses = |ad: &&Object| {
            let creative = ad.creative.and_then(|creative| self.object(creative));
            creative.is_some_and(|creative| json!(creative.fields).to_string().contains(&id))
        };
        self.objects.values().filter(|object| object.kind == Kind::Ad).filter(uses).map(|ad| ad.id).collect()
    }

    /// Leads known today.
    pub(crate) fn leads_of(&self, form: &Object) -> i64 {
        let count = |ad: NodeId| {
            let today = self.object(ad).map_or(NaiveDate::MIN, |object| self.today(&object.owner));
            let days = self.days_of(ad, NaiveDate::MIN, NaiveDate::MAX);
            let hours = days.flat_map(move |(date, facts)| facts.reported(ad, date, today).into_values());
            hours.map(|counts| counts.results).sum::<i64>()
        };
        self.ads_with(form).into_iter().map(count).sum()
    }

    /// `GET /{form}/leads`, newest first.
    pub(crate) fn leads(&self, call: &Call, form: &Object) -> MetaResult<Value> {
        call.params.only(&[LIST_PARAMS])?;
        let filters = Filter::parse_all(&call.params.list("filtering")?.unwrap_or_default())?;
        if filters.iter().any(|filter| filter.field != "time_created") {
            return Err(MetaError::field("filtering", "Leads are filtered by time_created"));
        }
        let after = filters.iter().find_map(|filter| filter.value.as_i64()).unwrap_or(i64::MIN);
        let shape = Shape::from_params(&call.params)?;
        let mut rows: Vec<(i64, Value)> = Vec::new();
        for ad in self.ads_with(form).into_iter().filter_map(|id| self.object(id)) {
            rows.extend(self.leads_of_ad(ad, form).into_iter().filter(|(time, _)| *time > after));
        }
        rows.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        let mut out = Vec::new();
        for (_, row) in rows {
            out.push(pick(row, &shape)?);
        }
        edges::page_rows(call, out)
    }

    fn leads_of_ad(&self, ad: &Object, form: &Object) -> Vec<(i64, Value)> {
        let today = self.today(&ad.owner);
        let zone = self.accounts.get(&ad.owner).map_or(chrono_tz::Tz::UTC, |account| account.zone());
        let mut out = Vec::new();
        for (date, facts) in self.days_of(ad.id, NaiveDate::MIN, NaiveDate::MAX) {
            for (hour, counts) in facts.reported(ad.id, date, today) {
                let start = date
                    .and_hms_opt(u32::from(hour), 0, 0)
                    .and_then(|at| zone.from_local_datetime(&at).earliest());
                let Some(start) = start else { continue };
                for n in 0..counts.results {
                    let key =
                        draw::join(draw::join(ad.id.0, start.timestamp().unsigned_abs()), n.unsigned_abs());
                    let time = start.timestamp() + i64::try_from(key % 3600).unwrap_or(0);
                    out.push((
                        time,
                        lead(ad, form, key, start + TimeDelta::seconds(time - start.timestamp())),
                    ));
                }
            }
        }
        out
    }
}

const FIELDS: &[&str] = &[
    "id",
    "created_time",
    "ad_id",
    "ad_name",
    "adset_id",
    "campaign_id",
    "form_id",
    "is_organic",
    "platform",
    "field_data",
    "custom_disclaimer_responses",
];

fn pick(row: Value, shape: &Shape) -> MetaResult<Value> {
    let Value::Object(mut row) = row else { return Ok(row) };
    if shape.is_default() {
        row.retain(|name, _| ["id", "created_time", "field_data"].contains(&name.as_str()));
        return Ok(Value::Object(row));
    }
    for want in &shape.0 {
        edges::check_field(&want.name, FIELDS, "LeadGenData")?;
    }
    row.retain(|name, _| name == "id" || shape.0.iter().any(|want| want.name == *name));
    Ok(Value::Object(row))
}

/// One invented person; addresses end in a reserved domain.
fn lead(ad: &Object, form: &Object, key: u64, at: DateTime<chrono_tz::Tz>) -> Value {
    const FIRST: &[&str] = &["Lena", "Jonas", "Mia", "Paul", "Clara", "Emil", "Nora", "Felix"];
    const LAST: &[&str] = &["Berg", "Moreau", "Garcia", "Keller", "Rossi", "Novak", "Lindqvist", "Hughes"];
    let (first, last) = (FIRST[(key % 8) as usize], LAST[(key / 8 % 8) as usize]);
    let answer = |question: &Value| {
        let value = match question["type"].as_str().unwrap_or_default() {
            "FULL_NAME" => format!("{first} {last}"),
            "FIRST_NAME" => first.to_owned(),
            "LAST_NAME" => last.to_owned(),
            "EMAIL" | "WORK_EMAIL" => format!("{first}.{last}.{}@example.com", key % 10_000).to_lowercase(),
            "PHONE" | "WORK_PHONE_NUMBER" => format!("+4915550{:06}", key % 1_000_000),
            _ => question["options"][0]["value"].as_str().unwrap_or("yes").to_owned(),
        };
        json!({ "name": question["key"], "values": [value] })
    };
    let questions =
        form.fields.get("questions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    json!({
        "id": (key % 900_000_000_000_000 + 100_000_000_000_000).to_string(),
        "created_time": at.format("%Y-%m-%dT%H:%M:%S%z").to_string(),
        "ad_id": ad.id, "ad_name": ad.name(), "adset_id": ad.ad_set, "campaign_id": ad.campaign,
        "form_id": form.id, "is_organic": false, "platform": if key.is_multiple_of(2) { "fb" } else { "ig" },
        "field_data": questions.iter().map(answer).collect::<Vec<_>>(),
    })
}
