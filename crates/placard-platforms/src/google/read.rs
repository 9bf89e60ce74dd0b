//! Reads objects back by id (Google, `platforms/google.md` §5, §6).

use super::{
    Google,
    api::Caller,
    observe::{self, Seen},
    query::{MOST_IDS, living, one_of, select},
    wire::text_at,
};
use crate::{Access, PlatformError, ReadBack};
use placard_domain::plan::{ObjectKind, Observation};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

pub(super) const CAMPAIGN: &[&str] = &[
    "campaign.id",
    "campaign.name",
    "campaign.status",
    "campaign.primary_status",
    "campaign.primary_status_reasons",
    "campaign.advertising_channel_type",
    "campaign.contains_eu_political_advertising",
    "campaign.network_settings.target_google_search",
    "campaign.network_settings.target_search_network",
    "campaign.network_settings.target_content_network",
    "campaign.geo_target_type_setting.positive_geo_target_type",
    "campaign.start_date_time",
    "campaign.end_date_time",
    "campaign.bidding_strategy_type",
    "campaign.target_spend.cpc_bid_ceiling_micros",
    "campaign.maximize_conversions.target_cpa_micros",
    "campaign.maximize_conversion_value.target_roas",
    "campaign_budget.amount_micros",
    "campaign_budget.total_amount_micros",
    "campaign_budget.period",
    "campaign_budget.delivery_method",
    "campaign_budget.explicitly_shared",
];

pub(super) const CAMPAIGN_CRITERION: &[&str] = &[
    "campaign.id",
    "campaign_criterion.resource_name",
    "campaign_criterion.negative",
    "campaign_criterion.location.geo_target_constant",
    "campaign_criterion.language.language_constant",
    "campaign_criterion.proximity.geo_point.latitude_in_micro_degrees",
    "campaign_criterion.proximity.geo_point.longitude_in_micro_degrees",
    "campaign_criterion.proximity.radius",
    "campaign_criterion.proximity.radius_units",
];

pub(super) const AD_GROUP: &[&str] = &[
    "campaign.id",
    "campaign.status",
    "ad_group.id",
    "ad_group.name",
    "ad_group.status",
    "ad_group.type",
    "ad_group.primary_status",
    "ad_group.primary_status_reasons",
];

pub(super) const AD_GROUP_CRITERION: &[&str] = &[
    "campaign.status",
    "ad_group.id",
    "ad_group.status",
    "ad_group_criterion.resource_name",
    "ad_group_criterion.criterion_id",
    "ad_group_criterion.status",
    "ad_group_criterion.negative",
    "ad_group_criterion.approval_status",
    "ad_group_criterion.disapproval_reasons",
    "ad_group_criterion.primary_status",
    "ad_group_criterion.keyword.text",
    "ad_group_criterion.keyword.match_type",
    "ad_group_criterion.age_range.type",
    "ad_group_criterion.gender.type",
];

pub(super) const AD: &[&str] = &[
    "campaign.status",
    "ad_group.id",
    "ad_group.status",
    "ad_group_ad.status",
    "ad_group_ad.primary_status",
    "ad_group_ad.primary_status_reasons",
    "ad_group_ad.policy_summary.approval_status",
    "ad_group_ad.policy_summary.review_status",
    "ad_group_ad.policy_summary.policy_topic_entries",
    "ad_group_ad.ad.id",
    "ad_group_ad.ad.final_urls",
    "ad_group_ad.ad.final_url_suffix",
];

pub(super) const SEARCH_AD: &[&str] = &[
    "ad_group_ad.ad.responsive_search_ad.headlines",
    "ad_group_ad.ad.responsive_search_ad.descriptions",
    "ad_group_ad.ad.responsive_search_ad.path1",
    "ad_group_ad.ad.responsive_search_ad.path2",
];

pub(super) const DISPLAY_AD: &[&str] = &[
    "ad_group_ad.ad.responsive_display_ad.headlines",
    "ad_group_ad.ad.responsive_display_ad.long_headline",
    "ad_group_ad.ad.responsive_display_ad.descriptions",
    "ad_group_ad.ad.responsive_display_ad.business_name",
    "ad_group_ad.ad.responsive_display_ad.marketing_images",
    "ad_group_ad.ad.responsive_display_ad.square_marketing_images",
];

const BUDGET: &[&str] = &["campaign.id", "campaign.campaign_budget", "campaign_budget.explicitly_shared"];

const OPERATION: &str = "read objects back";

/// Rows of one kind by the ids of what they show.
type ById = HashMap<String, Value>;

impl Google {
    /// One observation for each of `objects`, in order.
    pub(super) async fn read_back(
        &self,
        access: &Access,
        objects: &[ReadBack],
    ) -> Result<Vec<Observation>, PlatformError> {
        let (caller, account) = (Caller::from(access), access.account.id.as_str());
        let ids = |kind| -> BTreeSet<String> {
            objects
                .iter()
                .filter(|object| object.key.kind == kind)
                .map(|object| object.remote_id.0.clone())
                .collect()
        };
        let groups = ids(ObjectKind::AdGroup);
        let keywords = ids(ObjectKind::Keyword);
        let mut holders: BTreeSet<String> =
            keywords.iter().filter_map(|id| Some(id.split_once('~')?.0.to_owned())).collect();
        holders.extend(groups.iter().cloned());
        let campaigns = ids(ObjectKind::Campaign);
        let criteria = self.ad_group_criteria(caller, account, &holders).await?;
        let mut seen: HashMap<ObjectKind, ById> = HashMap::new();
        let ads = ad_fields(objects);
        for (kind, fields, resource, id) in [
            (ObjectKind::Campaign, CAMPAIGN, "campaign", "campaign.id"),
            (ObjectKind::AdGroup, AD_GROUP, "ad_group", "ad_group.id"),
            (ObjectKind::Ad, ads.as_slice(), "ad_group_ad", "ad_group_ad.ad.id"),
            (ObjectKind::Image, &["asset.id"], "asset", "asset.id"),
        ] {
            let rows = self.rows(caller, account, fields, resource, id, &ids(kind), None).await?;
            seen.insert(kind, by_id(kind, rows));
        }
        seen.insert(ObjectKind::Keyword, by_id(ObjectKind::Keyword, criteria.clone()));
        let places = self.campaign_criteria(caller, account, &campaigns).await?;
        let observation = |object: &ReadBack| {
            let kind = object.key.kind;
            let row = seen.get(&kind).and_then(|rows| rows.get(&object.remote_id.0));
            let criteria = if kind == ObjectKind::Campaign { &places } else { &criteria };
            match row {
                Some(row) => observe::observe(kind, &Seen { row, criteria }, &object.applied),
                None => Observation::Gone,
            }
        };
        Ok(objects.iter().map(observation).collect())
    }

    /// The living criteria of campaigns that specs can name.
    pub(super) async fn campaign_criteria(
        &self,
        caller: Caller<'_>,
        account: &str,
        ids: &BTreeSet<String>,
    ) -> Result<Vec<Value>, PlatformError> {
        let living = living("campaign_criterion.status");
        self.rows(caller, account, CAMPAIGN_CRITERION, "campaign_criterion", "campaign.id", ids, Some(living))
            .await
    }

    /// The living criteria of ad groups: keywords, ages, genders.
    pub(super) async fn ad_group_criteria(
        &self,
        caller: Caller<'_>,
        account: &str,
        ids: &BTreeSet<String>,
    ) -> Result<Vec<Value>, PlatformError> {
        let living = living("ad_group_criterion.status");
        self.rows(caller, account, AD_GROUP_CRITERION, "ad_group_criterion", "ad_group.id", ids, Some(living))
            .await
    }

    /// The budgets of campaigns.
    pub(super) async fn budgets(
        &self,
        caller: Caller<'_>,
        account: &str,
        ids: &BTreeSet<String>,
    ) -> Result<Vec<Value>, PlatformError> {
        self.rows(caller, account, BUDGET, "campaign", "campaign.id", ids, None).await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one query")]
    async fn rows(
        &self,
        caller: Caller<'_>,
        account: &str,
        fields: &[&str],
        resource: &str,
        id: &str,
        ids: &BTreeSet<String>,
        condition: Option<String>,
    ) -> Result<Vec<Value>, PlatformError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut rows = Vec::new();
        for ids in ids.chunks(MOST_IDS) {
            let conditions: Vec<String> =
                [one_of(id, ids.iter().copied())].into_iter().chain(condition.clone()).collect();
            rows.extend(
                self.search(caller, account, OPERATION, &select(fields, resource, &conditions)).await?,
            );
        }
        Ok(rows)
    }
}

/// What to ask of ads: what all of them have, and what the kinds among `objects` have.
fn ad_fields(objects: &[ReadBack]) -> Vec<&'static str> {
    let mut fields = AD.to_vec();
    for (member, more) in [("responsiveSearchAd.", SEARCH_AD), ("responsiveDisplayAd.", DISPLAY_AD)] {
        let has = |object: &ReadBack| object.applied.keys().any(|name| name.starts_with(member));
        if objects.iter().any(has) {
            fields.extend(more);
        }
    }
    fields
}

fn by_id(kind: ObjectKind, rows: Vec<Value>) -> ById {
    rows.into_iter().filter_map(|row| Some((remote_id(kind, &row)?, row))).collect()
}

/// The id under which a row's object is known.
pub(super) fn remote_id(kind: ObjectKind, row: &Value) -> Option<String> {
    match kind {
        ObjectKind::Campaign => text_at(row, "campaign.id"),
        ObjectKind::AdGroup => text_at(row, "adGroup.id"),
        ObjectKind::Ad => text_at(row, "adGroupAd.ad.id"),
        ObjectKind::Keyword => {
            Some(format!("{}~{}", text_at(row, "adGroup.id")?, text_at(row, "adGroupCriterion.criterionId")?))
        }
        ObjectKind::Image
        | ObjectKind::Video
        | ObjectKind::LeadForm
        | ObjectKind::Creative
        | ObjectKind::Targeting => text_at(row, "asset.id"),
    }
}
