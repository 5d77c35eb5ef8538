//! Values an accreditation is made of (docs/trust.md#documents).

use crate::credential::StatusReference;
use crate::id::{Did, Instant, ResourceId};
use crate::resource::ResourceDescription;
use serde::{Deserialize, Serialize};

/// The three documents of a trust chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccreditationKind {
    /// `VerifiableAuthorizationForTrustChain`: the root.
    Authorize,
    /// `VerifiableAccreditationToAccredit`.
    Accredit,
    /// `VerifiableAccreditationToAttest`.
    Attest,
}

impl AccreditationKind {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Authorize, Self::Accredit, Self::Attest];

    /// The verb that makes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Accredit => "accredit",
            Self::Attest => "attest",
        }
    }

    /// What this verb makes.
    pub fn named(verb: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == verb)
    }

    /// The credential type, which is also the resource type (US spelling is written, both are read).
    pub const fn credential_type(self) -> &'static str {
        match self {
            Self::Authorize => "VerifiableAuthorizationForTrustChain",
            Self::Accredit => "VerifiableAccreditationToAccredit",
            Self::Attest => "VerifiableAccreditationToAttest",
        }
    }
}

/// One entry of what a subject is accredited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaScope {
    /// DID URL or web address of the schema.
    pub schema_id: String,
    /// Credential types.
    pub types: Vec<String>,
    /// Jurisdictions, if limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_jurisdiction: Option<Vec<String>>,
}

/// What a version of an accreditation says. All of it is public on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccreditationDescription {
    /// Which document.
    pub kind: AccreditationKind,
    /// Who grants.
    pub issuer: Did,
    /// Who receives.
    pub subject: Did,
    /// The line's name = the resource name.
    pub name: String,
    /// This version.
    pub resource: ResourceId,
    /// Its resource on the ledger.
    pub published_as: ResourceDescription,
    /// What is granted.
    pub accredited_for: Vec<SchemaScope>,
    /// DID URL of the granting accreditation; none for a root.
    pub parent: Option<String>,
    /// DID URL of the root authorisation; none for a root.
    pub root: Option<String>,
    /// Trust framework of a root.
    pub trust_framework: Option<String>,
    /// Id of that framework.
    pub trust_framework_id: Option<String>,
    /// The signed credential (compact JWT).
    pub credential: String,
    /// Where its status stands, if it has one.
    pub status: Option<StatusReference>,
    /// When it starts.
    pub issuance_date: Instant,
    /// When it ends.
    pub expiration_date: Option<Instant>,
}

/// What can be done to the status of an accreditation version.
pub use crate::credential::StatusAction as AccreditationStatusAction;

/// One version of an accreditation and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccreditationVersion {
    /// What it says.
    pub description: AccreditationDescription,
    /// The write that publishes it.
    pub operation: crate::id::OperationId,
    /// Whether it is on the ledger yet.
    pub publication: PublicationPhase,
    /// Its status as we decided it.
    pub status: crate::credential::CredentialStatus,
}

/// Where a publication stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublicationPhase {
    /// On its way.
    Pending,
    /// On the ledger.
    Published,
    /// Refused by the ledger.
    Rejected,
}
