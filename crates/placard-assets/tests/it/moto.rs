//! A server that speaks S3: `moto` from PyPI, which `./x test` installs.

use placard_assets::objects::{Objects, S3Settings};
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use url::Url;

pub(crate) struct Moto {
    process: Child,
    endpoint: Url,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let installed = std::env::var_os("PLACARD_TEST_MOTO").map(PathBuf::from);
        let program = installed.unwrap_or_else(|| {
            PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/moto/bin/moto_server"))
        });
        // The port is free again when the listener is dropped, before the server asks for it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; `./x moto` installs it", program.display()));
        let moto = Self { process, endpoint: Url::parse(&format!("http://127.0.0.1:{port}")).unwrap() };
        moto.settle().await;
        moto
    }

    async fn settle(&self) {
        let bucket = self.endpoint.join("assets").unwrap();
        for _ in 0..600 {
            if let Ok(answer) = client().put(bucket.clone()).send().await {
                assert!(answer.status().is_success(), "{answer:?}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("moto does not answer");
    }

    pub(crate) fn objects(&self) -> Objects {
        Objects::s3(&S3Settings {
            bucket: "assets".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            path_style: true,
            access_key_id: "test".to_owned(),
            secret_access_key: "test".into(),
        })
        .unwrap()
    }

    /// The bucket's answer about what is in it: objects, or uploads that are not complete.
    pub(crate) async fn list(&self, what: &str) -> String {
        let address = self.endpoint.join(&format!("assets?{what}")).unwrap();
        client().get(address).send().await.unwrap().text().await.unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
