//! Copies, what stands against a variant, and what models were asked.

use crate::copy::Written;
use chrono::{DateTime, Utc};
use placard_domain::{
    Platform,
    copy::{Finding, Variant},
    document::{GeneratedCopy, PromptOutcome, PromptRecord, WriterKind},
};
use placard_store::documents::Stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Headlines, descriptions and a text, as one proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VariantView {
    /// The text beside the picture.
    pub(crate) primary_text: String,
    /// Headlines.
    pub(crate) headlines: Vec<String>,
    /// Descriptions.
    pub(crate) descriptions: Vec<String>,
}

impl From<Variant> for VariantView {
    fn from(variant: Variant) -> Self {
        let Variant { primary_text, headlines, descriptions } = variant;
        Self { primary_text, headlines, descriptions }
    }
}

/// What stands against a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CopyFindingView {
    /// `error` or `warning`.
    pub(crate) severity: String,
    /// The rule, such as `too_long` or `superlative`.
    pub(crate) rule: String,
    /// Which text, such as `headlines[1]`.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) fix: String,
}

impl From<Finding> for CopyFindingView {
    fn from(finding: Finding) -> Self {
        let Finding { severity, rule, place, message, fix } = finding;
        let severity = match severity {
            placard_domain::spec::Severity::Error => "error",
            placard_domain::spec::Severity::Warning => "warning",
        };
        Self { severity: severity.to_owned(), rule: rule.as_str().to_owned(), place, message, fix }
    }
}

/// Words that were written for ads.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GeneratedCopyView {
    /// Its id.
    pub(crate) id: Uuid,
    /// What they are for.
    pub(crate) context: String,
    /// Who wrote them: `template` or `model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) writer: Option<WriterKind>,
    /// All the words.
    pub(crate) text: String,
    /// The same by part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parts: Option<VariantView>,
    /// Where they fit.
    #[schema(value_type = Vec<String>)]
    pub(crate) platforms: Vec<Platform>,
    /// What they are found by.
    pub(crate) tags: Vec<String>,
    /// The call that made them, in the history of prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// What uses or used them.
    pub(crate) used_by: Vec<CopyUseView>,
    /// When they were written.
    pub(crate) created_at: DateTime<Utc>,
    /// What a person should know of them, when they were just written or used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<CopyFindingView>,
}

/// Something that uses a copy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CopyUseView {
    /// `campaign`, `ad_group` or `ad`.
    pub(crate) kind: String,
    /// Its key: those of campaign, ad group and ad with slashes between.
    pub(crate) id: String,
}

impl GeneratedCopyView {
    /// `stored` with what was found.
    pub(crate) fn of(stored: Stored<GeneratedCopy>, findings: Vec<Finding>) -> Self {
        let Stored { id, created_at, document: copy, .. } = stored;
        let used = |one: placard_domain::document::CopyUse| CopyUseView {
            kind: one.kind.as_str().to_owned(),
            id: one.id,
        };
        Self {
            id,
            context: copy.context,
            writer: copy.writer,
            text: copy.text,
            parts: copy.parts.map(Into::into),
            platforms: copy.platforms,
            tags: copy.tags,
            request_id: copy.request_id,
            used_by: copy.used_by.into_iter().map(used).collect(),
            created_at,
            findings: findings.into_iter().map(Into::into).collect(),
        }
    }
}

/// A variant that breaks a rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LeftOutView {
    /// The variant.
    pub(crate) parts: VariantView,
    /// What stands against it.
    pub(crate) findings: Vec<CopyFindingView>,
}

/// What came of a brief.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WrittenView {
    /// Who wrote: `template`, which asks no model, or `model`.
    #[schema(value_type = String)]
    pub(crate) writer: WriterKind,
    /// The model.
    pub(crate) model: String,
    /// The call, in the history of prompts.
    pub(crate) request_id: String,
    /// What it cost, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<CostView>,
    /// The copies that are kept.
    pub(crate) copies: Vec<GeneratedCopyView>,
    /// Variants that break a rule, which are not kept.
    pub(crate) left_out: Vec<LeftOutView>,
}

/// An amount that is finer than a minor unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CostView {
    /// In major units.
    pub(crate) amount: String,
    /// Of which currency.
    pub(crate) currency: String,
}

impl From<placard_domain::crm::revenue::Amount> for CostView {
    fn from(amount: placard_domain::crm::revenue::Amount) -> Self {
        let value = amount.value.normalize().to_string();
        Self { amount: value, currency: amount.currency.code().to_owned() }
    }
}

impl From<placard_domain::document::PromptCost> for CostView {
    fn from(cost: placard_domain::document::PromptCost) -> Self {
        Self { amount: cost.amount.normalize().to_string(), currency: cost.currency }
    }
}

impl From<Written> for WrittenView {
    fn from(written: Written) -> Self {
        let Written { request_id, writer, model, cost, kept, left_out } = written;
        let left_out = left_out.into_iter().map(|(variant, findings)| LeftOutView {
            parts: variant.into(),
            findings: findings.into_iter().map(Into::into).collect(),
        });
        Self {
            writer,
            model,
            request_id,
            cost: cost.map(Into::into),
            copies: kept
                .into_iter()
                .map(|(stored, findings)| GeneratedCopyView::of(stored, findings))
                .collect(),
            left_out: left_out.collect(),
        }
    }
}

/// One call of a model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PromptView {
    /// What tells the call apart.
    pub(crate) request_id: String,
    /// Who asked; nobody for this machine's operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<Uuid>,
    /// What asked.
    pub(crate) tool: String,
    /// Whom it asked.
    pub(crate) model: String,
    /// The version of the wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_version: Option<String>,
    /// The question.
    pub(crate) prompt: String,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
    /// Tokens of the question.
    pub(crate) tokens_in: i64,
    /// Tokens of the answer.
    pub(crate) tokens_out: i64,
    /// What it cost, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<CostView>,
    /// How it ended: `asked` (nobody knows), `answered`, `refused`, `failed`.
    #[schema(value_type = String)]
    pub(crate) outcome: PromptOutcome,
    /// What went wrong, if something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    /// When it was asked.
    pub(crate) asked_at: DateTime<Utc>,
}

impl From<PromptRecord> for PromptView {
    fn from(record: PromptRecord) -> Self {
        Self {
            request_id: record.request_id,
            user_id: record.user_id,
            tool: record.tool,
            model: record.model,
            prompt_version: record.prompt_version,
            prompt: record.prompt,
            response: record.response,
            tokens_in: record.tokens_in,
            tokens_out: record.tokens_out,
            cost: record.cost.map(Into::into),
            outcome: record.outcome,
            problem: record.problem,
            asked_at: record.asked_at.get(),
        }
    }
}
