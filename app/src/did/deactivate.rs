//! `POST /did/deactivate/{did}`.

use super::{owned, signers};
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{DID_DEACTIVATE, Spec},
    port::{
        chain::Payload,
        resolver::{Freshness, ResolvedDid},
    },
    write::{Draft, Price, To, carry},
};
use domain::{
    did::{DidCommand, DidPhase, DidRecord},
    id::{Did, Network, VersionId},
    ledger::Effect,
};
use serde::{Deserialize, Serialize};

/// The end of a DID.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeactivateDid(pub Did);

/// Ends a DID for good and answers its last resolution. Asking again is a success without a second write.
pub async fn deactivate(studio: &Studio, call: &Call, did: &Did) -> Result<Written<ResolvedDid>, Fault> {
    let record = owned(studio, call, did).await?;
    if record.phase == DidPhase::Deactivated {
        return resolved(studio, did).await.map(Written::Done);
    }
    let version = VersionId(call.derived("version"));
    call.desk.changes(record.version, version)?;
    let signers = signers::for_current(studio, call, did, &record).await?;
    let payload = Payload::DeactivateDid { did: did.clone(), version };
    let effect = Effect::DidVersion { did: did.clone(), version_id: version.to_string(), deactivates: true };
    let draft = Draft { payload: &payload, did, signers: &signers, effect, price: Price::Unasked };
    let to = To { id: did.as_str(), what: "did" };
    let written = carry::<DidRecord>(studio, call, draft, to, |write| DidCommand::RequestDeactivation {
        customer: call.who.customer,
        version,
        write,
        at: call.at,
    });
    Ok(written.await?.read_back(call.operation(""), |_| resolved(studio, did)).await)
}

async fn resolved(studio: &Studio, did: &Did) -> Result<ResolvedDid, Fault> {
    studio
        .resolver
        .did(did, None, Freshness::Fresh)
        .await?
        .ok_or_else(|| Fault::not_found("did/not-found", format!("{did} is not on the ledger")))
}

impl Act for DeactivateDid {
    type Done = ResolvedDid;

    fn spec(&self) -> &'static Spec {
        &DID_DEACTIVATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.0.network())
    }

    fn tells_its_end(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<ResolvedDid>, Fault> {
        deactivate(studio, call, &self.0).await
    }
}
