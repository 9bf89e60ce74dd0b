//! Instant forms (Meta, `platforms/meta.md` §14).

use super::text;
use crate::{
    import::{ours, spec_name},
    meta::{story::Story, wire::plain, words},
};
use placard_domain::spec::{LeadForm, Question, QuestionKind};
use serde_json::Value;

/// What to ask of a form.
pub(super) const FIELDS: &str = "id,name,status,questions,privacy_policy_url,follow_up_action_url,locale,is_optimized_for_quality,page_id,\
     context_card,thank_you_page";

/// The form that a creative opens.
pub(super) fn id_of(creative: &Value) -> Option<String> {
    let story = creative.get("object_story_spec")?;
    let data = Story::ALL.iter().find_map(|form| story.get(form.member()))?;
    Some(plain(data.pointer("/call_to_action/value/lead_gen_form_id")?))
}

/// The form `row` as a spec says it.
pub(super) fn draw(row: &Value) -> Result<LeadForm, String> {
    let questions = row.get("questions").and_then(Value::as_array).into_iter().flatten();
    Ok(LeadForm {
        name: spec_name(text(row, "name").unwrap_or_default()),
        questions: questions.map(question).collect::<Result<_, _>>()?,
        privacy_policy_url: text(row, "privacy_policy_url")
            .ok_or("its form names no privacy policy")?
            .to_owned(),
        follow_up_url: text(row, "follow_up_action_url").map(str::to_owned),
        locale: text(row, "locale").map(str::to_owned),
        higher_intent: row.get("is_optimized_for_quality").and_then(Value::as_bool).unwrap_or_default(),
    })
}

fn question(row: &Value) -> Result<Question, String> {
    let word = text(row, "type").unwrap_or_default();
    let ask = ours(QuestionKind::ALL, words::question, word)
        .ok_or_else(|| format!("its form asks for {word}, which a spec cannot say"))?;
    let options = row.get("options").and_then(Value::as_array).into_iter().flatten();
    Ok(match ask {
        QuestionKind::Custom => Question {
            ask,
            label: text(row, "label").map(str::to_owned),
            options: options.filter_map(|option| Some(plain(option.get("value")?))).collect(),
        },
        _ => Question { ask, label: None, options: Vec::new() },
    })
}
