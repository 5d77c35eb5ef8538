//! What use cases need from the world.

pub mod attempts;
pub mod authenticators;
pub mod chain;
pub mod commands;
pub mod directory;
pub mod estate;
pub mod identities;
pub mod interventions;
pub mod key_uses;
pub mod links;
pub mod outcomes;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod places;
pub mod provider_users;
pub mod replies;
pub mod resolver;
pub mod sessions;
pub mod sign_in;
pub mod vault;

pub use attempts::Attempts;
pub use authenticators::Authenticators;
pub use chain::{Chain, Composer};
pub use commands::{Addressed, Commands, Committed, Execute, Loaded, Meta};
pub use directory::Directory;
pub use estate::Estate;
pub use identities::Identities;
pub use interventions::Interventions;
pub use key_uses::KeyUses;
pub use links::Links;
pub use outcomes::Outcomes;
pub use passkeys::Passkeys;
pub use passwords::Passwords;
pub use people::People;
pub use places::Places;
pub use provider_users::ProviderUsers;
pub use replies::Replies;
pub use resolver::Resolver;
pub use sessions::Sessions;
pub use sign_in::IdentityProvider;
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
