//! The `fields` parameter: which fields to read, nested edges included (Meta, `platforms/meta.md` §17).

use std::collections::BTreeMap;

use super::envelope::{MetaError, MetaResult};
use super::params::Params;

/// One wanted field with its modifiers and the fields below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Want {
    pub(crate) name: String,
    /// `limit(50)` and the like, arguments as text.
    pub(crate) modifiers: BTreeMap<String, String>,
    pub(crate) below: Shape,
}

/// The wanted fields of one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape(pub(crate) Vec<Want>);

impl Shape {
    /// Reads the `fields` parameter; without one only the id is wanted.
    pub(crate) fn from_params(params: &Params) -> MetaResult<Self> {
        let words = match params.words("fields")? {
            Some(_) => params.text("fields")?.map_or_else(String::new, str::to_owned),
            None => return Ok(Self::default()),
        };
        let list = words.trim();
        if list.starts_with('[') {
            let names = params.words("fields")?.unwrap_or_default();
            return Self::parse(&names.join(","));
        }
        Self::parse(list)
    }

    pub(crate) fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|name| Want { name: (*name).to_owned(), ..Want::default() }).collect())
    }

    /// Parses `id,name,adsets.limit(50){id,ads{id}}`.
    pub(crate) fn parse(text: &str) -> MetaResult<Self> {
        let mut parser = Parser { rest: text };
        let shape = parser.list()?;
        match parser.rest {
            "" => Ok(shape),
            rest => Err(syntax(rest)),
        }
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0.is_empty()
    }

    /// The wanted fields, `id` always among them.
    pub(crate) fn with_id(&self) -> Vec<Want> {
        let mut wants = self.0.clone();
        if !wants.iter().any(|want| want.name == "id") {
            wants.push(Want { name: "id".into(), ..Want::default() });
        }
        wants
    }
}

fn syntax(rest: &str) -> MetaError {
    let near: String = rest.chars().take(20).collect();
    MetaError::new(
        2500,
        format!("Syntax error \"Expected end of string instead of \\\"{near}\\\".\" in fields"),
    )
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn eat(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn list(&mut self) -> MetaResult<Shape> {
        let mut wants = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with('}') {
                break;
            }
            wants.push(self.want()?);
            if !self.eat(',') {
                break;
            }
        }
        Ok(Shape(wants))
    }

    fn want(&mut self) -> MetaResult<Want> {
        let mut want = Want { name: self.word()?, ..Want::default() };
        while self.eat('.') {
            let modifier = self.word()?;
            if !self.eat('(') {
                return Err(syntax(self.rest));
            }
            want.modifiers.insert(modifier, self.argument()?);
        }
        if self.eat('{') {
            want.below = self.list()?;
            if !self.eat('}') {
                return Err(syntax(self.rest));
            }
        }
        Ok(want)
    }

    fn word(&mut self) -> MetaResult<String> {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(syntax(self.rest));
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(word.to_owned())
    }

    /// Text up to the parenthesis that closes the modifier.
    fn argument(&mut self) -> MetaResult<String> {
        let mut depth = 1;
        for (at, letter) in self.rest.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let argument = self.rest[..at].trim().to_owned();
                self.rest = &self.rest[at + 1..];
                return Ok(argument);
            }
        }
        Err(syntax(self.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_keep_their_modifiers() {
        let shape =
            Shape::parse("id, name,adsets.limit(50).effective_status([\"PAUSED\"]){id,ads{id}}").unwrap();
        let adsets = &shape.0[2];
        assert_eq!(adsets.name, "adsets");
        assert_eq!(adsets.modifiers["limit"], "50");
        assert_eq!(adsets.modifiers["effective_status"], "[\"PAUSED\"]");
        assert_eq!(adsets.below.0[1].below.0[0].name, "id");
    }

    #[test]
    fn broken_fields_are_a_syntax_error() {
        for text in ["id}", "adsets{id", "adsets.limit", "a.limit(5", "id name", ","] {
            assert_eq!(Shape::parse(text).unwrap_err().code, 2500, "{text}");
        }
    }
}
