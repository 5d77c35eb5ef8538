//! Passkeys by which a user signs in.

use crate::{asking::asking, fault::Result};
use app::people::{self, OwnPasskey};
use async_graphql::{Context, ID, SimpleObject};
use domain::id::Instant;

/// A passkey by which the caller signs in.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Passkey {
    /// Its id, for `DELETE /auth/passkeys/{id}`.
    id: ID,
    /// What the caller calls it.
    name: Option<String>,
    /// When it was added.
    created_at: Instant,
    /// When somebody signed in with it last.
    last_used_at: Option<Instant>,
    /// Whether there are copies of it on other devices.
    is_backed_up: bool,
}

/// The caller's, oldest first; none of an API key.
pub(crate) async fn of_caller(ctx: &Context<'_>) -> Result<Vec<Passkey>> {
    let asking = asking(ctx)?;
    let (Some(user), Some(_)) = (asking.caller.person, asking.caller.session) else {
        return Ok(Vec::new());
    };
    let passkeys = people::passkeys(asking.studio(), user).await?;
    let shown = |passkey: OwnPasskey| Passkey {
        id: ID(passkey.id.to_string()),
        name: passkey.name,
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
        is_backed_up: passkey.is_backed_up,
    };
    Ok(passkeys.into_iter().map(shown).collect())
}
