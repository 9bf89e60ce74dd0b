//! Questions whose text depends on what is asked: put together from the columns that a collection declares, with every
//! value as a parameter.

use super::{
    super::{Comparison, DocumentError, Filter, Scalar, adapter::Wanted, filter::field, page::After},
    member_lexeme, quoted,
    statements::{column, table},
    tenant_lexeme,
};
use chrono::{DateTime, Utc};
use placard_domain::{
    TenantId,
    document::{Collection, Field, Kind},
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

const COLUMNS: &str = "id, version, created_at, updated_at, body";

/// A question about one tenant's documents of one collection.
pub(super) struct Question(pub(super) QueryBuilder<Postgres>);

impl Question {
    /// One document.
    pub(super) fn one(tenant: TenantId, of: &Collection, id: Uuid) -> Self {
        let mut question = Self::about(COLUMNS, tenant, of);
        question.0.push(" and id = ").push_bind(id);
        question
    }

    /// How many.
    pub(super) fn count(
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> Result<Self, DocumentError> {
        let mut question = Self::about("count(*)", tenant, of);
        question.0.push(" and ");
        question.filter(tenant, of, filter)?;
        Ok(question)
    }

    /// A page.
    pub(super) fn page(
        tenant: TenantId,
        of: &'static Collection,
        wanted: &Wanted<'_>,
    ) -> Result<Self, DocumentError> {
        let field = wanted.sort.resolve(of)?;
        let mut question = Self::about(COLUMNS, tenant, of);
        question.0.push(" and ");
        question.filter(tenant, of, wanted.filter)?;
        if let Some(after) = &wanted.after {
            question.0.push(" and ");
            question.beyond(field, wanted.sort.down, after);
        }
        question.0.push(" order by ");
        if let Some(field) = field {
            question.0.push(column(field.path)).push(order(field, wanted.sort.down)).push(", ");
        }
        question.0.push("id").push(if wanted.sort.down { " desc" } else { "" });
        question.0.push(" limit ").push_bind(wanted.limit);
        Ok(question)
    }

    /// Documents that hold one of the words; those that hold more of them first.
    pub(super) fn search(tenant: TenantId, of: &Collection, words: &[String], limit: i64) -> Self {
        let quoted: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let (every, any) = (quoted.join(" & "), quoted.join(" | "));
        let scope = tenant_lexeme(tenant);
        let table = table(of);
        let mut question = Self(QueryBuilder::new(format!(
            "select d.id, d.version, d.created_at, d.updated_at, d.body from {table}_found("
        )));
        question
            .0
            .push_bind(format!("{scope} & ({every})"))
            .push(", ")
            .push_bind(format!("{scope} & ({any})"))
            .push(", ")
            .push_bind(any)
            .push(", ")
            .push_bind(limit);
        // With a limit inside, each document is looked up by its key, whatever the planner thinks of how many there are.
        question.0.push(format!(
            ") with ordinality as found (id, place) cross join lateral (select * from {table} where id = found.id \
             and tenant_id = "
        ));
        question.0.push_bind(tenant.0).push(" limit 1) as d order by found.place");
        question
    }

    /// What changed after `after` and before `horizon`.
    pub(super) fn changed(
        tenant: TenantId,
        of: &Collection,
        after: Option<(DateTime<Utc>, Uuid)>,
        horizon: DateTime<Utc>,
        limit: i64,
    ) -> Self {
        let mut question = Self::about(COLUMNS, tenant, of);
        question.0.push(" and updated_at < ").push_bind(horizon);
        if let Some((at, id)) = after {
            question.0.push(" and (updated_at, id) > (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        question.0.push(" order by updated_at, id limit ").push_bind(limit);
        question
    }

    /// All of them, in the order of their ids.
    pub(super) fn scan(tenant: TenantId, of: &Collection, after: Option<Uuid>, limit: i64) -> Self {
        let mut question = Self::about(COLUMNS, tenant, of);
        if let Some(id) = after {
            question.0.push(" and id > ").push_bind(id);
        }
        question.0.push(" order by id limit ").push_bind(limit);
        question
    }

    fn about(columns: &str, tenant: TenantId, of: &Collection) -> Self {
        let mut builder =
            QueryBuilder::new(format!("select {columns} from {} where tenant_id = ", table(of)));
        builder.push_bind(tenant.0);
        Self(builder)
    }

    fn filter(
        &mut self,
        tenant: TenantId,
        of: &'static Collection,
        filter: &Filter,
    ) -> Result<(), DocumentError> {
        match filter {
            Filter::Compare(path, comparison, value) => {
                let field = field(of, path)?;
                self.0.push(column(field.path)).push(operator(*comparison));
                self.bind(field, value);
            }
            Filter::In(path, values) => {
                let field = field(of, path)?;
                self.0.push("(false");
                for value in values {
                    self.0.push(" or ").push(column(field.path)).push(" = ");
                    self.bind(field, value);
                }
                self.0.push(")");
            }
            Filter::Exists(path, wanted) => {
                let column = column(field(of, path)?.path);
                self.0.push(column).push(if *wanted { " is not null" } else { " is null" });
            }
            Filter::Contains(_, texts) if texts.is_empty() => {
                self.0.push("false");
            }
            Filter::Contains(path, texts) => {
                let members = texts.iter().map(|text| member_lexeme(path, text)).collect::<Vec<_>>();
                let wanted = format!("{} & ({})", tenant_lexeme(tenant), members.join(" | "));
                self.0.push(format!("id in (select {}_having(", table(of))).push_bind(wanted).push("))");
            }
            Filter::And(all) => self.joined(tenant, of, all, " and ", "true")?,
            Filter::Or(all) => self.joined(tenant, of, all, " or ", "false")?,
        }
        Ok(())
    }

    fn joined(
        &mut self,
        tenant: TenantId,
        of: &'static Collection,
        all: &[Filter],
        word: &str,
        none: &str,
    ) -> Result<(), DocumentError> {
        if all.is_empty() {
            self.0.push(none);
            return Ok(());
        }
        self.0.push("(");
        for (index, filter) in all.iter().enumerate() {
            if index > 0 {
                self.0.push(word);
            }
            self.filter(tenant, of, filter)?;
        }
        self.0.push(")");
        Ok(())
    }

    /// What comes after `after`, where documents without a value come first going up and last going down.
    fn beyond(&mut self, field: Option<Field>, down: bool, after: &After) {
        let more = if down { " < " } else { " > " };
        let Some(field) = field else {
            self.0.push("id").push(more).push_bind(after.id);
            return;
        };
        let name = column(field.path);
        match &after.value {
            Some(value) => {
                self.0.push("(").push(&name).push(more);
                self.bind(field, value);
                self.0.push(" or (").push(&name).push(" = ");
                self.bind(field, value);
                self.0.push(" and id").push(more).push_bind(after.id).push(")");
                if down {
                    self.0.push(" or ").push(&name).push(" is null");
                }
            }
            None => {
                self.0
                    .push("((")
                    .push(&name)
                    .push(" is null and id")
                    .push(more)
                    .push_bind(after.id)
                    .push(")");
                if !down {
                    self.0.push(" or ").push(&name).push(" is not null");
                }
            }
        }
        self.0.push(")");
    }

    /// A moment in a document is a text, whose order is the order in time; one beside it is a moment.
    fn bind(&mut self, field: Field, value: &Scalar) {
        match value {
            Scalar::Text(text) => self.0.push_bind(text.clone()),
            Scalar::Integer(number) => self.0.push_bind(*number),
            Scalar::Bool(yes) => self.0.push_bind(*yes),
            Scalar::Moment(at) if is_beside(field) => self.0.push_bind(at.get()),
            Scalar::Moment(at) => self.0.push_bind(at.to_string()),
        };
    }
}

/// Whether a field is beside the document. Such a field always has a value, which the order of the index relies on.
fn is_beside(field: Field) -> bool {
    field.kind == Kind::Moment && [Collection::CREATED_AT, Collection::UPDATED_AT].contains(&field)
}

fn order(field: Field, down: bool) -> &'static str {
    match (is_beside(field), down) {
        (true, true) => " desc",
        (true, false) => "",
        (false, true) => " desc nulls last",
        (false, false) => " nulls first",
    }
}

const fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => " = ",
        Comparison::Ne => " is distinct from ",
        Comparison::Lt => " < ",
        Comparison::Lte => " <= ",
        Comparison::Gt => " > ",
        Comparison::Gte => " >= ",
    }
}
