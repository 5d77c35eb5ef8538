//! One event of every kind at least, for golden files and for tests of whatever reads the log.

mod people;

use super::{
    AccreditationKind, CredentialDescription, EntryChange, Inclusion, KeyId, LedgerWrite, ListDescription,
    ListType, Ncheq, Network, Rejection, ResourceDescription, StatusPurpose, accreditation,
    accreditation_description, api_key, at, bare_publication, change, controller_keys, credential,
    credential_description, customer, did, did_write, document, inclusion, job, list_description, operation,
    other_did, payer, payer_key_hex, public_key_hex, rejection, resource, resource_description,
    resource_write, sealed, status_list, version, wanted,
};
use crate::accreditation::AccreditationEvent;
use crate::credential::CredentialEvent;
use crate::customer::{CustomerEvent, Revealed};
use crate::did::{DidEvent, DidLabel, DocumentDrift, LedgerDrift};
use crate::id::RevealId;
use crate::job::{JobEvent, JobRequest};
use crate::key::{KeyAlgorithm, KeyEvent, KeyPurpose};
use crate::register::AnyEvent;
use crate::resource::ResourceEvent;
use crate::status_list::{StatusListEvent, StatusMessage};

/// All samples of all aggregates; a test misses those of an aggregate that is not here.
pub fn every() -> Vec<AnyEvent> {
    fn of<E>(events: Vec<E>, any: fn(E) -> AnyEvent) -> impl Iterator<Item = AnyEvent> {
        events.into_iter().map(any)
    }
    of(of_customer(), AnyEvent::Customer)
        .chain(of(people::of_customer(), AnyEvent::Customer))
        .chain(of(people::of_user(), AnyEvent::User))
        .chain(of(of_key(), AnyEvent::Key))
        .chain(of(of_did(), AnyEvent::Did))
        .chain(of(of_resource(), AnyEvent::Resource))
        .chain(of(of_status_list(), AnyEvent::StatusList))
        .chain(of(of_credential(), AnyEvent::Credential))
        .chain(of(of_accreditation(), AnyEvent::Accreditation))
        .chain(of(of_job(), AnyEvent::Job))
        .collect()
}

/// Events of a customer.
pub fn of_customer() -> Vec<CustomerEvent> {
    let registered = |number, email, payers| CustomerEvent::CustomerRegistered {
        customer: customer(number),
        name: sealed("name"),
        email,
        payers,
        at: at(1),
    };
    vec![
        registered(1, Some(sealed("email")), Network::ALL.map(payer).to_vec()),
        CustomerEvent::ApiKeyIssued {
            key: api_key(1),
            customer: customer(1),
            hash: "ab".repeat(32),
            last_four: "x7Qz".to_owned(),
            name: "laptop".to_owned(),
            expires_at: at(200),
            grant: None,
            at: at(2),
        },
        CustomerEvent::ApiKeyChanged {
            key: api_key(1),
            name: "old laptop".to_owned(),
            expires_at: at(150),
            at: at(3),
        },
        CustomerEvent::ApiKeyRevoked { key: api_key(1), at: at(3) },
        CustomerEvent::ApiKeyEndsSoon { key: api_key(1), expires_at: at(200), at: at(190) },
        CustomerEvent::SubjectErased { subject: "cd".repeat(32), keys: 1, at: at(5) },
        CustomerEvent::TrustedRootsChanged {
            roots: vec![
                "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162".to_owned(),
                "did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162?resourceName=root&resourceType=VerifiableAuthorizationForTrustChain".to_owned(),
            ],
            at: at(4),
        },
        registered(2, None, Vec::new()),
        CustomerEvent::PersonalDataRevealed {
            reveal: RevealId(operation(7).0),
            what: Revealed {
                stream: Some("did-did:cheqd:testnet:3f9c2a40-5b1e-4c7d-8a90-1d2e3f405162".to_owned()),
                until_position: Some(42),
                until: Some(at(5)),
            },
            at: at(6),
        },
        CustomerEvent::PersonalDataRevealed {
            reveal: RevealId(operation(8).0),
            what: Revealed::default(),
            at: at(7),
        },
    ]
}

/// Events of keys.
pub fn of_key() -> Vec<KeyEvent> {
    let key = |algorithm, purpose, hex: String, alias, sealed_alias, imported| KeyEvent::KeyCreated {
        kid: KeyId(hex.clone()),
        customer: customer(1),
        algorithm,
        purpose,
        public_key_hex: hex,
        alias,
        sealed_alias,
        imported,
        at: at(1),
    };
    let plain = Some("signing".to_owned());
    vec![
        // As it was written before names of keys were sealed.
        key(KeyAlgorithm::Ed25519, KeyPurpose::Identity, public_key_hex(), plain, None, false),
        key(KeyAlgorithm::Secp256k1, KeyPurpose::Payer, payer_key_hex(), None, None, false),
        key(
            KeyAlgorithm::Ed25519,
            KeyPurpose::Identity,
            public_key_hex(),
            None,
            Some(sealed("alias")),
            false,
        ),
        key(KeyAlgorithm::Ed25519, KeyPurpose::Identity, public_key_hex(), None, None, true),
        key(KeyAlgorithm::Secp256r1, KeyPurpose::Identity, payer_key_hex(), None, None, false),
        KeyEvent::KeyDeleted { kid: KeyId(public_key_hex()), customer: customer(1), at: at(2) },
        KeyEvent::KeyRestored { kid: KeyId(public_key_hex()), customer: customer(1), at: at(2) },
    ]
}

/// Events of a DID.
pub fn of_did() -> Vec<DidEvent> {
    let (rejection, inclusion) = (rejection(), inclusion());
    let (no_hash, never_in_a_block) =
        (Inclusion { tx_hash: None, ..inclusion.clone() }, Rejection { tx_hash: None, ..rejection.clone() });
    vec![
        DidEvent::DidCreateRequested {
            did: did(),
            customer: customer(1),
            document: document("https://example.org"),
            keys: controller_keys(),
            version: version(1),
            write: did_write(1, false),
            at: at(1),
        },
        DidEvent::DidCreated { did: did(), operation: operation(1), inclusion: inclusion.clone() },
        DidEvent::DidCreateRejected {
            did: did(),
            operation: operation(1),
            rejection: rejection.clone(),
            at: at(2),
        },
        DidEvent::DidExported {
            did: did(),
            request: operation(3).0,
            keys: vec![KeyId(public_key_hex())],
            at: at(3),
        },
        DidEvent::DidImported {
            did: did(),
            customer: customer(1),
            document: document("https://elsewhere.example"),
            keys: controller_keys(),
            version: version(1),
            at: at(1),
        },
        DidEvent::DidUpdateRequested {
            did: did(),
            document: document("https://example.net"),
            keys: controller_keys(),
            version: version(2),
            write: LedgerWrite { fee_max: Some(Ncheq(25_000_000_000)), ..did_write(2, false) },
            at: at(3),
        },
        DidEvent::DidUpdated { did: did(), operation: operation(2), inclusion: inclusion.clone() },
        DidEvent::DidUpdateRejected {
            did: did(),
            operation: operation(2),
            rejection: rejection.clone(),
            at: at(4),
        },
        DidEvent::DidDeactivateRequested {
            did: did(),
            version: version(3),
            write: did_write(3, true),
            at: at(5),
        },
        DidEvent::DidDeactivated { did: did(), operation: operation(3), inclusion },
        DidEvent::DidDeactivateRejected { did: did(), operation: operation(3), rejection, at: at(6) },
        DidEvent::DidLabelled {
            did: did(),
            label: DidLabel { name: Some("Zoë & Sons".into()), kind: Some("organisation".into()) },
            at: at(7),
        },
        DidEvent::DidDriftFound {
            did: did(),
            drift: LedgerDrift {
                document: Some(DocumentDrift::OtherVersion { version_id: "other".to_owned() }),
                missing_resources: vec!["00000000-0000-0000-0000-000000000001".to_owned()],
            },
            height: 7,
            at: at(7),
        },
        DidEvent::DidDriftFound {
            did: did(),
            drift: LedgerDrift { document: Some(DocumentDrift::Absent), missing_resources: Vec::new() },
            height: 8,
            at: at(8),
        },
        DidEvent::DidDriftResolved { did: did(), height: 9, at: at(9) },
        DidEvent::DidCreated { did: other_did(), operation: operation(1), inclusion: no_hash },
        DidEvent::DidCreateRejected {
            did: other_did(),
            operation: operation(1),
            rejection: never_in_a_block,
            at: at(2),
        },
    ]
}

/// Events of a line of resource versions.
pub fn of_resource() -> Vec<ResourceEvent> {
    let requested = |description| ResourceEvent::ResourceVersionRequested {
        customer: customer(1),
        description,
        write: resource_write(1),
        at: at(1),
    };
    let (resource, operation) = (resource(1), operation(1));
    let bare =
        ResourceDescription { also_known_as: Vec::new(), version: String::new(), ..resource_description(1) };
    vec![
        requested(resource_description(1)),
        ResourceEvent::ResourceVersionCreated { resource, operation, inclusion: inclusion() },
        ResourceEvent::ResourceVersionRejected { resource, operation, rejection: rejection(), at: at(2) },
        requested(bare),
    ]
}

/// Events of a status list.
pub fn of_status_list() -> Vec<StatusListEvent> {
    let (list, inclusion, rejection) = (status_list(1), inclusion(), rejection());
    let requested = |description| StatusListEvent::StatusListCreateRequested {
        list,
        customer: customer(1),
        description,
        publication: bare_publication(1),
        write: resource_write(1),
        at: at(1),
    };
    let description = list_description(StatusPurpose::Revocation, 131_072);
    let older = ListDescription {
        list_type: ListType::StatusList2021,
        purposes: vec![StatusPurpose::Suspension],
        ..description.clone()
    };
    let wide = ListDescription {
        purposes: vec![StatusPurpose::Message, StatusPurpose::Refresh],
        status_size_bits: 2,
        encoding: Some("hex".to_owned()),
        messages: vec![StatusMessage { status: "0x0".to_owned(), message: "valid".to_owned() }],
        ttl_milliseconds: Some(300_000),
        ..description.clone()
    };
    vec![
        requested(description),
        StatusListEvent::StatusListCreated {
            list,
            resource: resource(1),
            operation: operation(1),
            inclusion: inclusion.clone(),
        },
        StatusListEvent::StatusListCreateRejected {
            list,
            operation: operation(1),
            rejection: rejection.clone(),
            at: at(2),
        },
        StatusListEvent::StatusIndexAllocated { list, index: 7, credential: credential(1), at: at(3) },
        StatusListEvent::StatusEntriesChanged {
            list,
            changes: vec![EntryChange { credential: Some(credential(1)), ..change(7, 1) }, change(9, 1)],
            revision: 1,
            at: at(4),
        },
        StatusListEvent::StatusListPublishRequested {
            list,
            revision: 1,
            publication: bare_publication(2),
            write: resource_write(2),
            at: at(4),
        },
        StatusListEvent::StatusListPublished {
            list,
            resource: resource(2),
            revision: 1,
            operation: operation(2),
            inclusion,
        },
        StatusListEvent::StatusListPublishRejected { list, operation: operation(2), rejection, at: at(5) },
        requested(older),
        requested(wide),
    ]
}

/// Events of a credential.
pub fn of_credential() -> Vec<CredentialEvent> {
    let (credential, publication) = (credential(1), Some(operation(2)));
    let issued = |description| CredentialEvent::CredentialIssued {
        credential,
        customer: customer(1),
        description,
        sealed: sealed("jwt"),
        at: at(1),
    };
    vec![
        issued(credential_description(Some(StatusPurpose::Suspension))),
        CredentialEvent::CredentialRevoked {
            credential,
            reason: Some("left".to_owned()),
            publication,
            at: at(2),
        },
        CredentialEvent::CredentialSuspended { credential, reason: None, publication, at: at(3) },
        CredentialEvent::CredentialReinstated { credential, reason: None, publication: None, at: at(4) },
        issued(CredentialDescription { expiration_date: None, ..credential_description(None) }),
    ]
}

/// Events of a line of accreditations.
pub fn of_accreditation() -> Vec<AccreditationEvent> {
    let (accreditation, resource, publication) = (accreditation(1), resource(1), Some(operation(2)));
    let requested = |kind, purpose| AccreditationEvent::AccreditationRequested {
        accreditation,
        customer: customer(1),
        description: accreditation_description(kind, 1, purpose),
        write: resource_write(1),
        at: at(1),
    };
    let operation = operation(1);
    vec![
        requested(AccreditationKind::Authorize, Some(StatusPurpose::Revocation)),
        AccreditationEvent::AccreditationPublished {
            accreditation,
            resource,
            operation,
            inclusion: inclusion(),
        },
        AccreditationEvent::AccreditationRejected {
            accreditation,
            resource,
            operation,
            rejection: rejection(),
            at: at(2),
        },
        AccreditationEvent::AccreditationRevoked { accreditation, resource, publication, at: at(3) },
        AccreditationEvent::AccreditationSuspended { accreditation, resource, publication: None, at: at(4) },
        AccreditationEvent::AccreditationReinstated { accreditation, resource, publication, at: at(5) },
        requested(AccreditationKind::Accredit, None),
        requested(AccreditationKind::Attest, None),
    ]
}

/// Events of a job.
pub fn of_job() -> Vec<JobEvent> {
    let opened = |did, fee_quoted, fee_max, based_on| JobEvent::JobOpened {
        job: job(1),
        customer: customer(1),
        request: Box::new(JobRequest {
            act: "did.update".to_owned(),
            did,
            network: Network::Testnet,
            command: operation(1).0,
            based_on,
            fee_max,
        }),
        digest: "5d".repeat(32),
        wanted: vec![wanted(1), wanted(2)],
        content: sealed("job"),
        fee_quoted,
        expires_at: at(200),
        at: at(1),
    };
    vec![
        opened(Some(did()), Some(Ncheq(25_000_000_000)), Some(Ncheq(50_000_000_000)), Some(version(1))),
        JobEvent::SignatureGiven {
            job: job(1),
            number: 1,
            verification_method: wanted(1).verification_method,
            // As it was written before signatures were sealed.
            signature: Some("c2ln".to_owned()),
            sealed_signature: None,
            is_last: false,
            at: at(2),
        },
        JobEvent::JobFinished { job: job(1), carried_by: Some(operation(1)), at: at(3) },
        JobEvent::JobFailed {
            job: job(1),
            code: "job/outdated".to_owned(),
            reason: "the document moved".to_owned(),
            at: at(4),
        },
        JobEvent::JobExpired { job: job(1), at: at(201) },
        opened(None, None, None, None),
        JobEvent::JobFinished { job: job(1), carried_by: None, at: at(3) },
        JobEvent::SignatureGiven {
            job: job(1),
            number: 2,
            verification_method: wanted(2).verification_method,
            signature: Some("c2ln".to_owned()),
            sealed_signature: None,
            is_last: true,
            at: at(2),
        },
        JobEvent::SignatureGiven {
            job: job(1),
            number: 2,
            verification_method: wanted(2).verification_method,
            signature: None,
            sealed_signature: Some(sealed("job")),
            is_last: true,
            at: at(2),
        },
        JobEvent::SignaturesAsked {
            job: job(1),
            digest: "6e".repeat(32),
            wanted: vec![wanted(3)],
            content: sealed("job"),
            fee_quoted: Some(Ncheq(2_500_000_000)),
            at: at(3),
        },
    ]
}
