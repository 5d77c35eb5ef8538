//! `endSession`.

use super::EndSessionPayload;
use crate::{
    fault::Result,
    input::KeyedInput,
    write::{Receipt, perform},
};
use app::{people::EndSession, port::sessions::SessionId};
use async_graphql::{Context, ID, InputObject, Object};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct SessionMutation;

/// Which browser to sign out.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EndSessionInput {
    /// The session's id, as in `viewer { sessions { id } }`.
    session: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

#[Object]
impl SessionMutation {
    /// Signs one of the caller's browsers out; this one too, if it is named.
    async fn end_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: EndSessionInput,
    ) -> Result<EndSessionPayload> {
        // What is no id names no session.
        let session = SessionId(Uuid::try_parse(&input.session).unwrap_or_default());
        perform(ctx, &input.keyed, Ok(EndSession { session }), |_, _| Receipt::default())
            .await
            .map(Into::into)
    }
}
