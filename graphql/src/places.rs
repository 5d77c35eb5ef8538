//! Places for sockets and for what runs on them. Who has shown no key shares a small part of them; who has, has his tenant's
//! part, so that no tenant keeps the others out.

use crate::limits::{
    SOCKET_OPERATIONS_MAX, SOCKETS_KEYLESS_MAX, SOCKETS_MAX, SOCKETS_PER_TENANT_MAX,
    TENANT_SOCKET_OPERATIONS_MAX,
};
use app::{Fault, FaultKind};
use domain::id::CustomerId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of all sockets.
pub(crate) struct Sockets(Arc<Shares>);

struct Shares {
    keyless: Arc<Semaphore>,
    all: Arc<Semaphore>,
    tenants: Mutex<HashMap<CustomerId, Weak<Tenant>>>,
}

/// What one tenant may have; gone with his last socket.
struct Tenant {
    sockets: Arc<Semaphore>,
    operations: Arc<Semaphore>,
}

impl Sockets {
    pub(crate) fn new() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        let (keyless, all) = (places(SOCKETS_KEYLESS_MAX), places(SOCKETS_MAX));
        Self(Arc::new(Shares { keyless, all, tenants: Mutex::default() }))
    }

    /// A place for somebody who has shown no key yet.
    pub(crate) fn arrive(&self) -> Result<Arrival, Fault> {
        let keyless = place(&self.0.keyless).ok_or_else(full)?;
        Ok(Arrival { shares: Arc::clone(&self.0), _keyless: keyless })
    }
}

impl Shares {
    fn tenant(&self, customer: CustomerId) -> Arc<Tenant> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tenant) = tenants.get(&customer).and_then(Weak::upgrade) {
            return tenant;
        }
        tenants.retain(|_, tenant| tenant.strong_count() > 0);
        let tenant = Arc::new(Tenant {
            sockets: Arc::new(Semaphore::new(SOCKETS_PER_TENANT_MAX)),
            operations: Arc::new(Semaphore::new(TENANT_SOCKET_OPERATIONS_MAX)),
        });
        tenants.insert(customer, Arc::downgrade(&tenant));
        tenant
    }
}

fn place(places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(places).try_acquire_owned().ok()
}

fn full() -> Fault {
    let sentence = "Studio keeps as many connections open as it can; try again shortly.";
    Fault::new(FaultKind::Unavailable, "server/busy", sentence)
}

/// The place of a socket whose caller is not known.
pub(crate) struct Arrival {
    shares: Arc<Shares>,
    _keyless: OwnedSemaphorePermit,
}

impl Arrival {
    /// A place among those of this customer, for the one that is given back here.
    pub(crate) fn belongs_to(self, customer: CustomerId) -> Result<Connected, Fault> {
        let tenant = self.shares.tenant(customer);
        let own = place(&tenant.sockets).ok_or_else(|| {
            let sentence = format!("An account may have {SOCKETS_PER_TENANT_MAX} connections open.");
            Fault::new(FaultKind::Unavailable, "graphql/too-many-sockets", sentence)
        })?;
        let all = place(&self.shares.all).ok_or_else(full)?;
        let operations = Arc::new(Semaphore::new(SOCKET_OPERATIONS_MAX));
        Ok(Connected { tenant, operations, _places: [own, all] })
    }
}

/// The place of a customer's socket.
pub(crate) struct Connected {
    tenant: Arc<Tenant>,
    operations: Arc<Semaphore>,
    _places: [OwnedSemaphorePermit; 2],
}

impl Connected {
    /// A place for one operation.
    pub(crate) fn operation(&self) -> Result<Running, Fault> {
        let too_many = |whose: &str, most: usize| {
            let sentence = format!("{whose} may run {most} operations at the same time.");
            Fault::invalid("graphql/too-many-operations", sentence)
        };
        let on_socket =
            place(&self.operations).ok_or_else(|| too_many("A connection", SOCKET_OPERATIONS_MAX))?;
        let of_tenant = place(&self.tenant.operations)
            .ok_or_else(|| too_many("All connections of an account", TENANT_SOCKET_OPERATIONS_MAX))?;
        Ok(Running { _places: [on_socket, of_tenant] })
    }
}

/// The place of a running operation.
pub(crate) struct Running {
    _places: [OwnedSemaphorePermit; 2],
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn code<T>(result: Result<T, Fault>) -> &'static str {
        result.err().map_or("none", |fault| fault.code)
    }

    fn tenant(number: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(number))
    }

    fn connect(sockets: &Sockets, number: u128) -> Result<Connected, Fault> {
        sockets.arrive()?.belongs_to(tenant(number))
    }

    /// Safety 7.
    #[test]
    fn whoever_shows_no_key_takes_no_place_of_a_tenant() {
        let sockets = Sockets::new();
        let known = connect(&sockets, 1).unwrap();
        let keyless: Vec<Arrival> = (0..SOCKETS_KEYLESS_MAX).map(|_| sockets.arrive().unwrap()).collect();
        assert_eq!(code(sockets.arrive()), "server/busy");
        assert!(known.operation().is_ok());
        drop(keyless);
        assert!(connect(&sockets, 2).is_ok(), "their places are free again");
    }

    #[test]
    fn a_tenant_has_his_share_of_sockets_and_leaves_the_others_theirs() {
        let sockets = Sockets::new();
        let mut held: Vec<Connected> =
            (0..SOCKETS_PER_TENANT_MAX).map(|_| connect(&sockets, 1).unwrap()).collect();
        assert_eq!(code(connect(&sockets, 1)), "graphql/too-many-sockets");
        assert!(connect(&sockets, 2).is_ok());
        held.pop();
        assert!(connect(&sockets, 1).is_ok(), "a closed socket gives its place back");
    }

    #[test]
    fn a_tenant_has_his_share_of_operations_whatever_his_sockets() {
        let sockets = Sockets::new();
        let open: Vec<Connected> =
            (0..SOCKETS_PER_TENANT_MAX).map(|_| connect(&sockets, 1).unwrap()).collect();
        let mut running = Vec::new();
        for socket in &open {
            while running.len() < TENANT_SOCKET_OPERATIONS_MAX {
                match socket.operation() {
                    Ok(place) => running.push(place),
                    Err(_) => break,
                }
            }
        }
        assert_eq!(running.len(), TENANT_SOCKET_OPERATIONS_MAX);
        assert_eq!(code(open.last().unwrap().operation()), "graphql/too-many-operations");
        assert!(connect(&sockets, 2).unwrap().operation().is_ok());
        running.pop();
        assert!(open.last().unwrap().operation().is_ok());
    }
}
