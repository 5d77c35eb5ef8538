//! `POST /key/create`.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{KEY_CREATE, Spec},
    customer::CUSTOMER_SUBJECT,
    key::KeyRecord,
    port::{commands::Meta, vault::PublicKey},
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
    // What people call things may say who they are.
    let alias = match alias {
        Some(alias) => Some(studio.vault.seal(call.who.customer, CUSTOMER_SUBJECT, alias.as_bytes()).await?),
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
    let public = studio.vault.create_key(call.who.customer, call.derived(what), algorithm, purpose).await?;
    let command = KeyCommand::Create {
        kid: public.kid.clone(),
        customer: call.who.customer,
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
    if key.customer == Some(call.who.customer) {
        Ok(key)
    } else {
        Err(Fault::not_found("key/not-found", format!("Key with kid: {kid} not found")))
    }
}

impl Act for CreateKey {
    type Done = KeyRecord;

    fn spec(&self) -> &'static Spec {
        &KEY_CREATE
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<KeyRecord>, Fault> {
        create(studio, call, self).await.map(Written::Done)
    }
}
