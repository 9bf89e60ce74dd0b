//! Ad sets (Meta, `platforms/meta.md` §9).

use super::{
    ad::Drawn,
    audience,
    campaign::{Draft, budget, run},
    id, text,
};
use crate::{
    import::{Keys, Left, flight, spec_name},
    meta::goals::{self, Row, TargetKind},
};
use chrono::DateTime;
use placard_domain::{
    plan::ObjectKind,
    spec::{AdGroupSpec, Schedule},
};
use serde_json::Value;

/// The ad set `row` with its ads, or why no spec can say it.
pub(super) fn draw(
    draft: &mut Draft<'_>,
    row: &Value,
    ads: Vec<Drawn>,
    keys: &mut Keys,
) -> Result<AdGroupSpec, String> {
    let Some(target) = ads.first().map(|ad| ad.target) else {
        return Err("it has no ad that a spec can say".to_owned());
    };
    let goal = goal(draft, row, target)?;
    let (locations, publishers) = audience::places(row)?;
    if draft.meta.publishers.is_empty() {
        draft.meta.publishers = publishers;
    }
    let name = spec_name(text(row, "name").unwrap_or_default());
    let key = keys.give(&name, "ad-group");
    draft.note(ObjectKind::AdGroup, row);
    draft.bind(ObjectKind::AdGroup, key.key.clone(), id(row));
    draft.count(row, goal.converts_on_website());
    for (field, own) in
        [("dsa_beneficiary", &mut draft.meta.beneficiary), ("dsa_payor", &mut draft.meta.payor)]
    {
        if own.is_none() {
            *own = text(row, field).map(str::to_owned);
        }
    }
    let usual = goals::find(draft.objective, target, None).is_some_and(|usual| usual.goal == goal.goal);
    let mut ad_keys = Keys::default();
    let mut specs = Vec::new();
    for ad in ads {
        if ad.target != target {
            let reason = format!("it leads to a {}, and other ads of its ad set do not", ad.target.as_str());
            let (remote_id, name) = (id(&ad.row).0, ad.spec.name.clone());
            draft.holding.left.push(Left::object(ObjectKind::Ad, &remote_id, &name, reason));
            continue;
        }
        specs.push(ad.take(draft, &key.key, &mut ad_keys));
    }
    Ok(AdGroupSpec {
        name,
        key: key.written,
        status: run(row),
        budget: budget(draft.campaign, draft.view).is_none().then(|| budget(row, draft.view)).flatten(),
        bid: Some(draft.bid(row)),
        schedule: Some(schedule(draft, row)),
        locations: Some(locations),
        audience: Some(audience::people(row)),
        optimize_for: (!usual).then_some(goal.goal),
        keywords: Vec::new(),
        ads: specs,
    })
}

fn goal(draft: &Draft<'_>, row: &Value, target: TargetKind) -> Result<&'static Row, String> {
    let sent = text(row, "optimization_goal").unwrap_or_default();
    let destination = text(row, "destination_type").filter(|word| *word != "UNDEFINED");
    let fits =
        |known: &&Row| known.sent_goal == sent && (destination.is_none() || known.destination == destination);
    goals::allowed(draft.objective, target).find(fits).ok_or_else(|| {
        let there = destination.map(|word| format!(" with destination {word}")).unwrap_or_default();
        format!("it is optimised for {sent}{there}, which a spec cannot say")
    })
}

fn schedule(draft: &Draft<'_>, row: &Value) -> Schedule {
    let instant = |field: &str| {
        let parsed = DateTime::parse_from_str(text(row, field)?, "%Y-%m-%dT%H:%M:%S%z").ok()?.to_utc();
        (parsed.timestamp() != 0).then_some(parsed)
    };
    let spread = [draft.campaign, row]
        .into_iter()
        .any(|holder| budget(holder, draft.view).is_some_and(|budget| budget.lifetime.is_some()));
    flight(draft.view, instant("start_time"), instant("end_time"), spread)
}
