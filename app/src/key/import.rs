//! `POST /key/import`.

use super::create::{brought, created, held, note, sealed};
use crate::{
    Call, Fault, Studio,
    act::{KEY_IMPORT, act},
    key::KeyRecord,
    port::vault::{KeyRequest, PrivateKey},
    write,
};
use domain::{
    id::KeyId,
    key::{KeyAlgorithm, KeyPurpose},
};
use serde::Serialize;

/// An identity key that the caller made. What is bound to an idempotency key is its public half, so that nothing which is
/// kept of the request depends on the private one.
#[derive(Serialize)]
pub struct ImportKey {
    kid: KeyId,
    algorithm: KeyAlgorithm,
    alias: Option<String>,
    #[serde(skip)]
    private: PrivateKey,
}

impl ImportKey {
    /// From hexadecimal text. Faults: `request/invalid` if it is none, `key/malformed` if it is no key.
    pub fn new(
        studio: &Studio,
        algorithm: KeyAlgorithm,
        private_key_hex: &str,
        alias: Option<String>,
    ) -> Result<Self, Fault> {
        let wrong = |fault: Fault| fault.with("field", "privateKeyHex");
        let private = PrivateKey::from_hex(private_key_hex).ok_or_else(|| {
            wrong(Fault::invalid("request/invalid", "Private key should be a hexadecimal string"))
        })?;
        let kid = studio.vault.public_half(algorithm, &private).map_err(wrong)?.kid;
        Ok(Self { kid, algorithm, alias, private })
    }
}

/// Takes over an identity key. One that the account has already stays as it is, with the name it has.
pub async fn import(studio: &Studio, call: &Call, input: ImportKey) -> Result<KeyRecord, Fault> {
    let ImportKey { kid, algorithm, alias, private } = input;
    let (customer, request, purpose) = (call.who.customer, call.derived("import"), KeyPurpose::Identity);
    let alias = sealed(studio, call, alias).await?;
    let wanted = KeyRequest { customer, request, algorithm, purpose };
    let public = studio.vault.import_key(wanted, &private).await?;
    let stream = held(studio, call, &kid).await?.map_or_else(|| brought(call, &kid), |(stream, _)| stream);
    let command = created(call, &public, purpose, alias, true);
    let token = note(studio, call, "import", &stream, command).await?;
    write::visible(studio, token).await?;
    super::read(studio, call, &kid).await
}

act!(ImportKey => KeyRecord: KEY_IMPORT, import);
