//! `createStatusList`, `updateStatusList`.

use super::{StatusListPayload, job};
use crate::{
    fault::Result,
    input::{self, CreateStatusListInput, UpdateStatusListInput, invalid, required},
    view::kind::{SigningMode, StatusAction},
    write::{Either, Options, Receipt, one_of, perform},
};
use app::{
    Call, Fault,
    job::JobAct,
    status_list::{Applied, ChangeStatusList, CreateStatusList, StatusSelector, resource_type},
};
use async_graphql::{Context, Object};
use domain::{id::status_list_id, status_list::StatusPurpose};

#[derive(Default)]
pub(super) struct StatusListMutation;

#[Object]
impl StatusListMutation {
    /// Publishes an empty status list. There is one list of a name, type and DID.
    async fn create_status_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CreateStatusListInput,
    ) -> Result<StatusListPayload> {
        let options = Options::from(&input.write);
        let is_by_client = input.mode.0 == SigningMode::Client;
        let act = new_list(input);
        if is_by_client {
            return job::open(ctx, options, act.map(JobAct::StatusListCreate)).await.map(Into::into);
        }
        let list = act.as_ref().ok().and_then(|act| {
            let kind = resource_type(act.list_type, *act.purposes.first()?).ok()?;
            Some(status_list_id(&act.did, &act.name, kind))
        });
        let shown =
            |call: &Call, _| list.map(|list| Receipt::of(&list)).unwrap_or_default().by(call.operation(""));
        perform(ctx, options, act, shown).await.map(Into::into)
    }

    /// Sets entries of a status list.
    async fn update_status_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do.")] input: UpdateStatusListInput,
    ) -> Result<StatusListPayload> {
        let options = Options::from(&input.write);
        let is_by_client = input.mode.0 == SigningMode::Client;
        let act = change(input);
        if is_by_client {
            return job::open(ctx, options, act.map(JobAct::StatusListUpdate)).await.map(Into::into);
        }
        let list = act.as_ref().ok().and_then(|act| {
            let kind = resource_type(act.list_type, act.purpose).ok()?;
            Some(status_list_id(&act.did, &act.name, kind))
        });
        let shown = |_: &Call, applied: Option<Applied>| {
            let operation = applied.and_then(|applied| applied.operation);
            list.map(|list| Receipt::of(&list)).unwrap_or_default().by(operation)
        };
        perform(ctx, options, act, shown).await.map(Into::into)
    }
}

fn new_list(input: CreateStatusListInput) -> Result<CreateStatusList, Fault> {
    required("name", &input.name)?;
    let purposes: Vec<StatusPurpose> = input.purposes.into_iter().map(Into::into).collect();
    let purpose =
        *purposes.first().ok_or_else(|| invalid("purposes", "purposes should name at least one purpose"))?;
    let create = CreateStatusList {
        did: input::did("did", &input.did)?,
        name: input.name,
        list_type: input.list_type.0.into(),
        length: input.length,
        status_size_bits: input.status_size_bits,
        messages: input.messages.unwrap_or_default().into_iter().map(Into::into).collect(),
        encoding: input.encoding.0.text().map(str::to_owned),
        ttl_milliseconds: input.ttl_milliseconds.map(|ttl| ttl.0),
        version: input.version,
        also_known_as: input.also_known_as.unwrap_or_default().into_iter().map(Into::into).collect(),
        category: input.category.0.into(),
        purposes,
    };
    resource_type(create.list_type, purpose)?;
    Ok(create)
}

pub(super) fn change(input: UpdateStatusListInput) -> Result<ChangeStatusList, Fault> {
    let (selector, purpose) = match one_of(("action", input.action), ("value", input.value))? {
        Either::First(action) => {
            let purpose = match action {
                StatusAction::Revoke => StatusPurpose::Revocation,
                StatusAction::Suspend | StatusAction::Reinstate => StatusPurpose::Suspension,
            };
            (StatusSelector::Action(action.into()), purpose)
        }
        Either::Second(value) => (StatusSelector::Value(value), StatusPurpose::Revocation),
    };
    Ok(ChangeStatusList {
        did: input::did("did", &input.did)?,
        name: input.name,
        list_type: input.list_type.0.into(),
        purpose: input.purpose.map_or(purpose, Into::into),
        indices: input.indices,
        selector,
        publish: input.publish.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{InputType as _, Value as GraphValue};
    use serde_json::{Value, json};

    fn changed(more: &Value) -> Result<ChangeStatusList, Fault> {
        let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
        let mut value = json!({"did": did, "name": "n", "indices": [1]});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let value = GraphValue::from_json(value).unwrap();
        change(UpdateStatusListInput::parse(Some(value)).map_err(|_| "input").unwrap())
    }

    #[test]
    fn the_list_is_that_of_the_action_unless_it_is_named() {
        assert_eq!(changed(&json!({"action": "REVOKE"})).unwrap().purpose, StatusPurpose::Revocation);
        assert_eq!(changed(&json!({"action": "REINSTATE"})).unwrap().purpose, StatusPurpose::Suspension);
        let named = changed(&json!({"action": "REVOKE", "purpose": "SUSPENSION"})).unwrap();
        assert_eq!(named.purpose, StatusPurpose::Suspension);
        assert_eq!(changed(&json!({"value": 3})).unwrap().selector, StatusSelector::Value(3));
    }

    #[test]
    fn either_an_action_or_a_value_is_wanted() {
        assert_eq!(changed(&json!({})).unwrap_err().code, "request/invalid");
        assert_eq!(changed(&json!({"action": "REVOKE", "value": 1})).unwrap_err().code, "request/invalid");
    }
}
