//! Putting a copy into a spec, and noting what uses it.

use placard_domain::{
    TenantId,
    copy::{Finding, Variant},
    document::{CopyUse, GeneratedCopy, UsedKind},
    spec::{self, CampaignSpec, Copy, Severity},
};
use placard_store::documents::{DocumentError, Documents, Stored};
use uuid::Uuid;

/// Why a copy cannot be used in a spec.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// It has no parts: it was not written here.
    #[error("this copy is one text, and not headlines and descriptions; copy it by hand")]
    NoParts,
    /// It does not fit where the spec goes.
    #[error("this copy does not fit: {0}")]
    Unfit(String),
}

/// A copy as the words of a spec.
#[derive(Debug)]
pub struct Fitted {
    /// The words.
    pub copy: Copy,
    /// What a person should know.
    pub warnings: Vec<Finding>,
    /// What will use them: the campaign, and each ad that brings no words of its own.
    pub uses: Vec<CopyUse>,
}

/// `stored` as the words of `spec`, whose key is `key`. The button of the spec stays.
///
/// # Errors
/// [`UseError`] if a platform of the spec would refuse the words.
pub fn words_for(stored: &GeneratedCopy, spec: &CampaignSpec, key: &str) -> Result<Fitted, UseError> {
    let variant: &Variant = stored.parts.as_ref().ok_or(UseError::NoParts)?;
    let findings = variant.check(&spec.platforms.named(), "");
    let (errors, warnings): (Vec<Finding>, _) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    if let Some(first) = errors.first() {
        let words = format!("{}: {}; {}", first.place, first.message, first.fix);
        return Err(UseError::Unfit(words));
    }
    let button = spec.copy.as_ref().and_then(|copy| copy.call_to_action);
    let used = |kind, id: String| CopyUse { kind, id };
    let mut uses = vec![used(UsedKind::Campaign, key.to_owned())];
    for group in &spec.ad_groups {
        let group_key = group.key.clone().unwrap_or_else(|| spec::slug(&group.name));
        let inherits = |ad: &&spec::AdSpec| {
            ad.copy.as_ref().is_none_or(|own| own.primary_text.is_none() && own.headline.is_none())
        };
        for ad in group.ads.iter().filter(inherits) {
            let ad_key = ad.key.clone().unwrap_or_else(|| spec::slug(&ad.name));
            uses.push(used(UsedKind::Ad, format!("{key}/{group_key}/{ad_key}")));
        }
    }
    Ok(Fitted { copy: variant.to_copy(button), warnings, uses })
}

/// Notes that `uses` use the copy with `id`. What used it once stays noted: what is shown now is what the spec says.
///
/// # Errors
/// [`DocumentError`].
pub async fn note_use(
    documents: &Documents,
    tenant: TenantId,
    id: Uuid,
    uses: &[CopyUse],
) -> Result<Stored<GeneratedCopy>, DocumentError> {
    documents
        .update::<GeneratedCopy>(tenant, id, |copy| {
            for one in uses {
                if !copy.used_by.contains(one) {
                    copy.used_by.push(one.clone());
                }
            }
        })
        .await
}
