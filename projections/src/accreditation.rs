//! Accreditations: every version, where its publication stands, its status, and whose accreditation it hangs on.

mod queries;

pub use queries::{AccreditationFilter, Accreditations, AccreditationsOf};

use crate::{
    error::Result,
    model::{Fact, ReadModel, key, placed},
    table::{Generation, Row, Rows, TableDef, Tables},
};
use async_trait::async_trait;
use credentials::did_url::{DidUrl, Pin, ResourceRef};
use domain::{
    Aggregate as _,
    accreditation::{
        Accreditation, AccreditationDescription, AccreditationEvent, AccreditationKind, PublicationPhase,
    },
    credential::CredentialStatus,
    id::{AccreditationId, CustomerId, Did, Instant, Network, OperationId, ResourceId, accreditation_id},
    ledger::{Inclusion, Rejection},
    register::AnyEvent,
    status_list::{EntryChange, StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A version of an accreditation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccreditationRow {
    /// The line: same issuer, name and type.
    pub accreditation: AccreditationId,
    /// This version's resource id.
    pub resource: ResourceId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Which document.
    pub kind: AccreditationKind,
    /// Who grants.
    pub issuer: Did,
    /// Who receives.
    pub subject: Did,
    /// The network of the issuer.
    pub network: Network,
    /// The line's name.
    pub name: String,
    /// The resource type on the ledger.
    pub resource_type: String,
    /// All it says.
    pub description: AccreditationDescription,
    /// The write that publishes it.
    pub operation: OperationId,
    /// Where its publication stands.
    pub publication: PublicationPhase,
    /// The block it is in.
    pub inclusion: Option<Inclusion>,
    /// Why it was refused, if it was.
    pub rejection: Option<Rejection>,
    /// Its status as we decided it.
    pub status: CredentialStatus,
    /// When that status last changed.
    pub status_updated_at: Option<Instant>,
    /// The publication of the status list that shows the last change.
    pub status_publication: Option<OperationId>,
    /// Whether it is the newest published version of its line.
    pub latest: bool,
    /// Edge of the trust graph: the DID that issued the granting accreditation. None for a root.
    pub parent_issuer: Option<String>,
    /// Edge of the trust graph, if the reference names an exact version: its resource id.
    pub parent_resource: Option<ResourceId>,
    /// Edge of the trust graph, if the reference names a line by name and type: its id.
    pub parent_line: Option<AccreditationId>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When anything last happened to it.
    pub updated_at: Instant,
    /// Log position of its first event.
    pub position: i64,
}

/// The newest published version of a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LineRow {
    accreditation: AccreditationId,
    latest: ResourceId,
}

placed!(AccreditationRow);
key!(
    /// Key of a version row.
    VersionKey { accreditation: AccreditationId, resource: ResourceId }
);
key!(
    /// Key of a line row.
    LineKey { accreditation: AccreditationId }
);

impl Row for AccreditationRow {
    const TABLE: TableDef = TableDef {
        part: "",
        columns: &[
            ("accreditation", "uuid"),
            ("resource", "uuid"),
            ("customer", "uuid not null"),
            ("kind", "text not null"),
            ("issuer", "text not null"),
            ("subject", "text not null"),
            ("network", "text not null"),
            ("name", "text not null"),
            ("resource_type", "text not null"),
            ("description", "json not null"),
            ("operation", "uuid not null"),
            ("publication", "text not null"),
            ("inclusion", "json"),
            ("rejection", "json"),
            ("status", "text not null"),
            ("status_updated_at", "timestamptz"),
            ("status_publication", "uuid"),
            ("latest", "boolean not null"),
            ("parent_issuer", "text"),
            ("parent_resource", "uuid"),
            ("parent_line", "uuid"),
            ("created_at", "timestamptz not null"),
            ("updated_at", "timestamptz not null"),
            ("position", "bigint not null"),
        ],
        key: &["accreditation", "resource"],
        indexes: &[
            ("(customer, position)", false),
            ("(customer, kind, position)", false),
            ("(customer, issuer, position)", false),
            ("(customer, subject, position)", false),
            ("(customer, resource, position)", false),
            ("(resource)", false),
            ("(customer, parent_resource, position)", false),
            ("(customer, parent_line, position)", false),
        ],
    };
    type Key = VersionKey;
    fn key(&self) -> VersionKey {
        VersionKey { accreditation: self.accreditation, resource: self.resource }
    }
}

impl Row for LineRow {
    const TABLE: TableDef = TableDef {
        part: "line",
        columns: &[("accreditation", "uuid"), ("latest", "uuid not null")],
        key: &["accreditation"],
        indexes: &[],
    };
    type Key = LineKey;
    fn key(&self) -> LineKey {
        LineKey { accreditation: self.accreditation }
    }
}

pub(crate) struct Model;

const NAME: &str = "accreditation";

#[async_trait]
impl ReadModel for Model {
    fn name(&self) -> &'static str {
        NAME
    }
    fn revision(&self) -> i32 {
        2
    }
    fn tables(&self) -> &'static [TableDef] {
        &[AccreditationRow::TABLE, LineRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[Accreditation::TYPE, StatusList::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let keys: Vec<VersionKey> = facts
            .iter()
            .filter_map(|fact| match &fact.event {
                AnyEvent::Accreditation(event) => Some(key_of(event)),
                _ => None,
            })
            .collect();
        let lines = keys.iter().map(|key| LineKey { accreditation: key.accreditation }).collect();
        let mut lines: Rows<LineRow> = Rows::load(db, generation, lines).await?;
        let latest =
            lines.iter().map(|row| VersionKey { accreditation: row.accreditation, resource: row.latest });
        let mut wanted: BTreeSet<VersionKey> = keys.iter().cloned().chain(latest).collect();
        wanted.extend(versions_behind(db, generation, facts).await?);
        let mut rows: Rows<AccreditationRow> = Rows::load(db, generation, wanted).await?;
        for fact in facts {
            match &fact.event {
                AnyEvent::Accreditation(event) => take_in(&mut rows, &mut lines, fact, event),
                AnyEvent::StatusList(StatusListEvent::StatusEntriesChanged { changes, at, .. }) => {
                    entries_changed(&mut rows, changes, *at);
                }
                _ => {}
            }
        }
        rows.save(db, generation).await?;
        lines.save(db, generation).await
    }
}

/// Versions whose status entries change. An entry knows its accreditation by the resource alone.
async fn versions_behind(
    db: &mut Tables<'_>,
    generation: Generation,
    facts: &[Fact<'_>],
) -> Result<Vec<VersionKey>> {
    let Tables::Kept(db) = db else { return Ok(Vec::new()) };
    let mut resources: Vec<Uuid> = Vec::new();
    for fact in facts {
        if let AnyEvent::StatusList(StatusListEvent::StatusEntriesChanged { changes, .. }) = &fact.event {
            resources.extend(changes.iter().filter_map(|change| change.credential).map(|id| id.0));
        }
    }
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let table = generation.table(AccreditationRow::TABLE.part);
    let sql = format!("select accreditation, resource from {table} where resource = any ($1)");
    let found: Vec<(Uuid, Uuid)> = sqlx::query_as(&sql).bind(resources).fetch_all(&mut **db).await?;
    let key = |(accreditation, resource)| VersionKey {
        accreditation: AccreditationId(accreditation),
        resource: ResourceId(resource),
    };
    Ok(found.into_iter().map(key).collect())
}

/// What an entry says is what its accreditation is, also where it was changed in bulk and no event of its own follows.
fn entries_changed(rows: &mut Rows<AccreditationRow>, changes: &[EntryChange], at: Instant) {
    for EntryChange { index, value, credential } in changes {
        let Some(credential) = *credential else { continue };
        let key = rows.iter().find(|row| row.resource.0 == credential.0).map(Row::key);
        let Some(key) = key else { continue };
        rows.change(&key, |row| {
            let reference = row.description.status.as_ref().filter(|entry| entry.index == *index);
            let Some(reference) = reference else { return };
            row.status = CredentialStatus::of_entry(reference.purpose, *value);
            row.status_updated_at = Some(at);
            row.status_publication = None;
            row.updated_at = at;
        });
    }
}

fn key_of(event: &AccreditationEvent) -> VersionKey {
    let (accreditation, resource) = match event {
        AccreditationEvent::AccreditationRequested { accreditation, description, .. } => {
            (*accreditation, description.resource)
        }
        AccreditationEvent::AccreditationPublished { accreditation, resource, .. }
        | AccreditationEvent::AccreditationRejected { accreditation, resource, .. }
        | AccreditationEvent::AccreditationRevoked { accreditation, resource, .. }
        | AccreditationEvent::AccreditationSuspended { accreditation, resource, .. }
        | AccreditationEvent::AccreditationReinstated { accreditation, resource, .. } => {
            (*accreditation, *resource)
        }
    };
    VersionKey { accreditation, resource }
}

fn take_in(
    rows: &mut Rows<AccreditationRow>,
    lines: &mut Rows<LineRow>,
    fact: &Fact<'_>,
    event: &AccreditationEvent,
) {
    let key = key_of(event);
    let mut set_status = |status, publication: &Option<OperationId>, at: &Instant| {
        rows.change(&key, |row| {
            row.status = status;
            row.status_updated_at = Some(*at);
            row.status_publication = *publication;
            row.updated_at = *at;
        });
    };
    match event {
        AccreditationEvent::AccreditationRequested { customer, description, write, at, .. } => {
            rows.put(requested(fact, key.accreditation, *customer, description, write.operation, *at));
        }
        AccreditationEvent::AccreditationPublished { inclusion, .. } => {
            publish(rows, lines, fact, &key, inclusion);
        }
        AccreditationEvent::AccreditationRejected { rejection, at, .. } => rows.change(&key, |row| {
            row.publication = PublicationPhase::Rejected;
            row.rejection = Some(rejection.clone());
            row.updated_at = *at;
        }),
        AccreditationEvent::AccreditationRevoked { publication, at, .. } => {
            set_status(CredentialStatus::Revoked, publication, at);
        }
        AccreditationEvent::AccreditationSuspended { publication, at, .. } => {
            set_status(CredentialStatus::Suspended, publication, at);
        }
        AccreditationEvent::AccreditationReinstated { publication, at, .. } => {
            set_status(CredentialStatus::Issued, publication, at);
        }
    }
}

fn requested(
    fact: &Fact<'_>,
    accreditation: AccreditationId,
    customer: CustomerId,
    description: &AccreditationDescription,
    operation: OperationId,
    at: Instant,
) -> AccreditationRow {
    let parent = description.parent.as_deref().map(edge).unwrap_or_default();
    AccreditationRow {
        accreditation,
        resource: description.resource,
        customer,
        kind: description.kind,
        issuer: description.issuer.clone(),
        subject: description.subject.clone(),
        network: description.issuer.network(),
        name: description.name.clone(),
        resource_type: description.published_as.resource_type.clone(),
        description: description.clone(),
        operation,
        publication: PublicationPhase::Pending,
        inclusion: None,
        rejection: None,
        status: CredentialStatus::Issued,
        status_updated_at: None,
        status_publication: None,
        latest: false,
        parent_issuer: parent.issuer,
        parent_resource: parent.resource,
        parent_line: parent.line,
        created_at: at,
        updated_at: at,
        position: fact.position(),
    }
}

/// The newest request that is published counts as latest, as the aggregate has it.
fn publish(
    rows: &mut Rows<AccreditationRow>,
    lines: &mut Rows<LineRow>,
    fact: &Fact<'_>,
    key: &VersionKey,
    inclusion: &Inclusion,
) {
    let line = LineKey { accreditation: key.accreditation };
    let before = lines
        .get(&line)
        .map(|row| VersionKey { accreditation: row.accreditation, resource: row.latest })
        .filter(|before| before != key);
    let place = |key: &VersionKey| rows.get(key).map(|row| row.position);
    let newest = before.as_ref().and_then(place) < place(key);
    rows.change(key, |row| {
        row.publication = PublicationPhase::Published;
        row.inclusion = Some(inclusion.clone());
        row.rejection = None;
        row.latest = newest;
        row.updated_at = fact.at();
    });
    if newest {
        if let Some(before) = before {
            rows.change(&before, |row| row.latest = false);
        }
        lines.put(LineRow { accreditation: key.accreditation, latest: key.resource });
    }
}

/// An edge of the trust graph, as far as a reference tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Edge {
    issuer: Option<String>,
    resource: Option<ResourceId>,
    line: Option<AccreditationId>,
}

/// Reads a DID URL that names a resource, also behind a resolver's address. What cannot be read is no edge: the reference
/// itself stays in the description.
fn edge(reference: &str) -> Edge {
    let Ok(url) = DidUrl::parse(reference) else { return Edge::default() };
    let Ok(issuer) = Did::parse(url.did()) else { return Edge::default() };
    let (resource, line) = match url.resource() {
        Some(ResourceRef::ById { id, .. } | ResourceRef::ByName { pin: Some(Pin::Id(id)), .. }) => {
            (Some(ResourceId(id)), None)
        }
        Some(ResourceRef::ByName { name, resource_type, .. }) => {
            (None, Some(accreditation_id(&issuer, &name, &resource_type)))
        }
        None => (None, None),
    };
    Edge { issuer: Some(issuer.to_string()), resource, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    const RESOURCE: &str = "9c4e2d5f-30d5-4c1e-8f2b-7d2a63c5d001";

    #[test]
    fn verdicts_9_an_edge_leads_to_the_line_of_this_very_name() {
        let (did, kind) = (Did::parse(DID).unwrap(), "VerifiableAccreditationToAccredit");
        for name in ["R&D", "a b", "ä", "100%", "x+y", "a=b", "#", ";"] {
            let url = credentials::did_url::resource_by_name(DID, name, kind);
            assert_eq!(edge(&url).line, Some(accreditation_id(&did, name, kind)), "{url}");
        }
        assert_eq!(edge(&format!("{DID}?resourceName=R&D&resourceType={kind}")).line, None);
    }

    #[test]
    fn an_edge_is_read_from_every_way_to_write_a_reference() {
        let did = Did::parse(DID).unwrap();
        let exact = Edge {
            issuer: Some(DID.to_owned()),
            resource: Some(ResourceId(Uuid::parse_str(RESOURCE).unwrap())),
            line: None,
        };
        assert_eq!(edge(&format!("{DID}/resources/{RESOURCE}")), exact);
        assert_eq!(
            edge(&format!("https://resolver.example/1.0/identifiers/{DID}/resources/{RESOURCE}")),
            exact
        );
        let line = Edge {
            issuer: Some(DID.to_owned()),
            resource: None,
            line: Some(accreditation_id(&did, "a b&c", "VerifiableAccreditationToAccredit")),
        };
        let query = "resourceName=a%20b%26c&resourceType=VerifiableAccreditationToAccredit";
        assert_eq!(edge(&format!("{DID}?{query}")), line);
        assert_eq!(edge("https://example.org/nothing"), Edge::default());
        assert_eq!(edge("did:cheqd:testnet:nonsense/resources/1"), Edge::default());
    }
}
