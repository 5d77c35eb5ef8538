//! Jobs: acts that wait for signatures of keys that are kept elsewhere.
//!
//! A job keeps the act and the id of its request. Once the signatures are there, the same act is done again under the same id, at a
//! desk where they lie ready: every id of what is written is derived from it, so the bytes are the ones that were signed, and a
//! death on the way costs nothing ([ADR 24](../../docs/adr/0024-signing-that-can-wait.md)).

mod cancel;
mod open;
mod read;
mod result;
mod submit;

pub use cancel::CancelJob;
pub use open::OpenJob;
pub use read::{JobContent, JobInside, read};
pub use submit::{SIGNATURES_FIELD, Signatory, SubmitSignatures, Submitted};

use crate::{
    Act, Call, Fault, Principal, Studio, Written,
    accreditation::{ChangeAccreditationStatus, IssueAccreditation},
    act::{self, Spec},
    credential::{ChangeCredentialStatus, IssueCredential},
    did::{CreateDid, DeactivateDid, NewDocument, UpdateDid},
    port::{Execute, commands::Meta},
    resource::CreateResource,
    status_list::{ChangeStatusList, CreateStatusList},
    write,
};
use domain::{
    Refusal as _,
    id::{Did, JobId, Network},
    job::{Job, JobCommand, JobRefusal},
};
use serde::{Deserialize, Serialize};

/// The vault's subject for what jobs of a tenant keep.
pub(crate) const JOBS_SUBJECT: &str = "jobs";

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    submit::LIMITS.to_vec()
}

macro_rules! job_acts {
    ($($(#[doc = $doc:literal])+ $name:ident($act:ty) by $($spec:ident),+: $did:expr;)+) => {
        /// The acts that can wait.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum JobAct {
            $($(#[doc = $doc])+ $name($act),)+
        }

        /// Whether an act can wait for signatures.
        pub fn can_wait(spec: &Spec) -> bool {
            [$($(&act::$spec),+),+].contains(&spec)
        }

        impl JobAct {
            fn spec(&self) -> &'static Spec {
                match self {
                    $(Self::$name(act) => act.spec(),)+
                }
            }

            fn network(&self) -> Option<Network> {
                match self {
                    $(Self::$name(act) => act.network(),)+
                }
            }

            /// The DID it writes for, or in whose name it signs; `None` for one whose identifier is not chosen yet.
            fn did(&self) -> Option<Did> {
                fn of<A>(act: &A, did: impl FnOnce(&A) -> Option<Did>) -> Option<Did> {
                    did(act)
                }
                match self {
                    $(Self::$name(act) => of(act, $did),)+
                }
            }

            /// Does it, at the call's desk.
            async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
                Ok(match self {
                    $(Self::$name(act) => act.run(studio, call).await?.map(|_| ()),)+
                })
            }
        }
    };
}

job_acts! {
    /// A new DID.
    DidCreate(CreateDid) by DID_CREATE:
        |act| match &act.document {
        NewDocument::Template { .. } => None,
        NewDocument::Given(given) | NewDocument::Brought(given) => Some(given.did().clone()),
    };
    /// A new version of a DID document.
    DidUpdate(UpdateDid) by DID_UPDATE:
        |act| Some(act.did().clone());
    /// The end of a DID.
    DidDeactivate(DeactivateDid) by DID_DEACTIVATE:
        |act| Some(act.0.clone());
    /// A new resource version.
    ResourceCreate(CreateResource) by RESOURCE_CREATE:
        |act| Some(act.did.clone());
    /// A new status list.
    StatusListCreate(CreateStatusList) by STATUS_LIST_CREATE:
        |act| Some(act.did.clone());
    /// Other entries of a status list.
    StatusListUpdate(ChangeStatusList) by STATUS_LIST_UPDATE:
        |act| Some(act.did.clone());
    /// A signed credential.
    CredentialIssue(IssueCredential) by CREDENTIAL_ISSUE:
        |act| Some(act.issuer.clone());
    /// Another status of a credential.
    CredentialStatus(ChangeCredentialStatus) by CREDENTIAL_REVOKE, CREDENTIAL_SUSPEND, CREDENTIAL_REINSTATE:
        ChangeCredentialStatus::issuer;
    /// A published accreditation.
    AccreditationIssue(Box<IssueAccreditation>) by ACCREDITATION_ISSUE:
        |act| Some(act.issuer.clone());
    /// Another status of an accreditation.
    AccreditationStatus(ChangeAccreditationStatus) by ACCREDITATION_REVOKE, ACCREDITATION_SUSPEND, ACCREDITATION_REINSTATE:
        ChangeAccreditationStatus::issuer;
}

impl JobAct {
    /// The person whose erasure makes what is kept of it unreadable, by the DID that stands in a credential; what is kept of other
    /// acts stands under [`JOBS_SUBJECT`].
    fn subject(&self) -> Option<String> {
        match self {
            Self::CredentialIssue(act) => Some(act.subject_did.clone()),
            Self::CredentialStatus(act) => act.subject(),
            _ => None,
        }
    }
}

/// The job, if it is the customer's, and on a network where this caller may do this with one; fault `job/not-found`.
pub(crate) async fn owned(studio: &Studio, who: &Principal, spec: &Spec, job: JobId) -> Result<Job, Fault> {
    let state = Execute::<Job>::load(&*studio.commands, &job.to_string()).await?.state;
    let is_hidden = state.request.as_ref().is_none_or(|request| who.hides(spec, request.network));
    if state.customer != Some(who.customer) || is_hidden {
        return Err(not_found(job));
    }
    Ok(state)
}

/// There is no such job, or not for whoever asks.
pub fn not_found(job: JobId) -> Fault {
    Fault::not_found(JobRefusal::NotFound.code(), format!("There is no job {job}."))
}

/// Tells a job something and waits until readers see it.
async fn tell(
    studio: &Studio,
    call: &Call,
    job: JobId,
    (what, command): (&str, JobCommand),
) -> Result<Job, Fault> {
    let meta = Meta::of(call, what);
    let done = Execute::<Job>::execute(&*studio.commands, &job.to_string(), command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(done.state)
}

#[cfg(test)]
mod tests;
