//! The vault over a real Postgres.
#![expect(clippy::disallowed_methods, reason = "tests make their own ids")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail them"
)]

mod keys;
mod leaks;
mod master_key;
mod passwords;
mod personal_data;

use app::{Fault, FaultKind, port::vault::KeyRequest};
use domain::{
    id::CustomerId,
    key::{KeyAlgorithm, KeyPurpose},
};
use store::testing::TestDatabase;
use uuid::Uuid;
use vault::{MasterKey, PgVault};

/// The master key of most tests, as an operator writes it.
const MASTER_HEX: &str = "8f1d2c3b4a5968778695a4b3c2d1e0f00123456789abcdeffedcba9876543210";

fn master() -> MasterKey {
    MasterKey::parse(MASTER_HEX).expect("a key")
}

fn customer() -> CustomerId {
    CustomerId(Uuid::new_v4())
}

fn wanted(customer: CustomerId, request: Uuid, kind: (KeyAlgorithm, KeyPurpose)) -> KeyRequest {
    KeyRequest { customer, request, algorithm: kind.0, purpose: kind.1 }
}

/// A fresh database and a vault on it.
async fn vault() -> (TestDatabase, PgVault) {
    let database = TestDatabase::create().await;
    let vault = another(&database).await;
    (database, vault)
}

/// Another process on the same database: a vault that shares no memory with the first.
async fn another(database: &TestDatabase) -> PgVault {
    PgVault::connect(database.pool.clone(), master(), Vec::new()).await.expect("opens")
}

async fn execute(database: &TestDatabase, statement: &str) -> u64 {
    sqlx::query(statement).execute(&database.pool).await.expect(statement).rows_affected()
}

#[track_caller]
fn assert_corrupt<T: std::fmt::Debug>(outcome: Result<T, Fault>) {
    let fault = outcome.expect_err("must not open");
    assert_eq!((fault.kind, fault.code), (FaultKind::Bug, "vault/corrupt"), "{fault:?}");
    assert!(fault.private.is_some());
}
