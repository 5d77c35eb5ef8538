//! `POST /credential/issue`, and `/credential/create` as the tutorials call it.

use super::{attributes, expiration_date, reserved, securing, status_request, string_list, structured};
use crate::{
    Answer, Ask, Input, Problem, check,
    input::{INVALID, invalid},
    job,
    rules::{Rules, passed},
    schema::{Index, ObjectOrObjects, TextOrObject, TextOrTexts},
};
use app::{Fault, credential::IssueCredential, job::JobAct};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A credential to issue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialRequest {
    /// Who signs; a did:cheqd of the account.
    issuer_did: String,
    /// Whom it is about.
    subject_did: String,
    /// Claims about the subject.
    #[schema(value_type = Object)]
    attributes: Value,
    /// A context or several.
    #[serde(rename = "@context")]
    context: Option<TextOrTexts>,
    /// A type or several.
    #[serde(rename = "type")]
    kind: Option<TextOrTexts>,
    /// ISO 8601.
    expiration_date: Option<String>,
    /// `jwt`, which is the default, `jsonld` (`lds` and `json-ld` are the same), or `sd-jwt-vc`.
    format: Option<String>,
    /// For `jsonld` and `jwt`: `1.1`, which is the default, or `2.0`. A `jwt` of `2.0` is a `vc+jwt`: its payload is the credential.
    data_model: Option<String>,
    /// For `jsonld`: `Ed25519Signature2018`, `Ed25519Signature2020`, `JsonWebSignature2020`, `eddsa-rdfc-2022` or `eddsa-jcs-2022`; by the
    /// type of the key's verification method if left out.
    cryptosuite: Option<String>,
    /// For `sd-jwt-vc`: its type. It has no `@context` and no `type`.
    vct: Option<String>,
    /// For `sd-jwt-vc`: JSON pointers to attributes that its holder may keep back, as `/name` or `/address/street`.
    selectively_disclosable: Option<Vec<String>>,
    /// For `sd-jwt-vc`: digests of nothing, so that their number says less.
    decoys: Option<u16>,
    /// For `sd-jwt-vc`: the holder's public key, a JWK, which presentations are bound to.
    #[schema(value_type = Option<Object>)]
    holder_key: Option<Value>,
    /// Address of the schema, or an object with its `id` and `type`.
    credential_schema: Option<TextOrObject>,
    /// The credential's id, if it shall have one.
    id: Option<String>,
    /// Its place in a status list of the issuer.
    credential_status: Option<CredentialStatusRequest>,
    /// An object or an array of objects; `AttestationPolicy` places the credential in a trust chain.
    terms_of_use: Option<ObjectOrObjects>,
    /// An object or an array of objects.
    evidence: Option<ObjectOrObjects>,
    /// An object or an array of objects.
    refresh_service: Option<ObjectOrObjects>,
    /// `credential`.
    category: Option<String>,
    /// `studio`.
    provider_id: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// A place in a status list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialStatusRequest {
    /// The list's name.
    status_list_name: String,
    /// `BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may be left out when only one list has the name.
    status_list_type: Option<String>,
    /// The list's first purpose if left out.
    status_purpose: Option<String>,
    /// Exactly this entry; a random free one if left out.
    status_list_index: Option<Index>,
    /// Of a random entry: from this one on.
    status_list_range_start: Option<Index>,
    /// Of a random entry: to this one, it included.
    status_list_range_end: Option<Index>,
    /// None of these.
    index_not_in: Option<Vec<u32>>,
}

/// A signed credential.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the members' names are the contract's")]
pub(crate) struct Credential {
    /// Contexts; an SD-JWT VC has none.
    #[serde(rename = "@context")]
    context: Option<Vec<String>>,
    /// Types.
    #[serde(rename = "type")]
    kind: Vec<String>,
    /// The type of an SD-JWT VC.
    vct: Option<String>,
    /// Its id, if it has one.
    id: Option<String>,
    /// `{"id": …}`.
    #[schema(value_type = Object)]
    issuer: Value,
    /// Claims and the subject's `id`.
    #[schema(value_type = Object)]
    credential_subject: Value,
    /// Its schema, as it was asked for.
    credential_schema: Option<TextOrObject>,
    /// Its place in a status list.
    #[schema(value_type = Option<Object>)]
    credential_status: Option<Value>,
    /// Its policies.
    terms_of_use: Option<ObjectOrObjects>,
    /// Its evidence.
    evidence: Option<ObjectOrObjects>,
    /// How it is renewed.
    refresh_service: Option<ObjectOrObjects>,
    /// When it starts. Of the data model 2.0: `validFrom`.
    issuance_date: Option<String>,
    /// When it ends. Of the data model 2.0: `validUntil`.
    expiration_date: Option<String>,
    /// When it starts, of the data model 2.0.
    valid_from: Option<String>,
    /// When it ends, of the data model 2.0.
    valid_until: Option<String>,
    /// When an SD-JWT VC starts, in seconds since 1970.
    iat: Option<i64>,
    /// When it ends.
    exp: Option<i64>,
    /// Its holder's key.
    #[schema(value_type = Option<Object>)]
    cnf: Option<Value>,
    /// Its place in a Token Status List.
    #[schema(value_type = Option<Object>)]
    status: Option<Value>,
    /// `{"type": "JwtProof2020", "jwt": …}`; of `jsonld` the proof itself; of an SD-JWT VC `{"type": "SdJwtVc", "sdJwt": …}`.
    #[schema(value_type = Object)]
    proof: Value,
}

/// Issues a credential: signs it with a key of the issuer DID and notes it in the history. Nothing goes to the ledger.
#[utoipa::path(post, path = "/credential/issue",
    request_body(content(
        (CredentialRequest = "application/json"),
        (CredentialRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The signed credential.", body = Credential),
        (status = 202, description = "With `mode` `client`: the job that waits for signatures.", body = crate::job::JobView)))]
pub(super) async fn issue(ask: Ask) -> Result<Answer, Problem> {
    let request = parse(&ask.input)?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::CredentialIssue(request)).await;
    }
    Answer::ok(&ask.done(request).await?.credential)
}

/// The same as `/credential/issue`.
#[utoipa::path(post, path = "/credential/create",
    request_body(content(
        (CredentialRequest = "application/json"),
        (CredentialRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The signed credential.", body = Credential),
        (status = 202, description = "With `mode` `client`: the job that waits for signatures.", body = crate::job::JobView)))]
pub(super) async fn create(ask: Ask) -> Result<Answer, Problem> {
    issue(ask).await
}

pub(super) fn parse(input: &Input) -> Result<IssueCredential, Fault> {
    let mut rules = Rules::default();
    rules.note(reserved(input));
    let subject_did = rules.note(party(input, "subjectDid"));
    let issuer = rules.note(party(input, "issuerDid"));
    let issuer = issuer.and_then(|did| rules.note(check::cheqd_did("issuerDid", &did)));
    let schema = rules.note(schema(input, subject_did.as_deref()));
    let contexts = rules.note(string_list(input, "@context"));
    let types = rules.note(string_list(input, "type"));
    let extra = rules.note(structured(input));
    let id = rules.note(input.text("id", "id should be a string"));
    let status = rules.note(status_request(input));
    rules.note(only_here(input));
    let attributes = rules.note(
        attributes(input).and_then(|found| check::required("attributes", found, "attributes are required")),
    );
    let expiration_date = rules.note(expiration_date(input));
    let secured = rules.note(securing(input));
    passed!(
        rules: extra, id, issuer, subject_did, attributes, contexts, types, expiration_date, schema, status,
        secured
    );
    let mut extra = extra;
    if let Some(id) = id {
        extra.insert("id".to_owned(), Value::from(id));
    }
    Ok(IssueCredential {
        issuer,
        subject_did,
        attributes,
        contexts,
        types,
        expiration_date,
        schema,
        status,
        securing: secured,
        extra,
    })
}

fn party(input: &Input, name: &str) -> Result<String, Fault> {
    let did = check::required(name, input.raw(name), "DID is required")?;
    check::did(name, did)
}

fn schema(input: &Input, subject_did: Option<&str>) -> Result<Option<Value>, Fault> {
    const NAME: &str = "credentialSchema";
    match input.value(NAME) {
        Some(schema @ (Value::String(_) | Value::Object(_))) => Ok(Some(schema)),
        Some(_) => Err(invalid(NAME, "credentialSchema should be a string or an object")),
        None if subject_did.is_some_and(|did| did.starts_with("did:vda:")) => {
            Err(invalid(NAME, "credentialSchema is required for a verida DID subject"))
        }
        None => Ok(None),
    }
}

/// What would make somebody else sign or store the credential is refused, not ignored.
fn only_here(input: &Input) -> Result<(), Fault> {
    let unsupported = |name: &str, why: &str| Err(Fault::invalid(INVALID, why).with("field", name));
    if input.has("connector") {
        return unsupported(
            "connector",
            "connector is not supported: the credential is answered, not sent on.",
        );
    }
    match input.text("providerId", "providerId should be a string")? {
        None | Some("studio") => {}
        Some(_) => return unsupported("providerId", "Only the provider studio issues credentials here."),
    }
    match input.text("category", "category should be a string")? {
        None | Some("credential") => Ok(()),
        Some(_) => unsupported(
            "category",
            "Only credentials are issued here; accreditations at /trust-registry/accreditation/issue.",
        ),
    }
}
