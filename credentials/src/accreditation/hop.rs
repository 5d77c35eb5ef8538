//! The checks of one hop: does this document give what the one below it needs? (docs/trust.md#invariants)

use super::{Accreditation, AccreditedFor, JurisdictionRule, Kind, Terms, covers};
use crate::did_url::{DidUrl, ResourceIdentity, normalised_did};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A verifier, about a DID and a list of schemas: any kind of document may answer.
    Verifier,
    /// An attestation: its issuer needs the right to attest.
    Attestation,
    /// An accreditation: its issuer needs the right to accredit, or is the root.
    Accreditation,
}

/// What the next document up must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub role: Role,
    /// The DID that must be the document's subject.
    pub subject: String,
    /// What it must cover.
    pub scope: Vec<AccreditedFor>,
    /// The root declared so far.
    pub root: Option<String>,
}

impl Question {
    /// The first question of a verify request. `root` is the root the caller insists on, if any.
    pub fn of_verifier(subject: impl Into<String>, scope: Vec<AccreditedFor>, root: Option<String>) -> Self {
        Self { role: Role::Verifier, subject: subject.into(), scope, root }
    }

    /// The question a document asks of the document above it; `None` for a document without parent (a root, or an
    /// attestation that declares no chain).
    pub fn of_document(document: &Accreditation) -> Option<Self> {
        let terms = document.terms.as_ref()?;
        terms.parent()?;
        let role = if document.kind.is_some() { Role::Accreditation } else { Role::Attestation };
        Some(Self {
            role,
            subject: document.issuer.clone(),
            scope: document.scope.clone(),
            root: terms.root().map(str::to_owned),
        })
    }
}

/// The checks of a hop, by the invariant they prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HopCheckName {
    /// The document is one of the three kinds (I12: old spellings count), and of a kind that may answer this question.
    Kind,
    /// I1: its subject is who asks.
    Subject,
    /// I2: it covers what is asked.
    Scope,
    /// I3: it names the same root.
    Root,
    /// I9: a root has no parent; the others have both references.
    References,
    /// The newest version of the same line, as of the instant asked, grants it too. Added by whoever can ask the ledger.
    Superseded,
}

impl HopCheckName {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Subject => "subject",
            Self::Scope => "scope",
            Self::Root => "root",
            Self::References => "references",
            Self::Superseded => "superseded",
        }
    }
}

/// The outcome of one check of a hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopCheck {
    /// Which.
    pub name: HopCheckName,
    /// `None` when it passed, else the reason.
    pub failure: Option<String>,
}

/// Checks one document against the question from below: always the five checks of [`HopCheckName`], in that order.
/// Signatures, time, status and deactivation (I5–I8), the end of the path (I4), depth and cycles are the caller's.
///
/// `root_identity` is what the declared root is known to be, when the caller has resolved it: it lets a reference by id
/// and a reference by name count as the same root.
pub fn check_hop(
    question: &Question,
    document: &Accreditation,
    root_identity: Option<&ResourceIdentity>,
) -> Vec<HopCheck> {
    let checks = [
        (HopCheckName::Kind, check_kind(question.role, document.kind)),
        (HopCheckName::Subject, check_subject(question, document)),
        (HopCheckName::Scope, check_scope(question, document)),
        (HopCheckName::Root, check_root(question, document, root_identity)),
        (HopCheckName::References, check_references(document)),
    ];
    checks.into_iter().map(|(name, result)| HopCheck { name, failure: result.err() }).collect()
}

fn check_kind(role: Role, kind: Option<Kind>) -> Result<(), String> {
    match (role, kind) {
        (_, None) => Err("Invalid accreditation type".to_owned()),
        (Role::Accreditation, Some(Kind::Attest)) => {
            Err("an accreditation to attest does not permit accrediting others".to_owned())
        }
        (Role::Attestation, Some(Kind::Accredit | Kind::Authorize)) => {
            Err("issuing credentials needs an accreditation to attest".to_owned())
        }
        _ => Ok(()),
    }
}

fn check_subject(question: &Question, document: &Accreditation) -> Result<(), String> {
    if normalised_did(&question.subject) == normalised_did(&document.subject) {
        Ok(())
    } else {
        Err(format!(
            "Expected accreditation to be linked to subject DID {}, but found it linked to DID {} instead.",
            question.subject, document.subject
        ))
    }
}

fn check_scope(question: &Question, document: &Accreditation) -> Result<(), String> {
    let rule = match question.role {
        Role::Accreditation => JurisdictionRule::Narrow,
        Role::Verifier | Role::Attestation => JurisdictionRule::IfNamed,
    };
    // A credential without schema cannot be held against any grant.
    if question.role == Role::Attestation && question.scope.is_empty() {
        return Err("the credential names no credentialSchema".to_owned());
    }
    covers(&document.scope, &question.scope, rule).map_err(|violation| {
        format!("Accreditation does not have the permissions for the given schema: {violation}")
    })
}

fn check_root(
    question: &Question,
    document: &Accreditation,
    root_identity: Option<&ResourceIdentity>,
) -> Result<(), String> {
    // A root names no root; that it *is* the declared one (I4) is decided where its own address is known.
    let (Some(expected), Some(found)) = (&question.root, document.terms.as_ref().and_then(Terms::root))
    else {
        return Ok(());
    };
    if same_reference(expected, found, root_identity) {
        Ok(())
    } else {
        Err(format!(
            "Expected accreditation to be linked to root accreditation {expected}, but found it linked to DID {found} instead"
        ))
    }
}

fn check_references(document: &Accreditation) -> Result<(), String> {
    match (document.kind, &document.terms) {
        (Some(Kind::Authorize), Some(Terms::Accreditation { .. } | Terms::Attestation { .. })) => {
            Err("a root authorization must not have a parentAccreditation".to_owned())
        }
        (Some(Kind::Authorize), _)
        | (Some(Kind::Accredit | Kind::Attest), Some(Terms::Accreditation { .. }))
        | (None, Some(Terms::Attestation { .. })) => Ok(()),
        _ => Err("Missing parentAccreditation and rootAuthorization in termsOfUse".to_owned()),
    }
}

/// True when two references name the same resource: equal as DID URLs (resolver addresses included), or both names of
/// `identity`.
pub fn same_reference(left: &str, right: &str, identity: Option<&ResourceIdentity>) -> bool {
    match (DidUrl::parse(left), DidUrl::parse(right)) {
        (Ok(left), Ok(right)) => match (left.resource(), right.resource()) {
            (Some(left), Some(right)) => {
                left == right
                    || identity
                        .is_some_and(|identity| identity.is_named_by(&left) && identity.is_named_by(&right))
            }
            _ => left.canonical() == right.canonical(),
        },
        _ => left == right,
    }
}
