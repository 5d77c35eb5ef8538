//! `POST /key/create`.

use crate::{
    Call, Fault, Studio,
    act::{KEY_CREATE, act},
    customer::CUSTOMER_SUBJECT,
    key::KeyRecord,
    port::{
        Execute,
        commands::{Meta, Token},
        vault::{KeyRequest, PublicKey},
    },
    write,
};
use domain::{
    id::{KeyId, Sealed},
    key::{Key, KeyAlgorithm, KeyCommand, KeyPurpose},
};
use serde::Serialize;

/// A new identity key.
#[derive(Debug, Clone, Serialize)]
pub struct CreateKey {
    /// Which curve.
    pub algorithm: KeyAlgorithm,
    /// A name for it, for people.
    pub alias: Option<String>,
}

/// Makes an identity key. Repeating the call yields the same key.
pub async fn create(studio: &Studio, call: &Call, input: CreateKey) -> Result<KeyRecord, Fault> {
    let CreateKey { algorithm, alias } = input;
    let alias = sealed(studio, call, alias).await?;
    let (public, token) = mint(studio, call, "key", algorithm, KeyPurpose::Identity, alias).await?;
    write::visible(studio, token).await?;
    super::read(studio, call, &public.kid).await
}

/// What people call things may say who they are.
pub(super) async fn sealed(
    studio: &Studio,
    call: &Call,
    alias: Option<String>,
) -> Result<Option<Sealed>, Fault> {
    let Some(alias) = alias else { return Ok(None) };
    studio.vault.seal(call.who.customer, CUSTOMER_SUBJECT, alias.as_bytes()).await.map(Some)
}

/// Makes a key for the purpose `what` of this call and notes it in the log.
pub(crate) async fn mint(
    studio: &Studio,
    call: &Call,
    what: &str,
    algorithm: KeyAlgorithm,
    purpose: KeyPurpose,
    alias: Option<Sealed>,
) -> Result<(PublicKey, Token), Fault> {
    let (customer, request) = (call.who.customer, call.derived(what));
    let public = studio.vault.create_key(KeyRequest { customer, request, algorithm, purpose }).await?;
    let stream = public.kid.to_string();
    let token = note(studio, call, what, &stream, created(call, &public, purpose, alias, false)).await?;
    Ok((public, token))
}

/// That the vault holds a key.
pub(super) fn created(
    call: &Call,
    public: &PublicKey,
    purpose: KeyPurpose,
    alias: Option<Sealed>,
    imported: bool,
) -> KeyCommand {
    KeyCommand::Create {
        kid: public.kid.clone(),
        customer: call.who.customer,
        algorithm: public.algorithm,
        purpose,
        public_key_hex: hex::encode(&public.bytes),
        alias,
        imported,
        at: call.at,
    }
}

/// Tells a stream.
pub(super) async fn note(
    studio: &Studio,
    call: &Call,
    what: &str,
    stream: &str,
    command: KeyCommand,
) -> Result<Token, Fault> {
    let meta = Meta::of(call, &format!("{what}/note"));
    Ok(Execute::<Key>::execute(&*studio.commands, stream, command, meta).await?.token)
}

/// The stream of a key that the caller brought along. Others may have the same one, and nobody is told: each tenant notes it
/// in a stream of its own, where a key that was made here, which nobody else can have, is in `key-<kid>`.
pub(super) fn brought(call: &Call, kid: &KeyId) -> String {
    format!("{kid}.{}", call.who.customer)
}

/// The key with the stream it is noted in, if it is the caller's.
pub(super) async fn held(studio: &Studio, call: &Call, kid: &KeyId) -> Result<Option<(String, Key)>, Fault> {
    for stream in [kid.to_string(), brought(call, kid)] {
        let key = Execute::<Key>::load(&*studio.commands, &stream).await?.state;
        if key.customer == Some(call.who.customer) && !key.deleted {
            return Ok(Some((stream, key)));
        }
    }
    Ok(None)
}

/// The streams of a key of the caller's that was deleted, whose private half may still be there if that request was cut off.
pub(super) async fn deleted(
    studio: &Studio,
    call: &Call,
    kid: &KeyId,
) -> Result<Option<(String, Key)>, Fault> {
    for stream in [brought(call, kid), kid.to_string()] {
        let key = Execute::<Key>::load(&*studio.commands, &stream).await?.state;
        if key.customer == Some(call.who.customer) && key.deleted {
            return Ok(Some((stream, key)));
        }
    }
    Ok(None)
}

/// The key, if it is the caller's.
pub(crate) async fn owned(studio: &Studio, call: &Call, kid: &KeyId) -> Result<Key, Fault> {
    let found = held(studio, call, kid).await?;
    let absent = || Fault::not_found("key/not-found", format!("Key with kid: {kid} not found"));
    found.map(|(_, key)| key).ok_or_else(absent)
}

act!(CreateKey => KeyRecord: KEY_CREATE, create);
