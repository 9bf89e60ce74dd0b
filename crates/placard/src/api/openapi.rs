//! The OpenAPI document, completed from the table of rights: who may use each route, and how it can refuse.

use super::access::{ROUTES, Rule};
use utoipa::openapi::{
    Content, HttpMethod, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

const SCHEME: &str = "bearer";

/// Adds what holds for every route: its right, its headers, its refusals.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let bearer = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token of a session, or an API key (`plk_…`)."))
        .build();
    components.security_schemes.insert(SCHEME.to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    for (method, path, rule) in ROUTES {
        let Some(operation) = operation(document, method, path) else { continue };
        // The names of functions repeat, and an id may not.
        operation.operation_id = Some(id_of(method, path));
        secure(operation, *rule);
        let headers = headers(method, path, *rule);
        if !headers.is_empty() {
            operation.parameters.get_or_insert_default().extend(headers.into_iter().map(RefOr::T));
        }
        let has_body = operation.request_body.is_some();
        let mut refusals =
            vec![(429, "Too many requests; `Retry-After` says when"), (503, "Not available now")];
        if *rule == Rule::Signed {
            refusals.extend([
                (401, "The signature is missing, wrong or too old"),
                (403, "It does not show what the platform was given"),
            ]);
        } else if *rule != Rule::Public {
            refusals.extend([(401, "Not signed in"), (403, "Not allowed")]);
        }
        if path.contains('{') {
            refusals.push((404, "There is no such thing in this tenant"));
        }
        if has_body {
            refusals.extend([(413, "The body is too large"), (415, "The format is not taken")]);
        }
        // A query that the route does not know is refused, so each can be wrong.
        refusals.push((
            422,
            "Something is wrong, and `errors` names each path: `invalid` is not as this document has it, `unfit` is, \
             and does not fit what is there",
        ));
        if *method != "GET" {
            refusals.extend([
                (
                    409,
                    "It does not fit the present state, or the Idempotency-Key was used for something else",
                ),
                (412, "It changed since it was read"),
            ]);
        }
        for (status, description) in refusals {
            operation.responses.responses.entry(status.to_string()).or_insert_with(|| refusal(description));
        }
    }
}

/// `get_campaigns_key_plans` of `GET /campaigns/{key}/plans`.
fn id_of(method: &str, path: &str) -> String {
    let words = path.split(['/', '-', '{', '}']).filter(|word| !word.is_empty());
    words.fold(method.to_lowercase(), |id, word| format!("{id}_{word}"))
}

fn operation<'a>(document: &'a mut OpenApi, method: &str, path: &str) -> Option<&'a mut Operation> {
    let item = document.paths.paths.get_mut(&format!("{}{path}", super::PREFIX))?;
    match method {
        "GET" => item.get.as_mut(),
        "PUT" => item.put.as_mut(),
        "POST" => item.post.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

fn secure(operation: &mut Operation, rule: Rule) {
    let right = match rule {
        Rule::Public => {
            operation.security = Some(Vec::new());
            return;
        }
        Rule::Signed => {
            operation.security = Some(Vec::new());
            let told = operation.description.take().unwrap_or_default();
            operation.description =
                Some(format!("{told}\n\nFor the platform alone, which signs what it sends."));
            return;
        }
        Rule::Person => "Needs a person who is signed in; no API key.".to_owned(),
        Rule::May(permission) => format!("Needs the permission `{}`.", permission.as_str()),
    };
    operation.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
    let told = operation.description.take().unwrap_or_default();
    operation.description = Some(format!("{told}\n\n{right}").trim().to_owned());
}

/// The headers that a request may carry beyond those of HTTP itself.
fn headers(method: &str, path: &str, rule: Rule) -> Vec<Parameter> {
    let mut headers = Vec::new();
    if method != "GET" && matches!(rule, Rule::May(_)) {
        headers.push(header(
            "Idempotency-Key",
            "A name for this request, new for each. Sent again with it, the request has no second effect and gets the \
             first answer, marked with `Idempotency-Replayed`.",
            100,
        ));
    }
    if (method, path) == ("PUT", "/campaigns/{key}") {
        headers.push(header(
            "If-Match",
            "The `ETag` of the spec that was read, or several, or `*` for any that is there. If another stands now, \
             nothing is stored.",
            1_000,
        ));
    }
    if method == "PUT"
        && matches!(path, "/profiles/{id}" | "/content-assets/{id}" | "/automation-sessions/{id}/cookies")
    {
        headers.push(version_seen(Required::True));
    }
    if (method, path) == ("PUT", "/boosts/{session}") {
        // Whoever begins one has seen none.
        headers.push(version_seen(Required::False));
    }
    headers
}

/// The header that names the version of a document which was read.
fn version_seen(required: Required) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^\"[1-9][0-9]{0,17}\"$"));
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(
            "The `ETag` of the document that was read. If it is at another version now, nothing is stored.",
        ))
        .schema(Some(schema))
        .build()
}

/// A header of printable ASCII.
fn header(name: &str, description: &str, longest: usize) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(longest))
        .pattern(Some("^[!-~]([ -~]*[!-~])?$"));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn refusal(description: &str) -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    RefOr::T(
        ResponseBuilder::new().description(description).content("application/problem+json", content).build(),
    )
}

/// Every method and path of the document.
pub fn routes(document: &OpenApi) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (path, item) in &document.paths.paths {
        let methods: [(&str, HttpMethod, bool); 5] = [
            ("GET", HttpMethod::Get, item.get.is_some()),
            ("PUT", HttpMethod::Put, item.put.is_some()),
            ("POST", HttpMethod::Post, item.post.is_some()),
            ("PATCH", HttpMethod::Patch, item.patch.is_some()),
            ("DELETE", HttpMethod::Delete, item.delete.is_some()),
        ];
        found.extend(methods.iter().filter(|(.., there)| *there).map(|(name, ..)| (*name, path.clone())));
    }
    found
}
