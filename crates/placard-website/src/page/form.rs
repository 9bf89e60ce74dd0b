//! Forms and what they ask.

use super::dom::{Dom, Element};
use std::collections::BTreeSet;
use url::Url;

/// One question of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// `input`'s type, or `select` or `textarea`.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) autocomplete: String,
    /// Whether something tells what it asks.
    pub(crate) labelled: bool,
}

/// A form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it is sent, if that is an address.
    pub(crate) action: Option<Url>,
    /// Whether it is sent as a body.
    pub(crate) posted: bool,
    pub(crate) fields: Vec<Field>,
    /// Names of what is sent along unseen.
    pub(crate) hidden: Vec<String>,
    /// Whether it searches the site rather than asking who somebody is.
    pub(crate) search: bool,
}

/// The forms of a page.
pub(super) fn read(dom: &Dom, base: &Url, page: &Url) -> Vec<Form> {
    let labelled: BTreeSet<&str> = dom
        .elements()
        .filter(|element| element.is("label"))
        .filter_map(|label| label.attribute("for"))
        .collect();
    let forms = dom.elements().filter(|element| element.is("form"));
    forms.map(|form| one(form, base, page, &labelled)).collect()
}

fn one(form: Element<'_>, base: &Url, page: &Url, labelled: &BTreeSet<&str>) -> Form {
    let action = match form.attribute("action").map(str::trim) {
        None | Some("") => Some(page.clone()),
        Some(action) => base.join(action).ok(),
    };
    let inputs = || form.inside().filter(|element| element.is("input"));
    let hidden = inputs().filter(|input| input.word("type") == "hidden").map(|input| input.word("name"));
    let fields: Vec<Field> = form.inside().filter_map(|element| field(element, labelled)).collect();
    let search = form.word("role") == "search" || fields.iter().all(|field| field.kind == "search");
    Form {
        action,
        posted: form.word("method") == "post",
        hidden: hidden.collect(),
        search: search && !fields.is_empty(),
        fields,
    }
}

fn field(element: Element<'_>, labelled: &BTreeSet<&str>) -> Option<Field> {
    let kind = match element.name() {
        "input" => match element.word("type").as_str() {
            "" => "text".to_owned(),
            "hidden" | "submit" | "button" | "image" | "reset" => return None,
            other => other.to_owned(),
        },
        other @ ("select" | "textarea") => other.to_owned(),
        _ => return None,
    };
    let told = ["aria-label", "aria-labelledby", "title"].iter().any(|name| !element.word(name).is_empty());
    let by_id = element.attribute("id").is_some_and(|id| labelled.contains(id));
    Some(Field {
        kind,
        name: element.word("name"),
        autocomplete: element.word("autocomplete"),
        labelled: told || by_id || element.is_in("label"),
    })
}
