use super::world::*;
use crate::{Cursor, DidFilter, LIST_ROWS_MAX, PAGE_OFFSET_ROWS_MAX, Paging, Placed};
use domain::id::{Did, Network};

#[tokio::test]
async fn pages_and_cursors_walk_the_same_list() {
    let world = World::new().await;
    let (customer, stranger) = (new_customer(), new_customer());
    let dids: Vec<Did> = (0..7).map(|_| new_did(Network::Testnet)).collect();
    for did in &dids {
        // Interleaved with another tenant's.
        world.append(customer, &[did_created(customer, did)]).await;
        world.append(stranger, &[did_created(stranger, &new_did(Network::Testnet))]).await;
    }
    world.settle().await;
    let newest_first: Vec<Did> = dids.into_iter().rev().collect();
    let list = async |paging: Paging| {
        let page = world.views.dids().list(customer, &DidFilter::default(), paging).await.unwrap();
        let cursors: Vec<Cursor> = page.rows.iter().map(Placed::cursor).collect();
        let dids: Vec<Did> = page.rows.into_iter().map(|row| row.did).collect();
        (dids, cursors, page.total, page.has_previous, page.has_next)
    };
    // The contract's paging.
    let (rows, _, total, previous, next) = list(Paging::page(Some(2), Some(3))).await;
    assert_eq!((rows.as_slice(), total, previous, next), (&newest_first[3..6], Some(7), true, true));
    let (rows, _, total, _, next) = list(Paging::page(Some(3), Some(3))).await;
    assert_eq!((rows.as_slice(), total, next), (&newest_first[6..], Some(7), false));
    assert_eq!(list(Paging::page(None, Some(2))).await.0, newest_first[..2]);
    assert_eq!(list(Paging::page(Some(4), None)).await.0, newest_first, "page without limit is ignored");
    assert_eq!(list(Paging::page(Some(9), Some(3))).await.0, []);
    assert_eq!(list(Paging::page(Some(0), Some(3))).await.0, newest_first[..3]);
    assert_eq!(list(Paging::page(Some(1), Some(0))).await.0, []);
    let far = list(Paging::page(Some(u64::MAX), Some(u64::MAX))).await;
    assert_eq!((far.0.len(), far.2), (0, Some(7)));
    // Forward by cursor.
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        let (rows, cursors, total, previous, next) = list(Paging::first(3, after)).await;
        assert_eq!((total, previous), (None, after.is_some()));
        walked.extend(rows);
        after = cursors.last().copied();
        if !next {
            break;
        }
    }
    assert_eq!(walked, newest_first);
    // Backward by cursor; rows still stand newest first.
    let (rows, cursors, _, previous, next) = list(Paging::last(3, None)).await;
    assert_eq!((rows.as_slice(), previous, next), (&newest_first[4..], true, false));
    let (rows, _, total, previous, next) = list(Paging::last(10, Some(cursors[0])).with_total()).await;
    assert_eq!((rows.as_slice(), total, previous, next), (&newest_first[..4], Some(7), false, true));
    // Between two cursors, from either end (doors 14: first with after and before was refused).
    let (_, all, ..) = list(Paging::first(7, None)).await;
    let between = |paging: Paging| paging.after(Some(all[0])).before(Some(all[6]));
    let (rows, _, total, previous, next) = list(between(Paging::first(2, None)).with_total()).await;
    assert_eq!((rows.as_slice(), total, previous, next), (&newest_first[1..3], Some(7), true, true));
    let (rows, _, _, _, next) = list(between(Paging::first(5, None))).await;
    assert_eq!((rows.as_slice(), next), (&newest_first[1..6], false));
    let (rows, _, _, previous, next) = list(between(Paging::last(2, None))).await;
    assert_eq!((rows.as_slice(), previous, next), (&newest_first[4..6], true, true));
    let (rows, ..) = list(Paging::first(5, Some(all[6])).before(Some(all[0]))).await;
    assert_eq!(rows, [], "nothing is both older than the oldest and newer than the newest");
    // A row that comes in between moves nothing.
    let (_, cursors, ..) = list(Paging::first(2, None)).await;
    world.append(customer, &[did_created(customer, &new_did(Network::Testnet))]).await;
    world.settle().await;
    assert_eq!(list(Paging::first(2, Some(cursors[1]))).await.0, newest_first[2..4]);
    world.end().await;
}

#[test]
fn limits_hold() {
    assert_eq!(Paging::page(None, None), Paging::page(None, Some(u64::from(LIST_ROWS_MAX))));
    assert_eq!(Paging::first(u32::MAX, None), Paging::first(LIST_ROWS_MAX, None));
    assert!(Paging::page(Some(PAGE_OFFSET_ROWS_MAX), Some(2)).beyond());
    assert!(!Paging::page(Some(PAGE_OFFSET_ROWS_MAX), Some(1)).beyond());
}
