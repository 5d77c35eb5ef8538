//! `POST /trust-registry/accreditation/revoke`, `/suspend` and `/reinstate`.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{ACCREDITATION_REINSTATE, ACCREDITATION_REVOKE, ACCREDITATION_SUSPEND, Spec},
    port::{Execute, commands::Meta},
    status_list::{Applied, Change, StatusSelector, apply, publication_of},
    trust::resource_at,
    write,
};
use credentials::did_url::DidUrl;
use domain::{
    accreditation::{Accreditation, AccreditationCommand, AccreditationStatusAction},
    credential::{CredentialStatus, StatusReference},
    id::{CredentialId, Did, Network, ResourceId, accreditation_id},
};
use serde::{Deserialize, Serialize};

/// A change of the status of one version of an accreditation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeAccreditationStatus {
    /// DID URL of it; a URL by name means the latest version.
    pub did_url: String,
    /// What to do.
    pub action: AccreditationStatusAction,
    /// Whether verifiers shall see it now.
    pub publish: bool,
}

impl ChangeAccreditationStatus {
    /// The DID it hangs on, if that is a did:cheqd.
    pub(crate) fn issuer(&self) -> Option<Did> {
        let url = DidUrl::parse(&self.did_url).ok()?;
        Did::parse(url.did()).ok()
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccreditationStatusChanged {
    /// The version.
    pub resource: ResourceId,
    /// Its entry.
    pub reference: StatusReference,
    /// Its status before.
    pub previous: CredentialStatus,
    /// The change of the list.
    pub applied: Applied,
}

/// Revokes, suspends or reinstates a version that the caller published. Descendants are not touched: their verdicts
/// change because their walk fails (I11). Faults: `accreditation/not-found`, `accreditation/no-status`, the refusals of
/// accreditation and list.
pub async fn change_status(
    studio: &Studio,
    call: &Call,
    input: ChangeAccreditationStatus,
) -> Result<Written<AccreditationStatusChanged>, Fault> {
    let preparing = studio.status_turns.enter(call.who.customer);
    let not_found =
        || Fault::not_found("accreditation/not-found", format!("DID URL {} is not found", input.did_url));
    let url = DidUrl::parse(&input.did_url).map_err(|error| {
        Fault::invalid("did-url/invalid", format!("{} is not a DID URL: {error}", input.did_url))
    })?;
    let host = Did::parse(url.did())?;
    let found = resource_at(studio, &url, None).await?.ok_or_else(not_found)?;
    let resource: ResourceId = found.metadata.id.parse()?;
    let id = accreditation_id(&host, &found.metadata.name, &found.metadata.resource_type).to_string();
    let state = Execute::<Accreditation>::load(&*studio.commands, &id).await?.state;
    let version = state
        .versions
        .iter()
        .find(|version| version.description.resource == resource)
        .filter(|_| state.customer == Some(call.who.customer))
        .ok_or_else(not_found)?;
    let reference = version.description.status.clone().ok_or_else(|| {
        Fault::invalid(
            "accreditation/no-status",
            "The accreditation has no credentialStatus, so its status cannot change.",
        )
    })?;
    let previous = version.status;
    let command = |publication| AccreditationCommand::ChangeStatus {
        customer: call.who.customer,
        resource,
        action: input.action,
        publication,
        at: call.at,
    };
    domain::Aggregate::decide(&state, command(None)).map_err(|refusal| Fault::refused(&refusal))?;
    let change = Change {
        list: reference.list,
        entries: vec![(reference.index, Some(CredentialId(resource.0)))],
        selector: StatusSelector::Action(input.action),
        publish: input.publish,
    };
    let written = apply(studio, call, change, preparing).await?;
    if let Written::Quoted(quote) = written {
        return Ok(Written::Quoted(quote));
    }
    let (command, meta) = (command(publication_of(&written)), Meta::of(call, "accreditation"));
    let done = Execute::<Accreditation>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    Ok(written.map(|applied| AccreditationStatusChanged { resource, reference, previous, applied }))
}

impl Act for ChangeAccreditationStatus {
    type Done = AccreditationStatusChanged;

    fn spec(&self) -> &'static Spec {
        match self.action {
            AccreditationStatusAction::Revoke => &ACCREDITATION_REVOKE,
            AccreditationStatusAction::Suspend => &ACCREDITATION_SUSPEND,
            AccreditationStatusAction::Reinstate => &ACCREDITATION_REINSTATE,
        }
    }

    fn network(&self) -> Option<Network> {
        self.issuer().map(|issuer| issuer.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<AccreditationStatusChanged>, Fault> {
        change_status(studio, call, self).await
    }
}
