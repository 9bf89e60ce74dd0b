//! Leads, what was done about them, and whom they turned out to be.

use chrono::{DateTime, Utc};
use placard_domain::{
    Platform,
    crm::{
        activity::ActivityKind,
        consent::{ConsentBasis, ConsentState},
        contact::masked,
        lead::{LeadSource, LeadStatus},
    },
};
use placard_store::crm::{self, activity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person said last on being contacted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConsentView {
    /// Yes or no more: `given`, `withdrawn`.
    #[schema(value_type = String)]
    pub(crate) state: ConsentState,
    /// Why it is allowed: `consent`, `contract`, `legitimate_interest`.
    #[schema(value_type = String)]
    pub(crate) basis: ConsentBasis,
    /// When it was said.
    pub(crate) at: DateTime<Utc>,
    /// How it can be proven, for whoever may see personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<String>,
}

/// A lead.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LeadView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Where it stands.
    #[schema(value_type = String)]
    pub(crate) status: LeadStatus,
    /// How it came in first.
    #[schema(value_type = String)]
    pub(crate) source: LeadSource,
    /// Whether personal data is masked, because the caller has no `personal:read`.
    pub(crate) masked: bool,
    /// Whether the person was forgotten.
    pub(crate) erased: bool,
    /// Name, address, number and the like.
    pub(crate) contact: BTreeMap<String, String>,
    /// Which of them a person wrote here; what comes in by itself does not change those.
    pub(crate) by_hand: Vec<String>,
    /// Answers to a form's own questions.
    pub(crate) answers: BTreeMap<String, String>,
    /// Marks of clicks: `gclid`, `msclkid`, `fbclid`, `ttclid`.
    pub(crate) clicks: BTreeMap<String, String>,
    /// From which platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) platform: Option<Platform>,
    /// From which ad account, as the platform calls it; so are the next four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// By which campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote_campaign_id: Option<String>,
    /// By which ad group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote_ad_group_id: Option<String>,
    /// By which ad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote_ad_id: Option<String>,
    /// By which form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) form_id: Option<String>,
    /// By which campaign of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) campaign_id: Option<Uuid>,
    /// Parameters of the address that was visited.
    pub(crate) utm: BTreeMap<String, String>,
    /// What the person said last on being contacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<ConsentView>,
    /// When it came in first.
    pub(crate) first_at: DateTime<Utc>,
    /// When something became known last.
    pub(crate) last_at: DateTime<Utc>,
    /// The lead that turned out to be the same person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<Uuid>,
    /// Counts changes; whoever changes it says which was seen.
    pub(crate) version: i32,
}

impl LeadView {
    /// A lead as whoever `sees_people` sees it, or anybody else.
    pub(crate) fn of(lead: crm::Lead, sees_people: bool) -> Self {
        let erased = lead.person.is_none();
        let person = lead.person.unwrap_or_default();
        let show = |value: &String| if sees_people { value.clone() } else { "…".to_owned() };
        let contact = person.contact.iter().map(|(field, value)| {
            let value = if sees_people { value.clone() } else { masked(*field, value) };
            (field.to_string(), value)
        });
        let evidence = person.consent_evidence.filter(|_| sees_people);
        Self {
            id: lead.id.0,
            status: lead.status,
            source: lead.source,
            masked: !sees_people,
            erased,
            contact: contact.collect(),
            by_hand: person.by_hand.iter().map(ToString::to_string).collect(),
            answers: person
                .answers
                .iter()
                .map(|(question, answer)| (question.clone(), show(answer)))
                .collect(),
            clicks: person.clicks.iter().map(|(id, value)| (id.to_string(), show(value))).collect(),
            platform: lead.attribution.platform,
            account: lead.attribution.account,
            remote_campaign_id: lead.attribution.campaign,
            remote_ad_group_id: lead.attribution.ad_group,
            remote_ad_id: lead.attribution.ad,
            form_id: lead.attribution.form,
            campaign_id: lead.campaign.map(|campaign| campaign.0),
            utm: lead.attribution.utm.iter().map(|(field, value)| (field.to_string(), show(value))).collect(),
            consent: lead.consent.map(|(state, basis, at)| ConsentView { state, basis, at, evidence }),
            first_at: lead.first_at,
            last_at: lead.last_at,
            merged_into: lead.merged_into.map(|lead| lead.0),
            version: lead.version,
        }
    }
}

/// Two leads that were found to be one person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MergeView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The lead that stayed.
    pub(crate) winner: Uuid,
    /// The lead that went into it.
    pub(crate) loser: Uuid,
    /// By whom.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// When it was undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) undone_at: Option<DateTime<Utc>>,
}

impl From<crm::Merge> for MergeView {
    fn from(merge: crm::Merge) -> Self {
        Self {
            id: merge.id.0,
            winner: merge.winner.0,
            loser: merge.loser.0,
            by: merge.merged_by,
            at: merge.merged_at,
            undone_at: merge.undone_at,
        }
    }
}

/// What was done about a lead, or is to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ActivityView {
    /// Its id.
    pub(crate) id: Uuid,
    /// About which deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deal: Option<Uuid>,
    /// What kind.
    #[schema(value_type = String)]
    pub(crate) kind: ActivityKind,
    /// What.
    pub(crate) text: String,
    /// When a task is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_at: Option<DateTime<Utc>>,
    /// When it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done_at: Option<DateTime<Utc>>,
    /// By whom it was written.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl From<activity::Stored> for ActivityView {
    fn from(stored: activity::Stored) -> Self {
        Self {
            id: stored.id.0,
            deal: stored.deal.map(|deal| deal.0),
            kind: stored.activity.kind,
            text: stored.activity.text,
            due_at: stored.activity.due_at,
            done_at: stored.done_at,
            by: stored.by,
            at: stored.at,
        }
    }
}
