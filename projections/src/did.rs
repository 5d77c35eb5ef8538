//! DIDs of customers: where each stands, its document, and its versions on the ledger.

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    page::{Filter, Page, Paging},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
    views::{Below, Views, listed, listed_below},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    did::{ControllerKey, DidEvent, DidPhase, DidRecord},
    id::{CustomerId, Did, Instant, Network, OperationId, VersionId},
    ledger::{Inclusion, Rejection},
    register::AnyEvent,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// A change of a DID on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingDid {
    /// The operation to follow.
    pub operation: OperationId,
    /// The version it makes.
    pub version: VersionId,
    /// The document it sets; none for a deactivation.
    pub document: Option<Value>,
    /// The keys behind that document's verification methods.
    pub keys: Vec<ControllerKey>,
    /// When it was asked for.
    pub at: Instant,
}

table! {
    /// A DID.
    pub struct DidRow {
        /// The DID.
        pub did: Did = "text",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// Its network.
        pub network: Network = "text not null",
        /// Where it stands.
        pub phase: DidPhase = "text not null",
        /// The confirmed document; while creating or failed, the requested one.
        pub document: Value = "json",
        /// The keys behind its verification methods.
        pub keys: Vec<ControllerKey> = "json not null",
        /// The version of that document.
        pub version: VersionId = "uuid not null",
        /// What is on its way, creation included.
        pub pending: Option<PendingDid> = "json",
        /// Why the last write was refused, if it was.
        pub rejection: Option<Rejection> = "json",
        /// When it was asked for.
        pub created_at: Instant = "timestamptz not null",
        /// The block that created it.
        pub created: Option<Inclusion> = "json",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// The block of its newest version.
        pub updated: Option<Inclusion> = "json",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| DidKey { did: String = row.did.to_string() };
    index "(customer, position)";
    index "(customer, network, position)";
}

table! {
    /// A version of a DID document on the ledger.
    pub struct DidVersionRow in "version" {
        /// The DID.
        pub did: Did = "text",
        /// The version.
        pub version: VersionId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// The write that made it.
        pub operation: OperationId = "uuid not null",
        /// Whether it deactivates the DID.
        pub deactivates: bool = "boolean not null",
        /// The block it is in.
        pub inclusion: Inclusion = "json not null",
        /// Log position of its confirmation.
        pub position: i64 = "bigint not null",
    }
    key |row| DidVersionKey { did: String = row.did.to_string(), version: VersionId = row.version };
    index "(customer, did, position)";
}

placed!(DidRow, DidVersionRow);

fn did_key(did: &Did) -> DidKey {
    DidKey { did: did.to_string() }
}

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "did", revision: 1 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[DidRow::TABLE, DidVersionRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[DidRecord::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let touched: BTreeSet<DidKey> =
            facts.iter().map(|fact| DidKey { did: fact.entry.stream_id.clone() }).collect();
        let mut dids: Rows<DidRow> = Rows::load(db, generation, touched).await?;
        let mut versions: Rows<DidVersionRow> = Rows::load(db, generation, BTreeSet::new()).await?;
        for fact in facts {
            if let AnyEvent::Did(event) = &fact.event {
                take_in(&mut dids, &mut versions, fact, event);
            }
        }
        dids.save(db, generation).await?;
        versions.save(db, generation).await
    }
}

fn take_in(dids: &mut Rows<DidRow>, versions: &mut Rows<DidVersionRow>, fact: &Fact<'_>, event: &DidEvent) {
    match event {
        DidEvent::DidCreateRequested { did, customer, document, keys, version, write, at } => {
            dids.put(DidRow {
                did: did.clone(),
                customer: *customer,
                network: did.network(),
                phase: DidPhase::Creating,
                document: document.clone(),
                keys: keys.clone(),
                version: *version,
                pending: Some(PendingDid {
                    operation: write.operation,
                    version: *version,
                    document: Some(document.clone()),
                    keys: keys.clone(),
                    at: *at,
                }),
                rejection: None,
                created_at: *at,
                created: None,
                updated_at: *at,
                updated: None,
                position: fact.position(),
            });
        }
        DidEvent::DidImported { .. } => import(dids, fact, event),
        DidEvent::DidUpdateRequested { did, document, keys, version, write, at } => {
            let change = PendingDid {
                operation: write.operation,
                version: *version,
                document: Some(document.clone()),
                keys: keys.clone(),
                at: *at,
            };
            request(dids, did, change);
        }
        DidEvent::DidDeactivateRequested { did, version, write, at } => {
            let change = PendingDid {
                operation: write.operation,
                version: *version,
                document: None,
                keys: Vec::new(),
                at: *at,
            };
            request(dids, did, change);
        }
        DidEvent::DidCreated { did, operation, inclusion }
        | DidEvent::DidUpdated { did, operation, inclusion }
        | DidEvent::DidDeactivated { did, operation, inclusion } => {
            confirm(dids, versions, fact, did, *operation, inclusion);
        }
        DidEvent::DidCreateRejected { did, operation, rejection, at } => {
            reject(dids, did, *operation, rejection, *at);
            dids.change(&did_key(did), |row| row.phase = DidPhase::Failed);
        }
        DidEvent::DidUpdateRejected { did, operation, rejection, at }
        | DidEvent::DidDeactivateRejected { did, operation, rejection, at } => {
            reject(dids, did, *operation, rejection, *at);
        }
        // What the ledger has beside the log changes nothing of the log.
        // An export is a deed, which the activities tell.
        DidEvent::DidDriftFound { .. } | DidEvent::DidDriftResolved { .. } | DidEvent::DidExported { .. } => {
        }
    }
}

/// One that was here before keeps its place and its beginning.
fn import(dids: &mut Rows<DidRow>, fact: &Fact<'_>, event: &DidEvent) {
    let DidEvent::DidImported { did, customer, document, keys, version, at } = event else { return };
    let known = dids.get(&did_key(did)).filter(|row| row.customer == *customer);
    let (created_at, created, position) =
        known.map_or((*at, None, fact.position()), |row| (row.created_at, row.created.clone(), row.position));
    dids.put(DidRow {
        did: did.clone(),
        customer: *customer,
        network: did.network(),
        phase: DidPhase::Active,
        document: document.clone(),
        keys: keys.clone(),
        version: *version,
        pending: None,
        rejection: None,
        created_at,
        created,
        updated_at: *at,
        updated: None,
        position,
    });
}

fn request(dids: &mut Rows<DidRow>, did: &Did, change: PendingDid) {
    dids.change(&did_key(did), |row| {
        row.updated_at = change.at;
        row.rejection = None;
        row.pending = Some(change);
    });
}

fn confirm(
    dids: &mut Rows<DidRow>,
    versions: &mut Rows<DidVersionRow>,
    fact: &Fact<'_>,
    did: &Did,
    operation: OperationId,
    inclusion: &Inclusion,
) {
    let mut version = None;
    dids.change(&did_key(did), |row| {
        let Some(change) = row.pending.take_if(|change| change.operation == operation) else { return };
        version = Some(DidVersionRow {
            did: did.clone(),
            version: change.version,
            customer: row.customer,
            operation,
            deactivates: change.document.is_none(),
            inclusion: inclusion.clone(),
            position: fact.position(),
        });
        row.version = change.version;
        row.rejection = None;
        row.updated_at = fact.at();
        row.updated = Some(inclusion.clone());
        row.created.get_or_insert_with(|| inclusion.clone());
        if let Some(document) = change.document {
            row.document = document;
            row.keys = change.keys;
            row.phase = DidPhase::Active;
        } else {
            row.phase = DidPhase::Deactivated;
        }
    });
    if let Some(version) = version {
        versions.put(version);
    }
}

fn reject(dids: &mut Rows<DidRow>, did: &Did, operation: OperationId, rejection: &Rejection, at: Instant) {
    dids.change(&did_key(did), |row| {
        row.pending.take_if(|change| change.operation == operation);
        row.rejection = Some(rejection.clone());
        row.updated_at = at;
    });
}

/// Which DIDs to list.
#[derive(Debug, Clone, Default)]
pub struct DidFilter {
    /// Only this network.
    pub network: Option<Network>,
    /// Only these phases; empty means all. The contract's list shows `Active` and `Deactivated` ones.
    pub phases: Vec<DidPhase>,
    /// Asked for at or before.
    pub created_until: Option<Instant>,
}

/// Queries about DIDs.
#[derive(Debug, Clone, Copy)]
pub struct Dids<'a>(&'a Views);

impl Views {
    /// DIDs.
    pub fn dids(&self) -> Dids<'_> {
        Dids(self)
    }
}

fn conditions(customer: CustomerId, filter: &DidFilter) -> Filter {
    Filter::of(customer)
        .is("network", filter.network.map(Network::as_str))
        .one_of("phase", &filter.phases)
        .until("created_at", filter.created_until)
}

/// What versions of DID documents hang on: their DID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionsOf(pub Did);

impl From<&VersionsOf> for Below {
    fn from(of: &VersionsOf) -> Self {
        Self { column: "did", value: of.0.to_string() }
    }
}

listed!(Dids: DidFilter => DidRow);
listed_below!(Dids: VersionsOf => DidVersionRow, Filter::of);

impl Dids<'_> {
    /// A DID of the customer, in whatever phase.
    pub async fn get(&self, customer: CustomerId, did: &Did) -> Result<Option<DidRow>> {
        self.0.one(&Filter::of(customer).is("did", Some(did.as_str()))).await
    }

    /// Several DIDs of the customer at once, for dataloaders; unknown ones are left out, at most
    /// [`crate::LIST_ROWS_MAX`].
    pub async fn get_many(&self, customer: CustomerId, dids: &[Did]) -> Result<Vec<DidRow>> {
        self.0.many(Filter::of(customer), "did", dids).await
    }

    /// Versions of a DID document, newest first.
    pub async fn versions(
        &self,
        customer: CustomerId,
        did: &Did,
        paging: Paging,
    ) -> Result<Page<DidVersionRow>> {
        self.0.list(&Filter::of(customer).is("did", Some(did.as_str())), paging).await
    }
}
