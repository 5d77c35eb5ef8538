//! `POST /credential-status/create/unencrypted`.

use super::{list_fault, publish::render, published, resource_type};
use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{STATUS_LIST_CREATE, Spec},
    did,
    port::{Execute, chain::Payload, resolver::ResourceMetadata},
    resource::{self, CreateResource},
    write::{Draft, Price, To, carry},
};
use credentials::status_list::{EntryInput, MIN_LENGTH_ENTRIES, SERVED_AT, format, list_address};
use domain::{
    id::{Did, Network, ResourceId, StatusListId, status_list_id},
    resource::AlternativeUri,
    status_list::{
        ListCategory, ListDescription, ListPhase, ListType, Publication, Served, StatusList,
        StatusListCommand, StatusMessage, StatusPurpose,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A new list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateStatusList {
    /// The DID it hangs on.
    pub did: Did,
    /// Its name.
    pub name: String,
    /// Its family.
    pub list_type: ListType,
    /// What its entries say; at least one.
    pub purposes: Vec<StatusPurpose>,
    /// How many entries; the default is the least the family allows.
    pub length: Option<u32>,
    /// Bits per entry; 1 for StatusList2021, 2 by default for the others so that revoked and suspended differ.
    pub status_size_bits: Option<u8>,
    /// What each value means; defaults exist for two bits.
    pub messages: Vec<StatusMessage>,
    /// Form of the list, the first of its family without.
    pub encoding: Option<String>,
    /// How long verifiers may keep a copy, in milliseconds.
    pub ttl_milliseconds: Option<u64>,
    /// Version label of the resource.
    pub version: Option<String>,
    /// Other addresses.
    pub also_known_as: Vec<AlternativeUri>,
    /// What the list is kept for.
    pub category: ListCategory,
}

/// A list on the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreatedStatusList {
    /// Our id of it.
    pub list: StatusListId,
    /// What was published.
    pub resource: Value,
    /// Its metadata on the ledger.
    pub metadata: ResourceMetadata,
}

domain::limits! {
    /// Longest time for which a list lets its readers keep it: a year.
    pub TTL_MAX_MILLISECONDS: u64 = 365 * 24 * 60 * 60 * 1000, "milliseconds";
}

/// Publishes an empty list. A list of that name and type is a conflict: publishing zeros over it would reinstate
/// everybody. Faults: `status-list/exists`, `status-list/length-invalid`, those of [`carry`].
pub async fn create(
    studio: &Studio,
    call: &Call,
    input: CreateStatusList,
) -> Result<Written<CreatedStatusList>, Fault> {
    let issuer = did::writable(studio, call, &input.did).await?;
    let description = describe(studio, &input)?;
    let list = status_list_id(&input.did, &input.name, &description.resource_type);
    let operation = call.operation("");
    let present = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
    let is_ours = present.pending.contains_key(&operation) || present.settled.contains(operation);
    if !is_ours && matches!(present.phase, ListPhase::Creating | ListPhase::Live) {
        return Err(Fault::new(
            FaultKind::Conflict,
            "status-list/exists",
            format!("A status list named '{}' of this type exists for {}.", input.name, input.did),
        ));
    }
    let (_, data) = render(studio, call, &issuer, &description, &BTreeMap::new()).await?;
    let resource_id = ResourceId(call.derived("resource"));
    let published_as = resource::description(
        &CreateResource {
            did: input.did.clone(),
            name: input.name.clone(),
            resource_type: description.resource_type.clone(),
            version: input.version.clone().unwrap_or_else(|| "1.0".to_owned()),
            also_known_as: input.also_known_as.clone(),
            data: data.clone(),
            id: None,
        },
        resource_id,
    )?;
    let signers = did::signers::for_current(studio, call, &input.did, &issuer).await?;
    let effect = resource::effect(&published_as);
    let payload = Payload::CreateResource { description: published_as.clone(), data };
    let draft =
        Draft { payload: &payload, did: &input.did, signers: &signers, effect, price: Price::Unasked };
    let id = list.to_string();
    let to = To { id: &id, what: "status-list" };
    let written = carry::<StatusList>(studio, call, draft, to, |write| StatusListCommand::RequestCreation {
        list,
        customer: call.who.customer,
        description,
        publication: Publication { resource: resource_id, description: published_as, write: Some(write) },
        at: call.at,
    });
    let read = |_| published(studio, &input.did, resource_id);
    let found = written.await?.read_back(operation, read).await;
    Ok(found.map(|(resource, metadata)| CreatedStatusList { list, resource, metadata }))
}

/// Where readers find a list by its name. A list whose entries could not say where it is would never be read by anybody.
fn address(studio: &Studio, input: &CreateStatusList, purpose: StatusPurpose) -> Result<String, Fault> {
    let entry = EntryInput {
        resolver: &studio.settings.resolver_url,
        issuer_did: input.did.as_str(),
        list_name: &input.name,
        purpose,
        index: 0,
    };
    list_address(&entry, input.list_type).map_err(|error| list_fault(&error))
}

/// What readers need who ask for a list as their standard has it: an address of ours, which answers in the form that they ask for. A
/// Studio that does not know its own address leaves them to the resolver.
fn served(
    studio: &Studio,
    list: StatusListId,
    (list_type, encoding): (ListType, Option<&str>),
    at_resolver: String,
) -> Option<Box<Served>> {
    let is_w3c = encoding == Some("w3c");
    if list_type != ListType::TokenStatusList && !is_w3c {
        return None;
    }
    let own = studio.settings.base_url.as_deref().map(|base| format!("{base}{SERVED_AT}{list}"));
    Some(Box::new(Served { address: own.unwrap_or(at_resolver) }))
}

fn describe(studio: &Studio, input: &CreateStatusList) -> Result<ListDescription, Fault> {
    let purpose = *input
        .purposes
        .first()
        .ok_or_else(|| Fault::invalid("status-list/purpose-missing", "statusPurpose: cannot be empty"))?;
    let least = u32::try_from(MIN_LENGTH_ENTRIES).map_err(Fault::bug)?;
    let length = input.length.unwrap_or(least);
    if length < least {
        return Err(Fault::invalid(
            "status-list/length-invalid",
            format!("length: must be at least {least} entries, so that no entry can be told apart"),
        ));
    }
    if input.ttl_milliseconds.is_some_and(|ttl| ttl > TTL_MAX_MILLISECONDS) {
        let sentence = format!(
            "ttl: should be at most {TTL_MAX_MILLISECONDS} milliseconds, or readers would never look again"
        );
        return Err(Fault::about("ttl", sentence));
    }
    if !input.list_type.rules().has_messages && !input.messages.is_empty() {
        let sentence = format!("statusMessages: a {} has none", input.list_type.name());
        return Err(Fault::about("statusMessages", sentence));
    }
    let encodings = input.list_type.rules().encodings;
    if input.encoding.as_deref().is_some_and(|encoding| !encodings.contains(&encoding)) {
        let sentence =
            format!("encoding: a {} is written as {}", input.list_type.name(), encodings.join(" or "));
        return Err(Fault::invalid("status-list/encoding-unsupported", sentence));
    }
    let resource_type = resource_type(input.list_type, purpose)?.to_owned();
    let list = status_list_id(&input.did, &input.name, &resource_type);
    let at_resolver = address(studio, input, purpose)?;
    let (status_size_bits, messages) =
        format(input.list_type).layout(input.status_size_bits, &input.messages);
    Ok(ListDescription {
        did: input.did.clone(),
        name: input.name.clone(),
        resource_type,
        list_type: input.list_type,
        purposes: input.purposes.clone(),
        length,
        status_size_bits,
        encoding: input.encoding.clone(),
        messages,
        ttl_milliseconds: input.ttl_milliseconds,
        category: input.category,
        served: served(studio, list, (input.list_type, input.encoding.as_deref()), at_resolver),
    })
}

impl Act for CreateStatusList {
    type Done = CreatedStatusList;

    fn spec(&self) -> &'static Spec {
        &STATUS_LIST_CREATE
    }

    fn network(&self) -> Option<Network> {
        Some(self.did.network())
    }

    fn tells_its_end(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<CreatedStatusList>, Fault> {
        create(studio, call, self).await
    }
}
