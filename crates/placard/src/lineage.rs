//! From the question that a model was asked to what was sold: prompt, copy, asset, ad, spend, lead, revenue.
//!
//! What is in tables comes with one statement (`store::lineage`). Copies and prompts are documents, which may be in
//! another database, and are joined here by the uses that each copy names.

use chrono::NaiveDate;
use placard_domain::{
    AssetId, TenantId,
    document::{GeneratedCopy, PromptRecord, UsedKind},
    guardrail::{ExchangeRate, Rates},
};
use placard_store::{
    StoreError, TenantTx, asset, campaign,
    documents::{DocumentError, Documents, Filter, LARGEST_PAGE, Query, Scalar, Stored},
    lineage::{self, AdWords, LineageRow, LineageScope},
};
use rust_decimal::Decimal;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How many values one question to the documents names.
const AT_ONCE: usize = 400;

/// Whose chains are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// Those of every ad.
    All,
    /// Those of a campaign's ads, by its key.
    Campaign(String),
    /// Those of the ads that have the words of this copy.
    Copy(Uuid),
    /// Those of the ads whose words came of this call, by its `request_id`.
    Prompt(String),
    /// Those of the ads that show this asset.
    Asset(AssetId),
}

/// A link that a chain has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingLink {
    /// The ad's words are those of no copy that was put to use in it.
    Copy,
    /// The copy came of no call that is on record.
    Prompt,
    /// The picture is not in the library.
    Asset,
    /// The ad is on no platform.
    Platform,
    /// No numbers were ever read.
    Numbers,
    /// Spend and revenue cannot be compared; says why.
    Rate(String),
}

impl MissingLink {
    /// The word for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Prompt => "prompt",
            Self::Asset => "asset",
            Self::Platform => "platform",
            Self::Numbers => "numbers",
            Self::Rate(_) => "rate",
        }
    }
}

impl std::fmt::Display for MissingLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Copy => f.write_str("no copy on record"),
            Self::Prompt => f.write_str("no prompt on record"),
            Self::Asset => f.write_str("its picture is not in the library"),
            Self::Platform => f.write_str("on no platform"),
            Self::Numbers => f.write_str("no numbers yet"),
            Self::Rate(why) => f.write_str(why),
        }
    }
}

/// One ad on one platform, with everything that leads to it and away from it.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The ad, its assets, and what came of it.
    pub row: LineageRow,
    /// The copy whose words it has.
    pub copy: Option<Stored<GeneratedCopy>>,
    /// The call that wrote them.
    pub prompt: Option<PromptRecord>,
    /// What came back for each unit spent.
    pub roas: Option<Decimal>,
    /// The rates that it was computed by.
    pub rates: Vec<ExchangeRate>,
    /// What is missing, in the order of the chain.
    pub missing: Vec<MissingLink>,
}

/// A page of chains.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The chains, by campaign, ad group and ad. Fewer than asked for does not mean that it is the last page.
    pub chains: Vec<Chain>,
    /// What the next page comes after.
    pub next: Option<String>,
}

/// Why there is no lineage.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// There is nothing by this name.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The documents could not be read.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where lineage is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// The documents.
    pub documents: &'a Documents,
    /// Whose.
    pub tenant: TenantId,
    /// For which day rates are wanted.
    pub today: NaiveDate,
}

impl Archive<'_> {
    /// The chains of `root`, up to `limit` of them from `after` on.
    ///
    /// # Errors
    /// [`LineageError::Unknown`] if `root` names nothing of this tenant.
    pub async fn trace(
        &self,
        tx: &mut TenantTx,
        root: &Root,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Lineage, LineageError> {
        let places = self.places(tx, root).await?;
        if places.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Lineage { chains: Vec::new(), next: None });
        }
        let scope = LineageScope {
            campaign: match root {
                Root::Campaign(key) => Some(key),
                _ => None,
            },
            places: places.as_deref(),
            asset: match root {
                Root::Asset(id) => Some(*id),
                _ => None,
            },
            after,
        };
        let (mut rows, rates) = lineage::list(tx, &scope, limit + 1, self.today).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| last.position.clone());
        let copies = self.copies(&rows).await?;
        let of_row: Vec<_> = rows.iter().map(|row| chosen(row, &copies)).collect();
        let prompts = self.prompts(of_row.iter().flatten()).await?;
        let chains = rows.into_iter().zip(of_row).map(|(row, copy)| chain(row, copy, &prompts, &rates));
        let chains = chains.filter(|chain| belongs(chain, root)).collect();
        Ok(Lineage { chains, next })
    }

    /// Where the ads of a copy or prompt are; `None` if they are found otherwise.
    async fn places(&self, tx: &mut TenantTx, root: &Root) -> Result<Option<Vec<String>>, LineageError> {
        let copies = match root {
            Root::All => return Ok(None),
            Root::Campaign(key) => {
                campaign::find(tx, key).await?.ok_or(LineageError::Unknown("campaign"))?;
                return Ok(None);
            }
            Root::Asset(id) => {
                asset::find(tx, *id).await?.ok_or(LineageError::Unknown("asset"))?;
                return Ok(None);
            }
            Root::Copy(id) => {
                let found = self.documents.get::<GeneratedCopy>(self.tenant, *id).await?;
                vec![found.ok_or(LineageError::Unknown("copy"))?]
            }
            Root::Prompt(request) => {
                let called = Filter::eq("request_id", request.as_str());
                let known = self.documents.count::<PromptRecord>(self.tenant, &called).await?;
                if known == 0 {
                    return Err(LineageError::Unknown("prompt"));
                }
                self.every(called).await?
            }
        };
        let uses = copies.iter().flat_map(|copy| &copy.document.used_by);
        let mut places: Vec<String> = uses.map(|used| used.id.clone()).collect();
        places.sort();
        places.dedup();
        Ok(Some(places))
    }

    /// Every copy that was put to use in one of the ads, or in its campaign.
    async fn copies(&self, rows: &[LineageRow]) -> Result<Vec<Stored<GeneratedCopy>>, DocumentError> {
        let places: HashSet<String> =
            rows.iter().flat_map(|row| [row.campaign.clone(), row.place()]).collect();
        let places: Vec<String> = places.into_iter().collect();
        let mut copies: HashMap<Uuid, Stored<GeneratedCopy>> = HashMap::new();
        for part in places.chunks(AT_ONCE) {
            let found = self.every(Filter::Contains("used_by.id".to_owned(), part.to_vec())).await?;
            copies.extend(found.into_iter().map(|copy| (copy.id, copy)));
        }
        let mut copies: Vec<_> = copies.into_values().collect();
        // The last that was put to use counts, where several have the same words.
        copies.sort_by_key(|copy| std::cmp::Reverse((copy.updated_at, copy.id)));
        Ok(copies)
    }

    async fn prompts(
        &self,
        copies: impl Iterator<Item = &Stored<GeneratedCopy>>,
    ) -> Result<HashMap<String, PromptRecord>, DocumentError> {
        let wanted: HashSet<String> = copies.filter_map(|copy| copy.document.request_id.clone()).collect();
        let wanted: Vec<Scalar> = wanted.into_iter().map(Scalar::from).collect();
        let mut prompts = HashMap::new();
        for part in wanted.chunks(AT_ONCE) {
            let found =
                self.every::<PromptRecord>(Filter::In("request_id".to_owned(), part.to_vec())).await?;
            prompts.extend(found.into_iter().map(|one| (one.document.request_id.clone(), one.document)));
        }
        Ok(prompts)
    }

    /// Every document that `filter` finds, page by page.
    async fn every<D: placard_domain::document::Document>(
        &self,
        filter: Filter,
    ) -> Result<Vec<Stored<D>>, DocumentError> {
        let mut query = Query { filter, limit: LARGEST_PAGE, ..Query::default() };
        let mut all = Vec::new();
        loop {
            let page = self.documents.find::<D>(self.tenant, &query).await?;
            all.extend(page.items);
            query.cursor = page.next;
            if query.cursor.is_none() {
                return Ok(all);
            }
        }
    }
}

/// The copy whose words the ad has, among those that were put to use in it or in its campaign. A spec that was edited
/// since has other words, and the chain ends there.
fn chosen(row: &LineageRow, copies: &[Stored<GeneratedCopy>]) -> Option<Stored<GeneratedCopy>> {
    let place = row.place();
    let used_here = |copy: &&Stored<GeneratedCopy>| {
        copy.document.used_by.iter().any(|used| match used.kind {
            UsedKind::Ad => used.id == place,
            UsedKind::Campaign => used.id == row.campaign,
            UsedKind::AdGroup => false,
        })
    };
    copies.iter().filter(used_here).find(|copy| says(&copy.document, &row.words)).cloned()
}

fn says(copy: &GeneratedCopy, words: &AdWords) -> bool {
    let Some(parts) = &copy.parts else { return false };
    let copy = parts.to_copy(None);
    copy.primary_text.as_ref() == Some(&words.primary_text) && copy.headline.as_ref() == Some(&words.headline)
}

fn chain(
    row: LineageRow,
    copy: Option<Stored<GeneratedCopy>>,
    prompts: &HashMap<String, PromptRecord>,
    rates: &Rates,
) -> Chain {
    let request = copy.as_ref().and_then(|copy| copy.document.request_id.as_ref());
    let prompt = request.and_then(|request| prompts.get(request)).cloned();
    let mut missing = Vec::new();
    match (&copy, &prompt) {
        (None, _) => missing.push(MissingLink::Copy),
        (Some(_), None) => missing.push(MissingLink::Prompt),
        (Some(_), Some(_)) => {}
    }
    if row.image.is_some() && row.assets.is_empty() {
        missing.push(MissingLink::Asset);
    }
    match (&row.object, &row.delivered) {
        (None, _) => missing.push(MissingLink::Platform),
        (Some(_), None) => missing.push(MissingLink::Numbers),
        (Some(_), Some(_)) => {}
    }
    let (mut roas, mut used) = (None, Vec::new());
    if let Some(spent) = row.counted.spend.first() {
        match row.counted.compare(spent.currency, rates, &mut used) {
            Ok(compared) => roas = compared.roas,
            Err(error) => {
                used.clear();
                missing.push(MissingLink::Rate(error.to_string()));
            }
        }
    }
    Chain { row, copy, prompt, roas, rates: used, missing }
}

/// Whether a chain begins where it was asked for: a copy is found by what it was put into, which may have other words
/// by now.
fn belongs(chain: &Chain, root: &Root) -> bool {
    match root {
        Root::All | Root::Campaign(_) | Root::Asset(_) => true,
        Root::Copy(id) => chain.copy.as_ref().is_some_and(|copy| copy.id == *id),
        Root::Prompt(request) => {
            chain.copy.as_ref().is_some_and(|copy| copy.document.request_id.as_ref() == Some(request))
        }
    }
}
