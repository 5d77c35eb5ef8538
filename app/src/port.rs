//! What use cases need from the world.

pub mod chain;
pub mod commands;
pub mod directory;
pub mod estate;
pub mod interventions;
pub mod outcomes;
pub mod people;
pub mod places;
pub mod replies;
pub mod resolver;
pub mod vault;

pub use chain::{Chain, Composer};
pub use commands::{Addressed, Commands, Committed, Execute, Loaded, Meta};
pub use directory::Directory;
pub use estate::Estate;
pub use interventions::Interventions;
pub use outcomes::Outcomes;
pub use people::People;
pub use places::Places;
pub use replies::Replies;
pub use resolver::Resolver;
pub use vault::Vault;

use domain::id::Instant;
use uuid::Uuid;

/// The time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Instant;
}

/// Fresh ids.
pub trait Ids: Send + Sync {
    /// A time-ordered unique id (`UUIDv7`).
    fn next(&self) -> Uuid;
    /// An unpredictable 32-bit number.
    fn random(&self) -> u32;
}
