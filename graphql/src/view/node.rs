//! The `Node` interface: anything by its global id.

use super::{
    Account, Accreditation, Credential, Did, Event, Job, Key, Operation, Resource, StatusList, seen_job,
};
use crate::{acts, asking::Asking, fault::Result, loader::Version, reference::Kind};
use app::act;
use async_graphql::{ID, Interface};
use domain::id::{CredentialId, Did as DidText, JobId, OperationId, ResourceId, StatusListId};
use uuid::Uuid;

/// Anything that has a global id.
#[derive(Interface)]
#[expect(clippy::large_enum_variant, reason = "made once per field and moved, never kept in bulk")]
#[graphql(field(name = "id", ty = "ID", desc = "Global id; the same for the same thing for ever."))]
pub(crate) enum Node {
    /// The account.
    Account(Account),
    /// A key.
    Key(Key),
    /// A DID.
    Did(Did),
    /// A resource version.
    Resource(Resource),
    /// A status list.
    StatusList(StatusList),
    /// A credential.
    Credential(Credential),
    /// An accreditation version.
    Accreditation(Accreditation),
    /// A ledger operation.
    Operation(Operation),
    /// A deed.
    Event(Event),
    /// An act that waits for signatures.
    Job(Job),
}

/// The caller's thing with this global id; everybody else's things do not exist.
pub(crate) async fn load(asking: &Asking, id: &str) -> Result<Option<Node>> {
    let Some((kind, raw)) = Kind::of(id) else { return Ok(None) };
    // Asked for in this way, a thing needs no less than in its own.
    asking.may_any(acts::of_type(kind.name()).unwrap_or_default())?;
    let (views, customer, loader) = (asking.views(), asking.customer(), &asking.loaders.0);
    let uuid = Uuid::parse_str(raw).ok();
    Ok(match (kind, uuid) {
        (Kind::Did, _) => match DidText::parse(raw) {
            Ok(did) => loader.load_one(did).await?.map(|row| Node::Did(Did(row))),
            Err(_) => None,
        },
        (Kind::Key, _) => views.accounts().key(customer, raw).await?.map(|row| Node::Key(Key(row))),
        (_, None) => None,
        (Kind::Account, Some(id)) => match views.accounts().customer(customer).await? {
            Some(row) if customer.0 == id => Some(Node::Account(Account(row))),
            _ => None,
        },
        (Kind::Resource, Some(id)) => {
            loader.load_one(ResourceId(id)).await?.map(|row| Node::Resource(Resource(row)))
        }
        (Kind::StatusList, Some(id)) => {
            loader.load_one(StatusListId(id)).await?.map(|row| Node::StatusList(StatusList(row)))
        }
        (Kind::Credential, Some(id)) => {
            loader.load_one(CredentialId(id)).await?.map(|row| Node::Credential(Credential(row)))
        }
        (Kind::Accreditation, Some(id)) => {
            loader.load_one(Version(ResourceId(id))).await?.map(|row| Node::Accreditation(Accreditation(row)))
        }
        (Kind::Operation, Some(id)) => {
            loader.load_one(OperationId(id)).await?.map(|detail| Node::Operation(detail.into()))
        }
        (Kind::Event, Some(id)) => {
            let found = views.activities().get(customer, id).await?;
            let hides = |network| asking.caller.hides(&act::EVENT_LIST, network);
            found.filter(|row| !row.network.is_some_and(hides)).map(|row| Node::Event(Event(row)))
        }
        (Kind::Job, Some(id)) => seen_job(asking, JobId(id)).await?.map(|row| Node::Job(Job(row))),
    })
}
