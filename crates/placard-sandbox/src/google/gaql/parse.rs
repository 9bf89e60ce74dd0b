//! The grammar of the query language (Google, `platforms/google.md` §6).

use super::lex::{Token, error, tokens};
use crate::google::error::AdsError;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    In,
    NotIn,
    Like,
    NotLike,
    ContainsAny,
    ContainsAll,
    ContainsNone,
    IsNull,
    IsNotNull,
    During,
    Between,
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Number(String),
    Text(String),
    Word(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) op: Op,
    pub(super) values: Vec<Literal>,
}

/// A query that is well formed; its fields may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) select: Vec<String>,
    pub(super) from: String,
    pub(super) conditions: Vec<Condition>,
    /// Fields, and whether the largest comes first.
    pub(super) order: Vec<(String, bool)>,
    pub(super) limit: Option<usize>,
    pub(super) omit_names: bool,
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

type Parsed<T> = Result<T, AdsError>;

fn end() -> AdsError {
    error("UNEXPECTED_END_OF_QUERY", "Error in query: unexpected end of query.")
}

fn unexpected(token: &Token) -> AdsError {
    let text = match token {
        Token::Word(text) | Token::Number(text) | Token::Text(text) => text.as_str(),
        Token::Symbol(text) => text,
    };
    error("UNEXPECTED_INPUT", format!("Error in query: unexpected input {text}."))
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Parsed<Token> {
        let token = self.peek().cloned().ok_or_else(end)?;
        self.at += 1;
        Ok(token)
    }

    /// Takes a keyword, in any case, if it comes next.
    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(next)) if *next == symbol);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Parsed<String> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            other => Err(unexpected(&other)),
        }
    }

    fn literal(&mut self) -> Parsed<Literal> {
        match self.next()? {
            Token::Number(text) => Ok(Literal::Number(text)),
            Token::Text(text) => Ok(Literal::Text(text)),
            Token::Word(text) => Ok(Literal::Word(text)),
            other => Err(unexpected(&other)),
        }
    }

    fn list(&mut self) -> Parsed<Vec<Literal>> {
        /// Values of one list.
        const MOST: usize = 20_000;
        if !self.symbol("(") {
            return Err(self.peek().map_or_else(end, unexpected));
        }
        let mut out = vec![self.literal()?];
        while self.symbol(",") {
            out.push(self.literal()?);
        }
        if !self.symbol(")") {
            return Err(self.peek().map_or_else(end, unexpected));
        }
        if out.len() > MOST {
            return Err(error("FILTER_HAS_TOO_MANY_VALUES", "A filter has too many values."));
        }
        Ok(out)
    }

    fn condition(&mut self) -> Parsed<Condition> {
        let field = self.name()?;
        let negated = self.keyword("NOT");
        const SIGNS: &[(&str, Op)] =
            &[("=", Op::Eq), ("!=", Op::Ne), (">=", Op::Ge), (">", Op::Gt), ("<=", Op::Le), ("<", Op::Lt)];
        let sign = if negated { None } else { SIGNS.iter().find(|(sign, _)| self.symbol(sign)) };
        if let Some((_, op)) = sign {
            return Ok(Condition { field, op: *op, values: vec![self.literal()?] });
        }
        let (op, values) = match (self.name()?.to_ascii_uppercase().as_str(), negated) {
            ("IN", false) => (Op::In, self.list()?),
            ("IN", true) => (Op::NotIn, self.list()?),
            ("LIKE", false) => (Op::Like, vec![self.literal()?]),
            ("LIKE", true) => (Op::NotLike, vec![self.literal()?]),
            ("CONTAINS", false) => {
                let op = match self.name()?.to_ascii_uppercase().as_str() {
                    "ANY" => Op::ContainsAny,
                    "ALL" => Op::ContainsAll,
                    "NONE" => Op::ContainsNone,
                    other => {
                        return Err(error("BAD_OPERATOR", format!("There is no operator CONTAINS {other}.")));
                    }
                };
                (op, self.list()?)
            }
            ("IS", false) => {
                let op = if self.keyword("NOT") { Op::IsNotNull } else { Op::IsNull };
                if !self.keyword("NULL") {
                    return Err(self.peek().map_or_else(end, unexpected));
                }
                (op, Vec::new())
            }
            ("DURING", false) => (Op::During, vec![self.literal()?]),
            ("BETWEEN", false) => {
                let low = self.literal()?;
                if !self.keyword("AND") {
                    return Err(self.peek().map_or_else(end, unexpected));
                }
                (Op::Between, vec![low, self.literal()?])
            }
            (other, _) => return Err(error("BAD_OPERATOR", format!("There is no operator {other}."))),
        };
        Ok(Condition { field, op, values })
    }

    fn order(&mut self) -> Parsed<(String, bool)> {
        let field = self.name()?;
        let descending = self.keyword("DESC");
        if !descending {
            self.keyword("ASC");
        }
        Ok((field, descending))
    }

    fn limit(&mut self) -> Parsed<usize> {
        let bad = || error("BAD_LIMIT_VALUE", "LIMIT takes a whole number.");
        let Token::Number(text) = self.next()? else { return Err(bad()) };
        match text.parse::<i64>().map_err(|_| bad())? {
            low if low < 1 => Err(error("LIMIT_VALUE_TOO_LOW", "LIMIT is at least 1.")),
            limit => usize::try_from(limit).map_err(|_| bad()),
        }
    }

    /// `PARAMETERS name = value (, …)`; says whether unselected names are left out.
    fn parameters(&mut self) -> Parsed<bool> {
        let mut omit = false;
        loop {
            let name = self.name()?;
            if !self.symbol("=") {
                return Err(self.peek().map_or_else(end, unexpected));
            }
            let value = self.name()?;
            match (name.as_str(), value.to_ascii_lowercase().as_str()) {
                ("omit_unselected_resource_names", "true") => omit = true,
                ("omit_unselected_resource_names", "false") => {}
                _ => {
                    let text = format!("The parameter {name} = {value} is not known.");
                    return Err(error("UNEXPECTED_INPUT", text));
                }
            }
            if !self.symbol(",") {
                return Ok(omit);
            }
        }
    }
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Parsed<Query> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    if !reader.keyword("SELECT") {
        return Err(error("EXPECTED_SELECT", "Error in query: expected SELECT."));
    }
    let mut select = vec![reader.name()?];
    while reader.symbol(",") {
        select.push(reader.name()?);
    }
    if !reader.keyword("FROM") {
        return Err(error("EXPECTED_FROM", "Error in query: expected FROM."));
    }
    let from = reader.name()?;
    let mut conditions = Vec::new();
    if reader.keyword("WHERE") {
        conditions.push(reader.condition()?);
        while reader.keyword("AND") {
            conditions.push(reader.condition()?);
        }
    }
    let mut order = Vec::new();
    if reader.keyword("ORDER") {
        if !reader.keyword("BY") {
            return Err(reader.peek().map_or_else(end, unexpected));
        }
        order.push(reader.order()?);
        while reader.symbol(",") {
            order.push(reader.order()?);
        }
    }
    let limit = if reader.keyword("LIMIT") { Some(reader.limit()?) } else { None };
    let omit_names = if reader.keyword("PARAMETERS") { reader.parameters()? } else { false };
    match reader.peek() {
        Some(token) => Err(unexpected(token)),
        None => Ok(Query { select, from, conditions, order, limit, omit_names }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_is_read() {
        let query = parse(
            "select campaign.id, metrics.clicks FROM campaign WHERE campaign.name = 'it\\'s' AND campaign.status \
             IN (ENABLED, PAUSED) and segments.date BETWEEN '2026-10-01' AND 20261007 AND campaign.labels contains \
             any ('a') AND campaign.name IS NOT NULL ORDER BY metrics.clicks DESC, campaign.id LIMIT 5 PARAMETERS \
             omit_unselected_resource_names = true",
        )
        .unwrap();
        assert_eq!(query.select, ["campaign.id", "metrics.clicks"]);
        assert_eq!(query.conditions[0].values, [Literal::Text("it's".into())]);
        let ops: Vec<Op> = query.conditions.iter().map(|condition| condition.op).collect();
        assert_eq!(ops, [Op::Eq, Op::In, Op::Between, Op::ContainsAny, Op::IsNotNull]);
        assert_eq!(query.order, [("metrics.clicks".into(), true), ("campaign.id".into(), false)]);
        assert_eq!((query.limit, query.omit_names), (Some(5), true));
    }

    #[test]
    fn what_is_not_well_formed_is_refused_by_name() {
        for (text, code) in [
            ("FROM campaign", "EXPECTED_SELECT"),
            ("SELECT a.b WHERE a.b = 1", "EXPECTED_FROM"),
            ("SELECT * FROM campaign", "UNEXPECTED_INPUT"),
            ("SELECT a.b FROM c WHERE a.b = 'x", "STRING_NOT_TERMINATED"),
            ("SELECT a.b FROM c WHERE a.b = 1 OR a.b = 2", "UNEXPECTED_INPUT"),
            ("SELECT a.b FROM c WHERE", "UNEXPECTED_END_OF_QUERY"),
            ("SELECT a.b FROM c WHERE a.b LIKES 'x'", "BAD_OPERATOR"),
            ("SELECT a.b FROM c LIMIT x", "BAD_LIMIT_VALUE"),
            ("SELECT a.b FROM c LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
        ] {
            assert_eq!(parse(text).unwrap_err().code, code, "{text}");
        }
    }
}
