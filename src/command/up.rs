//! `studio up`: everything on one machine, from nothing.

use super::{
    database::{ledger_address_file, master_key_file, postgres_dir},
    devnet,
    serve::{interrupted, listen, open_to_somebody, serve_until, wind_down},
    terminal::{say, step, warn},
    user,
};
use crate::{
    Config, House,
    adapter::readiness::Begun,
    background, house,
    tenant::{self, FirstCustomer},
};
use ::devnet::{DevnetConfig, FAUCET_MNEMONIC};
use anyhow::Context;
use ledger::Faucet;
use std::{
    fs::{self, File, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::ExitCode,
};
use store::{PostgresOptions, PrivatePostgres};
use tokio_util::sync::CancellationToken;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Up {
    /// Where everything is kept.
    #[arg(long, env = "STUDIO_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// HTTP port of the API.
    #[arg(long, env = "PORT")]
    port: Option<u16>,
    /// RPC port of the devnet.
    #[arg(long, env = "STUDIO_LEDGER_PORT")]
    ledger_port: Option<u16>,
    /// US dollars per CHEQ on the devnet, for clients that offer a fixed fee: at 1, a DID costs 2 CHEQ; 0.05 at first, so
    /// 40 CHEQ. It stays until it is changed again.
    #[arg(long, env = "STUDIO_CHEQ_PRICE")]
    cheq_price: Option<String>,
}

impl Up {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let mut config = config;
        config.data_dir = self.data_dir.unwrap_or(config.data_dir);
        config.port = self.port.unwrap_or(config.port);
        config.ledger_port = self.ledger_port.unwrap_or(config.ledger_port);
        let data_dir = data_dir(&config.data_dir)?;
        config.data_dir.clone_from(&data_dir);
        let _lock = lock(&data_dir)?;
        let listener = listen(&config).await?;
        let port = listener.local_addr()?.port();
        config.resolver_url.get_or_insert_with(|| own_resolver(port));
        if self.cheq_price.is_some() && !config.testnet_rpc.is_empty() {
            anyhow::bail!(
                "--cheq-price sets the price on the devnet, but TESTNET_RPC_URL names another ledger. Unset one of them."
            );
        }
        // The signal is heard from here on, so that Ctrl-C during the start stops what was started.
        let interrupt = tokio::spawn(interrupted());

        step("starting Postgres");
        let postgres = PrivatePostgres::start(&postgres_dir(&data_dir), PostgresOptions::default()).await?;
        let started = Started::begin(config, &data_dir, &postgres, self.cheq_price).await;
        let result = match started {
            Ok(started) => started.run(listener, interrupt).await,
            Err(error) => Err(error),
        };
        step("stopping Postgres");
        postgres.stop().await?;
        result?;
        say("Studio has stopped.");
        Ok(ExitCode::SUCCESS)
    }
}

/// What runs above Postgres.
struct Started {
    house: House,
    /// The devnet and its faucet; none if the operator named a testnet node.
    devnet: Option<(::devnet::Handle, Faucet)>,
}

impl Started {
    async fn begin(
        config: Config,
        data_dir: &Path,
        postgres: &PrivatePostgres,
        cheq_price: Option<String>,
    ) -> anyhow::Result<Self> {
        let mut config = config;
        let pool = store::pool::connect(postgres.connect_options(), config.db_connections);
        step("bringing the database to this version's schema");
        store::migrate(&pool).await.context("the database's schema could not be brought up to date")?;
        let devnet = if config.testnet_rpc.is_empty() {
            let devnet = start_devnet(config.ledger_port, data_dir, cheq_price).await?;
            config.testnet_rpc = vec![devnet.url()];
            Some((devnet, Faucet::from_mnemonic(FAUCET_MNEMONIC)?))
        } else {
            None
        };
        let master = house::master_key(&config, Some(&master_key_file(data_dir)))?;
        // Nobody is to take this Studio for ready before he can read the first API key.
        let house = House { begun: Begun::not_yet(), ..House::open(config, pool, master).await? };
        Ok(Self { house, devnet })
    }

    async fn run(
        self,
        listener: tokio::net::TcpListener,
        interrupt: tokio::task::JoinHandle<anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        open_to_somebody(&self.house).await?;
        let stop = CancellationToken::new();
        let workers = self.house.config.workers;
        let tasks =
            background::start(&self.house, background::Roles { followers: true, workers }, &stop).await?;
        let address = listener.local_addr()?;
        let greeting = async {
            let key_is_kept = self.house.config.data_dir.join("api-key").exists();
            let faucet = self.devnet.as_ref().map(|(_, faucet)| faucet);
            let first = tenant::first(&self.house, faucet, key_is_kept).await?;
            keep_key(&self.house.config.data_dir, &first)?;
            self.house.begun.set();
            let devnet = self.devnet.as_ref().map(|(devnet, _)| devnet.url());
            let link = tenant::set_up_link(&self.house).await?;
            greet(&self.house, devnet.as_deref(), address.port(), &first, link.as_deref());
            interrupt.await?
        };
        let served = serve_until(&self.house, listener, &stop, greeting).await;
        wind_down(tasks, &stop).await;
        if let Some((devnet, _)) = self.devnet {
            devnet.shutdown().await;
        }
        self.house.pool.close().await;
        served
    }
}

/// What is written into credentials here names this Studio: nobody else can resolve what is on a devnet.
fn own_resolver(port: u16) -> String {
    format!("http://localhost:{port}{}", app::resolve::IDENTIFIERS_PATH)
}

async fn start_devnet(
    port: u16,
    data_dir: &Path,
    cheq_price: Option<String>,
) -> anyhow::Result<::devnet::Handle> {
    step("starting the devnet ledger");
    let on_disk = DevnetConfig {
        data_dir: Some(data_dir.join("devnet")),
        cheq_usd_price: cheq_price,
        ..devnet::on_port(port)
    };
    let devnet = ::devnet::start(on_disk).await.with_context(|| {
        format!("the devnet ledger did not start on port {port} (choose another with --ledger-port)")
    })?;
    fs::write(ledger_address_file(data_dir), devnet.url())?;
    Ok(devnet)
}

/// The directory, made if it is missing, as an absolute path.
fn data_dir(path: &Path) -> anyhow::Result<PathBuf> {
    // Traversable by the unprivileged user Postgres runs as; what is secret in it has its own mode.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    path.canonicalize().with_context(|| format!("{} cannot be used", path.display()))
}

/// One `studio up` per data directory. The lock goes with the process, however it ends.
fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("lock");
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another `studio up` is running on {}. Stop it first, or choose another directory with --data-dir.",
            data_dir.display()
        ),
        Err(TryLockError::Error(error)) => return Err(error).context("the data directory cannot be locked"),
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

/// The first key stays readable for its owner only. It is there whole or not at all.
fn keep_key(data_dir: &Path, first: &FirstCustomer) -> anyhow::Result<()> {
    let Some(secret) = &first.secret else { return Ok(()) };
    let path = data_dir.join("api-key");
    let unfinished = data_dir.join("api-key.new");
    let cannot = || format!("{} cannot be written", path.display());
    let mut file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(cannot)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    fs::rename(&unfinished, &path).with_context(cannot)?;
    File::open(data_dir)?.sync_all()?;
    Ok(())
}

fn greet(house: &House, devnet: Option<&str>, port: u16, first: &FirstCustomer, link: Option<&str>) {
    let base = format!("http://localhost:{port}");
    let file = house.config.data_dir.join("api-key");
    say("");
    say(&format!("Studio is ready at {base}"));
    say(&format!("  docs       {base}/swagger"));
    say(&format!("  GraphQL    {base}/graphql"));
    say(&format!("  resolver   {}", house.studio.settings.resolver_url));
    match devnet {
        Some(url) => say(&format!("  ledger     {url} (devnet, namespace testnet)")),
        None => say(
            "  ledger     the node of TESTNET_RPC_URL; fund the payment account of GET /account before writing",
        ),
    }
    match &first.secret {
        Some(secret) => say(&format!("  API key    {secret}   (shown once; kept in {})", file.display())),
        None => say(&format!("  API key    in {}", file.display())),
    }
    match link {
        Some(secret) => {
            let address = user::address(&Config { port, ..house.config.clone() }, "setup", secret);
            say(&format!("  set-up     {address}   (works once: become the owner, in a browser)"));
        }
        None => say(&format!("  sign in    {base}/auth/sign-in")),
    }
    say("");
    say("Try it:");
    say(&format!("  K=$(cat {})", file.display()));
    say(&format!("  curl -s {base}/account -H \"x-api-key: $K\""));
    say(&format!(
        "  curl -s -X POST {base}/did/create -H \"x-api-key: $K\" -H 'content-type: application/json' \\\n    -d '{{\"network\":\"testnet\",\"identifierFormatType\":\"uuid\",\"options\":{{\"verificationMethodType\":\"Ed25519VerificationKey2020\"}}}}'"
    ));
    say(&format!("  curl -s {base}/did/list -H \"x-api-key: $K\""));
    say("");
    say("A whole trust chain: examples/trust-chain.sh. Ctrl-C stops everything.");
    if first.unfunded {
        warn(
            "studio: the first customer's payment account could not be funded on the devnet; writes answer 402 until it is.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use credentials::did_url::DidUrl;

    /// identifiers 8.
    #[test]
    fn what_is_written_locally_is_read_back_as_a_did_url() {
        let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
        let address = format!("{}{did}?resourceName=a&resourceType=b", own_resolver(3000));
        assert!(address.starts_with("http://localhost:3000/1.0/identifiers/did:"), "{address}");
        assert_eq!(DidUrl::parse(&address).unwrap().did(), did);
    }
}
