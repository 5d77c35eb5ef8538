//! Status lists: what they are, how full, what of them verifiers can see, and who holds which entry.

mod queries;

pub use queries::{StatusListFilter, StatusLists, StatusListsOf};

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
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

table! {
    /// A status list.
    pub struct StatusListRow {
        /// The list.
        pub list: StatusListId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// The DID it hangs on.
        pub did: Did = "text not null",
        /// The network of that DID.
        pub network: Network = "text not null",
        /// Its name.
        pub name: String = "text not null",
        /// Its resource type.
        pub resource_type: String = "text not null",
        /// Its format.
        pub list_type: ListType = "text not null",
        /// All that was decided about it when it was made.
        pub description: ListDescription = "json not null",
        /// Where it stands.
        pub phase: ListPhase = "text not null",
        /// How many entries belong to a credential.
        pub allocated: u32 = "bigint not null",
        /// Counts changes in our record.
        pub revision: u64 = "bigint not null",
        /// The newest revision verifiers can see.
        pub published_revision: u64 = "bigint not null",
        /// The newest resource version on the ledger.
        pub latest_resource: Option<ResourceId> = "uuid",
        /// The block that version is in.
        pub inclusion: Option<Inclusion> = "json",
        /// Publications on their way, by operation; the creation is one.
        pub pending: BTreeMap<OperationId, PendingPublication> = "json not null",
        /// Why the last write was refused, if it was.
        pub rejection: Option<Rejection> = "json",
        /// When it was asked for.
        pub created_at: Instant = "timestamptz not null",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| ListKey { list: StatusListId = row.list };
    index "(customer, position)";
    index "(customer, did, name, position)";
    index "(customer, did, position)";
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

table! {
    /// An entry of a list that is allocated or was ever set.
    pub struct StatusEntryRow in "entry" {
        /// The list.
        pub list: StatusListId = "uuid",
        /// The entry.
        pub index: u32 = "bigint",
        /// Whose the list is.
        pub customer: CustomerId = "uuid not null",
        /// The credential or accreditation version it belongs to, if we issued it.
        pub credential: Option<CredentialId> = "uuid",
        /// What it says in our record; 1 means revoked or suspended.
        pub value: u8 = "smallint not null",
        /// The revision that set it last; 0 if it was never set.
        pub revision: u64 = "bigint not null",
        /// When it was allocated or first set.
        pub created_at: Instant = "timestamptz not null",
        /// When it last changed.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of the event that made the row; entries changed by one event share it.
        pub position: i64 = "bigint not null",
    }
    key |row| EntryKey { list: StatusListId = row.list, index: u32 = row.index };
    index "(customer, credential, position)";
}

placed!(StatusListRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "status_list", revision: 1 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
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
