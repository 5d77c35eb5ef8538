//! `createKey` and `importKey`.

use super::{DeleteKeyPayload, KeyPayload};
use crate::{
    asking::asking,
    default::{Flag, OrDefault},
    fault::Result,
    input::{CreateKeyInput, KeyedInput},
    view::kind::KeyAlgorithm,
    write::{Receipt, perform},
};
use app::{
    Fault, Studio,
    key::{CreateKey, DeleteKey, ImportKey, KeyRecord, Lock},
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::id::KeyId;

/// A key that is brought along.
#[derive(InputObject)]
pub(super) struct BroughtKeyInput {
    /// Its curve.
    #[graphql(default)]
    algorithm: OrDefault<KeyAlgorithm>,
    /// Hexadecimal: 32 bytes, or for Ed25519 also 64, with the public half behind. Encrypted: the ciphertext of those bytes with
    /// the tag behind.
    private_key_hex: String,
    /// Whether it is encrypted under the secret that the operator has set.
    #[graphql(default)]
    encrypted: Flag<false>,
    /// Of an encrypted one: the 12 bytes of the nonce, hexadecimal.
    iv_hex: Option<String>,
    /// Of an encrypted one: a salt, hexadecimal; what counts is the text as it stands.
    salt: Option<String>,
    /// A name for it.
    alias: Option<String>,
}

/// A key to take over into the vault.
#[derive(InputObject)]
struct ImportKeyInput {
    /// The key.
    #[graphql(flatten)]
    key: BroughtKeyInput,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// A key to destroy.
#[derive(InputObject)]
struct DeleteKeyInput {
    /// Its id.
    kid: ID,
    /// Idempotency.
    #[graphql(flatten)]
    keyed: KeyedInput,
}

/// The key as an act takes it.
pub(super) fn brought(studio: &Studio, input: BroughtKeyInput) -> Result<ImportKey, Fault> {
    let BroughtKeyInput { algorithm, private_key_hex, encrypted, iv_hex, salt, alias } = input;
    let lock = Lock::given(encrypted.0, iv_hex.as_deref(), salt.as_deref())?;
    ImportKey::new(studio, algorithm.0.into(), &private_key_hex, lock, alias)
}

#[derive(Default)]
pub(super) struct KeyMutation;

#[Object]
impl KeyMutation {
    /// Makes a key in the vault.
    async fn create_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateKeyInput,
    ) -> Result<KeyPayload> {
        let act = CreateKey { algorithm: input.algorithm.0.into(), alias: input.alias };
        perform(ctx, &input.keyed, Ok(act), |_, key| receipt(key)).await.map(Into::into)
    }

    /// Takes over a key that the caller made; one that the account has already stays as it is.
    async fn import_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ImportKeyInput,
    ) -> Result<KeyPayload> {
        let act = brought(asking(ctx)?.studio(), input.key);
        perform(ctx, &input.keyed, act, |_, key| receipt(key)).await.map(Into::into)
    }

    /// Destroys an identity key for good, private half and all. One that stands in the document of a DID that is not deactivated, or
    /// pays fees, stays.
    async fn delete_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: DeleteKeyInput,
    ) -> Result<DeleteKeyPayload> {
        let act = DeleteKey { kid: KeyId(input.kid.to_ascii_lowercase()) };
        let gone = perform(ctx, &input.keyed, Ok(act), |_, kid| {
            kid.map(|kid| Receipt::of(&kid)).unwrap_or_default()
        });
        gone.await.map(Into::into)
    }
}

fn receipt(key: Option<KeyRecord>) -> Receipt {
    key.map(|key| Receipt::of(&key.kid)).unwrap_or_default()
}
