use super::*;
use crate::FaultKind;
use std::{net::Ipv4Addr, time::Duration};
use tokio::task::JoinSet;
use uuid::Uuid;

fn tenant(number: u128) -> Caller {
    Caller::Tenant(CustomerId(Uuid::from_u128(number)))
}

fn small(places: usize, places_each: usize, waiting_each: usize) -> Arc<Budget> {
    Arc::new(Budget::of(|_| Share { places, places_each, waiting_each, wait_seconds: 5 }))
}

/// Lets every task run until it can do no more.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

async fn fill(budget: &Budget, caller: Caller) -> Vec<Place> {
    let mut places = Vec::new();
    while budget.gate(Work::Read).has_room_for(caller) {
        places.push(budget.enter(Work::Read, caller).await.unwrap());
    }
    places
}

#[tokio::test]
async fn one_caller_never_takes_all_and_the_next_always_finds_a_place() {
    // safety 5
    let budget = small(12, 100, 10);
    let mut held = Vec::new();
    for number in 0..4 {
        held.push(fill(&budget, tenant(number)).await);
    }
    assert_eq!(held.iter().map(Vec::len).collect::<Vec<_>>(), [6, 3, 2, 1]);
    // Once everything is taken, the next free place is the newcomer's, whatever the others still want.
    let mut tasks = JoinSet::new();
    for number in [0, 0, 0, 1, 1, 9] {
        let budget = Arc::clone(&budget);
        tasks.spawn(async move { (number, budget.enter(Work::Read, tenant(number)).await.unwrap()) });
        settle().await;
    }
    drop(held.first_mut().unwrap().pop());
    let (next, _place) = tasks.join_next().await.unwrap().unwrap();
    assert_eq!(next, 9);
}

#[tokio::test]
async fn a_cap_holds_however_much_is_free() {
    let budget = small(100, 4, 0);
    let places = fill(&budget, tenant(1)).await;
    assert_eq!(places.len(), 4);
    let fault = budget.enter(Work::Read, tenant(1)).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::TooMany, "request/too-many"));
    budget.enter(Work::Read, tenant(2)).await.unwrap();
    drop(places);
    budget.enter(Work::Read, tenant(1)).await.unwrap();
    assert_eq!(budget.taken(Work::Read), 0);
}

#[tokio::test]
async fn kinds_do_not_touch_each_other() {
    let budget = small(2, 1, 0);
    let _held = budget.enter(Work::LedgerWrite, tenant(1)).await.unwrap();
    assert!(budget.enter(Work::LedgerWrite, tenant(1)).await.is_err());
    for work in Work::ALL.into_iter().filter(|work| *work != Work::LedgerWrite) {
        budget.enter(work, tenant(1)).await.unwrap();
    }
    // Neither do an address, a key and a tenant.
    budget.enter(Work::LedgerWrite, Caller::Network(Ipv4Addr::LOCALHOST.into())).await.unwrap();
    budget.enter(Work::LedgerWrite, Caller::key("a")).await.unwrap();
}

#[tokio::test]
async fn turns_go_round_by_caller_and_not_by_arrival() {
    let budget = small(2, 1, 100);
    let (first, second) = (
        budget.enter(Work::Read, tenant(1)).await.unwrap(),
        budget.enter(Work::Read, tenant(2)).await.unwrap(),
    );
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    // Ten of the first wait before one of the third comes.
    for (number, count) in [(1, 10), (3, 1)] {
        for _ in 0..count {
            let (budget, told) = (Arc::clone(&budget), told.clone());
            tasks.spawn(async move {
                let place = budget.enter(Work::Read, tenant(number)).await.unwrap();
                told.send(number).unwrap();
                settle().await;
                drop(place);
            });
        }
        settle().await;
    }
    assert_eq!(budget.waiting(Work::Read), 11);
    drop(first);
    drop(second);
    while tasks.join_next().await.is_some() {}
    let mut order = Vec::new();
    while let Ok(number) = heard.try_recv() {
        order.push(number);
    }
    assert!(order.iter().position(|number| *number == 3).unwrap() <= 1, "{order:?}");
    assert_eq!((order.len(), budget.taken(Work::Read), budget.waiting(Work::Read)), (11, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_come_is_told_and_given_up() {
    let budget = small(2, 1, 1);
    let held = budget.enter(Work::Read, tenant(1)).await.unwrap();
    let fault = budget.enter(Work::Read, tenant(1)).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "server/busy"));
    assert_eq!(budget.waiting(Work::Read), 0);
    drop(held);
    budget.enter(Work::Read, tenant(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_leaves_neither_a_place_nor_a_turn_behind() {
    let budget = small(2, 1, 10);
    let held = budget.enter(Work::Read, tenant(1)).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..5 {
        let budget = Arc::clone(&budget);
        tasks.spawn(async move { budget.enter(Work::Read, tenant(1)).await.map(drop) });
    }
    settle().await;
    assert_eq!(budget.waiting(Work::Read), 5);
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
    assert_eq!(budget.waiting(Work::Read), 0);
    drop(held);
    assert_eq!(budget.taken(Work::Read), 0);
    assert!(budget.gate(Work::Read).is_idle(), "nothing is remembered of callers who are gone");
}

#[tokio::test]
async fn many_at_once_all_get_their_turn() {
    let budget = small(8, 3, 1_000);
    let mut tasks = JoinSet::new();
    for number in 0..400_u128 {
        let budget = Arc::clone(&budget);
        tasks.spawn(async move {
            let place = budget.enter(Work::Sign, tenant(number % 7)).await.unwrap();
            tokio::task::yield_now().await;
            drop(place);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert!(budget.gate(Work::Sign).is_idle());
}

#[test]
fn a_key_is_one_caller_and_cannot_be_read_from_it() {
    assert_eq!(Caller::key("caas_a"), Caller::key("caas_a"));
    assert_ne!(Caller::key("caas_a"), Caller::key("caas_b"));
    assert!(!format!("{:?}", Caller::key("caas_a")).contains("caas"));
}

#[test]
fn every_share_leaves_room_for_others() {
    for work in Work::ALL {
        let share = work.share();
        assert!(share.places_each * 2 <= share.places, "{work:?}");
        assert!(Duration::from_secs(share.wait_seconds) < Duration::from_secs(30), "{work:?}");
    }
}
