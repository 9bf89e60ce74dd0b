//! Serves a sandbox until the process is ended, for trying it by hand and for the SDK test.

use std::net::SocketAddr;

use placard_sandbox::{SandboxConfig, start};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut config = SandboxConfig::default();
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| anyhow::anyhow!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => config.bind = SocketAddr::from(([127, 0, 0, 1], value.parse()?)),
            "--seed" => config.seed = value.parse()?,
            "--state" => config.state_file = Some(value.into()),
            other => anyhow::bail!("unknown option {other}"),
        }
    }
    let sandbox = start(config).await?;
    println!("{}", sandbox.base_url());
    std::future::pending::<()>().await;
    Ok(())
}
