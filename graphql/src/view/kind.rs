//! Enumerations of the schema, one to one with the domain's.

use async_graphql::Enum;

/// A cheqd network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::id::Network")]
pub(crate) enum Network {
    /// `did:cheqd:mainnet:…`
    Mainnet,
    /// `did:cheqd:testnet:…`
    Testnet,
}

/// The curve of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "domain::key::KeyAlgorithm")]
pub(crate) enum KeyAlgorithm {
    /// Identity keys.
    #[default]
    #[graphql(name = "ED25519")]
    Ed25519,
    /// Payer accounts.
    #[graphql(name = "SECP256K1")]
    Secp256k1,
    /// P-256, for identities.
    #[graphql(name = "SECP256R1")]
    Secp256r1,
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::key::KeyPurpose")]
pub(crate) enum KeyPurpose {
    /// DID documents, resources, credentials.
    Identity,
    /// Ledger transactions.
    Payer,
}

/// Where a DID stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::did::DidPhase")]
pub(crate) enum DidPhase {
    /// Nobody asked for it.
    Absent,
    /// On its way to the ledger.
    Creating,
    /// On the ledger.
    Active,
    /// Deactivated for good.
    Deactivated,
    /// The ledger refused to create it.
    Failed,
}

/// The type of a verification method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "app::did::VerificationMethodType")]
pub(crate) enum VerificationMethodType {
    /// The key as `publicKeyBase58`.
    #[graphql(name = "ED25519_VERIFICATION_KEY_2018")]
    Ed25519VerificationKey2018,
    /// The key as `publicKeyMultibase`.
    #[default]
    #[graphql(name = "ED25519_VERIFICATION_KEY_2020")]
    Ed25519VerificationKey2020,
    /// The key as `publicKeyJwk`.
    #[graphql(name = "JSON_WEB_KEY_2020")]
    JsonWebKey2020,
}

/// What a verification method may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "app::did::Relationship")]
pub(crate) enum VerificationRelationship {
    /// Proving that one is the DID.
    Authentication,
    /// Signing credentials.
    AssertionMethod,
    /// Invoking capabilities.
    CapabilityInvocation,
    /// Delegating capabilities.
    CapabilityDelegation,
    /// Agreeing on keys.
    KeyAgreement,
}

/// How the identifier of a new DID is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "app::did::IdentifierFormat")]
pub(crate) enum IdentifierFormat {
    /// A random UUID.
    #[default]
    Uuid,
    /// Derived from the public key.
    #[graphql(name = "BASE58BTC")]
    Base58btc,
}

/// Where the publication of a resource version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::accreditation::PublicationPhase")]
pub(crate) enum PublicationPhase {
    /// On its way.
    Pending,
    /// On the ledger.
    Published,
    /// Refused by the ledger.
    Rejected,
}

/// What a resource version was made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::ResourceSource")]
pub(crate) enum ResourceSource {
    /// A resource of its own.
    Resource,
    /// A version of a status list.
    StatusList,
    /// A version of an accreditation.
    Accreditation,
}

/// The format of a status list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "domain::status_list::ListType")]
pub(crate) enum StatusListType {
    /// W3C Bitstring Status List 1.0.
    #[default]
    BitstringStatusList,
    /// Its predecessor.
    #[graphql(name = "STATUS_LIST_2021")]
    StatusList2021,
    /// IETF Token Status List, for SD-JWT VC and other tokens.
    TokenStatusList,
}

/// What an entry of a status list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::status_list::StatusPurpose")]
pub(crate) enum StatusPurpose {
    /// Whether it is revoked; final.
    Revocation,
    /// Whether it is suspended; reversible.
    Suspension,
    /// A message per value.
    Message,
    /// Whether a newer credential is available.
    Refresh,
}

/// Where a status list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::status_list::ListPhase")]
pub(crate) enum StatusListPhase {
    /// Nobody asked for it.
    Absent,
    /// On its way to the ledger.
    Creating,
    /// On the ledger.
    Live,
    /// The ledger refused to create it.
    Failed,
}

/// What a status list is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "domain::status_list::ListCategory")]
pub(crate) enum StatusListCategory {
    /// Credentials.
    #[default]
    Credential,
    /// Accreditations of a trust registry.
    Accreditation,
}

/// The status of a credential or accreditation, as its issuer decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::credential::CredentialStatus")]
pub(crate) enum CredentialStatus {
    /// Neither revoked nor suspended.
    Issued,
    /// Until reinstated.
    Suspended,
    /// For good.
    Revoked,
}

/// What can be done to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::credential::StatusAction")]
pub(crate) enum StatusAction {
    /// Final.
    Revoke,
    /// Until reinstated.
    Suspend,
    /// Ends a suspension.
    Reinstate,
}

/// The two sorts of signed document in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::CredentialCategory")]
pub(crate) enum CredentialCategory {
    /// A credential.
    Credential,
    /// An accreditation version of a trust registry.
    Accreditation,
}

/// The three documents of a trust chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::accreditation::AccreditationKind")]
pub(crate) enum AccreditationKind {
    /// The root: `VerifiableAuthorizationForTrustChain`.
    Authorize,
    /// The right to accredit others: `VerifiableAccreditationToAccredit`.
    Accredit,
    /// The right to issue credentials: `VerifiableAccreditationToAttest`.
    Attest,
}

/// Where a ledger operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::operation::OperationState")]
pub(crate) enum OperationState {
    /// Not sent yet, or waiting for money, the ledger, or an operator.
    Pending,
    /// In a transaction on its way, or in a block and being recorded.
    Submitted,
    /// On the ledger.
    Confirmed,
    /// It never will be.
    Failed,
    /// Cancelled before it was sent.
    Cancelled,
}

/// The format of a signed credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum CredentialFormat {
    /// A compact JWT (VC-JWT).
    #[default]
    Jwt,
    /// JSON-LD with a proof in it.
    JsonLd,
    /// SD-JWT VC.
    SdJwtVc,
}

impl CredentialFormat {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Jwt, "jwt"), (Self::JsonLd, "jsonld"), (Self::SdJwtVc, "sd-jwt-vc")];

    /// Its name in the read model.
    pub(crate) fn text(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, text)| text)
    }

    /// From its name in the read model.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(format, _)| *format)
    }
}

impl From<CredentialFormat> for credentials::format::CredentialFormat {
    fn from(format: CredentialFormat) -> Self {
        match format {
            CredentialFormat::Jwt => Self::Jwt,
            CredentialFormat::JsonLd => Self::JsonLd,
            CredentialFormat::SdJwtVc => Self::SdJwtVc,
        }
    }
}

/// The data model of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[graphql(remote = "credentials::format::DataModel")]
pub(crate) enum DataModel {
    /// W3C Verifiable Credentials Data Model 1.1.
    #[default]
    #[graphql(name = "V1_1")]
    V1_1,
    /// W3C Verifiable Credentials Data Model 2.0.
    #[graphql(name = "V2_0")]
    V2_0,
}

/// The cryptosuite of a JSON-LD credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "credentials::format::Suite")]
pub(crate) enum Suite {
    /// `Ed25519Signature2018`.
    #[graphql(name = "ED25519_SIGNATURE_2018")]
    Ed25519Signature2018,
    /// `Ed25519Signature2020`.
    #[graphql(name = "ED25519_SIGNATURE_2020")]
    Ed25519Signature2020,
    /// `JsonWebSignature2020`.
    #[graphql(name = "JSON_WEB_SIGNATURE_2020")]
    JsonWebSignature2020,
    /// `eddsa-rdfc-2022`.
    #[graphql(name = "EDDSA_RDFC_2022")]
    EddsaRdfc2022,
    /// `eddsa-jcs-2022`.
    #[graphql(name = "EDDSA_JCS_2022")]
    EddsaJcs2022,
    /// `ecdsa-rdfc-2019`, with P-256.
    #[graphql(name = "ECDSA_RDFC_2019")]
    EcdsaRdfc2019,
    /// `ecdsa-jcs-2019`, with P-256.
    #[graphql(name = "ECDSA_JCS_2019")]
    EcdsaJcs2019,
}

/// How the bits of a status list are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum StatusListEncoding {
    /// URL-safe base64 without padding.
    #[default]
    #[graphql(name = "BASE64URL")]
    Base64url,
    /// Hexadecimal.
    Hex,
    /// A signed JWT; what a list for tokens is by default.
    Jwt,
    /// A signed CWT.
    Cwt,
    /// Of a Bitstring list: a `vc+jwt` exactly as the W3C has it, whose proof covers its bits.
    #[graphql(name = "W3C")]
    W3c,
}

impl StatusListEncoding {
    /// Its name in a list; base64url is not named.
    pub(crate) fn text(self) -> Option<&'static str> {
        match self {
            Self::Base64url => None,
            Self::Hex => Some("hex"),
            Self::Jwt => Some("jwt"),
            Self::Cwt => Some("cwt"),
            Self::W3c => Some("w3c"),
        }
    }

    /// Of a list of this family with this text.
    pub(crate) fn of_list(list_type: domain::status_list::ListType, text: Option<&str>) -> Self {
        let text = text.or_else(|| list_type.rules().encodings.first().copied());
        [Self::Hex, Self::Jwt, Self::Cwt, Self::W3c]
            .into_iter()
            .find(|it| it.text() == text)
            .unwrap_or_default()
    }
}

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ActorType {
    /// A caller with an API key.
    ApiKey,
    /// A person who was signed in.
    User,
    /// A program with a token of the identity provider's.
    Machine,
    /// The operator, at the command line.
    Operator,
    /// Studio itself.
    Studio,
}

/// Enumerations whose values and sentences are those of another room, to the letter.
macro_rules! same {
    ($remote:tt $shown:ident $(#[$of:meta])+ { $($(#[$doc:meta])+ $word:ident,)+ }) => {
        $(#[$of])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(remote = $remote)]
        pub(crate) enum $shown {
            $($(#[$doc])+ $word,)+
        }
    };
}

macro_rules! activity {
    ($(#[$of:meta])+ ActivityCategory $words:tt) => {
        same! { "projections::ActivityCategory" EventCategory $(#[$of])+ $words }
    };
    ($(#[$of:meta])+ ActivityAction $words:tt) => {
        same! { "projections::ActivityAction" EventAction $(#[$of])+ $words }
    };
    ($(#[$of:meta])+ ActivityStatus $words:tt) => {
        same! { "projections::ActivityStatus" EventStatus $(#[$of])+ $words }
    };
}

/// Whose keys sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum SigningMode {
    /// Those in the vault.
    #[default]
    Custodian,
    /// Those in the vault, and for the others the caller is asked: what comes of it is a job.
    Client,
}

/// Where a job stands, its ledger write left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::job::JobPhase")]
pub(crate) enum JobPhase {
    /// Nobody asked for it.
    Absent,
    /// It takes signatures, has all of them and is not carried out yet, or ran out of time without anybody noticing.
    Open,
    /// It was carried out; its ledger write may be on its way, or have failed.
    Finished,
    /// It was refused for good.
    Failed,
    /// Somebody came too late with a signature.
    Expired,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::JobState")]
pub(crate) enum JobState {
    /// It wants signatures.
    Action,
    /// It has all of them, and is not carried out yet, or the ledger has not answered.
    Wait,
    /// Done.
    Finished,
    /// It never will be.
    Failed,
}

/// In which document of a DID a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::job::Side")]
pub(crate) enum DocumentSide {
    /// The one on the ledger.
    Present,
    /// The one that is to be written.
    New,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "projections::InvitationStanding")]
pub(crate) enum InvitationState {
    /// Nothing yet; it may be that it lets nobody in for now, because who wrote it could not write it any more.
    Open,
    /// Nobody accepted it in time.
    Expired,
    /// Somebody joined with it.
    Accepted,
    /// It was taken back.
    Revoked,
}
projections::activity_words!(activity);

macro_rules! operation {
    ($($(#[$doc:meta])+ $kind:ident = $name:literal;)+) => {
        same! {
            "domain::ledger::OperationKind" OperationKind
            /// What a ledger operation writes.
            { $($(#[$doc])+ $kind,)+ }
        }
    };
}
domain::operation_kinds!(operation);

/// Why no change of a version is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "app::resource::Untold")]
pub(crate) enum DiffOmitted {
    /// There is no version before.
    FirstVersion,
    /// One of the two versions is not JSON.
    NotJson,
    /// One of the two versions is too large to compare, or a patch might be.
    TooLarge,
}
