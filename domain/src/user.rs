//! A person who signs in.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod value;

pub use command::*;
pub(crate) use decide::LIMITS;
pub use decide::USER_IDENTITIES_MAX;
pub use event::*;
pub use refusal::*;
pub(crate) use value::LIMITS as EMAIL_LIMITS;
pub use value::*;

use crate::Aggregate;
use crate::id::{Instant, PasskeyId, RevealId, Sealed, SignInId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A person who signs in. Streams are `user-<id>`. Which customers he belongs to, those say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct User {
    /// The user; `None` before he was registered.
    pub user: Option<UserId>,
    /// Keyed hash of his verified e-mail address, lower-case hex; `None` as long as he has none.
    pub email_hash: Option<String>,
    /// By what providers know him.
    pub identities: BTreeSet<Identity>,
    /// Whether the operator suspended him.
    pub suspended: bool,
    /// When his password was last set.
    pub password_changed_at: Option<Instant>,
    /// His passkeys, with what he calls them, sealed.
    pub passkeys: BTreeMap<PasskeyId, Sealed>,
    /// His last try to sign in, so that a repeat is no second one.
    pub last_sign_in: Option<SignInId>,
    /// When what is sealed of him was last shown to the operator, so that a repeat is no second time.
    #[serde(default)]
    pub last_reveal: Option<RevealId>,
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type Refusal = UserRefusal;

    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &UserEvent) {
        evolve::evolve(self, event);
    }
}

#[cfg(test)]
mod tests;
