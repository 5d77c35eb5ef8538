//! `createPresentation`.

use super::PresentationPayload;
use crate::{
    fault::Result,
    input::{self, KeyedInput, SecuringInput},
    write::{Options, Receipt, perform},
};
use app::{
    Fault,
    credential::GivenCredential,
    presentation::{CreatePresentation, CreatedPresentation},
};
use async_graphql::{Context, InputObject, Object};
use serde_json::Value;

/// A presentation to make.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreatePresentationInput {
    /// Who shows, and signs; a DID of the account.
    pub(crate) holder: String,
    /// What is shown: each a compact JWT, or a credential with its proof.
    pub(crate) credentials: Vec<Value>,
    /// For whom it is: a DID, or a domain.
    pub(crate) verifier: Option<String>,
    /// What the verifier asked for it to answer.
    pub(crate) challenge: Option<String>,
    /// How it is secured.
    #[graphql(flatten)]
    pub(crate) securing: SecuringInput,
    /// Idempotency.
    #[graphql(flatten)]
    pub(crate) keyed: KeyedInput,
}

#[derive(Default)]
pub(super) struct PresentationMutation;

#[Object]
impl PresentationMutation {
    /// Signs a presentation of credentials with a key of their holder. It is kept nowhere.
    async fn create_presentation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreatePresentationInput,
    ) -> Result<PresentationPayload> {
        let shown = |_: &_, made: Option<CreatedPresentation>| {
            made.map(|made| Receipt::of(&made.presentation)).unwrap_or_default()
        };
        perform(ctx, Options::from(&input.keyed), new_presentation(input), shown).await.map(Into::into)
    }
}

fn new_presentation(input: CreatePresentationInput) -> Result<CreatePresentation, Fault> {
    let accepted = input.credentials.iter().map(|credential| {
        GivenCredential::accept(credential).map_err(|fault| {
            let sentence = format!("Provide an array of valid w3c verifiable credentials: {}", fault.public);
            Fault::invalid("presentation/credentials-invalid", sentence).with("field", "credentials")
        })
    });
    Ok(CreatePresentation {
        credentials: accepted.collect::<Result<_, _>>()?,
        holder: input::did("holder", &input.holder)?,
        verifier: input.verifier.filter(|verifier| !verifier.is_empty()),
        challenge: input.challenge.filter(|challenge| !challenge.is_empty()),
        securing: input::securing(&input.securing)?,
    })
}
