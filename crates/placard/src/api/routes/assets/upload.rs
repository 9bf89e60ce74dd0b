//! Taking a file in.

use super::library;
use crate::{
    api::{
        Shared,
        caller::Caller,
        problem::{Code, Problem},
        view::{AddedView, AssetOutcome},
        words,
    },
    library::{AddError, Arrival},
};
use axum::{
    Json,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartRejection},
    http::StatusCode,
};
use futures::TryStreamExt;
use placard_assets::{
    IntakeError,
    content::{LARGEST_VIDEO, Refusal},
    objects::ObjectError,
};
use serde::Deserialize;
use std::io;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What a form has around the file.
const FRAME: u64 = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    let most = usize::try_from(LARGEST_VIDEO + FRAME).unwrap_or(usize::MAX);
    OpenApiRouter::new().routes(routes!(add)).layer(DefaultBodyLimit::max(most))
}

/// A form with a file in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the document shows it; the form is read as a stream")]
struct Form {
    /// The file, with its name.
    #[schema(schema_with = words::file)]
    file: String,
}

/// Adds a picture (JPEG, PNG, GIF or WebP, up to 50 MiB), a video (MP4 or MOV, up to 500 MiB) or a document (PDF, up to
/// 50 MiB). What it says about people is taken out; content that is there already stays one asset.
#[utoipa::path(post, path = "/assets", tag = "assets",
    request_body(content = inline(Form), content_type = "multipart/form-data"),
    responses((status = 201, body = AddedView), (status = 200, description = "It was there", body = AddedView)))]
async fn add(
    State(api): State<Shared>,
    caller: Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<AddedView>), Problem> {
    let mut form = form.map_err(|_| {
        Problem::new(Code::UnsupportedMediaType, "send the file as multipart/form-data, in the field `file`")
    })?;
    let broken =
        |error: &dyn std::fmt::Display| Problem::field("", format!("the form cannot be read: {error}"));
    let field = form.next_field().await.map_err(|error| broken(&error.body_text()))?;
    let field = field.filter(|field| field.name() == Some("file"));
    let field = field.ok_or_else(|| Problem::field("file", "is missing; it is the form's first field"))?;
    let arrival = Arrival {
        name: field.file_name().unwrap_or_default().to_owned(),
        declared: field.content_type().and_then(|kind| kind.parse().ok()),
        original_url: None,
    };
    let db = api.session.db();
    let content = field.map_err(io::Error::other);
    let added = library(&api).await?.add(db, caller.tenant()?, &caller.actor(), arrival, content).await;
    let added = AddedView::from(added.map_err(problem)?);
    let status = if added.outcome == AssetOutcome::Added { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(added)))
}

/// What a sender can mend is said to them; what only an operator can is logged.
fn problem(error: AddError) -> Problem {
    match error {
        AddError::Store(error) => error.into(),
        AddError::Intake(IntakeError::Refused(refusal)) => match refusal {
            Refusal::TooHeavy { .. } => Problem::new(Code::TooLarge, refusal.to_string()),
            Refusal::Io(error) => Problem::defect(&error),
            _ => Problem::unfit("file", refusal.to_string()),
        },
        AddError::Intake(IntakeError::Object(ObjectError::TooLarge { limit })) => {
            Problem::new(Code::TooLarge, format!("the file has more than {limit} bytes"))
        }
        AddError::Intake(IntakeError::Object(ObjectError::Cut(_))) => Problem::field("file", "broke off"),
        AddError::Intake(error @ (IntakeError::Full(_) | IntakeError::Object(ObjectError::Full(_)))) => {
            tracing::error!(error = &error as &dyn std::error::Error, "there is no room for assets");
            Problem::new(Code::Unavailable, "there is no room for files; the operator has to make some")
        }
        AddError::Intake(error) => Problem::defect(&error),
    }
}
