//! Nobody, somebody with a wrong key, and somebody else who has Alice's names: they learn nothing and change nothing.
//!
//! Nothing here knows a route or a field. Requests are those of `property`: the recorded examples and what the types ask
//! for, with Alice's things in them. What a stranger must get follows from them:
//!
//! - a request that names something of Alice's is answered as if that did not exist: the same request with names of the same
//!   form that are nobody's has the same answer, and a list in it is empty;
//! - one that names nothing of hers is about his own things;
//! - what asks the ledger is everybody's: [`of_anybody`]; not the history of a resource, which tells who wrote it.

mod graphql;
mod rest;

use crate::{
    house::TestHouse,
    property::{after::unfinished, raw::percent, world::Things},
};
use app::act::{DID_IMPORT, Effect, RESOURCE_READ, ROOTS_SET, Spec};
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// So many tables at least say whose their rows are.
const TABLES_MIN: usize = 12;

/// Alice's things, and what has names of the same form and does not exist.
struct Estate {
    hers: Things,
    ghosts: Things,
    /// What is hers and never a part of a request.
    private: Vec<String>,
    /// What is kept of her before anybody else asks.
    kept: BTreeMap<String, String>,
}

impl Estate {
    async fn build(house: &TestHouse) -> Self {
        let hers = Things::build(house, 7).await;
        let private =
            vec![house.alice.customer.to_string(), house.alice.payer.clone(), house.alice.key.clone()];
        assert_eq!(unfinished(house).await, [""; 0], "her writes end");
        Self { ghosts: hers.ghosts(), hers, private, kept: kept_of_alice(house).await }
    }

    /// Whatever strangers asked for, no row of hers has changed, come or gone.
    async fn is_as_it_was(&self, house: &TestHouse) {
        let now = kept_of_alice(house).await;
        let tables =
            self.kept.keys().chain(now.keys()).filter(|table| self.kept.get(*table) != now.get(*table));
        let changed: BTreeSet<&String> = tables.collect();
        assert!(changed.is_empty(), "what is kept of Alice has changed: {changed:?}");
    }

    /// A name of Alice's that `text` tells and `asked` did not.
    fn told<'a>(&'a self, text: &str, asked: &str) -> Option<&'a str> {
        let (text, asked) = (text.to_lowercase(), asked.to_lowercase());
        let names = self.hers.names().into_iter().chain(self.private.iter().map(String::as_str));
        names.map(|name| (name, name.to_lowercase())).find_map(|(name, written)| {
            let is_asked = asked.contains(&written) || asked.contains(&percent(name).to_lowercase());
            (text.contains(&written) && !is_asked).then_some(name)
        })
    }
}

/// Whether anybody may name anybody's things in it: the ledger is public, and with it which keys a DID has that is to be imported;
/// whom one trusts is one's own affair.
fn of_anybody(act: &Spec) -> bool {
    let is_public = act.effect == Effect::LedgerRead && *act != RESOURCE_READ;
    is_public || [&DID_IMPORT, &ROOTS_SET].contains(&act)
}

/// All rows that say whose they are and say that they are Alice's, table by table, as a digest: the log, the read models, her
/// operations, kept answers, keys and sessions.
async fn kept_of_alice(house: &TestHouse) -> BTreeMap<String, String> {
    house.caught_up().await;
    let pool = &house.house.pool;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', table_schema, table_name), column_name::text
         from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_type = 'BASE TABLE' and column_name in ('customer', 'tenant') and udt_name = 'uuid'",
    )
    .fetch_all(pool)
    .await
    .expect("tables are listed");
    assert!(tables.len() > TABLES_MIN, "{tables:?}");
    let digests = tables.iter().map(|(table, column)| {
        format!(
            "select '{table}', coalesce(md5(string_agg(r::text, E'\\n' order by r::text)), '') from {table} r where {column} = $1"
        )
    });
    let query = digests.collect::<Vec<_>>().join(" union all ");
    let digests: Vec<(String, String)> =
        sqlx::query_as(&query).bind(house.alice.customer.0).fetch_all(pool).await.expect("rows are read");
    digests.into_iter().collect()
}

/// How many events there are, all of them and Alice's.
async fn events(house: &TestHouse) -> (i64, i64) {
    sqlx::query_as("select count(*), count(*) filter (where tenant = $1) from events")
        .bind(house.alice.customer.0)
        .fetch_one(&house.house.pool)
        .await
        .expect("events are counted")
}

/// What strangers are held against would show a change.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_alice_changes_when_she_changes_something_and_not_when_somebody_else_does() {
    let house = TestHouse::start().await;
    let before = kept_of_alice(&house).await;
    let create = async |key: &str| {
        let reply = house.call_as(Some(key), Method::POST, "/key/create", Some(json!({})), &[]).await;
        reply.expect(200);
    };
    create(&house.mallory.key).await;
    assert_eq!(kept_of_alice(&house).await, before);
    create(&house.alice.key).await;
    let after = kept_of_alice(&house).await;
    let changed: Vec<&String> =
        after.keys().filter(|table| before.get(*table) != after.get(*table)).collect();
    for schema in ["es.", "vault."] {
        assert!(changed.iter().any(|table| table.starts_with(schema)), "{schema}: {changed:?}");
    }
    assert!(changed.len() >= 3, "a read model too: {changed:?}");
    house.stop().await;
}
