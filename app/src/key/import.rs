//! `POST /key/import`.

use super::create::{brought, created, held, note, sealed};
use crate::{
    Call, Fault, Studio,
    act::{KEY_IMPORT, act},
    key::KeyRecord,
    port::{
        commands::Token,
        vault::{ExportedKey, KeyRequest, LockedKey, PrivateKey},
    },
    write,
};
use domain::{
    id::KeyId,
    key::{KeyAlgorithm, KeyPurpose},
};
use serde::Serialize;

domain::limits! {
    /// Longest salt of a locked key.
    pub SALT_CHARS_MAX: usize = 256, "characters";
    /// Longest locked key: 64 bytes and a tag are what the longest comes to.
    pub LOCKED_KEY_BYTES_MAX: usize = 128, "bytes";
}

/// An identity key that the caller made. What is bound to an idempotency key is its public half, or what it is locked in, so that
/// nothing which is kept of the request depends on the private one.
#[derive(Serialize)]
pub struct ImportKey {
    #[serde(flatten)]
    key: Brought,
    algorithm: KeyAlgorithm,
    alias: Option<String>,
}

/// How the private key comes.
#[derive(Serialize)]
#[serde(untagged)]
enum Brought {
    Open {
        kid: KeyId,
        #[serde(skip)]
        private: PrivateKey,
    },
    Locked {
        locked: LockedKey,
    },
}

/// What a key is locked with, as it was given.
#[derive(Debug, Clone, Copy)]
pub struct Lock<'a> {
    iv_hex: &'a str,
    salt: &'a str,
}

impl<'a> Lock<'a> {
    /// None for a key that comes as it is. Fault `request/invalid`: a part is missing, or is there for nothing; what came locked must
    /// not be taken for a key.
    pub fn given(
        encrypted: bool,
        iv_hex: Option<&'a str>,
        salt: Option<&'a str>,
    ) -> Result<Option<Self>, Fault> {
        match (encrypted, iv_hex, salt) {
            (true, Some(iv_hex), Some(salt)) => Ok(Some(Self { iv_hex, salt })),
            (true, ..) => {
                let sentence = "Property ivHex, salt is required when encrypted is set to true";
                Err(Fault::about("encrypted", sentence))
            }
            (false, None, None) => Ok(None),
            (false, ..) => {
                let sentence = "ivHex and salt are of a key that is encrypted: encrypted should be true";
                Err(Fault::about("encrypted", sentence))
            }
        }
    }

    fn around(self, private_key_hex: &str) -> Result<LockedKey, Fault> {
        let hexadecimal = |field: &str, text: &str, what: &str| {
            let wrong = || Fault::about(field, format!("{what} should be a hexadecimal string"));
            hex::decode(text).ok().filter(|bytes| !bytes.is_empty()).ok_or_else(wrong)
        };
        let bytes = hexadecimal("privateKeyHex", private_key_hex, "Private key")?;
        let iv = hexadecimal("ivHex", self.iv_hex, "ivHex")?;
        hexadecimal("salt", self.salt, "salt")?;
        let iv = iv
            .try_into()
            .map_err(|_| Fault::about("ivHex", "ivHex should be 12 bytes, the nonce of AES-256-GCM"))?;
        for (field, size, most) in
            [("salt", self.salt.len(), SALT_CHARS_MAX), ("privateKeyHex", bytes.len(), LOCKED_KEY_BYTES_MAX)]
        {
            if size > most {
                return Err(Fault::about(field, format!("{field} is longer than that of any key")));
            }
        }
        Ok(LockedKey { bytes, iv, salt: self.salt.to_owned() })
    }
}

impl ImportKey {
    /// From hexadecimal text, which may be locked under the secret of the operator (docs/api.md#encrypted-keys). Faults: `request/invalid` if
    /// it is none, `key/malformed` if it is no key; that a locked one does not open comes out when it is imported.
    pub fn new(
        studio: &Studio,
        algorithm: KeyAlgorithm,
        private_key_hex: &str,
        lock: Option<Lock<'_>>,
        alias: Option<String>,
    ) -> Result<Self, Fault> {
        if let Some(lock) = lock {
            let locked = lock.around(private_key_hex)?;
            return Ok(Self { key: Brought::Locked { locked }, algorithm, alias });
        }
        let wrong = |fault: Fault| fault.with("field", "privateKeyHex");
        let private = PrivateKey::from_hex(private_key_hex).ok_or_else(|| {
            wrong(Fault::invalid("request/invalid", "Private key should be a hexadecimal string"))
        })?;
        let kid = studio.vault.public_half(algorithm, &private).map_err(wrong)?.kid;
        Ok(Self { key: Brought::Open { kid, private }, algorithm, alias })
    }

    /// Without its lock. Faults: `key/malformed`, `key/no-import-secret`, `key/not-decrypted`.
    pub(crate) async fn opened(self, studio: &Studio, call: &Call) -> Result<Opened, Fault> {
        let Self { key, algorithm, alias } = self;
        match key {
            Brought::Open { kid, private } => Ok(Opened { kid, algorithm, alias, private }),
            Brought::Locked { locked } => {
                let private = studio.vault.unlock(call.who.customer, &locked).await?;
                let kid = studio.vault.public_half(algorithm, &private)?.kid;
                Ok(Opened { kid, algorithm, alias, private })
            }
        }
    }
}

/// A key that is no longer locked.
pub(crate) struct Opened {
    kid: KeyId,
    algorithm: KeyAlgorithm,
    alias: Option<String>,
    private: PrivateKey,
}

impl Opened {
    /// One that was exported. Fault `key/malformed`.
    pub(crate) fn of_export(studio: &Studio, key: ExportedKey) -> Result<Self, Fault> {
        let ExportedKey { algorithm, private } = key;
        let kid = studio.vault.public_half(algorithm, &private)?.kid;
        Ok(Self { kid, algorithm, alias: None, private })
    }

    /// The id that it has in a vault.
    pub(crate) fn kid(&self) -> &KeyId {
        &self.kid
    }
}

/// Takes over an identity key. One that the account has already stays as it is, with the name it has. Faults: `key/malformed`,
/// `key/already-held`, and of one that is locked `key/no-import-secret` and `key/not-decrypted`.
pub async fn import(studio: &Studio, call: &Call, input: ImportKey) -> Result<KeyRecord, Fault> {
    let opened = input.opened(studio, call).await?;
    let kid = opened.kid.clone();
    let token = take_over(studio, call, "import", opened).await?;
    write::visible(studio, token).await?;
    super::read(studio, call, &kid).await
}

/// The same for the part `what` of a larger request, which waits until it can be seen.
pub(crate) async fn take_over(studio: &Studio, call: &Call, what: &str, key: Opened) -> Result<Token, Fault> {
    let Opened { kid, algorithm, alias, private } = key;
    let (customer, request, purpose) = (call.who.customer, call.derived(what), KeyPurpose::Identity);
    let alias = sealed(studio, call, alias).await?;
    let wanted = KeyRequest { customer, request, algorithm, purpose };
    let public = studio.vault.import_key(wanted, &private).await?;
    let stream = held(studio, call, &kid).await?.map_or_else(|| brought(call, &kid), |(stream, _)| stream);
    let command = created(call, &public, purpose, alias, true);
    note(studio, call, what, &stream, command).await
}

act!(ImportKey => KeyRecord: KEY_IMPORT, import);
