//! A private Postgres server on this machine, made from installed server binaries.
//!
//! `studio up` and the tests use it. The server listens on a unix socket in a directory that only its owner may enter,
//! never on the network, so it needs no password. Postgres refuses to run as root: as root everything here runs under
//! the `postgres` user. A server that outlived its parent (a power cut of the parent, `kill -9`) is adopted.

mod binaries;
mod owner;

pub use binaries::{Binaries, MIN_MAJOR_VERSION};

use owner::Owner;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgConnection},
};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time::Instant};

/// The superuser of a private cluster. Only the socket directory's permissions guard it.
pub const SUPERUSER: &str = "studio";
/// Every private server uses this number; it only names the socket file.
const PORT: u16 = 5432;

/// How often a lock that somebody has is tried again, and how long after.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

domain::limits! {
    /// How long a starting or recovering server may take to accept connections.
    READY_TIMEOUT_SECONDS: u64 = 60, "seconds";
    /// The longest unix socket path that every supported system takes, in bytes.
    SOCKET_PATH_MAX_BYTES: usize = 100, "bytes";
    /// How much of the server's log an error quotes, in bytes.
    LOG_QUOTE_MAX_BYTES: usize = 1_500, "bytes";
}

/// How often a starting server is asked whether it accepts connections.
const READY_POLL_MILLIS: u64 = 50;

/// Why a private Postgres could not be started or stopped. Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No usable server binaries on this machine.
    #[error(
        "Postgres server binaries (initdb, postgres, pg_ctl){needed} were not found on PATH or in /usr/lib/postgresql/*/bin; install \
         them (Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install \
         postgresql@16`) or set DATABASE_URL to a server of your own"
    )]
    Missing {
        /// Empty, or the major version an existing data directory needs.
        needed: String,
    },
    /// Root may not run Postgres and there is no user to run it as.
    #[error(
        "Postgres will not run as root and there is no user `postgres` to run it as; create one (`useradd --system postgres`) or \
         start Studio as another user"
    )]
    NoUser,
    /// The unprivileged user cannot enter the directory.
    #[error(
        "the user `postgres` cannot enter {0}; choose a data directory outside of private home directories, e.g. /var/lib/studio"
    )]
    Unreachable(PathBuf),
    /// The socket's path would be longer than the operating system allows.
    #[error("{0} is too long for a unix socket; choose a data directory with a shorter path")]
    PathTooLong(PathBuf),
    /// Another live process owns this data directory.
    #[error("{0} is in use by another running Studio; stop it first or choose another data directory")]
    InUse(PathBuf),
    /// A command of Postgres failed.
    #[error("{command} failed: {detail}")]
    Failed {
        /// Which command.
        command: &'static str,
        /// What it said.
        detail: String,
    },
    /// The server does not accept connections.
    #[error("Postgres in {directory} accepts no connections: {detail}")]
    NotReady {
        /// Its directory.
        directory: PathBuf,
        /// The last error and the end of its log.
        detail: String,
    },
    /// The file system refused something.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
}

/// How a private server runs.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Created at start if absent; `url()` names it.
    pub database: String,
    /// Survives power cuts (`fsync`). Only tests switch it off.
    pub durable: bool,
    /// `max_connections` of the server.
    pub connections_max: u16,
    /// Hold the data directory for this process alone. Only the tests' shared server says no.
    pub exclusive: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { database: "studio".to_owned(), durable: true, connections_max: 200, exclusive: true }
    }
}

/// A running private Postgres server. Dropping it leaves the server running; [`PrivatePostgres::stop`] stops it.
#[derive(Debug)]
pub struct PrivatePostgres {
    binaries: Binaries,
    owner: Owner,
    directory: PathBuf,
    options: PostgresOptions,
    adopted: bool,
    /// Holds the directory as long as this lives; the operating system lets go when the process dies.
    _lock: Option<fs::File>,
}

impl PrivatePostgres {
    /// Starts (or adopts) the server whose files live in `directory`/{data,socket,log}; makes the cluster and the database
    /// if they do not exist. Returns when the server answers queries.
    pub async fn start(directory: &Path, options: PostgresOptions) -> Result<Self, PostgresError> {
        fs::create_dir_all(directory).map_err(|source| at(directory, source))?;
        let directory = directory.canonicalize().map_err(|source| at(directory, source))?;
        let socket = directory.join("socket").join(format!(".s.PGSQL.{PORT}"));
        if socket.as_os_str().len() > SOCKET_PATH_MAX_BYTES {
            return Err(PostgresError::PathTooLong(socket));
        }
        let lock = if options.exclusive { Some(lock(&directory).await?) } else { None };
        let owner = Owner::find().await?;
        owner.own(&directory)?;
        owner.can_enter(&directory).await?;
        let binaries = Binaries::find(data_version(&directory).as_deref()).await?;
        let mut server = Self { binaries, owner, directory, options, adopted: false, _lock: lock };
        if !server.data().join("PG_VERSION").exists() {
            server.init().await?;
        }
        if server.is_running() {
            server.adopted = true;
        } else {
            server.launch().await?;
        }
        server.ready().await?;
        Ok(server)
    }

    /// Whether the server was already running when [`PrivatePostgres::start`] found it.
    pub const fn adopted(&self) -> bool {
        self.adopted
    }

    /// The connection URL of the database, for `DATABASE_URL` and `psql`.
    pub fn url(&self) -> String {
        let host: String = self
            .socket_directory()
            .to_string_lossy()
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        format!("postgres://{SUPERUSER}@{host}:{PORT}/{}", self.options.database)
    }

    /// Connection options of the database; [`crate::pool::connect`] takes them.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.connect_options_of(&self.options.database)
    }

    /// Connection options of another database of this server.
    pub fn connect_options_of(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.socket_directory())
            .port(PORT)
            .username(SUPERUSER)
            .database(database)
            .disable_statement_logging()
    }

    /// Stops the server: new connections are refused, open ones are cut, everything is written.
    pub async fn stop(self) -> Result<(), PostgresError> {
        self.halt("fast").await
    }

    /// Stops the server as a power cut of the server alone would: no checkpoint, recovery at the next start.
    pub async fn crash(&self) -> Result<(), PostgresError> {
        self.halt("immediate").await
    }

    /// Starts the stopped server again.
    pub async fn restart(&self) -> Result<(), PostgresError> {
        if !self.is_running() {
            self.launch().await?;
        }
        self.ready().await
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn socket_directory(&self) -> PathBuf {
        self.directory.join("socket")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.path(program));
        command.current_dir(&self.directory).env_remove("PGDATA").env_remove("PGPORT").env("LC_ALL", "C");
        command.stdin(std::process::Stdio::null());
        self.owner.applied_to(&mut command);
        command
    }

    /// Makes the cluster beside its final place, so that an interrupted `initdb` never looks like a cluster.
    async fn init(&self) -> Result<(), PostgresError> {
        let unfinished = self.directory.join("data.new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(|source| at(&unfinished, source))?;
        }
        let mut command = self.command("initdb");
        command
            .args(["--username", SUPERUSER, "--auth-local", "trust", "--auth-host", "reject"])
            .args(["--encoding", "UTF8", "--no-locale", "--no-instructions", "--pgdata"])
            .arg(&unfinished);
        if self.options.durable {
            command.arg("--data-checksums");
        } else {
            command.arg("--no-sync");
        }
        finish("initdb", command).await?;
        fs::rename(&unfinished, self.data()).map_err(|source| at(&unfinished, source))
    }

    async fn launch(&self) -> Result<(), PostgresError> {
        let pid_file = self.data().join("postmaster.pid");
        if pid_file.exists() {
            // Not a live server (`is_running`): a leftover of a power cut whose number another process may have now.
            fs::remove_file(&pid_file).map_err(|source| at(&pid_file, source))?;
        }
        self.owner.private_directory(&self.socket_directory())?;
        let durability = if self.options.durable {
            ""
        } else {
            " -c fsync=off -c full_page_writes=off -c max_wal_size=4GB -c checkpoint_timeout=30min"
        };
        let mut command = self.command("pg_ctl");
        command
            .args(["start", "--silent", "--wait", "--timeout", &READY_TIMEOUT_SECONDS.to_string()])
            .arg("--pgdata")
            .arg(self.data())
            .arg("--log")
            .arg(self.directory.join("log"))
            .args(["--options", &format!(
                "-c listen_addresses='' -c unix_socket_directories='{}' -c unix_socket_permissions=0700 -c port={PORT} -c \
                 max_connections={} -c shared_buffers=128MB -c timezone=UTC -c log_timezone=UTC{durability}",
                self.socket_directory().display(),
                self.options.connections_max,
            )]);
        // A server in recovery may outlive pg_ctl's patience; whether it is usable is decided by connecting.
        match finish("pg_ctl start", command).await {
            Err(PostgresError::Failed { command, detail }) if !self.is_running() => {
                Err(PostgresError::Failed { command, detail: format!("{detail}\n{}", self.end_of_log()) })
            }
            _ => Ok(()),
        }
    }

    async fn halt(&self, mode: &'static str) -> Result<(), PostgresError> {
        if !self.is_running() {
            return Ok(());
        }
        let mut command = self.command("pg_ctl");
        command.args(["stop", "--silent", "--wait", "--mode", mode, "--pgdata"]).arg(self.data());
        finish("pg_ctl stop", command).await
    }

    /// Whether the process named in `postmaster.pid` lives and is a Postgres server.
    fn is_running(&self) -> bool {
        let Ok(text) = fs::read_to_string(self.data().join("postmaster.pid")) else { return false };
        let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
            return false;
        };
        owner::is_postgres(pid)
    }

    /// Waits until the server answers, then makes the database.
    async fn ready(&self) -> Result<(), PostgresError> {
        let deadline = Instant::now() + Duration::from_secs(READY_TIMEOUT_SECONDS);
        let not_ready = |error: sqlx::Error| PostgresError::NotReady {
            directory: self.directory.clone(),
            detail: format!("{error}\n{}", self.end_of_log()),
        };
        let mut connection = loop {
            match PgConnection::connect_with(&self.connect_options_of("postgres")).await {
                Ok(connection) => break connection,
                Err(error) if Instant::now() >= deadline => return Err(not_ready(error)),
                // What was found running was about to end.
                Err(_) if !self.is_running() => self.launch().await?,
                Err(_) => tokio::time::sleep(Duration::from_millis(READY_POLL_MILLIS)).await,
            }
        };
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&self.options.database)
            .fetch_one(&mut connection)
            .await
            .map_err(not_ready)?;
        if !exists {
            let create = format!("create database \"{}\"", self.options.database.replace('"', "\"\""));
            match sqlx::query(&create).execute(&mut connection).await {
                // 42P04, 23505: another process of the same tests made it first.
                Err(sqlx::Error::Database(error))
                    if matches!(error.code().as_deref(), Some("42P04" | "23505")) => {}
                Err(error) => return Err(not_ready(error)),
                Ok(_) => {}
            }
        }
        connection.close().await.map_err(not_ready)
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(self.directory.join("log")).unwrap_or_default();
        let tail = log.get(log.len().saturating_sub(LOG_QUOTE_MAX_BYTES)..).unwrap_or_default();
        String::from_utf8_lossy(tail).into_owned()
    }
}

fn at(path: &Path, source: io::Error) -> PostgresError {
    PostgresError::Io { path: path.to_owned(), source }
}

/// The major version of the cluster in `directory`, if there is one.
fn data_version(directory: &Path) -> Option<String> {
    fs::read_to_string(directory.join("data").join("PG_VERSION")).ok().map(|text| text.trim().to_owned())
}

/// Takes the directory for this process; the lock ends with the process, however it ends. A process that is just being started
/// (by another thread of whoever had it) holds a copy for a moment, between its fork and its exec.
async fn lock(directory: &Path) -> Result<fs::File, PostgresError> {
    let path = directory.join("lock");
    let mut file = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| at(&path, source))?;
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(fs::TryLockError::WouldBlock) if tries < LOCK_TRIES => tries += 1,
            Err(fs::TryLockError::WouldBlock) => return Err(PostgresError::InUse(directory.to_owned())),
            Err(fs::TryLockError::Error(source)) => return Err(at(&path, source)),
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    // Only for the reader of the directory; the lock is what counts.
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(|source| at(&path, source))?;
    Ok(file)
}

/// Runs a command to its end; its output becomes the error's detail.
async fn finish(name: &'static str, mut command: Command) -> Result<(), PostgresError> {
    let output = command
        .output()
        .await
        .map_err(|error| PostgresError::Failed { command: name, detail: error.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(PostgresError::Failed { command: name, detail: String::from_utf8_lossy(&said).trim().to_owned() })
}
