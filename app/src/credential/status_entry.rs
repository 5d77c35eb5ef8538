//! Giving a credential its entry in a status list.

use crate::{
    Call, Fault, FaultKind, Studio,
    port::{Execute, commands::Meta},
    status_list::{list_fault, resource_type},
};
use credentials::status_list::{EntryInput, StatusListError, format};
use domain::{
    credential::StatusReference,
    id::{CredentialId, Did, status_list_id},
    status_list::{ListDescription, ListType, StatusList, StatusListCommand, StatusPurpose, Within},
};
use serde_json::Value;

domain::limits! {
    /// Most entries that a request for one excludes.
    pub EXCLUDED_MAX: usize = 1_000, "entries";
    /// How many lists a name goes on in once its list is full.
    pub SEGMENTS_MAX: u32 = 64, "lists";
}

/// `credentialStatus` of an issue request.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct StatusRequest {
    /// The list's name.
    pub list_name: String,
    /// Its family; inferred when only one list of that name exists.
    pub list_type: Option<ListType>,
    /// What the entry shall say; the list's first purpose without.
    pub purpose: Option<StatusPurpose>,
    /// Exactly this entry; a random free one without.
    pub index: Option<u32>,
    /// Where it lies; anywhere without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Box<EntryRange>>,
}

/// Where an entry may lie.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct EntryRange {
    /// From this entry on.
    pub first: Option<u32>,
    /// To this one, it included.
    pub last: Option<u32>,
    /// None of these.
    pub excluded: Vec<u32>,
}

impl EntryRange {
    /// `None` if it says nothing.
    pub fn of(first: Option<u32>, last: Option<u32>, excluded: Vec<u32>) -> Option<Box<Self>> {
        let says_something = first.is_some() || last.is_some() || !excluded.is_empty();
        says_something.then(|| Box::new(Self { first, last, excluded }))
    }
}

impl StatusRequest {
    /// Fault `request/invalid` if it names no list.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.list_name.is_empty() {
            return Err(Fault::about("credentialStatus", "credentialStatus.statusListName is required"));
        }
        if self.range.as_ref().is_some_and(|range| range.excluded.len() > EXCLUDED_MAX) {
            let sentence = format!("credentialStatus.indexNotIn should have at most {EXCLUDED_MAX} entries");
            return Err(Fault::about("credentialStatus", sentence));
        }
        Ok(())
    }
}

impl StatusRequest {
    fn within(&self) -> Within {
        let EntryRange { first, last, excluded } = self.range.as_deref().cloned().unwrap_or_default();
        Within { first, last, excluded }
    }

    /// Whether the entry asked for lies where the request lets it lie.
    fn allows(&self, index: u32) -> Result<(), Fault> {
        let Within { first, last, excluded } = self.within();
        let is_outside = first.is_some_and(|first| index < first)
            || last.is_some_and(|last| index > last)
            || excluded.contains(&index);
        if is_outside {
            let sentence = "credentialStatus.statusListIndex lies outside of the range, or is excluded";
            return Err(Fault::about("credentialStatus", sentence));
        }
        Ok(())
    }
}

/// A reserved entry.
pub(crate) struct ReservedEntry {
    /// For the log.
    pub(crate) reference: StatusReference,
    /// For the credential.
    pub(crate) json: Value,
}

/// Reserves an entry for `credential` in a list of the issuer. A list that is full goes on in those named `<name>-ext1`, `<name>-ext2`
/// and so on, as far as they were made. Asking again yields the same entry. Faults: `status-list/not-found`,
/// `status-list/ambiguous`, `status-list/purpose-mismatch`, the refusals of the list.
pub(crate) async fn reserve(
    studio: &Studio,
    call: &Call,
    issuer: &Did,
    credential: CredentialId,
    request: &StatusRequest,
) -> Result<ReservedEntry, Fault> {
    let mut full = match reserve_in(studio, call, issuer, credential, request).await {
        // An entry asked for by its number is one of that list.
        Err(fault) if fault.code == "status-list/full" && request.index.is_none() => fault,
        reserved => return reserved,
    };
    for number in 1..=SEGMENTS_MAX {
        let list_name = format!("{}-ext{number}", request.list_name);
        let segment = StatusRequest { list_name, ..request.clone() };
        match reserve_in(studio, call, issuer, credential, &segment).await {
            Err(fault) if fault.code == "status-list/not-found" => break,
            Err(fault) if fault.code == "status-list/full" => full = fault,
            reserved => return reserved,
        }
    }
    Err(full)
}

async fn reserve_in(
    studio: &Studio,
    call: &Call,
    issuer: &Did,
    credential: CredentialId,
    request: &StatusRequest,
) -> Result<ReservedEntry, Fault> {
    let (id, description) = find(studio, call, issuer, request).await?;
    let purpose = match request.purpose {
        Some(purpose) => purpose,
        None if says_by_its_values(&description) => StatusPurpose::Message,
        None => description.purpose().ok_or_else(|| list_fault(&StatusListError::NoPurpose))?,
    };
    let is_said = purpose == StatusPurpose::Message && says_by_its_values(&description);
    if !description.purposes.contains(&purpose) && !is_said {
        return Err(Fault::invalid(
            "status-list/purpose-mismatch",
            format!("The status list '{}' does not serve the purpose {}.", request.list_name, purpose),
        ));
    }
    let (customer, at) = (call.who.customer, call.at);
    let command = match request.index {
        Some(index) => {
            request.allows(index)?;
            StatusListCommand::AllocateExactIndex { customer, credential, index, at }
        }
        None => StatusListCommand::AllocateIndex {
            customer,
            credential,
            candidate: studio.ids.random(),
            within: request.within(),
            at,
        },
    };
    let meta = Meta::of(call, "status-entry");
    let done = Execute::<StatusList>::execute(&*studio.commands, &id, command, meta).await?;
    let index = *done
        .state
        .allocated
        .get(&credential)
        .ok_or_else(|| Fault::bug("an allocated entry that is not allocated"))?;
    let reference = StatusReference {
        list: status_list_id(issuer, &description.name, &description.resource_type),
        list_did: issuer.clone(),
        list_name: description.name.clone(),
        list_resource_type: description.resource_type.clone(),
        list_type: description.list_type,
        purpose,
        index,
    };
    let json = entry_json(studio, &description, &reference)?;
    Ok(ReservedEntry { reference, json })
}

/// Whether an entry of the list says by its value whether it is revoked or suspended: nothing in what refers to it says which is meant.
fn says_by_its_values(list: &ListDescription) -> bool {
    list.list_type == ListType::TokenStatusList
        && [StatusPurpose::Revocation, StatusPurpose::Suspension].iter().all(|it| list.purposes.contains(it))
}

fn entry_json(
    studio: &Studio,
    description: &ListDescription,
    reference: &StatusReference,
) -> Result<Value, Fault> {
    let input = EntryInput {
        resolver: &studio.settings.resolver_url,
        issuer_did: reference.list_did.as_str(),
        list_name: &reference.list_name,
        purpose: reference.purpose,
        index: u64::from(reference.index),
    };
    format(description.list_type).entry(&input, description).map_err(|error| list_fault(&error))
}

async fn find(
    studio: &Studio,
    call: &Call,
    issuer: &Did,
    request: &StatusRequest,
) -> Result<(String, ListDescription), Fault> {
    let name = &request.list_name;
    let mut ids = Vec::new();
    match request.list_type {
        Some(list_type) => {
            let purposes = match request.purpose {
                Some(purpose) => vec![purpose],
                None => vec![StatusPurpose::Revocation, StatusPurpose::Suspension],
            };
            for purpose in purposes {
                ids.push(status_list_id(issuer, name, resource_type(list_type, purpose)?));
            }
            ids.dedup();
        }
        None => ids = studio.directory.status_lists(call.who.customer, issuer.as_str(), name).await?,
    }
    let mut found = Vec::new();
    for id in ids {
        let id = id.to_string();
        let state = Execute::<StatusList>::load(&*studio.commands, &id).await?.state;
        if let (Some(description), true) = (state.description, state.customer == Some(call.who.customer)) {
            let serves = request.purpose.is_none_or(|purpose| description.purposes.contains(&purpose));
            if serves || request.list_type.is_some() {
                found.push((id, description));
            }
        }
    }
    match found.len() {
        0 => Err(Fault::not_found(
            "status-list/not-found",
            format!("Status list '{name}' not found for {issuer}"),
        )),
        1 => Ok(found.swap_remove(0)),
        _ => Err(Fault::new(
            FaultKind::Invalid,
            "status-list/ambiguous",
            format!(
                "Several status lists of {issuer} are named '{name}': say statusListType and statusPurpose."
            ),
        )),
    }
}
