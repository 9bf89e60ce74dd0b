//! The words of a message: a text in which `{first_name|there}` stands for what is known of the recipient.

use crate::{objective::words, status::parse_words, suggest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest subject, in characters; a line of a header holds 998 bytes (RFC 5322 §2.1.1).
const LONGEST_SUBJECT: usize = 200;

words! {
    /// What a text may ask for.
    Placeholder {
        /// Their first name.
        FirstName = "first_name",
        /// The name that others see.
        DisplayName = "display_name",
        /// Their handle.
        Username = "username",
        /// The network they were found on.
        Platform = "platform",
        /// Where they say they are.
        Location = "location",
        /// Who writes.
        SenderName = "sender_name",
        /// How to be left alone. Every text names it.
        Unsubscribe = "unsubscribe",
    }
}

parse_words!(Placeholder);

/// What is known of a recipient.
pub type Values = BTreeMap<Placeholder, String>;

/// Subject and text of a message, read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct Template {
    written: Written,
    subject: Vec<Part>,
    body: Vec<Part>,
}

/// A template as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// One line.
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    /// The text, with `{unsubscribe}` in it.
    #[schemars(length(min = 1, max = 20_000))]
    body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Asks { name: Placeholder, default: Option<String> },
}

/// A message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// The text, with `\n` between its lines.
    pub body: String,
}

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error("there is no placeholder {{{name}}}{}; there are {}", hint(name), known())]
    UnknownName {
        /// What was written.
        name: String,
    },
    /// A brace without its other half.
    #[error("a brace stands alone in the {0}; write {{{{ or }}}} for one that is meant")]
    LoneBrace(&'static str),
    /// The subject is empty, too long or more than a line.
    #[error("a subject is one line of 1 to 200 characters")]
    Subject,
    /// The text does not say how to be left alone.
    #[error("the text must say how to be left alone: put {{unsubscribe}} into it, without a default")]
    NoUnsubscribe,
}

/// Something that a text asks for is not known, and there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} is not known of this recipient, and it has no default; write {{{0}|…}}")]
pub struct RenderError(pub Placeholder);

impl Template {
    /// Reads a subject and a text.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn parse(subject: &str, body: &str) -> Result<Self, TemplateError> {
        let length = subject.chars().count();
        if subject.trim().is_empty() || length > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            return Err(TemplateError::Subject);
        }
        let template = Self {
            subject: parts(subject, "subject")?,
            body: parts(body, "text")?,
            written: Written { subject: subject.to_owned(), body: body.to_owned() },
        };
        let way_out = Part::Asks { name: Placeholder::Unsubscribe, default: None };
        if template.body.contains(&way_out) { Ok(template) } else { Err(TemplateError::NoUnsubscribe) }
    }

    /// The message to somebody. A value that is empty counts as not known.
    ///
    /// # Errors
    /// [`RenderError`]
    pub fn render(&self, values: &Values) -> Result<Rendered, RenderError> {
        let subject = one_line(&fill(&self.subject, values)?);
        let body = fill(&self.body, values)?.replace("\r\n", "\n").replace('\r', "\n");
        Ok(Rendered { subject: subject.chars().take(LONGEST_SUBJECT).collect(), body })
    }
}

impl TryFrom<Written> for Template {
    type Error = TemplateError;

    fn try_from(written: Written) -> Result<Self, TemplateError> {
        Self::parse(&written.subject, &written.body)
    }
}

impl From<Template> for Written {
    fn from(template: Template) -> Self {
        template.written
    }
}

fn fill(parts: &[Part], values: &Values) -> Result<String, RenderError> {
    let mut filled = String::new();
    for part in parts {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Asks { name, default } => {
                // What is known of people comes from outside and is one line wherever it stands.
                let known = values.get(name).map(|value| one_line(value)).filter(|value| !value.is_empty());
                filled.push_str(&known.or_else(|| default.clone()).ok_or(RenderError(*name))?);
            }
        }
    }
    Ok(filled)
}

/// `text` with every run of white space and control characters as one space, so that nothing ends a header.
fn one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn parts(text: &str, what: &'static str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            plain.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        let inside = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (asked, after) = inside.ok_or(TemplateError::LoneBrace(what))?;
        if asked.contains('{') {
            return Err(TemplateError::LoneBrace(what));
        }
        parts.extend((!plain.is_empty()).then(|| Part::Text(std::mem::take(&mut plain))));
        parts.push(asks(asked)?);
        rest = after;
    }
    plain.push_str(rest);
    parts.extend((!plain.is_empty()).then_some(Part::Text(plain)));
    Ok(parts)
}

fn asks(asked: &str) -> Result<Part, TemplateError> {
    let (name, default) =
        asked.split_once('|').map_or((asked, None), |(name, default)| (name, Some(default)));
    let unknown = |_| TemplateError::UnknownName { name: name.trim().to_owned() };
    let name = name.trim().parse().map_err(unknown)?;
    Ok(Part::Asks { name, default: default.map(one_line) })
}

fn hint(name: &str) -> String {
    let closest = suggest::closest(name, Placeholder::ALL.iter().map(|known| known.as_str()));
    closest.map(|closest| format!(" (did you mean {{{closest}}}?)")).unwrap_or_default()
}

fn known() -> String {
    let names: Vec<String> = Placeholder::ALL.iter().map(|name| format!("{{{name}}}")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn render(subject: &str, body: &str, values: &[(Placeholder, &str)]) -> Result<Rendered, RenderError> {
        let mut values: Values = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        values.insert(Placeholder::Unsubscribe, "mailto:out@example.com".to_owned());
        Template::parse(subject, body).unwrap().render(&values)
    }

    #[test]
    fn a_name_that_is_not_known_gives_way_to_its_default() {
        let body = "Hi {first_name|there}, {{really}}.\n{unsubscribe}";
        let unknown = render("Hello {first_name|you}", body, &[]).unwrap();
        assert_eq!(unknown.subject, "Hello you");
        assert_eq!(unknown.body, "Hi there, {really}.\nmailto:out@example.com");
        let known = render("Hello {first_name|you}", body, &[(Placeholder::FirstName, "Ada")]).unwrap();
        assert_eq!(known.subject, "Hello Ada");
        assert_eq!(render("{username}", "{unsubscribe}", &[]), Err(RenderError(Placeholder::Username)));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Template::parse("Hi {frist_name}", "{unsubscribe}").unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no placeholder {frist_name} (did you mean {first_name}?); there are {first_name}, \
             {display_name}, {username}, {platform}, {location}, {sender_name}, {unsubscribe}"
        );
    }

    #[test]
    fn a_text_without_a_way_out_is_refused() {
        let refused = Err(TemplateError::NoUnsubscribe);
        assert_eq!(Template::parse("Hi", "Buy this."), refused);
        assert_eq!(Template::parse("Hi", "Buy this. {unsubscribe|no}"), refused);
        assert_eq!(Template::parse("{unsubscribe}", "Buy this. {{unsubscribe}}"), refused);
    }

    #[test]
    fn a_brace_without_its_other_half_is_refused() {
        for text in ["{", "}", "a {first_name", "first_name} {unsubscribe}", "{first{name}}"] {
            assert!(matches!(parts(text, "text"), Err(TemplateError::LoneBrace("text"))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_value_ends_a_header_line(value in any::<String>(), default in "[^{}|]{0,20}") {
            let values = Values::from([(Placeholder::FirstName, value)]);
            prop_assume!(!default.chars().any(char::is_control));
            let subject = format!("Hi {{first_name|{default}}}");
            prop_assume!(subject.chars().count() <= LONGEST_SUBJECT);
            let template = Template::parse(&subject, "{unsubscribe}").unwrap();
            let filled = fill(&template.subject, &values).unwrap();
            prop_assert!(!one_line(&filled).chars().any(char::is_control));
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(subject in any::<String>(), body in any::<String>()) {
            if let Ok(template) = Template::parse(&subject, &body) {
                let again = serde_json::from_str(&serde_json::to_string(&template).unwrap()).unwrap();
                prop_assert_eq!(template, again);
            }
        }
    }
}
