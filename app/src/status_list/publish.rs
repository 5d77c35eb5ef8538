//! Publications of a list: many changes, one resource version.

use super::{list_fault, shown, turns::OnItsWay};
use crate::{
    Call, Fault, Studio, did,
    port::{
        Execute,
        chain::{FeeQuote, Payload},
        commands::Meta,
        outcomes::Waited,
    },
    resource::{self, CreateResource},
    sign::{self, Signs},
    write::{self, Draft, Price},
};
use credentials::{
    format::SigningKey,
    status_list::{ListInput, format},
};
use domain::{
    did::DidRecord,
    id::{ResourceId, StatusListId},
    resource::ResourceDescription,
    status_list::{EntryChange, ListDescription, Publication, StatusList, StatusListCommand},
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

domain::limits! {
    /// How often a publication is made anew at most because another process changed or published the list in between.
    ROUNDS_MAX: u32 = 16, "publications";
}

/// Sees to it that a recorded revision is published, and tells by what: what shows it already, what is on its way and holds
/// it, or a publication of everything that is recorded by then. While an older one is on its way, it is waited for as long
/// as the caller has time, so that what comes meanwhile is published together.
pub(super) async fn show(
    studio: &Studio,
    call: &Call,
    list: StatusListId,
    revision: u64,
) -> Result<OnItsWay, Fault> {
    for _ in 0..ROUNDS_MAX {
        let state = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
        if let Some(way) = covering(&state, list, revision) {
            return Ok(way);
        }
        let before = state.pending.iter().max_by_key(|(_, (revision, _))| *revision);
        let seconds = seconds_left(studio, call);
        if let Some((operation, _)) = before.filter(|_| seconds > 0) {
            // However it ends, or if it does not: what is recorded is published behind it.
            let _: Waited = studio.outcomes.ended(*operation, Duration::from_secs(seconds)).await?;
        }
        let mut turn = studio.status_turns.turn(list).await;
        let told = turn.as_deref().copied().flatten();
        if let Some(way) = told.filter(|way| way.list == list && way.revision >= revision) {
            return Ok(way);
        }
        studio.status_turns.all_recorded(call.who.customer).await;
        match publish(studio, call, list).await {
            Ok(way) => {
                if let Some(turn) = turn.as_deref_mut() {
                    *turn = Some(way);
                }
                if way.revision >= revision {
                    return Ok(way);
                }
            }
            Err(fault) if fault.code == "status-list/stale-revision" => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(busy())
}

fn busy() -> Fault {
    Fault::unavailable(
        "status-list/busy",
        "The status list is being changed by many others at the moment. The change is recorded and will be published with \
         the next one; ask again to see it published.",
        "a publication was overtaken again and again",
    )
}

/// Publishes everything that is recorded now.
async fn publish(studio: &Studio, call: &Call, list: StatusListId) -> Result<OnItsWay, Fault> {
    let state = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
    if let Some(way) = covering(&state, list, state.revision) {
        return Ok(way);
    }
    let made = publication(studio, call, &state, &[]).await?;
    let command = StatusListCommand::ChangeEntries {
        customer: call.who.customer,
        based_on: state.revision,
        changes: Vec::new(),
        keep_revoked: false,
        publication: Some(made.publication),
        at: call.at,
    };
    let way = request(studio, call, &command, "status-list-publication").await?;
    Ok(OnItsWay { list, ..way })
}

/// Gives a command with a publication to its list, and tells what shows the revision then: that publication, or another that
/// came before it and holds the same.
pub(super) async fn request(
    studio: &Studio,
    call: &Call,
    command: &StatusListCommand,
    what: &str,
) -> Result<OnItsWay, Fault> {
    let StatusListCommand::ChangeEntries { publication: Some(publication), based_on, .. } = command else {
        return Err(Fault::bug("a publication without one"));
    };
    let description = &publication.description;
    let list = domain::id::status_list_id(&description.did, &description.name, &description.resource_type);
    let (id, meta) = (list.to_string(), Meta::of(call, what));
    let based_on = *based_on;
    let done = Execute::<StatusList>::execute(&*studio.commands, &id, command.clone(), meta).await?;
    write::visible(studio, done.token).await?;
    let own = call.operation("");
    if let Some((revision, resource)) = done.state.pending.get(&own) {
        return Ok(OnItsWay { list, revision: *revision, operation: own, resource: *resource });
    }
    covering(&done.state, list, based_on).ok_or_else(busy)
}

/// What shows this revision, or will: the earliest that holds it.
fn covering(state: &StatusList, list: StatusListId, revision: u64) -> Option<OnItsWay> {
    if state.published_revision >= revision
        && let Some((operation, resource)) = state.shown
    {
        return Some(OnItsWay { list, revision: state.published_revision, operation, resource });
    }
    let pending = state.pending.iter().filter(|(_, (other, _))| *other >= revision);
    let (operation, (revision, resource)) = pending.min_by_key(|(_, (other, _))| *other)?;
    Some(OnItsWay { list, revision: *revision, operation: *operation, resource: *resource })
}

/// What of the caller's patience is left.
pub(super) fn seconds_left(studio: &Studio, call: &Call) -> u64 {
    let passed = studio.clock.now().signed_duration_since(call.at).num_seconds();
    call.wait_seconds.saturating_sub(u64::try_from(passed).unwrap_or_default())
}

/// A publication, and what it costs if the ledger could be asked.
pub(super) struct Made {
    pub(super) publication: Publication,
    pub(super) quote: Option<FeeQuote>,
}

/// A list as it will be.
pub(super) struct Content {
    issuer: DidRecord,
    /// Signed, as it is published.
    pub(super) json: Value,
    data: Vec<u8>,
}

/// The resource of a list whose entries say `entries` (all others zero), signed where its format has a proof.
pub(super) async fn render(
    studio: &Studio,
    call: &Call,
    issuer: &DidRecord,
    description: &ListDescription,
    entries: &BTreeMap<u32, u8>,
) -> Result<(Value, Vec<u8>), Fault> {
    let format = format(description.list_type);
    let list =
        ListInput::of(description, entries, call.signing_time()).map_err(|error| list_fault(&error))?;
    let signed = if format.is_signed() {
        let unsigned = |by: &SigningKey<'_>| {
            let draft = format.draft(&list, by).map_err(|error| list_fault(&error))?;
            draft.ok_or_else(|| Fault::bug("a signed list without a draft"))
        };
        Some(sign::draft(studio, call, Signs::Credential, (&description.did, issuer), unsigned).await?)
    } else {
        None
    };
    let sealed = format.seal(&list, signed.as_ref()).map_err(|error| list_fault(&error))?;
    let data = format.bytes(&sealed).map_err(|error| list_fault(&error))?;
    let json =
        if sealed.is_object() { sealed } else { shown(&data).map_err(|why| Fault::bug(why.to_string()))? };
    Ok((json, data))
}

/// The list with the changes, signed.
pub(super) async fn content(
    studio: &Studio,
    call: &Call,
    state: &StatusList,
    changes: &[EntryChange],
) -> Result<Content, Fault> {
    let description = state.description.as_ref().ok_or_else(|| Fault::bug("a list without description"))?;
    let issuer = did::writable(studio, call, &description.did).await?;
    let mut entries = state.entries.clone();
    for change in changes {
        entries.insert(change.index, change.value);
    }
    entries.retain(|_, value| *value != 0);
    let (json, data) = render(studio, call, &issuer, description, &entries).await?;
    Ok(Content { issuer, json, data })
}

fn described(state: &StatusList, call: &Call, data: Vec<u8>) -> Result<ResourceDescription, Fault> {
    let description = state.description.as_ref().ok_or_else(|| Fault::bug("a list without description"))?;
    resource::description(
        &CreateResource {
            did: description.did.clone(),
            name: description.name.clone(),
            resource_type: description.resource_type.clone(),
            version: call.signing_time().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            also_known_as: Vec::new(),
            data,
            id: None,
        },
        ResourceId(call.derived("resource")),
    )
}

/// Everything about a publication that can be refused, without making it: keys, size, price and money. What passes may be
/// recorded.
pub(super) async fn rehearse(
    studio: &Studio,
    call: &Call,
    state: &StatusList,
    changes: &[EntryChange],
) -> Result<(), Fault> {
    let Content { issuer, data, .. } = content(studio, call, state, changes).await?;
    // Nobody sees what was signed here.
    drop(call.desk.take_used());
    let description = described(state, call, data.clone())?;
    let did = description.did.clone();
    if did::signers::for_current(studio, call, &did, &issuer).await?.is_empty() {
        return Err(write::no_signing_key());
    }
    let payload = Payload::CreateResource { description, data };
    write::rehearse(studio, call, &payload, did.network()).await.map(|_| ())
}

/// The list with the changes as a resource version, with its signed message.
pub(super) async fn publication(
    studio: &Studio,
    call: &Call,
    state: &StatusList,
    changes: &[EntryChange],
) -> Result<Made, Fault> {
    let Content { issuer, data, .. } = content(studio, call, state, changes).await?;
    let description = described(state, call, data.clone())?;
    let did = description.did.clone();
    let signers = did::signers::for_current(studio, call, &did, &issuer).await?;
    let effect = resource::effect(&description);
    let payload = Payload::CreateResource { description: description.clone(), data };
    let draft = Draft { payload: &payload, did: &did, signers: &signers, effect, price: Price::Unasked };
    let prepared = write::prepare(studio, call, draft).await?;
    let resource = description.resource;
    let publication = Publication { resource, description, write: Some(prepared.write) };
    Ok(Made { publication, quote: prepared.quote })
}
