//! From a brief to copies that are kept, with every call on record before its answer is used.

use super::{CopyProvider, Cost, ProviderError, Reply};
use chrono::{DateTime, Utc};
use placard_domain::{
    Currency, TenantId, UserId,
    copy::{BadAnswer, Brief, Finding, Prompt, TEMPLATE_VERSION, Variant, distinct, prompt, read_answer},
    document::{GeneratedCopy, Moment, PromptCost, PromptOutcome, PromptRecord, WriterKind},
};
use placard_store::{
    Db, StoreError,
    copy::{self, OverBudget},
    documents::{DocumentError, Documents, Filter, Query, Receipt, Stored},
};
use rust_decimal::Decimal;
use std::time::Duration;
use uuid::Uuid;

/// What asks, in the history of prompts.
const TOOL: &str = "copy";
/// Characters of an answer and of a problem that are kept, as the history of prompts has it.
const LONGEST_RESPONSE: usize = 200_000;
const LONGEST_PROBLEM: usize = 2_000;

/// How often and how long is waited for a provider that is busy or down.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often is asked at most.
    pub attempts: u32,
    /// The longest single wait.
    pub longest: Duration,
    /// The first wait where the provider names none; each further one is twice as long.
    pub first: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 3, longest: Duration::from_secs(10), first: Duration::from_millis(500) }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The budget does not allow the call. It was not made.
    #[error("the model was not asked: {0}")]
    OverBudget(#[from] OverBudget),
    /// There is no answer.
    #[error("{model} gave no answer: {source}")]
    Provider {
        /// Which model.
        model: String,
        /// Why.
        source: ProviderError,
    },
    /// The model would not write this.
    #[error("{model} would not write this: {words}")]
    Refused {
        /// Which model.
        model: String,
        /// What it said.
        words: String,
    },
    /// The answer cannot be used.
    #[error("the answer of {model} cannot be used: {source}")]
    Answer {
        /// Which model.
        model: String,
        /// Why.
        source: BadAnswer,
    },
    /// Documents could not be read or written.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who writes, for whom, and with what.
pub struct Writing<'a> {
    /// The database.
    pub db: &'a Db,
    /// Where documents are.
    pub documents: &'a Documents,
    /// Whose copies they are.
    pub tenant: TenantId,
    /// Who asks; nobody if it is this machine's operator.
    pub user: Option<UserId>,
    /// What writes.
    pub provider: &'a dyn CopyProvider,
    /// How long is waited for it.
    pub patience: Patience,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// What came of a brief.
#[derive(Debug)]
pub struct Written {
    /// The call, in the history of prompts.
    pub request_id: String,
    /// What wrote.
    pub writer: WriterKind,
    /// Its model.
    pub model: String,
    /// What the call cost, if that is known.
    pub cost: Option<PromptCost>,
    /// The copies that are kept, with what a person should know of each.
    pub kept: Vec<(Stored<GeneratedCopy>, Vec<Finding>)>,
    /// Variants that break a rule. They are not kept, but in the history of prompts.
    pub left_out: Vec<(Variant, Vec<Finding>)>,
}

/// A call that is on record as asked.
struct Call {
    id: Uuid,
    record: Receipt,
}

impl Writing<'_> {
    /// Has `brief` written, and keeps what breaks no rule as copies for `context`.
    ///
    /// # Errors
    /// [`WriteError`]; every call that was made is in the history of prompts all the same.
    pub async fn write(&self, brief: &Brief, context: &str, tags: &[String]) -> Result<Written, WriteError> {
        let prompt = prompt(brief);
        let (id, reply, cost) = self.ask(brief, &prompt).await?;
        let model = self.provider.model().to_owned();
        let variants = match judge(&reply) {
            Ok(variants) => variants,
            Err(Bad::Refused(words)) => return Err(WriteError::Refused { model, words }),
            Err(Bad::Answer(source)) => return Err(WriteError::Answer { model, source }),
        };
        let (request_id, writer) = (id.to_string(), self.provider.kind());
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        for variant in distinct(variants).into_iter().take(brief.count) {
            let findings = variant.check(&brief.platforms, &brief.product);
            if Variant::is_usable(&findings) {
                let copy = GeneratedCopy {
                    context: context.to_owned(),
                    sha256: variant.sha256(),
                    text: variant.text(),
                    parts: Some(variant),
                    writer: Some(writer),
                    platforms: brief.platforms.clone(),
                    tags: tags.to_vec(),
                    request_id: Some(request_id.clone()),
                    used_by: Vec::new(),
                };
                kept.push((self.keep(copy).await?, findings));
            } else {
                left_out.push((variant, findings));
            }
        }
        Ok(Written { request_id, writer, model, cost, kept, left_out })
    }

    /// Asks until there is an answer, or no point in asking again.
    async fn ask(
        &self,
        brief: &Brief,
        prompt: &Prompt,
    ) -> Result<(Uuid, Reply, Option<PromptCost>), WriteError> {
        let mut wait = self.patience.first;
        let mut attempt = 1;
        loop {
            let call = self.begin(prompt).await?;
            let asked = self.provider.ask(brief, prompt).await;
            let cost = self.end(&call, &asked).await?;
            let error = match asked {
                Ok(reply) => return Ok((call.id, reply, cost)),
                Err(error) => error,
            };
            let rest = match &error {
                ProviderError::RateLimited { retry_after } => Some(retry_after.unwrap_or(wait)),
                ProviderError::Unavailable(_) => Some(wait),
                ProviderError::TimedOut(_)
                | ProviderError::Lost(_)
                | ProviderError::Denied(_)
                | ProviderError::Malformed(_) => None,
            };
            match rest.filter(|rest| *rest <= self.patience.longest && attempt < self.patience.attempts) {
                Some(rest) => tokio::time::sleep(rest).await,
                None => {
                    let model = self.provider.model().to_owned();
                    return Err(WriteError::Provider { model, source: error });
                }
            }
            attempt += 1;
            wait *= 2;
        }
    }

    /// Takes room for a call, and puts it on record before it is made.
    async fn begin(&self, prompt: &Prompt) -> Result<Call, WriteError> {
        let (id, now) = (Uuid::now_v7(), (self.now)());
        let most = match self.provider.cost() {
            Cost::Free => None,
            Cost::Known(price) => {
                let most = price.most(prompt.bytes(), self.provider.most_tokens_out());
                Some((most, price.currency))
            }
            Cost::Unknown => None,
        };
        if !matches!(self.provider.cost(), Cost::Free) {
            let mut tx = self.db.tenant(self.tenant).await?;
            copy::reserve(&mut tx, id, most, now).await??;
            tx.commit().await?;
        }
        let record = self.record(id, prompt, now);
        let receipt = match self.documents.insert(self.tenant, &record).await {
            Ok(receipt) => receipt,
            Err(error) => {
                self.settle(id, Decimal::ZERO).await?;
                return Err(error.into());
            }
        };
        Ok(Call { id, record: receipt })
    }

    fn record(&self, id: Uuid, prompt: &Prompt, now: DateTime<Utc>) -> PromptRecord {
        PromptRecord {
            request_id: id.to_string(),
            user_id: self.user.map(|user| user.0),
            tool: TOOL.to_owned(),
            model: self.provider.model().to_owned(),
            prompt_version: Some(TEMPLATE_VERSION.as_str().to_owned()),
            prompt: prompt.text(),
            response: None,
            tokens_in: 0,
            tokens_out: 0,
            cost: None,
            problem: None,
            outcome: PromptOutcome::Asked,
            asked_at: Moment::new(now).expect("the clock shows a year of four digits"),
        }
    }

    /// Puts on record how a call ended and what it cost, before anything is made of its answer.
    async fn end(
        &self,
        call: &Call,
        asked: &Result<Reply, ProviderError>,
    ) -> Result<Option<PromptCost>, WriteError> {
        let cost = self.cost_of(asked);
        let (outcome, problem) = match asked {
            Ok(reply) => match judge(reply) {
                Ok(_) => (PromptOutcome::Answered, None),
                Err(Bad::Refused(words)) => (PromptOutcome::Refused, Some(words)),
                Err(Bad::Answer(error)) => (PromptOutcome::Failed, Some(error.to_string())),
            },
            Err(error) => (PromptOutcome::Failed, Some(error.to_string())),
        };
        self.documents
            .update::<PromptRecord>(self.tenant, call.record.id, |record| {
                if let Ok(reply) = asked {
                    record.response = Some(cut(&reply.text, LONGEST_RESPONSE));
                    record.tokens_in = i64::try_from(reply.tokens_in).unwrap_or(i64::MAX);
                    record.tokens_out = i64::try_from(reply.tokens_out).unwrap_or(i64::MAX);
                }
                record.cost = cost.clone();
                record.problem = problem.as_deref().map(|words| cut(words, LONGEST_PROBLEM));
                record.outcome = outcome;
            })
            .await?;
        match (&cost, asked) {
            (Some(cost), _) => self.settle(call.id, cost.amount).await?,
            (None, Err(error)) if !error.may_have_cost() => self.settle(call.id, Decimal::ZERO).await?,
            // It keeps the room that it took: nobody knows what it cost.
            (None, _) => {}
        }
        Ok(cost)
    }

    fn cost_of(&self, asked: &Result<Reply, ProviderError>) -> Option<PromptCost> {
        let (Ok(reply), Cost::Known(price)) = (asked, self.provider.cost()) else { return None };
        let amount = price.of(reply.tokens_in, reply.tokens_out);
        let currency: Currency = price.currency;
        Some(PromptCost { amount, currency: currency.code().to_owned() })
    }

    async fn settle(&self, id: Uuid, cost: Decimal) -> Result<(), StoreError> {
        let mut tx = self.db.tenant(self.tenant).await?;
        copy::settle(&mut tx, id, cost).await?;
        tx.commit().await
    }

    /// Keeps a copy; one with the same words for the same context stays as it is, with what uses it.
    async fn keep(&self, copy: GeneratedCopy) -> Result<Stored<GeneratedCopy>, WriteError> {
        match self.documents.insert(self.tenant, &copy).await {
            Ok(Receipt { id, version, created_at, updated_at }) => {
                Ok(Stored { id, version, created_at, updated_at, document: copy })
            }
            Err(taken @ DocumentError::Taken { .. }) => {
                let same = vec![
                    Filter::eq("context", copy.context.as_str()),
                    Filter::eq("sha256", copy.sha256.as_str()),
                ];
                let query = Query { filter: Filter::And(same), limit: 1, ..Query::default() };
                let found = self.documents.find::<GeneratedCopy>(self.tenant, &query).await?.items.pop();
                found.ok_or_else(|| taken.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Why a reply holds no variants.
enum Bad {
    Refused(String),
    Answer(BadAnswer),
}

fn judge(reply: &Reply) -> Result<Vec<Variant>, Bad> {
    if reply.refused {
        return Err(Bad::Refused(cut(&reply.text, LONGEST_PROBLEM)));
    }
    if reply.cut_off {
        return Err(Bad::Answer(BadAnswer::CutOff));
    }
    read_answer(&reply.text).map_err(Bad::Answer)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
