//! How long it takes to decide what to do.

use crate::{
    Size, campaign,
    figure::{Bar, Figure},
    timing::{Samples, timed},
};
use anyhow::{Result, anyhow, ensure};
use chrono::NaiveDate;
use placard_domain::{
    RemoteId,
    marker::{CampaignTag, Marker, Naming},
    plan::{self, Bound, DesiredObject, DriftPolicy, Fields, Input, Observation, Observed, Plan, RemoteIds},
};
use placard_platforms::{
    AccountContext, AdPlatform,
    meta::{Meta, MetaConfig},
};
use std::{hint::black_box, sync::Arc};

/// Ads in one ad group; Meta takes no more (Meta, `platforms/meta.md` §11).
const ADS_IN_A_GROUP: usize = 50;
const PICTURES: usize = 20;

/// Plans a campaign from nothing, and once more when everything is there; beside writing its objects as JSON once.
pub(crate) fn measure(size: Size) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let today = NaiveDate::from_ymd_opt(2026, 11, 2).ok_or_else(|| anyhow!("no such day"))?;
    let shape = (size.ads / ADS_IN_A_GROUP, ADS_IN_A_GROUP);
    let campaign = campaign::write(folder.path(), shape, PICTURES, today)?;
    let meta = Meta::new(MetaConfig::live("1", "no secret".to_owned().into()), Arc::new(|| 0.0))?;
    let context = context(today)?;
    let map = || meta.desired(&campaign, &context).map_err(|findings| anyhow!("{findings:?}"));
    let desired = map()?;
    let bound = bound(&desired, &context.tag)?;

    let (mut first, mut again, mut json) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..size.rounds {
        let (plan, took) = timed(|| make(&map()?, &[]));
        ensure!(plan?.steps.len() > size.ads, "a step is missing");
        first.push(took);
        let (plan, took) = timed(|| make(&map()?, &bound));
        ensure!(plan?.is_empty(), "what is there needs nothing");
        again.push(took);
        json.push(timed(|| black_box(serde_json::to_vec(&desired))).1);
    }
    let name = |what| format!("plan {} ads {what}", crate::figure::grouped(size.ads as f64));
    let count = (size.ads, "ads");
    let objects = desired.len();
    Ok(vec![
        Figure::speeds(name("from nothing"), count, &first, ("as JSON", &json), Bar::Stated).note(format!(
            "checked spec → {objects} objects in Meta's terms → plan; the baseline writes the objects as JSON once"
        )),
        Figure::speeds(name("that are there"), count, &again, ("as JSON", &json), Bar::Stated)
            .note("the same, and every field merged three ways with what was sent and what is there"),
    ])
}

fn make(desired: &[DesiredObject], bound: &[Bound]) -> Result<Plan> {
    Ok(plan::make(Input {
        account: campaign::account(),
        campaign: campaign::KEY,
        currency: campaign::CURRENCY.parse()?,
        desired,
        bound,
        policy: DriftPolicy::Keep,
        warnings: Vec::new(),
    })?)
}

fn context(today: NaiveDate) -> Result<AccountContext> {
    let account = campaign::account();
    Ok(AccountContext {
        currency: campaign::CURRENCY.parse()?,
        zone: chrono_tz::Europe::Berlin,
        today,
        tag: CampaignTag::derive(placard_domain::TenantId(uuid::Uuid::nil()), &account, campaign::KEY),
        account,
    })
}

/// The objects as they are once published.
fn bound(desired: &[DesiredObject], tag: &CampaignTag) -> Result<Vec<Bound>> {
    let id = |number: usize| RemoteId(format!("1202{number:012}"));
    let ids: RemoteIds =
        desired.iter().enumerate().map(|(number, object)| (object.key.clone(), id(number))).collect();
    let bind = |object: &DesiredObject| {
        let fields = plan::resolve(&object.fields, &ids)?;
        Ok(Bound {
            key: object.key.clone(),
            name: object.name.clone(),
            remote_id: ids[&object.key].clone(),
            naming: Naming::Marked(Marker::derive(tag, &object.key)),
            applied: object.fields.clone(),
            applied_run: object.run,
            accepted: Fields::new(),
            rules: object.rules.clone(),
            daily_cost: object.daily_cost,
            observation: Observation::Present(Observed { fields, run: object.run, ..Observed::default() }),
        })
    };
    desired.iter().map(bind).collect()
}
