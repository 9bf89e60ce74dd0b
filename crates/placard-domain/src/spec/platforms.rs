//! What a spec says to single platforms.

use crate::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The platforms to publish to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Platforms {
    /// Facebook, Instagram and their siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<MetaSpec>,
    /// Google: search results and the sites that show Google's ads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<GoogleSpec>,
    /// Microsoft Advertising: results of Bing and of its partners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microsoft: Option<MicrosoftSpec>,
    /// TikTok.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiktok: Option<TiktokSpec>,
}

impl Platforms {
    /// The platforms that are named, in the order in which people see them.
    pub fn named(&self) -> Vec<Platform> {
        let google = self.google.as_ref().map(|_| Platform::Google);
        let microsoft = self.microsoft.as_ref().map(|_| Platform::Microsoft);
        let tiktok = self.tiktok.as_ref().map(|_| Platform::Tiktok);
        self.meta.iter().map(|_| Platform::Meta).chain(google).chain(microsoft).chain(tiktok).collect()
    }

    /// The account that is named for `platform`.
    pub fn account(&self, platform: Platform) -> Option<&str> {
        match platform {
            Platform::Meta => self.meta.as_ref()?.account.as_deref(),
            Platform::Google => self.google.as_ref()?.account.as_deref(),
            Platform::Tiktok => self.tiktok.as_ref()?.account.as_deref(),
            Platform::Microsoft => self.microsoft.as_ref()?.account.as_deref(),
        }
    }
}

/// What only Google Ads needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleSpec {
    /// The customer id, ten digits without dashes. The connected one if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 10, max = 10))]
    pub account: Option<String>,
    /// Where ads are shown.
    #[serde(default)]
    pub channel: GoogleChannel,
    /// Whether ads appear on the search sites of Google's partners as well.
    #[serde(default)]
    pub search_partners: bool,
    /// Whether the campaign holds political advertising for the European Union; Google wants it declared.
    #[serde(default)]
    pub eu_political_advertising: bool,
    /// Who advertises, shown in display ads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 25))]
    pub business_name: Option<String>,
    /// One or two words shown behind the address in search ads: `example.com/tents/sale`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    pub paths: Vec<String>,
}

crate::objective::words! {
    /// A part of Google where ads appear (Google, `platforms/google.md` §4).
    GoogleChannel {
        /// Beside search results.
        Search = "search",
        /// On websites and in apps.
        Display = "display",
    }
}

#[expect(clippy::derivable_impls, reason = "the words macro writes the enum")]
impl Default for GoogleChannel {
    fn default() -> Self {
        Self::Search
    }
}

/// What only Meta needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetaSpec {
    /// The ad account, `act_` and digits. The connected one if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Id of the page that speaks.
    pub page: String,
    /// Id of the Instagram account that speaks there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instagram: Option<String>,
    /// Id of the pixel that sees conversions on the website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel: Option<String>,
    /// Categories with rules of their own: credit, employment, housing, politics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special_ad_categories: Vec<SpecialAdCategory>,
    /// Who benefits from the ads; the law wants it shown in the European Union.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub beneficiary: Option<String>,
    /// Who pays for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub payor: Option<String>,
    /// Where ads may appear; the platform chooses if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publishers: Vec<MetaPublisher>,
}

crate::objective::words! {
    /// A category with rules of its own (Meta, `platforms/meta.md` §8).
    SpecialAdCategory {
        /// Credit, insurance, investments.
        FinancialProducts = "financial_products",
        /// Jobs.
        Employment = "employment",
        /// Homes.
        Housing = "housing",
        /// Politics and social issues.
        Politics = "politics",
        /// Gambling.
        Gambling = "gambling",
    }
}

crate::objective::words! {
    /// A part of Meta where ads appear (Meta, `platforms/meta.md` §10).
    MetaPublisher {
        /// Facebook.
        Facebook = "facebook",
        /// Instagram.
        Instagram = "instagram",
        /// Messenger.
        Messenger = "messenger",
        /// Apps of others.
        AudienceNetwork = "audience_network",
        /// Threads.
        Threads = "threads",
    }
}

/// What only Microsoft Advertising needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MicrosoftSpec {
    /// The ad account's id, digits. The connected one if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whether ads appear on the search sites of Microsoft's partners as well.
    #[serde(default)]
    pub search_partners: bool,
    /// One or two words shown behind the address: `example.com/tents/sale`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    pub paths: Vec<String>,
}

/// What only TikTok needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TiktokSpec {
    /// The advertiser id, digits. The connected one if there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Id of the identity that speaks.
    pub identity: String,
    /// What kind of identity that is.
    #[serde(default)]
    pub identity_type: TiktokIdentity,
    /// Id of the business centre through which the identity is used, for `bc_auth_tt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_center: Option<String>,
    /// Id of the pixel that sees conversions on the website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel: Option<String>,
    /// Id of a published instant form; they are made in TikTok Ads Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
}

crate::objective::words! {
    /// As whom ads speak (TikTok, `platforms/tiktok.md` §4, identities).
    TiktokIdentity {
        /// A name and a picture made for ads.
        CustomizedUser = "customized_user",
        /// A linked TikTok account.
        TtUser = "tt_user",
        /// A TikTok account through a business centre.
        BcAuthTt = "bc_auth_tt",
        /// A creator's post, by its code.
        AuthCode = "auth_code",
    }
}

#[expect(clippy::derivable_impls, reason = "the words macro writes the enum")]
impl Default for TiktokIdentity {
    fn default() -> Self {
        Self::CustomizedUser
    }
}
