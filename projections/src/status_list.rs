//! Status lists: what they are, how full, what of them verifiers can see, and who holds which entry.

mod queries;

pub use queries::{StatusListFilter, StatusLists};

use crate::{
    error::Result,
    model::{Fact, ReadModel, key, placed},
    table::{Generation, Row, Rows, TableDef, Tables},
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    id::{CredentialId, CustomerId, Did, Instant, Network, OperationId, ResourceId, StatusListId},
    ledger::{Inclusion, Rejection},
    register::AnyEvent,
    status_list::{ListDescription, ListPhase, ListType, StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A publication of a list on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingPublication {
    /// The revision it shows.
    pub revision: u64,
    /// Its resource version.
    pub resource: ResourceId,
}

/// A status list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusListRow {
    /// The list.
    pub list: StatusListId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The DID it hangs on.
    pub did: Did,
    /// The network of that DID.
    pub network: Network,
    /// Its name.
    pub name: String,
    /// Its resource type.
    pub resource_type: String,
    /// Its format.
    pub list_type: ListType,
    /// All that was decided about it when it was made.
    pub description: ListDescription,
    /// Where it stands.
    pub phase: ListPhase,
    /// How many entries belong to a credential.
    pub allocated: u32,
    /// Counts changes in our record.
    pub revision: u64,
    /// The newest revision verifiers can see.
    pub published_revision: u64,
    /// The newest resource version on the ledger.
    pub latest_resource: Option<ResourceId>,
    /// The block that version is in.
    pub inclusion: Option<Inclusion>,
    /// Publications on their way, by operation; the creation is one.
    pub pending: BTreeMap<OperationId, PendingPublication>,
    /// Why the last write was refused, if it was.
    pub rejection: Option<Rejection>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When anything last happened to it.
    pub updated_at: Instant,
    /// Log position of its first event.
    pub position: i64,
}

impl StatusListRow {
    /// DID URL of the newest version on the ledger.
    pub fn latest_url(&self) -> Option<String> {
        self.latest_resource.map(|resource| format!("{}/resources/{resource}", self.did))
    }

    /// Whether our record holds changes verifiers cannot see yet.
    pub fn unpublished_changes(&self) -> bool {
        self.revision > self.published_revision
    }
}

/// An entry of a list that is allocated or was ever set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusEntryRow {
    /// The list.
    pub list: StatusListId,
    /// The entry.
    pub index: u32,
    /// Whose the list is.
    pub customer: CustomerId,
    /// The credential or accreditation version it belongs to, if we issued it.
    pub credential: Option<CredentialId>,
    /// What it says in our record; 1 means revoked or suspended.
    pub value: u8,
    /// The revision that set it last; 0 if it was never set.
    pub revision: u64,
    /// When it was allocated or first set.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Log position of the event that made the row; entries changed by one event share it.
    pub position: i64,
}

placed!(StatusListRow);
key!(
    /// Key of a list row.
    ListKey { list: StatusListId }
);
key!(
    /// Key of an entry row.
    EntryKey { list: StatusListId, index: u32 }
);

impl Row for StatusListRow {
    const TABLE: TableDef = TableDef {
        part: "",
        columns: &[
            ("list", "uuid"),
            ("customer", "uuid not null"),
            ("did", "text not null"),
            ("network", "text not null"),
            ("name", "text not null"),
            ("resource_type", "text not null"),
            ("list_type", "text not null"),
            ("description", "json not null"),
            ("phase", "text not null"),
            ("allocated", "bigint not null"),
            ("revision", "bigint not null"),
            ("published_revision", "bigint not null"),
            ("latest_resource", "uuid"),
            ("inclusion", "json"),
            ("pending", "json not null"),
            ("rejection", "json"),
            ("created_at", "timestamptz not null"),
            ("updated_at", "timestamptz not null"),
            ("position", "bigint not null"),
        ],
        key: &["list"],
        indexes: &[
            ("(customer, position)", false),
            ("(customer, did, name, position)", false),
            ("(customer, did, position)", false),
        ],
    };
    type Key = ListKey;
    fn key(&self) -> ListKey {
        ListKey { list: self.list }
    }
}

impl Row for StatusEntryRow {
    const TABLE: TableDef = TableDef {
        part: "entry",
        columns: &[
            ("list", "uuid"),
            ("index", "bigint"),
            ("customer", "uuid not null"),
            ("credential", "uuid"),
            ("value", "smallint not null"),
            ("revision", "bigint not null"),
            ("created_at", "timestamptz not null"),
            ("updated_at", "timestamptz not null"),
            ("position", "bigint not null"),
        ],
        key: &["list", "index"],
        indexes: &[("(customer, credential, position)", false)],
    };
    type Key = EntryKey;
    fn key(&self) -> EntryKey {
        EntryKey { list: self.list, index: self.index }
    }
}

pub(crate) struct Model;

const NAME: &str = "status_list";

#[async_trait]
impl ReadModel for Model {
    fn name(&self) -> &'static str {
        NAME
    }
    fn revision(&self) -> i32 {
        1
    }
    fn tables(&self) -> &'static [TableDef] {
        &[StatusListRow::TABLE, StatusEntryRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[StatusList::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let events = || {
            facts.iter().filter_map(|fact| match &fact.event {
                AnyEvent::StatusList(event) => Some((fact, event)),
                _ => None,
            })
        };
        let lists: BTreeSet<ListKey> = events().map(|(_, event)| ListKey { list: list_of(event) }).collect();
        let entries: BTreeSet<EntryKey> = events().flat_map(|(_, event)| entries_of(event)).collect();
        let mut lists: Rows<StatusListRow> = Rows::load(db, generation, lists).await?;
        let mut entries: Rows<StatusEntryRow> = Rows::load(db, generation, entries).await?;
        for (fact, event) in events() {
            match event {
                StatusListEvent::StatusIndexAllocated { .. }
                | StatusListEvent::StatusEntriesChanged { .. } => {
                    entry(&mut entries, &mut lists, fact, event);
                }
                _ => publication(&mut lists, fact, event),
            }
        }
        lists.save(db, generation).await?;
        entries.save(db, generation).await
    }
}

fn list_of(event: &StatusListEvent) -> StatusListId {
    match event {
        StatusListEvent::StatusListCreateRequested { list, .. }
        | StatusListEvent::StatusListCreated { list, .. }
        | StatusListEvent::StatusListCreateRejected { list, .. }
        | StatusListEvent::StatusIndexAllocated { list, .. }
        | StatusListEvent::StatusEntriesChanged { list, .. }
        | StatusListEvent::StatusListPublishRequested { list, .. }
        | StatusListEvent::StatusListPublished { list, .. }
        | StatusListEvent::StatusListPublishRejected { list, .. } => *list,
    }
}

fn entries_of(event: &StatusListEvent) -> Vec<EntryKey> {
    match event {
        StatusListEvent::StatusIndexAllocated { list, index, .. } => {
            vec![EntryKey { list: *list, index: *index }]
        }
        StatusListEvent::StatusEntriesChanged { list, changes, .. } => {
            changes.iter().map(|change| EntryKey { list: *list, index: change.index }).collect()
        }
        _ => Vec::new(),
    }
}

fn entry(
    entries: &mut Rows<StatusEntryRow>,
    lists: &mut Rows<StatusListRow>,
    fact: &Fact<'_>,
    event: &StatusListEvent,
) {
    let list_key = ListKey { list: list_of(event) };
    let customer = lists.get(&list_key).map_or(fact.entry.metadata.customer, |row| row.customer);
    let new = |index, at| StatusEntryRow {
        list: list_key.list,
        index,
        customer,
        credential: None,
        value: 0,
        revision: 0,
        created_at: at,
        updated_at: at,
        position: fact.position(),
    };
    match event {
        StatusListEvent::StatusIndexAllocated { list, index, credential, at } => {
            let known = entries.get(&EntryKey { list: *list, index: *index }).cloned();
            let row = known.unwrap_or_else(|| new(*index, *at));
            entries.put(StatusEntryRow { credential: Some(*credential), updated_at: *at, ..row });
            lists.change(&list_key, |row| {
                row.allocated += 1;
                row.updated_at = *at;
            });
        }
        StatusListEvent::StatusEntriesChanged { list, changes, revision, at } => {
            for change in changes {
                let known = entries.get(&EntryKey { list: *list, index: change.index }).cloned();
                let row = known.unwrap_or_else(|| new(change.index, *at));
                let credential = row.credential.or(change.credential);
                entries.put(StatusEntryRow {
                    credential,
                    value: change.value,
                    revision: *revision,
                    updated_at: *at,
                    ..row
                });
            }
            lists.change(&list_key, |row| {
                row.revision = *revision;
                row.updated_at = *at;
            });
        }
        _ => {}
    }
}

fn publication(lists: &mut Rows<StatusListRow>, fact: &Fact<'_>, event: &StatusListEvent) {
    let key = ListKey { list: list_of(event) };
    match event {
        StatusListEvent::StatusListCreateRequested {
            list,
            customer,
            description,
            publication,
            write,
            at,
        } => {
            let first = PendingPublication { revision: 0, resource: publication.resource };
            lists.put(StatusListRow {
                list: *list,
                customer: *customer,
                did: description.did.clone(),
                network: description.did.network(),
                name: description.name.clone(),
                resource_type: description.resource_type.clone(),
                list_type: description.list_type,
                description: description.clone(),
                phase: ListPhase::Creating,
                allocated: 0,
                revision: 0,
                published_revision: 0,
                latest_resource: None,
                inclusion: None,
                pending: BTreeMap::from([(write.operation, first)]),
                rejection: None,
                created_at: *at,
                updated_at: *at,
                position: fact.position(),
            });
        }
        StatusListEvent::StatusListPublishRequested { revision, publication, write, at, .. } => {
            let pending = PendingPublication { revision: *revision, resource: publication.resource };
            lists.change(&key, |row| {
                row.pending.insert(write.operation, pending);
                row.updated_at = *at;
            });
        }
        StatusListEvent::StatusListCreated { operation, resource, inclusion, .. }
        | StatusListEvent::StatusListPublished { operation, resource, inclusion, .. } => {
            lists.change(&key, |row| {
                let pending = row.pending.remove(operation);
                let revision = pending.map_or(0, |pending| pending.revision);
                row.published_revision = row.published_revision.max(revision);
                row.phase = ListPhase::Live;
                row.latest_resource = Some(*resource);
                row.inclusion = Some(inclusion.clone());
                row.rejection = None;
                row.updated_at = fact.at();
            });
        }
        StatusListEvent::StatusListCreateRejected { operation, rejection, at, .. }
        | StatusListEvent::StatusListPublishRejected { operation, rejection, at, .. } => {
            let created = matches!(event, StatusListEvent::StatusListCreateRejected { .. });
            lists.change(&key, |row| {
                row.pending.remove(operation);
                row.rejection = Some(rejection.clone());
                row.updated_at = *at;
                if created {
                    row.phase = ListPhase::Failed;
                }
            });
        }
        StatusListEvent::StatusIndexAllocated { .. } | StatusListEvent::StatusEntriesChanged { .. } => {}
    }
}
