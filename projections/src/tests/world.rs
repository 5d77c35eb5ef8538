//! A database with a sequencer and all followers running, and streams that tell stories.

use crate::{MODEL_NAMES, Projections, Views};
use domain::{
    Event,
    accreditation::{AccreditationDescription, AccreditationEvent, AccreditationKind},
    credential::{CredentialDescription, CredentialEvent},
    customer::CustomerEvent,
    did::DidEvent,
    given::sample,
    id::{
        AccreditationId, ApiKeyId, CredentialId, CustomerId, Did, Instant, JobId, KeyId, Network,
        OperationId, ResourceId, Sealed, StatusListId, VersionId, accreditation_id, resource_line_id,
    },
    job::JobEvent,
    key::{KeyAlgorithm, KeyEvent, KeyPurpose},
    ledger::{Inclusion, LedgerWrite},
    resource::{ResourceDescription, ResourceEvent},
    status_list::{EntryChange, Publication, StatusListEvent, StatusPurpose},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use store::{Progress, Sequencer, testing::TestDatabase};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// A number nobody has yet, as an id.
pub(crate) fn id() -> Uuid {
    Uuid::from_u128((0x7357_u128 << 96) | u128::from(NUMBERS.fetch_add(1, Ordering::Relaxed)))
}

/// Seconds after a fixed beginning.
pub(crate) fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
}

pub(crate) struct World {
    pub(crate) db: TestDatabase,
    pub(crate) progress: Progress,
    pub(crate) projections: Projections,
    pub(crate) views: Views,
    pub(crate) stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl World {
    /// With followers running.
    pub(crate) async fn new() -> Self {
        let mut world = Self::still().await;
        world.follow();
        world
    }

    /// Only the sequencer runs.
    pub(crate) async fn still() -> Self {
        let db = TestDatabase::create().await;
        let progress = Progress::new(db.pool.clone());
        let projections = Projections::new(db.pool.clone(), progress.clone(), "test");
        let (views, stop) = (Views::new(db.pool.clone()), CancellationToken::new());
        let sequencer = Sequencer::new(db.pool.clone(), progress.clone(), "test");
        let until = stop.clone();
        let tasks = vec![tokio::spawn(async move { sequencer.run(until).await })];
        Self { db, progress, projections, views, stop, tasks }
    }

    pub(crate) fn follow(&mut self) {
        let (projections, stop) = (self.projections.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(async move { projections.follow_all(stop).await.unwrap() }));
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }

    /// Appends events of one tenant; `(stream type, stream id, events)`.
    pub(crate) async fn append(&self, customer: CustomerId, stories: &[Story]) {
        append(&self.db.pool, customer, stories).await;
        self.progress.appended();
    }

    /// Waits until every model has taken in everything.
    pub(crate) async fn settle(&self) {
        let token = self.progress.latest().await.unwrap();
        let limit = Duration::from_mins(2);
        assert!(
            self.progress.wait_until(token, &MODEL_NAMES, limit).await.unwrap(),
            "{:?}",
            self.progress.followers().await
        );
    }
}

/// Events of one stream.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) stream_type: &'static str,
    pub(crate) stream_id: String,
    pub(crate) events: Vec<(&'static str, Value)>,
}

pub(crate) fn story<E: Event>(stream_type: &'static str, stream_id: &impl ToString, events: &[E]) -> Story {
    let events = events.iter().map(|event| (event.kind(), serde_json::to_value(event).unwrap())).collect();
    Story { stream_type, stream_id: stream_id.to_string(), events }
}

/// Straight into the events table, as one command per event, in one statement.
pub(crate) async fn append(pool: &PgPool, customer: CustomerId, stories: &[Story]) {
    let (mut types, mut ids, mut kinds, mut payloads, mut metadata) =
        (vec![], vec![], vec![], vec![], vec![]);
    for story in stories {
        for (kind, payload) in &story.events {
            types.push(story.stream_type);
            ids.push(story.stream_id.as_str());
            kinds.push(*kind);
            payloads.push(payload.to_string());
            metadata.push(
                json!({"eventId": id(), "commandId": id(), "commandIndex": "0", "correlationId": id(),
                    "customer": customer, "actor": "operator", "occurredAt": at(1_000)})
                .to_string(),
            );
        }
    }
    sqlx::query(
        "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         select t, i, coalesce((select max(sequence) from es.events where aggregate_type = t and aggregate_id = i), 0)
             + row_number() over (partition by t, i order by n), k, '1', p::json, m::json
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality u(t, i, k, p, m, n)
         order by n",
    )
    .bind(types)
    .bind(ids)
    .bind(kinds)
    .bind(payloads)
    .bind(metadata)
    .execute(pool)
    .await
    .unwrap();
}

pub(crate) fn new_customer() -> CustomerId {
    CustomerId(id())
}

pub(crate) fn new_did(network: Network) -> Did {
    Did::parse(&format!("did:cheqd:{network}:{}", id())).unwrap()
}

pub(crate) fn did_write(operation: OperationId, did: &Did) -> LedgerWrite {
    LedgerWrite {
        operation,
        network: did.network(),
        ordering_key: did.clone(),
        ..sample::did_write(1, false)
    }
}

pub(crate) fn block(height: u64) -> Inclusion {
    Inclusion { height, ..sample::inclusion() }
}

pub(crate) fn registered(customer: CustomerId) -> Story {
    let payers = Network::ALL.map(sample::payer).to_vec();
    let event = CustomerEvent::CustomerRegistered {
        customer,
        name: sample::sealed("name"),
        email: None,
        payers,
        at: at(0),
    };
    let issued = CustomerEvent::ApiKeyIssued {
        key: ApiKeyId(customer.0),
        customer,
        hash: format!("hash-of-{customer}"),
        last_four: "abcd".into(),
        name: "ci".into(),
        expires_at: at(9_999),
        grant: None,
        at: at(1),
    };
    story("customer", &customer, &[event, issued])
}

pub(crate) fn key_created(customer: CustomerId, purpose: KeyPurpose) -> Story {
    let kid = KeyId(format!("{:064x}", id().as_u128()));
    let event = KeyEvent::KeyCreated {
        kid: kid.clone(),
        customer,
        algorithm: KeyAlgorithm::Ed25519,
        purpose,
        public_key_hex: kid.0.clone(),
        alias: None,
        sealed_alias: Some(sample::sealed("alias")),
        imported: false,
        at: at(2),
    };
    story("key", &kid, &[event])
}

/// A DID that is on the ledger.
pub(crate) fn did_created(customer: CustomerId, did: &Did) -> Story {
    let (operation, version) = (OperationId(id()), VersionId(id()));
    let events = [
        DidEvent::DidCreateRequested {
            did: did.clone(),
            customer,
            document: json!({"id": did}),
            keys: sample::controller_keys(),
            version,
            write: did_write(operation, did),
            at: at(10),
        },
        DidEvent::DidCreated { did: did.clone(), operation, inclusion: block(100) },
    ];
    story("did", did, &events)
}

pub(crate) fn described(did: &Did, name: &str, resource_type: &str) -> ResourceDescription {
    ResourceDescription {
        did: did.clone(),
        resource: ResourceId(id()),
        name: name.into(),
        resource_type: resource_type.into(),
        ..sample::resource_description(1)
    }
}

/// A resource version that is on the ledger.
pub(crate) fn resource_created(customer: CustomerId, description: &ResourceDescription) -> Story {
    let operation = OperationId(id());
    let line = resource_line_id(&description.did, &description.name, &description.resource_type);
    let events = [
        ResourceEvent::ResourceVersionRequested {
            customer,
            description: description.clone(),
            write: did_write(operation, &description.did),
            at: at(20),
        },
        ResourceEvent::ResourceVersionCreated {
            resource: description.resource,
            operation,
            inclusion: block(110),
        },
    ];
    story("resource", &line, &events)
}

/// A list on the ledger with one allocated and revoked entry, published in a second version.
pub(crate) fn list_created(
    customer: CustomerId,
    did: &Did,
    name: &str,
    list: StatusListId,
    credential: CredentialId,
    index: u32,
) -> Story {
    let (first, second) = (OperationId(id()), OperationId(id()));
    let published = |_| Publication {
        resource: ResourceId(id()),
        description: described(did, name, "BitstringStatusListCredential"),
        write: None,
    };
    let publications: Vec<Publication> = (0..2)
        .map(published)
        .map(|publication| {
            let description =
                ResourceDescription { resource: publication.resource, ..publication.description.clone() };
            Publication { description, ..publication }
        })
        .collect();
    let description = domain::status_list::ListDescription {
        did: did.clone(),
        name: name.into(),
        ..sample::list_description(StatusPurpose::Revocation, 131_072)
    };
    let change = EntryChange { index, value: 1, credential: Some(credential) };
    let events = [
        StatusListEvent::StatusListCreateRequested {
            list,
            customer,
            description,
            publication: publications[0].clone(),
            write: did_write(first, did),
            at: at(30),
        },
        StatusListEvent::StatusListCreated {
            list,
            resource: publications[0].resource,
            operation: first,
            inclusion: block(120),
        },
        StatusListEvent::StatusIndexAllocated { list, index, credential, at: at(31) },
        StatusListEvent::StatusEntriesChanged { list, changes: vec![change], revision: 1, at: at(32) },
        StatusListEvent::StatusListPublishRequested {
            list,
            revision: 1,
            publication: publications[1].clone(),
            write: did_write(second, did),
            at: at(33),
        },
        StatusListEvent::StatusListPublished {
            list,
            resource: publications[1].resource,
            revision: 1,
            operation: second,
            inclusion: block(130),
        },
    ];
    story("status-list", &list, &events)
}

pub(crate) fn credential_described(issuer: &Did, list: Option<(StatusListId, u32)>) -> CredentialDescription {
    let status = list.map(|(list, index)| domain::credential::StatusReference {
        list,
        index,
        ..sample::status_reference(StatusPurpose::Revocation)
    });
    CredentialDescription {
        issuer: issuer.clone(),
        fingerprint: id().simple().to_string(),
        status,
        ..sample::credential_description(None)
    }
}

pub(crate) fn issued(
    customer: CustomerId,
    credential: CredentialId,
    description: CredentialDescription,
) -> Story {
    let event = CredentialEvent::CredentialIssued {
        credential,
        customer,
        description,
        sealed: Sealed("v1.sealed".into()),
        at: at(40),
    };
    story("credential", &credential, &[event])
}

/// The line and description of an accreditation that hangs on `parent`.
pub(crate) fn accredited(
    issuer: &Did,
    subject: &Did,
    name: &str,
    kind: AccreditationKind,
    parent: Option<String>,
) -> (AccreditationId, AccreditationDescription) {
    let published_as = described(issuer, name, kind.credential_type());
    let description = AccreditationDescription {
        issuer: issuer.clone(),
        subject: subject.clone(),
        name: name.into(),
        resource: published_as.resource,
        published_as,
        root: parent.clone(),
        parent,
        ..sample::accreditation_description(kind, 1, None)
    };
    (accreditation_id(issuer, name, kind.credential_type()), description)
}

/// A version that is on the ledger.
pub(crate) fn accreditation_published(
    customer: CustomerId,
    accreditation: AccreditationId,
    description: &AccreditationDescription,
) -> Story {
    let operation = OperationId(id());
    let events = [
        AccreditationEvent::AccreditationRequested {
            accreditation,
            customer,
            description: description.clone(),
            write: did_write(operation, &description.issuer),
            at: at(50),
        },
        AccreditationEvent::AccreditationPublished {
            accreditation,
            resource: description.resource,
            operation,
            inclusion: block(140),
        },
    ];
    story("accreditation", &accreditation, &events)
}

/// A bit of everything for one tenant: 22 events.
pub(crate) fn life(customer: CustomerId) -> Vec<Story> {
    let (did, subject) = (new_did(Network::Testnet), new_did(Network::Mainnet));
    let (list, credential) = (StatusListId(id()), CredentialId(id()));
    let (root, root_description) = accredited(&did, &subject, "root", AccreditationKind::Authorize, None);
    let parent = format!("{did}/resources/{}", root_description.resource);
    let (leaf, leaf_description) =
        accredited(&subject, &did, "leaf", AccreditationKind::Attest, Some(parent));
    let schema = described(&did, "schema", "JSONSchemaValidator2020");
    let revoked =
        CredentialEvent::CredentialRevoked { credential, reason: None, publication: None, at: at(41) };
    vec![
        registered(customer),
        key_created(customer, KeyPurpose::Identity),
        did_created(customer, &did),
        did_created(customer, &subject),
        resource_created(customer, &schema),
        list_created(customer, &did, "staff", list, credential, 7),
        issued(customer, credential, credential_described(&did, Some((list, 7)))),
        story("credential", &credential, &[revoked]),
        accreditation_published(customer, root, &root_description),
        accreditation_published(customer, leaf, &leaf_description),
        job_opened(customer, JobId(id()), &did),
    ]
}

/// A job that one of its two signers has signed.
pub(crate) fn job_opened(customer: CustomerId, new: JobId, did: &Did) -> Story {
    let mut events = sample::events::of_job();
    events.truncate(2);
    for event in &mut events {
        match event {
            JobEvent::JobOpened { job, customer: owner, request, .. } => {
                (*job, *owner) = (new, customer);
                request.did = Some(did.clone());
            }
            JobEvent::SignatureGiven { job, .. } => *job = new,
            _ => {}
        }
    }
    story("job", &new, &events)
}
