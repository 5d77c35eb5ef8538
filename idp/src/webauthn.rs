//! Passkeys: what an authenticator proves, by Web Authentication (W3C, Level 3) without attestation. Whoever made the
//! authenticator is not asked, so nothing here trusts what it says about itself; that the key signed is enough.
//!
//! Whatever is wrong is a [`Flaw`]: what it says may be shown to whoever adds a passkey, and goes to the log when somebody signs
//! in.

mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use app::port::authenticators::{
    Assertion, Attestation, Authenticators, Backup, CoseAlgorithm, Expected, Flaw, NewCredential, Presented,
};
use authenticator_data::AuthenticatorData;
use ciborium::Value;
use client_data::ClientData;
use cose::PublicKey;
use ring::digest::{SHA256, digest};

domain::limits! {
    /// Longest `clientDataJSON`.
    CLIENT_DATA_BYTES_MAX: usize = 4 * 1024, "bytes";
    /// Longest `attestationObject`.
    ATTESTATION_BYTES_MAX: usize = 8 * 1024, "bytes";
    /// Longest `authenticatorData`.
    AUTHENTICATOR_DATA_BYTES_MAX: usize = 4 * 1024, "bytes";
    /// Longest signature: that of an RSA key of 4096 bits.
    SIGNATURE_BYTES_MAX: usize = 512, "bytes";
}

/// Every limit of this part.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [LIMITS, authenticator_data::LIMITS, cbor::LIMITS, cose::LIMITS].concat()
}

type Judged<T> = Result<T, Flaw>;

/// Reads what browsers and authenticators answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Webauthn;

impl Authenticators for Webauthn {
    fn algorithms(&self) -> &'static [CoseAlgorithm] {
        cose::ALGORITHMS
    }

    fn attested(&self, expected: Expected<'_>, answer: Attestation<'_>) -> Judged<NewCredential> {
        within(answer.client_data, CLIENT_DATA_BYTES_MAX, "what the browser saw is too long")?;
        within(answer.attestation_object, ATTESTATION_BYTES_MAX, "what the authenticator made is too long")?;
        ClientData::read(answer.client_data)?.is_of("webauthn.create", expected)?;
        let bytes = made(answer.attestation_object)?;
        let data = checked(&bytes, expected)?;
        let attested = data.attested.ok_or(Flaw("it holds no public key"))?;
        PublicKey::read(attested.public_key)?;
        Ok(NewCredential {
            id: attested.credential.to_vec(),
            public_key: attested.public_key.to_vec(),
            counter: data.counter,
            backup: data.backup,
        })
    }

    fn asserted(
        &self,
        expected: Expected<'_>,
        public_key: &[u8],
        answer: Assertion<'_>,
    ) -> Judged<Presented> {
        within(answer.client_data, CLIENT_DATA_BYTES_MAX, "what the browser saw is too long")?;
        within(answer.signature, SIGNATURE_BYTES_MAX, "its signature is too long")?;
        ClientData::read(answer.client_data)?.is_of("webauthn.get", expected)?;
        let data = checked(answer.authenticator_data, expected)?;
        if data.attested.is_some() {
            return Err(Flaw("it holds a public key, which is for making a passkey"));
        }
        let client_hash = digest(&SHA256, answer.client_data);
        let signed = [answer.authenticator_data, client_hash.as_ref()].concat();
        if !PublicKey::read(public_key)?.has_signed(&signed, answer.signature) {
            return Err(Flaw("its signature is wrong"));
        }
        Ok(Presented { counter: data.counter, backup: data.backup })
    }
}

fn within(bytes: &[u8], bytes_max: usize, flaw: &'static str) -> Judged<()> {
    if bytes.len() > bytes_max { Err(Flaw(flaw)) } else { Ok(()) }
}

/// What both ceremonies want of an authenticator: that it was asked by our pages, that somebody touched it, and that it knows
/// who that was.
fn checked<'a>(bytes: &'a [u8], expected: Expected<'_>) -> Judged<AuthenticatorData<'a>> {
    within(bytes, AUTHENTICATOR_DATA_BYTES_MAX, "what the authenticator saw is too long")?;
    let data = AuthenticatorData::read(bytes)?;
    if data.party_hash.as_slice() != digest(&SHA256, expected.party.id.as_bytes()).as_ref() {
        return Err(Flaw("it is for another site"));
    }
    if !data.user_present {
        return Err(Flaw("nobody touched the authenticator"));
    }
    if !data.user_verified {
        return Err(Flaw("the authenticator did not make sure who uses it"));
    }
    let Backup { eligible, backed_up } = data.backup;
    if backed_up && !eligible {
        return Err(Flaw("it is said to be copied and not to be one that can be"));
    }
    Ok(data)
}

/// The authenticator's data in an attestation object. Its format and statement are passed over: none was asked for.
fn made(object: &[u8]) -> Judged<Vec<u8>> {
    const UNREADABLE: Flaw = Flaw("what the authenticator made cannot be read");
    let mut rest = object;
    let Value::Map(members) = cbor::read(&mut rest)? else { return Err(UNREADABLE) };
    if !rest.is_empty() {
        return Err(Flaw("something follows what the authenticator made"));
    }
    let mut data = None;
    let (mut has_format, mut has_statement) = (false, false);
    for (name, value) in members {
        let Value::Text(name) = name else { return Err(UNREADABLE) };
        let is_fine = match (name.as_str(), value) {
            ("fmt", Value::Text(_)) => !std::mem::replace(&mut has_format, true),
            ("attStmt", Value::Map(_)) => !std::mem::replace(&mut has_statement, true),
            ("authData", Value::Bytes(bytes)) => data.replace(bytes).is_none(),
            ("fmt" | "attStmt" | "authData", _) => false,
            _ => true,
        };
        if !is_fine {
            return Err(UNREADABLE);
        }
    }
    data.filter(|_| has_format && has_statement).ok_or(UNREADABLE)
}
