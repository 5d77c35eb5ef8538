//! `POST /presentation/create`.

use super::{text, verifier};
use crate::{
    Answer, Ask, Input, Problem, check,
    credential::securing,
    rules::{Rules, passed},
    schema::TextOrObject,
};
use app::{
    Fault,
    credential::GivenCredential,
    presentation::{CREDENTIALS_MAX, CreatePresentation},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A presentation to make.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PresentationRequest {
    /// What is shown: each a compact JWT, or a credential as an object with its proof.
    credentials: Vec<TextOrObject>,
    /// Who shows, and signs; a did:cheqd of the account.
    holder_did: String,
    /// For whom it is.
    verifier_did: Option<String>,
    /// For whom it is, if that is no DID.
    domain: Option<String>,
    /// What the verifier asked for it to answer.
    challenge: Option<String>,
    /// `jwt`, which is the default, or `jsonld`.
    format: Option<String>,
    /// For `jsonld`: `1.1`, which is the default, or `2.0`.
    data_model: Option<String>,
    /// For `jsonld`, as for credentials.
    cryptosuite: Option<String>,
    /// Has no effect.
    #[schema(value_type = Option<Object>)]
    policies: Option<Value>,
}

/// A presentation with its proof.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Presentation {
    /// Contexts.
    #[serde(rename = "@context")]
    context: Vec<String>,
    /// Types.
    #[serde(rename = "type")]
    kind: Vec<String>,
    /// Who shows.
    holder: String,
    /// For whom it is, of `jwt`.
    verifier: Option<Vec<String>>,
    /// What it answers, of `jwt`.
    nonce: Option<String>,
    /// What is shown.
    #[schema(value_type = Vec<Object>)]
    verifiable_credential: Vec<Value>,
    /// When it was made, of `jwt`.
    issuance_date: Option<String>,
    /// `{"type": "JwtProof2020", "jwt": …}`; of `jsonld` the proof itself, with `challenge` and `domain`.
    #[schema(value_type = Object)]
    proof: Value,
}

/// Signs a presentation of credentials with a key of their holder. It is kept nowhere.
#[utoipa::path(post, path = "/presentation/create",
    request_body(content(
        (PresentationRequest = "application/json"),
        (PresentationRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The presentation.", body = Presentation)))]
pub(super) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask.input)?;
    Answer::ok(&ask.done(request).await?.presentation)
}

fn parse(input: &Input) -> Result<CreatePresentation, Fault> {
    let mut rules = Rules::default();
    let credentials = rules.note(credentials(input));
    let holder = rules.note(
        check::required("holderDid", input.raw("holderDid"), "DID is required")
            .and_then(|did| check::did("holderDid", did))
            .and_then(|did| check::cheqd_did("holderDid", &did)),
    );
    let verifier = rules.note(verifier(input));
    let challenge = rules.note(text(input, "challenge"));
    rules.note(input.nested("policies", "Verification policies should be an object"));
    let secured = rules.note(securing(input));
    passed!(rules: credentials, holder, verifier, challenge, secured);
    Ok(CreatePresentation { holder, credentials, verifier, challenge, securing: secured })
}

fn credentials(input: &Input) -> Result<Vec<GivenCredential>, Fault> {
    const SENTENCE: &str = "Provide an array of valid w3c verifiable credentials";
    let invalid = |why: &str| {
        let sentence = if why.is_empty() { SENTENCE.to_owned() } else { format!("{SENTENCE}: {why}") };
        Fault::invalid("presentation/credentials-invalid", sentence).with("field", "credentials")
    };
    let given = input.array("credentials", SENTENCE).map_err(|_| invalid(""))?.unwrap_or_default();
    if given.is_empty() {
        return Err(invalid(""));
    }
    if given.len() > CREDENTIALS_MAX {
        return Err(invalid(&format!("at most {CREDENTIALS_MAX}")));
    }
    let accepted =
        given.iter().map(|one| GivenCredential::accept(one).map_err(|fault| invalid(&fault.public)));
    accepted.collect()
}
