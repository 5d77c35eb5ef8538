//! Idempotency keys.

use crate::support::{Process, TallyCommand, meta, now};
use app::port::{
    Meta,
    replies::{Begun, Replies as _, Reply},
};
use chrono::TimeDelta;
use domain::id::{CustomerId, Sealed};
use futures::future::join_all;
use store::{PostgresReplies, outbox::SqlOutbox, replies, testing::TestDatabase};
use uuid::Uuid;

const US: CustomerId = CustomerId(Uuid::from_u128(1));
const THEM: CustomerId = CustomerId(Uuid::from_u128(2));
/// The command of a request.
const COMMAND: Uuid = Uuid::from_u128(99);

fn reply(what: &str) -> Reply {
    Reply { body: Sealed(format!("v1.k.{what}")), is_bare: false }
}

#[tokio::test]
async fn a_key_is_claimed_answered_and_bound_to_its_request() {
    let database = TestDatabase::create().await;
    let replies = PostgresReplies::new(database.pool.clone());
    let at = now();
    assert_eq!(replies.begin(US, "k", "h1", at).await.expect("begins"), Begun::Go);
    assert_eq!(replies.begin(US, "k", "h1", at).await.expect("begins"), Begun::InFlight);
    assert_eq!(replies.begin(US, "k", "h2", at).await.expect("begins"), Begun::Mismatch);
    assert_eq!(
        replies.begin(THEM, "k", "h2", at).await.expect("begins"),
        Begun::Go,
        "keys belong to customers"
    );
    replies.finish(US, "k", &reply("first")).await.expect("finishes");
    replies.finish(US, "k", &reply("second")).await.expect("finishes");
    assert_eq!(
        replies.begin(US, "k", "h1", at).await.expect("begins"),
        Begun::Answered(reply("first")),
        "the first answer stays"
    );
    assert_eq!(replies.begin(US, "k", "h2", at).await.expect("begins"), Begun::Mismatch);
    replies.release(US, "k", COMMAND).await.expect("no harm");
    replies.hold(US, "k").await.expect("no harm");
    assert_eq!(replies.begin(US, "k", "h1", at).await.expect("begins"), Begun::Answered(reply("first")));
}

#[tokio::test]
async fn a_claim_whose_owner_died_is_released_after_its_time_and_only_to_the_same_request() {
    let database = TestDatabase::create().await;
    let replies = PostgresReplies::new(database.pool.clone());
    let at = now();
    assert_eq!(replies.begin(US, "k", "h1", at).await.expect("begins"), Begun::Go);
    let almost = at + TimeDelta::seconds(replies::CLAIM_SECONDS - 1);
    assert_eq!(replies.begin(US, "k", "h1", almost).await.expect("begins"), Begun::InFlight);
    let later = at + TimeDelta::seconds(replies::CLAIM_SECONDS);
    assert_eq!(replies.begin(US, "k", "h2", later).await.expect("begins"), Begun::Mismatch);
    assert_eq!(replies.begin(US, "k", "h1", later).await.expect("begins"), Begun::Go);
    assert_eq!(replies.begin(US, "k", "h1", later).await.expect("begins"), Begun::InFlight, "claimed anew");
}

#[tokio::test]
async fn a_released_key_may_carry_another_request() {
    let database = TestDatabase::create().await;
    let replies = PostgresReplies::new(database.pool.clone());
    assert_eq!(replies.begin(US, "k", "h1", now()).await.expect("begins"), Begun::Go);
    replies.release(US, "k", COMMAND).await.expect("releases");
    assert_eq!(replies.begin(US, "k", "h2", now()).await.expect("begins"), Begun::Go);
}

/// What is left of a key after a request came to an end: it is still the request's own, and nobody else's.
async fn assert_bound(replies: &PostgresReplies, key: &str) {
    let at = now();
    assert_eq!(replies.begin(US, key, "h2", at).await.expect("begins"), Begun::Mismatch, "{key}");
    assert_eq!(replies.begin(US, key, "h1", at).await.expect("begins"), Begun::Go, "{key}");
    assert_eq!(
        replies.begin(US, key, "h1", at).await.expect("begins"),
        Begun::InFlight,
        "{key}: claimed anew"
    );
    // Once begun anew it is never let go: nobody knows what the first one did.
    replies.release(US, key, COMMAND).await.expect("releases");
    assert_eq!(replies.begin(US, key, "h2", at).await.expect("begins"), Begun::Mismatch, "{key}");
    assert_eq!(replies.begin(US, key, "h1", at).await.expect("begins"), Begun::Go, "{key}");
}

#[tokio::test]
async fn safety_13_a_key_stays_with_the_request_that_recorded_something() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let replies = PostgresReplies::new(database.pool.clone());
    let begin = async |key| {
        let begun = replies.begin(US, key, "h1", now()).await.expect("begins");
        assert_eq!(begun, Begun::Go, "{key}");
    };
    // What others record at the same time, and what this customer's other requests do, binds nothing.
    begin("refused").await;
    record(&process, US, Uuid::from_u128(100)).await;
    record(&process, THEM, COMMAND).await;
    replies.release(US, "refused", COMMAND).await.expect("releases");
    assert_eq!(replies.begin(US, "refused", "h2", now()).await.expect("begins"), Begun::Go);

    begin("recorded").await;
    record(&process, US, COMMAND).await;
    replies.release(US, "recorded", COMMAND).await.expect("holds");
    assert_bound(&replies, "recorded").await;

    begin("broken off").await;
    replies.hold(US, "broken off").await.expect("holds");
    assert_bound(&replies, "broken off").await;
}

/// An event of this customer, caused by this request.
async fn record(process: &Process, customer: CustomerId, cause: Uuid) {
    let meta = Meta { customer, causation_id: Some(cause), ..meta() };
    process.execute_as("a", TallyCommand::Add(1), meta).await.expect("an event");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_exactly_one_goes() {
    let database = TestDatabase::create().await;
    let at = now();
    let all = (0..24).map(|_| {
        let replies = PostgresReplies::new(database.pool.clone());
        tokio::spawn(async move { replies.begin(US, "k", "h", at).await.expect("begins") })
    });
    let begun: Vec<Begun> = join_all(all).await.into_iter().map(|begun| begun.expect("no panic")).collect();
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Go).count(), 1);
    assert!(begun.iter().all(|begun| matches!(begun, Begun::Go | Begun::InFlight)));
}

#[tokio::test]
async fn answers_are_kept_for_more_than_a_day_and_not_for_ever() {
    let database = TestDatabase::create().await;
    let replies = PostgresReplies::new(database.pool.clone());
    let at = now();
    replies.begin(US, "k", "h", at).await.expect("begins");
    replies.finish(US, "k", &reply("first")).await.expect("finishes");
    assert_eq!(replies.purge(at + TimeDelta::hours(24)).await.expect("purges"), 0);
    assert_eq!(
        replies
            .purge(at + TimeDelta::hours(app::port::replies::REPLIES_KEPT_HOURS + 1))
            .await
            .expect("purges"),
        1
    );
    assert_eq!(replies.begin(US, "k", "other", at).await.expect("begins"), Begun::Go);
}

#[tokio::test]
async fn the_claim_of_a_process_that_died_is_free_at_once() {
    let database = TestDatabase::create().await;
    let (customer, at) = (CustomerId(Uuid::from_u128(7)), now());
    let doomed_pool = database.another_pool(3);
    let doomed = SqlOutbox::start(doomed_pool.clone(), 41);
    let survivor = SqlOutbox::start(database.pool.clone(), 42);
    for process in [&doomed, &survivor] {
        while process.presence().is_none() {
            tokio::task::yield_now().await;
        }
    }
    let first = PostgresReplies::living_with(doomed_pool.clone(), doomed);
    let second = PostgresReplies::living_with(database.pool.clone(), survivor);
    assert_eq!(first.begin(customer, "k", "h", at).await.expect("answers"), Begun::Go);
    assert_eq!(
        second.begin(customer, "k", "h", at).await.expect("answers"),
        Begun::InFlight,
        "its owner lives"
    );
    sqlx::query("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 41")
        .execute(&database.pool)
        .await
        .expect("query");
    doomed_pool.close().await;
    while second.begin(customer, "k", "h", at).await.expect("answers") == Begun::InFlight {
        tokio::task::yield_now().await;
    }
}

/// A key of an older version: nobody can tell whether it is the same request, and "another request" would invite a second,
/// paid one.
#[tokio::test]
async fn a_request_of_an_older_version_is_neither_the_same_nor_another() {
    let database = TestDatabase::create().await;
    let replies = PostgresReplies::new(database.pool.clone());
    let at = now();
    let older = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    assert_eq!(replies.begin(US, "k", older, at).await.expect("begins"), Begun::Go);
    assert_eq!(replies.begin(US, "k", "2:ab", at).await.expect("begins"), Begun::Older);
    replies.finish(US, "k", &reply("first")).await.expect("finishes");
    assert_eq!(replies.begin(US, "k", "2:ab", at).await.expect("begins"), Begun::Older);
    assert_eq!(replies.begin(US, "l", "2:ab", at).await.expect("begins"), Begun::Go);
    assert_eq!(replies.begin(US, "l", "2:cd", at).await.expect("begins"), Begun::Mismatch);
}
