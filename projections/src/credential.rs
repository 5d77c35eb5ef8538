//! The history of issued credentials. Accreditations stand in it too, as the contract's history wants, once they are on
//! the ledger.

mod list;

pub use list::{CredentialFilter, Credentials, CredentialsOf};

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
};
use async_trait::async_trait;
use credentials::format::CredentialFormat;
use domain::{
    Aggregate as _,
    accreditation::{Accreditation, AccreditationEvent},
    credential::{Credential, CredentialEvent, CredentialStatus, StatusReference},
    id::{CredentialId, CustomerId, Did, Instant, Network, OperationId, ResourceId, Sealed, StatusListId},
    register::AnyEvent,
    status_list::{EntryChange, StatusList, StatusListEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The two sorts of signed document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialCategory {
    /// A credential.
    Credential,
    /// An accreditation version of a trust registry.
    Accreditation,
}

table! {
    /// An issued credential. Of its subject only the sealed text knows.
    pub struct CredentialRow {
        /// Its id; for an accreditation the resource id of the version.
        pub credential: CredentialId = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// What sort it is.
        pub category: CredentialCategory = "text not null",
        /// False while (or if never) an accreditation is not on the ledger; such rows are not listed.
        pub visible: bool = "boolean not null",
        /// Who signed it.
        pub issuer: Did = "text not null",
        /// The network of the issuer.
        pub network: Network = "text not null",
        /// Its types, `VerifiableCredential` first.
        pub types: Vec<String> = "jsonb not null",
        /// `jwt`, `jsonld`, `sd-jwt-vc`.
        pub format: String = "text not null",
        /// Keyed hash of the signed text, lower-case hex; none for accreditations.
        pub fingerprint: Option<String> = "text",
        /// The signed credential, sealed; none for accreditations, which are public.
        pub sealed: Option<Sealed> = "text",
        /// The signed text of an accreditation.
        pub public_credential: Option<String> = "text",
        /// The resource it is published as, if it is.
        pub resource: Option<ResourceId> = "uuid",
        /// Its status as we decided it.
        pub status: CredentialStatus = "text not null",
        /// When that status was last changed.
        pub status_updated_at: Option<Instant> = "timestamptz",
        /// The reason given for the last change.
        pub status_reason: Option<String> = "text",
        /// The publication of the status list that shows the last change; none if it is not published (yet).
        pub status_publication: Option<OperationId> = "uuid",
        /// The revision of the status list that the last change made.
        pub status_revision: Option<u64> = "bigint",
        /// Where its status stands, if it has one.
        pub status_reference: Option<StatusReference> = "json",
        /// The list of that reference.
        pub list: Option<StatusListId> = "uuid",
        /// The entry of that reference.
        pub list_index: Option<u32> = "bigint",
        /// When its validity starts.
        pub issuance_date: Instant = "timestamptz not null",
        /// When it ends.
        pub expiration_date: Option<Instant> = "timestamptz",
        /// When it was signed.
        pub created_at: Instant = "timestamptz not null",
        /// When anything last happened to it.
        pub updated_at: Instant = "timestamptz not null",
        /// Log position of its first event.
        pub position: i64 = "bigint not null",
    }
    key |row| CredentialKey { credential: CredentialId = row.credential };
    index "(customer, position)";
    index "(customer, issuer, position)";
    index "(customer, status, position)";
    index "(customer, category, position)";
    index "(customer, list, list_index, position)";
    index "(list, status_revision)";
    index "(customer, fingerprint, position)";
    index "using gin (types jsonb_path_ops)";
}

placed!(CredentialRow);

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "credential", revision: 2 };

/// The history's id of an accreditation version.
fn of_resource(resource: ResourceId) -> CredentialId {
    CredentialId(resource.0)
}

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[CredentialRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        &[Credential::TYPE, Accreditation::TYPE, StatusList::TYPE]
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let touched: BTreeSet<CredentialKey> =
            facts.iter().flat_map(subjects).map(|credential| CredentialKey { credential }).collect();
        let mut rows: Rows<CredentialRow> = Rows::load(db, generation, touched).await?;
        for fact in facts {
            match &fact.event {
                AnyEvent::Credential(event) => of_credential(&mut rows, fact, event),
                AnyEvent::Accreditation(event) => of_accreditation(&mut rows, fact, event),
                AnyEvent::StatusList(StatusListEvent::StatusEntriesChanged {
                    changes, revision, at, ..
                }) => entries_changed(&mut rows, changes, *revision, *at),
                _ => {}
            }
        }
        rows.save(db, generation).await?;
        for fact in facts {
            if let AnyEvent::StatusList(event) = &fact.event {
                note_publication(db, generation, event).await?;
            }
        }
        Ok(())
    }
}

/// The rows that an event changes; none if it makes one.
fn subjects(fact: &Fact<'_>) -> Vec<CredentialId> {
    match &fact.event {
        AnyEvent::StatusList(StatusListEvent::StatusEntriesChanged { changes, .. }) => {
            changes.iter().filter_map(|change| change.credential).collect()
        }
        _ => subject(fact).into_iter().collect(),
    }
}

/// What entries say is what their credentials are, however they were changed: one by one, where the credential's own event
/// follows with the reason, or in bulk, where none does.
fn entries_changed(rows: &mut Rows<CredentialRow>, changes: &[EntryChange], revision: u64, at: Instant) {
    for EntryChange { index, value, credential } in changes {
        let Some(credential) = *credential else { continue };
        rows.change(&CredentialKey { credential }, |row| {
            let Some(reference) = row.status_reference.as_ref().filter(|entry| entry.index == *index) else {
                return;
            };
            row.status = CredentialStatus::of_entry(reference.purpose, *value);
            row.status_updated_at = Some(at);
            row.status_reason = None;
            row.status_publication = None;
            row.status_revision = Some(revision);
            row.updated_at = at;
        });
    }
}

/// A publication shows every change up to its revision that was not shown before; one that was refused shows none. The
/// revision tells them apart, so it does not matter that rows may have changed again within the batch.
async fn note_publication(
    db: &mut Tables<'_>,
    generation: Generation,
    event: &StatusListEvent,
) -> Result<()> {
    let Tables::Kept(db) = db else { return Ok(()) };
    let table = generation.table(CredentialRow::TABLE.part);
    match event {
        StatusListEvent::StatusListPublishRequested { list, revision, write, .. } => {
            let sql = format!(
                "update {table} set status_publication = $1
                 where list = $2 and status_revision <= $3 and status_publication is null"
            );
            let revision = i64::try_from(*revision).unwrap_or(i64::MAX);
            sqlx::query(&sql).bind(write.operation.0).bind(list.0).bind(revision).execute(&mut **db).await?;
        }
        StatusListEvent::StatusListPublishRejected { list, operation, .. } => {
            let sql = format!(
                "update {table} set status_publication = null
                 where list = $2 and status_revision is not null and status_publication = $1"
            );
            sqlx::query(&sql).bind(operation.0).bind(list.0).execute(&mut **db).await?;
        }
        _ => {}
    }
    Ok(())
}

/// The row that an event changes; none if it makes one.
fn subject(fact: &Fact<'_>) -> Option<CredentialId> {
    match &fact.event {
        AnyEvent::Credential(
            CredentialEvent::CredentialRevoked { credential, .. }
            | CredentialEvent::CredentialSuspended { credential, .. }
            | CredentialEvent::CredentialReinstated { credential, .. },
        ) => Some(*credential),
        AnyEvent::Accreditation(
            AccreditationEvent::AccreditationPublished { resource, .. }
            | AccreditationEvent::AccreditationRevoked { resource, .. }
            | AccreditationEvent::AccreditationSuspended { resource, .. }
            | AccreditationEvent::AccreditationReinstated { resource, .. },
        ) => Some(of_resource(*resource)),
        _ => None,
    }
}

/// What every credential is when it is issued; a visible one of a holder, about which nothing else is known.
fn issued(
    fact: &Fact<'_>,
    credential: CredentialId,
    customer: CustomerId,
    issuer: Did,
    status: Option<StatusReference>,
    at: Instant,
) -> CredentialRow {
    CredentialRow {
        credential,
        customer,
        category: CredentialCategory::Credential,
        visible: true,
        network: issuer.network(),
        issuer,
        types: Vec::new(),
        format: String::new(),
        fingerprint: None,
        sealed: None,
        public_credential: None,
        resource: None,
        status: CredentialStatus::Issued,
        status_updated_at: None,
        status_reason: None,
        status_publication: None,
        status_revision: None,
        list: status.as_ref().map(|status| status.list),
        list_index: status.as_ref().map(|status| status.index),
        status_reference: status,
        issuance_date: at,
        expiration_date: None,
        created_at: at,
        updated_at: at,
        position: fact.position(),
    }
}

fn of_credential(rows: &mut Rows<CredentialRow>, fact: &Fact<'_>, event: &CredentialEvent) {
    let (credential, status, reason, publication, at) = match event.clone() {
        CredentialEvent::CredentialIssued { credential, customer, description, sealed, at } => {
            rows.put(CredentialRow {
                types: description.types,
                format: description.format,
                fingerprint: Some(description.fingerprint),
                sealed: Some(sealed),
                issuance_date: description.issuance_date,
                expiration_date: description.expiration_date,
                ..issued(fact, credential, customer, description.issuer, description.status, at)
            });
            return;
        }
        CredentialEvent::CredentialRevoked { credential, reason, publication, at } => {
            (credential, CredentialStatus::Revoked, reason, publication, at)
        }
        CredentialEvent::CredentialSuspended { credential, reason, publication, at } => {
            (credential, CredentialStatus::Suspended, reason, publication, at)
        }
        CredentialEvent::CredentialReinstated { credential, reason, publication, at } => {
            (credential, CredentialStatus::Issued, reason, publication, at)
        }
    };
    set_status(rows, credential, status, reason, publication, at);
}

fn set_status(
    rows: &mut Rows<CredentialRow>,
    credential: CredentialId,
    status: CredentialStatus,
    reason: Option<String>,
    publication: Option<OperationId>,
    at: Instant,
) {
    rows.change(&CredentialKey { credential }, |row| {
        row.status = status;
        row.status_updated_at = Some(at);
        row.status_reason = reason;
        row.status_publication = publication;
        row.updated_at = at;
    });
}

fn of_accreditation(rows: &mut Rows<CredentialRow>, fact: &Fact<'_>, event: &AccreditationEvent) {
    match event.clone() {
        AccreditationEvent::AccreditationRequested { customer, description, at, .. } => {
            let credential = of_resource(description.resource);
            rows.put(CredentialRow {
                category: CredentialCategory::Accreditation,
                visible: false,
                types: vec!["VerifiableCredential".to_owned(), description.kind.credential_type().to_owned()],
                format: CredentialFormat::of_text(&description.credential).name().to_owned(),
                public_credential: Some(description.credential),
                resource: Some(description.resource),
                issuance_date: description.issuance_date,
                expiration_date: description.expiration_date,
                ..issued(fact, credential, customer, description.issuer, description.status, at)
            });
        }
        AccreditationEvent::AccreditationPublished { resource, .. } => {
            rows.change(&CredentialKey { credential: of_resource(resource) }, |row| {
                row.visible = true;
                row.updated_at = fact.at();
            });
        }
        AccreditationEvent::AccreditationRejected { .. } => {}
        AccreditationEvent::AccreditationRevoked { resource, publication, at, .. } => {
            set_status(rows, of_resource(resource), CredentialStatus::Revoked, None, publication, at);
        }
        AccreditationEvent::AccreditationSuspended { resource, publication, at, .. } => {
            set_status(rows, of_resource(resource), CredentialStatus::Suspended, None, publication, at);
        }
        AccreditationEvent::AccreditationReinstated { resource, publication, at, .. } => {
            set_status(rows, of_resource(resource), CredentialStatus::Issued, None, publication, at);
        }
    }
}
