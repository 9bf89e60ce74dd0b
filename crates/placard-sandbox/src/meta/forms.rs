//! Lead forms (Meta, `platforms/meta.md` §14).

use serde_json::{Map, Value, json};

use super::account::Page;
use super::auth::{Scope, Token, TokenKind};
use super::creatives::is_web_link;
use super::envelope::{MetaError, MetaResult};
use super::params::{Params, missing};
use super::write;
use crate::object::{Kind, NodeId, Object, Status};
use crate::wire::wire_enum;
use crate::world::World;

wire_enum! {
    /// What a question asks; all but CUSTOM are filled in from the profile.
    pub(crate) enum Question {
        FullName = "FULL_NAME",
        FirstName = "FIRST_NAME",
        LastName = "LAST_NAME",
        Email = "EMAIL",
        Phone = "PHONE",
        StreetAddress = "STREET_ADDRESS",
        City = "CITY",
        State = "STATE",
        Province = "PROVINCE",
        Zip = "ZIP",
        PostCode = "POST_CODE",
        Country = "COUNTRY",
        CompanyName = "COMPANY_NAME",
        JobTitle = "JOB_TITLE",
        WorkEmail = "WORK_EMAIL",
        WorkPhone = "WORK_PHONE_NUMBER",
        BirthDate = "DOB",
        Gender = "GENDER",
        MaritalStatus = "MARITAL_STATUS",
        DateTime = "DATE_TIME",
        StoreLookup = "STORE_LOOKUP",
        Custom = "CUSTOM",
    }
}

const CREATE: &[&str] = &[
    "name",
    "questions",
    "privacy_policy",
    "follow_up_action_url",
    "locale",
    "context_card",
    "thank_you_page",
    "custom_disclaimer",
    "is_optimized_for_quality",
    "tracking_parameters",
    "should_enforce_work_email",
    "is_phone_sms_verify_enabled",
    "block_display_for_non_targeted_viewer",
    "allow_organic_lead_retrieval",
    "question_page_custom_headline",
];

/// Refuses a token that does not speak for the page.
pub(crate) fn page_token(token: &Token, page: &Page, scope: Scope) -> MetaResult<()> {
    if token.kind != TokenKind::Page || token.page.as_deref() != Some(page.id) {
        return Err(MetaError::token(None, "This method must be called with a Page Access Token"));
    }
    token.needs(&[scope])
}

/// `POST /{page}/leadgen_forms`.
pub(crate) fn create(world: &mut World, page: &Page, params: &Params) -> MetaResult<Value> {
    params.only(&[CREATE])?;
    if !page.leadgen_tos_accepted {
        return Err(MetaError::rule(
            1870090,
            "page_id",
            "Accept the lead ads terms",
            "The page has to accept the Lead Generation Terms of Service first.",
        ));
    }
    let name = write::name(params)?.ok_or_else(|| missing("name"))?;
    let taken = world.owned(page.id, Kind::LeadForm).into_iter().filter_map(|id| world.object(id));
    if taken.into_iter().any(|form| form.name() == name && form.status != Status::Deleted) {
        return Err(MetaError::field("name", format!("A form named {name} already exists on this page")));
    }
    let questions = questions(params)?;
    let mut fields = Map::new();
    fields.insert("name".into(), json!(name));
    fields.insert("questions".into(), json!(questions));
    privacy(params, &mut fields)?;
    let locale = params.text("locale")?.unwrap_or("EN_US");
    let well_formed = locale.len() == 5 && locale.as_bytes()[2] == b'_' && locale.to_uppercase() == locale;
    if !well_formed {
        return Err(MetaError::field("locale", format!("Unknown locale {locale}")));
    }
    fields.insert("locale".into(), json!(locale));
    if let Some(url) = params.text("follow_up_action_url")? {
        if !is_web_link(url) {
            return Err(MetaError::field(
                "follow_up_action_url",
                "follow_up_action_url must be an absolute URL",
            ));
        }
        fields.insert("follow_up_action_url".into(), json!(url));
    }
    for name in [
        "is_optimized_for_quality",
        "should_enforce_work_email",
        "is_phone_sms_verify_enabled",
        "block_display_for_non_targeted_viewer",
        "allow_organic_lead_retrieval",
    ] {
        if let Some(flag) = params.bool(name)? {
            fields.insert(name.into(), json!(flag));
        }
    }
    pages(params, &mut fields)?;
    write::copy(params, &mut fields, &["question_page_custom_headline"])?;
    let mut form = world.draft(Kind::LeadForm, page.id, Status::Active);
    form.fields = fields;
    let id = world.add(form);
    Ok(json!({ "id": id }))
}

fn questions(params: &Params) -> MetaResult<Vec<Value>> {
    let bad = |message: String| MetaError::field("questions", message);
    let list = params.list("questions")?.ok_or_else(|| missing("questions"))?;
    if list.is_empty() {
        return Err(bad("A form needs at least one question".into()));
    }
    let mut keys = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for entry in list {
        let mut entry = match entry {
            Value::Object(entry) => entry,
            _ => return Err(bad("Each question must be an object".into())),
        };
        let known = ["type", "key", "label", "options", "inline_context", "dependent_conditional_questions"];
        if let Some(name) = entry.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(bad(format!("Unknown field {name} in a question")));
        }
        let kind = entry.get("type").and_then(Value::as_str).unwrap_or_default();
        let kind: Question = super::params::parse_enum("questions", kind)?;
        let custom = kind == Question::Custom;
        if custom && entry.get("label").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(bad("A custom question needs a label".into()));
        }
        let key = entry
            .get("key")
            .and_then(Value::as_str)
            .map_or_else(|| kind.to_string().to_lowercase(), str::to_owned);
        if !keys.insert(key.clone()) {
            return Err(bad(format!("The key {key} is used twice")));
        }
        entry.insert("key".into(), json!(key));
        out.push(Value::Object(entry));
    }
    Ok(out)
}

fn privacy(params: &Params, fields: &mut Map<String, Value>) -> MetaResult<()> {
    let policy = params.object("privacy_policy")?.ok_or_else(|| missing("privacy_policy"))?;
    let url = policy.get("url").and_then(Value::as_str).unwrap_or_default();
    if !is_web_link(url) {
        return Err(MetaError::field("privacy_policy", "privacy_policy needs an absolute url"));
    }
    if let Some(name) = policy.keys().find(|name| !["url", "link_text"].contains(&name.as_str())) {
        return Err(MetaError::field("privacy_policy", format!("Unknown field {name} in privacy_policy")));
    }
    fields.insert("privacy_policy_url".into(), json!(url));
    fields.insert("legal_content".into(), json!({ "privacy_policy": policy }));
    Ok(())
}

/// The screens before and after the questions.
fn pages(params: &Params, fields: &mut Map<String, Value>) -> MetaResult<()> {
    let screens: [(&str, &[&str]); 2] = [
        ("context_card", &["title", "style", "content", "button_text", "cover_photo_id"]),
        (
            "thank_you_page",
            &[
                "title",
                "body",
                "button_type",
                "button_text",
                "website_url",
                "business_phone_number",
                "country_code",
                "button_description",
            ],
        ),
    ];
    for (screen, known) in screens {
        let Some(value) = params.object(screen)? else { continue };
        if let Some(name) = value.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(MetaError::field(screen, format!("Unknown field {name} in {screen}")));
        }
        let fits = |name: &str, words: &[&str]| {
            value.get(name).is_none_or(|word| word.as_str().is_some_and(|word| words.contains(&word)))
        };
        if !fits("style", &["LIST_STYLE", "PARAGRAPH_STYLE"])
            || !fits("button_type", &["VIEW_WEBSITE", "CALL_BUSINESS", "DOWNLOAD", "NONE"])
        {
            return Err(MetaError::field(
                screen,
                format!("{screen} has a style or button that does not exist"),
            ));
        }
        fields.insert(screen.into(), json!(value));
    }
    for name in ["custom_disclaimer", "tracking_parameters"] {
        if let Some(value) = params.object(name)? {
            fields.insert(name.into(), json!(value));
        }
    }
    Ok(())
}

/// `POST /{form}`: only the status of a published form may change.
pub(crate) fn update(world: &mut World, form: &Object, params: &Params) -> MetaResult<Value> {
    params.only(&[&["status"]])?;
    let status = match params.required_text("status")? {
        "ACTIVE" => Status::Active,
        "ARCHIVED" => Status::Archived,
        "DELETED" => Status::Deleted,
        other => return Err(MetaError::field("status", format!("A form cannot be set to {other}"))),
    };
    let id: NodeId = form.id;
    world.set_status(id, status);
    Ok(json!({ "success": true }))
}
