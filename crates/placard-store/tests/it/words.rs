//! The database's checks hold the same words as the domain's enums.

use crate::support::Office;
use placard_domain::{
    Platform,
    asset::{AssetRole, MediaType},
    crm::{
        activity::ActivityKind,
        consent::{ConsentBasis, ConsentState},
        contact::IdentityKind,
        conversion::ConversionStatus,
        lead::{LeadSource, LeadStatus},
        pipeline::StageKind,
    },
    guardrail::ScopeKind,
    limits::SubscriptionPlan,
    metric::Level,
    notice::{NoticeKind, NoticeRefusal, Topic},
    objective::{BidStrategy, Objective},
    outreach,
    plan::{Action, ObjectKind},
    spec::RunState,
    status::{
        CampaignStatus, ConnectionStatus, DeploymentKind, DeploymentStatus, PresenceStatus, StepStatus,
    },
};
use placard_store::{
    audit, campaign::section::Section, idempotency, outbox, session::RevokedReason, subscription,
    tenant::Role, user_token::Purpose,
};
use std::collections::BTreeSet;

/// Every check of the form `column in (…)` in the schema with its words, by constraint name.
async fn checks(office: &Office) -> anyhow::Result<Vec<(String, BTreeSet<String>)>> {
    let mut connection = office.database.superuser().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select conname, pg_get_constraintdef(c.oid)
         from pg_constraint as c
         join pg_class as t on t.oid = c.conrelid
         where contype = 'c' and not t.relispartition and pg_get_constraintdef(c.oid) like '%= ANY (ARRAY[%'
            and t.relnamespace = 'public'::regnamespace
         order by conname",
    )
    .fetch_all(&mut connection)
    .await?;
    let words = |definition: &str| {
        definition.split('\'').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<String>>()
    };
    Ok(rows.into_iter().map(|(name, definition)| (name, words(&definition))).collect())
}

fn expected(name: &str) -> Option<BTreeSet<&'static str>> {
    macro_rules! all {
        ($name:ty) => {
            Some(<$name>::ALL.iter().map(|word| word.as_str()).collect())
        };
    }
    match name {
        "ad_asset_role_valid" => all!(AssetRole),
        "asset_details_whole" => all!(MediaType),
        "audit_log_action_valid" => all!(audit::Action),
        "campaign_objective_valid" => all!(Objective),
        "campaign_status_valid" => all!(CampaignStatus),
        "connection_status_valid" => all!(ConnectionStatus),
        "deployment_kind_valid" => all!(DeploymentKind),
        "deployment_status_valid" => all!(DeploymentStatus),
        "deployment_step_action_valid" => all!(Action),
        "deployment_step_status_valid" => all!(StepStatus),
        "ad_group_bid_strategy_valid" => all!(BidStrategy),
        "login_session_revoked_reason_valid" => all!(RevokedReason),
        "idempotency_key_state_valid" => all!(idempotency::State),
        "invitation_role_valid" | "membership_role_valid" => all!(Role),
        "metric_entity_level_valid" | "metric_sync_level_valid" => all!(Level),
        "outbox_message_kind_valid" => all!(outbox::Kind),
        "platform_object_kind_valid" => all!(ObjectKind),
        "platform_object_presence_valid" => all!(PresenceStatus),
        "activity_kind_valid" => all!(ActivityKind),
        "lead_consent_basis_valid" => all!(ConsentBasis),
        "lead_consent_state_valid" => all!(ConsentState),
        "lead_identity_kind_valid" => all!(IdentityKind),
        "lead_source_valid" | "lead_touch_source_valid" => all!(LeadSource),
        "lead_status_valid" | "lead_merge_winner_status_valid" | "lead_merge_merged_status_valid" => {
            all!(LeadStatus)
        }
        "lead_merge_moved_kind_valid" => Some(["touch", "identity", "deal", "activity"].into()),
        "pipeline_stage_kind_valid" => all!(StageKind),
        "conversion_status_valid" => all!(ConversionStatus),
        name if name.ends_with("_platform_valid") => all!(Platform),
        name if name.ends_with("_run_valid") => all!(RunState),
        name if name.ends_with("_budget_kind_valid") => Some(["daily", "lifetime"].into()),
        "ad_destination_kind_valid" => Some(["website", "form", "call"].into()),
        "audit_log_actor_kind_valid" => Some(["user", "system", "rule"].into()),
        "campaign_section_name_valid" => all!(Section),
        "kill_switch_scope_valid" | "spend_ceiling_scope_valid" => all!(ScopeKind),
        "job_history_status_valid" => Some(["done", "dead"].into()),
        "partition_rule_unit_valid" => Some(["day", "month"].into()),
        "subscription_status_valid" => all!(subscription::Status),
        "subscription_plan_valid" | "tenant_plan_valid" => all!(SubscriptionPlan),
        "outreach_campaign_status_valid" => all!(outreach::OutreachStatus),
        "enrolment_status_valid" => all!(outreach::EnrolmentStatus),
        "enrolment_stop_reason_valid" => all!(outreach::StopReason),
        "suppression_reason_valid" => all!(outreach::SuppressionReason),
        "consent_state_valid" => all!(outreach::ConsentState),
        "outreach_delivery_status_valid" => all!(outreach::DeliveryStatus),
        "document_placement_store_valid" | "document_placement_target_valid" => {
            Some(["postgres", "mongodb"].into())
        }
        "document_placement_phase_valid" => Some(["copying", "purging"].into()),
        "webhook_subscription_topic_valid" => all!(Topic),
        "webhook_notice_kind_valid" => all!(NoticeKind),
        "webhook_tally_refusal_valid" => all!(NoticeRefusal),
        "user_token_purpose_valid" => all!(Purpose),
        _ => None,
    }
}

#[tokio::test]
async fn every_check_holds_exactly_the_words_of_its_enum() -> anyhow::Result<()> {
    let office = Office::open().await?;
    let checks = checks(&office).await?;
    assert!(checks.len() > 20, "the catalogue was read");
    for (name, words) in checks {
        let expected = expected(&name).unwrap_or_else(|| panic!("say here which enum {name} stands for"));
        assert_eq!(words.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
    }
    Ok(())
}
