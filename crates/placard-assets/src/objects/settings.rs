//! How a bucket is reached.

use super::ObjectError;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use secrecy::{ExposeSecret, SecretString};

/// A bucket that speaks S3.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// The bucket's name.
    pub bucket: String,
    /// Where the bucket is; Amazon wants it, others take any.
    pub region: String,
    /// The server, if it is not Amazon's. Only an address with `http:` is spoken to without TLS.
    pub endpoint: Option<url::Url>,
    /// Whether the bucket stands in the path instead of the host name, as most servers that are not Amazon's want.
    pub path_style: bool,
    /// The access key's id.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: SecretString,
}

impl S3Settings {
    pub(super) fn connect(&self) -> Result<AmazonS3, ObjectError> {
        // The process's own choice, if it has made one, stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(self.secret_access_key.expose_secret())
            .with_virtual_hosted_style_request(!self.path_style)
            .with_allow_http(plain);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        builder.build().map_err(|error| ObjectError::Settings(error.to_string()))
    }
}
