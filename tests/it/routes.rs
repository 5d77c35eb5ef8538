//! Every route, with bodies that are none, in all forms and past every limit. And what must never be seen: secrets in logs,
//! events and answers.

mod acts;
mod cors;
mod estate;
mod filters;
mod forms;
mod limits;
mod orders;
mod outage;
mod pages;
mod roles;
mod secrets;

use crate::house::{Reply, TestHouse};

/// How many events there are, whether the sequencer has seen them or not.
async fn events(house: &TestHouse) -> i64 {
    sqlx::query_scalar("select count(*) from events")
        .fetch_one(&house.house.pool)
        .await
        .expect("events are counted")
}

/// Every refusal has the same members, whoever made it.
#[track_caller]
pub fn assert_problem(reply: &Reply, status: u16, asked: &str) {
    assert_eq!(reply.status, status, "{asked}: {}", reply.text);
    let member = |name: &str| {
        reply.body[name].as_str().unwrap_or_else(|| panic!("{asked}: no {name}: {}", reply.text))
    };
    assert!(!member("error").is_empty(), "{asked}");
    assert_eq!(member("error"), member("detail"), "{asked}");
    let code = member("code");
    assert_eq!(member("type"), format!("urn:studio:error:{}", code.replace('/', ":")), "{asked}");
    assert!(!member("title").is_empty(), "{asked}");
    assert_eq!(reply.body["status"], status, "{asked}: {}", reply.text);
}
