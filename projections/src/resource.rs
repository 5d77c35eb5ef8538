//! Every version of every DID-Linked Resource a customer wrote: plain resources, status lists and accreditations.

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
    accreditation::{Accreditation, AccreditationEvent, PublicationPhase},
    id::{CustomerId, Did, Instant, Network, OperationId, ResourceId, resource_line_id},
    ledger::{Inclusion, LedgerFact, Rejection},
    register::AnyEvent,
    resource::{AlternativeUri, ResourceDescription, ResourceEvent, ResourceLine},
    status_list::{StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
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
        pub did: Did = "text not null",
        /// The network of that DID.
        pub network: Network = "text not null",
        /// Its name.
        pub name: String = "text not null",
        /// Its type.
        pub resource_type: String = "text not null",
        /// A human-readable version label, may be empty.
        pub version: String = "text not null",
        /// Other addresses of the same thing.
        pub also_known_as: Vec<AlternativeUri> = "json not null",
        /// Size of the data in bytes.
        pub size_bytes: u64 = "bigint not null",
        /// Lower-case hex SHA-256 of the data.
        pub checksum: String = "text not null",
        /// Its media type.
        pub media_type: String = "text not null",
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
    index "(customer, position)";
    index "(customer, network, position)";
    index "(customer, did, position)";
    index "(customer, resource_type, position)";
    index "(customer, name, position)";
    index "(customer, resource, position)";
    index "(customer, line, position)";
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

pub(crate) const MODEL: ModelId = ModelId { name: "resource", revision: 1 };

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
        &[ResourceRow::TABLE, LineRow::TABLE]
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
        for (fact, change) in changes {
            match change {
                Change::Requested(..) => {}
                Change::Published(operation, inclusion) => {
                    publish(&mut rows, &mut lines, fact, operation, inclusion);
                }
                Change::Rejected(operation, rejection, at) => {
                    rows.change(&OperationKey { operation }, |row| {
                        row.state = PublicationPhase::Rejected;
                        row.rejection = Some(rejection.clone());
                        row.updated_at = at;
                    });
                }
            }
        }
        rows.save(db, generation).await?;
        lines.save(db, generation).await
    }
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
    fact: &Fact<'_>,
    operation: OperationId,
    inclusion: &Inclusion,
) {
    let key = OperationKey { operation };
    let Some((line, resource)) = rows.get(&key).map(|row| (row.line, row.resource)) else { return };
    let before = lines.get(&LineRowKey { line }).map(|line| line.latest);
    let mut previous = None;
    if let Some(before) = before.filter(|before| *before != operation) {
        rows.change(&OperationKey { operation: before }, |row| {
            previous = Some(row.resource);
            row.next_version = Some(resource);
        });
    }
    rows.change(&key, |row| {
        row.state = PublicationPhase::Published;
        row.previous_version = previous;
        row.inclusion = Some(inclusion.clone());
        row.rejection = None;
        row.updated_at = fact.at();
    });
    lines.put(LineRow { line, latest: operation });
}

/// Which resource versions to list.
#[derive(Debug, Clone, Default)]
pub struct ResourceFilter {
    /// Only of this DID.
    pub did: Option<Did>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only with this name.
    pub name: Option<String>,
    /// Only of this type.
    pub resource_type: Option<String>,
    /// Only in these states; empty means all. The contract's list shows `Published` ones.
    pub states: Vec<PublicationPhase>,
    /// Only made as these; empty means all.
    pub sources: Vec<ResourceSource>,
    /// Only versions that no published version follows.
    pub latest_only: bool,
    /// Asked for at or before.
    pub created_until: Option<Instant>,
}

/// What resource versions hang on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourcesOf {
    /// All of a DID.
    Did(Did),
    /// All of a line: same DID, name and type.
    Line(Did, String, String),
}

impl From<&ResourcesOf> for Below {
    fn from(of: &ResourcesOf) -> Self {
        match of {
            ResourcesOf::Did(did) => Self { column: "did", value: did.to_string() },
            ResourcesOf::Line(did, name, resource_type) => {
                Self { column: "line", value: resource_line_id(did, name, resource_type).to_string() }
            }
        }
    }
}

fn conditions(customer: CustomerId, filter: &ResourceFilter) -> Filter {
    let conditions = Filter::of(customer)
        .is("did", filter.did.as_ref().map(Did::as_str))
        .is("network", filter.network.map(Network::as_str))
        .is("name", filter.name.as_deref())
        .is("resource_type", filter.resource_type.as_deref())
        .one_of("state", &filter.states)
        .one_of("source", &filter.sources)
        .until("created_at", filter.created_until);
    if filter.latest_only { conditions.is("(next_version is null)", Some(true)) } else { conditions }
}

/// A version that the customer wrote, and who asked for it.
#[derive(Debug, Clone)]
pub struct AuthoredRow {
    /// The version.
    pub row: ResourceRow,
    /// As in [`crate::ActivityRow`]; nothing while that model is behind.
    pub actor: Option<Value>,
}

/// Queries about resources.
#[derive(Debug, Clone, Copy)]
pub struct Resources<'a>(&'a Views);

impl Views {
    /// Resources.
    pub fn resources(&self) -> Resources<'_> {
        Resources(self)
    }
}

listed!(Resources: ResourceFilter => ResourceRow);
listed_below!(Resources: ResourcesOf => ResourceRow, Filter::of);

impl Resources<'_> {
    /// A resource version of the customer; if it was refused and asked for again, the newest attempt.
    pub async fn get(&self, customer: CustomerId, resource: ResourceId) -> Result<Option<ResourceRow>> {
        self.0.one(&Filter::of(customer).is("resource", Some(resource.0))).await
    }

    /// Several at once, for dataloaders; may hold refused attempts beside the one that counts.
    pub async fn get_many(&self, customer: CustomerId, resources: &[ResourceId]) -> Result<Vec<ResourceRow>> {
        self.0.many(Filter::of(customer), "resource", resources).await
    }

    /// Who asked for these versions, of those that the customer wrote.
    pub async fn authored(
        &self,
        customer: CustomerId,
        resources: &[ResourceId],
    ) -> Result<HashMap<ResourceId, AuthoredRow>> {
        let mut rows = self.get_many(customer, resources).await?;
        rows.retain(|row| row.state != PublicationPhase::Rejected);
        let operations: Vec<Uuid> = rows.iter().map(|row| row.operation.0).collect();
        let deeds = self.0.activities().get_many(customer, &operations).await?;
        let mut actors: HashMap<Uuid, Value> =
            deeds.into_iter().map(|deed| (deed.activity, deed.actor)).collect();
        let authored = rows.into_iter().map(|row| {
            let actor = actors.remove(&row.operation.0);
            (row.resource, AuthoredRow { row, actor })
        });
        Ok(authored.collect())
    }

    /// All versions of a line (same DID, name and type), newest first.
    pub async fn versions(
        &self,
        customer: CustomerId,
        did: &Did,
        name: &str,
        resource_type: &str,
        paging: Paging,
    ) -> Result<Page<ResourceRow>> {
        let line = resource_line_id(did, name, resource_type);
        self.0.list(&Filter::of(customer).is("line", Some(line)), paging).await
    }
}

#[cfg(test)]
mod tests;
