//! What keys have signed for.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::deed::{Deed, deed};
use async_graphql::Object;
use domain::id::Instant;
use projections::KeyUseRow;

/// A use of an identity key: what it signed for.
pub(crate) struct KeyUse(pub(crate) KeyUseRow);

shows!(KeyUse: KeyUseRow);

/// A use of an identity key: what it signed for.
#[Object]
impl KeyUse {
    #[graphql(flatten)]
    async fn deed(&self) -> Deed<'_> {
        deed!(self.0)
    }

    /// When.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }
}
