//! Single calls: address, headers, and what the answer is (Microsoft, `platforms/microsoft.md` §1, §2, §8).

use super::{
    encode::{self, Params},
    errors::{closes_customer, from_fault, kind_of_http, ours},
    pace::Paced,
    wire::plain,
};
use crate::{
    Access, ErrorKind, PlatformError,
    http::{Closures, Http, Reply, scrub},
};
use placard_domain::Platform;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Microsoft's services, for one developer.
pub(super) struct Api {
    pub(super) http: Http,
    pub(super) campaign: Url,
    pub(super) reporting: Url,
    pub(super) customer: Url,
    pub(super) developer_token: SecretString,
    pub(super) longest_rest: Duration,
    pub(super) closures: Closures,
    pub(super) paced: Option<Paced>,
}

/// One call. Reading is a POST as well (§2, verbs).
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// A verb phrase for messages.
    pub(super) operation: String,
    pub(super) method: Method,
    /// From the service's name on, such as `CampaignManagement/v13/Campaigns`.
    pub(super) path: String,
    pub(super) params: Params,
}

impl Call {
    /// A question.
    pub(super) fn query(operation: &str, path: impl Into<String>, params: Params) -> Self {
        Self { operation: operation.to_owned(), method: Method::POST, path: path.into(), params }
    }
}

impl Api {
    /// Reads with the rights of `access`, again if that helps.
    pub(super) async fn read(&self, access: &Access, call: &Call) -> Result<Value, PlatformError> {
        self.patiently(Some(access), &access.token, call).await
    }

    /// Reads with a token alone, where no account is meant; again if that helps.
    pub(super) async fn read_as(&self, token: &SecretString, call: &Call) -> Result<Value, PlatformError> {
        self.patiently(None, token, call).await
    }

    async fn patiently(
        &self,
        access: Option<&Access>,
        token: &SecretString,
        call: &Call,
    ) -> Result<Value, PlatformError> {
        let mut patience = self.http.patience();
        loop {
            match self.once(access, token, call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => patience.after(error).await?,
            }
        }
    }

    /// Sends once.
    pub(super) async fn once(
        &self,
        access: Option<&Access>,
        token: &SecretString,
        call: &Call,
    ) -> Result<Value, PlatformError> {
        let operation = call.operation.as_str();
        let customer = access.map(|access| access.manager.as_deref().unwrap_or(&access.account.id));
        if let Some(wait) = customer.and_then(|customer| self.closures.closed(customer)) {
            let kind = ErrorKind::Throttled { retry_after: Some(wait) };
            return Err(ours(operation, kind, "Microsoft asked for no further calls for a while"));
        }
        let sent = self.answer(access, token, call);
        let result = match (&self.paced, access) {
            (Some(paced), Some(access)) => paced.send(access, operation, sent).await,
            _ => sent.await,
        };
        if let (Err(error), Some(customer)) = (&result, customer)
            && closes_customer(error)
            && let ErrorKind::Throttled { retry_after: Some(wait) } = error.kind
        {
            self.closures.close(customer, wait);
        }
        result
    }

    async fn answer(
        &self,
        access: Option<&Access>,
        token: &SecretString,
        call: &Call,
    ) -> Result<Value, PlatformError> {
        let operation = call.operation.as_str();
        let body = encode::body(&call.params);
        self.record(call, &body);
        let reply = self.http.send(self.request(access, token, call).body(body)).await;
        let reply = reply.map_err(|error| PlatformError::transport(Platform::Microsoft, operation, error))?;
        tracing::debug!(
            operation,
            status = reply.status,
            tracking_id = tracking_id(&reply),
            "Microsoft answered"
        );
        judge(operation, &reply).map_err(|error| self.rested(self.scrubbed(error, token)))
    }

    /// As it is sent: amounts are numbers in a body.
    fn record(&self, call: &Call, body: &str) {
        if let Some(journal) = self.http.journal() {
            let sent: Option<Params> = serde_json::from_str(body).ok();
            let params = sent.as_ref().unwrap_or(&call.params);
            journal.record(&call.operation, call.method.as_str(), &call.path, params);
        }
    }

    fn request(&self, access: Option<&Access>, token: &SecretString, call: &Call) -> RequestBuilder {
        let base = match call.path.split('/').next() {
            Some("Reporting") => &self.reporting,
            Some("CustomerManagement") => &self.customer,
            _ => &self.campaign,
        };
        let mut url = base.clone();
        url.set_path(&call.path);
        let request = self
            .http
            .request(call.method.clone(), url)
            .header("content-type", "application/json; charset=utf-8")
            .bearer_auth(token.expose_secret())
            .header("DeveloperToken", self.developer_token.expose_secret());
        let Some(access) = access else { return request };
        let request = request.header("CustomerAccountId", &access.account.id);
        match &access.manager {
            Some(customer) => request.header("CustomerId", customer),
            None => request,
        }
    }

    /// With a rest no longer than is wanted here.
    fn rested(&self, mut error: PlatformError) -> PlatformError {
        if let ErrorKind::Throttled { retry_after: Some(wait) } = &mut error.kind {
            *wait = (*wait).min(self.longest_rest);
        }
        error
    }

    fn scrubbed(&self, mut error: PlatformError, token: &SecretString) -> PlatformError {
        let secrets = [token.expose_secret(), self.developer_token.expose_secret()];
        error.message = scrub(&error.message, &secrets);
        error
    }
}

/// What one answer says. A code decides, and only without one the HTTP status (§8).
fn judge(operation: &str, reply: &Reply) -> Result<Value, PlatformError> {
    let body = serde_json::from_slice::<Value>(&reply.body).ok();
    let is_success = (200..300).contains(&reply.status);
    let fault = body.as_ref().filter(|_| !is_success).and_then(|body| from_fault(operation, body));
    if let Some(error) = fault {
        let trace_id = error.trace_id.clone().or_else(|| tracking_id(reply));
        return Err(PlatformError { trace_id, ..error });
    }
    match body {
        Some(body) if is_success => Ok(body),
        _ => {
            let message = match reply.status {
                200..300 => "the answer is not whole JSON".to_owned(),
                404 | 405 => "Microsoft has no such address; its API may have left this version".to_owned(),
                status => format!("HTTP {status} without an answer"),
            };
            let error = ours(operation, kind_of_http(reply.status), message);
            Err(PlatformError { trace_id: tracking_id(reply), ..error })
        }
    }
}

fn tracking_id(reply: &Reply) -> Option<String> {
    let header = reply.headers.get("TrackingId").and_then(|id| id.to_str().ok()).map(str::to_owned);
    header.or_else(|| {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        body.get("TrackingId").map(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use std::sync::Arc;

    fn reply(status: u16, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("TrackingId", "t9".parse().unwrap());
        Reply { status, headers, body: body.to_owned().into() }
    }

    fn failure(status: u16, body: &str) -> PlatformError {
        judge("read campaigns", &reply(status, body)).unwrap_err()
    }

    fn api() -> Api {
        let base = |port: u16| Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        Api {
            http: Http::new(&crate::http::HttpConfig::default(), Arc::new(|| 0.5)).unwrap(),
            campaign: base(1),
            reporting: base(2),
            customer: base(3),
            developer_token: "d3v".to_owned().into(),
            longest_rest: Duration::MAX,
            closures: Closures::default(),
            paced: None,
        }
    }

    fn access() -> Access {
        Access {
            account: placard_domain::AccountRef { platform: Platform::Microsoft, id: "180001".to_owned() },
            token: "t0ken".to_owned().into(),
            page_token: None,
            manager: Some("90001".to_owned()),
            urgency: crate::Urgency::Publishing,
        }
    }

    #[test]
    fn every_service_has_its_host_and_every_call_its_headers() {
        let access = access();
        for (path, port) in [
            ("CampaignManagement/v13/Campaigns", 1),
            ("Reporting/v13/GenerateReport/Poll", 2),
            ("CustomerManagement/v13/User/Query", 3),
        ] {
            let call = Call::query("read", path, Params::new());
            let request = api().request(Some(&access), &access.token, &call).build().unwrap();
            assert_eq!(
                (request.url().port(), request.url().path()),
                (Some(port), format!("/{path}").as_str())
            );
            let header = |name: &str| request.headers()[name].to_str().unwrap();
            assert_eq!(header("authorization"), "Bearer t0ken");
            assert_eq!(header("developertoken"), "d3v");
            assert_eq!((header("customerid"), header("customeraccountid")), ("90001", "180001"));
        }
    }

    #[test]
    fn a_code_decides_whatever_the_status() {
        let body = r#"{"Errors":[{"Code":117,"Message":"slow"}]}"#;
        assert!(matches!(failure(400, body).kind, ErrorKind::Throttled { .. }));
        let error = failure(500, r#"{"OperationErrors":[{"Code":1102,"Message":"m"}]}"#);
        assert_eq!((error.kind, error.trace_id.as_deref()), (ErrorKind::Refused, Some("t9")));
    }

    #[test]
    fn pages_of_a_gateway_are_judged_by_their_status() {
        assert_eq!(failure(502, "<html>").kind, ErrorKind::ServerFault);
        assert_eq!(failure(401, "").kind, ErrorKind::Unauthenticated);
        assert_eq!(failure(404, "not found").kind, ErrorKind::Refused);
        assert_eq!(failure(200, r#"{"CampaignIds":["#).kind, ErrorKind::LostAnswer);
        assert!(judge("x", &reply(200, r#"{"CampaignIds":[]}"#)).is_ok());
    }

    #[test]
    fn secrets_are_masked_in_messages() {
        let error = ours("x", ErrorKind::Refused, "token t0ken of d3v");
        let error = api().scrubbed(error, &"t0ken".to_owned().into());
        assert_eq!(error.message, "token [secret] of [secret]");
    }
}
