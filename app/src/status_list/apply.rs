//! One caller's change of a list: looked at, recorded, and shown to verifiers together with everybody else's.

use super::{
    change::{Applied, Change, StatusSelector, not_found, value_of},
    publish, published,
    turns::{OnItsWay, Preparing},
};
use crate::{
    Call, Fault, Studio, Written,
    port::{Execute, commands::Meta},
    write,
};
use domain::{
    Aggregate,
    credential::StatusAction,
    id::{OperationId, ResourceId},
    status_list::{EntryChange, StatusList, StatusListCommand, StatusListEvent},
};

/// A change as the list stands now.
struct Looked {
    state: StatusList,
    changes: Vec<EntryChange>,
    keep_revoked: bool,
    /// Whether it changes anything.
    differs: bool,
    /// What it comes to if nothing has to be done.
    local: Applied,
}

/// Records a change, and sees to it that verifiers see it: with a publication of its own when nobody else changes the list,
/// else with one that it shares, so that no bit is lost and nobody is turned away. What cannot be published
/// (money, size, keys) is refused before it is recorded. Faults: the refusals of the list, those of [`write::prepare`],
/// `status-list/busy`.
pub(crate) async fn apply(
    studio: &Studio,
    call: &Call,
    change: Change,
    preparing: Preparing,
) -> Result<Written<Applied>, Fault> {
    let operation = call.operation("");
    let looked = look(studio, call, &change).await?;
    let state = &looked.state;
    if state.pending.contains_key(&operation) || state.settled.contains(operation) {
        // A repeat of a request that died after it had published.
        let (list, resource) = (change.list, ResourceId(call.derived("resource")));
        drop(preparing);
        return shown(studio, call, looked.local, OnItsWay { list, revision: 0, operation, resource }).await;
    }
    let is_due = change.publish && state.published_revision < state.revision;
    if !looked.differs && !is_due {
        return if call.dry_run {
            write::free(studio, looked.local.description.did.network()).await
        } else {
            Ok(Written::Done(looked.local))
        };
    }
    if !change.publish {
        return keep_back(studio, call, looked).await;
    }
    let is_alone = preparing.is_alone() && state.pending.is_empty();
    // What is signed elsewhere is one publication, which nobody else shares: whoever signs it has seen what is in it.
    if call.dry_run || call.desk.is_open() || (is_alone && looked.differs) {
        let made = publish::publication(studio, call, state, &looked.changes).await?;
        if call.dry_run {
            return write::quoted(made.quote);
        }
        match publish::request(studio, call, &looked.command(call, Some(made.publication)), "status-list")
            .await
        {
            Ok(way) => {
                drop(preparing);
                return shown(studio, call, looked.local, way).await;
            }
            // Somebody else changed the list in between after all.
            Err(fault) if fault.code == "status-list/stale-revision" && !call.desk.is_open() => {}
            Err(fault) => return Err(fault),
        }
    } else if looked.differs {
        publish::rehearse(studio, call, state, &looked.changes).await?;
    }
    let revision = if looked.differs { record(studio, call, &looked).await? } else { looked.state.revision };
    drop(preparing);
    let way = publish::show(studio, call, change.list, revision).await?;
    shown(studio, call, looked.local, way).await
}

async fn look(studio: &Studio, call: &Call, change: &Change) -> Result<Looked, Fault> {
    let id = change.list.to_string();
    let state = Execute::<StatusList>::load(&*studio.commands, &id).await?.state;
    let description = state
        .description
        .clone()
        .filter(|_| state.customer == Some(call.who.customer))
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
    let local = Applied {
        list: change.list,
        changed: false,
        published: None,
        operation: None,
        description,
        value,
        previous: changes.iter().map(|change| state.value_at(change.index)).collect(),
        content: None,
    };
    let undoes = StatusSelector::Action(StatusAction::Reinstate) == change.selector
        || StatusSelector::Action(StatusAction::Suspend) == change.selector;
    let mut looked = Looked { state, changes, keep_revoked: undoes, differs: false, local };
    let decided = Aggregate::decide(&looked.state, looked.command(call, None));
    looked.differs = !decided.map_err(|refusal| Fault::refused(&refusal))?.is_empty();
    Ok(looked)
}

impl Looked {
    fn command(
        &self,
        call: &Call,
        publication: Option<domain::status_list::Publication>,
    ) -> StatusListCommand {
        StatusListCommand::ChangeEntries {
            customer: call.who.customer,
            based_on: self.state.revision,
            changes: self.changes.clone(),
            keep_revoked: self.keep_revoked,
            publication,
            at: call.at,
        }
    }
}

/// Records without publishing; the answer shows the list as it will be.
async fn keep_back(studio: &Studio, call: &Call, looked: Looked) -> Result<Written<Applied>, Fault> {
    let content = publish::content(studio, call, &looked.state, &looked.changes).await?.json;
    if call.dry_run {
        return write::free(studio, looked.local.description.did.network()).await;
    }
    record(studio, call, &looked).await?;
    Ok(Written::Done(Applied { changed: true, content: Some(content), ..looked.local }))
}

/// Records the change: the revision that holds it, be it this one or somebody else's that said the same.
async fn record(studio: &Studio, call: &Call, looked: &Looked) -> Result<u64, Fault> {
    let id = looked.local.list.to_string();
    let (command, meta) = (looked.command(call, None), Meta::of(call, "status-list"));
    let done = Execute::<StatusList>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await?;
    let own = done.events.iter().find_map(|event| match event {
        StatusListEvent::StatusEntriesChanged { revision, .. } => Some(*revision),
        _ => None,
    });
    Ok(own.unwrap_or(done.state.revision))
}

/// Waits for the publication that shows the change, whoever made it: its end is the end of everybody who waits for it.
async fn shown(
    studio: &Studio,
    call: &Call,
    local: Applied,
    way: OnItsWay,
) -> Result<Written<Applied>, Fault> {
    let OnItsWay { operation, resource, .. } = way;
    let local = Applied { changed: true, operation: Some(operation), ..local };
    let rest = Call { wait_seconds: publish::seconds_left(studio, call), ..call.clone() };
    let host = local.description.did.clone();
    let written = write::finish(studio, &rest, operation).await?;
    let found = written.read_back(operation, |_| published(studio, &host, resource)).await;
    Ok(found.map(|published| Applied { published: Some(published), ..local }))
}

/// The operation behind a change, if verifiers see it or will.
pub(crate) fn publication_of(written: &Written<Applied>) -> Option<OperationId> {
    match written {
        Written::Done(applied) => applied.operation,
        Written::Pending(operation) => Some(*operation),
        Written::Quoted(_) => None,
    }
}
