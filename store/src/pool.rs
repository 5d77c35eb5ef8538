//! Connections: every pool of Studio is made here, so that limits and schema search hold everywhere.

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgPool, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr as _, time::Duration};

domain::limits! {
    /// How long a request waits for a connection before it answers 503. Also bounds every call while Postgres is away.
    pub ACQUIRE_TIMEOUT_SECONDS: u64 = 3, "seconds";
    /// The longest statement; migrations and rebuilds set their own.
    pub STATEMENT_TIMEOUT_SECONDS: u64 = 30, "seconds";
    /// A transaction that idles this long is a bug or a dead task; Postgres ends it.
    pub IDLE_IN_TRANSACTION_TIMEOUT_SECONDS: u64 = 60, "seconds";
    /// Connections of one process unless configured.
    pub CONNECTIONS_DEFAULT: u32 = 20, "connections";
}

/// A connection that rested longer is asked whether it lives before it is used.
pub(crate) const TRUSTED_IDLE_MILLIS: u64 = 500;
/// postgres-es names its table `events` without a schema.
pub const SEARCH_PATH: &str = "es,public";

/// Makes a pool from a `postgres://` URL. Does not connect yet, so that Studio starts while Postgres is away.
pub fn pool(url: &str, connections_max: u32) -> Result<PgPool, sqlx::Error> {
    Ok(connect(PgConnectOptions::from_str(url)?.disable_statement_logging(), connections_max))
}

/// Makes a pool from options, e.g. those of a [`crate::PrivatePostgres`]. Does not connect yet.
pub fn connect(options: PgConnectOptions, connections_max: u32) -> PgPool {
    let options = options.application_name("studio").options([
        ("search_path", SEARCH_PATH.to_owned()),
        ("statement_timeout", format!("{STATEMENT_TIMEOUT_SECONDS}s")),
        ("idle_in_transaction_session_timeout", format!("{IDLE_IN_TRANSACTION_TIMEOUT_SECONDS}s")),
        ("client_min_messages", "warning".to_owned()),
        ("timezone", "UTC".to_owned()),
    ]);
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_SECONDS))
        // Asking every connection before every use would double the round trips of a command. One that answered a moment
        // ago is trusted; one that rested may have died with its server.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= Duration::from_millis(TRUSTED_IDLE_MILLIS) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // A `begin()` whose future was dropped half-way returns a connection that is still inside a transaction (sqlx
        // 0.8). Outside of one, both clocks are equal; inside, the transaction began before the statement. Only true of
        // the simple protocol: in the extended one, Bind and Execute each set the statement's clock. Asking is silent
        // where a plain ROLLBACK would write a warning to the server's log each time.
        .after_release(|connection, _| {
            Box::pin(async move {
                let row = connection.fetch_one("select now() < statement_timestamp()").await?;
                Ok(!row.try_get::<bool, _>(0)?)
            })
        })
        .connect_lazy_with(options)
}

/// Whether an error means that Postgres is away or overloaded, as opposed to a wrong statement: try again later.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // 08 connection, 53 resources, 57P shutdown and start-up, 57014 cancelled, 25006 read-only (a stand-by),
            // 25P03 idle in transaction, 40 serialisation and deadlock.
            ["08", "53", "57P", "57014", "25006", "25P03", "40"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
