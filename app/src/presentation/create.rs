//! `POST /presentation/create`.

use super::CREDENTIALS_MAX;
use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{PRESENTATION_CREATE, Spec},
    credential::GivenCredential,
    did,
    sign::{self, Signs},
};
use credentials::{
    format::{Securing, SigningKey},
    vc::PresentationInput,
};
use domain::{
    did::DidPhase,
    id::{Did, Network},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A presentation to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreatePresentation {
    /// Who shows; a DID of the caller.
    pub holder: Did,
    /// What is shown.
    pub credentials: Vec<GivenCredential>,
    /// To whom: a DID, or a domain.
    pub verifier: Option<String>,
    /// What the verifier asked for it to answer.
    pub challenge: Option<String>,
    /// How it is secured.
    #[serde(flatten)]
    pub securing: Securing,
}

/// A presentation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreatedPresentation {
    /// With its proof, as the caller gets it.
    pub presentation: Value,
}

/// Signs a presentation with a key of its holder. It is kept nowhere. Faults: `presentation/credentials-invalid`, `did/not-found`,
/// `did/deactivated`, `did/not-created`, `did/no-signing-key`, `presentation/invalid`.
pub async fn create(
    studio: &Studio,
    call: &Call,
    input: CreatePresentation,
) -> Result<CreatedPresentation, Fault> {
    if input.credentials.is_empty() || input.credentials.len() > CREDENTIALS_MAX {
        let sentence = format!(
            "Provide an array of valid w3c verifiable credentials: at least one, and at most {CREDENTIALS_MAX}"
        );
        return Err(Fault::invalid("presentation/credentials-invalid", sentence).with("field", "credentials"));
    }
    let holder = did::writable(studio, call, &input.holder).await?;
    if holder.phase != DidPhase::Active {
        let sentence = format!("{} is still on its way to the ledger.", input.holder);
        return Err(Fault::new(FaultKind::Conflict, "did/not-created", sentence));
    }
    let credentials: Vec<Value> =
        input.credentials.iter().map(|credential| credential.document().clone()).collect();
    let verifiers: Vec<String> = input.verifier.iter().cloned().collect();
    let unsigned = PresentationInput {
        holder_did: input.holder.as_str(),
        credentials: &credentials,
        verifiers: &verifiers,
        challenge: input.challenge.as_deref(),
        issuance_date: call.signing_time(),
    };
    let invalid = |error: credentials::vc::VcError| Fault::invalid("presentation/invalid", error.to_string());
    let drafted = |by: &SigningKey<'_>| input.securing.present(&unsigned, by).map_err(invalid);
    let signed = sign::draft(studio, call, Signs::Presentation, (&input.holder, &holder), drafted).await?;
    Ok(CreatedPresentation { presentation: signed.seal().map_err(invalid)? })
}

impl Act for CreatePresentation {
    type Done = CreatedPresentation;

    fn spec(&self) -> &'static Spec {
        &PRESENTATION_CREATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.holder.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<CreatedPresentation>, Fault> {
        create(studio, call, self).await.map(Written::Done)
    }
}
