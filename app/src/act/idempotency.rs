//! What an idempotency key is bound to: a tenant, and what was asked.

use super::{Act, Spec};
use crate::{Call, Fault, Studio, port::replies::REQUEST_MARK};
use domain::id::derived_uuid;
use sha2::{Digest, Sha256};
use uuid::Uuid;

domain::limits! {
    /// Longest idempotency key.
    pub IDEMPOTENCY_KEY_CHARS_MAX: usize = 255, "characters";
}

/// A caller's text that makes repeated requests one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub(super) String);

impl IdempotencyKey {
    /// Spaces around it do not count. `name` is what the door calls it. Fault `idempotency/key-invalid`.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        let key = text.trim();
        let is_printable = key.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS_MAX || !is_printable {
            return Err(Self::invalid(name));
        }
        Ok(Self(key.to_owned()))
    }

    /// What came is not one text that can be a key.
    pub fn invalid(name: &str) -> Fault {
        let sentence = format!(
            "{name} must be one text of 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters."
        );
        Fault::invalid("idempotency/key-invalid", sentence)
    }
}

/// What an act asks, for [`Claim::of`].
pub(super) fn asked(call: &Call, spec: &Spec, act: &impl Act) -> Result<Vec<u8>, Fault> {
    let content = serde_json::to_vec(act).map_err(Fault::bug)?;
    let fee_max = call.fee_max.map(|max| max.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [spec.name.as_bytes(), &content, fee_max.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Ok(hash.finalize().to_vec())
}

/// A key and the request that claims it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) key: String,
    /// What was asked, as the tenant's keyed hash in lower-case hex: the act's name, its content, the most it may cost. How long
    /// to wait does not make another request. Keyed, because it stays when what was asked is erased.
    pub(super) hash: String,
}

impl Claim {
    pub(super) async fn of(
        key: IdempotencyKey,
        studio: &Studio,
        call: &Call,
        asked: Vec<u8>,
    ) -> Result<Self, Fault> {
        let hash = studio.vault.fingerprint(call.who.customer, &asked).await?;
        Ok(Self { key: key.0, hash: format!("{REQUEST_MARK}{hash}") })
    }

    /// The request is part of it, so that a key that was let go and used for something else can never be taken for the first
    /// request.
    pub(super) fn command_id(&self, call: &Call) -> Uuid {
        derived_uuid("idempotent-request", &[&call.who.customer.to_string(), &self.key, &self.hash])
    }
}
