//! Leads: taking them in, finding and changing them.

use crate::api::{
    Shared,
    access::Permission,
    body::{At, Body, Query},
    caller::Caller,
    paging::{self, Page},
    problem::Problem,
    text::Text,
    view::LeadView,
    words::{self, Cursor, Key},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use placard_domain::{
    LeadId, Platform,
    crm::{
        Attribution, ClickIds, Touch, TouchError, Utm,
        consent::{Consent, ConsentBasis, ConsentState},
        contact::{Contact, Email, Identity},
        lead::{LeadEvent, LeadSource, LeadStatus},
    },
    phone::{Country, PhoneNumber},
};
use placard_store::{campaign, crm};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, take)).routes(routes!(find)).routes(routes!(show, change))
}

/// Whether the caller sees names, addresses and numbers as they are.
pub(super) const fn sees_people(caller: &Caller) -> bool {
    caller.permissions().allow(Permission::PersonalRead)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those that stand here.
    #[param(schema_with = words::lead_status)]
    status: Option<LeadStatus>,
    /// Only those that came in first like this.
    #[param(schema_with = words::lead_source)]
    source: Option<LeadSource>,
    /// Only those of this campaign of ours, by its key.
    #[param(inline)]
    campaign: Option<Key>,
    /// Only those that came by this ad, by its id on the platform.
    #[param(inline)]
    ad: Option<Text<1, 100>>,
    /// Only those that said this last on being contacted.
    #[param(schema_with = words::consent_state)]
    consent: Option<ConsentState>,
    /// Only those that came in first at or after this moment.
    from: Option<DateTime<Utc>>,
    /// Where to begin: `next` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Leads, the newest first. Names, addresses and numbers are masked without `personal:read`.
#[utoipa::path(get, path = "/leads", tag = "leads", params(Wanted),
    responses((status = 200, body = Page<LeadView>)))]
async fn list(
    State(api): State<Shared>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<LeadView>>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let mut tx = caller.begin(&api).await?;
    let campaign = match &wanted.campaign {
        Some(key) => {
            let found = campaign::find(&mut tx, key).await?;
            Some(found.ok_or_else(|| Problem::unfit("campaign", "is no campaign of this tenant"))?.id)
        }
        None => None,
    };
    let filter = crm::Filter {
        status: wanted.status,
        source: wanted.source,
        campaign,
        ad: wanted.ad.map(Text::into_inner),
        consent: wanted.consent,
        identity: None,
        from: wanted.from,
        after: paging::after::<Uuid>(wanted.cursor.as_ref())?.map(LeadId),
    };
    let found = crm::list(&mut tx, api.session.vault(), &filter, limit as i64 + 1).await?;
    tx.commit().await?;
    let sees = sees_people(&caller);
    Ok(Json(Page::of(found, limit, |lead| lead.id.0, |lead| LeadView::of(lead, sees))))
}

/// One word of a person on being contacted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsent {
    /// Yes or no more.
    #[schema(schema_with = words::consent_state)]
    state: ConsentState,
    /// Why it is allowed.
    #[schema(schema_with = words::consent_basis)]
    basis: ConsentBasis,
    /// When it was said.
    at: DateTime<Utc>,
    /// How it can be proven.
    evidence: Text<1, 2000>,
}

impl From<NewConsent> for Consent {
    fn from(new: NewConsent) -> Self {
        Self { state: new.state, basis: new.basis, at: new.at, evidence: new.evidence.into_inner() }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLead {
    /// What is known: `email`, `phone`, `first_name`, `last_name`, `full_name`, `company`, `job_title`, `street`,
    /// `city`, `postal_code`, `region`, `country`, `message`. An address or a number is needed.
    #[schema(value_type = Object)]
    contact: Contact,
    /// Of which country a number without a country code is: `DE`.
    #[serde(default)]
    country: Option<Text<2, 2>>,
    /// Answers to questions.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Marks of clicks: `gclid`, `msclkid`, `fbclid`, `ttclid`.
    #[serde(default)]
    #[schema(value_type = Object)]
    clicks: ClickIds,
    /// From which platform.
    #[serde(default)]
    #[schema(value_type = Option<words::PlatformName>)]
    platform: Option<Platform>,
    /// From which ad account, as the platform calls it; so are the next four.
    #[serde(default)]
    account: Option<Text<1, 100>>,
    /// By which campaign.
    #[serde(default)]
    remote_campaign_id: Option<Text<1, 100>>,
    /// By which ad group.
    #[serde(default)]
    remote_ad_group_id: Option<Text<1, 100>>,
    /// By which ad.
    #[serde(default)]
    remote_ad_id: Option<Text<1, 100>>,
    /// By which form.
    #[serde(default)]
    form_id: Option<Text<1, 100>>,
    /// Parameters of the address that was visited: `utm_source` and the like.
    #[serde(default)]
    #[schema(value_type = Object)]
    utm: Utm,
    /// What was said on being contacted.
    #[serde(default)]
    consent: Option<NewConsent>,
    /// The sender's own id of it.
    #[serde(default)]
    external_id: Option<Text<1, 200>>,
    /// When it happened; now if left out.
    #[serde(default)]
    occurred_at: Option<DateTime<Utc>>,
}

impl NewLead {
    fn touch(self) -> Result<Touch, Problem> {
        let country = country(self.country.as_ref())?;
        let text = |text: Option<Text<1, 100>>| text.map(Text::into_inner);
        let touch = Touch {
            source: LeadSource::Api,
            external_id: self.external_id.map(Text::into_inner),
            occurred_at: self.occurred_at,
            contact: self.contact,
            answers: self.answers,
            clicks: self.clicks,
            attribution: Attribution {
                platform: self.platform,
                account: text(self.account),
                campaign: text(self.remote_campaign_id),
                ad_group: text(self.remote_ad_group_id),
                ad: text(self.remote_ad_id),
                form: text(self.form_id),
                utm: self.utm,
            },
            consent: self.consent.map(Into::into),
        };
        touch.normalise(country).map_err(unfit)
    }
}

/// The country with this code.
pub(super) fn country(code: Option<&Text<2, 2>>) -> Result<Option<Country>, Problem> {
    let parse = |code: &Text<2, 2>| code.as_str().parse();
    code.map(parse)
        .transpose()
        .map_err(|error: placard_domain::phone::UnknownCountry| Problem::unfit("country", error.to_string()))
}

fn unfit(error: TouchError) -> Problem {
    let path = match &error {
        TouchError::Email(_) => "contact.email",
        TouchError::Phone(_) => "contact.phone",
        _ => "contact",
    };
    Problem::unfit(path, error.to_string())
}

/// Takes a lead in. The same address or number is the same person, whose lead it is added to; the very same again
/// changes nothing.
#[utoipa::path(post, path = "/leads", tag = "leads", request_body = NewLead,
    responses((status = 200, body = LeadView)))]
async fn take(
    State(api): State<Shared>,
    caller: Caller,
    Body(new): Body<NewLead>,
) -> Result<Json<LeadView>, Problem> {
    let touch = new.touch()?;
    let vault = api.session.vault();
    let mut tx = caller.begin(&api).await?;
    let taken = crm::take_lead(&mut tx, vault, &caller.actor(), &touch, (api.now)()).await?;
    let lead = crm::get(&mut tx, vault, taken.lead()).await?;
    tx.commit().await?;
    Ok(Json(LeadView::of(lead, sees_people(&caller))))
}

/// An address or a number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    /// An e-mail address, or a phone number with its country code.
    identifier: Text<1, 320>,
}

/// What an address or number is read as.
pub(crate) fn identity(text: &str) -> Result<Identity, String> {
    if text.contains('@') {
        return Email::parse(text).map(Identity::Email).map_err(|error| error.to_string());
    }
    PhoneNumber::parse(text, None).map(Identity::Phone).map_err(|error| error.to_string())
}

impl Who {
    pub(super) fn identity(&self) -> Result<Identity, Problem> {
        identity(self.identifier.as_str()).map_err(|error| Problem::unfit("identifier", error))
    }
}

/// The lead with an address or number, if there is one. It stands in the body, because addresses of requests are
/// written into logs.
#[utoipa::path(post, path = "/leads/find", tag = "leads", request_body = Who,
    responses((status = 200, body = Page<LeadView>)))]
async fn find(
    State(api): State<Shared>,
    caller: Caller,
    Body(who): Body<Who>,
) -> Result<Json<Page<LeadView>>, Problem> {
    let filter = crm::Filter { identity: Some(who.identity()?), ..crm::Filter::default() };
    let mut tx = caller.begin(&api).await?;
    let found = crm::list(&mut tx, api.session.vault(), &filter, 1).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(found, |lead| LeadView::of(lead, sees_people(&caller)))))
}

/// A lead, merged and forgotten ones included.
#[utoipa::path(get, path = "/leads/{id}", tag = "leads", params(("id" = Uuid, Path)),
    responses((status = 200, body = LeadView)))]
async fn show(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
) -> Result<Json<LeadView>, Problem> {
    let mut tx = caller.begin(&api).await?;
    let lead = crm::get(&mut tx, api.session.vault(), LeadId(id)).await?;
    tx.commit().await?;
    Ok(Json(LeadView::of(lead, sees_people(&caller))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeadChange {
    /// Which version was seen; refused if it is another by now.
    version: words::Version,
    /// What happened to the lead.
    #[serde(default)]
    #[schema(value_type = Option<words::LeadEventName>)]
    event: Option<LeadEvent>,
    /// What was found out. It outweighs what comes in by itself; an empty text says that there is none.
    #[serde(default)]
    #[schema(value_type = Object)]
    contact: Contact,
    /// What was said on being contacted.
    #[serde(default)]
    consent: Option<NewConsent>,
}

/// Changes a lead: where it stands, or what a person found out about it.
#[utoipa::path(patch, path = "/leads/{id}", tag = "leads", params(("id" = Uuid, Path)), request_body = LeadChange,
    responses((status = 200, body = LeadView)))]
async fn change(
    State(api): State<Shared>,
    caller: Caller,
    At(id): At<Uuid>,
    Body(change): Body<LeadChange>,
) -> Result<Json<LeadView>, Problem> {
    let (id, actor, vault) = (LeadId(id), caller.actor(), api.session.vault());
    let mut seen = change.version.0;
    let mut tx = caller.begin(&api).await?;
    if let Some(event) = change.event {
        crm::move_to(&mut tx, &actor, id, seen, event).await?;
        seen += 1;
    }
    if !change.contact.is_empty() || change.consent.is_some() {
        let mut touch = Touch::new(LeadSource::Person);
        touch.contact = change.contact;
        touch.consent = change.consent.map(Into::into);
        let touch = touch.normalise(None).map_err(unfit)?;
        crm::edit(&mut tx, vault, &actor, id, seen, touch, (api.now)()).await?;
    }
    let lead = crm::get(&mut tx, vault, id).await?;
    tx.commit().await?;
    Ok(Json(LeadView::of(lead, sees_people(&caller))))
}
