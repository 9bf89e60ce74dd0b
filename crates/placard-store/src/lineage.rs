//! What an ad is made of and what came of it, as far as it is in tables. Its words and the question that they answer are
//! documents, which may be in another database.

use crate::{StoreError, TenantTx, exchange_rate, stored};
use chrono::NaiveDate;
use placard_domain::{
    AccountRef, AssetId, Currency, Platform,
    asset::AssetRole,
    crm::revenue::{Amount, Counted},
    guardrail::Rates,
    status::PresenceStatus,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::types::Json;

/// Which ads.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineageScope<'a> {
    /// Only those of the campaign with this key.
    pub campaign: Option<&'a str>,
    /// Only those in one of these places: a campaign's key, or `campaign/ad-group/ad`.
    pub places: Option<&'a [String]>,
    /// Only those that show this asset.
    pub asset: Option<AssetId>,
    /// Only those after this one in the list: [`LineageRow::position`] of the last on the page before.
    pub after: Option<&'a str>,
}

/// An ad of a spec on one platform, or on none yet.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageRow {
    /// Its place in the list.
    pub position: String,
    /// The campaign's key.
    pub campaign: String,
    /// The ad group's key.
    pub ad_group: String,
    /// The ad's key.
    pub ad: String,
    /// The ad's name.
    pub name: String,
    /// Whether the spec no longer names it.
    pub removed: bool,
    /// The words that the spec gives it.
    pub words: AdWords,
    /// The picture, as the spec names it.
    pub image: Option<String>,
    /// The assets that it shows.
    pub assets: Vec<LinkedAsset>,
    /// Where it is; `None` if it was never published.
    pub object: Option<LinkedObject>,
    /// What is known of all days; `None` if no numbers were ever read.
    pub delivered: Option<Delivered>,
    /// Spend, leads and won deals of all days.
    pub counted: Counted,
}

impl LineageRow {
    /// What a copy's uses call it: `campaign/ad-group/ad`.
    pub fn place(&self) -> String {
        format!("{}/{}/{}", self.campaign, self.ad_group, self.ad)
    }
}

/// The words by which a copy is recognised in an ad.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AdWords {
    /// The text beside the picture.
    pub primary_text: String,
    /// The line under it.
    pub headline: String,
}

/// An asset that an ad shows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LinkedAsset {
    /// Its id.
    pub id: AssetId,
    /// Its name.
    pub name: String,
    /// What it does there.
    pub role: AssetRole,
    /// Whether it was put aside.
    pub deleted: bool,
}

/// An ad on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedObject {
    /// The account.
    pub account: AccountRef,
    /// The platform's id.
    pub remote_id: String,
    /// Whether it is there.
    pub presence: PresenceStatus,
}

/// How often an ad was seen and clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// How often it was shown.
    pub impressions: i64,
    /// How often it was clicked.
    pub clicks: i64,
}

/// An amount as the statement gives it.
#[derive(Debug, Deserialize)]
struct Sum {
    currency: Currency,
    value: Decimal,
}

/// Up to `limit` ads, by campaign, ad group and ad, and the newest rates for `today` that compare their currencies.
pub async fn list(
    tx: &mut TenantTx,
    scope: &LineageScope<'_>,
    limit: usize,
    today: NaiveDate,
) -> Result<(Vec<LineageRow>, Rates), StoreError> {
    let rows = sqlx::query_file_as!(
        Row,
        "queries/lineage.sql",
        tx.tenant().0,
        scope.campaign,
        scope.places as Option<&[String]>,
        scope.asset.map(|asset| asset.0),
        scope.after,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    let rows: Vec<LineageRow> = rows.into_iter().map(LineageRow::try_from).collect::<Result<_, _>>()?;
    let amounts = rows.iter().flat_map(|row| row.counted.spend.iter().chain(&row.counted.revenue));
    let currencies: Vec<Currency> = amounts.map(|amount| amount.currency).collect();
    let rates = exchange_rate::newest(tx, &currencies, today).await?;
    Ok((rows, rates))
}

struct Row {
    position: String,
    campaign: String,
    ad_group: String,
    ad: String,
    name: String,
    removed: bool,
    words: Json<AdWords>,
    image: Option<String>,
    assets: Json<Vec<LinkedAsset>>,
    platform: Option<String>,
    account: Option<String>,
    remote_id: Option<String>,
    presence: Option<String>,
    impressions: Option<i64>,
    clicks: Option<i64>,
    spend: Json<Vec<Sum>>,
    leads: i64,
    won: i64,
    revenue: Json<Vec<Sum>>,
}

impl TryFrom<Row> for LineageRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let platform = stored::word_or_none::<Platform>("platform_object.platform", row.platform.as_deref())?;
        let object = match (platform, row.account, row.remote_id, row.presence) {
            (Some(platform), Some(id), Some(remote_id), Some(presence)) => Some(LinkedObject {
                account: AccountRef { platform, id },
                remote_id,
                presence: stored::word("platform_object.presence", &presence)?,
            }),
            _ => None,
        };
        let delivered = row.impressions.zip(row.clicks);
        let amounts = |sums: Vec<Sum>, minor: bool| {
            let scale = |currency: Currency| if minor { 10_i64.pow(currency.exponent()) } else { 1 };
            let amount = |sum: Sum| Amount {
                value: sum.value / Decimal::from(scale(sum.currency)),
                currency: sum.currency,
            };
            sums.into_iter().map(amount).collect()
        };
        Ok(Self {
            position: row.position,
            campaign: row.campaign,
            ad_group: row.ad_group,
            ad: row.ad,
            name: row.name,
            removed: row.removed,
            words: row.words.0,
            image: row.image,
            assets: row.assets.0,
            object,
            delivered: delivered.map(|(impressions, clicks)| Delivered { impressions, clicks }),
            counted: Counted {
                spend: amounts(row.spend.0, false),
                leads: row.leads.unsigned_abs(),
                won: row.won.unsigned_abs(),
                revenue: amounts(row.revenue.0, true),
            },
        })
    }
}
