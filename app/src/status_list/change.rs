//! Changing entries: `POST /credential-status/update/unencrypted`, and what revoke, suspend and reinstate do.

use super::render::render;
use crate::{
    Call, Fault, FaultKind, Studio, Written, did,
    port::{Execute, chain::Payload, commands::Meta, resolver::ResourceMetadata},
    resource::{self, CreateResource},
    write::{self, Draft},
};
use domain::{
    credential::StatusAction,
    did::DidRecord,
    id::{CredentialId, Did, OperationId, ResourceId, StatusListId, status_list_id},
    status_list::{
        EntryChange, ListDescription, ListType, Publication, StatusList, StatusListCommand, StatusPurpose,
    },
};
use serde_json::Value;

/// How often a change is encoded anew because somebody else changed the list in between.
const ENCODE_TRIES_MAX: u32 = 8;

/// Most entries changed by one request.
pub const CHANGES_MAX: usize = 10_000;

/// The new value of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusSelector {
    /// What revoke, suspend and reinstate mean for this list.
    Action(StatusAction),
    /// A value of a multi-bit list.
    Value(u8),
}

/// A bulk change.
#[derive(Debug, Clone)]
pub struct ChangeStatusList {
    /// The DID of the list.
    pub did: Did,
    /// Its name.
    pub name: String,
    /// Its family.
    pub list_type: ListType,
    /// For StatusList2021, which list of that name; the purpose of the action without.
    pub purpose: StatusPurpose,
    /// Which entries.
    pub indices: Vec<u32>,
    /// Their new value.
    pub selector: StatusSelector,
    /// Whether verifiers shall see it now.
    pub publish: bool,
}

/// A change that came about.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The list.
    pub list: StatusListId,
    /// False if every entry already said so and nothing had to be published.
    pub changed: bool,
    /// What was published, if it was.
    pub published: Option<(Value, ResourceMetadata)>,
    /// The publication.
    pub operation: Option<OperationId>,
    /// What the list is.
    pub description: ListDescription,
    /// The value asked for.
    pub value: u8,
    /// What the entries said before, in the order of the request.
    pub previous: Vec<u8>,
    /// The list with the change, also when it is not published (yet); `None` when nothing changed.
    pub content: Option<Value>,
}

impl Applied {
    /// The list's text for the value asked for, if it has texts.
    pub fn message(&self) -> Option<&str> {
        let wanted = format!("0x{:x}", self.value);
        self.description.messages.iter().find(|m| m.status == wanted).map(|m| m.message.as_str())
    }
}

/// One change, as the other use cases ask for it.
pub(crate) struct Change {
    /// The list.
    pub(crate) list: StatusListId,
    /// Which entries, and the credentials they are for.
    pub(crate) entries: Vec<(u32, Option<CredentialId>)>,
    /// Their new value.
    pub(crate) selector: StatusSelector,
    /// Whether verifiers shall see it now.
    pub(crate) publish: bool,
}

/// Changes entries of a list of the caller, and publishes the result unless told otherwise. Faults:
/// `status-list/not-found`, the refusals of the list, those of [`write::prepare`].
pub async fn change(
    studio: &Studio,
    call: &Call,
    input: ChangeStatusList,
) -> Result<Written<Applied>, Fault> {
    if input.indices.is_empty() || input.indices.len() > CHANGES_MAX {
        return Err(Fault::invalid(
            "status-list/indices-invalid",
            format!("indices: must name 1 to {CHANGES_MAX} entries"),
        ));
    }
    let resource_type = super::resource_type(input.list_type, input.purpose)?;
    let list = status_list_id(&input.did, &input.name, resource_type);
    let state = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
    if state.customer != Some(call.customer) {
        return Err(not_found(&input.name));
    }
    if let (Some(description), StatusSelector::Action(action)) = (&state.description, input.selector) {
        require_purpose(description, action)?;
    }
    let mut entries = Vec::with_capacity(input.indices.len());
    for index in &input.indices {
        let credential = studio.directory.credential_by_entry(call.customer, list, *index).await?;
        entries.push((*index, credential));
    }
    apply(studio, call, Change { list, entries, selector: input.selector, publish: input.publish }).await
}

/// An entry says only what its list is for; one with messages says everything by its values.
fn require_purpose(description: &ListDescription, action: StatusAction) -> Result<(), Fault> {
    let needed = match action {
        StatusAction::Revoke => StatusPurpose::Revocation,
        StatusAction::Suspend | StatusAction::Reinstate => StatusPurpose::Suspension,
    };
    let serves = |purpose: &StatusPurpose| [needed, StatusPurpose::Message].contains(purpose);
    if description.purposes.iter().any(serves) {
        return Ok(());
    }
    Err(Fault::invalid(
        "status-list/purpose-mismatch",
        format!(
            "The status list '{}' does not serve the purpose {}.",
            description.name,
            super::wire_purpose(needed)
        ),
    ))
}

fn not_found(name: &str) -> Fault {
    Fault::not_found("status-list/not-found", format!("update: error: status list '{name}' not found"))
}

/// The value a selector means for a list with entries of this many bits.
pub(crate) const fn value_of(selector: StatusSelector, bits: u8) -> u8 {
    match selector {
        StatusSelector::Value(value) => value,
        StatusSelector::Action(StatusAction::Reinstate) => 0,
        StatusSelector::Action(StatusAction::Revoke) => 1,
        // One bit says yes or no about the list's one purpose; two bits tell suspended from revoked.
        StatusSelector::Action(StatusAction::Suspend) => {
            if bits == 1 {
                1
            } else {
                2
            }
        }
    }
}

/// Encodes, signs and requests, and does it again if the list changed in between: no bit is ever lost.
pub(crate) async fn apply(studio: &Studio, call: &Call, change: Change) -> Result<Written<Applied>, Fault> {
    let operation = call.operation("");
    for _ in 0..ENCODE_TRIES_MAX {
        match attempt(studio, call, &change, operation).await {
            Err(fault) if fault.code == "status-list/stale-revision" => {}
            other => return other,
        }
    }
    Err(Fault::new(
        FaultKind::Conflict,
        "status-list/stale-revision",
        "The status list is being changed by many others at the moment. Try again.",
    ))
}

async fn attempt(
    studio: &Studio,
    call: &Call,
    change: &Change,
    operation: OperationId,
) -> Result<Written<Applied>, Fault> {
    let id = change.list.to_string();
    let state = Execute::<StatusList>::load(&*studio.commands, &id).await?.state;
    let description = state
        .description
        .clone()
        .filter(|_| state.customer == Some(call.customer))
        .ok_or_else(|| not_found(&id))?;
    let value = value_of(change.selector, description.status_size_bits);
    let changes: Vec<EntryChange> = change
        .entries
        .iter()
        .map(|(index, credential)| EntryChange {
            index: *index,
            value,
            credential: credential.filter(|credential| state.allocated.get(credential) == Some(index)),
        })
        .collect();
    let is_repeat = state.pending.contains_key(&operation);
    let differs = changes.iter().any(|change| state.value_at(change.index) != value);
    let unpublished = state.published_revision < state.revision;
    let local = Applied {
        list: change.list,
        changed: false,
        published: None,
        operation: None,
        description: description.clone(),
        value,
        previous: changes.iter().map(|change| state.value_at(change.index)).collect(),
        content: None,
    };
    let is_due = change.publish && unpublished;
    if !(is_repeat || differs || is_due) {
        return Ok(Written::Done(local));
    }
    let (rendered, unpublished) = if change.publish {
        (Some(publication(studio, call, &state, &changes, operation).await?), None)
    } else {
        (None, Some(content(studio, call, &state, &changes).await?.1))
    };
    if call.dry_run {
        let quote = rendered.and_then(|rendered| rendered.quote);
        return Ok(Written::Quoted(did::quoted(quote)?));
    }
    let (publication, content) = match rendered {
        Some(Rendered { publication, content, .. }) => (Some(publication), Some(content)),
        None => (None, None),
    };
    let resource = publication.as_ref().map(|publication| publication.resource);
    let command = StatusListCommand::ChangeEntries {
        customer: call.customer,
        based_on: state.revision,
        changes,
        publication,
        at: call.at,
    };
    let done = Execute::<StatusList>::execute(&*studio.commands, &id, command, Meta::of(call, "status-list"))
        .await?;
    write::visible(studio, done.token).await?;
    let local = Applied { changed: true, content: content.clone().or(unpublished), ..local };
    let (Some(resource), Some(content)) = (resource, content) else { return Ok(Written::Done(local)) };
    // Somebody else may have put this very revision on its way between our look and our command.
    let Some((operation, resource)) = on_its_way(&done.state, operation, resource) else {
        return Ok(Written::Done(local));
    };
    match write::finish(studio, call, operation).await? {
        Written::Done(_) => {
            let read = resource::published(studio, &description.did, resource).await;
            let applied = |metadata| Applied {
                published: Some((content, metadata)),
                operation: Some(operation),
                ..local
            };
            Ok(write::read_back(operation, read).map(applied))
        }
        Written::Pending(operation) => Ok(Written::Pending(operation)),
        Written::Quoted(quote) => Ok(Written::Quoted(quote)),
    }
}

/// The publication that will show the present revision: ours, or another that holds it too.
fn on_its_way(
    state: &StatusList,
    ours: OperationId,
    resource: ResourceId,
) -> Option<(OperationId, ResourceId)> {
    if state.pending.contains_key(&ours) || state.settled.contains(ours) {
        return Some((ours, resource));
    }
    let other = state.pending.iter().find(|(_, (revision, _))| *revision >= state.revision);
    other.map(|(operation, (_, resource))| (*operation, *resource))
}

struct Rendered {
    publication: Publication,
    content: Value,
    quote: Option<crate::port::chain::FeeQuote>,
}

async fn publication(
    studio: &Studio,
    call: &Call,
    state: &StatusList,
    changes: &[EntryChange],
    operation: OperationId,
) -> Result<Rendered, Fault> {
    let description = state.description.as_ref().ok_or_else(|| Fault::bug("a list without description"))?;
    let (issuer, content, data) = content(studio, call, state, changes).await?;
    let resource_id = ResourceId(call.derived("resource"));
    let published_as = resource::description(
        &CreateResource {
            did: description.did.clone(),
            name: description.name.clone(),
            resource_type: description.resource_type.clone(),
            version: call.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            also_known_as: Vec::new(),
            data: data.clone(),
        },
        resource_id,
    )?;
    let signers = did::signers::for_current(studio, call, &description.did, &issuer).await?;
    let effect = resource::effect(&published_as);
    let payload = Payload::CreateResource { description: published_as.clone(), data };
    let draft =
        Draft { payload: &payload, did: &description.did, signers: &signers, operation, effect, quote: None };
    let prepared = write::prepare(studio, call, draft).await?;
    let publication =
        Publication { resource: resource_id, description: published_as, write: Some(prepared.write) };
    Ok(Rendered { publication, content, quote: prepared.quote })
}

/// The list as it will be, signed, and as bytes.
async fn content(
    studio: &Studio,
    call: &Call,
    state: &StatusList,
    changes: &[EntryChange],
) -> Result<(DidRecord, Value, Vec<u8>), Fault> {
    let description = state.description.as_ref().ok_or_else(|| Fault::bug("a list without description"))?;
    let issuer = did::writable(studio, call, &description.did).await?;
    let mut entries = state.entries.clone();
    for change in changes {
        entries.insert(change.index, change.value);
    }
    entries.retain(|_, value| *value != 0);
    let (content, data) = render(studio, call, &issuer, description, &entries).await?;
    Ok((issuer, content, data))
}
