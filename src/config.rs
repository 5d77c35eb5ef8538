//! Configuration: environment variables (cheqd Studio's names where it has one), read once, checked once.
//!
//! The table below is the documentation too: `studio config` prints it. Unknown `STUDIO_…` names and invalid values stop
//! the start with a sentence that says what to change.

mod identity;

pub use identity::Identity;

use app::studio::SessionLimits;
use chrono::TimeDelta;
use credentials::did_url::DidUrl;
use domain::id::{CustomerId, Ncheq};
use porch::Origin;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Any DID, to see whether addresses made with a prefix are understood.
const PROBE_DID: &str = "did:cheqd:testnet:00000000-0000-4000-8000-000000000000";
/// Shortest secret of cookies.
const COOKIE_SECRET_CHARS_MIN: usize = 32;
const NCHEQ_PER_CHEQ: u128 = 1_000_000_000;

/// One variable.
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

macro_rules! variables {
    ($($name:literal, $default:literal, $secret:literal, $meaning:literal;)+) => {
        /// Every variable Studio reads.
        pub const VARIABLES: &[Variable] = &[
            $(Variable { name: $name, meaning: $meaning, default: $default, secret: $secret },)+
        ];
    };
}

variables! {
    "STUDIO_DATA_DIR", "data", false, "Where `studio up` keeps Postgres, the devnet, the master key and the first API key.";
    "PORT", "3000", false, "HTTP port of the API.";
    "STUDIO_BIND", "127.0.0.1", false, "Address the API listens on.";
    "APPLICATION_BASE_URL", "", false, "The address that browsers reach this Studio by, e.g. `https://studio.example`; without it, the `Host` of each request.";
    "CORS_ALLOWED_ORIGINS", "", false, "Origins whose pages may call the API, comma-separated, e.g. `https://console.example`, with the cookie of a signed-in browser too; if unset any may, with an API key only.";
    "ENABLE_AUTHENTICATION", "true", false, "`false`: everybody who reaches this Studio acts as the customer of `DEFAULT_CUSTOMER_ID`.";
    "DEFAULT_CUSTOMER_ID", "", false, "That customer's id (`studio customer list`). Without effect while `ENABLE_AUTHENTICATION` is `true`.";
    "COOKIE_SECRET", "", true, "Secrets of at least 32 characters, comma-separated, newest first: what a browser keeps during a sign-in is sealed under the first and opened under any. If unset, a secret of the database that the master key wraps serves.";
    "CREDS_DECRYPTION_SECRET", "", true, "Private keys may be imported encrypted under this secret, as cheqd Studio's contract has it; if unset, only as they are, over TLS.";
    "STUDIO_SESSION_IDLE_HOURS", "24", false, "How long a browser that is not used stays signed in.";
    "STUDIO_SESSION_DAYS", "30", false, "How long a browser stays signed in at most.";
    "STUDIO_TRUSTED_PROXIES", "", false, "Addresses and networks of reverse proxies, comma-separated (`10.0.0.0/8, 192.0.2.7`): their `X-Forwarded-For` says who calls.";
    "STUDIO_LEDGER_PORT", "26657", false, "RPC port of the devnet of `studio up`.";
    "EXTERNAL_DB_CONNECTION_URL", "", true, "Postgres address for `serve`, `work`, `migrate`, `rebuild`, `audit` and `customer`; `studio up` has its own.";
    "MAINNET_RPC_URL", "", true, "CometBFT RPC address(es) of cheqd mainnet, comma-separated.";
    "TESTNET_RPC_URL", "", true, "CometBFT RPC address(es) of cheqd testnet, comma-separated; `studio up` sets it to its devnet.";
    "STUDIO_CHEQ_PRICE", "0.05 at first", false, "US dollars per CHEQ on the devnet of `studio up` and `studio devnet`: ledger fees are in dollars.";
    "RESOLVER_URL", "https://resolver.cheqd.net/1.0/identifiers/", false, "Public resolver address written into credentials, ending in `/1.0/identifiers/`; `studio up` writes its own unless this is set.";
    "STUDIO_DID_WEB", "false", false, "`true`: documents of did:web are fetched from the hosts that DIDs name, over HTTPS and from the public internet only, so that such issuers verify; docs/resolver.md.";
    "STUDIO_MASTER_KEY", "", true, "32 bytes as hex or base64: the key everything in the vault is wrapped under.";
    "STUDIO_MASTER_KEY_FILE", "<data-dir>/master-key", false, "File with the master key (mode 0600); `studio up` makes it on first start.";
    "OIDC_ISSUER_URL", "", false, "The identity provider that people sign in with, to the letter as it names itself; docs/sign-in-oidc.md. With none, e-mail and password.";
    "OIDC_CLIENT_ID", "", false, "Studio's name there.";
    "OIDC_CLIENT_SECRET", "", true, "Studio's password there; none for a public client.";
    "OIDC_SCOPES", "openid email profile", false, "What the provider is asked for.";
    "OIDC_CONNECTOR_PARAMETER", "login_hint", false, "The parameter by which a wish for one way in is passed on, e.g. `kc_idp_hint`.";
    "OIDC_AUDIENCE", "", false, "The audience that machines' access tokens must name; without it there are none.";
    "LOGTO_ENDPOINT", "", false, "LogTo's address, if that is the provider.";
    "LOGTO_APP_ID", "", false, "Studio's application there.";
    "LOGTO_APP_SECRET", "", true, "Its secret.";
    "LOGTO_M2M_APP_ID", "", false, "Studio's machine-to-machine application there, for the management API.";
    "LOGTO_M2M_APP_SECRET", "", true, "Its secret.";
    "LOGTO_MANAGEMENT_API", "https://default.logto.app/api", false, "The audience of LogTo's management API; a name that is never called.";
    "LOGTO_DEFAULT_RESOURCE_URL", "", false, "The indicator of the API resource at LogTo whose scopes its roles give; the audience of machines' tokens too.";
    "LOGTO_DEFAULT_ROLE_ID", "", false, "The role at LogTo that everybody gets.";
    "LOGTO_TESTNET_ROLE_ID", "", false, "Another one that everybody gets: the role for testnet.";
    "LOGTO_MAINNET_ROLE_ID", "", false, "The role at LogTo for mainnet, which you give there: nobody gets it by signing in.";
    "LOGTO_WEBHOOK_SECRET", "", true, "What LogTo signs its webhook with; without it none is believed.";
    "WRITE_WAIT_SECONDS", "30", false, "How long a ledger write waits for its outcome before it answers 202.";
    "API_KEY_EXPIRATION_DAYS", "365", false, "Life of a new API key.";
    "ENABLE_ACCOUNT_TOPUP", "false", false, "Whether testnet payers under their minimum are topped up by the faucet; never on mainnet.";
    "FAUCET_URI", "https://faucet-api.cheqd.network/credit", false, "The test network's faucet.";
    "FAUCET_API_KEY", "", true, "Its key, if it wants one.";
    "FAUCET_AMOUNT", "100000000000000", false, "What it is asked for at a time, in ncheq.";
    "TESTNET_MINIMUM_BALANCE", "1000", false, "CHEQ that a testnet payer should have at least; less shows in the log and in `studio doctor`.";
    "MAINNET_MINIMUM_BALANCE", "200", false, "The same for mainnet payers.";
    "STUDIO_WORKERS", "1", false, "Outbox workers of this process; 0 leaves the ledger to `studio work`.";
    "STUDIO_LEASE_SECONDS", "15", false, "How long a worker that hangs keeps a payer's lane; one that died loses it at once.";
    "STUDIO_DB_CONNECTIONS", "20", false, "Most database connections of this process.";
    "LOG_LEVEL", "info (warn for `studio up`)", false, "Log filter: error, warn, info, debug, or a tracing filter such as `info,store=debug`.";
    "STUDIO_LOG_FORMAT", "text", false, "`text` or `json`.";
    "STUDIO_CRASH_AT", "", false, "Test aid: abort the process at a crash point of the outbox, K0 to K11.";
}

/// Why the configuration does not hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A value of the wrong kind.
    #[error("{name} is {problem}. Change it or unset it; it is for: {meaning}")]
    Invalid {
        /// Which variable.
        name: &'static str,
        /// What is wrong with it; never its value if that is secret.
        problem: String,
        /// What it is for.
        meaning: &'static str,
    },
    /// A name nobody reads.
    #[error("{name} is not a variable of Studio{hint}. `studio config` lists them all.")]
    Unknown {
        /// The name.
        name: String,
        /// ` (did you mean …?)` or empty.
        hint: String,
    },
    /// Something this command cannot do without.
    #[error("{name} must be set: {meaning}")]
    Missing {
        /// Which variable.
        name: &'static str,
        /// What it is for.
        meaning: &'static str,
    },
}

/// Where test money comes from.
#[derive(Clone)]
pub struct Topup {
    /// Address of the faucet.
    pub uri: String,
    /// Its key, if it wants one.
    pub key: Option<String>,
    /// What it is asked for at a time.
    pub amount: Ncheq,
}

/// A checked configuration.
#[derive(Clone)]
pub struct Config {
    /// Where `studio up` keeps things.
    pub data_dir: PathBuf,
    /// HTTP port.
    pub port: u16,
    /// Listening address.
    pub bind: std::net::IpAddr,
    /// The address that browsers reach this Studio by, without a slash at its end.
    pub base_url: Option<String>,
    /// The identity provider that people sign in with, if there is one.
    pub identity: Option<Identity>,
    /// Origins whose pages may call the API; empty means any.
    pub cors_origins: Vec<Origin>,
    /// As whom everybody acts who does not say who they are, if there is no authentication.
    pub open_to: Option<CustomerId>,
    /// What is kept by browsers is sealed under the first of these.
    pub cookie_secrets: Vec<String>,
    /// Private keys may come encrypted under this.
    pub import_secret: Option<String>,
    /// How long browsers stay signed in.
    pub sessions: SessionLimits,
    /// Reverse proxies whose word about the caller's address is taken.
    pub trusted_proxies: porch::Proxies,
    /// RPC port of the devnet.
    pub ledger_port: u16,
    /// Postgres address.
    pub database_url: Option<String>,
    /// RPC addresses of mainnet.
    pub mainnet_rpc: Vec<String>,
    /// RPC addresses of testnet.
    pub testnet_rpc: Vec<String>,
    /// Public resolver, with a trailing slash, if one is configured.
    pub resolver_url: Option<String>,
    /// Whether documents of did:web are fetched.
    pub did_web: bool,
    /// The master key, if it is in the environment.
    pub master_key: Option<String>,
    /// The file it is in otherwise.
    pub master_key_file: Option<PathBuf>,
    /// Longest wait for the ledger.
    pub write_wait_seconds: u64,
    /// Life of a new API key.
    pub api_key_days: u32,
    /// The faucet for testnet payers, if they are to be topped up.
    pub topup: Option<Topup>,
    /// What a testnet payer should have at least.
    pub testnet_minimum: Ncheq,
    /// What a mainnet payer should have at least.
    pub mainnet_minimum: Ncheq,
    /// Outbox workers.
    pub workers: usize,
    /// How long a lane stays a worker's without a sign of life.
    pub lease: Duration,
    /// Most database connections.
    pub db_connections: u32,
    /// Log filter, if one is set.
    pub log_level: Option<String>,
    /// Whether logs are JSON.
    pub log_json: bool,
    /// Crash point for tests.
    pub crash_at: Option<String>,
}

impl Config {
    /// What the vault is opened with beside its master key.
    pub fn secrets(&self) -> vault::OperatorSecrets<'_> {
        vault::OperatorSecrets { cookies: &self.cookie_secrets, imports: self.import_secret.as_deref() }
    }

    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_map(&std::env::vars().collect())
    }

    /// Reads these variables; names outside of Studio's are passed over.
    pub fn from_map(env: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        reject_unknown(env)?;
        let reader = Reader(env);
        let log_json = match reader.text("STUDIO_LOG_FORMAT").as_str() {
            "text" => false,
            "json" => true,
            _ => return Err(invalid("STUDIO_LOG_FORMAT", "neither text nor json")),
        };
        Ok(Self {
            data_dir: PathBuf::from(reader.text("STUDIO_DATA_DIR")),
            port: reader.number("PORT")?,
            bind: reader
                .text("STUDIO_BIND")
                .parse()
                .map_err(|_| invalid("STUDIO_BIND", "not an IP address"))?,
            base_url: reader.base_url()?,
            identity: identity::read(&reader)?,
            cors_origins: reader.origins("CORS_ALLOWED_ORIGINS")?,
            open_to: reader.open_to()?,
            cookie_secrets: reader.cookie_secrets()?,
            import_secret: reader.optional("CREDS_DECRYPTION_SECRET"),
            sessions: SessionLimits {
                idle: TimeDelta::hours(
                    reader.bounded("STUDIO_SESSION_IDLE_HOURS", 1, 24 * 366)?.cast_signed(),
                ),
                absolute: TimeDelta::days(reader.bounded("STUDIO_SESSION_DAYS", 1, 366)?.cast_signed()),
            },
            trusted_proxies: porch::Proxies::parse(&reader.text("STUDIO_TRUSTED_PROXIES"))
                .ok_or_else(|| invalid("STUDIO_TRUSTED_PROXIES", "not a list of addresses and networks"))?,
            ledger_port: reader.number("STUDIO_LEDGER_PORT")?,
            database_url: reader.optional("EXTERNAL_DB_CONNECTION_URL"),
            mainnet_rpc: reader.addresses("MAINNET_RPC_URL")?,
            testnet_rpc: reader.addresses("TESTNET_RPC_URL")?,
            resolver_url: reader.resolver()?,
            did_web: reader.flag("STUDIO_DID_WEB")?,
            master_key: reader.optional("STUDIO_MASTER_KEY"),
            master_key_file: env
                .get("STUDIO_MASTER_KEY_FILE")
                .filter(|text| !text.is_empty())
                .map(PathBuf::from),
            write_wait_seconds: reader.bounded("WRITE_WAIT_SECONDS", 0, 600)?,
            api_key_days: u32::try_from(reader.bounded("API_KEY_EXPIRATION_DAYS", 1, 3650)?).unwrap_or(365),
            topup: topup(&reader)?,
            testnet_minimum: reader.cheq("TESTNET_MINIMUM_BALANCE")?,
            mainnet_minimum: reader.cheq("MAINNET_MINIMUM_BALANCE")?,
            workers: usize::try_from(reader.bounded("STUDIO_WORKERS", 0, 64)?).unwrap_or(1),
            lease: Duration::from_secs(reader.bounded("STUDIO_LEASE_SECONDS", 2, 600)?),
            db_connections: u32::try_from(reader.bounded("STUDIO_DB_CONNECTIONS", 5, 1000)?).unwrap_or(20),
            log_level: reader.optional("LOG_LEVEL"),
            log_json,
            crash_at: reader.optional("STUDIO_CRASH_AT"),
        })
    }

    /// The public resolver, with a trailing slash.
    pub fn resolver_url(&self) -> String {
        self.resolver_url.clone().unwrap_or_else(|| default("RESOLVER_URL").to_owned())
    }

    /// The address that a provider sends browsers back to, without a slash at its end.
    pub fn browsers_base(&self) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://localhost:{}", self.port))
    }
}

fn topup(reader: &Reader<'_>) -> Result<Option<Topup>, ConfigError> {
    match reader.text("ENABLE_ACCOUNT_TOPUP").as_str() {
        "true" => {}
        "false" => return Ok(None),
        _ => return Err(invalid("ENABLE_ACCOUNT_TOPUP", "neither true nor false")),
    }
    let uri = reader.text("FAUCET_URI");
    if !uri.starts_with("http://") && !uri.starts_with("https://") {
        return Err(invalid("FAUCET_URI", "not an http(s) address"));
    }
    let amount = Ncheq(reader.number("FAUCET_AMOUNT")?);
    Ok(Some(Topup { uri, key: reader.optional("FAUCET_API_KEY"), amount }))
}

struct Reader<'a>(&'a BTreeMap<String, String>);

impl Reader<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn text(&self, name: &'static str) -> String {
        self.optional(name).unwrap_or_else(|| default(name).to_owned())
    }

    fn number<N: std::str::FromStr>(&self, name: &'static str) -> Result<N, ConfigError> {
        let text = self.text(name);
        text.parse().map_err(|_| invalid(name, &format!("'{text}', which is no number that fits")))
    }

    fn bounded(&self, name: &'static str, least: u64, most: u64) -> Result<u64, ConfigError> {
        let number: u64 = self.number(name)?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(invalid(name, &format!("{number}, but must be {least} to {most}")))
        }
    }

    /// Whole CHEQ as ncheq.
    fn cheq(&self, name: &'static str) -> Result<Ncheq, ConfigError> {
        let cheq: u64 = self.number(name)?;
        Ok(Ncheq(u128::from(cheq) * NCHEQ_PER_CHEQ))
    }

    fn origins(&self, name: &'static str) -> Result<Vec<Origin>, ConfigError> {
        let text = self.optional(name).unwrap_or_default();
        let all = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        let wrong = "not a list of origins: each is http(s)://<host>, with a port if it has one, and nothing behind it";
        all.map(|one| one.parse::<Origin>().map_err(|_| invalid(name, wrong))).collect()
    }

    fn flag(&self, name: &'static str) -> Result<bool, ConfigError> {
        self.text(name).parse().map_err(|_| invalid(name, "neither true nor false"))
    }

    /// Who is let in without saying who they are. A customer that is named has no effect while people have to say it.
    fn open_to(&self) -> Result<Option<CustomerId>, ConfigError> {
        const NAME: &str = "DEFAULT_CUSTOMER_ID";
        match self.text("ENABLE_AUTHENTICATION").as_str() {
            "true" => Ok(None),
            "false" => match self.optional(NAME) {
                None => Err(ConfigError::Missing { name: NAME, meaning: meaning(NAME) }),
                Some(text) => text.parse().map(Some).map_err(|_| invalid(NAME, "no id of a customer")),
            },
            _ => Err(invalid("ENABLE_AUTHENTICATION", "neither true nor false")),
        }
    }

    /// An origin: links are made by putting a path behind it.
    fn base_url(&self) -> Result<Option<String>, ConfigError> {
        const NAME: &str = "APPLICATION_BASE_URL";
        let Some(text) = self.optional(NAME) else { return Ok(None) };
        let origin: Result<Origin, _> = text.trim_end_matches('/').parse();
        let wrong = "not of the form http(s)://<host>, with a port if it has one, and nothing behind it";
        origin.map(|origin| Some(origin.to_string())).map_err(|_| invalid(NAME, wrong))
    }

    fn cookie_secrets(&self) -> Result<Vec<String>, ConfigError> {
        const NAME: &str = "COOKIE_SECRET";
        let text = self.optional(NAME).unwrap_or_default();
        let all: Vec<String> =
            text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
        match all.iter().find(|one| one.chars().count() < COOKIE_SECRET_CHARS_MIN) {
            Some(_) => Err(invalid(NAME, "too short: each secret has at least 32 characters")),
            None => Ok(all),
        }
    }

    /// Only addresses that are read back as DID URLs may be written into credentials.
    fn resolver(&self) -> Result<Option<String>, ConfigError> {
        const NAME: &str = "RESOLVER_URL";
        let Some(text) = self.optional(NAME) else { return Ok(None) };
        let url = format!("{}/", text.trim_end_matches('/'));
        match DidUrl::parse(&format!("{url}{PROBE_DID}")) {
            Ok(read) if read.did() == PROBE_DID => Ok(Some(url)),
            _ => Err(invalid(NAME, "not of the form https://<host>/1.0/identifiers/")),
        }
    }

    fn addresses(&self, name: &'static str) -> Result<Vec<String>, ConfigError> {
        let text = self.optional(name).unwrap_or_default();
        let all: Vec<String> =
            text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
        match all.iter().find(|one| !one.starts_with("http://") && !one.starts_with("https://")) {
            Some(_) => Err(invalid(name, "not a list of http(s) addresses")),
            None => Ok(all),
        }
    }
}

fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

fn default(name: &str) -> &'static str {
    find(name).map_or("", |variable| variable.default)
}

fn meaning(name: &str) -> &'static str {
    find(name).map_or("", |variable| variable.meaning)
}

fn invalid(name: &'static str, problem: &str) -> ConfigError {
    ConfigError::Invalid { name, problem: problem.to_owned(), meaning: meaning(name) }
}

/// Only `STUDIO_…` names are ours to judge; a mistyped one would otherwise be a setting that silently does nothing.
fn reject_unknown(env: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    for name in env.keys().filter(|name| name.starts_with("STUDIO_")) {
        if find(name).is_none() {
            let close = VARIABLES.iter().map(|v| v.name).find(|known| is_close(known, name));
            let hint = close.map(|known| format!(" (did you mean {known}?)")).unwrap_or_default();
            return Err(ConfigError::Unknown { name: name.clone(), hint });
        }
    }
    Ok(())
}

/// Same letters but for a few at the ends.
fn is_close(known: &str, name: &str) -> bool {
    let same = known.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    same + 3 >= known.len().max(name.len()) || known.replace('_', "") == name.replace('_', "")
}

#[cfg(test)]
mod tests;
