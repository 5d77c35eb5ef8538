//! Who is connected, and who gives way.

use super::Limits;
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::Notify;

/// A connection that may not be given up, whatever it does (an open WebSocket).
const KEPT: usize = usize::MAX / 2;

/// All connections.
pub(super) struct Table(Arc<Shared>);

struct Shared {
    max: usize,
    max_each: usize,
    max_extra: usize,
    /// Counts everything that happens, in place of a clock: whoever moved least recently has waited longest.
    moves: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<u64, Arc<Entry>>,
    per_network: HashMap<IpAddr, usize>,
    extra: usize,
    next: u64,
}

/// One connection, for whoever judges it.
pub(super) struct Entry {
    network: IpAddr,
    is_extra: bool,
    /// Requests it has under way.
    requests: AtomicUsize,
    /// Requests it ever had.
    begun: AtomicU64,
    moved: AtomicU64,
    shared: Arc<Shared>,
    out: Notify,
}

/// The place of a connection; goes where its bytes go.
pub(super) struct Admission {
    number: u64,
    entry: Arc<Entry>,
}

/// A request under way.
pub(super) struct Serving<'a>(&'a Entry);

impl Table {
    pub(super) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Shared {
            max: limits.connections,
            max_each: limits.connections_per_address,
            max_extra: limits.connections_extra,
            moves: AtomicU64::new(0),
            state: Mutex::default(),
        }))
    }

    /// A place for a connection from this network; somebody who waits gives way if there is none. None if nobody does and
    /// the extra places are taken too.
    pub(super) fn admit(&self, network: IpAddr, is_proxy: bool) -> Option<Admission> {
        let shared = &self.0;
        let mut state = shared.state();
        let usual = state.entries.len() - state.extra;
        let each = if is_proxy { shared.max } else { shared.max_each };
        let room = if state.per_network.get(&network).copied().unwrap_or_default() >= each {
            state.give_way(Some(network), false)
        } else {
            usual < shared.max || state.give_way(None, false)
        };
        let is_extra = !room;
        if is_extra && state.extra >= shared.max_extra && !state.give_way(None, true) {
            return None;
        }
        let number = state.next;
        state.next += 1;
        let entry = Arc::new(Entry {
            network,
            is_extra,
            requests: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            moved: AtomicU64::new(shared.moves.fetch_add(1, Relaxed)),
            shared: Arc::clone(shared),
            out: Notify::new(),
        });
        if is_extra {
            state.extra += 1;
        } else {
            *state.per_network.entry(network).or_default() += 1;
        }
        state.entries.insert(number, Arc::clone(&entry));
        Some(Admission { number, entry })
    }

    /// Gives up whoever waits longest, because the system has no connection left.
    pub(super) fn make_room(&self) {
        self.0.state().give_way(None, false);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives up the connection that waits longest: of this network, or of the one with the most.
    fn give_way(&mut self, network: Option<IpAddr>, extra: bool) -> bool {
        let waiting = self.entries.iter().filter(|(_, entry)| {
            entry.is_extra == extra
                && entry.requests.load(Relaxed) == 0
                && network.is_none_or(|network| entry.network == network)
        });
        // Extra places are counted for nobody. Of networks with as many each, the longest wait decides.
        let count = |entry: &Entry| self.per_network.get(&entry.network).copied().filter(|_| !extra);
        let found = waiting
            .min_by_key(|(_, entry)| (std::cmp::Reverse(count(entry)), entry.moved.load(Relaxed)))
            .map(|(number, _)| *number);
        let Some(entry) = found.and_then(|number| self.remove(number)) else { return false };
        entry.out.notify_one();
        true
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Entry>> {
        let entry = self.entries.remove(&number)?;
        if entry.is_extra {
            self.extra -= 1;
        } else if let Some(count) = self.per_network.get_mut(&entry.network) {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&entry.network);
            }
        }
        Some(entry)
    }
}

impl Entry {
    /// Whether it is beyond the usual number.
    pub(super) fn is_extra(&self) -> bool {
        self.is_extra
    }

    /// Whether it has no request under way.
    pub(super) fn waits(&self) -> bool {
        self.requests.load(Relaxed) == 0
    }

    /// How many requests it has had.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Relaxed)
    }

    /// Something came or went.
    pub(super) fn moved(&self) {
        self.moved.store(self.shared.moves.fetch_add(1, Relaxed), Relaxed);
    }

    /// A request begins; it ends with the value.
    pub(super) fn serve(&self) -> Serving<'_> {
        self.requests.fetch_add(1, Relaxed);
        self.begun.fetch_add(1, Relaxed);
        self.moved();
        Serving(self)
    }

    /// From now on it is nobody's to give up.
    pub(super) fn keep(&self) {
        self.requests.fetch_add(KEPT, Relaxed);
    }

    /// Returns when it has to give way.
    pub(super) async fn given_up(&self) {
        self.out.notified().await;
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Relaxed);
        self.0.moved();
    }
}

impl Admission {
    pub(super) fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.entry.shared.state().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::net::Ipv4Addr;

    fn table(connections: usize, connections_per_address: usize, connections_extra: usize) -> Table {
        Table::new(&Limits { connections, connections_per_address, connections_extra, ..Limits::default() })
    }

    fn from(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    fn is_out(admission: &Admission) -> bool {
        admission.entry.given_up().now_or_never().is_some()
    }

    fn admit(table: &Table, last: u8) -> Admission {
        table.admit(from(last), false).unwrap()
    }

    #[test]
    fn whoever_waits_longest_gives_way_and_whoever_has_a_request_never() {
        // safety 6
        let table = table(3, 3, 0);
        let (idle, busy, late) = (admit(&table, 1), admit(&table, 1), admit(&table, 1));
        let serving = busy.entry.serve();
        idle.entry.moved();
        let next = admit(&table, 2);
        assert!(is_out(&late) && !is_out(&idle) && !is_out(&busy), "the one that moved least recently");
        let serving_too = next.entry.serve();
        let another = admit(&table, 3);
        assert!(is_out(&idle));
        another.entry.keep();
        assert!(table.admit(from(4), false).is_none(), "nobody waits");
        drop(serving);
        drop(serving_too);
        assert!(table.admit(from(4), false).is_some());
        assert!(is_out(&busy));
    }

    #[test]
    fn an_address_makes_room_for_itself_and_the_busiest_for_others() {
        let table = table(6, 4, 0);
        let mut many: Vec<_> = (0..4).map(|_| admit(&table, 1)).collect();
        let calm = admit(&table, 2);
        many.push(admit(&table, 1));
        assert!(is_out(&many[0]) && !is_out(&calm));
        let _six = admit(&table, 3);
        let _seven = admit(&table, 4);
        assert!(is_out(&many[1]) && !is_out(&calm), "of the address with the most");
    }

    #[test]
    fn a_proxy_speaks_for_many() {
        let (open, closed) = (table(6, 4, 0), table(6, 4, 0));
        let proxied: Vec<_> = (0..6).map(|_| open.admit(from(9), true).unwrap()).collect();
        assert_eq!(proxied.iter().filter(|admission| is_out(admission)).count(), 0);
        let direct: Vec<_> = (0..6).map(|_| admit(&closed, 9)).collect();
        assert_eq!(direct.iter().filter(|admission| is_out(admission)).count(), 2, "anybody else makes room");
    }

    #[test]
    fn beyond_the_usual_number_there_is_room_to_be_heard() {
        let table = table(1, 1, 2);
        let usual = admit(&table, 1);
        assert!(!usual.entry.is_extra());
        let serving = usual.entry.serve();
        let extra: Vec<_> = (2..5).map(|last| admit(&table, last)).collect();
        assert!(extra.iter().all(|admission| admission.entry.is_extra()));
        assert_eq!(extra.iter().map(is_out).collect::<Vec<_>>(), [true, false, false]);
        assert!(table.admit(from(1), false).unwrap().entry.is_extra());
        drop(serving);
        drop(extra);
        assert!(!admit(&table, 9).entry.is_extra());
    }

    #[test]
    fn whoever_leaves_is_forgotten() {
        let table = table(4, 4, 1);
        let all: Vec<_> = (0..4).map(|last| admit(&table, last)).collect();
        table.make_room();
        drop(all);
        let state = table.0.state();
        assert!(state.entries.is_empty() && state.per_network.is_empty() && state.extra == 0);
    }
}
