//! Places for sockets and for what runs on them.

use crate::limits::{SOCKET_OPERATIONS_MAX, SOCKETS_MAX};
use app::{Fault, FaultKind};
use domain::id::CustomerId;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of all sockets.
pub(crate) struct Sockets(Arc<Semaphore>);

impl Sockets {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(SOCKETS_MAX)))
    }

    /// A place for somebody who has shown no key yet.
    pub(crate) fn arrive(&self) -> Result<Arrival, Fault> {
        let place = Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let sentence = "Studio keeps as many connections open as it can; try again shortly.";
            Fault::new(FaultKind::Unavailable, "server/busy", sentence)
        })?;
        Ok(Arrival(place))
    }
}

/// The place of a socket whose caller is not known.
pub(crate) struct Arrival(OwnedSemaphorePermit);

impl Arrival {
    /// The place of a socket of this customer.
    #[expect(clippy::unnecessary_wraps, reason = "a customer has a share of the places")]
    pub(crate) fn belongs_to(self, _customer: CustomerId) -> Result<Connected, Fault> {
        Ok(Connected { _place: self.0, operations: Arc::new(Semaphore::new(SOCKET_OPERATIONS_MAX)) })
    }
}

/// The place of a customer's socket.
pub(crate) struct Connected {
    _place: OwnedSemaphorePermit,
    operations: Arc<Semaphore>,
}

impl Connected {
    /// A place for one operation.
    pub(crate) fn operation(&self) -> Result<Running, Fault> {
        let place = Arc::clone(&self.operations).try_acquire_owned().map_err(|_| {
            let sentence =
                format!("A connection may run {SOCKET_OPERATIONS_MAX} operations at the same time.");
            Fault::invalid("graphql/too-many-operations", sentence)
        })?;
        Ok(Running(place))
    }
}

/// The place of a running operation.
pub(crate) struct Running(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);
