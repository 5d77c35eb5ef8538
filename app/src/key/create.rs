//! `POST /key/create`.

use crate::{
    Call, Fault, Studio,
    customer::CUSTOMER_SUBJECT,
    key::KeyRecord,
    port::{commands::Meta, vault::PublicKey},
    write,
};
use domain::{
    id::{KeyId, Sealed},
    key::{Key, KeyAlgorithm, KeyCommand, KeyPurpose},
};

/// Makes an identity key. Repeating the call yields the same key.
pub async fn create(
    studio: &Studio,
    call: &Call,
    algorithm: KeyAlgorithm,
    alias: Option<String>,
) -> Result<KeyRecord, Fault> {
    // What people call things may say who they are.
    let alias = match alias {
        Some(alias) => Some(studio.vault.seal(call.customer, CUSTOMER_SUBJECT, alias.as_bytes()).await?),
        None => None,
    };
    let (public, token) = mint(studio, call, "key", algorithm, KeyPurpose::Identity, alias).await?;
    write::visible(studio, token).await?;
    super::read(studio, call, &public.kid).await
}

/// Makes a key for the purpose `what` of this call and notes it in the log.
pub(crate) async fn mint(
    studio: &Studio,
    call: &Call,
    what: &str,
    algorithm: KeyAlgorithm,
    purpose: KeyPurpose,
    alias: Option<Sealed>,
) -> Result<(PublicKey, crate::port::commands::Token), Fault> {
    let public = studio.vault.create_key(call.customer, call.derived(what), algorithm, purpose).await?;
    let command = KeyCommand::Create {
        kid: public.kid.clone(),
        customer: call.customer,
        algorithm,
        purpose,
        public_key_hex: hex::encode(&public.bytes),
        alias,
        at: call.at,
    };
    let meta = Meta::of(call, &format!("{what}/note"));
    let done = crate::port::Execute::<Key>::execute(&*studio.commands, &public.kid.0, command, meta).await?;
    Ok((public, done.token))
}

/// The key, if it is the caller's.
pub(crate) async fn owned(studio: &Studio, call: &Call, kid: &KeyId) -> Result<Key, Fault> {
    let key = crate::port::Execute::<Key>::load(&*studio.commands, &kid.0).await?.state;
    if key.customer == Some(call.customer) {
        Ok(key)
    } else {
        Err(Fault::not_found("key/not-found", format!("Key with kid: {kid} not found")))
    }
}
