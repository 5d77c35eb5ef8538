//! Sample values, the same in every test that needs "some DID" or "some write".

pub mod events;

use crate::accreditation::{AccreditationDescription, AccreditationKind, SchemaScope};
use crate::credential::{CredentialDescription, StatusReference};
use crate::customer::PayerAccount;
use crate::did::ControllerKey;
use crate::id::{
    AccreditationId, ApiKeyId, CredentialId, CustomerId, Did, Instant, InvitationId, JobId, KeyId, Ncheq,
    Network, OperationId, PasskeyId, ResourceId, Sealed, SignInId, StatusListId, UserId, VersionId,
};
use crate::job::{Party, Side, WantedSignature};
use crate::ledger::{Effect, Inclusion, LedgerOutcome, LedgerWrite, Rejection};
use crate::resource::{AlternativeUri, ResourceDescription};
use crate::status_list::{EntryChange, ListCategory, ListDescription, ListType, Publication, StatusPurpose};
use serde_json::{Value, json};
use uuid::Uuid;

/// The unique id of [`did`].
const UNIQUE_ID: &str = "3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162";
/// Lower-case hex SHA-256 of nothing.
const CHECKSUM: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const fn uuid(kind: u128, number: u8) -> Uuid {
    Uuid::from_u128((kind << 96) | (0x4000_8000_0000 << 40) | number as u128)
}

/// Some customer.
pub const fn customer(number: u8) -> CustomerId {
    CustomerId(uuid(0xc0, number))
}
/// Some API key.
pub const fn api_key(number: u8) -> ApiKeyId {
    ApiKeyId(uuid(0xa0, number))
}
/// Some user.
pub const fn user(number: u8) -> UserId {
    UserId(uuid(0x05e7, number))
}
/// Some invitation.
pub const fn invitation(number: u8) -> InvitationId {
    InvitationId(uuid(0x14, number))
}
/// Some try to sign in.
pub const fn sign_in(number: u8) -> SignInId {
    SignInId(uuid(0x51e, number))
}
/// Some operation.
pub const fn operation(number: u8) -> OperationId {
    OperationId(uuid(0x0b, number))
}
/// Some passkey.
pub const fn passkey(number: u8) -> PasskeyId {
    PasskeyId(uuid(0x9a5, number))
}
/// Some document version.
pub const fn version(number: u8) -> VersionId {
    VersionId(uuid(0xd0, number))
}
/// Some resource version.
pub const fn resource(number: u8) -> ResourceId {
    ResourceId(uuid(0xe0, number))
}
/// Some credential.
pub const fn credential(number: u8) -> CredentialId {
    CredentialId(uuid(0xcc, number))
}
/// Some line of accreditations.
pub const fn accreditation(number: u8) -> AccreditationId {
    AccreditationId(uuid(0xac, number))
}
/// Some status list.
pub const fn status_list(number: u8) -> StatusListId {
    StatusListId(uuid(0x51, number))
}

/// Some job.
pub const fn job(number: u8) -> JobId {
    JobId(uuid(0x0e, number))
}

/// The signature that a job wants first, second…: by a key of its own, on behalf of a party of its own.
pub fn wanted(number: u32) -> WantedSignature {
    let side = if number == 1 { Side::Present } else { Side::New };
    WantedSignature {
        number,
        verification_method: format!("{}#key-{number}", did()),
        algorithm: "EdDSA".to_owned(),
        public_key: "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK".to_owned(),
        parties: vec![Party { did: did().to_string(), side }],
    }
}

/// The DID of all samples.
pub fn did() -> Did {
    Did::parse(&format!("did:cheqd:testnet:{UNIQUE_ID}")).expect("a valid DID")
}

/// Another DID.
pub fn other_did() -> Did {
    Did::parse("did:cheqd:testnet:Rgx8Ri8z3QPcTvvn7dvX9s").expect("a valid DID")
}

/// Some instant; higher numbers are later, by a second each.
pub fn at(number: u8) -> Instant {
    Instant::from_timestamp(1_767_225_600 + i64::from(number), 0).expect("an instant within range")
}

/// Some sealed text.
pub fn sealed(text: &str) -> Sealed {
    Sealed(format!("v1.sample.{text}"))
}

/// Some Ed25519 public key in hex, which is also its key id.
pub fn public_key_hex() -> String {
    "8f".repeat(32)
}

/// Some compressed secp256k1 public key in hex.
pub fn payer_key_hex() -> String {
    format!("02{}", "5a".repeat(32))
}

/// Some fee payer.
pub fn payer(network: Network) -> PayerAccount {
    let address = "cheqd1sampleaddress0000000000000000000000000".to_owned();
    PayerAccount { network, address, kid: KeyId(payer_key_hex()) }
}

/// A DID document with one key and a service at `endpoint`.
pub fn document(endpoint: &str) -> Value {
    let did = did();
    json!({
        "id": did, "controller": [did],
        "verificationMethod": [{"id": format!("{did}#key-1"), "type": "Ed25519VerificationKey2020", "controller": did,
            "publicKeyMultibase": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}],
        "authentication": [format!("{did}#key-1")],
        "service": [{"id": format!("{did}#web"), "type": "LinkedDomains", "serviceEndpoint": [endpoint]}],
    })
}

/// The key behind [`document`].
pub fn controller_keys() -> Vec<ControllerKey> {
    vec![ControllerKey { verification_method: format!("{}#key-1", did()), kid: KeyId(public_key_hex()) }]
}

fn write(operation: OperationId, type_url: &str, effect: Effect) -> LedgerWrite {
    LedgerWrite {
        operation,
        network: Network::Testnet,
        payer: payer(Network::Testnet).address,
        ordering_key: did(),
        type_url: type_url.to_owned(),
        value: "CgRzb21l".to_owned(),
        effect,
        fee_max: None,
    }
}

/// A write of operation `number` that makes document version `number`.
pub fn did_write(number: u8, deactivates: bool) -> LedgerWrite {
    let version_id = version(number).to_string();
    let type_url =
        if deactivates { "/cheqd.did.v2.MsgDeactivateDidDoc" } else { "/cheqd.did.v2.MsgCreateDidDoc" };
    write(operation(number), type_url, Effect::DidVersion { did: did(), version_id, deactivates })
}

/// A write of operation `number` that makes resource `number`.
pub fn resource_write(number: u8) -> LedgerWrite {
    let (resource_id, checksum) = (resource(number).to_string(), CHECKSUM.to_owned());
    let effect = Effect::Resource { did: did(), resource_id, checksum };
    write(operation(number), "/cheqd.resource.v2.MsgCreateResource", effect)
}

/// Some block.
pub fn inclusion() -> Inclusion {
    Inclusion {
        tx_hash: Some(CHECKSUM.to_uppercase()),
        height: 12_345,
        block_time: at(60),
        fee_paid: Ncheq(50_000_000_000),
        gas_used: 123_456,
    }
}

/// Some rejection.
pub fn rejection() -> Rejection {
    Rejection {
        code: "ledger/unauthorized".to_owned(),
        reason: "a signature of the DID is missing".to_owned(),
        tx_hash: Some(CHECKSUM.to_uppercase()),
    }
}

/// The good end of a write.
pub fn included() -> LedgerOutcome {
    LedgerOutcome::Included(inclusion())
}

/// The bad end of a write.
pub fn rejected() -> LedgerOutcome {
    LedgerOutcome::Rejected(rejection())
}

/// Resource version `number` of one line.
pub fn resource_description(number: u8) -> ResourceDescription {
    ResourceDescription {
        did: did(),
        resource: resource(number),
        name: "Person schema".to_owned(),
        resource_type: "JSONSchemaValidator2020".to_owned(),
        version: format!("{number}.0"),
        also_known_as: vec![AlternativeUri {
            uri: "https://example.org/s".to_owned(),
            description: "web".to_owned(),
        }],
        size_bytes: 128,
        checksum: CHECKSUM.to_owned(),
        media_type: "application/json".to_owned(),
    }
}

/// A Bitstring list with one bit for each of `length` entries.
pub fn list_description(purpose: StatusPurpose, length: u32) -> ListDescription {
    ListDescription {
        did: did(),
        name: "employees".to_owned(),
        resource_type: "BitstringStatusListCredential".to_owned(),
        list_type: ListType::BitstringStatusList,
        purposes: vec![purpose],
        length,
        status_size_bits: 1,
        encoding: None,
        messages: Vec::new(),
        ttl_milliseconds: None,
        category: ListCategory::Credential,
        served: None,
    }
}

/// A list version as resource `number`, with the write of operation `number`.
pub fn publication(number: u8) -> Publication {
    Publication { write: Some(resource_write(number)), ..bare_publication(number) }
}

/// A list version as events hold it, without its write.
pub fn bare_publication(number: u8) -> Publication {
    Publication { resource: resource(number), description: resource_description(number), write: None }
}

/// A change of an entry that names no credential.
pub const fn change(index: u32, value: u8) -> EntryChange {
    EntryChange { index, value, credential: None }
}

/// Entry 7 of a list.
pub fn status_reference(purpose: StatusPurpose) -> StatusReference {
    StatusReference {
        list: status_list(1),
        list_did: did(),
        list_name: "employees".to_owned(),
        list_resource_type: "BitstringStatusListCredential".to_owned(),
        list_type: ListType::BitstringStatusList,
        purpose,
        index: 7,
    }
}

/// A credential whose status has this purpose, if it has one.
pub fn credential_description(purpose: Option<StatusPurpose>) -> CredentialDescription {
    CredentialDescription {
        issuer: did(),
        types: vec!["VerifiableCredential".to_owned(), "Employee".to_owned()],
        format: "jwt".to_owned(),
        fingerprint: "1c".repeat(32),
        status: purpose.map(status_reference),
        issuance_date: at(0),
        expiration_date: Some(at(200)),
    }
}

/// An accreditation as resource `number` that stands where its kind belongs in a chain.
pub fn accreditation_description(
    kind: AccreditationKind,
    number: u8,
    purpose: Option<StatusPurpose>,
) -> AccreditationDescription {
    let is_root = kind == AccreditationKind::Authorize;
    let link = |name: &str| (!is_root).then(|| format!("{}?resourceName={name}", other_did()));
    let framework = |text: &str| is_root.then(|| text.to_owned());
    AccreditationDescription {
        kind,
        issuer: did(),
        subject: other_did(),
        name: "staff".to_owned(),
        resource: resource(number),
        published_as: ResourceDescription {
            name: "staff".to_owned(),
            resource_type: kind.credential_type().to_owned(),
            ..resource_description(number)
        },
        accredited_for: vec![SchemaScope {
            schema_id: format!("{}?resourceName=Person", did()),
            types: vec!["Employee".to_owned()],
            limit_jurisdiction: Some(vec!["CH".to_owned()]),
        }],
        parent: link("parent"),
        root: link("root"),
        trust_framework: framework("https://example.org/framework"),
        trust_framework_id: framework("Example framework"),
        credential: "eyJhbGciOiJFZERTQSJ9.e30.c2ln".to_owned(),
        status: purpose.map(status_reference),
        issuance_date: at(0),
        expiration_date: None,
    }
}
