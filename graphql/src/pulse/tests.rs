use super::*;
use crate::http::tests::house;
use app::{Actor, fake::World};
use futures::FutureExt as _;
use projections::{Placed as _, operation::OperationState};

const KEY: Uuid = Uuid::from_u128(7);

fn asking(pulses: &Arc<Pulses>, house: &Arc<House>, customer: u128) -> Arc<Asking> {
    let caller = Principal::unbounded(CustomerId(Uuid::from_u128(customer)), Actor::ApiKey(KEY));
    Asking::new(house, pulses, caller, Uuid::nil(), None)
}

fn row(id: u128, attempts: i32) -> Operation {
    let at = domain::id::Instant::from_timestamp(1_800_000_000, 0).unwrap();
    Operation {
        operation_id: OperationId(Uuid::from_u128(id)),
        kind: "did-create".to_owned(),
        did: String::new(),
        network: "testnet".to_owned(),
        state: OperationState::Pending,
        attempts,
        fee_quoted: None,
        fee_paid: None,
        tx_hash: None,
        height: None,
        error: None,
        code: None,
        next_try_at: None,
        dead: false,
        created_at: at,
        updated_at: at,
        position: 1,
    }
}

/// Some place in the order of changes.
fn place() -> Cursor {
    row(1, 0).cursor()
}

fn tell(pulse: &Beat, change: impl FnOnce(&mut Stand)) {
    pulse.tenant.stands.send_modify(change);
}

fn beats(pulse: &mut Beat) -> bool {
    // A thousand of them in one step of one task are more than tokio lets a task do at once.
    tokio::task::unconstrained(pulse.next()).now_or_never().is_some()
}

#[tokio::test]
async fn however_many_subscribe_there_is_one_watch() {
    // safety 7
    let (pulses, house) = (Arc::new(Pulses::default()), Arc::new(house(&World::new())));
    let asking = asking(&pulses, &house, 1);
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let mut all: Vec<Beat> = (0..1_280).map(|_| pulses.of(&asking)).collect();
    assert_eq!(alive(), before + 1, "one task watches for all");
    assert!(all.iter().all(|pulse| Arc::ptr_eq(&pulse.tenant, &all[0].tenant)));
    assert_eq!(pulses.living().len(), 1);
    assert!(!beats(&mut all[0]));
    tell(&all[0], |stand| stand.changed = Some(place()));
    assert!(all.iter_mut().all(beats));
    assert!(!all.iter_mut().any(beats), "one change is one beat");
    // Whoever wakes takes his turn.
    let turns = (all[0].turn().await, all[1].turn().await);
    assert!(all[2].turn().now_or_never().is_none());
    drop(turns);
    assert!(all[2].turn().now_or_never().is_some());
    drop(all);
    drop(asking);
    assert!(pulses.living().is_empty(), "nobody follows any more");
    assert!(!pulses.followed().is_watched);
}

#[tokio::test]
async fn another_tenants_news_wake_nobody() {
    let (pulses, house) = (Arc::new(Pulses::default()), Arc::new(house(&World::new())));
    let (mut one, two) = (pulses.of(&asking(&pulses, &house, 1)), pulses.of(&asking(&pulses, &house, 2)));
    tell(&two, |stand| stand.changed = Some(place()));
    assert!(!beats(&mut one));
}

#[tokio::test]
async fn whoever_watches_an_operation_wakes_with_its_changes_only() {
    let (pulses, house) = (Arc::new(Pulses::default()), Arc::new(house(&World::new())));
    let asking = asking(&pulses, &house, 1);
    let mut pulse = pulses.of(&asking);
    pulse.watch(OperationId(Uuid::from_u128(1)));
    assert_eq!(operations_of(&pulse.tenant), [OperationId(Uuid::from_u128(1))]);
    let now = |rows: Vec<Operation>| {
        move |news: &mut Stand| {
            news.operations = rows.into_iter().map(|row| (row.operation_id, row)).collect();
        }
    };
    tell(&pulse, |stand| stand.changed = Some(place()));
    assert!(!beats(&mut pulse), "deeds of the tenant are not this operation");
    tell(&pulse, now(vec![row(2, 0)]));
    assert!(!beats(&mut pulse), "neither is another operation");
    tell(&pulse, now(vec![row(1, 0), row(2, 0)]));
    assert!(beats(&mut pulse));
    tell(&pulse, now(vec![row(1, 0), row(2, 1)]));
    assert!(!beats(&mut pulse));
    tell(&pulse, now(vec![row(1, 1), row(2, 1)]));
    assert!(beats(&mut pulse));
    let tenant = Arc::clone(&pulse.tenant);
    drop(pulse);
    assert!(operations_of(&tenant).is_empty() && tenant.needs().keys.is_empty());
}

#[tokio::test]
async fn a_key_that_works_no_more_ends_whoever_came_with_it() {
    let (pulses, house) = (Arc::new(Pulses::default()), Arc::new(house(&World::new())));
    let mut pulse = pulses.of(&asking(&pulses, &house, 1));
    let refusal = Fault::new(FaultKind::Unauthenticated, "auth/api-key-revoked", "It is revoked.");
    tell(&pulse, |stand| stand.refused = [(Uuid::from_u128(8), refusal.clone())].into());
    assert!(!beats(&mut pulse));
    tell(&pulse, |stand| stand.refused = [(KEY, refusal.clone())].into());
    let ended = pulse.next().await.unwrap_err();
    assert_eq!(ended, refusal);
}
