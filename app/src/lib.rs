//! The first floor: use cases (one verb, one file) and the ports they need from the world.
//!
//! Absent on purpose: HTTP, SQL, protobuf, secret bytes, clocks and dice. What the world must do stands in [`port`] as
//! short traits; adapters live in their own crates and meet only in the binary.

pub mod accreditation;
pub mod act;
pub mod budget;
pub mod call;
pub mod credential;
pub mod customer;
pub mod data;
pub mod desk;
pub mod did;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod fault;
pub mod job;
pub mod key;
pub mod operation;
pub mod outbox;
pub mod people;
pub mod port;
pub mod presentation;
pub mod reconcile;
pub mod resolve;
pub mod resource;
pub(crate) mod sign;
pub mod status_list;
pub mod studio;
pub mod trust;
pub mod write;

pub use act::{Act, Actor, Principal};
pub use call::Call;
pub use desk::Desk;
pub use fault::{Fault, FaultKind};
pub use studio::{Settings, Studio};
pub use write::Written;

/// Every limit of this room, for `studio config --limits`.
pub fn limits() -> Vec<domain::limit::Limit> {
    [
        act::limits().as_slice(),
        budget::limits().as_slice(),
        resolve::limits().as_slice(),
        credential::limits().as_slice(),
        did::limits().as_slice(),
        job::limits().as_slice(),
        key::IMPORT_LIMITS,
        outbox::limits().as_slice(),
        port::attempts::LIMITS,
        port::key_uses::LIMITS,
        port::links::LIMITS,
        port::passkeys::LIMITS,
        port::passwords::LIMITS,
        port::replies::LIMITS,
        port::sessions::LIMITS,
        presentation::LIMITS,
        resource::limits().as_slice(),
        status_list::limits().as_slice(),
        trust::WALK_LIMITS,
        customer::limits().as_slice(),
        people::limits().as_slice(),
        write::LIMITS,
    ]
    .concat()
}
