//! Runs a devnet until it is killed: `--genesis FILE --port N --data-dir DIR --block-millis N`.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a command-line program at the edge")]

use devnet::{BlockMode, DevnetConfig, start};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

fn configure(mut config: DevnetConfig) -> Result<DevnetConfig, Failure> {
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--genesis" => {
                config = config.with_genesis_json(&serde_json::from_slice(&std::fs::read(value)?)?)?;
            }
            "--port" => config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, value.parse()?)),
            "--data-dir" => config.data_dir = Some(value.into()),
            "--block-millis" => config.blocks = BlockMode::Every(Duration::from_millis(value.parse()?)),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(config)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().init();
    let config = configure(DevnetConfig::new(Arc::new(chrono::Utc::now)))?;
    let handle = start(config).await?;
    println!("chain {} at {}", handle.chain_id(), handle.url());
    tokio::signal::ctrl_c().await?;
    handle.shutdown().await;
    Ok(())
}
