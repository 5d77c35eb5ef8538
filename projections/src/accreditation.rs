//! Accreditations: every version, where its publication stands, its status, and whose accreditation it hangs on.

mod queries;

pub use queries::{AccreditationFilter, Accreditations, AccreditationsOf};

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row, TableDef, table},
};
use async_trait::async_trait;
use credentials::{accreditation::Pointer, did_url::DidUrl};
use domain::{
    Aggregate as _,
    accreditation::{
        Accreditation, AccreditationDescription, AccreditationEvent, AccreditationKind, PublicationPhase,
    },
    credential::CredentialStatus,
    id::{AccreditationId, CustomerId, Did, Instant, Network, OperationId, ResourceId},
    ledger::{Inclusion, Rejection},
    register::AnyEvent,
    status_list::{EntryChange, StatusList, StatusListEvent},
};
use std::collections::BTreeSet;
use uuid::Uuid;

table! {
    /// A version of an accreditation.
    pub struct AccreditationRow {
        /// The line: same issuer, name and type.
        pub accreditation: AccreditationId = "uuid",
        /// This version's resource id.
        pub resource: ResourceId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// Which document.
        pub kind: AccreditationKind = "text not null",
        /// Who grants.
        pub issuer: Did = "text not null",
        /// Who receives.
        pub subject: Did = "text not null",
        /// The network of the issuer.
        pub network: Network = "text not null",
        /// The line's name.
        pub name: String = "text not null",
        /// The resource type on the ledger.
        pub resource_type: String = "text not null",
        /// All it says.
        pub description: AccreditationDescription = "json not null",
        /// The write that publishes it.
        pub operation: OperationId = "uuid not null",
        /// Where its publication stands.
        pub publication: PublicationPhase = "text not null",
        /// The block it is in.
        pub inclusion: Option<Inclusion> = "json",
        /// Why it was refused, if it was.
        pub rejection: Option<Rejection> = "json",
        /// Its status as we decided it.
        pub status: CredentialStatus = "text not null",
        /// When that status last changed.
        pub status_updated_at: Option<Instant> = "timestamptz",
        /// The publication of the status list that shows the last change.
        pub status_publication: Option<OperationId> = "uuid",
        /// Whether it is the newest published version of its line.
        pub latest: bool = "boolean not null",
        /// Edge of the trust graph: the DID that issued the granting accreditation. None for a root.
        pub parent_issuer: Option<String> = "text",
        /// Edge of the trust graph, if the reference names an exact version: its resource id.
        pub parent_resource: Option<ResourceId> = "uuid",
        /// Edge of the trust graph, if the reference names a line by name and type: its id.
        pub parent_line: Option<AccreditationId> = "uuid",
        /// When it was asked for.
        pub created_at: Instant = "timestamptz not null",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| VersionKey { accreditation: AccreditationId = row.accreditation, resource: ResourceId = row.resource };
    index "(customer, position)";
    index "(customer, kind, position)";
    index "(customer, issuer, position)";
    index "(customer, subject, position)";
    index "(customer, resource, position)";
    index "(resource)";
    index "(customer, parent_resource, position)";
    index "(customer, parent_line, position)";
}

table! {
    /// The newest published version of a line.
    struct LineRow in "line" {
        accreditation: AccreditationId = "uuid",
        latest: ResourceId = "uuid not null",
    }
    key |row| LineKey { accreditation: AccreditationId = row.accreditation };
}

placed!(AccreditationRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "accreditation", revision: 2 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
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
    let (resource, line) = match Pointer::of(&url) {
        Some(Pointer::Version(resource)) => (Some(resource), None),
        Some(Pointer::Line(line)) => (None, Some(line)),
        None => (None, None),
    };
    Edge { issuer: Some(issuer.to_string()), resource, line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::accreditation_id;

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
