//! Browsers in which a user is signed in.

use crate::{asking::asking, fault::Result};
use app::{people, port::sessions::Session};
use async_graphql::{Context, ID, SimpleObject};
use domain::id::Instant;

/// A browser in which the caller is signed in.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BrowserSession {
    /// Its id, for `endSession`.
    id: ID,
    /// For which customer the caller acts with it.
    customer_id: ID,
    /// When it was signed in.
    created_at: Instant,
    /// When it was used last, to the minute.
    last_seen_at: Instant,
    /// When it ends, however much it is used.
    ends_at: Instant,
    /// What the browser said it is.
    user_agent: Option<String>,
    /// The address it was signed in from.
    address: Option<String>,
    /// Whether it is the one that asks.
    is_present: bool,
}

/// The caller's, newest first; none of an API key.
pub(crate) async fn of_caller(ctx: &Context<'_>) -> Result<Vec<BrowserSession>> {
    let asking = asking(ctx)?;
    let (Some(user), Some(present)) = (asking.caller.person, asking.caller.session) else {
        return Ok(Vec::new());
    };
    let sessions = people::sessions(asking.studio(), user).await?;
    let shown = |session: Session| BrowserSession {
        id: ID(session.id.to_string()),
        customer_id: ID(session.customer.to_string()),
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        ends_at: session.absolute_until,
        user_agent: session.user_agent,
        address: session.address,
        is_present: session.id == present,
    };
    Ok(sessions.into_iter().map(shown).collect())
}
