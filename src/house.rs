//! The composition root: from a configuration and a database to a Studio with all its ports.

use crate::{
    adapter::{
        directory::ViewsDirectory,
        outcomes::StudioOutcomes,
        people::ViewsPeople,
        provider::Provider,
        readiness::Begun,
        system::{RandomIds, SystemClock},
        web_dids::{WebDids, WithWeb},
    },
    config::Config,
};
use anyhow::Context;
use app::{
    customer::LastUses,
    outbox::{AbortAt, CrashPoint, CrashPoints, Crashing, NoCrash},
    port::{Clock, Ids},
    studio::SignIn,
};
use domain::id::Network;
use ledger::{CheqdComposer, CheqdLedger, CheqdResolver, LedgerConfig, NetworkConfig, VisitorsResolver};
use projections::Views;
use sqlx::PgPool;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use store::{
    EventStoreCommands, PostgresKeyUses, PostgresReplies, PostgresSignIn, Progress,
    outbox::{SqlEstate, SqlInterventions, SqlOutbox},
};
use vault::{MasterKey, PgVault};

domain::limits! {
    /// How long a start waits to be seen by the database.
    PRESENCE_SECONDS_MAX: u64 = 5, "seconds";
}

const PRESENCE_TIMEOUT: Duration = Duration::from_secs(PRESENCE_SECONDS_MAX);

/// Everything that is put together once per process.
#[derive(Clone)]
pub struct House {
    /// The checked configuration.
    pub config: Config,
    /// The database.
    pub pool: PgPool,
    /// How far followers have come.
    pub progress: Progress,
    /// The outbox's memory.
    pub outbox: SqlOutbox,
    /// The ports.
    pub studio: app::Studio,
    /// The read models.
    pub views: Views,
    /// The ledger's nodes.
    pub ledger: Arc<CheqdLedger>,
    /// Saved answers.
    pub replies: PostgresReplies,
    /// Sessions, identities, links and failed tries.
    pub people: PostgresSignIn,
    /// Where tests want this process to die; nowhere otherwise.
    pub crash: Arc<dyn CrashPoints>,
    /// Whether this process may be shown as ready, as far as it is its own to say.
    pub begun: Begun,
    /// The places of all kinds of work.
    pub budget: Arc<app::budget::Budget>,
    /// What people sign in with, if that is somebody else's.
    pub provider: Provider,
    /// Answers about the ledger for those without an API key.
    pub visitors: Arc<dyn app::port::Resolver>,
}

impl House {
    /// Puts a Studio together over a migrated database.
    pub async fn open(config: Config, pool: PgPool, master: MasterKey) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(RandomIds);
        let provider = Provider::of(&config, &clock)?;
        let progress = Progress::new(pool.clone());
        let presence = i64::from(ids.random()) << 31 | i64::from(ids.random() >> 1);
        let outbox = SqlOutbox::start(pool.clone(), presence);
        if !outbox.wait_present(PRESENCE_TIMEOUT).await {
            tracing::warn!(
                "the database does not see this process yet; should it die, its leases run out by time only"
            );
        }
        let vault = Arc::new(
            PgVault::connect_with(pool.clone(), master, Vec::new(), config.secrets())
                .await
                .context("the vault did not open")?,
        );
        let people = PostgresSignIn::new(pool.clone());
        let ledger = Arc::new(CheqdLedger::new(&ledger_config(&config))?);
        let resolver = resolver(&config, &ledger)?;
        let estate: Arc<dyn app::port::Estate> = Arc::new(SqlEstate::new(pool.clone()));
        let views = Views::new(pool.clone());
        let replies = PostgresReplies::living_with(pool.clone(), outbox.clone());
        let crash = crash_points(&config)?;
        let commands =
            EventStoreCommands::read_by(pool.clone(), progress.clone(), Arc::clone(&ids), readers());
        let studio = app::Studio {
            commands: Arc::new(Crashing::new(commands, Arc::clone(&crash))),
            vault: Arc::clone(&vault) as Arc<dyn app::port::Vault>,
            api_keys: Arc::clone(&vault) as Arc<dyn app::port::vault::ApiKeys>,
            hashes: Arc::clone(&vault) as Arc<dyn app::port::vault::Hashes>,
            places: Arc::clone(&vault) as Arc<dyn app::port::Places>,
            composer: Arc::new(CheqdComposer),
            chain: Arc::clone(&ledger) as Arc<dyn app::port::Chain>,
            resolver: Arc::clone(&resolver),
            directory: Arc::new(ViewsDirectory::new(views.clone())),
            people: Arc::new(ViewsPeople::new(views.clone())),
            outcomes: Arc::new(StudioOutcomes::new(pool.clone(), progress.clone(), outbox.clone())),
            estate: Arc::clone(&estate),
            interventions: Arc::new(SqlInterventions::new(pool.clone())),
            replies: Arc::new(replies.clone()),
            sign_in: sign_in(&people, &vault, &provider),
            clock,
            ids,
            key_ring: Arc::default(),
            last_uses: Arc::new(LastUses::new(Arc::new(PostgresKeyUses::new(pool.clone())))),
            status_turns: Arc::default(),
            settings: settings(&config),
        };
        let visitors = Arc::new(VisitorsResolver::new(resolver, estate));
        let (begun, budget) = (Begun::default(), Arc::default());
        Ok(Self {
            config,
            pool,
            progress,
            outbox,
            studio,
            views,
            ledger,
            replies,
            people,
            crash,
            begun,
            budget,
            provider,
            visitors,
        })
    }

    /// Networks with a node.
    pub fn networks(&self) -> Vec<Network> {
        let configured = |network: &Network| !rpc_urls(&self.config, *network).is_empty();
        Network::ALL.into_iter().filter(configured).collect()
    }
}

fn resolver(config: &Config, ledger: &Arc<CheqdLedger>) -> anyhow::Result<Arc<dyn app::port::Resolver>> {
    let cheqd = Arc::new(CheqdResolver::new(Arc::clone(ledger)));
    if !config.did_web {
        return Ok(cheqd);
    }
    let web = WebDids::new().context("no client for did:web can be made")?;
    Ok(Arc::new(WithWeb::new(cheqd, web)))
}

fn settings(config: &Config) -> app::Settings {
    app::Settings {
        resolver_url: config.resolver_url(),
        api_key_days: config.api_key_days,
        base_url: config.base_url.clone(),
        trusted_origins: config.cors_origins.iter().map(ToString::to_string).collect(),
        sessions: config.sessions,
        open_to: config.open_to,
    }
}

fn sign_in(people: &PostgresSignIn, vault: &Arc<PgVault>, provider: &Provider) -> SignIn {
    let people = Arc::new(people.clone());
    SignIn {
        sessions: people.clone(),
        identities: people.clone(),
        passwords: vault.clone(),
        passkeys: people.clone(),
        authenticators: Arc::new(idp::Webauthn),
        attempts: people.clone(),
        links: people,
        cookies: vault.clone(),
        provider: provider.oidc.clone().map(|oidc| oidc as Arc<dyn app::port::IdentityProvider>),
        provider_users: provider.users.clone(),
    }
}

/// Who is shown every event before it is recorded.
fn readers() -> Vec<Arc<dyn store::Rehearse>> {
    vec![Arc::new(projections::Rehearsal), Arc::new(store::outbox::Feeder)]
}

fn crash_points(config: &Config) -> anyhow::Result<Arc<dyn CrashPoints>> {
    Ok(match &config.crash_at {
        Some(point) => Arc::new(AbortAt(point.parse::<CrashPoint>().context("STUDIO_CRASH_AT")?)),
        None => Arc::new(NoCrash),
    })
}

fn rpc_urls(config: &Config, network: Network) -> &[String] {
    match network {
        Network::Mainnet => &config.mainnet_rpc,
        Network::Testnet => &config.testnet_rpc,
    }
}

fn ledger_config(config: &Config) -> LedgerConfig {
    let mut networks = BTreeMap::new();
    for network in Network::ALL {
        let rpc_urls = rpc_urls(config, network).to_vec();
        if !rpc_urls.is_empty() {
            networks.insert(network, NetworkConfig { rpc_urls, chain_id: None });
        }
    }
    LedgerConfig { networks }
}

/// The master key: from the environment, or from its file, which is made on the first start ever.
pub fn master_key(config: &Config, default_file: Option<&Path>) -> anyhow::Result<MasterKey> {
    if let Some(text) = &config.master_key {
        return MasterKey::parse(text).context("STUDIO_MASTER_KEY does not hold a master key");
    }
    match config.master_key_file.as_deref().or(default_file) {
        Some(file) => MasterKey::load_or_create(file).context("the master key file cannot be used"),
        None => anyhow::bail!("Set STUDIO_MASTER_KEY (32 bytes as hex or base64) or STUDIO_MASTER_KEY_FILE."),
    }
}
