//! `POST /did/export/{did}`.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{DID_EXPORT, Spec},
    did::owned,
    port::{
        Execute,
        commands::Meta,
        passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Password},
        resolver::{Freshness, ResolvedDid},
    },
    write,
};
use domain::{
    did::{ControllerKey, DidCommand, DidRecord},
    id::{Did, Instant, Network},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// A DID whose private keys its owner wants. The password is no part of what an idempotency key is bound to: nothing that is kept
/// of the request depends on it.
#[derive(Serialize)]
pub struct ExportDid {
    did: Did,
    #[serde(skip)]
    password: Password,
}

impl ExportDid {
    /// The password is the one that opens the export. Fault `request/invalid` if it is too short or too long.
    pub fn new(did: Did, password: Option<&str>) -> Result<Self, Fault> {
        Ok(Self { did, password: export_password(password)? })
    }
}

/// The password of an export. Fault `request/invalid`.
pub(super) fn export_password(text: Option<&str>) -> Result<Password, Fault> {
    let wrong = |sentence: String| Fault::about("password", sentence);
    let text =
        text.ok_or_else(|| wrong("password is required: the private keys are locked with it".to_owned()))?;
    let too_long = || wrong(format!("password should have at most {PASSWORD_BYTES_MAX} bytes"));
    let password = Password::typed(text).ok_or_else(too_long)?;
    if password.expose().chars().count() < PASSWORD_CHARS_MIN {
        return Err(wrong(format!("password should have at least {PASSWORD_CHARS_MIN} characters")));
    }
    Ok(password)
}

/// A DID with its private keys, locked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportedDid {
    /// The DID.
    pub did: Did,
    /// Its document: as the ledger has it, or, while that cannot be asked, as the log has it.
    pub document: Value,
    /// The same with its metadata, if the ledger could be asked.
    pub resolved: Option<ResolvedDid>,
    /// The keys that are in the export, in the order of the document.
    pub keys: Vec<ControllerKey>,
    /// When.
    pub at: Instant,
    /// The private keys (docs/api.md#exported-keys). Told once: a repeat under the same idempotency key is told everything else.
    #[serde(skip)]
    pub locked: Option<String>,
}

/// Gives the owner of a DID the private keys of its verification methods that are in the vault, locked under a password. The log has
/// it before anything is given. Nothing is taken away: the vault goes on signing. Faults: `did/not-found`, `did/keys-not-held`.
pub async fn export(studio: &Studio, call: &Call, input: ExportDid) -> Result<ExportedDid, Fault> {
    let ExportDid { did, password } = input;
    owned(studio, call, &did).await?;
    let resolved = match studio.resolver.did(&did, None, Freshness::Fresh).await {
        Ok(found) => found,
        // Whoever wants to leave while the ledger is away can.
        Err(fault) => {
            tracing::warn!(%did, code = fault.code, detail = fault.private, "app.did.export.unresolved");
            None
        }
    };
    let (request, customer) = (call.command_id, call.who.customer);
    let command = DidCommand::NoteExport { request, customer, at: call.at };
    let meta = Meta::of(call, "export");
    let done = Execute::<DidRecord>::execute(&*studio.commands, did.as_str(), command, meta).await?;
    // As they stood when it was noted. A key behind two verification methods is one key.
    let record = done.state;
    let mut seen = BTreeSet::new();
    let once = record.keys.iter().filter(|key| seen.insert(&key.kid));
    let named: Vec<_> = once.map(|key| (key.verification_method.clone(), key.kid.clone())).collect();
    let locked = studio.vault.lock_keys(customer, &named, &password).await?;
    write::visible(studio, done.token).await?;
    Ok(ExportedDid {
        document: resolved.as_ref().map_or(record.document, |found| found.document.clone()),
        resolved,
        keys: record.keys,
        at: call.at,
        locked: Some(locked),
        did,
    })
}

impl Act for ExportDid {
    type Done = ExportedDid;

    fn spec(&self) -> &'static Spec {
        &DID_EXPORT
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<ExportedDid>, Fault> {
        export(studio, call, self).await.map(Written::Done)
    }
}
