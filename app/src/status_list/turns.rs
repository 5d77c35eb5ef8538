//! Who changes status lists in this process just now: so that many changes of one list become one publication.
//!
//! A change is recorded by whoever asks for it, at once. Publications of one list take turns, and whoever has the turn waits
//! for those who were about to record a change before he looks at the list. Nothing hangs on this: between processes, or
//! when somebody is slow, there are only more publications.

use domain::id::{CustomerId, OperationId, ResourceId, StatusListId};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as TurnMutex, MutexGuard as TurnGuard, Notify};

domain::limits! {
    /// How long a publication waits for changes of the same account that are just being recorded.
    pub COLLECT_MILLIS_MAX: u64 = 2_000, "milliseconds";
}

/// Turns that lists share by hash; more than publications are ever prepared at once.
const TURNS: usize = 256;

/// What was last put on its way in a turn: enough for those who come after to know that they are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnItsWay {
    pub(crate) list: StatusListId,
    pub(crate) revision: u64,
    pub(crate) operation: OperationId,
    pub(crate) resource: ResourceId,
}

/// See the module. One per process.
pub struct StatusTurns {
    turns: Vec<TurnMutex<Option<OnItsWay>>>,
    preparing: Mutex<Tickets>,
    recorded: Notify,
}

/// The tickets of those who are about to record a change, by customer.
#[derive(Default)]
struct Tickets {
    next: u64,
    out: BTreeMap<CustomerId, BTreeSet<u64>>,
}

impl Default for StatusTurns {
    fn default() -> Self {
        Self {
            turns: (0..TURNS).map(|_| TurnMutex::new(None)).collect(),
            preparing: Mutex::default(),
            recorded: Notify::new(),
        }
    }
}

/// Somebody who is about to record a change; dropped once it is recorded or has failed.
pub(crate) struct Preparing {
    turns: Arc<StatusTurns>,
    customer: CustomerId,
    ticket: u64,
}

impl Drop for Preparing {
    fn drop(&mut self) {
        let mut preparing = self.turns.preparing();
        if let Some(tickets) = preparing.out.get_mut(&self.customer) {
            tickets.remove(&self.ticket);
            if tickets.is_empty() {
                preparing.out.remove(&self.customer);
            }
        }
        drop(preparing);
        self.turns.recorded.notify_waiters();
    }
}

impl Preparing {
    /// Whether nobody else of the same customer is about to record a change.
    pub(crate) fn is_alone(&self) -> bool {
        self.turns.preparing().out.get(&self.customer).is_none_or(|tickets| tickets.len() <= 1)
    }
}

impl StatusTurns {
    fn preparing(&self) -> MutexGuard<'_, Tickets> {
        // Nothing that holds it can panic half-way; what it guards is whole in any case.
        self.preparing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a change will be recorded soon.
    pub(crate) fn enter(self: &Arc<Self>, customer: CustomerId) -> Preparing {
        let mut preparing = self.preparing();
        let ticket = preparing.next;
        preparing.next = ticket.saturating_add(1);
        preparing.out.entry(customer).or_default().insert(ticket);
        drop(preparing);
        Preparing { turns: Arc::clone(self), customer, ticket }
    }

    /// Waits until everybody of the customer who has entered by now has recorded his change, or failed; at most
    /// [`COLLECT_MILLIS_MAX`].
    pub(crate) async fn all_recorded(&self, customer: CustomerId) {
        let last = self.preparing().next;
        let is_over = || {
            let preparing = self.preparing();
            let first = preparing.out.get(&customer).and_then(|tickets| tickets.first().copied());
            first.is_none_or(|first| first >= last)
        };
        let wait = async {
            loop {
                let recorded = self.recorded.notified();
                tokio::pin!(recorded);
                recorded.as_mut().enable();
                if is_over() {
                    return;
                }
                recorded.await;
            }
        };
        // Who is slower than that is published after this.
        let _ = tokio::time::timeout(Duration::from_millis(COLLECT_MILLIS_MAX), wait).await;
    }

    /// The turn of a list, and what was last put on its way in it (maybe of another list).
    pub(crate) async fn turn(&self, list: StatusListId) -> Option<TurnGuard<'_, Option<OnItsWay>>> {
        let mut hash = DefaultHasher::new();
        list.hash(&mut hash);
        let place = usize::try_from(hash.finish() % TURNS as u64).unwrap_or_default();
        match self.turns.get(place) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn customer(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    #[tokio::test(start_paused = true)]
    async fn verdicts_11_a_publication_waits_for_those_who_came_before_it_and_for_nobody_else() {
        let turns = Arc::new(StatusTurns::default());
        turns.all_recorded(customer(1)).await;
        let (first, second) = (turns.enter(customer(1)), turns.enter(customer(1)));
        let stranger = turns.enter(customer(2));
        assert!(!first.is_alone() && stranger.is_alone());
        let waiting = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.all_recorded(customer(1)).await }
        });
        tokio::task::yield_now().await;
        let late = turns.enter(customer(1));
        drop(second);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.unwrap();
        assert!(late.is_alone());
        drop(stranger);
    }

    #[tokio::test(start_paused = true)]
    async fn verdicts_11_who_is_slow_is_not_waited_for_without_end() {
        let turns = Arc::new(StatusTurns::default());
        let slow = turns.enter(customer(1));
        turns.all_recorded(customer(1)).await;
        drop(slow);
        assert!(turns.preparing().out.is_empty(), "nothing is kept of who has left");
    }

    #[tokio::test]
    async fn verdicts_11_a_turn_tells_the_next_what_is_on_its_way() {
        let turns = StatusTurns::default();
        let list = StatusListId(Uuid::from_u128(7));
        let way = OnItsWay {
            list,
            revision: 3,
            operation: OperationId(Uuid::from_u128(8)),
            resource: ResourceId(Uuid::from_u128(9)),
        };
        *turns.turn(list).await.unwrap() = Some(way);
        assert_eq!(*turns.turn(list).await.unwrap(), Some(way));
    }
}
