//! Taking a file in.

use super::{
    fetching::{self, NewRemoteAsset},
    library,
};
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
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::{StatusCode, header},
};
use futures::stream;
use placard_assets::{
    IntakeError,
    content::{LARGEST_VIDEO, Refusal},
    objects::ObjectError,
};
use serde::Deserialize;
use std::io;
use tokio::sync::{mpsc, oneshot};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What a form has around the file.
const FRAME: u64 = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    let most = usize::try_from(LARGEST_VIDEO + FRAME).unwrap_or(usize::MAX);
    OpenApiRouter::new().routes(routes!(add)).layer(DefaultBodyLimit::max(most))
}

/// A form with a file in it and nothing else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the document shows it; the form is read as a stream")]
struct Form {
    /// The file, with its name.
    #[schema(schema_with = words::file)]
    file: String,
}

/// Adds a picture (JPEG, PNG, GIF or WebP, up to 50 MiB), a video (MP4 or MOV, up to 500 MiB) or a document (PDF, up to
/// 50 MiB): a file in a form, or one that the server fetches. What it says about people is taken out; content that is there
/// already stays one asset. A name or type that contradicts the content is refused in a form, and not believed of an address.
#[utoipa::path(post, path = "/assets", tag = "assets",
    request_body(content((inline(Form) = "multipart/form-data"), (NewRemoteAsset = "application/json"))),
    responses((status = 201, body = AddedView), (status = 200, description = "It was there", body = AddedView)))]
async fn add(
    State(api): State<Shared>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<AddedView>), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    let added = if kind.eq_ignore_ascii_case("application/json") {
        fetching::add(&api, &caller, request).await?
    } else {
        receive(&api, &caller, request).await?
    };
    let status = if added.outcome == AssetOutcome::Added { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(added)))
}

/// Takes a file out of a form, and adds it.
async fn receive(api: &Shared, caller: &Caller, request: Request) -> Result<AddedView, Problem> {
    let form = Multipart::from_request(request, api).await.map_err(|_| {
        let words = "send the file as multipart/form-data, in the field `file`, or its address as JSON";
        Problem::new(Code::UnsupportedMediaType, words)
    })?;
    let (db, library, tenant) = (api.session.db(), library(api).await?, caller.tenant()?);
    let (described, arrival) = oneshot::channel();
    let (chunks, mut content) = mpsc::channel(1);
    let actor = &caller.actor();
    // It owns the receiving end, so that nobody goes on sending what is not wanted any more.
    let adding = async move {
        let arrival = arrival.await.ok()?;
        let content = stream::poll_fn(move |context| content.poll_recv(context));
        Some(library.add(db, tenant, actor, arrival, content).await)
    };
    let (read, added) = tokio::join!(read(form, described, chunks), adding);
    read?;
    let added = added.ok_or_else(no_file)?;
    Ok(added.map_err(|error| problem(error, "file"))?.into())
}

/// Describes the file of a form, and passes it on as it comes.
async fn read(
    mut form: Multipart,
    described: oneshot::Sender<Arrival>,
    chunks: mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), Problem> {
    let field = form.next_field().await.map_err(broken)?;
    let mut file = field.filter(|field| field.name() == Some("file")).ok_or_else(no_file)?;
    let arrival = Arrival {
        name: file.file_name().unwrap_or_default().to_owned(),
        declared: file.content_type().and_then(|kind| kind.parse().ok()),
        source: None,
    };
    if described.send(arrival).is_err() {
        return Ok(());
    }
    while let Some(chunk) = file.chunk().await.map_err(io::Error::other).transpose() {
        let broken = chunk.is_err();
        if chunks.send(chunk).await.is_err() || broken {
            return Ok(());
        }
    }
    drop(file);
    let more = form.next_field().await.map_err(broken).transpose();
    let Some(more) = more else { return Ok(()) };
    // Then the file does not count as whole, and is not kept.
    chunks.send(Err(io::Error::other("the form holds more than a file"))).await.ok();
    Err(Problem::field(more?.name().unwrap_or_default(), "is unknown; the form holds a file only"))
}

fn no_file() -> Problem {
    Problem::field("file", "is missing; it is the form's first field")
}

fn broken(error: MultipartError) -> Problem {
    Problem::field("", format!("the form cannot be read: {}", error.body_text()))
}

/// What a sender can mend is said to them; what only an operator can is logged.
pub(super) fn problem(error: AddError, field: &str) -> Problem {
    match error {
        AddError::Store(error) => error.into(),
        AddError::Intake(IntakeError::Refused(refusal)) => match refusal {
            Refusal::TooHeavy { .. } => Problem::new(Code::TooLarge, refusal.to_string()),
            Refusal::Io(error) => Problem::defect(&error),
            _ => Problem::unfit(field, refusal.to_string()),
        },
        AddError::Intake(IntakeError::Object(ObjectError::TooLarge { limit })) => {
            Problem::new(Code::TooLarge, format!("the file has more than {limit} bytes"))
        }
        AddError::Intake(IntakeError::Object(ObjectError::Cut(_))) => Problem::field(field, "broke off"),
        AddError::Intake(error @ (IntakeError::Full(_) | IntakeError::Object(ObjectError::Full(_)))) => {
            tracing::error!(error = &error as &dyn std::error::Error, "there is no room for assets");
            Problem::new(Code::Unavailable, "there is no room for files; the operator has to make some")
        }
        AddError::Intake(error) => Problem::defect(&error),
    }
}
