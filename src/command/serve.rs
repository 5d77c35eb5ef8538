//! `studio serve`, and serving as such.

use super::{
    database::DataDir,
    terminal::{say, warn},
};
use crate::{Config, House, adapter::readiness::StudioReadiness, background, cors, house, server};
use anyhow::Context;
use app::port::Execute;
use domain::customer::Customer;
use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};
use tokio::{net::TcpListener, signal::unix, task::JoinSet};
use tokio_util::sync::CancellationToken;

domain::limits! {
    /// How long requests and background parts may take to end after the signal.
    STOP_SECONDS_MAX: u64 = 20, "seconds";
}

const STOP_TIMEOUT: Duration = Duration::from_secs(STOP_SECONDS_MAX);

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    database: DataDir,
    /// HTTP port.
    #[arg(long, env = "PORT")]
    port: Option<u16>,
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        let mut config = database.with_ledger(&config);
        config.port = self.port.unwrap_or(config.port);
        let master = house::master_key(
            &config,
            database.data_dir.as_deref().map(super::database::master_key_file).as_deref(),
        )?;
        store::migrate(&database.pool).await?;
        let house = House::open(config, database.pool.clone(), master).await?;
        open_to_somebody(&house).await?;
        let listener = listen(&house.config).await?;
        let stop = CancellationToken::new();
        say(&format!("studio: API at http://{}", listener.local_addr()?));
        let workers = house.config.workers;
        let tasks = background::start(&house, background::Roles { followers: true, workers }, &stop).await?;
        let served = serve_until(&house, listener, &stop, async { interrupted().await }).await;
        wind_down(tasks, &stop).await;
        database.close().await?;
        served?;
        Ok(ExitCode::SUCCESS)
    }
}

/// As whom everybody acts who does not say who they are must be somebody.
pub(super) async fn open_to_somebody(house: &House) -> anyhow::Result<()> {
    let Some(customer) = house.studio.settings.open_to else { return Ok(()) };
    let known = Execute::<Customer>::load(&*house.studio.commands, &customer.to_string()).await?;
    if known.state.customer.is_none() {
        anyhow::bail!(
            "DEFAULT_CUSTOMER_ID names no customer of this database: see `studio customer list`, or set ENABLE_AUTHENTICATION=true"
        );
    }
    warn("studio: authentication is off: everybody who reaches this Studio acts for its default customer");
    Ok(())
}

/// Takes the API's port.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((config.bind, config.port));
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "port {} of {} is taken or not allowed: choose another with --port or PORT",
            config.port, config.bind
        )
    })
}

/// Serves the API until `until` is done; requests under way are finished.
pub(super) async fn serve_until(
    house: &House,
    listener: TcpListener,
    stop: &CancellationToken,
    until: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let proxies = house.config.trusted_proxies.clone();
    let limits = server::Limits::of_this_process();
    let server = tokio::spawn(server::serve(listener, router(house), proxies, limits, stop.clone()));
    let result = until.await;
    stop.cancel();
    match tokio::time::timeout(STOP_TIMEOUT, server).await {
        Ok(Ok(())) => {}
        Ok(Err(panicked)) => return Err(panicked).context("the API stopped"),
        Err(_) => warn("studio: some requests did not end in time"),
    }
    result
}

/// The doors: REST and GraphQL on one router.
pub fn router(house: &House) -> axum::Router {
    let readiness = Arc::new(StudioReadiness::new(house.clone()));
    rest::router(rest::House {
        studio: house.studio.clone(),
        views: house.views.clone(),
        readiness,
        budget: Arc::clone(&house.budget),
        visitors: Arc::clone(&house.visitors),
        settings: rest::RestSettings {
            write_wait_seconds: house.config.write_wait_seconds,
            swagger: true,
            base_url: None,
            version: rest::VersionInfo {
                name: "studio".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                commit: option_env!("STUDIO_COMMIT").map(str::to_owned),
            },
        },
    })
    .merge(graphql::router(graphql::House {
        studio: house.studio.clone(),
        views: house.views.clone(),
        write_wait_seconds: house.config.write_wait_seconds,
        budget: Arc::clone(&house.budget),
    }))
    .layer(cors::layer(&house.config.cors_origins))
}

/// Ends the background parts.
pub(super) async fn wind_down(mut tasks: JoinSet<()>, stop: &CancellationToken) {
    stop.cancel();
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
        warn(
            "studio: some background parts did not end in time; what they had begun is taken up at the next start",
        );
    }
}

/// Returns at Ctrl-C or SIGTERM.
pub(super) async fn interrupted() -> anyhow::Result<()> {
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let mut hangup = unix::signal(unix::SignalKind::hangup())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
