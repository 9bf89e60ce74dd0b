//! Videos at Meta: uploaded once, waited for, shown with their covers.

use crate::{
    desk::{fault_at, present},
    meta_desk::Desk,
    specs::{Spec, calls, leads},
};
use anyhow::Context;
use chrono::TimeDelta;
use placard_domain::{
    plan::{Action, ObjectKind, RemoteIds, Step},
    spec::Severity,
};
use placard_platforms::{AdPlatform, Attachment, ErrorKind, Outcome, Retry};
use placard_sandbox::{Action as Fault, FaultPlan, Match, NodeId, Rule, SandboxConfig};
use serde_json::{Map, Value, json};

/// An ad with a video, and one beside it without.
const WITH_VIDEO: &str = "
  - name: Women
    ads:
      - {name: Tent, image: cover.png, video: \"asset:clip.mp4\"}
      - {name: Stove, image: stove.png}";

fn with_video() -> Spec {
    Spec { groups: WITH_VIDEO, ..Spec::default() }
}

/// The same with a video that goes in parts: two whole ones and a rest.
fn with_long_video() -> Spec {
    Spec { groups: WITH_VIDEO.replace("clip.mp4", "long.mp4").leak(), ..Spec::default() }
}

impl Desk {
    /// Every video that is on the platform, unfinished uploads left out.
    fn videos(&self) -> Vec<Value> {
        let world = self.sandbox.world(None);
        let all = world["objects"].as_array().unwrap().iter();
        let is_whole = |one: &&Value| one["fields"].get("upload_session_id").is_none();
        all.filter(|one| one["kind"] == "video").filter(is_whole).cloned().collect()
    }

    /// How often something was sent to the edge of videos.
    fn uploads(&self) -> usize {
        let requests = self.sandbox.requests(0);
        requests.iter().filter(|one| one.method == "POST" && one.path.ends_with("/advideos")).count()
    }

    fn writes(&self) -> usize {
        self.sandbox.requests(0).iter().filter(|one| one.method != "GET" && one.path != "/").count()
    }

    /// The step that uploads the one video of `spec`.
    fn video_step(&self, spec: &Spec) -> anyhow::Result<Step> {
        let steps = self.creates(&spec.campaign()?)?;
        steps.into_iter().find(|step| step.object.kind == ObjectKind::Video).context("a video")
    }

    async fn upload(&self, spec: &Spec) -> anyhow::Result<Outcome> {
        Ok(self.send(&[&self.video_step(spec)?], &mut RemoteIds::new()).await?.remove(0))
    }
}

/// `action` for the `nth` write to the edge of videos.
fn strike(nth: u64, action: Fault) -> FaultPlan {
    let path_contains = Some("/advideos".to_owned());
    let when = Match { method: Some("POST".to_owned()), path_contains, nth: Some(nth) };
    FaultPlan { rules: vec![Rule { when, action }], ..FaultPlan::default() }
}

#[tokio::test]
async fn a_video_is_shown_with_its_cover_and_survives_the_round_trip() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&with_video().campaign()?).await?;
    let kinds = |kind| published.ids.keys().filter(|key| key.kind == kind).count();
    assert_eq!((kinds(ObjectKind::Video), kinds(ObjectKind::Image), kinds(ObjectKind::Creative)), (1, 2, 2));
    assert_eq!((desk.videos().len(), desk.uploads()), (1, 1), "a small one goes in one call");
    desk.assert_no_drift(&published).await
}

#[tokio::test]
async fn forms_calls_and_shown_addresses_go_with_videos_too() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let address = "website: {url: \"https://shop.example.com/sale\", display_url: example.com}";
    let website = Spec { destination: address, ..with_video() };
    for spec in [website, Spec { groups: WITH_VIDEO, ..leads() }, Spec { groups: WITH_VIDEO, ..calls() }] {
        let published = desk.publish(&spec.campaign()?).await?;
        desk.assert_no_drift(&published).await?;
    }
    assert_eq!(desk.videos().len(), 1, "it is the same in each");
    Ok(())
}

#[tokio::test]
async fn a_large_video_goes_in_parts_and_arrives_as_it_was() -> anyhow::Result<()> {
    let fingerprint = async |whole: usize| {
        let desk = Desk::open_sending_whole(whole).await?;
        desk.upload(&with_long_video()).await??;
        anyhow::Ok((desk.videos().remove(0)["fields"]["fingerprint"].clone(), desk.uploads()))
    };
    let (whole, calls) = fingerprint(usize::MAX).await?;
    assert_eq!(calls, 1);
    let (in_parts, calls) = fingerprint(0).await?;
    assert_eq!(calls, 1 + 3 + 1, "start, parts, finish");
    assert_eq!(in_parts, whole);
    Ok(())
}

#[tokio::test]
async fn a_part_whose_answer_is_lost_is_not_taken_twice_and_the_upload_goes_on() -> anyhow::Result<()> {
    let failure = placard_sandbox::Failure { status: 500, code: 2, subcode: None };
    let faults = [Fault::DropBefore, Fault::DropAfter, Fault::TruncatedBody, Fault::ErrorAfter(failure)];
    let reference = Desk::open_sending_whole(usize::MAX).await?;
    reference.upload(&with_long_video()).await??;
    for nth in 2..=4 {
        for fault in &faults {
            let desk = Desk::open_sending_whole(0).await?;
            desk.sandbox.set_faults(strike(nth, fault.clone()));
            let sent = desk.upload(&with_long_video()).await?;
            sent.with_context(|| format!("part {nth}, {fault:?}"))?;
            let videos = desk.videos();
            assert_eq!(videos.len(), 1, "part {nth}, {fault:?}");
            assert_eq!(videos[0]["fields"]["fingerprint"], reference.videos()[0]["fields"]["fingerprint"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_video_whose_answer_was_lost_is_found_by_its_title_and_never_sent_twice() -> anyhow::Result<()> {
    // The whole in one call; then start and finish of one in parts.
    for (whole, spec, nth) in
        [(usize::MAX, with_video(), 1), (0, with_long_video(), 1), (0, with_long_video(), 5)]
    {
        for fault in [Fault::DropBefore, Fault::DropAfter, Fault::TruncatedBody] {
            let desk = Desk::open_sending_whole(whole).await?;
            desk.sandbox.set_faults(strike(nth, fault.clone()));
            let error = desk.upload(&spec).await?.unwrap_err();
            assert_eq!(error.kind.retry_write(), Retry::ProbeFirst, "{fault:?}: {error}");
            desk.sandbox.clear_faults();

            let request = desk.request(&desk.video_step(&spec)?, &RemoteIds::new())?;
            let found = desk.adapter.look_up(&desk.access, &[&request.prepared]).await?.remove(0);
            assert_eq!(found.is_some(), !desk.videos().is_empty(), "call {nth}, {fault:?}");
            let sent = desk.upload(&spec).await??;
            assert_eq!(desk.videos().len(), 1, "call {nth}, {fault:?}");
            assert!(found.is_none_or(|id| sent.remote_id == Some(id)), "it is another");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_video_that_is_there_is_not_uploaded_again_and_one_of_a_similar_title_is_another()
-> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let first = desk.upload(&with_video()).await??;
    let again = desk.upload(&with_video()).await??;
    assert_eq!((again.remote_id.clone(), desk.uploads()), (first.remote_id.clone(), 1));

    let id = NodeId(first.remote_id.context("an id")?.0.parse()?);
    let title = desk.videos()[0]["fields"]["title"].as_str().context("a title")?.to_owned();
    desk.sandbox.edit(id, Map::from_iter([("title".to_owned(), format!("Copy of {title}").into())]))?;
    desk.upload(&with_video()).await??;
    assert_eq!(desk.videos().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_creative_waits_for_its_video_without_a_call_that_writes() -> anyhow::Result<()> {
    let config = SandboxConfig { in_process: TimeDelta::seconds(20), ..SandboxConfig::default() };
    let desk = Desk::open_on("act_1001", config).await?;
    let steps = desk.creates(&with_video().campaign()?)?;
    let mut ids = desk.before(&steps, ObjectKind::Creative).await?;
    let creatives: Vec<&Step> =
        steps.iter().filter(|step| step.object.kind == ObjectKind::Creative).collect();
    let (waiting, other): (Vec<&Step>, Vec<&Step>) =
        creatives.iter().partition(|step| step.fields["object_story_spec"].get("video_data").is_some());
    let before = desk.writes();
    for longer in [3, 6, 12] {
        let error = desk.send(&waiting, &mut ids).await?.remove(0).unwrap_err();
        assert_eq!(error.kind.retry_write(), Retry::Again(Some(std::time::Duration::from_secs(longer))));
        assert!(error.message.contains("still preparing the video"), "{error}");
    }
    assert_eq!(desk.writes(), before, "nothing was written");
    for outcome in desk.send(&other, &mut ids).await? {
        outcome.context("one without a video waits for nothing")?;
    }
    desk.sandbox.advance(TimeDelta::seconds(20))?;
    for outcome in desk.send(&waiting, &mut ids).await? {
        outcome?;
    }
    let questions = |desk: &Desk| desk.sandbox.requests(0).iter().filter(|one| one.method == "GET").count();
    let asked = questions(&desk);
    desk.send(&waiting, &mut ids).await?.remove(0)?;
    assert_eq!(questions(&desk), asked, "what was ready once is not asked for again");
    Ok(())
}

#[tokio::test]
async fn a_lost_question_about_a_video_leaves_its_creative_to_be_sent_again() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = desk.creates(&with_video().campaign()?)?;
    let mut ids = desk.before(&steps, ObjectKind::Creative).await?;
    let video = ids.iter().find(|(key, _)| key.kind == ObjectKind::Video).context("a video")?.1.clone();
    let creatives: Vec<&Step> =
        steps.iter().filter(|step| step.object.kind == ObjectKind::Creative).collect();
    desk.sandbox.set_faults(fault_at(&format!("/{video}"), None, Fault::DropAfter));
    let failed: Vec<_> = desk.send(&creatives, &mut ids).await?.into_iter().filter_map(Result::err).collect();
    let [error] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!(error.kind, ErrorKind::Throttled { retry_after: None });
    Ok(())
}

#[tokio::test]
async fn a_video_that_meta_cannot_prepare_is_refused_with_what_to_do() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let steps = desk.creates(&with_video().campaign()?)?;
    let mut ids = desk.before(&steps, ObjectKind::Creative).await?;
    let video = ids.iter().find(|(key, _)| key.kind == ObjectKind::Video).context("a video")?.1.clone();
    let set = |word: &str| {
        let fields = Map::from_iter([("video_status".to_owned(), json!(word))]);
        desk.sandbox.edit(NodeId(video.0.parse().unwrap()), fields)
    };
    let creatives: Vec<&Step> =
        steps.iter().filter(|step| step.object.kind == ObjectKind::Creative).collect();
    for word in ["error", "expired"] {
        set(word)?;
        let outcomes = desk.send(&creatives, &mut ids).await?;
        let error = outcomes.into_iter().find_map(Result::err).context("it is refused")?;
        assert_eq!(error.kind, ErrorKind::Refused);
        assert_eq!(error.field.as_deref(), Some("object_story_spec.video_data.video_id"));
        assert!(error.user_message.is_some_and(|words| words.contains("MP4")), "{word}");
    }
    set("ready")?;
    for outcome in desk.send(&creatives, &mut ids).await? {
        outcome?;
    }
    Ok(())
}

#[tokio::test]
async fn a_video_that_broke_later_is_told_of_where_it_is_shown() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&with_video().campaign()?).await?;
    let id = NodeId(desk.only(&published, ObjectKind::Video).0.parse()?);
    desk.sandbox.edit(id, Map::from_iter([("video_status".to_owned(), json!("error"))]))?;
    let at = published.desired.iter().position(|one| one.key.kind == ObjectKind::Video).context("a video")?;
    let observed = desk.observe(&published).await?;
    let seen = present(&observed[at]);
    assert_eq!((seen.effective.as_deref(), seen.issues.len()), (Some("error"), 1));
    Ok(())
}

#[tokio::test]
async fn another_video_is_another_creative_and_so_is_one_instead_of_a_picture() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let published = desk.publish(&with_video().campaign()?).await?;
    let other = WITH_VIDEO.replace("clip.mp4", "other.mp4");
    let both = other.replace("stove.png", "cover.png, video: \"asset:clip.mp4\"");
    let mut published = published;
    for groups in [other, both, Spec::default().groups.to_owned()] {
        let campaign = Spec { groups: groups.clone().leak(), ..Spec::default() }.campaign()?;
        let (plan, next) = desk.change(published, &campaign).await?;
        let creatives = |action| {
            let of = desk.steps(&plan, action);
            of.iter().filter(|object| object.starts_with("creative:")).count()
        };
        assert!(plan.conflicts.is_empty(), "{:#?}", plan.conflicts);
        assert_eq!(creatives(Action::Create), creatives(Action::Delete), "{groups}");
        assert!(creatives(Action::Create) > 0, "{groups}");
        desk.assert_no_drift(&next).await?;
        published = next;
    }
    assert_eq!(desk.videos().len(), 2, "others may show a video, so it stays");
    Ok(())
}

#[tokio::test]
async fn what_meta_says_of_a_file_becomes_a_sentence_with_field_and_way_out() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut request = desk.request(&desk.video_step(&with_video())?, &RemoteIds::new())?;
    for (content, code) in [("<html>This is no video</html>", 352), ("tiny", 382)] {
        let file_name = request.attachment.as_ref().context("a file")?.file_name.clone();
        request.attachment = Some(Attachment { file_name, bytes: content.as_bytes().into() });
        let outcome = desk.adapter.execute(&desk.access, std::slice::from_ref(&request)).await.remove(0);
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.number()), (ErrorKind::Refused, Some(code)));
        assert_eq!(error.field.as_deref(), Some("source"));
        assert!(error.user_message.is_some(), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_video_that_another_platform_holds_or_that_is_too_large_is_named() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let findings = |video: &str| {
        let groups = WITH_VIDEO.replace("asset:clip.mp4", video).leak();
        let found = desk.findings(&Spec { groups, ..Spec::default() }.campaign().unwrap());
        let errors = found.into_iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| (finding.path, finding.help.is_some())).collect::<Vec<_>>()
    };
    let named = vec![("ad_groups[0].ads[0].video".to_owned(), true)];
    assert_eq!(findings("tiktok:v10033g5"), named);
    assert_eq!(findings("asset:huge.mp4"), named);
    assert_eq!(findings("meta:120210000000000009"), []);
    Ok(())
}
