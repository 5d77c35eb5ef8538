//! doors 10: whoever reads on behind the last change he has seen misses none, however fast they come.

use super::world::*;
use crate::{ActivityFilter, ActivityRow, ActivityStatus, Cursor};
use domain::id::{Did, Network};
use std::collections::BTreeMap;

const WRITES: usize = 1_000;
/// Writes that are asked for before the first of them is on the ledger, more than a reader takes at once.
const AT_ONCE: usize = 250;
const ROWS: u32 = 40;

/// Reads on until nothing is left; what was last seen of each deed.
async fn read_on(
    world: &World,
    customer: domain::id::CustomerId,
    seen: &mut BTreeMap<String, ActivityStatus>,
    mut after: Option<Cursor>,
) -> Option<Cursor> {
    loop {
        let activities = world.views.activities();
        let rows = match activities.changed_after(customer, &ActivityFilter::default(), after, ROWS).await {
            // The first read may come before the first build.
            Err(crate::ProjectionError::NotBuilt(_)) => return after,
            rows => rows.unwrap(),
        };
        let places: Vec<Cursor> = rows.iter().map(ActivityRow::change).collect();
        let Some(last) = places.last() else { return after };
        assert!(places.is_sorted() && places.first().copied() > after, "{places:?} after {after:?}");
        after = Some(*last);
        seen.extend(rows.into_iter().map(|row| (row.entity, row.status)));
    }
}

#[tokio::test]
async fn a_thousand_writes_and_their_outcomes_are_all_read() {
    let world = World::new().await;
    let (customer, stranger) = (new_customer(), new_customer());
    let dids: Vec<Did> = (0..WRITES).map(|_| new_did(Network::Testnet)).collect();
    let (mut seen, mut after) = (BTreeMap::new(), None);
    for dids in dids.chunks(AT_ONCE) {
        let mut asked: Vec<Story> = dids.iter().map(|did| did_created(customer, did)).collect();
        let outcomes: Vec<Story> = asked
            .iter_mut()
            .map(|story| Story { events: story.events.split_off(1), ..story.clone() })
            .collect();
        world.append(customer, &asked).await;
        world.append(stranger, &[did_created(stranger, &new_did(Network::Testnet))]).await;
        // Some are seen before their outcome, some after it, some in between.
        after = read_on(&world, customer, &mut seen, after).await;
        let (soon, late) = outcomes.split_at(AT_ONCE / 2);
        world.append(customer, soon).await;
        after = read_on(&world, customer, &mut seen, after).await;
        world.append(customer, late).await;
    }
    world.settle().await;
    after = read_on(&world, customer, &mut seen, after).await;
    assert_eq!(seen.len(), WRITES);
    assert!(seen.values().all(|status| *status == ActivityStatus::Succeeded));
    let newest = world.views.activities().newest_change(customer).await.unwrap();
    assert_eq!(newest, after, "the newest change is the last one read");
    assert_eq!(world.views.activities().newest_change(new_customer()).await.unwrap(), None);

    // From the beginning, each once, as it stands now.
    let mut again = BTreeMap::new();
    read_on(&world, customer, &mut again, None).await;
    assert_eq!(again, seen);
    world.end().await;
}
