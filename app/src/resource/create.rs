//! `POST /resource/create/{did}`.

use super::media_type;
use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{RESOURCE_CREATE, Spec},
    did,
    port::{
        chain::Payload,
        resolver::{ResolvedResource, ResourceMetadata},
    },
    write::{Draft, Price, To, carry},
};
use domain::{
    id::{Did, Network, ResourceId, resource_line_id},
    ledger::Effect,
    resource::{AlternativeUri, ResourceCommand, ResourceDescription, ResourceLine, ResourceRefusal},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

domain::limits! {
    /// Largest resource. What is larger, no block of the live networks holds (200 kB with everything around it).
    pub RESOURCE_BYTES_MAX: usize = 190_000, "bytes";
    /// Longest alternative address of a resource (docs/ledger.md#resources).
    pub ALTERNATIVE_URI_BYTES_MAX: usize = 256, "bytes";
    /// Longest description of one.
    pub ALTERNATIVE_URI_DESCRIPTION_BYTES_MAX: usize = 128, "bytes";
}

/// A new resource version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateResource {
    /// The DID it hangs on.
    pub did: Did,
    /// Its name.
    pub name: String,
    /// Its type.
    pub resource_type: String,
    /// Version label, may be empty.
    pub version: String,
    /// Other addresses.
    pub also_known_as: Vec<AlternativeUri>,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Its id on the ledger, if the caller chooses it; unique under the DID. Not written down where it is not chosen, so that what was
    /// asked for before there was a choice is read, and weighed by idempotency keys, as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
}

/// Requests a resource version and waits for the ledger. Faults: `resource/too-large`, `resource/already-exists`, those of [`carry`],
/// the refusals of the line.
pub async fn create(
    studio: &Studio,
    call: &Call,
    input: CreateResource,
) -> Result<Written<ResourceMetadata>, Fault> {
    let record = did::writable(studio, call, &input.did).await?;
    let resource = id(studio, call, &input).await?;
    let description = description(&input, resource)?;
    let signers = did::signers::for_current(studio, call, &input.did, &record).await?;
    let payload = Payload::CreateResource { description: description.clone(), data: input.data };
    let (effect, price) = (effect(&description), Price::Unasked);
    let draft = Draft { payload: &payload, did: &input.did, signers: &signers, effect, price };
    let line = resource_line_id(&input.did, &input.name, &input.resource_type).to_string();
    let to = To { id: &line, what: "resource" };
    let written = carry::<ResourceLine>(studio, call, draft, to, |write| ResourceCommand::RequestVersion {
        customer: call.who.customer,
        description,
        write,
        at: call.at,
    });
    let written = written.await?.read_back(call.operation(""), |_| published(studio, &input.did, resource));
    Ok(written.await.map(|found| found.metadata))
}

/// The id of the new version. One that was chosen is looked up on the ledger, where it may stand in any line of the DID and may have
/// come from anywhere; the write that this request has asked for already is no obstacle to itself. Fault `resource/already-exists`.
async fn id(studio: &Studio, call: &Call, input: &CreateResource) -> Result<ResourceId, Fault> {
    let Some(chosen) = input.id else { return Ok(ResourceId(call.derived("resource"))) };
    let is_asked_for = studio.outcomes.known(call.operation("")).await?;
    if !is_asked_for && studio.resolver.resource(&input.did, &chosen.to_string()).await?.is_some() {
        return Err(Fault::refused(&ResourceRefusal::AlreadyExists));
    }
    Ok(chosen)
}

/// The trace of a resource version on the chain.
pub(crate) fn effect(description: &ResourceDescription) -> Effect {
    Effect::Resource {
        did: description.did.clone(),
        resource_id: description.resource.to_string(),
        checksum: description.checksum.clone(),
    }
}

/// What will be on the ledger; faults for what it could never hold.
pub(crate) fn description(
    input: &CreateResource,
    resource: ResourceId,
) -> Result<ResourceDescription, Fault> {
    if input.data.len() > RESOURCE_BYTES_MAX {
        return Err(Fault::new(
            FaultKind::TooLarge,
            "resource/too-large",
            format!(
                "The resource has {} bytes; the ledger takes at most {RESOURCE_BYTES_MAX}.",
                input.data.len()
            ),
        ));
    }
    let is_long = |uri: &AlternativeUri| {
        let is_address_fine = (1..=ALTERNATIVE_URI_BYTES_MAX).contains(&uri.uri.len());
        !is_address_fine || uri.description.len() > ALTERNATIVE_URI_DESCRIPTION_BYTES_MAX
    };
    if input.also_known_as.iter().any(is_long) {
        let sentence = format!(
            "alsoKnownAs: an address should have 1 to {ALTERNATIVE_URI_BYTES_MAX} bytes, its description at most {ALTERNATIVE_URI_DESCRIPTION_BYTES_MAX}."
        );
        return Err(Fault::about("alsoKnownAs", sentence));
    }
    if input.data.is_empty() {
        return Err(Fault::invalid("resource/empty", "The ledger takes no resource without data."));
    }
    Ok(ResourceDescription {
        did: input.did.clone(),
        resource,
        name: input.name.clone(),
        resource_type: input.resource_type.clone(),
        version: input.version.clone(),
        also_known_as: input.also_known_as.clone(),
        size_bytes: input.data.len() as u64,
        checksum: hex::encode(Sha256::digest(&input.data)),
        media_type: media_type::likely(&input.data).to_owned(),
    })
}

/// What the ledger holds of a version that was just included.
pub(crate) async fn published(
    studio: &Studio,
    did: &Did,
    resource: ResourceId,
) -> Result<ResolvedResource, Fault> {
    studio.resolver.resource(did, &resource.to_string()).await?.ok_or_else(|| {
        Fault::bug(format!("{did}/resources/{resource} was included but is not on the ledger"))
    })
}

impl Act for CreateResource {
    type Done = ResourceMetadata;

    fn spec(&self) -> &'static Spec {
        &RESOURCE_CREATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    fn tells_its_end(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<ResourceMetadata>, Fault> {
        create(studio, call, self).await
    }
}
