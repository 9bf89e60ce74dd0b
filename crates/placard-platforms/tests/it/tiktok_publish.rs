//! Publishing to TikTok, reading back, changing and removing.

use crate::{
    desk::{present, tag},
    tiktok_desk::{Desk, Published, Spec},
};
use placard_domain::{
    plan::{Action, ObjectKind, Observation, Plan},
    spec::RunState,
};
use placard_platforms::AdPlatform;
use placard_sandbox::SandboxConfig;
use serde_json::json;

fn steps(plan: &Plan, action: Action) -> Vec<String> {
    plan.steps.iter().filter(|step| step.action == action).map(|step| step.object.to_string()).collect()
}

#[tokio::test]
async fn a_traffic_campaign_is_made_and_nothing_differs_afterwards() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish_spec(&Spec::default()).await?;
    assert_eq!(published.ids.len(), 2 + 1 + 1 + 2, "images, campaign, ad group, ads");
    desk.assert_no_drift(&published).await
}
