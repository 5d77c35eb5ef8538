//! When API keys were last used, over a real Postgres.

use crate::support;
use app::port::{KeyUses as _, key_uses::KEY_USE_SECONDS};
use chrono::TimeDelta;
use domain::id::{ApiKeyId, Instant};
use std::collections::HashMap;
use store::{PostgresKeyUses, testing::TestDatabase};
use uuid::Uuid;

const ONE: ApiKeyId = ApiKeyId(Uuid::from_u128(1));
const OTHER: ApiKeyId = ApiKeyId(Uuid::from_u128(2));

#[tokio::test]
async fn a_use_is_written_once_in_a_while_whoever_saw_it() {
    let database = TestDatabase::create().await;
    let (here, there) =
        (PostgresKeyUses::new(database.pool.clone()), PostgresKeyUses::new(database.pool.clone()));
    let now = Instant::from_timestamp_micros(support::now().timestamp_micros()).expect("a time");
    let later = |seconds| now + TimeDelta::seconds(seconds);
    let last = async || here.last(&[ONE, OTHER]).await.expect("read");
    assert_eq!(last().await, HashMap::new());
    here.note(&HashMap::from([(ONE, now), (OTHER, now)])).await.expect("noted");
    there.note(&HashMap::from([(ONE, later(KEY_USE_SECONDS - 1))])).await.expect("noted");
    assert_eq!(last().await, HashMap::from([(ONE, now), (OTHER, now)]), "a moment ago is the same");
    there.note(&HashMap::from([(ONE, later(KEY_USE_SECONDS))])).await.expect("noted");
    // What comes late takes nothing back.
    here.note(&HashMap::from([(ONE, now)])).await.expect("noted");
    assert_eq!(last().await, HashMap::from([(ONE, later(KEY_USE_SECONDS)), (OTHER, now)]));
    assert_eq!(here.last(&[OTHER]).await.expect("read").len(), 1, "only what is asked for");
}
