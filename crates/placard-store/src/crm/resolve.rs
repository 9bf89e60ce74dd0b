//! Writing down what touches make of a lead.

use super::sealed::{Person, moment};
use crate::{StoreError, TenantTx, stored, vault::Held};
use placard_domain::{
    LeadId, Platform,
    crm::{
        Attribution,
        merge::{self, Known, Resolved},
    },
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Writes each lead as its touches make it, new ones and those that are stored.
pub(super) async fn store(
    tx: &mut TenantTx,
    held: &Held<'_>,
    leads: &BTreeMap<LeadId, Vec<Known>>,
) -> Result<(), StoreError> {
    let leads: Vec<(LeadId, Resolved)> =
        leads.iter().filter_map(|(id, touches)| Some((*id, merge::resolve(touches)?))).collect();
    if leads.is_empty() {
        return Ok(());
    }
    let bound = bind(tx, leads.iter().map(|(_, lead)| &lead.attribution)).await?;
    let nothing = Bound::default();
    let places: Vec<&Bound> =
        leads.iter().map(|(_, lead)| bound.get(&key(&lead.attribution)).unwrap_or(&nothing)).collect();
    let consents = || leads.iter().map(|(_, lead)| lead.consent.as_ref());
    let from = || leads.iter().map(|(_, lead)| &lead.attribution);
    sqlx::query!(
        r#"
        insert into lead (
            tenant_id, id, source, platform, account, remote_campaign_id, remote_ad_group_id, remote_ad_id, form_id,
            campaign_id, utm, consent_state, consent_basis, consent_at, sealed, first_at, last_at
        )
        select $1, l.*
        from unnest(
            $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::uuid[], $11::jsonb[], $12::text[], $13::text[], $14::timestamptz[], $15::bytea[],
            $16::timestamptz[], $17::timestamptz[]
        ) as l
        on conflict on constraint lead_pkey do update
        set
            source = excluded.source, platform = excluded.platform, account = excluded.account,
            remote_campaign_id = excluded.remote_campaign_id, remote_ad_group_id = excluded.remote_ad_group_id,
            remote_ad_id = excluded.remote_ad_id, form_id = excluded.form_id, campaign_id = excluded.campaign_id,
            utm = excluded.utm, consent_state = excluded.consent_state, consent_basis = excluded.consent_basis,
            consent_at = excluded.consent_at, sealed = excluded.sealed, first_at = excluded.first_at,
            last_at = excluded.last_at, version = lead.version + 1, updated_at = now()
        "#,
        tx.tenant().0,
        &leads.iter().map(|(id, _)| id.0).collect::<Vec<_>>(),
        &leads.iter().map(|(_, lead)| lead.source.as_str()).collect::<Vec<_>>() as &[&str],
        &from().map(|from| from.platform.map(Platform::as_str)).collect::<Vec<_>>() as &[Option<&str>],
        &places.iter().map(|place| place.account.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &from().map(|from| from.campaign.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &from().map(|from| from.ad_group.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &from().map(|from| from.ad.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &from().map(|from| from.form.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &places.iter().map(|place| place.campaign).collect::<Vec<_>>() as &[Option<Uuid>],
        &from().map(|from| stored::json(&from.utm)).collect::<Vec<_>>(),
        &consents().map(|one| one.map(|one| one.state.as_str())).collect::<Vec<_>>() as &[Option<&str>],
        &consents().map(|one| one.map(|one| one.basis.as_str())).collect::<Vec<_>>() as &[Option<&str>],
        &consents().map(|one| one.map(|one| moment(one.at))).collect::<Vec<_>>() as _,
        &leads.iter().map(|(id, lead)| Person::of(lead).seal(held, *id)).collect::<Vec<_>>(),
        &leads.iter().map(|(_, lead)| lead.first_at).collect::<Vec<_>>(),
        &leads.iter().map(|(_, lead)| lead.last_at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is bound to where a lead came from.
#[derive(Default)]
struct Bound {
    account: Option<String>,
    campaign: Option<Uuid>,
}

/// Platform, account, ad, ad group, campaign, form.
type Key = [Option<String>; 6];

fn key(from: &Attribution) -> Key {
    let platform = from.platform.map(|platform| platform.as_str().to_owned());
    let ids = [&from.account, &from.ad, &from.ad_group, &from.campaign, &from.form];
    let [account, ad, ad_group, campaign, form] = ids.map(Clone::clone);
    [platform, account, ad, ad_group, campaign, form]
}

/// The account and campaign of each place, as far as its objects or their numbers are known here. Without an account,
/// an id that two accounts have names neither.
async fn bind<'a>(
    tx: &mut TenantTx,
    from: impl Iterator<Item = &'a Attribution>,
) -> Result<HashMap<Key, Bound>, StoreError> {
    let keys: Vec<Key> = from
        .filter(|from| from.platform.is_some())
        .map(key)
        .collect::<std::collections::HashSet<_>>()
        .into_iter()
        .collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let column = |place: usize| keys.iter().map(|key| key[place].as_deref()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"
        select
            w.position as "position!",
            coalesce(w.account, o.account, e.account) as account,
            o.campaign_id as "campaign_id?"
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            with ordinality as w (platform, account, ad, ad_group, campaign, form, position)
        left join lateral (
            select min(p.account) as account, (array_agg(distinct p.campaign_id))[1] as campaign_id
            from platform_object as p
            where p.tenant_id = $1 and p.platform = w.platform and (w.account is null or p.account = w.account)
                and (p.kind, p.remote_id) in (
                    ('ad', w.ad), ('ad_group', w.ad_group), ('campaign', w.campaign), ('lead_form', w.form)
                )
            having count(distinct p.campaign_id) = 1 and count(distinct p.account) = 1
        ) as o on true
        left join lateral (
            select min(m.account) as account
            from metric_entity as m
            where m.tenant_id = $1 and m.platform = w.platform and (w.account is null or m.account = w.account)
                and (m.level, m.remote_id) in (('ad', w.ad), ('ad_group', w.ad_group), ('campaign', w.campaign))
            having count(distinct m.account) = 1
        ) as e on true
        "#,
        tx.tenant().0,
        &column(0) as &[Option<&str>],
        &column(1) as &[Option<&str>],
        &column(2) as &[Option<&str>],
        &column(3) as &[Option<&str>],
        &column(4) as &[Option<&str>],
        &column(5) as &[Option<&str>],
    )
    .fetch_all(tx.conn())
    .await?;
    let bound = rows.into_iter().filter_map(|row| {
        let place = usize::try_from(row.position - 1).ok()?;
        Some((keys.get(place)?.clone(), Bound { account: row.account, campaign: row.campaign_id }))
    });
    Ok(bound.collect())
}
