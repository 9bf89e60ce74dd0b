//! Ads with their creatives (Meta, `platforms/meta.md` §11–§14).

use super::{
    campaign::{Draft, run},
    form, id, text,
};
use crate::{
    import::{Keys, Left, ours, spec_name},
    meta::{goals::TargetKind, story::Story, wire::plain, words},
};
use placard_domain::{
    Platform,
    objective::CallToAction,
    plan::ObjectKind,
    spec::{AdSpec, Call, Copy, Destination, HeldMedia, Website},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// An ad that a spec can say.
pub(super) struct Drawn {
    pub(super) row: Value,
    pub(super) spec: AdSpec,
    pub(super) target: TargetKind,
    pub(super) page: String,
    pub(super) instagram: Option<String>,
    form: Option<Value>,
}

/// The ad `row`, or what is left of it where no spec can say it.
pub(super) fn draw(row: &Value, forms: &BTreeMap<String, Value>) -> Result<Drawn, Left> {
    try_draw(row, forms).map_err(|reason| {
        Left::object(ObjectKind::Ad, &id(row).0, text(row, "name").unwrap_or_default(), reason)
    })
}

fn try_draw(row: &Value, forms: &BTreeMap<String, Value>) -> Result<Drawn, String> {
    let creative = row.get("creative").ok_or("it shows nothing")?;
    let Some(story) = creative.get("object_story_spec") else {
        return Err("it shows a post that stands elsewhere".to_owned());
    };
    if creative.get("asset_feed_spec").is_some() {
        return Err("it shows parts that Meta puts together".to_owned());
    }
    let said = Story::ALL.iter().find_map(|form| Some((*form, story.get(form.member())?)));
    let Some((form_of, data)) = said else {
        let what = story.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let what = what.filter(|name| name.ends_with("_data")).collect::<Vec<_>>().join(", ");
        return Err(format!("a spec cannot say {what}"));
    };
    if data.get("child_attachments").is_some() {
        return Err("it is a carousel".to_owned());
    }
    let Some(image) = text(data, "image_hash") else {
        return Err(match form_of {
            Story::Link => "its picture has no hash".to_owned(),
            Story::Video => "the cover of its video has no hash".to_owned(),
        });
    };
    let video = match form_of {
        Story::Link => None,
        Story::Video => Some(data.get("video_id").map(plain).ok_or("its video has no id")?),
    };
    let page = text(story, "page_id").ok_or("no page speaks")?.to_owned();
    let (destination, target, form) = destination(creative, (form_of, data), forms)?;
    let name = spec_name(text(row, "name").unwrap_or_default());
    let line = |field: &str| text(data, field).filter(|line| !line.is_empty()).map(str::to_owned);
    let copy = Copy {
        // An ad without words has none to write down, and one of ours must have some.
        primary_text: Some(line("message").unwrap_or_else(|| name.clone())),
        headline: Some(line(form_of.headline()).unwrap_or_else(|| name.clone())),
        description: line(form_of.description()),
        call_to_action: data
            .pointer("/call_to_action/type")
            .and_then(Value::as_str)
            .and_then(|word| ours(CallToAction::ALL, words::call_to_action, word)),
        ..Copy::default()
    };
    let held = |id: String| HeldMedia { platform: Platform::Meta, id }.to_string();
    Ok(Drawn {
        spec: AdSpec {
            name,
            key: None,
            status: run(row),
            image: Some(held(image.to_owned())),
            video: video.map(held),
            copy: Some(copy),
            destination: Some(destination),
        },
        row: row.clone(),
        target,
        page,
        instagram: text(story, "instagram_user_id").map(str::to_owned),
        form,
    })
}

type Led = (Destination, TargetKind, Option<Value>);

fn destination(
    creative: &Value,
    (form_of, data): (Story, &Value),
    forms: &BTreeMap<String, Value>,
) -> Result<Led, String> {
    if let Some(id) = form::id_of(creative) {
        let row = forms.get(&id).ok_or_else(|| format!("its form {id} cannot be read"))?;
        let form = Some(form::draw(row)?);
        return Ok((Destination { form, ..Destination::default() }, TargetKind::Form, Some(row.clone())));
    }
    let at = |place: &str| data.pointer(&format!("/{place}")).and_then(Value::as_str);
    let address = at(form_of.link()).unwrap_or_default();
    if address.is_empty() {
        return Err("it leads nowhere".to_owned());
    }
    if let Some(phone) = address.strip_prefix("tel:") {
        let call = Some(Call { phone: phone.to_owned() });
        return Ok((Destination { call, ..Destination::default() }, TargetKind::Call, None));
    }
    if !address.starts_with("https://") {
        return Err(format!("it leads to {address}, and a spec leads to https"));
    }
    let website = Website {
        url: address.to_owned(),
        url_tags: text(creative, "url_tags").filter(|tags| !tags.is_empty()).map(str::to_owned),
        display_url: at(form_of.display_url()).map(str::to_owned),
    };
    Ok((Destination { website: Some(website), ..Destination::default() }, TargetKind::Website, None))
}

impl Drawn {
    /// The ad in the spec, under a key of its own.
    pub(super) fn take(mut self, draft: &mut Draft<'_>, group: &str, keys: &mut Keys) -> AdSpec {
        let key = keys.give(&self.spec.name, "ad");
        draft.note(ObjectKind::Ad, &self.row);
        draft.bind(ObjectKind::Ad, format!("{group}/{}", key.key), id(&self.row));
        if let Some(creative) = self.row.get("creative") {
            draft.note(ObjectKind::Creative, creative);
        }
        if let Some(form) = &self.form {
            draft.note(ObjectKind::LeadForm, form);
        }
        self.spec.key = key.written;
        let usual = self.target.usual_button(draft.objective);
        if let Some(copy) = &mut self.spec.copy {
            copy.call_to_action = copy.call_to_action.filter(|button| *button != usual);
        }
        self.spec
    }
}
