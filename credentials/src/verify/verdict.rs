//! What a verification comes to.

use serde_json::Value;

/// The checks, by their stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckName {
    /// The text is a JWS that Studio reads, of the kind asked for.
    Format,
    /// What the token says twice is the same.
    Consistency,
    /// The DID document is the issuer's.
    DidDocument,
    /// A key of the DID document made the signature.
    Signature,
    /// The DID document lets that key sign documents of this kind.
    KeyPurpose,
    /// Already valid.
    NotBefore,
    /// Not yet expired.
    Expiration,
    /// Meant for us.
    Audience,
    /// Answers our challenge.
    Challenge,
    /// Has the members a credential must have.
    Structure,
    /// The issuer (holder) the document names is the signer.
    Issuer,
    /// The JSON around the token says what the token says.
    JsonMatch,
}

impl CheckName {
    /// All, in the order of a verdict.
    pub const ALL: [Self; 12] = [
        Self::Format,
        Self::Consistency,
        Self::DidDocument,
        Self::Signature,
        Self::KeyPurpose,
        Self::NotBefore,
        Self::Expiration,
        Self::Audience,
        Self::Challenge,
        Self::Structure,
        Self::Issuer,
        Self::JsonMatch,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Consistency => "consistency",
            Self::DidDocument => "didDocument",
            Self::Signature => "signature",
            Self::KeyPurpose => "keyPurpose",
            Self::NotBefore => "notBefore",
            Self::Expiration => "expiration",
            Self::Audience => "audience",
            Self::Challenge => "challenge",
            Self::Structure => "structure",
            Self::Issuer => "issuer",
            Self::JsonMatch => "jsonMatch",
        }
    }
}

/// A named failure. The text starts with the code, as in did-jwt: `invalid_jwt: JWT has expired: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Text before the first colon.
    pub code: String,
    /// The whole sentence.
    pub message: String,
}

impl Failure {
    /// From a sentence that starts with its code.
    pub fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        let code = message.split(':').next().unwrap_or_default().to_owned();
        Self { code, message }
    }
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Asked and in order.
    Passed,
    /// Asked and in order, by this: for the key's purpose the relationship it stands under.
    PassedBy(&'static str),
    /// Switched off by a policy, or there was nothing to check.
    Skipped,
    /// Asked and wrong.
    Failed(Failure),
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// How it went.
    pub outcome: Outcome,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// No check failed.
    pub verified: bool,
    /// Every check in order.
    pub checks: Vec<Check>,
    /// The DID that signed (or claims to have).
    pub issuer: Option<String>,
    /// The verification method whose key made the signature.
    pub signer: Option<Value>,
    /// The normalised document.
    pub document: Option<Value>,
}

impl Verification {
    /// The failure to report when there is room for one.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.checks.iter().find_map(|check| match &check.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        })
    }

    /// Nothing but this could be said.
    pub(crate) fn unreadable(name: CheckName, failure: &Failure) -> Self {
        let outcome = |which| if which == name { Outcome::Failed(failure.clone()) } else { Outcome::Skipped };
        let checks = CheckName::ALL.map(|name| Check { name, outcome: outcome(name) }).to_vec();
        Self { verified: false, checks, issuer: None, signer: None, document: None }
    }

    /// The outcome of one check.
    pub fn outcome(&self, name: CheckName) -> Option<&Outcome> {
        self.checks.iter().find(|check| check.name == name).map(|check| &check.outcome)
    }

    /// Whether this is what its issuer signed, whatever may be wrong with it otherwise. What is not must not send anybody
    /// to other documents.
    pub fn is_proven(&self) -> bool {
        let decisive = [
            CheckName::Format,
            CheckName::Consistency,
            CheckName::DidDocument,
            CheckName::Signature,
            CheckName::KeyPurpose,
            CheckName::Issuer,
            CheckName::JsonMatch,
        ];
        decisive.into_iter().all(|name| !matches!(self.outcome(name), None | Some(Outcome::Failed(_))))
            && self.signer.is_some()
    }
}
