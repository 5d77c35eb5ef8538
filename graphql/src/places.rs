//! Places of sockets and of what runs on them. Whoever shows no key has a place among strangers for a moment; with a key
//! a socket has one of its tenant's, and each operation as well, so that no tenant keeps the others out.

use app::{
    Fault, FaultKind,
    budget::{Caller, Gate, Place, Share},
};
use domain::id::CustomerId;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

domain::limits! {
    /// WebSockets that have not shown an API key yet. The one that waits longest makes room for the next.
    pub(crate) SOCKETS_KEYLESS_MAX: usize = 200, "sockets";
    /// Of one address (IPv4) or network (IPv6, 64 bits).
    pub(crate) SOCKETS_KEYLESS_PER_ADDRESS_MAX: usize = 64, "sockets";
    /// WebSockets with an API key.
    pub(crate) SOCKETS_MAX: usize = 1_000, "sockets";
    /// Of one tenant.
    pub(crate) SOCKETS_PER_TENANT_MAX: usize = 50, "sockets";
    /// Operations running at the same time on one WebSocket.
    pub(crate) SOCKET_OPERATIONS_MAX: usize = 32, "operations";
    /// On all WebSockets of one tenant.
    pub(crate) TENANT_SOCKET_OPERATIONS_MAX: usize = 256, "operations";
    /// On all WebSockets.
    pub(crate) SOCKETS_OPERATIONS_MAX: usize = 10_000, "operations";
}

/// The places of all sockets.
#[derive(Debug)]
pub(crate) struct Sockets {
    strangers: Arc<Strangers>,
    tenants: Arc<Tenants>,
}

/// Places of those who have shown a key.
#[derive(Debug)]
struct Tenants {
    sockets: Arc<Gate>,
    operations: Arc<Gate>,
}

impl Default for Sockets {
    fn default() -> Self {
        let gate = |places, places_each| {
            Arc::new(Gate::new(Share { places, places_each, waiting_each: 0, wait_seconds: 0 }))
        };
        Self {
            strangers: Arc::new(Strangers::new(SOCKETS_KEYLESS_MAX, SOCKETS_KEYLESS_PER_ADDRESS_MAX)),
            tenants: Arc::new(Tenants {
                sockets: gate(SOCKETS_MAX, SOCKETS_PER_TENANT_MAX),
                operations: gate(SOCKETS_OPERATIONS_MAX, TENANT_SOCKET_OPERATIONS_MAX),
            }),
        }
    }
}

impl Sockets {
    /// A place for a socket that has not shown a key. There always is one: whoever waits longest is shown out.
    pub(crate) fn arrive(&self, client: porch::Client) -> Arrival {
        self.strangers.seat(client.network(), Arc::clone(&self.tenants))
    }
}

/// The caller has his share; if it is not that, Studio as a whole is full, and the fault says so.
fn share(fault: Fault, kind: FaultKind, code: &'static str, sentence: String) -> Fault {
    if fault.kind == FaultKind::TooMany { Fault::new(kind, code, sentence) } else { fault }
}

/// Sockets without a key, by age.
#[derive(Debug)]
struct Strangers {
    max: usize,
    max_each: usize,
    state: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, (IpAddr, Arc<Notify>)>,
    per_network: HashMap<IpAddr, usize>,
}

impl Waiting {
    fn remove(&mut self, number: u64) -> Option<Arc<Notify>> {
        let (network, out) = self.by_age.remove(&number)?;
        if let Some(count) = self.per_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&network);
            }
        }
        Some(out)
    }

    /// The oldest of the network, or of the network with the most; of several with as many the oldest of all.
    fn oldest(&self, network: Option<IpAddr>) -> Option<u64> {
        let among =
            self.by_age.iter().filter(|(_, (other, _))| network.is_none_or(|network| *other == network));
        let count = |network: &IpAddr| self.per_network.get(network).copied();
        among
            .min_by_key(|(number, (network, _))| (Reverse(count(network)), **number))
            .map(|(number, _)| *number)
    }
}

impl Strangers {
    fn new(max: usize, max_each: usize) -> Self {
        Self { max, max_each, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seat(self: &Arc<Self>, network: IpAddr, tenants: Arc<Tenants>) -> Arrival {
        let mut state = self.state();
        let of_network = state.per_network.get(&network).copied().unwrap_or_default();
        let leaving = if of_network >= self.max_each {
            state.oldest(Some(network))
        } else if state.by_age.len() >= self.max {
            state.oldest(None)
        } else {
            None
        };
        if let Some(out) = leaving.and_then(|number| state.remove(number)) {
            // Remembered until it is asked for, so it does not matter whether anybody listens yet.
            out.notify_one();
        }
        let (number, out) = (state.next, Arc::new(Notify::new()));
        state.next += 1;
        state.by_age.insert(number, (network, Arc::clone(&out)));
        *state.per_network.entry(network).or_default() += 1;
        Arrival { strangers: Arc::clone(self), tenants, number, out }
    }
}

/// The place of a socket that has not shown a key.
#[derive(Debug)]
pub(crate) struct Arrival {
    strangers: Arc<Strangers>,
    tenants: Arc<Tenants>,
    number: u64,
    out: Arc<Notify>,
}

impl Arrival {
    /// What tells that the place is needed for somebody else.
    pub(crate) fn out(&self) -> Out {
        Out(Arc::clone(&self.out))
    }

    /// The place of a socket of this tenant, instead of the one among strangers. Faults `graphql/too-many-sockets`,
    /// `server/busy`.
    pub(crate) fn belongs_to(self, customer: CustomerId) -> Result<Connected, Fault> {
        let place = self.tenants.sockets.enter_now(Caller::Tenant(customer)).map_err(|fault| {
            let sentence = format!("An account may have {SOCKETS_PER_TENANT_MAX} connections open.");
            share(fault, FaultKind::Unavailable, "graphql/too-many-sockets", sentence)
        })?;
        let operations = Arc::new(Semaphore::new(SOCKET_OPERATIONS_MAX));
        Ok(Connected { customer, tenants: Arc::clone(&self.tenants), operations, _place: place })
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.strangers.state().remove(self.number);
    }
}

/// Tells a socket without a key that its place is needed.
#[derive(Debug)]
pub(crate) struct Out(Arc<Notify>);

impl Out {
    /// Returns when it is.
    pub(crate) async fn shown_out(&self) {
        self.0.notified().await;
    }
}

/// The place of a tenant's socket.
#[derive(Debug)]
pub(crate) struct Connected {
    customer: CustomerId,
    tenants: Arc<Tenants>,
    operations: Arc<Semaphore>,
    _place: Place,
}

impl Connected {
    /// A place for one operation on this socket, and among all of the tenant. Faults `graphql/too-many-operations`,
    /// `server/busy`.
    pub(crate) fn operation(&self) -> Result<Running, Fault> {
        const CODE: &str = "graphql/too-many-operations";
        let too_many =
            |whose: &str, most: usize| format!("{whose} may run {most} operations at the same time.");
        let on_socket = Arc::clone(&self.operations)
            .try_acquire_owned()
            .map_err(|_| Fault::invalid(CODE, too_many("A connection", SOCKET_OPERATIONS_MAX)))?;
        let of_tenant =
            self.tenants.operations.enter_now(Caller::Tenant(self.customer)).map_err(|fault| {
                let sentence = too_many("All connections of an account", TENANT_SOCKET_OPERATIONS_MAX);
                share(fault, FaultKind::Invalid, CODE, sentence)
            })?;
        Ok(Running { _on_socket: on_socket, _of_tenant: of_tenant })
    }
}

/// The place of a running operation.
#[derive(Debug)]
pub(crate) struct Running {
    _on_socket: OwnedSemaphorePermit,
    _of_tenant: Place,
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::net::Ipv4Addr;
    use uuid::Uuid;

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    fn is_out(arrival: &Arrival) -> bool {
        arrival.out().shown_out().now_or_never().is_some()
    }

    fn tenant(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    #[test]
    fn a_thousand_silent_sockets_keep_nobody_out() {
        // safety 7
        let sockets = Sockets::default();
        let client = porch::Client(Ipv4Addr::LOCALHOST.into());
        let silent: Vec<_> = (0..1_000).map(|_| sockets.arrive(client)).collect();
        let out = silent.iter().filter(|arrival| is_out(arrival)).count();
        assert_eq!(out, 1_000 - SOCKETS_KEYLESS_PER_ADDRESS_MAX, "the oldest make room");
        // Whoever shows a key takes nothing from them, and they nothing from him.
        let arrival = sockets.arrive(client);
        assert!(!is_out(&arrival));
        arrival.belongs_to(tenant(1)).unwrap();
    }

    #[test]
    fn the_longest_waiting_of_the_busiest_network_leaves_first() {
        let sockets = Sockets { strangers: Arc::new(Strangers::new(5, 4)), ..Sockets::default() };
        let arrive = |last| sockets.arrive(porch::Client(address(last)));
        let calm: Vec<_> = (0..2).map(|_| arrive(1)).collect();
        let busy: Vec<_> = (0..3).map(|_| arrive(2)).collect();
        let _next = arrive(3);
        assert!(is_out(&busy[0]) && !is_out(&busy[1]));
        assert!(calm.iter().all(|arrival| !is_out(arrival)));
        drop(calm);
        drop(busy);
        assert_eq!(sockets.strangers.state().by_age.len(), 1);
        assert_eq!(sockets.strangers.state().per_network.len(), 1);
    }

    #[test]
    fn a_tenant_has_so_many_sockets_and_operations_and_another_has_his_own() {
        // safety 7
        let sockets = Sockets::default();
        let client = porch::Client(address(1));
        let connect = |customer| sockets.arrive(client).belongs_to(customer);
        let (alice, bob) = (tenant(1), tenant(2));
        let mut seats: Vec<_> = (0..SOCKETS_PER_TENANT_MAX).map(|_| connect(alice).unwrap()).collect();
        let fault = connect(alice).unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "graphql/too-many-sockets"));
        let bobs = connect(bob).unwrap();
        assert!(sockets.strangers.state().by_age.is_empty());

        let mut held = Vec::new();
        for seat in &seats {
            for _ in 0..SOCKET_OPERATIONS_MAX {
                match seat.operation() {
                    Ok(place) => held.push(place),
                    Err(fault) => assert_eq!(fault.code, "graphql/too-many-operations"),
                }
            }
        }
        assert_eq!(held.len(), TENANT_SOCKET_OPERATIONS_MAX);
        bobs.operation().unwrap();
        held.pop();
        seats.last().unwrap().operation().unwrap();
        seats.pop();
        connect(alice).expect("a closed socket gives its place back");
    }

    #[test]
    fn a_full_house_is_not_the_callers_share() {
        let sockets = Sockets::default();
        let connect = |number| sockets.arrive(porch::Client(address(1))).belongs_to(tenant(number));
        let mut held = Vec::new();
        let mut refused = None;
        for number in 0..=(SOCKETS_MAX as u128) {
            match connect(number) {
                Ok(seat) => held.push(seat),
                Err(fault) => refused = Some(fault.code),
            }
        }
        assert_eq!((held.len(), refused), (SOCKETS_MAX, Some("server/busy")));
    }

    #[test]
    fn a_socket_runs_so_many_operations() {
        let sockets = Sockets::default();
        let seat = sockets.arrive(porch::Client(address(1))).belongs_to(tenant(1)).unwrap();
        let held: Vec<_> = (0..SOCKET_OPERATIONS_MAX).map(|_| seat.operation().unwrap()).collect();
        let fault = seat.operation().unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "graphql/too-many-operations"));
        drop(held);
        seat.operation().unwrap();
    }
}
