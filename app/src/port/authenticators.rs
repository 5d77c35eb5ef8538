//! What an authenticator (a phone, a laptop, a security key) proves, by Web Authentication.

use serde::{Deserialize, Serialize};

/// Whom a passkey is for: a browser shows it to nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// A host name, e.g. `studio.example`.
    pub id: String,
    /// The origin of the pages that ask for it, as browsers write it.
    pub origin: String,
}

/// What must have been signed: which challenge, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// For whom.
    pub party: &'a RelyingParty,
    /// The challenge, as random as it was sent.
    pub challenge: &'a [u8],
}

/// What a browser answers when a passkey is made.
#[derive(Debug, Clone, Copy)]
pub struct Attestation<'a> {
    /// What the browser saw (`clientDataJSON`).
    pub client_data: &'a [u8],
    /// What the authenticator made (`attestationObject`).
    pub attestation_object: &'a [u8],
}

/// What a browser answers when a passkey is used.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// What the browser saw (`clientDataJSON`).
    pub client_data: &'a [u8],
    /// What the authenticator saw (`authenticatorData`).
    pub authenticator_data: &'a [u8],
    /// Its signature over both.
    pub signature: &'a [u8],
}

/// Whether a passkey is copied to other devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Whether it can be; never changes.
    pub eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
}

/// A passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// The authenticator's name for it.
    pub id: Vec<u8>,
    /// Its public key, a `COSE_Key`.
    pub public_key: Vec<u8>,
    /// How often it has signed.
    pub counter: u32,
    /// Whether it is copied.
    pub backup: Backup,
}

/// A passkey that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// How often it has signed.
    pub counter: u32,
    /// Whether it is copied.
    pub backup: Backup,
}

/// Why an answer proves nothing: the rest of a sentence that begins with what was answered. Holds nothing of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw(pub &'static str);

/// A way of signing: its number in COSE (RFC 9053), as browsers are asked for it.
pub type CoseAlgorithm = i64;

/// What is asked of an authenticator, and what its answers prove.
pub trait Authenticators: Send + Sync {
    /// The algorithms that are taken, the best first.
    fn algorithms(&self) -> &'static [CoseAlgorithm];
    /// The passkey that was made. What made it says about itself is not looked at.
    fn attested(&self, expected: Expected<'_>, answer: Attestation<'_>) -> Result<NewCredential, Flaw>;
    /// That the passkey with this public key was used, by somebody whom the authenticator knows.
    fn asserted(
        &self,
        expected: Expected<'_>,
        public_key: &[u8],
        answer: Assertion<'_>,
    ) -> Result<Presented, Flaw>;
}
