//! Assets that somebody else's server has: fetching them, and asking again.

use super::{AddError, Added, Library, Stored, tidy};
use anyhow::Context;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use placard_assets::{
    IntakeError,
    content::{LARGEST_VIDEO, Refusal},
    objects::ObjectError,
};
use placard_domain::{AssetId, TenantId, asset::MediaType};
use placard_store::{
    Db, StoreError, TenantTx,
    asset::{self, Addition, Asset, Source},
    audit::Actor,
};
use placard_website::fetch::{
    Ask, FetchConfig, FetchError, Fetcher, Limits, Opened, Vouched,
    header::{ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use std::{io, time::Duration};
use url::Url;

/// The longest address that assets are fetched from, as it is kept.
pub(crate) const LONGEST_ADDRESS: usize = 2_000;
/// What a server may call its content, and since when it has it; longer ones are not kept.
const LONGEST_ETAG: usize = 1_000;
const LONGEST_DATE: usize = 100;

/// Who wants something fetched for whom.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// The database.
    pub db: &'a Db,
    /// The tenant.
    pub tenant: TenantId,
    /// Who asks for it.
    pub actor: &'a Actor,
    /// What fetches.
    pub fetcher: &'a Fetcher,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// A file that has begun to come.
pub struct Coming {
    /// The name that its address suggests.
    pub name: String,
    /// How large it says that it is.
    pub length: Option<u64>,
    /// Its content. Whoever wants to follow it may lay something around it.
    pub content: BoxStream<'static, io::Result<Bytes>>,
    source: Source,
}

/// What a server answered that was asked for something that is known.
enum Asked {
    /// It is what it was.
    Same,
    Coming(Box<Coming>),
}

/// What came of asking again.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The asset that the address had given before.
    pub before: Asset,
    /// What it gives now, if that is something else.
    pub now: Option<Added>,
}

/// Why nothing was fetched. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum FetchAssetError {
    /// It is no address that anything is fetched from.
    #[error("{0}")]
    Address(String),
    /// It could not be fetched.
    #[error("{url}: {kind}")]
    Fetch {
        /// Where it ended.
        url: Url,
        /// Why.
        #[source]
        kind: FetchError,
    },
    /// The server has no such thing.
    #[error("{url} answers {status}")]
    Answered {
        /// Where the answer is from.
        url: Url,
        /// Its status.
        status: u16,
    },
    /// There is no such asset.
    #[error("there is no such asset")]
    NotFound,
    /// The asset cannot be asked for again.
    #[error("{0}")]
    NotRefreshable(String),
    /// What came is nothing that is taken.
    #[error("{url}: {refusal}")]
    Refused {
        /// The address.
        url: String,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// What came was not added.
    #[error(transparent)]
    Add(#[from] AddError),
}

impl From<StoreError> for FetchAssetError {
    fn from(error: StoreError) -> Self {
        Self::Add(error.into())
    }
}

/// What fetches assets: as large as they may be, from public addresses and `vouched` ones, each within `total`.
pub fn fetcher(vouched: Vec<Vouched>, total: Duration) -> anyhow::Result<Fetcher> {
    let body_bytes = usize::try_from(LARGEST_VIDEO).unwrap_or(usize::MAX);
    let limits = Limits { body_bytes, pause: Duration::from_secs(10), total, ..Limits::default() };
    let agent = concat!("placard/", env!("CARGO_PKG_VERSION"));
    let config = FetchConfig { limits, vouched, ..FetchConfig::new(agent) };
    Fetcher::new(config).context("nothing can be fetched")
}

/// Reads an address that something may be fetched from, without what browsers keep to themselves.
pub fn address(text: &str) -> Result<Url, FetchAssetError> {
    let no = |why: String| FetchAssetError::Address(format!("{text}: {why}"));
    let mut url = Url::parse(text).map_err(|error| no(format!("is no address: {error}")))?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") {
        return Err(no("must begin with http:// or https://".to_owned()));
    }
    if url.as_str().len() > LONGEST_ADDRESS {
        return Err(FetchAssetError::Address(format!(
            "the address is longer than {LONGEST_ADDRESS} characters"
        )));
    }
    Ok(url)
}

impl Errand<'_> {
    /// Asks for a file.
    pub async fn begin(&self, url: &Url) -> Result<Coming, FetchAssetError> {
        match self.ask(url, None).await? {
            Asked::Coming(coming) => Ok(*coming),
            // Nobody asked under a condition.
            Asked::Same => Err(FetchAssetError::Answered { url: url.clone(), status: 304 }),
        }
    }

    async fn ask(&self, url: &Url, known: Option<&Source>) -> Result<Asked, FetchAssetError> {
        let mut ask = Ask::get();
        for (name, value) in known.into_iter().flat_map(conditions) {
            ask = ask.header(name, value);
        }
        let opened = self.fetcher.open(url, &ask).await;
        let opened =
            opened.map_err(|failure| FetchAssetError::Fetch { url: failure.url, kind: failure.kind })?;
        match opened.status {
            304 if known.is_some() => Ok(Asked::Same),
            200 => Ok(Asked::Coming(Box::new(self.coming(url, opened)))),
            status => Err(FetchAssetError::Answered { url: opened.url, status }),
        }
    }

    fn coming(&self, url: &Url, opened: Opened) -> Coming {
        let told = |name: HeaderName, most| {
            opened.header(name).filter(|text| (1..=most).contains(&text.len())).map(str::to_owned)
        };
        let now = (self.now)();
        let source = Source {
            url: url.to_string(),
            fetched_at: now,
            asked_at: now,
            etag: told(ETAG, LONGEST_ETAG),
            last_modified: told(LAST_MODIFIED, LONGEST_DATE),
        };
        let (name, length) = (name_in(url), opened.length());
        let content = opened.into_body().map_err(io::Error::other).boxed();
        Coming { name, length, content, source }
    }
}

/// What says that only something else than what is known is wanted.
fn conditions(known: &Source) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let etag = known.etag.as_deref().map(|text| (IF_NONE_MATCH, text));
    let since = known.last_modified.as_deref().map(|text| (IF_MODIFIED_SINCE, text));
    [etag, since].into_iter().flatten().filter_map(|(name, text)| Some((name, text.parse().ok()?)))
}

impl Library {
    /// Adds a file that has begun to come. What its server says that it is, and how its address ends, is not believed.
    pub async fn take(&self, errand: &Errand<'_>, coming: Coming) -> Result<Added, FetchAssetError> {
        let (name, source, stored) = self.store_coming(errand, coming).await?;
        let mut tx = errand.db.tenant(errand.tenant).await?;
        let added = stored.record(&mut tx, errand.actor, name, Some(source)).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Asks the address of an asset whether it gives the same as before. If it gives something else, that is an asset as well:
    /// it takes the name, and the one before is called by the moment until which it had it. Of content that is known from
    /// somewhere else, each keeps its name.
    pub async fn refresh(&self, errand: &Errand<'_>, id: AssetId) -> Result<Refreshed, FetchAssetError> {
        let mut tx = errand.db.tenant(errand.tenant).await?;
        let (before, known) = current(&mut tx, id).await?;
        tx.commit().await?;
        let url = address(&known.url)?;
        let coming = match errand.ask(&url, Some(&known)).await? {
            Asked::Coming(coming) => *coming,
            Asked::Same => {
                let mut tx = errand.db.tenant(errand.tenant).await?;
                asset::asked(&mut tx, id, &known.url, (errand.now)()).await?;
                tx.commit().await?;
                return Ok(Refreshed { before, now: None });
            }
        };
        let (name, source, stored) = self.store_coming(errand, coming).await?;
        let mut tx = errand.db.tenant(errand.tenant).await?;
        let gave = asset::ever_gave(&mut tx, &known.url, &stored.facts.hash).await?;
        let mut added = stored.record(&mut tx, errand.actor, name, Some(source)).await?;
        if added.asset.id != id && (gave || added.addition == Addition::Added) {
            let until = called_until(&before.name, (errand.now)());
            let name = called(&before.name, added.asset.facts.media);
            asset::rename(&mut tx, errand.actor, id, &until).await?;
            added.asset = asset::rename(&mut tx, errand.actor, added.asset.id, &name).await?;
        }
        tx.commit().await?;
        let now = (added.asset.id != id).then_some(added);
        Ok(Refreshed { before, now })
    }

    async fn store_coming(
        &self,
        errand: &Errand<'_>,
        coming: Coming,
    ) -> Result<(String, Source, Stored), FetchAssetError> {
        let Coming { name, content, source, .. } = coming;
        let received = self.intake.receive(content, None).await;
        let received = received.map_err(|error| broken(error, &source.url))?;
        let name = called(&tidy(&name), received.facts.media);
        let stored = self.store(errand.db, errand.tenant, received).await?;
        Ok((name, source, stored))
    }
}

/// The asset and the address that gave it last, if it is what that address gives.
async fn current(tx: &mut TenantTx, id: AssetId) -> Result<(Asset, Source), FetchAssetError> {
    let no = |asset: &Asset, why: &str| Err(FetchAssetError::NotRefreshable(format!("{} {why}", asset.name)));
    let asset = asset::find(tx, id).await?.ok_or(FetchAssetError::NotFound)?;
    if asset.deleted_at.is_some() {
        return no(&asset, "was put aside");
    }
    let Some(source) = asset::sources(tx, id).await?.into_iter().next() else {
        return no(&asset, "was not fetched from anywhere");
    };
    if asset::given_by(tx, &source.url).await? != Some(id) {
        return no(&asset, "is not what its address gave last");
    }
    Ok((asset, source))
}

/// What ended a transfer says more than that it ended.
fn broken(error: IntakeError, url: &str) -> FetchAssetError {
    let error = match error {
        IntakeError::Refused(refusal) => {
            return FetchAssetError::Refused { url: url.to_owned(), refusal };
        }
        other => other,
    };
    let IntakeError::Object(ObjectError::Cut(cut)) = &error else { return AddError::from(error).into() };
    let kind = cut.get_ref().and_then(|inner| inner.downcast_ref::<FetchError>()).cloned();
    match (kind, Url::parse(url)) {
        (Some(kind), Ok(url)) => FetchAssetError::Fetch { url, kind },
        _ => AddError::from(error).into(),
    }
}

/// The last part of an address, or its host.
fn name_in(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    if name.is_empty() { url.host_str().unwrap_or_default().to_owned() } else { name.into_owned() }
}

/// `name` with an ending that promises `media`.
fn called(name: &str, media: MediaType) -> String {
    match MediaType::promised_by(name) {
        Some(promised) if promised.kind() == media.kind() && is_video_or(promised, media) => name.to_owned(),
        Some(_) => tidy(&format!("{}.{}", stem(name), media.ending())),
        None => tidy(&format!("{name}.{}", media.ending())),
    }
}

/// MP4 and MOV may stand for each other.
fn is_video_or(promised: MediaType, media: MediaType) -> bool {
    promised == media || matches!(promised, MediaType::Mp4 | MediaType::Mov)
}

/// `name` as that of what it was until `moment`.
fn called_until(name: &str, moment: DateTime<Utc>) -> String {
    let (stem, ending) = name.split_at(stem(name).len());
    tidy(&format!("{stem} (until {}){ending}", moment.format("%Y-%m-%d %H.%M")))
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_its_content_is() {
        for (name, media, expected) in [
            ("hero.png", MediaType::Png, "hero.png"),
            ("hero.jpg", MediaType::Webp, "hero.webp"),
            ("film.mov", MediaType::Mp4, "film.mov"),
            ("film.mov", MediaType::Png, "film.png"),
            ("v1.2", MediaType::Pdf, "v1.2.pdf"),
            ("example.com", MediaType::Jpeg, "example.com.jpg"),
        ] {
            assert_eq!(called(name, media), expected, "{name}");
        }
        let long = called(&"x".repeat(255), MediaType::Png);
        assert!(long.ends_with("x.png") && long.chars().count() == 255);
    }

    #[test]
    fn a_name_that_was_taken_says_until_when() {
        let moment: DateTime<Utc> = "2026-05-01T09:05:30Z".parse().unwrap();
        assert_eq!(called_until("hero.png", moment), "hero (until 2026-05-01 09.05).png");
        assert_eq!(called_until("hero", moment), "hero (until 2026-05-01 09.05)");
        assert_eq!(called_until(&"x".repeat(255), moment).chars().count(), 255);
    }

    #[test]
    fn an_address_suggests_a_name() {
        for (address, expected) in [
            ("https://example.com/a/hero%20one.png?size=2", "hero one.png"),
            ("https://example.com/", "example.com"),
            ("https://example.com/%2e%2e%2fpasswd", "../passwd"),
        ] {
            assert_eq!(name_in(&Url::parse(address).unwrap()), expected);
        }
        assert_eq!(tidy("../passwd"), "passwd");
    }
}
