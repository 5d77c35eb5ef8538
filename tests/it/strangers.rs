//! Nobody, somebody with a wrong key, and somebody else who has Alice's names: they learn nothing and change nothing.
//!
//! Nothing here knows a route or a field. Requests are those of `property`: the recorded examples and what the types ask
//! for, with Alice's things in them. What a stranger must get follows from them:
//!
//! - a request that names something of Alice's is answered as if that did not exist: the same request with names of the same
//!   form that are nobody's has the same answer, and a list in it is empty;
//! - one that names nothing of hers is about his own things;
//! - what asks the ledger is everybody's: [`of_anybody`].

mod graphql;
mod rest;

use crate::{
    house::TestHouse,
    property::{raw::percent, world::Things},
};
use app::act::{Effect, ROOTS_SET, Spec};

/// Alice's things, and what has names of the same form and does not exist.
struct Estate {
    hers: Things,
    ghosts: Things,
    /// What is hers and never a part of a request.
    private: Vec<String>,
}

impl Estate {
    async fn build(house: &TestHouse) -> Self {
        let hers = Things::build(house, 7).await;
        let private =
            vec![house.alice.customer.to_string(), house.alice.payer.clone(), house.alice.key.clone()];
        Self { ghosts: hers.ghosts(), hers, private }
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

/// Whether anybody may name anybody's things in it: the ledger is public, and whom one trusts is one's own affair.
fn of_anybody(act: &Spec) -> bool {
    act.effect == Effect::LedgerRead || *act == ROOTS_SET
}

/// How many events there are, all of them and Alice's.
async fn events(house: &TestHouse) -> (i64, i64) {
    sqlx::query_as("select count(*), count(*) filter (where tenant = $1) from events")
        .bind(house.alice.customer.0)
        .fetch_one(&house.house.pool)
        .await
        .expect("events are counted")
}
