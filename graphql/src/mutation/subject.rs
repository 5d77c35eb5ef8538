//! `eraseSubject`.

use super::EraseSubjectPayload;
use crate::{
    fault::Result,
    input::KeyedInput,
    write::{Receipt, perform},
};
use app::customer::EraseSubject;
use async_graphql::{Context, InputObject, Object};

#[derive(Default)]
pub(super) struct SubjectMutation;

/// Whose data to erase.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EraseSubjectInput {
    /// The DID that the credentials are about.
    subject: String,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

#[Object]
impl SubjectMutation {
    /// Makes the credentials that the account issued about a subject unreadable here, for good, together with the answers kept
    /// for repeats. Their ids, times and statuses stay, and can still be changed; copies of others, and what is on the ledger,
    /// stay.
    async fn erase_subject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: EraseSubjectInput,
    ) -> Result<EraseSubjectPayload> {
        let act = Ok(EraseSubject(input.subject));
        perform(ctx, &input.keyed, act, |_, _| Receipt::default()).await.map(Into::into)
    }
}
