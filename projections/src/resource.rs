//! Every version of every DID-Linked Resource a customer wrote: plain resources, status lists and accreditations.

mod queries;

pub use queries::{AuthoredRow, ResourceColumn, ResourceFilter, Resources, ResourcesOf};

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
    accreditation::{Accreditation, AccreditationEvent, PublicationPhase},
    id::{CustomerId, Did, Instant, Network, OperationId, ResourceId, resource_line_id},
    ledger::{Inclusion, LedgerFact, Rejection},
    register::AnyEvent,
    resource::{AlternativeUri, ResourceDescription, ResourceEvent, ResourceLine},
    status_list::{StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a resource version was made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceSource {
    /// A resource of its own.
    Resource,
    /// A version of a status list.
    StatusList,
    /// A version of an accreditation.
    Accreditation,
}

table! {
    /// A version of a resource. A refused write keeps its row, so one resource id may stand in several rows, at most one of
    /// which is not rejected.
    pub struct ResourceRow {
        /// The write that makes it.
        pub operation: OperationId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// Its id on the ledger.
        pub resource: ResourceId = "uuid not null",
        /// The DID it hangs on.
        pub did: Did = "text collate \"C\" not null",
        /// The network of that DID.
        pub network: Network = "text not null",
        /// Its name.
        pub name: String = "text collate \"C\" not null",
        /// Its type.
        pub resource_type: String = "text collate \"C\" not null",
        /// A human-readable version label, may be empty.
        pub version: String = "text collate \"C\" not null",
        /// Other addresses of the same thing.
        pub also_known_as: Vec<AlternativeUri> = "json not null",
        /// Size of the data in bytes.
        pub size_bytes: u64 = "bigint not null",
        /// Lower-case hex SHA-256 of the data.
        pub checksum: String = "text not null",
        /// Its media type.
        pub media_type: String = "text collate \"C\" not null",
        /// What it was made as.
        pub source: ResourceSource = "text not null",
        /// The version line: same DID, name and type.
        pub line: Uuid = "uuid not null",
        /// Where its publication stands.
        pub state: PublicationPhase = "text not null",
        /// The published version before it on its line.
        pub previous_version: Option<ResourceId> = "uuid",
        /// The published version after it on its line.
        pub next_version: Option<ResourceId> = "uuid",
        /// Whether there is none after it.
        pub latest: bool = "boolean not null",
        /// The block it is in.
        pub inclusion: Option<Inclusion> = "json",
        /// Why it was refused, if it was.
        pub rejection: Option<Rejection> = "json",
        /// When it was asked for.
        pub created_at: Instant = "timestamptz not null",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| OperationKey { operation: OperationId = row.operation };
    // Every index is an order of the list, with the position behind it because orders are total. What may be filtered and
    // still leave much is included, so that no row is read but those of the page. The newest first:
    index "(customer, position) include (network, state, source, latest, created_at)";
    index "(customer, network, position) include (state, source, latest, created_at)";
    // Also for states and sources that few are in.
    index "(customer, state, position) include (network, source, latest, created_at)";
    index "(customer, source, position) include (network, state, latest, created_at)";
    index "(customer, did, position) include (network, state, source, latest, created_at)";
    index "(customer, resource_type, position) include (network, state, source, latest, created_at)";
    index "(customer, name, position) include (network, state, source, latest, created_at)";
    index "(customer, media_type, position) include (network, state, source, latest, created_at)";
    index "(customer, version, position) include (network, state, source, latest, created_at)";
    index "(customer, resource, position) include (network, state, source, latest, created_at)";
    index "(customer, created_at, position) include (network, state, source, latest)";
    // All of a line, and its newest.
    index "(customer, line, position)";
}

table! {
    /// How many resource versions of a customer there are on a network, in a state, made as something, followed by another
    /// or not.
    pub(crate) struct ResourceCountRow in "count" {
        pub(crate) customer: CustomerId = "uuid",
        pub(crate) network: String = "text",
        pub(crate) state: String = "text",
        pub(crate) source: String = "text",
        pub(crate) latest: bool = "boolean",
        pub(crate) number: i64 = "bigint not null",
    }
    key |row| ResourceCountKey {
        customer: CustomerId = row.customer,
        network: String = row.network.clone(),
        state: String = row.state.clone(),
        source: String = row.source.clone(),
        latest: bool = row.latest
    };
}

impl Count for ResourceCountRow {
    fn new(ResourceCountKey { customer, network, state, source, latest }: ResourceCountKey) -> Self {
        Self { customer, network, state, source, latest, number: 0 }
    }

    fn number(&mut self) -> &mut i64 {
        &mut self.number
    }
}

table! {
    /// The newest published version of a line.
    struct LineRow in "line" {
        line: Uuid = "uuid",
        latest: OperationId = "uuid not null",
    }
    key |row| LineRowKey { line: Uuid = row.line };
}

placed!(ResourceRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "resource", revision: 2 };

/// What an event means for a resource version.
enum Change<'a> {
    Requested(CustomerId, &'a ResourceDescription, OperationId, ResourceSource, Instant),
    Published(OperationId, &'a Inclusion),
    Rejected(OperationId, &'a Rejection, Instant),
}

fn change<'a>(fact: &'a Fact<'_>) -> Option<Change<'a>> {
    match fact.event.ledger()? {
        LedgerFact::Included { operation, inclusion } => Some(Change::Published(operation, inclusion)),
        LedgerFact::Rejected { operation, rejection, at } => Some(Change::Rejected(operation, rejection, at)),
        LedgerFact::Asked { write, .. } => {
            let (customer, description, source, at) = asked(fact)?;
            Some(Change::Requested(customer, description, write.operation, source, at))
        }
    }
}

/// Whose resource an event asks for, what it is, what it is made as, and when that was asked. Publications after the first
/// do not name the tenant; the command that asked for them was checked against the list's owner, so its metadata does.
fn asked<'a>(fact: &'a Fact<'_>) -> Option<(CustomerId, &'a ResourceDescription, ResourceSource, Instant)> {
    let tenant = fact.entry.metadata.customer;
    match &fact.event {
        AnyEvent::Resource(ResourceEvent::ResourceVersionRequested { customer, description, at, .. }) => {
            Some((*customer, description, ResourceSource::Resource, *at))
        }
        AnyEvent::StatusList(StatusListEvent::StatusListCreateRequested {
            customer,
            publication,
            at,
            ..
        }) => Some((*customer, &publication.description, ResourceSource::StatusList, *at)),
        AnyEvent::StatusList(StatusListEvent::StatusListPublishRequested { publication, at, .. }) => {
            Some((tenant, &publication.description, ResourceSource::StatusList, *at))
        }
        AnyEvent::Accreditation(AccreditationEvent::AccreditationRequested {
            customer,
            description,
            at,
            ..
        }) => Some((*customer, &description.published_as, ResourceSource::Accreditation, *at)),
        _ => None,
    }
}

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[ResourceRow::TABLE, LineRow::TABLE, ResourceCountRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[ResourceLine::TYPE, StatusList::TYPE, Accreditation::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let changes: Vec<(&Fact<'_>, Change<'_>)> =
            facts.iter().filter_map(|fact| Some((fact, change(fact)?))).collect();
        let settled = |(_, change): &(&Fact<'_>, Change<'_>)| match change {
            Change::Requested(..) => None,
            Change::Published(operation, _) | Change::Rejected(operation, ..) => {
                Some(OperationKey { operation: *operation })
            }
        };
        let mut rows: Rows<ResourceRow> =
            Rows::load(db, generation, changes.iter().filter_map(settled).collect()).await?;
        for (fact, change) in &changes {
            if let Change::Requested(customer, description, operation, source, at) = change {
                rows.put(requested(fact, *customer, description, *operation, *source, *at));
            }
        }
        let touched: BTreeSet<LineRowKey> = rows.iter().map(|row| LineRowKey { line: row.line }).collect();
        let mut lines: Rows<LineRow> = Rows::load(db, generation, touched).await?;
        let latest = lines.iter().map(|line| OperationKey { operation: line.latest }).collect();
        rows.load_more(db, generation, latest).await?;
        let mut numbers = Tally::<ResourceCountRow>::new();
        for (fact, change) in changes {
            match change {
                Change::Requested(_, _, operation, ..) => {
                    numbers.moved(None, counted(&rows, operation));
                }
                Change::Published(operation, inclusion) => {
                    publish(&mut rows, &mut lines, &mut numbers, fact, operation, inclusion);
                }
                Change::Rejected(operation, rejection, at) => {
                    let before = counted(&rows, operation);
                    rows.change(&OperationKey { operation }, |row| {
                        row.state = PublicationPhase::Rejected;
                        row.rejection = Some(rejection.clone());
                        row.updated_at = at;
                    });
                    numbers.moved(before, counted(&rows, operation));
                }
            }
        }
        numbers.save(db, generation).await?;
        rows.save(db, generation).await?;
        lines.save(db, generation).await
    }
}

/// Where a resource version is counted.
fn counted(rows: &Rows<ResourceRow>, operation: OperationId) -> Option<ResourceCountKey> {
    rows.get(&OperationKey { operation }).map(|row| ResourceCountKey {
        customer: row.customer,
        network: row.network.to_string(),
        state: tag(&row.state),
        source: tag(&row.source),
        latest: row.latest,
    })
}

fn requested(
    fact: &Fact<'_>,
    customer: CustomerId,
    description: &ResourceDescription,
    operation: OperationId,
    source: ResourceSource,
    at: Instant,
) -> ResourceRow {
    let ResourceDescription {
        did,
        resource,
        name,
        resource_type,
        version,
        also_known_as,
        size_bytes,
        checksum,
        media_type,
    } = description.clone();
    ResourceRow {
        operation,
        customer,
        resource,
        network: did.network(),
        line: resource_line_id(&did, &name, &resource_type),
        did,
        name,
        resource_type,
        version,
        also_known_as,
        size_bytes,
        checksum,
        media_type,
        source,
        state: PublicationPhase::Pending,
        previous_version: None,
        next_version: None,
        latest: true,
        inclusion: None,
        rejection: None,
        created_at: at,
        updated_at: at,
        position: fact.position(),
    }
}

/// The ledger links versions in the order they reach it, which is the order of their confirmations: writes of one DID
/// reach the chain one after the other.
fn publish(
    rows: &mut Rows<ResourceRow>,
    lines: &mut Rows<LineRow>,
    numbers: &mut Tally<ResourceCountRow>,
    fact: &Fact<'_>,
    operation: OperationId,
    inclusion: &Inclusion,
) {
    let key = OperationKey { operation };
    let Some((line, resource)) = rows.get(&key).map(|row| (row.line, row.resource)) else { return };
    let before = lines.get(&LineRowKey { line }).map(|line| line.latest);
    let mut previous = None;
    if let Some(before) = before.filter(|before| *before != operation) {
        let place = counted(rows, before);
        rows.change(&OperationKey { operation: before }, |row| {
            previous = Some(row.resource);
            row.next_version = Some(resource);
            row.latest = false;
        });
        numbers.moved(place, counted(rows, before));
    }
    let place = counted(rows, operation);
    rows.change(&key, |row| {
        row.state = PublicationPhase::Published;
        row.previous_version = previous;
        row.inclusion = Some(inclusion.clone());
        row.rejection = None;
        row.updated_at = fact.at();
    });
    numbers.moved(place, counted(rows, operation));
    lines.put(LineRow { line, latest: operation });
}

#[cfg(test)]
mod tests;
