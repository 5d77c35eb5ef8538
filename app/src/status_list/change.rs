//! Changing entries: `POST /credential-status/update/unencrypted`, and what revoke, suspend and reinstate do.

use super::apply::apply;
use crate::{
    Act, Call, Fault, Studio, Written,
    act::{STATUS_LIST_UPDATE, Spec},
    port::{Execute, resolver::ResourceMetadata},
};
use domain::{
    credential::StatusAction,
    id::{CredentialId, Did, Network, OperationId, StatusListId, status_list_id},
    status_list::{ListDescription, ListType, StatusList, StatusPurpose},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

domain::limits! {
    /// Most entries changed by one request.
    pub CHANGES_MAX: usize = 10_000, "entries";
}

/// The new value of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusSelector {
    /// What revoke, suspend and reinstate mean for this list.
    Action(StatusAction),
    /// A value of a multi-bit list.
    Value(u8),
}

/// A bulk change.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
/// `status-list/not-found`, the refusals of the list, those of [`crate::write::prepare`].
pub async fn change(
    studio: &Studio,
    call: &Call,
    input: ChangeStatusList,
) -> Result<Written<Applied>, Fault> {
    let preparing = studio.status_turns.enter(call.who.customer);
    if input.indices.is_empty() || input.indices.len() > CHANGES_MAX {
        return Err(Fault::invalid(
            "status-list/indices-invalid",
            format!("indices: must name 1 to {CHANGES_MAX} entries"),
        ));
    }
    let resource_type = super::resource_type(input.list_type, input.purpose)?;
    let list = status_list_id(&input.did, &input.name, resource_type);
    let state = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
    if state.customer != Some(call.who.customer) {
        return Err(not_found(&input.name));
    }
    if let (Some(description), StatusSelector::Action(action)) = (&state.description, input.selector) {
        require_purpose(description, action)?;
    }
    let entries = input.indices.iter().map(|index| (*index, None)).collect();
    let change = Change { list, entries, selector: input.selector, publish: input.publish };
    apply(studio, call, change, preparing).await
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
        format!("The status list '{}' does not serve the purpose {}.", description.name, needed),
    ))
}

pub(super) fn not_found(name: &str) -> Fault {
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

impl Act for ChangeStatusList {
    type Done = Applied;

    fn spec(&self) -> &'static Spec {
        &STATUS_LIST_UPDATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<Applied>, Fault> {
        change(studio, call, self).await
    }
}
