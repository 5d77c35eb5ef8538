//! One document of the chain: building it for signing and reading it back.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{AccreditedFor, Kind, Terms, kind_of_type, kind_of_types, scope_to_json};
use crate::format::DataModel;
use crate::json::list;
use crate::vc::{self, IssueInput, VERIFIABLE_CREDENTIAL, VcError};

/// Why a trust-chain document cannot be built or read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AccreditationError {
    /// The terms do not fit the kind of document.
    #[error("{0}")]
    Terms(&'static str),
    /// More than one policy places the document in a chain.
    #[error("termsOfUse names more than one place in a trust chain")]
    SeveralTerms,
    /// A policy without its two references.
    #[error("Missing parentAccreditation and rootAuthorization in termsOfUse")]
    MissingReferences,
    /// `accreditedFor` or `schemas` is malformed.
    #[error("accreditedFor is not valid: {0}")]
    Scope(&'static str),
    /// A member every document has is missing.
    #[error("the document has no {0}")]
    Missing(&'static str),
    /// Attributes may not replace what the grant says.
    #[error("attributes must not set {0}")]
    ReservedAttribute(&'static str),
    /// The credential itself cannot be built.
    #[error(transparent)]
    Credential(#[from] VcError),
}

/// What `POST /trust-registry/accreditation/issue` turns into a credential.
#[derive(Debug, Clone)]
pub struct AccreditationInput<'a> {
    /// Which document.
    pub kind: Kind,
    /// Grantor.
    pub issuer_did: &'a str,
    /// Grantee.
    pub subject_did: &'a str,
    /// What is granted.
    pub scope: &'a [AccreditedFor],
    /// Place in the chain; must fit the kind.
    pub terms: &'a Terms,
    /// More claims about the grantee; `id` and `accreditedFor` are refused.
    pub attributes: &'a Map<String, Value>,
    /// More contexts.
    pub contexts: &'a [String],
    /// More types; they come before the accreditation's own, which is the last.
    pub types: &'a [String],
    /// When it is issued.
    pub issuance_date: DateTime<Utc>,
    /// RFC 3339 text as given.
    pub expiration_date: Option<&'a str>,
    /// A ready status entry.
    pub credential_status: Option<Value>,
    /// Other members (`evidence`, `refreshService`, `id`, …).
    pub extra: &'a Map<String, Value>,
}

/// Builds the credential to sign. I9 holds by construction: a root has framework terms and no parent, the others have
/// both references.
pub fn build(input: &AccreditationInput<'_>) -> Result<Value, AccreditationError> {
    match (input.kind, input.terms) {
        (Kind::Authorize, Terms::TrustFramework { framework, framework_id })
            if !framework.is_empty() && !framework_id.is_empty() => {}
        (Kind::Authorize, Terms::TrustFramework { .. }) => {
            return Err(AccreditationError::Terms(
                "trustFramework and trustFrameworkId are required for an authorize operation",
            ));
        }
        (Kind::Authorize, _) => {
            return Err(AccreditationError::Terms(
                "parentAccreditation or rootAuthorization is not required for an authorize operation",
            ));
        }
        (Kind::Accredit | Kind::Attest, Terms::Accreditation { parent, root })
            if !parent.is_empty() && !root.is_empty() => {}
        (Kind::Accredit | Kind::Attest, _) => {
            return Err(AccreditationError::Terms("parentAccreditation and rootAuthorization are required"));
        }
    }
    if let Some(name) = ["id", "accreditedFor"].into_iter().find(|name| input.attributes.contains_key(*name))
    {
        return Err(AccreditationError::ReservedAttribute(name));
    }
    // A document of two kinds would be ambiguous, so a caller's type may not be one of the others.
    if input.types.iter().filter_map(|name| kind_of_type(name)).any(|kind| kind != input.kind) {
        return Err(AccreditationError::Terms("type must not name another kind of accreditation"));
    }
    let mut attributes = input.attributes.clone();
    attributes.insert("accreditedFor".to_owned(), scope_to_json(input.scope));
    let own_type = input.kind.credential_type();
    let types: Vec<String> = input
        .types
        .iter()
        .filter(|name| *name != VERIFIABLE_CREDENTIAL && kind_of_type(name).is_none())
        .cloned()
        .chain([own_type.to_owned()])
        .collect();
    let mut extra = input.extra.clone();
    // The chain's terms come first; further policies of the caller are kept beside them.
    let mut policies = vec![input.terms.to_json()];
    policies.extend(list(extra.shift_remove("termsOfUse").as_ref()).into_iter().cloned());
    let terms = if policies.len() == 1 { input.terms.to_json() } else { Value::Array(policies) };
    extra.insert("termsOfUse".to_owned(), terms);
    let credential = vc::build_credential(&IssueInput {
        issuer_did: input.issuer_did,
        subject_did: input.subject_did,
        attributes: &attributes,
        contexts: input.contexts,
        types: &types,
        issuance_date: input.issuance_date,
        data_model: DataModel::V1_1,
        expiration_date: input.expiration_date,
        credential_schema: None,
        credential_status: input.credential_status.clone(),
        extra: &extra,
    })?;
    // Reading back what is about to be signed finds contradicting terms of the caller now, not at the verifier.
    Accreditation::parse(&credential)?;
    Ok(credential)
}

/// A trust-chain document that has been read from its (normalised) JSON credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accreditation {
    /// `None` for an attestation, that is for an ordinary credential.
    pub kind: Option<Kind>,
    /// Grantor (or issuer of the attestation).
    pub issuer: String,
    /// Grantee (or holder).
    pub subject: String,
    /// What is granted; for an attestation what it needs: its schema and types.
    pub scope: Vec<AccreditedFor>,
    /// Place in the chain.
    pub terms: Option<Terms>,
}

impl Accreditation {
    /// The document above, which the terms name that a document of this kind has: `AccreditationPolicy` speaks of the right
    /// to grant, `AttestationPolicy` of what was granted.
    pub fn above(&self) -> Option<&str> {
        match (self.kind, &self.terms) {
            (None, Some(Terms::Attestation { parent, .. }))
            | (Some(Kind::Accredit | Kind::Attest), Some(Terms::Accreditation { parent, .. })) => {
                Some(parent)
            }
            _ => None,
        }
    }

    /// Reads any document of a chain. Tolerant of British spellings and of lists where one value is meant; strict about
    /// everything that decides trust.
    pub fn parse(document: &Value) -> Result<Self, AccreditationError> {
        let issuer = vc::issuer_id(document).ok_or(AccreditationError::Missing("issuer"))?.to_owned();
        let subjects = list(document.get("credentialSubject"));
        let [subject] = subjects.as_slice() else {
            return Err(AccreditationError::Missing("single credentialSubject"));
        };
        let subject_id = crate::json::text(subject, "id")
            .ok_or(AccreditationError::Missing("credentialSubject.id"))?
            .to_owned();
        let kinds = vc::types(document);
        let claims_kind = kinds.iter().filter_map(|name| kind_of_type(name)).count() > 0;
        let kind = kind_of_types(kinds.iter().copied());
        if claims_kind && kind.is_none() {
            return Err(AccreditationError::Terms("type names more than one kind of accreditation"));
        }
        let scope = if kind.is_some() {
            if subject.get("accreditedFor").is_none() {
                return Err(AccreditationError::Missing("credentialSubject.accreditedFor"));
            }
            AccreditedFor::parse_list(subject.get("accreditedFor"))?
        } else {
            attestation_scope(document, &kinds)
        };
        let terms = Terms::find(document)?;
        Ok(Self { kind, issuer, subject: subject_id, scope, terms })
    }
}

/// What an attestation needs: its types under each schema it names. Schemas are a text (cheqd) or objects with an `id`.
/// Every credential is a `VerifiableCredential`, so that type is only asked for when there is no other.
fn attestation_scope(document: &Value, kinds: &[&str]) -> Vec<AccreditedFor> {
    let specific: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != VERIFIABLE_CREDENTIAL).collect();
    let asked = if specific.is_empty() { kinds.to_vec() } else { specific };
    list(document.get("credentialSchema"))
        .into_iter()
        .filter_map(|schema| schema.as_str().or_else(|| crate::json::text(schema, "id")))
        .map(|schema| AccreditedFor::new(schema, asked.iter().copied()))
        .collect()
}
