//! Test support: one shared private Postgres, one fresh migrated database per test.
//!
//! The server lives in `target/test-postgres`, is started by the first test that needs it, is shared by all test
//! processes and stops itself when no test process has lived for a minute. Tests that crash or restart the server take
//! one of their own: [`own_server`].
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "test support: what goes wrong here must fail the test at once"
)]

use crate::postgres::{PostgresOptions, PrivatePostgres};
use sha2::{Digest as _, Sha256};
use sqlx::{
    Connection as _, PgPool,
    postgres::{PgConnectOptions, PgConnection},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::sync::OnceCell;

/// Connections of the shared server.
const CONNECTIONS_MAX: u16 = 400;
/// Connections of one test's pool.
pub const TEST_POOL_CONNECTIONS: u32 = 12;
/// The key of the lock under which the template is made.
const TEMPLATE_LOCK: i64 = 0x5374_7564_696f;

/// Tries at giving the template its name; each waits up to five seconds in the server.
const RENAME_TRIES_MAX: u32 = 20;

/// An event as a reader meets it: the first of its stream, the first of the log, by the operator.
pub fn entry<E: domain::Event>(stream_type: &str, event: &E) -> crate::LogEntry {
    let nil = uuid::Uuid::nil();
    crate::LogEntry {
        position: 1,
        ingest_id: 1,
        event_id: nil,
        stream_type: stream_type.to_owned(),
        stream_id: nil.to_string(),
        sequence: 1,
        kind: event.kind().to_owned(),
        version: event.version().to_owned(),
        payload: serde_json::to_value(event).expect("events are JSON"),
        metadata: app::port::Meta {
            command_id: nil,
            correlation_id: nil,
            causation_id: None,
            customer: domain::id::CustomerId(nil),
            actor: app::Actor::Operator,
            traceparent: None,
            occurred_at: chrono::DateTime::UNIX_EPOCH,
            keys_used: Vec::new(),
        },
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        chain: [0; 32],
    }
}

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

struct Server {
    options: PgConnectOptions,
    template: String,
    /// Shared by all test processes; held until this process ends.
    _in_use: fs::File,
}

/// A fresh, migrated database of one test. Dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    /// A pool on it, made as Studio makes its own.
    pub pool: PgPool,
    name: String,
    options: PgConnectOptions,
}

impl TestDatabase {
    /// Makes it. Needs installed Postgres server binaries.
    pub async fn create() -> Self {
        let server = SERVER.get_or_init(start).await;
        let name = format!("test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect_with(&server.options).await.expect("test server answers");
        sqlx::query(&format!("create database {name} template {}", server.template))
            .execute(&mut admin)
            .await
            .expect("test database is created");
        admin.close().await.expect("connection closes");
        let options = server.options.clone().database(&name);
        let pool = crate::pool::connect(options.clone(), TEST_POOL_CONNECTIONS);
        Self { pool, name, options }
    }

    /// Another pool on the same database, e.g. to play a second process.
    pub fn another_pool(&self, connections_max: u32) -> PgPool {
        crate::pool::connect(self.options.clone(), connections_max)
    }

    /// How to connect to it.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Its `postgres://` URL, for programs under test.
    pub fn url(&self) -> String {
        let socket = self.options.get_socket().expect("a socket").display().to_string().replace('/', "%2F");
        format!(
            "postgres://{}@{socket}:{}/{}",
            self.options.get_username(),
            self.options.get_port(),
            self.name
        )
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop_it = format!("drop database if exists {} with (force)", self.name);
        let admin = self.options.clone().database("postgres");
        // A thread of its own, since the test's runtime may be single-threaded and is busy dropping us.
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&admin).await.ok()?;
                sqlx::query(&drop_it).execute(&mut connection).await.ok()
            })
        });
        // Best effort: leftovers go when the shared server starts next time.
        drop(dropper.join());
    }
}

/// A server of the test's own, for tests that stop or crash it, in a directory that is removed with the value.
pub async fn own_server() -> (tempfile::TempDir, PrivatePostgres) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    let options = PostgresOptions { durable: false, connections_max: 50, ..PostgresOptions::default() };
    let server =
        PrivatePostgres::start(&directory.path().join("pg"), options).await.expect("Postgres starts");
    (directory, server)
}

/// A server of the bench's own, durable as Studio's is, with a migrated database, in a directory that is removed with the value.
pub async fn bench_server() -> (tempfile::TempDir, PrivatePostgres, PgPool) {
    let directory = bench_directory();
    let path = directory.path().canonicalize().expect("it exists").join("pg");
    let server = PrivatePostgres::start(&path, PostgresOptions::default()).await.expect("Postgres starts");
    let pool = crate::pool::connect(server.connect_options(), crate::pool::CONNECTIONS_DEFAULT);
    crate::migrate(&pool).await.expect("migrations run");
    (directory, server, pool)
}

/// A directory on the disk of the build, since one in memory would flatter what syncs; removed with the value. A server that runs
/// as another user can enter it.
pub fn bench_directory() -> tempfile::TempDir {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let directory = tempfile::Builder::new().prefix("bench-").tempdir_in(target).expect("a directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    directory
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-postgres")
}

async fn start() -> Server {
    let directory = directory();
    fs::create_dir_all(&directory).expect("target directory is writable");
    let directory = directory.canonicalize().expect("it exists");
    // Held for the life of this process. The stopper waits for an exclusive lock, so it never stops a server in use.
    let in_use = lock_file(&directory.join("in-use"));
    in_use.lock_shared().expect("lock");
    // One process at a time looks whether the server runs, starts it and makes the template.
    let starting = lock_file(&directory.join("starting"));
    starting.lock().expect("lock");
    let options = PostgresOptions {
        database: "postgres".to_owned(),
        durable: false,
        connections_max: CONNECTIONS_MAX,
        exclusive: false,
    };
    let server = PrivatePostgres::start(&directory.join("pg"), options).await.expect("Postgres starts");
    let options = server.connect_options();
    if !server.adopted() {
        remove_leftovers(&options).await;
    }
    spawn_stopper(&directory);
    let template = template(&options).await;
    Server { options, template, _in_use: in_use }
}

fn lock_file(path: &Path) -> fs::File {
    let file = fs::File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .expect("lock file");
    // The stopper runs as another user when the tests run as root.
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).ok();
    file
}

/// Makes the migrated template database of exactly these migrations, if it does not exist.
async fn template(options: &PgConnectOptions) -> String {
    let mut hash = Sha256::new();
    for migration in crate::Migrations::all() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    let name = format!("template_{}", hex::encode(hash.finalize().get(..8).expect("32 bytes")));
    let mut admin = PgConnection::connect_with(options).await.expect("test server answers");
    sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut admin).await.expect("lock");
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut admin)
        .await
        .expect("query");
    if !exists {
        let building = format!("{name}_building");
        for statement in [
            format!("drop database if exists {building} with (force)"),
            format!("create database {building}"),
        ] {
            sqlx::query(&statement).execute(&mut admin).await.expect("template is created");
        }
        let pool = crate::pool::connect(options.clone().database(&building), 1);
        crate::migrate(&pool).await.expect("migrations run");
        pool.close().await;
        publish_template(&mut admin, &building, &name).await;
    }
    admin.close().await.expect("connection closes");
    name
}

/// Renames the template once nobody is connected to it: the server takes a moment to notice that our pool has left, and
/// autovacuum may be looking at it.
async fn publish_template(admin: &mut PgConnection, building: &str, name: &str) {
    for _ in 0..RENAME_TRIES_MAX {
        let gone = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(gone).bind(building).execute(&mut *admin).await.expect("query");
        match sqlx::query(&format!("alter database {building} rename to {name}")).execute(&mut *admin).await {
            Ok(_) => return,
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55006") => {}
            Err(error) => panic!("the template is not renamed: {error}"),
        }
    }
    panic!("the template stays in use");
}

/// Databases of test processes that were killed.
async fn remove_leftovers(options: &PgConnectOptions) {
    let mut admin = PgConnection::connect_with(options).await.expect("test server answers");
    let names: Vec<String> = sqlx::query_scalar(
        "select datname from pg_database where datname like 'test\\_%' or datname like 'template\\_%'",
    )
    .fetch_all(&mut admin)
    .await
    .expect("query");
    for name in names {
        sqlx::query(&format!("drop database if exists {name} with (force)"))
            .execute(&mut admin)
            .await
            .expect("drop");
    }
    admin.close().await.expect("connection closes");
}

/// A small shell that outlives the tests and stops the server once nobody has used it for a minute; a second one ends at
/// once. It keeps `in-use` locked until the server is gone, so that nobody adopts a dying one. Without `flock` the server
/// just stays, which is harmless.
fn spawn_stopper(directory: &Path) {
    let script = "exec 9>stopper; flock --exclusive --nonblock 9 || exit 0; pid=pg/data/postmaster.pid
                  while sleep 60; do
                    [ -f $pid ] || exit 0
                    flock --exclusive --nonblock in-use sh -c \"kill -INT $(head -n 1 $pid); while [ -f $pid ]; do sleep 0.1; done\" && exit 0
                  done";
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", script]).current_dir(directory).process_group(0);
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    drop(command.spawn());
}
