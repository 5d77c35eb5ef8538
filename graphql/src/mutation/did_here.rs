//! `importDid`, `exportDid`, `labelDid`: what is not written to the ledger.

use super::{
    ExportDidPayload, ImportDidPayload, LabelDidPayload,
    key::{BroughtKeyInput, brought},
};
use crate::{
    asking::asking,
    fault::Result,
    input::{self, KeyedInput},
    write::{Either, Receipt, Secret, one_of, perform},
};
use app::did::{ExportDid, ExportedDid, ImportDid, LabelDid};
use async_graphql::{Context, InputObject, Object};

/// A DID that was made elsewhere.
#[derive(InputObject)]
struct ImportDidInput {
    /// The DID.
    did: String,
    /// The private keys of all its verification methods, and no others.
    keys: Option<Vec<BroughtKeyInput>>,
    /// In the place of `keys`: what an export gave here or elsewhere, or another JWK set as such a JWE.
    encrypted_keys: Option<String>,
    /// The password of `encryptedKeys`.
    password: Option<String>,
    /// The id of the key that is shown first; that of the first verification method without.
    controller_key_id: Option<String>,
    /// What it is called here, as `labelDid` takes it; what it was called before without, or what its document publishes.
    name: Option<String>,
    /// What it stands for here, as `labelDid` takes it; the same without.
    kind: Option<String>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// A DID whose private keys its owner wants.
#[derive(InputObject)]
struct ExportDidInput {
    /// The DID.
    did: String,
    /// What opens the private keys again: at least 12 characters. It is not kept.
    password: String,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// What a DID shall be called here. What is left out stays as it is; an empty text takes it away.
#[derive(InputObject)]
struct LabelDidInput {
    /// The DID.
    did: String,
    /// A name for people.
    name: Option<String>,
    /// `organisation`, `agent`, or a short word of your own.
    kind: Option<String>,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

#[derive(Default)]
pub(super) struct DidHereMutation;

#[Object]
impl DidHereMutation {
    /// Takes over a DID with its keys. Its document is read from the ledger, and nothing is written there.
    async fn import_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ImportDidInput,
    ) -> Result<ImportDidPayload> {
        let studio = asking(ctx)?.studio();
        let ImportDidInput { did, keys, encrypted_keys, password, controller_key_id, name, kind, keyed } =
            input;
        let act = input::did("did", &did).and_then(|did| {
            let imported = match one_of(("keys", keys), ("encryptedKeys", encrypted_keys))? {
                Either::First(keys) => {
                    let keys = keys.into_iter().map(|key| brought(studio, key)).collect::<Result<_, _>>()?;
                    ImportDid::new(did, keys, controller_key_id.as_deref())
                }
                Either::Second(locked) => {
                    ImportDid::exported(did, &locked, password.as_deref(), controller_key_id.as_deref())
                }
            };
            imported?.called(name.as_deref(), kind.as_deref())
        });
        let shown = |did: Option<app::did::DidIdentifier>| did.map(|made| Receipt::of(&made.did));
        perform(ctx, &keyed, act, |_, made| shown(made).unwrap_or_default()).await.map(Into::into)
    }

    /// Gives the owner of a DID its private keys, locked under a password. The history shows it. The keys stay here too.
    async fn export_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ExportDidInput,
    ) -> Result<ExportDidPayload> {
        let ExportDidInput { did, password, keyed } = input;
        let act = input::did("did", &did).and_then(|did| ExportDid::new(did, Some(&password)));
        let shown = |exported: Option<ExportedDid>| {
            let exported = exported?;
            let secret = exported.locked.map(Secret);
            Some(Receipt { secret, ..Receipt::of(&exported.did) })
        };
        perform(ctx, &keyed, act, |_, done| shown(done).unwrap_or_default()).await.map(Into::into)
    }

    /// Calls a DID something, for whoever reads its lists here. Nothing is written to the ledger: `publishName` among the changes of
    /// `updateDid` does that.
    async fn label_did(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LabelDidInput,
    ) -> Result<LabelDidPayload> {
        let LabelDidInput { did, name, kind, keyed } = input;
        let act =
            input::did("did", &did).and_then(|did| LabelDid::new(did, name.as_deref(), kind.as_deref()));
        let shown = |did: Option<app::did::LabelledDid>| did.map(|made| Receipt::of(&made.did));
        perform(ctx, &keyed, act, |_, made| shown(made).unwrap_or_default()).await.map(Into::into)
    }
}
