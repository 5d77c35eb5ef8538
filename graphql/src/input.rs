//! What queries and mutations take.

mod did;
mod did_change;
mod filter;
mod order;
mod securing;

pub(crate) use did::{CreateDidInput, DeactivateDidInput, ServiceInput, UpdateDidInput};
pub(crate) use did_change::{DidChangeInput, changes};
pub(crate) use filter::{
    AccreditationFilter, CredentialFilter, DidFilter, EventFilter, JobFilter, OperationFilter,
    ResourceFilter, StatusListFilter,
};
pub(crate) use order::{DidOrder, ResourceOrder};
pub(crate) use securing::{
    SdJwtVcInput, SecuringInput, securing, securing_of_accreditation, securing_of_credential,
};

use crate::{
    default::{Flag, OrDefault},
    fault::Result,
    scalar::{Amount, Long},
    view::kind::{
        AccreditationKind, KeyAlgorithm, SigningMode, StatusAction, StatusListCategory, StatusListEncoding,
        StatusListType, StatusPurpose,
    },
};
use app::{
    Fault,
    accreditation::AccreditedFor,
    credential::{EntryRange, StatusRequest},
    data,
};
use async_graphql::{Enum, ID, InputObject};
use chrono::SecondsFormat;
use domain::{
    id::{Did, Instant},
    resource::AlternativeUri,
    status_list::StatusMessage,
};
use serde_json::{Map, Value, json};

/// One schema of a trust chain.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct AccreditedForInput {
    /// DID URL or web address of the schema.
    schema_id: String,
    /// Credential types.
    types: Vec<String>,
    /// Jurisdictions, if limited.
    limit_jurisdiction: Option<Vec<String>>,
}

impl From<AccreditedForInput> for AccreditedFor {
    fn from(input: AccreditedForInput) -> Self {
        let AccreditedForInput { schema_id, types, limit_jurisdiction } = input;
        Self { limit_jurisdiction, ..Self::new(schema_id, types) }
    }
}

/// What every mutation takes beside its own input.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct KeyedInput {
    /// Repeating a mutation with the same key and input has one effect and the same answer; with another input it is
    /// refused. 1 to 255 printable ASCII characters, one key per mutation field.
    pub(crate) idempotency_key: Option<String>,
}

/// What every ledger write takes beside its own input.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct LedgerWriteInput {
    /// Repeating a mutation with the same key and input has one effect and the same answer; with another input it is
    /// refused. 1 to 255 printable ASCII characters, one key per mutation field.
    pub(crate) idempotency_key: Option<String>,
    /// How long to wait for the ledger, in seconds; 0 answers at once with a pending operation. At most, and by default,
    /// what the operator allows.
    pub(crate) wait: Option<u32>,
    /// Only tell the price (`quote`), and change nothing.
    #[graphql(default)]
    pub(crate) dry_run: Flag<false>,
    /// Refuse to pay more than this. With signatures: less than the job was opened with, for this request.
    pub(crate) max_fee: Option<Amount>,
}

/// A new key in the vault.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateKeyInput {
    /// Its curve.
    #[graphql(default)]
    pub(crate) algorithm: OrDefault<KeyAlgorithm>,
    /// A name for it.
    pub(crate) alias: Option<String>,
    /// Idempotency.
    #[graphql(flatten)]
    pub(crate) keyed: KeyedInput,
}

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum DataEncoding {
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    #[default]
    #[graphql(name = "BASE64URL")]
    Base64url,
    /// Hexadecimal.
    Hex,
    /// The text itself, UTF-8.
    Text,
}

/// Another address of a resource.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct AlternativeUriInput {
    /// The address.
    pub(crate) uri: String,
    /// What it is.
    #[graphql(default)]
    pub(crate) description: OrDefault<String>,
}

impl From<AlternativeUriInput> for AlternativeUri {
    fn from(input: AlternativeUriInput) -> Self {
        Self { uri: input.uri, description: input.description.0 }
    }
}

/// A new version of a DID-Linked Resource.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateResourceInput {
    /// The DID it hangs on.
    pub(crate) did: String,
    /// Its name.
    pub(crate) name: String,
    /// Its type; may be left out with a `template`, which has one.
    pub(crate) resource_type: Option<String>,
    /// The template whose type it has and whose contents its bytes must be; see `resourceTemplates`.
    pub(crate) template: Option<String>,
    /// Version label.
    #[graphql(default)]
    pub(crate) version: OrDefault<String>,
    /// Other addresses.
    pub(crate) also_known_as: Option<Vec<AlternativeUriInput>>,
    /// Its bytes, written as `encoding` says.
    pub(crate) data: String,
    /// How `data` is written.
    #[graphql(default)]
    pub(crate) encoding: OrDefault<DataEncoding>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// What one value of a status list entry means.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct StatusMessageInput {
    /// `0x` and lower-case hex.
    pub(crate) status: String,
    /// What it means.
    pub(crate) message: String,
}

impl From<StatusMessageInput> for StatusMessage {
    fn from(input: StatusMessageInput) -> Self {
        Self { status: input.status, message: input.message }
    }
}

/// A new status list.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateStatusListInput {
    /// The DID it hangs on.
    pub(crate) did: String,
    /// Its name.
    pub(crate) name: String,
    /// Its format.
    #[graphql(default)]
    pub(crate) list_type: OrDefault<StatusListType>,
    /// What its entries say; at least one.
    pub(crate) purposes: Vec<StatusPurpose>,
    /// How many entries; the least the format allows without.
    pub(crate) length: Option<u32>,
    /// Bits per entry: 1 for StatusList2021; 2 by default for the others, so that revoked and suspended differ.
    pub(crate) status_size_bits: Option<u8>,
    /// What each value means; defaults exist for two bits.
    pub(crate) messages: Option<Vec<StatusMessageInput>>,
    /// How its bits are written as text.
    #[graphql(default)]
    pub(crate) encoding: OrDefault<StatusListEncoding>,
    /// How long verifiers may keep a copy, in milliseconds.
    pub(crate) ttl_milliseconds: Option<Long>,
    /// Version label of the resource.
    pub(crate) version: Option<String>,
    /// Other addresses.
    pub(crate) also_known_as: Option<Vec<AlternativeUriInput>>,
    /// What it is kept for.
    #[graphql(default)]
    pub(crate) category: OrDefault<StatusListCategory>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// New values of entries of a status list: what an action means for the list, or a value.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateStatusListInput {
    /// The DID of the list.
    pub(crate) did: String,
    /// Its name.
    pub(crate) name: String,
    /// Its format.
    #[graphql(default)]
    pub(crate) list_type: OrDefault<StatusListType>,
    /// Which of the StatusList2021 lists of that name; that of the action by default.
    pub(crate) purpose: Option<StatusPurpose>,
    /// Which entries.
    pub(crate) indices: Vec<u32>,
    /// What to do with them.
    pub(crate) action: Option<StatusAction>,
    /// Their new value instead of an action.
    pub(crate) value: Option<u8>,
    /// Whether verifiers shall see it now.
    #[graphql(default)]
    pub(crate) publish: Flag<true>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// The status entry of a document to issue.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct StatusEntryInput {
    /// The list's name; it hangs on the issuer.
    list_name: String,
    /// Its format; found out if there is only one list of that name.
    list_type: Option<StatusListType>,
    /// What the entry shall say; the list's first purpose by default.
    purpose: Option<StatusPurpose>,
    /// Exactly this entry; a random free one by default.
    index: Option<u32>,
    /// Of a random one: from this entry on.
    range_start: Option<u32>,
    /// Of a random one: to this entry, it included.
    range_end: Option<u32>,
    /// None of these.
    index_not_in: Option<Vec<u32>>,
}

impl From<StatusEntryInput> for StatusRequest {
    fn from(input: StatusEntryInput) -> Self {
        Self {
            list_name: input.list_name,
            list_type: input.list_type.map(Into::into),
            purpose: input.purpose.map(Into::into),
            index: input.index,
            range: EntryRange::of(input.range_start, input.range_end, input.index_not_in.unwrap_or_default()),
        }
    }
}

/// The schema of a credential.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CredentialSchemaInput {
    /// Its address: a DID URL, or a web address.
    pub(crate) id: String,
    /// Its type, e.g. `JsonSchemaValidator2018`; not named by default.
    #[graphql(name = "type")]
    pub(crate) schema_type: Option<String>,
}

impl From<CredentialSchemaInput> for Value {
    fn from(input: CredentialSchemaInput) -> Self {
        match input.schema_type {
            Some(schema_type) => json!({"id": input.id, "type": schema_type}),
            None => Self::String(input.id),
        }
    }
}

/// A credential to issue.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct IssueCredentialInput {
    /// Who signs; a DID of the account.
    pub(crate) issuer: String,
    /// The DID it is about.
    pub(crate) subject: String,
    /// Claims: an object.
    pub(crate) attributes: Value,
    /// Contexts beside the usual ones.
    pub(crate) contexts: Option<Vec<String>>,
    /// Types beside `VerifiableCredential`.
    pub(crate) types: Option<Vec<String>>,
    /// When it ends.
    pub(crate) expiration_date: Option<Instant>,
    /// Its schema.
    pub(crate) credential_schema: Option<CredentialSchemaInput>,
    /// Its status entry.
    pub(crate) credential_status: Option<StatusEntryInput>,
    /// Terms of use; `AttestationPolicy` with `parentAccreditation` and `rootAuthorization` ties it to a trust chain.
    pub(crate) terms_of_use: Option<Value>,
    /// Evidence.
    pub(crate) evidence: Option<Value>,
    /// Refresh service.
    pub(crate) refresh_service: Option<Value>,
    /// The credential's `id`, a URI.
    pub(crate) credential_uri: Option<String>,
    /// How it is secured.
    #[graphql(flatten)]
    pub(crate) securing: SecuringInput,
    /// Of an SD-JWT VC, which has neither contexts nor types: what else it takes.
    pub(crate) sd_jwt_vc: Option<SdJwtVcInput>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// Idempotency.
    #[graphql(flatten)]
    pub(crate) keyed: KeyedInput,
}

/// A change of a credential's status; the credential by its id or as it was issued.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ChangeCredentialStatusInput {
    /// Its id.
    pub(crate) id: Option<ID>,
    /// The credential itself: compact JWT or JSON with its proof.
    pub(crate) credential: Option<Value>,
    /// The format its list is believed to have; checked.
    pub(crate) list_type: Option<StatusListType>,
    /// Whether verifiers shall see it now.
    #[graphql(default)]
    pub(crate) publish: Flag<true>,
    /// The reason, for the record.
    pub(crate) reason: Option<String>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// An accreditation to issue.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct IssueAccreditationInput {
    /// Which document.
    pub(crate) kind: AccreditationKind,
    /// Who grants; a DID of the account.
    pub(crate) issuer: String,
    /// The DID that receives.
    pub(crate) subject: String,
    /// The line's name. Issuing again under the same name makes a new version.
    pub(crate) name: String,
    /// What is granted.
    pub(crate) accredited_for: Vec<AccreditedForInput>,
    /// DID URL of the granting accreditation; not for a root.
    pub(crate) parent_accreditation: Option<String>,
    /// DID URL of the root authorisation; not for a root.
    pub(crate) root_authorization: Option<String>,
    /// Trust framework; only for a root.
    pub(crate) trust_framework: Option<String>,
    /// Id of that framework; only for a root.
    pub(crate) trust_framework_id: Option<String>,
    /// More claims about the receiver: an object.
    pub(crate) attributes: Option<Value>,
    /// More contexts.
    pub(crate) contexts: Option<Vec<String>>,
    /// More types.
    pub(crate) types: Option<Vec<String>>,
    /// When it ends.
    pub(crate) expiration_date: Option<Instant>,
    /// Its status entry.
    pub(crate) credential_status: Option<StatusEntryInput>,
    /// Evidence.
    pub(crate) evidence: Option<Value>,
    /// Refresh service.
    pub(crate) refresh_service: Option<Value>,
    /// How it is secured.
    #[graphql(flatten)]
    pub(crate) securing: SecuringInput,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// A change of the status of one version of an accreditation, by its id or its DID URL.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ChangeAccreditationStatusInput {
    /// Its id, or resource id.
    pub(crate) id: Option<ID>,
    /// DID URL of it; a URL by name means the latest version.
    pub(crate) did_url: Option<String>,
    /// Whether verifiers shall see it now.
    #[graphql(default)]
    pub(crate) publish: Flag<true>,
    /// Whose keys sign.
    #[graphql(default)]
    pub(crate) mode: OrDefault<SigningMode>,
    /// How to write.
    #[graphql(flatten)]
    pub(crate) write: LedgerWriteInput,
}

/// A fault about one input field, in the words of the REST door.
pub(crate) fn invalid(field: &'static str, sentence: impl Into<String>) -> Fault {
    Fault::about(field, sentence)
}

/// A time within what every store holds.
pub(crate) fn time(field: &'static str, at: Option<Instant>) -> Result<Option<Instant>, Fault> {
    let within = |at| domain::calendar::within(at).map_err(|why| Fault::time(field, why, invalid(field, "")));
    at.map(within).transpose()
}

/// A did:cheqd.
pub(crate) fn did(field: &'static str, text: &str) -> Result<Did, Fault> {
    Did::parse(text).map_err(|why| invalid(field, format!("{field}: {why}")))
}

/// A JSON object.
pub(crate) fn object(field: &'static str, value: Value) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(invalid(field, format!("{field} should be an object"))),
    }
}

/// The members that are there.
pub(crate) fn members<const N: usize>(all: [(&str, Option<Value>); N]) -> Map<String, Value> {
    all.into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|v| !v.is_null())?)))
        .collect()
}

/// A time as the formats write it, within what every store holds.
pub(crate) fn instant(field: &'static str, at: Option<Instant>) -> Result<Option<String>, Fault> {
    Ok(time(field, at)?.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}

/// A text that is not empty.
pub(crate) fn required(field: &'static str, text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() { Err(invalid(field, format!("{field} is required"))) } else { Ok(()) }
}

/// Bytes from text.
pub(crate) fn bytes(text: String, encoding: DataEncoding) -> Result<Vec<u8>, Fault> {
    let wrong = |name: &str| invalid("data", format!("data is not valid {name}"));
    match encoding {
        DataEncoding::Text => Ok(text.into_bytes()),
        DataEncoding::Hex => hex::decode(&text).map_err(|_| wrong("hex")),
        DataEncoding::Base64 => data::base64(&text).ok_or_else(|| wrong("base64")),
        DataEncoding::Base64url => data::base64url(&text).ok_or_else(|| wrong("base64url")),
    }
}

#[cfg(test)]
mod tests;
