//! DIDs of customers: where each stands, its document, and its versions on the ledger.

mod queries;

pub use queries::{DidColumn, DidFilter, Dids, VersionsOf};

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    page::tag,
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
    tally::{Count, Tally},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    did::{ControllerKey, DidEvent, DidLabel, DidPhase, DidRecord},
    id::{CustomerId, Did, Instant, KeyId, Network, OperationId, VersionId},
    ledger::{Inclusion, Rejection},
    register::AnyEvent,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
        /// What it is called in its network: what stands behind `did:cheqd:<network>:`.
        pub unique_id: String = "text collate \"C\" not null",
        /// The key that is shown first; empty if it has none.
        pub controller_key: String = "text collate \"C\" not null",
        /// What it is called; empty if it is called nothing.
        pub name: String = "text not null",
        /// The same as it is looked for and sorted by: in small letters.
        pub name_key: String = "text collate \"C\" not null",
        /// What it stands for; empty if nobody said it.
        pub kind: String = "text collate \"C\" not null",
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
    // Every index is an order of the list, with the position behind it because orders are total. What may be filtered and
    // still leave much is included, so that no row is read but those of the page. The newest first:
    index "(customer, position) include (network, phase, created_at, kind)";
    index "(customer, network, position) include (phase, created_at, kind)";
    // Also for a phase that few are in.
    index "(customer, phase, position) include (network, created_at, kind)";
    // Also for whatever begins with a search.
    index "(customer, unique_id, position) include (network, phase, created_at, kind)";
    index "(customer, created_at, position) include (network, phase, kind)";
    index "(customer, updated_at, position) include (network, phase, created_at, kind)";
    index "(customer, controller_key, position) include (network, phase, created_at, kind)";
    index "(customer, name_key, position) include (network, phase, created_at, kind)";
    index "(customer, kind, position) include (network, phase, created_at)";
}

table! {
    /// How many DIDs of a customer are in a phase on a network, of each kind.
    pub(crate) struct DidCountRow in "count" {
        pub(crate) customer: CustomerId = "uuid",
        pub(crate) network: String = "text",
        pub(crate) phase: String = "text",
        pub(crate) kind: String = "text collate \"C\"",
        pub(crate) number: i64 = "bigint not null",
    }
    key |row| DidCountKey {
        customer: CustomerId = row.customer,
        network: String = row.network.clone(),
        phase: String = row.phase.clone(),
        kind: String = row.kind.clone()
    };
}

impl Count for DidCountRow {
    fn new(DidCountKey { customer, network, phase, kind }: DidCountKey) -> Self {
        Self { customer, network, phase, kind, number: 0 }
    }

    fn number(&mut self) -> &mut i64 {
        &mut self.number
    }
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

table! {
    /// A key in a document of a DID, present or on its way.
    pub(crate) struct DidKeyRow in "key" {
        /// Whose the DID is.
        pub(crate) customer: CustomerId = "uuid",
        /// The key.
        pub(crate) kid: KeyId = "text",
        /// The DID.
        pub(crate) did: Did = "text",
        /// Whether it still stands there, in a DID that is not over.
        pub(crate) stands: bool = "boolean not null",
    }
    key |row| DidKeyKey { customer: CustomerId = row.customer, kid: KeyId = row.kid.clone(), did: String = row.did.to_string() };
    index "(customer, kid, stands)";
}

placed!(DidRow, DidVersionRow);

fn did_key(did: &Did) -> DidKey {
    DidKey { did: did.to_string() }
}

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "did", revision: 3 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[DidRow::TABLE, DidVersionRow::TABLE, DidKeyRow::TABLE, DidCountRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[DidRecord::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let touched: BTreeSet<DidKey> =
            facts.iter().map(|fact| DidKey { did: fact.entry.stream_id.clone() }).collect();
        let mut dids: Rows<DidRow> = Rows::load(db, generation, touched).await?;
        let mut versions: Rows<DidVersionRow> = Rows::load(db, generation, BTreeSet::new()).await?;
        let mut keys: Rows<DidKeyRow> = Rows::load(db, generation, BTreeSet::new()).await?;
        let mut numbers = Tally::<DidCountRow>::new();
        for fact in facts {
            if let AnyEvent::Did(event) = &fact.event {
                let key = DidKey { did: fact.entry.stream_id.clone() };
                let (before, held) = (counted(&dids, &key), standing(&dids, &key));
                take_in(&mut dids, &mut versions, fact, event);
                numbers.moved(before, counted(&dids, &key));
                let holds = standing(&dids, &key);
                for ((customer, kid), did) in held.iter().filter(|(key, _)| !holds.contains_key(*key)) {
                    let (customer, kid, did) = (*customer, kid.clone(), did.clone());
                    keys.put(DidKeyRow { customer, kid, did, stands: false });
                }
                for ((customer, kid), did) in holds.into_iter().filter(|(key, _)| !held.contains_key(key)) {
                    keys.put(DidKeyRow { customer, kid, did, stands: true });
                }
            }
        }
        dids.save(db, generation).await?;
        versions.save(db, generation).await?;
        keys.save(db, generation).await?;
        numbers.save(db, generation).await
    }
}

/// Where a DID is counted.
fn counted(dids: &Rows<DidRow>, key: &DidKey) -> Option<DidCountKey> {
    dids.get(key).map(|row| DidCountKey {
        customer: row.customer,
        network: row.network.to_string(),
        phase: tag(&row.phase),
        kind: row.kind.clone(),
    })
}

/// The keys that stand in a DID's documents, as long as it can be written.
fn standing(dids: &Rows<DidRow>, key: &DidKey) -> BTreeMap<(CustomerId, KeyId), Did> {
    let lasts = |row: &&DidRow| !matches!(row.phase, DidPhase::Deactivated | DidPhase::Failed);
    let Some(row) = dids.get(key).filter(lasts) else { return BTreeMap::new() };
    let pending = row.pending.iter().flat_map(|change| &change.keys);
    row.keys.iter().chain(pending).map(|key| ((row.customer, key.kid.clone()), row.did.clone())).collect()
}

/// As names are looked for. Letter by letter: by the rules of whole words the last sigma of one has a form of its own, so that the
/// beginning of a name would be no beginning.
fn in_small_letters(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// The key that is shown first: that of the first verification method of those in the vault, unless an import named another.
fn controller_key(keys: &[ControllerKey]) -> String {
    keys.first().map(|key| key.kid.0.clone()).unwrap_or_default()
}

/// What the ledger has beside the log changes nothing of the log, and an export is a deed, which the activities tell.
fn take_in(dids: &mut Rows<DidRow>, versions: &mut Rows<DidVersionRow>, fact: &Fact<'_>, event: &DidEvent) {
    match event {
        DidEvent::DidCreateRequested { did, customer, document, keys, version, write, at } => {
            dids.put(DidRow {
                did: did.clone(),
                customer: *customer,
                network: did.network(),
                unique_id: did.unique_id().to_owned(),
                controller_key: controller_key(keys),
                name: String::new(),
                name_key: String::new(),
                kind: String::new(),
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
        DidEvent::DidLabelled { did, label, at } => call_it(dids, did, label, *at),
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
    let (name, kind) = known.map(|row| (row.name.clone(), row.kind.clone())).unwrap_or_default();
    dids.put(DidRow {
        did: did.clone(),
        customer: *customer,
        network: did.network(),
        unique_id: did.unique_id().to_owned(),
        controller_key: controller_key(keys),
        name_key: in_small_letters(&name),
        name,
        kind,
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

fn call_it(dids: &mut Rows<DidRow>, did: &Did, label: &DidLabel, at: Instant) {
    dids.change(&did_key(did), |row| {
        row.name = label.name.clone().unwrap_or_default();
        row.name_key = in_small_letters(&row.name);
        row.kind = label.kind.clone().unwrap_or_default();
        row.updated_at = at;
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
            row.controller_key = controller_key(&change.keys);
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
