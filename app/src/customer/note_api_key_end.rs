//! An API key stops working soon.

use crate::{
    Actor, Fault, Studio,
    port::{Execute, Meta},
};
use domain::{
    customer::{Customer, CustomerCommand},
    id::{ApiKeyId, CustomerId},
};

/// Says ahead that a key stops working, once for each end that it is given: whoever follows the customer's events hears it while
/// there is time to replace the key. Whether it was due. Fault: `customer/api-key-not-found`.
pub async fn note_api_key_end(studio: &Studio, customer: CustomerId, key: ApiKeyId) -> Result<bool, Fault> {
    let (id, at) = (studio.ids.next(), studio.clock.now());
    let meta = Meta {
        command_id: id,
        correlation_id: id,
        causation_id: None,
        customer,
        actor: Actor::Studio("reminder".to_owned()),
        traceparent: None,
        occurred_at: at,
        keys_used: Vec::new(),
    };
    let command = CustomerCommand::NoteApiKeyEnd { key, at };
    let done = Execute::<Customer>::execute(&*studio.commands, &customer.to_string(), command, meta).await?;
    Ok(!done.events.is_empty())
}
