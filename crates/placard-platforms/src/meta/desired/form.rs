//! Instant forms (Meta, `platforms/meta.md` §14).

use super::{Mapper, content_key};
use crate::meta::words;
use placard_domain::{
    plan::{DesiredObject, FieldRules, Fields, ObjectKey, ObjectKind},
    spec::{Diagnostic, LeadForm, Question, QuestionKind},
};
use serde_json::{Map, Value, json};

impl Mapper<'_> {
    /// Adds the form and gives its key. Nothing of a published form can be changed, so other content is another form,
    /// and the same content is one. A form that nothing uses any more stays: its leads are in it, and nobody sees it.
    pub(super) fn form(&mut self, path: &str, form: &LeadForm) -> ObjectKey {
        self.check_questions(path, form);
        let mut fields = Fields::from([
            // Part of the address when it is created; Meta keeps forms under the page.
            ("page_id".to_owned(), Value::from(self.own.page.clone())),
            ("name".to_owned(), form.name.clone().into()),
            ("questions".to_owned(), form.questions.iter().map(question).collect()),
            ("privacy_policy".to_owned(), json!({"url": form.privacy_policy_url})),
        ]);
        if let Some(url) = &form.follow_up_url {
            fields.insert("follow_up_action_url".to_owned(), url.clone().into());
        }
        if let Some(locale) = self.form_locale(path, form) {
            fields.insert("locale".to_owned(), locale.into());
        }
        if form.higher_intent {
            fields.insert("is_optimized_for_quality".to_owned(), true.into());
        }
        let key = content_key(ObjectKind::LeadForm, &slug(&form.name), &fields);
        let create_only: Vec<String> = fields.keys().cloned().collect();
        // Nobody can change a published form, so only its name is compared.
        let write_only = create_only.iter().filter(|field| *field != "name").cloned().collect();
        let rules = FieldRules { create_only, write_only, keep: true };
        let name = form.name.clone();
        self.object(DesiredObject {
            key: key.clone(),
            name,
            fields,
            run: None,
            rules,
            upload: None,
            daily_cost: None,
        });
        key
    }

    fn check_questions(&mut self, path: &str, form: &LeadForm) {
        if form.questions.is_empty() {
            self.error(format!("{path}.questions"), "a form asks at least one question");
        }
        let reachable = [QuestionKind::Email, QuestionKind::Phone, QuestionKind::WorkEmail];
        if !form.questions.iter().any(|question| reachable.contains(&question.ask)) {
            let message = "the form asks for neither an e-mail address nor a telephone number";
            self.found(
                Diagnostic::warning(format!("{path}.questions"), message).help("Nobody could be answered."),
            );
        }
        for (index, question) in form.questions.iter().enumerate() {
            let path = format!("{path}.questions[{index}]");
            match question.ask {
                QuestionKind::Custom if question.label.is_none() => {
                    self.error(format!("{path}.label"), "a question of your own needs its wording");
                }
                QuestionKind::Custom => {}
                _ if form.questions[..index].iter().any(|earlier| earlier.ask == question.ask) => {
                    self.error(path, format!("`{}` is asked twice", question.ask));
                }
                _ => {}
            }
        }
    }

    fn form_locale(&mut self, path: &str, form: &LeadForm) -> Option<String> {
        let locale = form.locale.as_ref()?.to_uppercase();
        if !words::FORM_LOCALES.contains(&locale.as_str()) {
            let message = format!("Meta has no forms in `{}`", form.locale.as_deref().unwrap_or_default());
            let help = format!("It has: {}.", words::FORM_LOCALES.join(", "));
            self.found(Diagnostic::error(format!("{path}.locale"), message).help(help));
        }
        Some(locale)
    }
}

fn question(question: &Question) -> Value {
    let mut fields = Map::from_iter([("type".to_owned(), Value::from(words::question(question.ask)))]);
    if let (QuestionKind::Custom, Some(label)) = (question.ask, &question.label) {
        fields.insert("key".to_owned(), key(label).into());
        fields.insert("label".to_owned(), label.clone().into());
        if !question.options.is_empty() {
            let options = question.options.iter().map(|option| json!({"value": option, "key": key(option)}));
            fields.insert("options".to_owned(), options.collect());
        }
    }
    Value::Object(fields)
}

/// The name of an answer in the data of a lead.
fn key(label: &str) -> String {
    slug(label).replace('-', "_")
}

/// Small letters and digits of `text`, other characters as single dashes.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.to_lowercase().chars() {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').chars().take(60).collect()
}
