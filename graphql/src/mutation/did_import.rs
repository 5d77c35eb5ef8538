//! `importDid`.

use super::{
    ImportDidPayload,
    key::{BroughtKeyInput, brought},
};
use crate::{
    asking::asking,
    fault::Result,
    input::{self, KeyedInput},
    write::{Receipt, perform},
};
use app::did::ImportDid;
use async_graphql::{Context, InputObject, Object};

/// A DID that was made elsewhere.
#[derive(InputObject)]
struct ImportDidInput {
    /// The DID.
    did: String,
    /// The private keys of all its verification methods, and no others.
    keys: Vec<BroughtKeyInput>,
    /// The id of the key that is shown first; that of the first verification method without.
    controller_key_id: Option<String>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

#[derive(Default)]
pub(super) struct ImportDidMutation;

#[Object]
impl ImportDidMutation {
    /// Takes over a DID with its keys. Its document is read from the ledger, and nothing is written there.
    async fn import_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ImportDidInput,
    ) -> Result<ImportDidPayload> {
        let studio = asking(ctx)?.studio();
        let ImportDidInput { did, keys, controller_key_id, keyed } = input;
        let act = input::did("did", &did).and_then(|did| {
            let keys = keys.into_iter().map(|key| brought(studio, key)).collect::<Result<_, _>>()?;
            ImportDid::new(did, keys, controller_key_id.as_deref())
        });
        let shown = |did: Option<app::did::DidIdentifier>| did.map(|made| Receipt::of(&made.did));
        perform(ctx, &keyed, act, |_, made| shown(made).unwrap_or_default()).await.map(Into::into)
    }
}
