//! What happened, for `GET /event/list` and timelines: one row per deed. A ledger write is one deed whose row is completed
//! by its outcome. No personal data: ids, names of deeds, times and who acted.

mod queries;

pub use queries::{Activities, ActivityFilter};

use crate::{
    error::Result,
    model::{AnyEvent, Fact, ReadModel, key, placed},
    page::{Cursor, tag},
    table::{Generation, Row, Rows, TableDef, Tables},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    accreditation::{Accreditation, AccreditationEvent},
    credential::{Credential, CredentialEvent},
    customer::{Customer, CustomerEvent},
    did::{DidEvent, DidRecord},
    id::{CustomerId, Instant, Network, OperationId},
    key::{Key, KeyEvent},
    ledger::{LedgerWrite, Rejection},
    resource::{ResourceEvent, ResourceLine},
    status_list::{StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a deed is about (the contract's kinds, and those it lacks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityCategory {
    /// Tenants.
    Account,
    /// API keys.
    ApiKey,
    /// Keys in the vault.
    Key,
    /// DIDs.
    Did,
    /// DID-Linked Resources of their own.
    Resource,
    /// Status lists.
    CredentialStatus,
    /// Credentials.
    Credential,
    /// Accreditations.
    Accreditation,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityAction {
    /// A customer was registered.
    AccountCreate,
    /// The list of trusted roots was replaced.
    TrustedRootsUpdate,
    /// Personal data was shown to the operator in the clear.
    PersonalDataReveal,
    /// An API key was issued.
    ApiKeyCreate,
    /// An API key got another name or end.
    ApiKeyUpdate,
    /// An API key was revoked.
    ApiKeyRevoke,
    /// What was kept about a subject was made unreadable.
    SubjectErase,
    /// A key was made in the vault.
    KeyCreate,
    /// A DID was created.
    DidCreate,
    /// A DID document was updated.
    DidUpdate,
    /// A DID was deactivated.
    DidDeactivate,
    /// The ledger was found to differ from the log.
    DidDriftFound,
    /// That difference is gone.
    DidDriftResolved,
    /// A resource version was published.
    ResourceCreate,
    /// A status list was published first.
    CredentialStatusCreateUnencrypted,
    /// A new version of a status list was published.
    CredentialStatusUpdateUnencrypted,
    /// A credential was signed.
    CredentialIssue,
    /// A credential was revoked.
    CredentialRevoke,
    /// A credential was suspended.
    CredentialSuspend,
    /// A credential's suspension ended.
    CredentialUnsuspend,
    /// An accreditation was granted.
    AccreditationIssue,
    /// An accreditation was revoked.
    AccreditationRevoke,
    /// An accreditation was suspended.
    AccreditationSuspend,
    /// An accreditation's suspension ended.
    AccreditationUnsuspend,
}

impl ActivityAction {
    /// Its name, e.g. `did-create`.
    pub fn name(self) -> String {
        tag(&self)
    }
}

/// How a deed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActivityStatus {
    /// On its way to the ledger.
    Pending,
    /// Done.
    Succeeded,
    /// The ledger refused it.
    Failed,
}

/// A deed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// The ledger operation if it is a ledger write, else the id of the event.
    pub activity: Uuid,
    /// Whose it is.
    pub customer: CustomerId,
    /// What it is about.
    pub category: ActivityCategory,
    /// What was done.
    pub action: ActivityAction,
    /// Id of the thing: a DID, key id, or UUID.
    pub entity: String,
    /// The ledger operation, if it is a ledger write.
    pub operation: Option<OperationId>,
    /// The network, if it is a ledger write.
    pub network: Option<Network>,
    /// How it stands.
    pub status: ActivityStatus,
    /// Why it failed: a stable slug.
    pub failure: Option<String>,
    /// Upper-case hex of the transaction, once there is one.
    pub tx_hash: Option<String>,
    /// What was paid, ncheq as a string, once it is known.
    pub fee_paid: Option<String>,
    /// Who acted: `{"type": "apiKey" | "operator" | "studio", "id": …}`.
    pub actor: Value,
    /// The request it belonged to.
    pub correlation: Uuid,
    /// When it was done or asked for.
    pub created_at: Instant,
    /// When its outcome was recorded, for a ledger write.
    pub updated_at: Option<Instant>,
    /// Log position of its (first) event.
    pub position: i64,
    /// Log position of its last event: with its outcome, a ledger write moves behind all that happened until then. So
    /// whoever reads on behind the last place he has seen misses nothing.
    pub changed: i64,
}

impl ActivityRow {
    /// Its place in the order of changes, for [`Activities::changed_after`].
    pub fn change(&self) -> Cursor {
        Cursor(self.changed)
    }
}

placed!(ActivityRow);
key!(
    /// Key of an activity row.
    ActivityKey { activity: Uuid }
);

impl Row for ActivityRow {
    const TABLE: TableDef = TableDef {
        part: "",
        columns: &[
            ("activity", "uuid"),
            ("customer", "uuid not null"),
            ("category", "text not null"),
            ("action", "text not null"),
            ("entity", "text not null"),
            ("operation", "uuid"),
            ("network", "text"),
            ("status", "text not null"),
            ("failure", "text"),
            ("tx_hash", "text"),
            ("fee_paid", "text"),
            ("actor", "json not null"),
            ("correlation", "uuid not null"),
            ("created_at", "timestamptz not null"),
            ("updated_at", "timestamptz"),
            ("position", "bigint not null"),
            ("changed", "bigint not null"),
        ],
        key: &["activity"],
        indexes: &[
            ("(customer, position)", false),
            ("(customer, category, position)", false),
            ("(customer, action, position)", false),
            ("(customer, status, position)", false),
            ("(customer, entity, position)", false),
            ("(customer, changed)", false),
        ],
    };
    type Key = ActivityKey;
    fn key(&self) -> ActivityKey {
        ActivityKey { activity: self.activity }
    }
}

/// What an event is among deeds.
enum Deed<'a> {
    /// Done at once.
    Done(ActivityCategory, ActivityAction, String),
    /// Asked of the ledger.
    Asked(ActivityCategory, ActivityAction, String, &'a LedgerWrite),
    /// The ledger did it.
    Succeeded(OperationId, &'a domain::ledger::Inclusion),
    /// The ledger refused it.
    Failed(OperationId, &'a Rejection),
    /// Part of another deed.
    Part,
}

fn deed<'a>(fact: &'a Fact<'_>) -> Deed<'a> {
    match &fact.event {
        AnyEvent::Customer(event) => of_customer(fact.entry.metadata.customer, event),
        AnyEvent::Key(KeyEvent::KeyCreated { kid, .. }) => {
            Deed::Done(ActivityCategory::Key, ActivityAction::KeyCreate, kid.to_string())
        }
        AnyEvent::Did(event) => of_did(event),
        AnyEvent::Resource(event) => of_resource(event),
        AnyEvent::StatusList(event) => of_status_list(event),
        AnyEvent::Credential(event) => of_credential(event),
        AnyEvent::Accreditation(event) => of_accreditation(event),
    }
}

fn of_customer(fact: CustomerId, event: &CustomerEvent) -> Deed<'_> {
    match event {
        CustomerEvent::TrustedRootsChanged { .. } => {
            Deed::Done(ActivityCategory::Account, ActivityAction::TrustedRootsUpdate, fact.to_string())
        }
        CustomerEvent::PersonalDataRevealed { .. } => {
            Deed::Done(ActivityCategory::Account, ActivityAction::PersonalDataReveal, fact.to_string())
        }
        CustomerEvent::CustomerRegistered { customer, .. } => {
            Deed::Done(ActivityCategory::Account, ActivityAction::AccountCreate, customer.to_string())
        }
        CustomerEvent::ApiKeyIssued { key, .. } => {
            Deed::Done(ActivityCategory::ApiKey, ActivityAction::ApiKeyCreate, key.to_string())
        }
        CustomerEvent::ApiKeyChanged { key, .. } => {
            Deed::Done(ActivityCategory::ApiKey, ActivityAction::ApiKeyUpdate, key.to_string())
        }
        CustomerEvent::SubjectErased { subject, .. } => {
            Deed::Done(ActivityCategory::Account, ActivityAction::SubjectErase, subject.clone())
        }
        CustomerEvent::ApiKeyRevoked { key, .. } => {
            Deed::Done(ActivityCategory::ApiKey, ActivityAction::ApiKeyRevoke, key.to_string())
        }
    }
}

fn of_did(event: &DidEvent) -> Deed<'_> {
    let asked = |action, did: &domain::id::Did, write| {
        Deed::Asked(ActivityCategory::Did, action, did.to_string(), write)
    };
    match event {
        DidEvent::DidCreateRequested { did, write, .. } => asked(ActivityAction::DidCreate, did, write),
        DidEvent::DidUpdateRequested { did, write, .. } => asked(ActivityAction::DidUpdate, did, write),
        DidEvent::DidDeactivateRequested { did, write, .. } => {
            asked(ActivityAction::DidDeactivate, did, write)
        }
        DidEvent::DidCreated { operation, inclusion, .. }
        | DidEvent::DidUpdated { operation, inclusion, .. }
        | DidEvent::DidDeactivated { operation, inclusion, .. } => Deed::Succeeded(*operation, inclusion),
        DidEvent::DidCreateRejected { operation, rejection, .. }
        | DidEvent::DidUpdateRejected { operation, rejection, .. }
        | DidEvent::DidDeactivateRejected { operation, rejection, .. } => Deed::Failed(*operation, rejection),
        DidEvent::DidDriftFound { did, .. } => {
            Deed::Done(ActivityCategory::Did, ActivityAction::DidDriftFound, did.to_string())
        }
        DidEvent::DidDriftResolved { did, .. } => {
            Deed::Done(ActivityCategory::Did, ActivityAction::DidDriftResolved, did.to_string())
        }
    }
}

fn of_resource(event: &ResourceEvent) -> Deed<'_> {
    match event {
        ResourceEvent::ResourceVersionRequested { description, write, .. } => Deed::Asked(
            ActivityCategory::Resource,
            ActivityAction::ResourceCreate,
            description.resource.to_string(),
            write,
        ),
        ResourceEvent::ResourceVersionCreated { operation, inclusion, .. } => {
            Deed::Succeeded(*operation, inclusion)
        }
        ResourceEvent::ResourceVersionRejected { operation, rejection, .. } => {
            Deed::Failed(*operation, rejection)
        }
    }
}

/// Lists are unencrypted so far, hence the names of the deeds.
fn of_status_list(event: &StatusListEvent) -> Deed<'_> {
    let asked = |action, list: &domain::id::StatusListId, write| {
        Deed::Asked(ActivityCategory::CredentialStatus, action, list.to_string(), write)
    };
    match event {
        StatusListEvent::StatusListCreateRequested { list, write, .. } => {
            asked(ActivityAction::CredentialStatusCreateUnencrypted, list, write)
        }
        StatusListEvent::StatusListPublishRequested { list, write, .. } => {
            asked(ActivityAction::CredentialStatusUpdateUnencrypted, list, write)
        }
        StatusListEvent::StatusListCreated { operation, inclusion, .. }
        | StatusListEvent::StatusListPublished { operation, inclusion, .. } => {
            Deed::Succeeded(*operation, inclusion)
        }
        StatusListEvent::StatusListCreateRejected { operation, rejection, .. }
        | StatusListEvent::StatusListPublishRejected { operation, rejection, .. } => {
            Deed::Failed(*operation, rejection)
        }
        // Allocation is part of issuing. Changed entries are part of a publication or of a credential's own deed.
        StatusListEvent::StatusIndexAllocated { .. } | StatusListEvent::StatusEntriesChanged { .. } => {
            Deed::Part
        }
    }
}

fn of_credential(event: &CredentialEvent) -> Deed<'_> {
    let done = |action, credential: &domain::id::CredentialId| {
        Deed::Done(ActivityCategory::Credential, action, credential.to_string())
    };
    match event {
        CredentialEvent::CredentialIssued { credential, .. } => {
            done(ActivityAction::CredentialIssue, credential)
        }
        CredentialEvent::CredentialRevoked { credential, .. } => {
            done(ActivityAction::CredentialRevoke, credential)
        }
        CredentialEvent::CredentialSuspended { credential, .. } => {
            done(ActivityAction::CredentialSuspend, credential)
        }
        CredentialEvent::CredentialReinstated { credential, .. } => {
            done(ActivityAction::CredentialUnsuspend, credential)
        }
    }
}

fn of_accreditation(event: &AccreditationEvent) -> Deed<'_> {
    let done = |action, resource: &domain::id::ResourceId| {
        Deed::Done(ActivityCategory::Accreditation, action, resource.to_string())
    };
    match event {
        AccreditationEvent::AccreditationRequested { description, write, .. } => Deed::Asked(
            ActivityCategory::Accreditation,
            ActivityAction::AccreditationIssue,
            description.resource.to_string(),
            write,
        ),
        AccreditationEvent::AccreditationPublished { operation, inclusion, .. } => {
            Deed::Succeeded(*operation, inclusion)
        }
        AccreditationEvent::AccreditationRejected { operation, rejection, .. } => {
            Deed::Failed(*operation, rejection)
        }
        AccreditationEvent::AccreditationRevoked { resource, .. } => {
            done(ActivityAction::AccreditationRevoke, resource)
        }
        AccreditationEvent::AccreditationSuspended { resource, .. } => {
            done(ActivityAction::AccreditationSuspend, resource)
        }
        AccreditationEvent::AccreditationReinstated { resource, .. } => {
            done(ActivityAction::AccreditationUnsuspend, resource)
        }
    }
}

pub(crate) struct Model;

const NAME: &str = "activity";

#[async_trait]
impl ReadModel for Model {
    fn name(&self) -> &'static str {
        NAME
    }
    fn revision(&self) -> i32 {
        2
    }
    fn tables(&self) -> &'static [TableDef] {
        &[ActivityRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[
            Customer::TYPE,
            Key::TYPE,
            DidRecord::TYPE,
            ResourceLine::TYPE,
            StatusList::TYPE,
            Credential::TYPE,
            Accreditation::TYPE,
        ]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let settled: BTreeSet<ActivityKey> = facts
            .iter()
            .filter_map(|fact| match deed(fact) {
                Deed::Succeeded(operation, _) | Deed::Failed(operation, _) => {
                    Some(ActivityKey { activity: operation.0 })
                }
                Deed::Done(..) | Deed::Asked(..) | Deed::Part => None,
            })
            .collect();
        let mut rows: Rows<ActivityRow> = Rows::load(db, generation, settled).await?;
        for fact in facts {
            take_in(&mut rows, fact);
        }
        rows.save(db, generation).await
    }
}

fn take_in(rows: &mut Rows<ActivityRow>, fact: &Fact<'_>) {
    match deed(fact) {
        Deed::Part => {}
        Deed::Done(category, action, entity) => rows.put(new(fact, category, action, entity, None)),
        Deed::Asked(category, action, entity, write) => {
            rows.put(new(fact, category, action, entity, Some(write)));
        }
        Deed::Succeeded(operation, inclusion) => {
            rows.change(&ActivityKey { activity: operation.0 }, |row| {
                row.status = ActivityStatus::Succeeded;
                row.failure = None;
                row.tx_hash.clone_from(&inclusion.tx_hash);
                row.fee_paid = Some(inclusion.fee_paid.to_string());
                row.updated_at = Some(fact.at());
                row.changed = fact.position();
            });
        }
        Deed::Failed(operation, rejection) => {
            rows.change(&ActivityKey { activity: operation.0 }, |row| {
                row.status = ActivityStatus::Failed;
                row.failure = Some(rejection.code.clone());
                row.tx_hash.clone_from(&rejection.tx_hash);
                row.updated_at = Some(fact.at());
                row.changed = fact.position();
            });
        }
    }
}

fn new(
    fact: &Fact<'_>,
    category: ActivityCategory,
    action: ActivityAction,
    entity: String,
    write: Option<&LedgerWrite>,
) -> ActivityRow {
    let metadata = &fact.entry.metadata;
    ActivityRow {
        activity: write.map_or(fact.entry.event_id, |write| write.operation.0),
        customer: metadata.customer,
        category,
        action,
        entity,
        operation: write.map(|write| write.operation),
        network: write.map(|write| write.network),
        status: write.map_or(ActivityStatus::Succeeded, |_| ActivityStatus::Pending),
        failure: None,
        tx_hash: None,
        fee_paid: None,
        actor: serde_json::to_value(&metadata.actor).unwrap_or_default(),
        correlation: metadata.correlation_id,
        created_at: metadata.occurred_at,
        updated_at: None,
        position: fact.position(),
        changed: fact.position(),
    }
}
